//! A file from its first byte on: in order, a piece at a time, never beyond its end and never beyond the bound on headers.

use super::super::door::FileHandle;
use super::super::error::{IntakeError, fault, printable};
use super::broken;

/// Longest header in bytes: the largest vocabularies in use take about 20 MB.
const HEADER_BYTES: u64 = 64 << 20;
/// Longest text in bytes.
const TEXT_BYTES: u64 = 1 << 20;
/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// The place up to which a file was read.
pub(super) struct Cursor<'f> {
    file: &'f FileHandle,
    at: u64,
    window: Vec<u8>,
    start: usize,
    place: String,
}

impl<'f> Cursor<'f> {
    /// At the start of a file.
    pub(super) fn new(file: &'f FileHandle) -> Self {
        Self { file, at: 0, window: Vec::new(), start: 0, place: file.entry().path.clone() }
    }

    /// The file's name.
    pub(super) fn path(&self) -> &'f str {
        &self.file.entry().path
    }

    /// What is being read, for errors: the file, or a key or tensor in it.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Begins with a key or tensor of this name.
    pub(super) fn enter(&mut self, name: &str) {
        self.place = format!("{}: {}", self.path(), printable(name));
    }

    /// Ends with it.
    pub(super) fn leave(&mut self) {
        self.place = self.path().to_owned();
    }

    /// Bytes before this place.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// That `count` entries of at least `least` bytes each can follow.
    ///
    /// # Errors
    /// `truncated_file`.
    pub(super) fn expect(&self, count: u64, least: u64, what: &str) -> Result<(), IntakeError> {
        let left = self.file.entry().bytes - self.at;
        match count.checked_mul(least) {
            Some(bytes) if bytes <= left => Ok(()),
            _ => Err(IntakeError::new(
                fault::TRUNCATED_FILE,
                self.place(),
                format!("the file ends before its {what} do (bytes)"),
            )
            .because(u128::from(count) * u128::from(least), left)
            .mend("copy or download the file again and compare its size")),
        }
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    /// `truncated_file`, `limit_exceeded` beyond the bound on headers, those of [`FileHandle::read_at`].
    pub(super) fn take(&mut self, len: usize) -> Result<&[u8], IntakeError> {
        let held = self.window.len() - self.start;
        if held < len {
            self.expect(len as u64, 1, "header")?;
            if self.at + len as u64 > HEADER_BYTES {
                return Err(IntakeError::new(fault::LIMIT_EXCEEDED, self.place(), "the header is too long (bytes)")
                    .because(format!("at most {HEADER_BYTES}"), "more"));
            }
            self.window.drain(..self.start);
            self.start = 0;
            let from = self.at + held as u64;
            let more = (self.file.entry().bytes - from).min((len - held).max(PIECE) as u64);
            self.window.extend(self.file.read_at(from, more)?);
        }
        self.at += len as u64;
        self.start += len;
        Ok(&self.window[self.start - len..self.start])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], IntakeError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    /// A number of four bytes.
    pub(super) fn u32(&mut self) -> Result<u32, IntakeError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A number of eight bytes.
    pub(super) fn u64(&mut self) -> Result<u64, IntakeError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// `len` bytes, which are known to be there.
    pub(super) fn bytes(&mut self, mut len: u64) -> Result<Vec<u8>, IntakeError> {
        let mut out = Vec::new();
        while len > 0 {
            let step = len.min(PIECE as u64);
            out.extend_from_slice(self.take(step as usize)?);
            len -= step;
        }
        Ok(out)
    }

    /// A text: its length and its bytes.
    ///
    /// # Errors
    /// Those of [`Cursor::take`]; `limit_exceeded` for a long one; `malformed_header` for bytes that are not UTF-8.
    pub(super) fn text(&mut self) -> Result<&str, IntakeError> {
        let length = self.u64()?;
        self.expect(length, 1, "texts")?;
        if length > TEXT_BYTES {
            return Err(IntakeError::new(
                fault::LIMIT_EXCEEDED,
                self.place(),
                "a text in the header is too long (bytes)",
            )
            .because(format!("at most {TEXT_BYTES}"), length));
        }
        let (place, at) = (self.place.clone(), self.at);
        std::str::from_utf8(self.take(length as usize)?)
            .map_err(|error| broken(&place, format!("a text is not UTF-8 at byte {}", at + error.valid_up_to() as u64)))
    }
}
