//! A tensor as the file stores it: held against every rule before a byte of it is read.
//!
//! The elements lie in one place: raw bytes, a typed list, texts, or another file of the submission. That file is a plain
//! path below the model's folder; `location`, `offset` and `length` are all that may be said about it, so that nothing
//! reaches a reader's inside. Sizes are exact.

use super::proto::{Place, TensorProto};
use super::value::{Data, Tensor, Type};
use super::wire::Span;
use crate::intake::door::Submission;
use crate::intake::error::{IntakeError, fault, printable};
use crate::intake::tensor::{Layout, StoredDtype, TensorInfo};
use half::{bf16, f16};

/// A checked tensor.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Stored {
    pub name: String,
    pub kind: Type,
    pub shape: Vec<usize>,
    place: Lies,
}

/// Where the elements lie.
#[derive(Clone, PartialEq, Debug)]
enum Lies {
    /// Row by row, little-endian, in this file from this byte on.
    Rows(String, u64),
    /// As numbers of seven-bit groups in the model file.
    Varints(String, Span),
    Texts(Vec<String>),
}

impl Stored {
    /// Checks what the message says.
    ///
    /// # Errors
    /// `malformed_header`, `unsupported_format`, `truncated_file`, `unsafe_path`, `missing_file`, `limit_exceeded`.
    pub fn new(tensor: TensorProto, model: &str, submission: &Submission) -> Result<Self, IntakeError> {
        let at = format!("{model}: {}", printable(&tensor.name));
        let kind = Type::of_code(tensor.data_type).ok_or_else(|| {
            IntakeError::new(fault::UNSUPPORTED_FORMAT, &at, "the tensor's element type is not read")
                .because(
                    "float, double, float16, bfloat16, an integer of 8 to 64 bits, bool or string",
                    tensor.data_type,
                )
                .mend("save the tensor in one of these types")
        })?;
        let too_large = || IntakeError::new(fault::LIMIT_EXCEEDED, &at, "the tensor's shape is too large");
        let shape: Option<Vec<usize>> = tensor.dims.iter().map(|extent| usize::try_from(*extent).ok()).collect();
        let shape = shape.ok_or_else(too_large)?;
        let len = super::value::count(&shape).ok_or_else(too_large)? as u64;
        let bytes = len.checked_mul(kind.size() as u64).ok_or_else(too_large)?;
        let place = if tensor.is_external {
            external(&tensor, kind, bytes, (model, &at), submission)?
        } else {
            inside(tensor.places, &tensor.external, kind, (len, bytes), model, &at)?
        };
        Ok(Self { name: tensor.name, kind, shape, place })
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> u64 {
        let len: u64 = self.shape.iter().fold(1, |n, d| n.saturating_mul(*d as u64));
        len.saturating_mul(self.kind.size() as u64)
    }

    /// The range of another file, if it lies in one.
    pub fn range_outside(&self, model: &str) -> Option<(&str, u64, u64)> {
        match &self.place {
            Lies::Rows(file, offset) if file != model => Some((file, *offset, offset.saturating_add(self.bytes()))),
            _ => None,
        }
    }

    /// Where its rows lie, unless it is a list of texts or of numbers in groups.
    pub fn info(&self) -> Option<TensorInfo> {
        let Lies::Rows(file, offset) = &self.place else { return None };
        Some(TensorInfo {
            name: self.name.clone(),
            dtype: dtype(self.kind)?,
            shape: self.shape.iter().map(|extent| *extent as u64).collect(),
            file: file.clone(),
            offset: *offset,
            bytes: self.bytes(),
            layout: Layout::Rows,
            relaid: None,
            rows_absent: 0,
            added: 0,
        })
    }

    /// Reads the elements.
    ///
    /// # Errors
    /// Those of [`FileHandle::read_at`](crate::intake::door::FileHandle::read_at); `malformed_data`.
    pub fn load(&self, submission: &Submission) -> Result<Tensor, IntakeError> {
        let read = |path: &str, offset: u64, bytes: u64| {
            let file = submission.file(path);
            let file = file.ok_or_else(|| IntakeError::new(fault::MISSING_FILE, path, "the weights are not there"))?;
            file.read_at(offset, bytes)
        };
        let (path, data) = match &self.place {
            Lies::Rows(path, offset) => (path.as_str(), rows(self.kind, &read(path, *offset, self.bytes())?)),
            Lies::Varints(path, span) => (path.as_str(), varints(self.kind, &read(path, span.at, span.len())?)),
            Lies::Texts(texts) => ("", Some(Data::Text(texts.clone()))),
        };
        data.and_then(|data| Tensor::new(&self.shape, data).ok()).ok_or_else(|| {
            IntakeError::new(
                fault::MALFORMED_DATA,
                &format!("{path}: {}", printable(&self.name)),
                "the elements are not as many as the shape says, or not of their type",
            )
            .because(format!("{:?} of {}", self.shape, self.kind.name()), "other elements")
            .mend("save the model again with the onnx library")
        })
    }
}

/// The type under which other readers know it.
fn dtype(kind: Type) -> Option<StoredDtype> {
    Some(match kind {
        Type::F32 => StoredDtype::F32,
        Type::F64 => StoredDtype::F64,
        Type::F16 => StoredDtype::F16,
        Type::BF16 => StoredDtype::BF16,
        Type::I8 => StoredDtype::I8,
        Type::I16 => StoredDtype::I16,
        Type::I32 => StoredDtype::I32,
        Type::I64 => StoredDtype::I64,
        Type::U8 => StoredDtype::U8,
        Type::U16 => StoredDtype::U16,
        Type::U32 => StoredDtype::U32,
        Type::U64 => StoredDtype::U64,
        Type::Bool => StoredDtype::BOOL,
        Type::Text => return None,
    })
}

/// The one place inside of the model file.
fn inside(
    places: Vec<Place>,
    external: &[(String, String)],
    kind: Type,
    (len, bytes): (u64, u64),
    model: &str,
    at: &str,
) -> Result<Lies, IntakeError> {
    let malformed = |message: &str, expected: String, found: String| {
        IntakeError::new(fault::MALFORMED_HEADER, at, message)
            .because(expected, found)
            .mend("save the model again with the onnx library")
    };
    if !external.is_empty() {
        return Err(malformed(
            "the tensor names another file and does not lie there",
            "one place".into(),
            "two".into(),
        ));
    }
    let mut places = places.into_iter().filter(|place| !place.is_empty());
    let (first, second) = (places.next(), places.next());
    if second.is_some() {
        return Err(malformed("the tensor has elements in several places", "one place".into(), "two".into()));
    }
    let exactly = |span: Span| {
        let sized =
            || malformed("the tensor has other bytes than its shape", bytes.to_string(), span.len().to_string());
        if span.len() == bytes { Ok(Lies::Rows(model.to_owned(), span.at)) } else { Err(sized()) }
    };
    match (first, kind) {
        (None, Type::Text) if len == 0 => Ok(Lies::Texts(Vec::new())),
        (None, _) if len == 0 => Ok(Lies::Rows(model.to_owned(), 0)),
        (Some(Place::Texts(texts)), Type::Text) if texts.len() as u64 == len => Ok(Lies::Texts(texts)),
        (Some(Place::Raw(span)), kind) if kind != Type::Text => exactly(span),
        (Some(Place::Floats(span)), Type::F32) | (Some(Place::Doubles(span)), Type::F64) => exactly(span),
        (
            Some(Place::Int32(span)),
            Type::I32 | Type::I16 | Type::I8 | Type::U16 | Type::U8 | Type::Bool | Type::F16 | Type::BF16,
        )
        | (Some(Place::Int64(span)), Type::I64)
        | (Some(Place::Uint64(span)), Type::U64 | Type::U32)
            // A number takes one to ten bytes.
            if (len..=len.saturating_mul(10)).contains(&span.len()) =>
        {
            Ok(Lies::Varints(model.to_owned(), span))
        }
        (None, _) => Err(malformed("the tensor has no elements", len.to_string(), "0".into())),
        (Some(place), _) => Err(malformed(
            "the tensor's elements are not where its type keeps them, or not as many as its shape says",
            format!("{len} of {}", kind.name()),
            place.told(),
        )),
    }
}

/// The range of another file.
fn external(
    tensor: &TensorProto,
    kind: Type,
    bytes: u64,
    (model, at): (&str, &str),
    submission: &Submission,
) -> Result<Lies, IntakeError> {
    let malformed = |message: &str, expected: &str, found: &str| {
        IntakeError::new(fault::MALFORMED_HEADER, at, message)
            .because(expected, found)
            .mend("save the model again with the onnx library")
    };
    if tensor.places.iter().any(|place| !place.is_empty()) {
        return Err(malformed("the tensor has elements in several places", "one place", "two"));
    }
    if kind == Type::Text {
        return Err(malformed("texts do not lie in another file", "numbers", "string"));
    }
    let (mut location, mut offset, mut length) = (None, None, None);
    for (key, value) in &tensor.external {
        let place = match key.as_str() {
            "location" => &mut location,
            "offset" => &mut offset,
            "length" => &mut length,
            _ => {
                return Err(malformed(
                    "external data have an entry that is not known",
                    "location, offset, length",
                    key,
                ));
            }
        };
        if place.replace(value.as_str()).is_some() {
            return Err(malformed("external data have an entry twice", "one", key));
        }
    }
    let number = |text: &str| {
        let plain = !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<u64>().ok().filter(|_| plain);
        number.ok_or_else(|| malformed("external data have a number that is none", "digits", text))
    };
    let location = location.ok_or_else(|| malformed("external data do not say where", "location", "none"))?;
    let path = below(model, location, at)?;
    let file = submission.file(&path).ok_or_else(|| {
        IntakeError::new(fault::MISSING_FILE, &path, "the file of external data is not there")
            .mend("add the file, or save the model in one file")
    })?;
    let offset = offset.map_or(Ok(0), number)?;
    if let Some(length) = length.map(number).transpose()?
        && length != bytes
    {
        let message = "external data have another length than their shape";
        return Err(malformed(message, &bytes.to_string(), &length.to_string()));
    }
    let size = file.entry().bytes;
    if offset.checked_add(bytes).is_none_or(|end| end > size) {
        let needed = u128::from(offset) + u128::from(bytes);
        return Err(IntakeError::new(fault::TRUNCATED_FILE, &path, "external data reach beyond their file (bytes)")
            .because(needed, size)
            .mend("copy the file again, or save the model again"));
    }
    if path == model {
        return Err(malformed("external data lie in the model file itself", "another file", location));
    }
    Ok(Lies::Rows(path, offset))
}

/// A plain path below the model's folder, seen from the submission's.
fn below(model: &str, location: &str, at: &str) -> Result<String, IntakeError> {
    let plain = !location.contains(['\\', ':', '\0'])
        && location.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if !plain {
        return Err(IntakeError::new(fault::UNSAFE_PATH, at, "external data lie at a path that is not plain")
            .because("the name of a file beside the model, or below it", location)
            .mend("put the file beside the model and name it by its file name"));
    }
    Ok(match model.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{location}"),
        None => location.to_owned(),
    })
}

impl Place {
    fn is_empty(&self) -> bool {
        match self {
            Self::Texts(texts) => texts.is_empty(),
            Self::Raw(span)
            | Self::Floats(span)
            | Self::Doubles(span)
            | Self::Int32(span)
            | Self::Int64(span)
            | Self::Uint64(span) => span.len() == 0,
        }
    }

    fn told(&self) -> String {
        let (field, span) = match self {
            Self::Texts(texts) => return format!("{} texts", texts.len()),
            Self::Raw(span) => ("raw_data", span),
            Self::Floats(span) => ("float_data", span),
            Self::Doubles(span) => ("double_data", span),
            Self::Int32(span) => ("int32_data", span),
            Self::Int64(span) => ("int64_data", span),
            Self::Uint64(span) => ("uint64_data", span),
        };
        format!("{} bytes of {field}", span.len())
    }
}

/// Little-endian rows; none where a truth value is neither 0 nor 1.
fn rows(kind: Type, bytes: &[u8]) -> Option<Data> {
    macro_rules! numbers {
        ($rust:ty) => {{
            let chunks = bytes.chunks_exact(size_of::<$rust>());
            Data::from(chunks.map(|b| <$rust>::from_le_bytes(b.try_into().unwrap_or_default())).collect::<Vec<_>>())
        }};
    }
    Some(match kind {
        Type::F32 => numbers!(f32),
        Type::F64 => numbers!(f64),
        Type::F16 => numbers!(f16),
        Type::BF16 => numbers!(bf16),
        Type::I8 => numbers!(i8),
        Type::I16 => numbers!(i16),
        Type::I32 => numbers!(i32),
        Type::I64 => numbers!(i64),
        Type::U8 => numbers!(u8),
        Type::U16 => numbers!(u16),
        Type::U32 => numbers!(u32),
        Type::U64 => numbers!(u64),
        Type::Bool => Data::Bool(bytes.iter().map(|b| (*b <= 1).then_some(*b == 1)).collect::<Option<_>>()?),
        Type::Text => return None,
    })
}

/// Numbers in groups of seven bits, each in its shortest form and inside of its type.
fn varints(kind: Type, mut bytes: &[u8]) -> Option<Data> {
    let mut numbers = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|byte| byte & 0x80 == 0)?;
        let (number, rest) = bytes.split_at(end + 1);
        let short = number.len() == 1 || number.last() != Some(&0);
        let fits = number.len() < 10 || (number.len() == 10 && number.last() == Some(&1));
        if !(short && fits) {
            return None;
        }
        let value = number.iter().rev().fold(0_u64, |value, byte| value << 7 | u64::from(byte & 0x7F));
        numbers.push(value.cast_signed());
        bytes = rest;
    }
    macro_rules! all {
        ($rust:ty) => {
            Data::from(numbers.into_iter().map(|n| <$rust>::try_from(n).ok()).collect::<Option<Vec<_>>>()?)
        };
    }
    let halves = |numbers: Vec<i64>| numbers.into_iter().map(|n| u16::try_from(n).ok()).collect::<Option<Vec<_>>>();
    Some(match kind {
        Type::I64 => Data::I64(numbers),
        Type::U64 => Data::U64(numbers.into_iter().map(i64::cast_unsigned).collect()),
        Type::U32 => all!(u32),
        Type::I32 => all!(i32),
        Type::I16 => all!(i16),
        Type::I8 => all!(i8),
        Type::U16 => all!(u16),
        Type::U8 => all!(u8),
        Type::F16 => Data::F16(halves(numbers)?.into_iter().map(f16::from_bits).collect()),
        Type::BF16 => Data::BF16(halves(numbers)?.into_iter().map(bf16::from_bits).collect()),
        Type::Bool => {
            let truth = |n: i64| (0..=1).contains(&n).then_some(n == 1);
            Data::Bool(numbers.into_iter().map(truth).collect::<Option<_>>()?)
        }
        Type::F32 | Type::F64 | Type::Text => return None,
    })
}
