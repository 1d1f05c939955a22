//! NumPy's arrays: one in a `.npy` file, or several as the members of a `.npz` archive, stored or deflated.
//!
//! The header is a literal of Python's; here it is three fields in a grammar of their own, and nothing is evaluated.
//! Arrays of objects are pickles and refused as such. The bytes behind the header are those of the shape, exactly.

use super::archive::{self, Member};
use super::door::FileHandle;
use super::error::{IntakeError, fault, is_plain, printable};
use super::inflate::{self, Wrap, inflate};
use super::strided;
use super::tensor::{Layout, StoredDtype, TensorInfo};
use indexmap::IndexMap;
use std::ops::Range;

const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header in bytes.
const HEADER: u64 = 64 << 10;
/// Most axes.
const AXES: usize = 16;
/// The name of the tensor of a file that holds only one.
pub const ALONE: &str = "array";
/// Bytes looked at: the name of the first member stands within them.
const HEAD: u64 = 512;

/// Whether a file is an array.
///
/// # Errors
/// Those of [`FileHandle::read_at`].
pub fn is_npy(file: &FileHandle) -> Result<bool, IntakeError> {
    Ok(file.read_at(0, file.entry().bytes.min(MAGIC.len() as u64))? == MAGIC)
}

/// Whether a file is an archive of arrays: a zip archive whose first member's name ends so.
///
/// # Errors
/// Those of [`FileHandle::read_at`].
pub fn is_npz(file: &FileHandle) -> Result<bool, IntakeError> {
    let head = file.read_at(0, file.entry().bytes.min(HEAD))?;
    Ok(archive::first_name(&head).is_some_and(|name| name.ends_with(b".npy")))
}

/// The tensors of a `.npy` file, under the name [`ALONE`], or of a `.npz` archive, under the names of its members
/// without `.npy`.
///
/// # Errors
/// `malformed_header`, `truncated_file`, `limit_exceeded`; `unsafe_pickle` for arrays of objects; `unsupported_format` for
/// elements that are no little-endian numbers; those of [`archive::members_or_deflated`].
pub fn read(file: &FileHandle) -> Result<IndexMap<String, TensorInfo>, IntakeError> {
    if is_npy(file)? {
        let tensor = stored(file, 0..file.entry().bytes, ALONE, &file.entry().path)?;
        return Ok(IndexMap::from([(ALONE.to_owned(), tensor)]));
    }
    let mut tensors = IndexMap::new();
    for Member { name, range, whole } in archive::members_or_deflated(file)? {
        let at = format!("{}: {}", file.entry().path, printable(&name));
        let plain = name.strip_suffix(".npy").filter(|name| !name.is_empty() && name.chars().all(is_plain));
        let plain = plain.ok_or_else(|| broken(&at, "the archive holds something that is no array"))?;
        let tensor = match whole {
            None => stored(file, range, plain, &at)?,
            Some(whole) => deflated(file, range, whole, plain, &at)?,
        };
        tensors.insert(plain.to_owned(), tensor);
    }
    Ok(tensors)
}

/// An array that is stored as it is in a range of a file.
fn stored(file: &FileHandle, range: Range<u64>, name: &str, at: &str) -> Result<TensorInfo, IntakeError> {
    let length = range.end.saturating_sub(range.start);
    let header = Header::read(&file.read_at(range.start, length.min(HEADER))?, length, at)?;
    let layout = if header.columns { Layout::Strided(columns(&header.shape)) } else { Layout::Rows };
    let offset = range.start + header.before;
    Ok(header.tensor(file, name, offset, layout))
}

/// An array that is deflated in a range of a file.
fn deflated(file: &FileHandle, range: Range<u64>, whole: u64, name: &str, at: &str) -> Result<TensorInfo, IntakeError> {
    let packed = range.end - range.start;
    // Enough compressed bytes for any header, however badly it was compressed.
    let head = inflate::begin(&file.read_at(range.start, packed.min(2 * HEADER))?, HEADER.min(whole) as usize);
    let header = Header::read(&head, whole, at)?;
    let columns = header.columns.then(|| header.shape.clone());
    let layout = Layout::Deflated { packed, whole, before: header.before, columns };
    Ok(header.tensor(file, name, range.start, layout))
}

/// The bytes of a deflated array, row by row.
///
/// # Errors
/// Those of [`FileHandle::read_at`]; `malformed_header` where the compressed bytes are not those that were checked.
pub(super) fn read_deflated(
    file: &FileHandle,
    tensor: &TensorInfo,
    place: [u64; 3],
    shape: Option<&[u64]>,
) -> Result<Vec<u8>, IntakeError> {
    let [packed, whole, before] = place;
    let at = format!("{}: {}", tensor.file, printable(&tensor.name));
    let fits = before.checked_add(tensor.bytes) == Some(whole) && inflate::is_modest(packed, whole);
    if !fits {
        return Err(broken(&at, "the array is not as long as its shape"));
    }
    let (mut bytes, mut skip) = (Vec::new(), usize::try_from(before).unwrap_or(usize::MAX));
    let mut keep = |piece: &[u8]| {
        let past = skip.min(piece.len());
        skip -= past;
        bytes.extend_from_slice(&piece[past..]);
    };
    let stored = file.read_at(tensor.offset, packed)?;
    inflate(&stored, Wrap::Raw, whole, &mut keep).map_err(|why| broken(&at, why))?;
    let Some(shape) = shape else { return Ok(bytes) };
    let size = usize::try_from(tensor.dtype.size()).unwrap_or(usize::MAX);
    strided::gather(&bytes, shape, &columns(shape), size)
        .ok_or_else(|| broken(&at, "the array is not as long as its shape"))
}

/// The strides of an array that is stored column by column.
fn columns(shape: &[u64]) -> Vec<u64> {
    let mut strides = vec![1_u64; shape.len()];
    for axis in 1..shape.len() {
        strides[axis] = strides[axis - 1].saturating_mul(shape[axis - 1]);
    }
    strides
}

/// What stands before the elements.
struct Header {
    dtype: StoredDtype,
    columns: bool,
    shape: Vec<u64>,
    /// Its length, with all that belongs to it.
    before: u64,
    /// Bytes of the elements.
    bytes: u64,
}

impl Header {
    /// Reads the header of an array that has `whole` bytes with it; `head` are the first of these.
    fn read(head: &[u8], whole: u64, at: &str) -> Result<Header, IntakeError> {
        let short = || {
            IntakeError::new(fault::TRUNCATED_FILE, at, "the file ends inside of the header")
                .mend("compare its size with the original, and copy it again")
        };
        let rest = head.strip_prefix(MAGIC).ok_or_else(|| broken(at, "no array stands where one should"))?;
        let (prefix, length) = match rest {
            [1, 0, a, b, ..] => (10, u64::from(u16::from_le_bytes([*a, *b]))),
            [2 | 3, 0, a, b, c, d, ..] => (12, u64::from(u32::from_le_bytes([*a, *b, *c, *d]))),
            [1..=3, 0, ..] | [_] | [] => return Err(short()),
            _ => return Err(broken(at, "the version of the array is not known")),
        };
        let before = prefix + length;
        if before > HEADER {
            return Err(IntakeError::new(fault::LIMIT_EXCEEDED, at, "the header is too long (bytes)")
                .because(format!("at most {HEADER}"), before));
        }
        let text = usize::try_from(before).ok().and_then(|before| head.get(prefix as usize..before));
        let literal = std::str::from_utf8(text.ok_or_else(short)?).ok().and_then(Literal::read);
        let Some(literal) = literal else { return Err(broken(at, "the header is not one that NumPy writes")) };
        let dtype = dtype(literal.descr, at)?;
        let large = || broken(at, "the shape is too large");
        let mut all = literal.shape.iter().filter(|axis| **axis != 0);
        let most = all.try_fold(dtype.size(), |product, axis| product.checked_mul(*axis)).ok_or_else(large)?;
        let bytes = if literal.shape.contains(&0) { 0 } else { most };
        let left = whole.checked_sub(before).ok_or_else(short)?;
        if bytes > left {
            return Err(IntakeError::new(fault::TRUNCATED_FILE, at, "the array is shorter than its shape (bytes)")
                .because(bytes, left)
                .mend("compare its size with the original, and copy it again"));
        }
        if bytes != left {
            return Err(broken(at, "bytes stand behind the array"));
        }
        // With one axis or none, rows and columns are the same.
        let columns = literal.columns && literal.shape.len() > 1 && bytes > 0;
        Ok(Header { dtype, columns, shape: literal.shape, before, bytes })
    }

    fn tensor(self, file: &FileHandle, name: &str, offset: u64, layout: Layout) -> TensorInfo {
        let (file, name) = (file.entry().path.clone(), name.to_owned());
        let Header { dtype, shape, bytes, .. } = self;
        TensorInfo { name, dtype, shape, file, offset, bytes, layout, relaid: None, rows_absent: 0, added: 0 }
    }
}

/// The element type that NumPy calls so.
fn dtype(descr: &str, at: &str) -> Result<StoredDtype, IntakeError> {
    let unsupported = |why: &str, mend: &str| {
        Err(IntakeError::new(fault::UNSUPPORTED_FORMAT, at, why).because("numbers such as <f4", descr).mend(mend))
    };
    Ok(match descr {
        "<f8" => StoredDtype::F64,
        "<f4" => StoredDtype::F32,
        "<f2" => StoredDtype::F16,
        "<i8" => StoredDtype::I64,
        "<i4" => StoredDtype::I32,
        "<i2" => StoredDtype::I16,
        "|i1" => StoredDtype::I8,
        "<u8" => StoredDtype::U64,
        "<u4" => StoredDtype::U32,
        "<u2" => StoredDtype::U16,
        "|u1" => StoredDtype::U8,
        "|b1" => StoredDtype::BOOL,
        "|O" | "O" => {
            let why = "the array holds Python's objects, which are a pickle";
            return Err(IntakeError::new(fault::UNSAFE_PICKLE, at, why).mend("save arrays of numbers"));
        }
        big if big.starts_with('>') => {
            return unsupported(
                "the numbers are not little-endian",
                "save `array.astype(array.dtype.newbyteorder('<'))`",
            );
        }
        _ => {
            return unsupported(
                "the elements are of a type that is not read",
                "save arrays of numbers, or safetensors",
            );
        }
    })
}

/// The literal in a header: a dictionary of exactly three names, as `repr` writes it, and spaces up to a line's end.
struct Literal<'t> {
    descr: &'t str,
    columns: bool,
    shape: Vec<u64>,
}

impl<'t> Literal<'t> {
    fn read(text: &'t str) -> Option<Literal<'t>> {
        let mut rest = text.strip_prefix('{')?;
        let (mut descr, mut columns, mut shape) = (None, None, None);
        while !rest.starts_with('}') {
            let (name, after) = rest.strip_prefix('\'')?.split_once("': ")?;
            let (is_new, after) = match name {
                // A list is a structure; it is no text in quotes either.
                "descr" => {
                    let (told, after) = quoted(after)?;
                    (descr.replace(told).is_none(), after)
                }
                "fortran_order" => {
                    let (told, after) = truth(after)?;
                    (columns.replace(told).is_none(), after)
                }
                "shape" => {
                    let (told, after) = axes(after)?;
                    (shape.replace(told).is_none(), after)
                }
                _ => return None,
            };
            rest = after.strip_prefix(", ").or_else(|| after.starts_with('}').then_some(after)).filter(|_| is_new)?;
        }
        let blank = rest.strip_prefix('}')?.strip_suffix('\n')?;
        let plain = blank.bytes().all(|byte| byte == b' ');
        Some(Literal { descr: descr?, columns: columns?, shape: shape? }).filter(|_| plain)
    }
}

/// A text in quotes, or a list up to its end, which is no name of a type.
fn quoted(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('[') {
        let end = text.rfind(']')? + 1;
        return Some((&text[..end], &text[end..]));
    }
    text.strip_prefix('\'')?.split_once('\'')
}

fn truth(text: &str) -> Option<(bool, &str)> {
    match (text.strip_prefix("True"), text.strip_prefix("False")) {
        (Some(rest), _) => Some((true, rest)),
        (_, Some(rest)) => Some((false, rest)),
        _ => None,
    }
}

/// A tuple of numbers.
fn axes(text: &str) -> Option<(Vec<u64>, &str)> {
    let (inside, rest) = text.strip_prefix('(')?.split_once(')')?;
    if inside.is_empty() {
        return Some((Vec::new(), rest));
    }
    let one = inside.strip_suffix(',');
    let axes = one.unwrap_or(inside).split(", ").map(number).collect::<Option<Vec<_>>>()?;
    // One axis has a comma behind it, several have not.
    (axes.len() <= AXES && (axes.len() == 1) == one.is_some()).then_some((axes, rest))
}

/// Digits without a zero before them.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && (text == "0" || !text.starts_with('0')) { text.parse().ok() } else { None }
}

fn broken(at: &str, why: &str) -> IntakeError {
    IntakeError::new(fault::MALFORMED_HEADER, at, why).mend("save the array again with NumPy's `save` or `savez`")
}
