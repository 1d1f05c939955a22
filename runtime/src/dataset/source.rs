//! A data file read once: bounded, through one descriptor, without following a link, and hashed as it is kept.
//! What is parsed later is these bytes, so the digest cannot speak of other ones. Knows no format beyond its first bytes.

use super::{DataError, Limits};
use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Largest file that Arrow's 32-bit text offsets can address.
const ADDRESSABLE: u64 = i32::MAX as u64;

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
}

/// A file's bytes and what identifies them.
#[derive(Debug)]
pub struct Source {
    /// All bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 in hex.
    pub sha256: String,
    /// Told by content.
    pub format: Format,
}

impl Source {
    /// Reads the regular file at `path`; `name` is how messages call it.
    ///
    /// # Errors
    /// `missing_dataset`, `unreadable` (a link, a folder, a device, no right), `limit_exceeded`, `malformed_data` (empty).
    pub fn read(path: &Path, name: &str, limits: &Limits) -> Result<Source, DataError> {
        let mut file = open_regular(path, name)?;
        let most = limits.file_bytes.min(ADDRESSABLE);
        let mut bytes = Vec::new();
        file.by_ref().take(most + 1).read_to_end(&mut bytes).map_err(|e| unreadable(name, &e.kind().to_string()))?;
        if bytes.len() as u64 > most {
            let message = format!("The file is larger than the limit of {most} bytes.");
            return Err(DataError::new("limit_exceeded", name, message, "Raise the limit or split the data."));
        }
        if bytes.is_empty() {
            let mend = "Give a CSV file with a header, a JSON-lines file or a Parquet file.";
            return Err(DataError::new("malformed_data", name, "The file is empty.", mend));
        }
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let format = tell(&bytes);
        Ok(Source { bytes, sha256, format })
    }
}

/// The format by the first bytes; what is neither Parquet nor a JSON object must prove itself as CSV.
fn tell(bytes: &[u8]) -> Format {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"PAR1") {
        Format::Parquet
    } else if text.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{') {
        Format::Jsonl
    } else {
        Format::Csv
    }
}

/// The bytes as text without a byte-order mark.
///
/// # Errors
/// `malformed_data` naming the line of the first byte that is not UTF-8.
pub(super) fn text<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str, DataError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        let line = 1 + bytes[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
        let message = "The file is neither Parquet nor text in UTF-8.";
        DataError::new("malformed_data", format!("{name}: line {line}"), message, "Save the data as UTF-8.")
    })
}

fn open_regular(path: &Path, name: &str) -> Result<File, DataError> {
    // NONBLOCK: opening a pipe must not wait for a writer; it has no effect on regular files.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let descriptor = rustix::fs::open(path, flags, Mode::empty()).map_err(|e| match e {
        rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR => DataError::new(
            "missing_dataset",
            name,
            "The data file is not there.",
            "Give the file's path with `--data`.",
        ),
        rustix::io::Errno::LOOP => unreadable(name, "it is a symbolic link"),
        other => unreadable(name, &other.kind().to_string()),
    })?;
    let file = File::from(descriptor);
    let metadata = file.metadata().map_err(|e| unreadable(name, &e.kind().to_string()))?;
    if metadata.is_file() { Ok(file) } else { Err(unreadable(name, "it is not a regular file")) }
}

fn unreadable(name: &str, why: &str) -> DataError {
    let message = format!("The data file cannot be read: {why}.");
    DataError::new("unreadable", name, message, "Give a regular file that the checker may read.")
}
