//! JSON lines: one object a line, no key twice. A cell's JSON kind is kept beside its text, so that `"5"` is not taken
//! for a number nor 5 for a text; `null` and an absent key are missing values. Empty lines are not rows.

use super::chunk::{Chunk, Cut, Cutter, cut};
use super::source::Source;
use super::table::{Cells, Layout, Reader, batch_rows};
use super::{DataError, Limits, shown};
use datafusion::arrow::array::{ArrayRef, BooleanBuilder, StringViewBuilder};
use indexmap::IndexSet;
use lmstd_compiler::standard::ColumnType;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// More undeclared keys than this are not listed: they would be the submitter's, not the reader's, list.
const LISTED_KEYS: usize = 100;
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A JSON-lines file that was looked through.
#[derive(Debug)]
pub(super) struct Lines {
    source: Source,
    chunks: Vec<Chunk>,
    declared: Vec<(String, ColumnType)>,
    rows: u64,
    limits: Limits,
}

/// Looks through the JSON-lines file at `path`; gives what it has of the declared columns, and its reader.
///
/// # Errors
/// `malformed_data` or `limit_exceeded`, with the row; as [`Source::open`].
pub(super) fn open(
    path: &Path,
    name: &str,
    declared: &[(&str, &ColumnType)],
    limits: &Limits,
) -> Result<(Layout, Lines), DataError> {
    let declared: Vec<(String, ColumnType)> =
        declared.iter().map(|(name, ty)| ((*name).to_owned(), (*ty).clone())).collect();
    let names: Vec<String> = declared.iter().map(|d| d.0.clone()).collect();
    let scan = Scan { name: name.to_owned(), names, keys: IndexSet::new(), limits: limits.clone() };
    let Cut { source, chunks, cutter } = cut(path, name, limits, scan)?;
    let keys: Vec<String> = cutter.keys.into_iter().collect();
    let names: Vec<&str> = cutter.names.iter().map(String::as_str).collect();
    let layout = Layout::match_columns(&names, &keys, name)?;
    let rows = chunks.iter().map(|chunk| chunk.rows).sum();
    Ok((layout, Lines { source, chunks, declared, rows, limits: limits.clone() }))
}

impl Reader for Lines {
    fn source(&self) -> &Source {
        &self.source
    }

    fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    fn read(
        self: Arc<Self>,
        chunk: usize,
        wanted: &[usize],
    ) -> Box<dyn Iterator<Item = Result<Cells, DataError>> + Send> {
        match self.cells(chunk, wanted) {
            Ok(batches) => Box::new(batches.into_iter().map(Ok)),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }
}

impl Lines {
    /// The batches of a chunk, which is small.
    fn cells(&self, chunk: usize, wanted: &[usize]) -> Result<Vec<Cells>, DataError> {
        let Chunk { range, first, .. } = self.chunks[chunk].clone();
        let bytes = self.source.slice(&range)?;
        let text = text(&bytes, &self.source.name, first)?;
        let columns: Vec<(&str, &ColumnType)> =
            wanted.iter().map(|d| (self.declared[*d].0.as_str(), &self.declared[*d].1)).collect();
        let size = batch_rows(self.rows);
        let mut builder = Builder::new(&columns);
        let (mut batches, mut at) = (Vec::new(), first);
        for row in rows(text, &self.source.name, first, &self.limits) {
            builder.push(row?);
            if builder.rows == size {
                batches.push(builder.finish(&mut at));
            }
        }
        if builder.rows > 0 {
            batches.push(builder.finish(&mut at));
        }
        Ok(batches)
    }
}

/// How the text is cut into chunks and checked.
#[derive(Clone)]
struct Scan {
    name: String,
    names: Vec<String>,
    keys: IndexSet<String>,
    limits: Limits,
}

impl Cutter for Scan {
    fn end(&self, text: &[u8]) -> Option<usize> {
        memchr::memrchr(b'\n', text).map(|at| at + 1)
    }

    fn check(&mut self, chunk: &[u8], first: u64, begins: bool) -> Result<(usize, u64), DataError> {
        let start = if begins && chunk.starts_with(MARK) { MARK.len() } else { 0 };
        let text = text(&chunk[start..], &self.name, first)?;
        let mut count = 0;
        for row in rows(text, &self.name, first, &self.limits) {
            count += 1;
            for (key, _) in row?.0 {
                let known = self.keys.len() >= LISTED_KEYS + self.names.len() && !self.names.contains(&key);
                if !known {
                    self.keys.insert(key);
                }
            }
        }
        Ok((start, count))
    }
}

/// The chunk as text.
fn text<'a>(bytes: &'a [u8], name: &str, first: u64) -> Result<&'a str, DataError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let row = first + 1 + memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count() as u64;
        let message = "The file is not text in UTF-8.";
        DataError::new("malformed_data", format!("{name}: row {row}"), message, "Save the data as UTF-8.")
    })
}

/// Parses the lines in order; parsing twice costs less than keeping every row as values.
fn rows<'a>(
    text: &'a str,
    name: &'a str,
    first: u64,
    limits: &'a Limits,
) -> impl Iterator<Item = Result<Row, DataError>> + 'a {
    text.lines().filter(|line| !line.trim().is_empty()).zip(first + 1..).map(move |(line, row)| {
        let place = format!("{name}: row {row}");
        if line.len() as u64 > limits.record_bytes {
            let message = "A line is longer than the limit.";
            return Err(DataError::new("limit_exceeded", place, message, "Raise the limit or split the data."));
        }
        serde_json::from_str::<Row>(line).map_err(|e| {
            let message = format!("The line is not one JSON object: {}.", shown(&e.to_string()));
            DataError::new("malformed_data", place, message, "Write one JSON object a line, each key once.")
        })
    })
}

/// An object's members in order; a key that stands twice is refused, since readers differ on which one counts.
struct Row(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Row;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut seen = std::collections::HashSet::new();
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    if !seen.insert(key.clone()) {
                        return Err(A::Error::custom("a key stands twice"));
                    }
                    members.push((key, value));
                }
                Ok(Row(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// One batch under construction: a text and a "kind fits" builder for each present column.
struct Builder<'a> {
    columns: &'a [(&'a str, &'a ColumnType)],
    values: Vec<(StringViewBuilder, BooleanBuilder)>,
    rows: usize,
}

impl<'a> Builder<'a> {
    fn new(columns: &'a [(&'a str, &'a ColumnType)]) -> Self {
        Builder { columns, values: columns.iter().map(|_| Default::default()).collect(), rows: 0 }
    }

    fn push(&mut self, row: Row) {
        let members: HashMap<String, Value> = row.0.into_iter().collect();
        for ((name, ty), (values, fits)) in self.columns.iter().zip(&mut self.values) {
            let cell = members.get(*name).unwrap_or(&Value::Null);
            match cell {
                Value::Null => values.append_null(),
                Value::String(text) => values.append_value(text),
                // A sequence of tokens may be a list; what is predicted may be any JSON.
                list @ (Value::Array(_) | Value::Object(_)) if **ty == ColumnType::Tokens => {
                    values.append_value(list.to_string());
                }
                Value::Array(_) => values.append_value("an array"),
                Value::Object(_) => values.append_value("an object"),
                scalar => values.append_value(scalar.to_string()),
            }
            fits.append_value(kind_fits(cell, ty));
        }
        self.rows += 1;
    }

    fn finish(&mut self, at: &mut u64) -> Cells {
        let (first, rows) = (*at, std::mem::take(&mut self.rows));
        *at += rows as u64;
        let finish = |(values, fits): &mut (StringViewBuilder, BooleanBuilder)| {
            (Arc::new(values.finish()) as ArrayRef, Some(Arc::new(fits.finish()) as ArrayRef))
        };
        Cells { first, rows, columns: self.values.iter_mut().map(finish).collect() }
    }
}

fn kind_fits(cell: &Value, ty: &ColumnType) -> bool {
    match (ty, cell) {
        (_, Value::Null) => true,
        (ColumnType::Int | ColumnType::Real, cell) => cell.is_number(),
        (ColumnType::Bool, cell) => cell.is_boolean(),
        (ColumnType::Class(_), cell) => !cell.is_array() && !cell.is_object(),
        (ColumnType::Tokens, cell) => cell.is_string() || cell.is_array(),
        // Spans, tokens, dates and the paths of pictures and recordings are written as text.
        (_, cell) => cell.is_string(),
    }
}
