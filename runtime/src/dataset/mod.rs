//! Data: a file becomes a table, a table is checked against its declared columns, a model runs over it as a function
//! in a relational plan. Everything that counts is a DataFusion plan; everything that reads a foreign byte is bounded.
//!
//! The way of a row: [`source`] (bytes and digest, the format told by content) -> `csv`, `jsonl`, `columnar` or `arrow`
//! (cells, nothing judged) -> [`table`] and [`scan`] -> [`rules`] (what is wrong, with places) and [`mod@predict`].
//! Nothing here knows clauses, bars or verdicts; a fault in the data is a [`Finding`], data that cannot be read at all
//! is a [`DataError`].

mod arrow;
pub mod ask;
mod chunk;
#[cfg(feature = "cluster")]
pub mod cluster;
mod columnar;
mod csv;
mod folder;
pub mod foreign;
mod function;
pub mod given;
mod jsonl;
pub mod near;
mod pages;
pub mod predict;
pub mod predictions;
pub mod profile;
pub mod query;
mod rowwise;
pub mod rules;
pub mod scan;
pub mod source;
pub mod table;
pub mod texts;
pub mod uniqueness;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bounds on what the data may cost.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Partitions of a plan, and threads that run them; taken as at least 1 and at most 256.
    pub threads: usize,
    /// Bytes that the working memory of the plans may take.
    pub memory_bytes: u64,
    /// Bytes of one file of rows, which is read piece by piece.
    pub file_bytes: u64,
    /// Bytes of one file that is read whole.
    pub whole_bytes: u64,
    /// Rows of one file.
    pub rows: u64,
    /// Bytes of one CSV record, JSON line or Parquet text.
    pub record_bytes: u64,
    /// Counts the bytes of files that are opened.
    pub meter: Meter,
}

/// How far work is, for who watches it from another thread.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// How much was counted.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            threads: 2,
            memory_bytes: 2 << 30,
            file_bytes: 1 << 44,
            whole_bytes: 1 << 30,
            rows: 100_000_000_000,
            record_bytes: 16 << 20,
            meter: Meter::default(),
        }
    }
}

/// Data that could not be read or evaluated at all: never a pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataError {
    /// Stable id: `missing_dataset`, `unreadable`, `malformed_data`, `limit_exceeded`, `missing_column`,
    /// `missing_value`, `unknown_class`, `model_failed`, `non_finite_output`, `malformed_predictions`.
    pub fault: &'static str,
    /// One plain sentence.
    pub message: String,
    /// Where, for example `data/test.csv: row 17`.
    pub at: String,
    /// What was expected there; may be empty.
    pub expected: String,
    /// What was found there; may be empty. Foreign text is escaped and shortened.
    pub found: String,
    /// What mends it.
    pub mend: String,
}

impl DataError {
    /// An error with the parts that are always there.
    pub fn new(
        fault: &'static str,
        at: impl Into<String>,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        DataError {
            fault,
            message: message.into(),
            at: at.into(),
            expected: String::new(),
            found: String::new(),
            mend: mend.into(),
        }
    }

    /// Adds what was expected and what was found; `found` is foreign and is passed through [`shown`].
    pub fn saw(mut self, expected: impl Into<String>, found: &str) -> Self {
        self.expected = expected.into();
        self.found = shown(found);
        self
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.at, self.message, self.mend)
    }
}

impl std::error::Error for DataError {}

/// A fault in data that could be read: how often it occurs and where first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Stable id: `missing_column`, `wrong_type`, `missing_value`, `out_of_range`, `bad_length`, `unknown_class`,
    /// `duplicate_value`, `row_count`, `unexpected_column` (told, not a fault).
    pub fault: &'static str,
    /// One plain sentence.
    pub message: String,
    /// Where, for example `data/test.csv: row 17`.
    pub at: String,
    /// What the standard declares.
    pub expected: String,
    /// What the first place holds, escaped and shortened.
    pub found: String,
    /// What mends it.
    pub mend: String,
    /// The column, where the fault belongs to one.
    pub column: Option<String>,
    /// How many rows, or columns, or the file as a whole (1), are at fault.
    pub count: u64,
    /// The first few data rows, counted from 1.
    pub rows: Vec<u64>,
}

/// Foreign text made fit for a message: control and direction characters escaped, at most 60 characters.
pub fn shown(text: &str) -> String {
    const KEPT: usize = 60;
    let mut out = escaped(&text.chars().take(KEPT).collect::<String>());
    if text.chars().nth(KEPT).is_some() {
        out.push('…');
    }
    out
}

/// The whole text, control and direction characters escaped.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let hides = c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if hides {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// `file: row 17` or `file: rows 17, 18, 21 and 5 more`; rows are counted from 1.
pub fn place(source: &str, rows: &[u64], count: u64) -> String {
    let listed: Vec<String> = rows.iter().map(u64::to_string).collect();
    match (rows, count.saturating_sub(rows.len() as u64)) {
        ([], _) => source.to_owned(),
        ([one], 0) => format!("{source}: row {one}"),
        (_, 0) => format!("{source}: rows {}", listed.join(", ")),
        (_, more) => format!("{source}: rows {} and {more} more", listed.join(", ")),
    }
}
