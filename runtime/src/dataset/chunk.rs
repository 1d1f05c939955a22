//! Texts cut into chunks of whole records while they are hashed. One thread reads, hashes and cuts, a second one checks
//! the chunks; what is left of them is where each stands and how many rows it has, so that a scan can begin anywhere.

use super::source::{Format, Source};
use super::{DataError, Limits};
use bytes::{Bytes, BytesMut};
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Bytes of a chunk of a large file.
const MOST: u64 = 2 << 20;
/// Bytes of a chunk of a small one, so that all threads have some of it.
const LEAST: u64 = 64 << 10;
/// Chunks that wait to be checked.
const WAITING: usize = 3;

/// Rows that stand together in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    /// Its bytes; for formats with a footer of their own, nothing.
    pub(super) range: Range<u64>,
    /// The first of its rows, from 0.
    pub(super) first: u64,
    /// How many.
    pub(super) rows: u64,
}

/// How a text is cut and checked.
pub(super) trait Cutter: Send {
    /// The end of the last whole record in `text`, which begins at one; `None` where there is none.
    fn end(&self, text: &[u8]) -> Option<usize>;

    /// Checks a chunk, whose first row is `first`; `begins` at the start of the file. Gives where its rows begin and how
    /// many there are.
    ///
    /// # Errors
    /// What is wrong, with the row.
    fn check(&mut self, chunk: &[u8], first: u64, begins: bool) -> Result<(usize, u64), DataError>;
}

/// A text, its chunks, and what cut it.
pub(super) struct Cut<C> {
    pub(super) source: Source,
    pub(super) chunks: Vec<Chunk>,
    pub(super) cutter: C,
}

/// Hashes and cuts the text at `path`. `None` where the content is not of `format`; then nothing was cut.
///
/// # Errors
/// As [`Source::open`]; what the cutter finds; `limit_exceeded` for a record beyond `limits.record_bytes`.
pub(super) fn cut<C: Cutter + Clone>(path: &Path, name: &str, limits: &Limits, cutter: C) -> Result<Cut<C>, DataError> {
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        let checker = cutter.clone();
        let rows = limits.rows;
        let checked = scope.spawn(move || check_all(checker, &receiver, name, rows));
        let mut feed = Feed { cutter: &cutter, sender, rest: BytesMut::new(), at: 0, limits, name };
        let len = std::fs::symlink_metadata(path).map(|metadata| metadata.len()).unwrap_or_default();
        let size = (len / 32).clamp(LEAST, MOST);
        let source = Source::open(path, name, limits, &mut |_, block| feed.take(block, size));
        // Without this the checker would wait for ever.
        let fed = source.and_then(|source| feed.finish().map(|()| source));
        let checked = checked.join().map_err(|_| broken(name))?;
        // What the checker found stands before what the reader ran into because of it.
        let (chunks, cutter) = checked?;
        Ok(Cut { source: fed?, chunks, cutter })
    })
}

/// The format of the file at `path`, told by its first bytes.
///
/// # Errors
/// As [`Source::open`].
pub(super) fn format_of(path: &Path, name: &str, limits: &Limits) -> Result<Format, DataError> {
    let mut format = None;
    let stop = || DataError::new("stopped", name, "", "");
    let result = Source::open(path, name, limits, &mut |told, _| {
        format = Some(told);
        Err(stop())
    });
    match (format, result) {
        (Some(format), _) => Ok(format),
        (None, Err(error)) => Err(error),
        (None, Ok(source)) => Ok(source.format),
    }
}

fn broken(name: &str) -> DataError {
    DataError::new("malformed_data", name, "The data could not be checked.", "Report this with the data.")
}

/// Cuts what is read and hands it on.
struct Feed<'a, C> {
    cutter: &'a C,
    sender: SyncSender<(u64, Bytes)>,
    rest: BytesMut,
    /// Where `rest` begins.
    at: u64,
    limits: &'a Limits,
    name: &'a str,
}

impl<C: Cutter> Feed<'_, C> {
    fn take(&mut self, block: &Bytes, size: u64) -> Result<(), DataError> {
        let wide = usize::try_from(size).unwrap_or(usize::MAX).max(1);
        for piece in block.chunks(wide) {
            // Room for the whole chunk at once: growing step by step would copy it again and again.
            if self.rest.capacity() - self.rest.len() < piece.len() {
                self.rest.reserve(wide + piece.len());
            }
            self.rest.extend_from_slice(piece);
            if (self.rest.len() as u64) < size {
                continue;
            }
            match self.cutter.end(&self.rest) {
                Some(end) => self.send(end)?,
                None if self.rest.len() as u64 > self.limits.record_bytes => {
                    // The checker tells better what is wrong with it.
                    let len = self.rest.len();
                    self.send(len)?;
                    let message = format!("A record is longer than the limit of {} bytes.", self.limits.record_bytes);
                    let mend = "Close the quotes or raise the limit.";
                    return Err(DataError::new("limit_exceeded", self.name, message, mend));
                }
                None => {}
            }
        }
        Ok(())
    }

    fn send(&mut self, end: usize) -> Result<(), DataError> {
        let chunk = self.rest.split_to(end).freeze();
        let at = self.at;
        self.at += chunk.len() as u64;
        // Nobody receives where a chunk before was at fault, and that is what will be told.
        self.sender.send((at, chunk)).map_err(|_| broken(self.name))
    }

    fn finish(mut self) -> Result<(), DataError> {
        let len = self.rest.len();
        if len == 0 { Ok(()) } else { self.send(len) }
    }
}

fn check_all<C: Cutter>(
    mut cutter: C,
    receiver: &Receiver<(u64, Bytes)>,
    name: &str,
    most: u64,
) -> Result<(Vec<Chunk>, C), DataError> {
    let (mut chunks, mut first) = (Vec::new(), 0_u64);
    for (at, chunk) in receiver {
        let (begin, rows) = cutter.check(&chunk, first, at == 0)?;
        let range = at + begin as u64..at + chunk.len() as u64;
        chunks.push(Chunk { range, first, rows });
        first += rows;
        if first > most {
            let message = format!("The file has more rows than the limit of {most}.");
            return Err(DataError::new("limit_exceeded", name, message, "Raise the limit or split the data."));
        }
    }
    Ok((chunks, cutter))
}
