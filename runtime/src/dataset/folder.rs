//! A folder of pictures or recordings as a table: one row a file, in the order of the bytes of their paths. The cell of
//! the column of pictures or recordings is the path; a class column `label`, or the only class column, is the folder that
//! holds the file; a column `file_name` is the path once more. What is not of that kind is refused, so that nothing in the
//! folder is silently left out; names that begin with a dot are passed over.

use super::chunk::Chunk;
use super::source::Source;
use super::table::{Cells, Layout, Reader, batch_rows};
use super::{DataError, Limits, shown};
use crate::intake::door::{DoorLimits, Submission};
use crate::media::{picture::is_picture, sound::is_sound};
use datafusion::arrow::array::{ArrayRef, StringViewArray};
use lmstd_compiler::standard::ColumnType;
use std::path::Path;
use std::sync::Arc;

/// Rows of a chunk.
const CHUNK: u64 = 4096;
/// Bytes that tell a format.
const TELLING: u64 = 12;

/// What a column holds of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Holds {
    Path,
    Label,
}

/// A folder that was looked through.
#[derive(Debug)]
pub(super) struct Folder {
    source: Source,
    files: Arc<Submission>,
    /// Paths, in order.
    rows: Vec<String>,
    chunks: Vec<Chunk>,
    holds: Vec<Option<Holds>>,
}

/// Looks through the folder at `path`; gives which declared columns it has, and its reader.
///
/// # Errors
/// `malformed_data` for a file that is none of the declared kind, one that lies too deep to have a label, and a folder
/// without files; those of the door, as `unreadable` or `limit_exceeded`.
pub(super) fn open(
    path: &Path,
    name: &str,
    declared: &[(&str, &ColumnType)],
    limits: &Limits,
) -> Result<(Layout, Folder), DataError> {
    let medium = |(_, ty): &&(&str, &ColumnType)| matches!(ty, ColumnType::Image | ColumnType::Audio);
    let Some((medium, ty)) = declared.iter().find(medium) else {
        let message = "A folder is data of pictures or recordings, and no column of such is declared.";
        return Err(DataError::new("malformed_data", name, message, "Give a file, or declare an `image` or `audio`."));
    };
    let label = label(declared);
    let entries = usize::try_from(limits.rows).unwrap_or(usize::MAX);
    let door = DoorLimits { entries, total_bytes: limits.file_bytes, ..DoorLimits::default() };
    let files = Submission::open(path, &door).map_err(|error| refused(name, &error))?;
    let mut rows = Vec::new();
    for file in files.files() {
        let path = &file.entry().path;
        if path.split('/').any(|part| part.starts_with('.')) {
            continue;
        }
        let begin = file.read_at(0, file.entry().bytes.min(TELLING)).map_err(|error| refused(name, &error))?;
        let (fits, what) = match ty {
            ColumnType::Audio => (is_sound(&begin), "recording (WAV, FLAC)"),
            _ => (is_picture(&begin), "picture (PNG, JPEG, BMP)"),
        };
        let at = || format!("{name}/{}", shown(path));
        if !fits {
            let message = format!("The file is no {what}.");
            let mend = "Move it out of the folder, or give a table that names the files.";
            return Err(DataError::new("malformed_data", at(), message, mend));
        }
        if label.is_some() && path.matches('/').count() != 1 {
            let message = "The file does not lie in a folder of its label.";
            let mend = "Lay each file into one folder below, which is named as the label.";
            return Err(DataError::new("malformed_data", at(), message, mend));
        }
        rows.push(path.clone());
    }
    if rows.is_empty() {
        let mend = "Give the folder that holds the pictures or recordings.";
        return Err(DataError::new("malformed_data", name, "The folder has no files.", mend));
    }
    let holds = declared.iter().map(|(column, _)| match *column {
        column if column == *medium || column == FILE_NAME => Some(Holds::Path),
        column if Some(column) == label => Some(Holds::Label),
        _ => None,
    });
    let holds: Vec<Option<Holds>> = holds.collect();
    let found = declared.iter().zip(&holds).filter(|(_, holds)| holds.is_some());
    let found: Vec<String> = found.map(|((column, _), _)| (*column).to_owned()).collect();
    let names: Vec<&str> = declared.iter().map(|declared| declared.0).collect();
    let layout = Layout::match_columns(&names, &found, name)?;
    let len = files.files().map(|file| file.entry().bytes).sum();
    let source = Source::folder(name, len, &files.manifest().root);
    let count = rows.len() as u64;
    let chunk = |first| Chunk { range: 0..0, first, rows: CHUNK.min(count - first) };
    let chunks = (0..count).step_by(usize::try_from(CHUNK).unwrap_or(1)).map(chunk).collect();
    Ok((layout, Folder { source, files: Arc::new(files), rows, chunks, holds }))
}

/// The name of the column that holds the path in any case.
const FILE_NAME: &str = "file_name";

/// The column that the folder's name is a value of.
fn label<'d>(declared: &[(&'d str, &ColumnType)]) -> Option<&'d str> {
    let mut classes = declared.iter().filter(|(_, ty)| matches!(ty, ColumnType::Class(_))).map(|(column, _)| *column);
    let named = classes.clone().find(|column| *column == "label");
    named.or_else(|| classes.next().filter(|_| classes.next().is_none()))
}

fn refused(name: &str, error: &crate::intake::error::IntakeError) -> DataError {
    let fault = if error.fault == "limit_exceeded" { "limit_exceeded" } else { "unreadable" };
    let message = format!("The folder cannot be used: {}.", error.message);
    DataError::new(fault, format!("{name}/{}", error.at), message, error.mend.clone())
}

impl Reader for Folder {
    fn source(&self) -> &Source {
        &self.source
    }

    fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    fn files(&self) -> Option<Arc<Submission>> {
        Some(self.files.clone())
    }

    fn read(
        self: Arc<Self>,
        chunk: usize,
        wanted: &[usize],
    ) -> Box<dyn Iterator<Item = Result<Cells, DataError>> + Send> {
        let Chunk { first, rows, .. } = self.chunks[chunk].clone();
        let at = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        let size = batch_rows(self.rows.len() as u64);
        let wanted: Vec<Option<Holds>> = wanted.iter().map(|d| self.holds[*d]).collect();
        let starts: Vec<usize> = (at(first)..at(first + rows)).step_by(size).collect();
        let end = at(first + rows);
        Box::new(starts.into_iter().map(move |start| {
            let paths = &self.rows[start..end.min(start + size)];
            let cells = |holds: &Option<Holds>| -> ArrayRef {
                Arc::new(StringViewArray::from_iter(paths.iter().map(|path| match holds {
                    Some(Holds::Path) => Some(path.as_str()),
                    Some(Holds::Label) => path.split_once('/').map(|(folder, _)| folder),
                    None => None,
                })))
            };
            let columns = wanted.iter().map(|holds| (cells(holds), None)).collect();
            Ok(Cells { first: start as u64, rows: paths.len(), columns })
        }))
    }
}
