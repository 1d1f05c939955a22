//! The typed keys and values of a GGUF header, and what may be asked of them.
//!
//! Texts of a list lie in one piece and numbers as they were stored, so that memory stays near the header's own size.
//! Lists of lists are checked and dropped: nothing here asks for one.

use super::super::error::{IntakeError, fault, is_plain, printable};
use super::broken;
use super::cursor::Cursor;
use indexmap::IndexMap;
use std::ops::RangeInclusive;

/// Most keys.
const KEYS: u64 = 65_536;
/// Longest key in bytes.
const KEY_BYTES: usize = 1_024;
/// Least bytes of a key and its value: a length, a letter, a type, a byte.
const LEAST: u64 = 14;
/// Most lists in each other.
const DEPTH: usize = 4;

/// All keys of a file.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Metadata {
    path: String,
    entries: IndexMap<String, Value>,
}

#[derive(Clone, PartialEq, Debug)]
enum Value {
    Integer(Kind, i128),
    Real(f64),
    Truth(bool),
    Text(String),
    Texts(Texts),
    Numbers(Numbers),
    Lists,
}

/// Texts one after another.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<usize>,
}

impl Texts {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text at a place.
    pub(super) fn get(&self, place: usize) -> Option<&str> {
        let start = place.checked_sub(1).map_or(0, |before| self.ends.get(before).copied().unwrap_or(0));
        self.all.get(start..*self.ends.get(place)?)
    }

    /// All of them in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|place| self.get(place))
    }
}

/// Numbers of one type as they were stored.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Numbers {
    kind: Kind,
    bytes: Vec<u8>,
}

impl Numbers {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() / self.kind.width()
    }

    /// All of them in their order.
    fn values(&self) -> impl Iterator<Item = Value> {
        self.bytes.chunks_exact(self.kind.width()).map(|bytes| self.kind.value(bytes))
    }

    /// The whole numbers in their order; none for each number of another type.
    pub(super) fn integers(&self) -> impl Iterator<Item = Option<i128>> {
        self.values().map(|value| if let Value::Integer(_, number) = value { Some(number) } else { None })
    }

    /// The real numbers in their order; none for each number of another type.
    pub(super) fn reals(&self) -> impl Iterator<Item = Option<f64>> {
        self.values().map(|value| if let Value::Real(number) = value { Some(number) } else { None })
    }
}

/// The types of values, by the numbers that the format gives them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    Text,
    List,
    U64,
    I64,
    F64,
}

impl Kind {
    const ALL: [Self; 13] = [
        Self::U8,
        Self::I8,
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::F32,
        Self::Bool,
        Self::Text,
        Self::List,
        Self::U64,
        Self::I64,
        Self::F64,
    ];

    /// Bytes of a number; of a text or list, the least.
    const fn width(self) -> usize {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 | Self::Text => 8,
            Self::List => 12,
        }
    }

    /// The number in as many bytes as its type has.
    fn value(self, bytes: &[u8]) -> Value {
        let mut wide = [0; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        let number = u64::from_le_bytes(wide);
        let spare = 64 - 8 * bytes.len() as u32;
        match self {
            Self::F32 => Value::Real(f64::from(f32::from_bits(number as u32))),
            Self::F64 => Value::Real(f64::from_bits(number)),
            Self::Bool => Value::Truth(number == 1),
            Self::I8 | Self::I16 | Self::I32 | Self::I64 => {
                Value::Integer(self, i128::from(number.wrapping_shl(spare) as i64 >> spare))
            }
            _ => Value::Integer(self, i128::from(number)),
        }
    }
}

impl Metadata {
    /// Reads `count` keys.
    ///
    /// # Errors
    /// Those of [`Cursor`]; `malformed_header` for a key that is no plain text or stands twice, an unknown type, a truth
    /// value other than 0 and 1; `limit_exceeded` for too many keys or lists too deep in each other.
    pub(super) fn read(cursor: &mut Cursor, count: u64) -> Result<Self, IntakeError> {
        cursor.expect(count, LEAST, "keys")?;
        if count > KEYS {
            return Err(IntakeError::new(fault::LIMIT_EXCEEDED, cursor.path(), "the header has too many keys")
                .because(format!("at most {KEYS}"), count));
        }
        let path = cursor.path();
        let mut entries = IndexMap::new();
        for _ in 0..count {
            let key = cursor.text()?.to_owned();
            if key.is_empty() || key.len() > KEY_BYTES || !key.chars().all(is_plain) {
                return Err(broken(&place(path, &key), "a key is empty, too long, or no plain text"));
            }
            cursor.enter(&key);
            let value = value(cursor)?;
            cursor.leave();
            if entries.insert(key.clone(), value).is_some() {
                return Err(broken(&place(path, &key), "the key stands twice in the header"));
            }
        }
        Ok(Self { path: path.to_owned(), entries })
    }

    /// The error for a key, with its place.
    pub(super) fn wrong(&self, key: &str, message: impl Into<String>) -> IntakeError {
        broken(&place(&self.path, key), message)
    }

    /// The error for a key that must be there.
    pub(super) fn missing(&self, key: &str) -> IntakeError {
        self.wrong(key, format!("the header lacks the key `{}`", printable(key)))
    }

    fn get<T>(&self, key: &str, what: &str, of: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, IntakeError> {
        match self.entries.get(key) {
            None => Ok(None),
            Some(value) => of(value).map(Some).ok_or_else(|| self.wrong(key, format!("the value is not {what}"))),
        }
    }

    /// A whole number in a range. A list that says the same for every layer says it once.
    pub(super) fn whole(&self, key: &str, range: RangeInclusive<u64>) -> Result<Option<u64>, IntakeError> {
        let of = |value: &Value| match value {
            Value::Integer(_, number) => Some(*number),
            Value::Numbers(numbers) => numbers.integers().next().flatten(),
            _ => None,
        };
        let Some(first) = self.get(key, "a whole number", of)? else { return Ok(None) };
        if let Some(Value::Numbers(numbers)) = self.entries.get(key)
            && numbers.integers().any(|number| number != Some(first))
        {
            let at = place(&self.path, key);
            return Err(IntakeError::new(fault::UNSUPPORTED_FORMAT, &at, "the number differs from layer to layer")
                .mend("submit the model as safetensors with its config.json"));
        }
        match u64::try_from(first) {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(self
                .wrong(key, "the number is out of range")
                .because(format!("{} to {}", range.start(), range.end()), first)),
        }
    }

    /// Whether a key holds one number of the type UINT32.
    pub(super) fn is_u32(&self, key: &str) -> bool {
        matches!(self.entries.get(key), Some(Value::Integer(Kind::U32, _)))
    }

    /// A real number in a range.
    pub(super) fn real(&self, key: &str, range: RangeInclusive<f64>) -> Result<Option<f64>, IntakeError> {
        let of = |value: &Value| if let Value::Real(number) = value { Some(*number) } else { None };
        match self.get(key, "a real number", of)? {
            Some(number) if !range.contains(&number) => Err(self
                .wrong(key, "the number is out of range")
                .because(format!("{} to {}", range.start(), range.end()), number)),
            number => Ok(number),
        }
    }

    /// A truth value.
    pub(super) fn truth(&self, key: &str) -> Result<Option<bool>, IntakeError> {
        self.get(key, "a truth value", |value| if let Value::Truth(is) = value { Some(*is) } else { None })
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Result<Option<&str>, IntakeError> {
        match self.entries.get(key) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, "the value is not a text")),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &str) -> Result<Option<&Texts>, IntakeError> {
        match self.entries.get(key) {
            None => Ok(None),
            Some(Value::Texts(texts)) => Ok(Some(texts)),
            Some(_) => Err(self.wrong(key, "the value is not a list of texts")),
        }
    }

    /// A list of numbers.
    pub(super) fn numbers(&self, key: &str) -> Result<Option<&Numbers>, IntakeError> {
        match self.entries.get(key) {
            None => Ok(None),
            Some(Value::Numbers(numbers)) => Ok(Some(numbers)),
            Some(_) => Err(self.wrong(key, "the value is not a list of numbers")),
        }
    }

    /// A number or text as text, for a report; none where there is neither.
    pub(super) fn shown(&self, key: &str) -> Option<String> {
        match self.entries.get(key)? {
            Value::Text(text) => Some(printable(text)),
            Value::Integer(_, number) => Some(number.to_string()),
            _ => None,
        }
    }
}

/// Reads the type of a value and the value.
fn value(cursor: &mut Cursor) -> Result<Value, IntakeError> {
    match kind(cursor)? {
        Kind::Text => Ok(Value::Text(cursor.text()?.to_owned())),
        Kind::List => {
            let (kind, count) = list_head(cursor)?;
            if kind == Kind::List { lists(cursor, count) } else { flat(cursor, kind, count) }
        }
        number => {
            let bytes = cursor.take(number.width())?.to_vec();
            check_truths(cursor, number, &bytes)?;
            Ok(number.value(&bytes))
        }
    }
}

fn kind(cursor: &mut Cursor) -> Result<Kind, IntakeError> {
    let number = cursor.u32()?;
    let known = usize::try_from(number).ok().and_then(|number| Kind::ALL.get(number));
    known.copied().ok_or_else(|| {
        broken(cursor.place(), "a value in the header has an unknown type").because("a type from 0 to 12", number)
    })
}

/// The type and the count of a list, whose items can follow.
fn list_head(cursor: &mut Cursor) -> Result<(Kind, u64), IntakeError> {
    let kind = kind(cursor)?;
    let count = cursor.u64()?;
    cursor.expect(count, kind.width() as u64, "lists")?;
    Ok((kind, count))
}

/// A list of texts or numbers.
fn flat(cursor: &mut Cursor, kind: Kind, count: u64) -> Result<Value, IntakeError> {
    if kind != Kind::Text {
        let bytes = cursor.bytes(count * kind.width() as u64)?;
        check_truths(cursor, kind, &bytes)?;
        return Ok(Value::Numbers(Numbers { kind, bytes }));
    }
    let mut texts = Texts::default();
    for _ in 0..count {
        texts.all.push_str(cursor.text()?);
        texts.ends.push(texts.all.len());
    }
    Ok(Value::Texts(texts))
}

/// A list of lists, without recursion: how many lists are still to come at each depth.
fn lists(cursor: &mut Cursor, count: u64) -> Result<Value, IntakeError> {
    let mut open = vec![count];
    while let Some(left) = open.last_mut() {
        let Some(less) = left.checked_sub(1) else {
            open.pop();
            continue;
        };
        *left = less;
        let (kind, count) = list_head(cursor)?;
        if kind != Kind::List {
            flat(cursor, kind, count)?;
        } else if open.len() < DEPTH {
            open.push(count);
        } else {
            let message = "lists in the header are too deep in each other";
            return Err(IntakeError::new(fault::LIMIT_EXCEEDED, cursor.place(), message)
                .because(format!("at most {DEPTH}"), "more"));
        }
    }
    Ok(Value::Lists)
}

fn check_truths(cursor: &Cursor, kind: Kind, bytes: &[u8]) -> Result<(), IntakeError> {
    match bytes.iter().find(|byte| kind == Kind::Bool && **byte > 1) {
        Some(byte) => Err(broken(cursor.place(), "a truth value in the header is neither").because("0 or 1", byte)),
        None => Ok(()),
    }
}

fn place(path: &str, key: &str) -> String {
    format!("{path}: {}", printable(key))
}
