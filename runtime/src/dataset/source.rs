//! A data file: opened once, without following a link, hashed from end to end, and read again through the same descriptor.
//! Every block that is read again is held against what was hashed, so that the digest speaks of the bytes that are
//! parsed, however large the file. Knows no format beyond its first bytes.

use super::{DataError, Limits};
use crate::world::{RealWorld, World};
use bytes::{Bytes, BytesMut};
use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Bytes that are read, hashed and checked together.
pub(super) const BLOCK: usize = 1 << 17;
/// Files up to this size stay in memory once read.
const KEPT: u64 = 32 << 20;

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow's file format (IPC).
    Arrow,
    /// A folder of pictures or recordings.
    Folder,
}

/// A file and what identifies it.
#[derive(Debug)]
pub struct Source {
    /// None for a folder, which is no text.
    file: Option<File>,
    kept: Option<Bytes>,
    /// One for every block, keyed by chance, so that nobody can prepare a block that passes for another.
    checks: Vec<u64>,
    seed: u64,
    /// How messages call it.
    pub name: String,
    /// Length in bytes; of a folder, that of its files.
    pub len: u64,
    /// SHA-256 in hex; of a folder, the root over its files.
    pub sha256: String,
    /// Told by content.
    pub format: Format,
}

impl Source {
    /// Hashes the regular file at `path`; `name` is how messages call it. `seen` is given the blocks in order while they
    /// are hashed, so that a text can be looked through in the same pass.
    ///
    /// # Errors
    /// `missing_dataset`, `unreadable` (a link, a folder, a device, no right), `limit_exceeded`, `malformed_data` (empty),
    /// and whatever `seen` gives.
    pub(super) fn open(
        path: &Path,
        name: &str,
        limits: &Limits,
        seen: &mut dyn FnMut(Format, &Bytes) -> Result<(), DataError>,
    ) -> Result<Source, DataError> {
        let (mut file, len) = open_regular(path, name)?;
        let too_large = || {
            let message = format!("The file is larger than the limit of {} bytes.", limits.file_bytes);
            DataError::new("limit_exceeded", name, message, "Raise the limit or split the data.")
        };
        if len > limits.file_bytes {
            return Err(too_large());
        }
        let mut random = [0; 8];
        RealWorld.random(&mut random).map_err(|e| unreadable(name, &e.to_string()))?;
        let seed = u64::from_le_bytes(random);
        let (mut digest, mut checks, mut read) = (Sha256::new(), Vec::new(), 0_u64);
        let mut kept = (len <= KEPT).then(BytesMut::new);
        let mut format = None;
        loop {
            let block = next_block(&mut file, name)?;
            if block.is_empty() {
                break;
            }
            read += block.len() as u64;
            // A file that grows while it is read is not read for ever.
            if read > limits.file_bytes {
                return Err(too_large());
            }
            limits.meter.add(block.len() as u64);
            digest.update(&block);
            checks.push(xxh3_64_with_seed(&block, seed));
            match &mut kept {
                Some(all) if read <= KEPT => all.extend_from_slice(&block),
                _ => kept = None,
            }
            seen(*format.get_or_insert_with(|| tell(&block)), &block)?;
        }
        let Some(format) = format else {
            let mend = "Give a CSV file with a header, a JSON-lines, Parquet or Arrow file.";
            return Err(DataError::new("malformed_data", name, "The file is empty.", mend));
        };
        let (name, sha256, kept) = (name.to_owned(), hex::encode(digest.finalize()), kept.map(BytesMut::freeze));
        Ok(Source { file: Some(file), kept, checks, seed, name, len: read, sha256, format })
    }

    /// A folder whose files were hashed.
    pub(super) fn folder(name: &str, len: u64, root: &str) -> Source {
        let (name, sha256) = (name.to_owned(), root.to_owned());
        Source { file: None, kept: None, checks: Vec::new(), seed: 0, name, len, sha256, format: Format::Folder }
    }

    /// The bytes of a range, as they were hashed.
    ///
    /// # Errors
    /// `malformed_data` where the file has no such bytes; `tampered` where they are not those that were hashed.
    pub(super) fn slice(&self, range: &Range<u64>) -> Result<Bytes, DataError> {
        if range.start > range.end || range.end > self.len {
            let mend = "Write the file again and compare its size.";
            return Err(DataError::new("malformed_data", &self.name, "The file is truncated.", mend));
        }
        let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
        if let Some(all) = &self.kept {
            return Ok(all.slice(at(range.start)..at(range.end)));
        }
        let block = BLOCK as u64;
        let first = range.start / block;
        let end = range.end.div_ceil(block).saturating_mul(block).min(self.len);
        let mut bytes = BytesMut::zeroed(at(end.saturating_sub(first * block)));
        let read = self.file.as_ref().map(|file| file.read_exact_at(&mut bytes, first * block));
        read.transpose().ok().flatten().ok_or_else(|| self.changed())?;
        for (number, part) in (at(first)..).zip(bytes.chunks(BLOCK)) {
            if self.checks.get(number) != Some(&xxh3_64_with_seed(part, self.seed)) {
                return Err(self.changed());
            }
        }
        let offset = first * block;
        Ok(bytes.freeze().slice(at(range.start - offset)..at(range.end - offset)))
    }

    fn changed(&self) -> DataError {
        let message = "The file changed while it was read.";
        DataError::new("tampered", &self.name, message, "Run again on files that nobody writes to.")
    }
}

/// A small file whole, for formats that are no tables.
#[derive(Debug)]
pub struct Whole {
    /// All bytes.
    pub bytes: Bytes,
    /// SHA-256 in hex.
    pub sha256: String,
}

impl Whole {
    /// Reads the regular file at `path`, at most `limits.whole_bytes`; `name` is how messages call it.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn read(path: &Path, name: &str, limits: &Limits) -> Result<Whole, DataError> {
        let limits = Limits { file_bytes: limits.whole_bytes, ..limits.clone() };
        let source = Source::open(path, name, &limits, &mut |_, _| Ok(()))?;
        let bytes = source.slice(&(0..source.len))?;
        Ok(Whole { bytes, sha256: source.sha256 })
    }
}

fn next_block(file: &mut File, name: &str) -> Result<Bytes, DataError> {
    let mut block = Vec::with_capacity(BLOCK);
    file.by_ref().take(BLOCK as u64).read_to_end(&mut block).map_err(|e| unreadable(name, &e.kind().to_string()))?;
    Ok(block.into())
}

/// The format by the first bytes; what is none of the others must prove itself as CSV.
fn tell(bytes: &[u8]) -> Format {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"PAR1") {
        Format::Parquet
    } else if bytes.starts_with(b"ARROW1") {
        Format::Arrow
    } else if text.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{') {
        Format::Jsonl
    } else {
        Format::Csv
    }
}

fn open_regular(path: &Path, name: &str) -> Result<(File, u64), DataError> {
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
    if metadata.is_file() { Ok((file, metadata.len())) } else { Err(unreadable(name, "it is not a regular file")) }
}

fn unreadable(name: &str, why: &str) -> DataError {
    let message = format!("The data file cannot be read: {why}.");
    DataError::new("unreadable", name, message, "Give a regular file that the checker may read.")
}
