//! The wire format of protocol buffers: a message as its fields, read from the file as they are needed.
//!
//! Total: numbers are at most ten bytes and as short as can be, lengths stay inside of their message, groups and unknown
//! wire types are refused, and fields are counted. Contents of a length are only located, so a model of gigabytes is
//! walked in kilobytes. Knows no message.

use crate::intake::door::FileHandle;
use crate::intake::error::{IntakeError, fault};

/// Bytes read at a time.
const WINDOW: u64 = 1 << 16;
/// Most fields of all messages in a file.
const FIELDS: u64 = 8_000_000;
/// Longest text in bytes, names and doc strings alike.
const TEXT: u64 = 1 << 20;

/// Where a message or a text lies in the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub at: u64,
    pub end: u64,
}

impl Span {
    pub fn len(self) -> u64 {
        self.end - self.at
    }
}

/// The contents of a field by wire type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Field {
    Varint(u64),
    Fixed64(u64),
    Bytes(Span),
    Fixed32(u32),
}

/// A file read as messages.
pub(super) struct Wire<'f> {
    file: &'f FileHandle,
    window: Vec<u8>,
    from: u64,
    fields: u64,
}

impl<'f> Wire<'f> {
    pub fn new(file: &'f FileHandle) -> Self {
        Self { file, window: Vec::new(), from: 0, fields: 0 }
    }

    /// The file's path.
    pub fn path(&self) -> &'f str {
        &self.file.entry().path
    }

    /// The whole file.
    pub fn whole(&self) -> Span {
        Span { at: 0, end: self.file.entry().bytes }
    }

    /// The next field of the message; its span then begins behind it.
    pub fn next(&mut self, message: &mut Span) -> Result<Option<(u32, Field)>, IntakeError> {
        if message.at >= message.end {
            return Ok(None);
        }
        self.fields += 1;
        if self.fields > FIELDS {
            return Err(IntakeError::new(fault::LIMIT_EXCEEDED, self.path(), "the model has too many fields")
                .because(format!("at most {FIELDS}"), "more"));
        }
        let start = message.at;
        let tag = self.varint(message)?;
        let number = u32::try_from(tag >> 3).ok().filter(|n| *n > 0 && *n < 1 << 29);
        let number = number.ok_or_else(|| self.wrong(start, "a field has a number that does not exist", tag >> 3))?;
        let field = match tag & 7 {
            0 => Field::Varint(self.varint(message)?),
            1 => Field::Fixed64(u64::from_le_bytes(self.fixed(message)?)),
            2 => {
                let len = self.varint(message)?;
                let at = message.at;
                let end = at.checked_add(len).filter(|end| *end <= message.end);
                message.at = end.ok_or_else(|| self.beyond(start, len, message.end - at))?;
                Field::Bytes(Span { at, end: message.at })
            }
            5 => Field::Fixed32(u32::from_le_bytes(self.fixed(message)?)),
            other => return Err(self.wrong(start, "a field is of a kind that messages do not have", other)),
        };
        Ok(Some((number, field)))
    }

    /// A number in groups of seven bits, in its shortest form.
    pub fn varint(&mut self, message: &mut Span) -> Result<u64, IntakeError> {
        let start = message.at;
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let [byte] = self.fixed(message)?;
            let bits = u64::from(byte & 0x7F);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    return Err(self.wrong(start, "a number is longer than it needs to be", value));
                }
                return Ok(value);
            }
        }
        Err(self.wrong(start, "a number has more than 64 bits", "more"))
    }

    fn fixed<const N: usize>(&mut self, message: &mut Span) -> Result<[u8; N], IntakeError> {
        let at = message.at;
        let end = at.checked_add(N as u64).filter(|end| *end <= message.end);
        message.at = end.ok_or_else(|| self.beyond(at, N as u64, message.end - at))?;
        let inside = at >= self.from && message.at - self.from <= self.window.len() as u64;
        if !inside {
            let len = WINDOW.min(self.file.entry().bytes.saturating_sub(at));
            self.window = self.file.read_at(at, len)?;
            self.from = at;
        }
        let from = usize::try_from(at - self.from).unwrap_or(usize::MAX);
        let held = self.window.get(from..).and_then(|rest| rest.first_chunk::<N>());
        held.copied().ok_or_else(|| self.beyond(at, N as u64, 0))
    }

    /// The bytes of a text.
    pub fn bytes(&mut self, span: Span) -> Result<Vec<u8>, IntakeError> {
        if span.len() > TEXT {
            return Err(IntakeError::new(
                fault::LIMIT_EXCEEDED,
                self.path(),
                "a text of the model is too long (bytes)",
            )
            .because(format!("at most {TEXT}"), span.len()));
        }
        let (mut rest, mut out) = (span, Vec::new());
        // Short texts come from the window.
        while rest.at < rest.end && span.len() <= 256 {
            out.push(self.fixed::<1>(&mut rest)?[0]);
        }
        if out.is_empty() { self.file.read_at(span.at, span.len()) } else { Ok(out) }
    }

    /// A text, which must be UTF-8.
    pub fn text(&mut self, span: Span) -> Result<String, IntakeError> {
        let bytes = self.bytes(span)?;
        String::from_utf8(bytes).map_err(|_| self.wrong(span.at, "a text is not UTF-8", "other bytes"))
    }

    /// A refusal at a byte of the file.
    pub fn wrong(&self, at: u64, message: &str, found: impl std::fmt::Display) -> IntakeError {
        IntakeError::new(fault::MALFORMED_HEADER, self.path(), format!("{message} (at byte {at})"))
            .because("a message as the onnx library writes it", found)
            .mend("save the model again with the onnx library")
    }

    fn beyond(&self, at: u64, needed: u64, left: u64) -> IntakeError {
        let fault = if at.saturating_add(needed) > self.file.entry().bytes {
            fault::TRUNCATED_FILE
        } else {
            fault::MALFORMED_HEADER
        };
        IntakeError::new(fault, self.path(), format!("a field reaches beyond its message (at byte {at})"))
            .because(format!("at most {left} bytes"), needed)
            .mend("copy the file again, or save the model again with the onnx library")
    }
}
