//! A split as a table in memory. Meaning of its columns: `row` is the 0-based data row of the file, always present and
//! strictly increasing; for each declared column `d` that the file has, `value_d` is the cell as text (null where
//! missing) and `fits_d` says whether the file's own kind of value may stand there at all. Types are judged by plans.

use super::query::Engine;
use super::source::{Format, Source};
use super::{DataError, columnar, csv, escaped, jsonl, shown};
use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::MemTable;
use datafusion::prelude::{Expr, ident};
use lmstd_compiler::standard::{ColumnType, DatasetSpec, SplitSpec};
use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Rows of a batch: small enough that a split of a few thousand rows keeps all threads busy.
pub const BATCH_ROWS: usize = 512;

/// A split that was read.
#[derive(Clone, Debug)]
pub struct Table {
    /// Dataset name in the standard.
    pub dataset: String,
    /// The split as the standard declares it.
    pub split: SplitSpec,
    /// The dataset as the standard declares it.
    pub spec: DatasetSpec,
    /// How messages and reports call the file, escaped: by the standard's path where that is what was read, else by
    /// the path that was.
    pub source: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// How the file is written.
    pub format: Format,
    /// Number of data rows.
    pub rows: u64,
    /// Columns of the file that the standard does not declare (the first hundred of a JSON-lines file).
    pub unexpected: Vec<String>,
    present: Vec<bool>,
    pub(super) provider: Arc<MemTable>,
}

impl Engine {
    /// Reads the file at `path` as `split` of `dataset`. Cells are kept as they stand; [`Engine::check_schema`] judges.
    ///
    /// # Errors
    /// `missing_dataset`, `unreadable`, `malformed_data`, `limit_exceeded`.
    pub fn open(&self, dataset: &str, spec: &DatasetSpec, split: &SplitSpec, path: &Path) -> Result<Table, DataError> {
        let limits = self.limits();
        let given = escaped(&path.to_string_lossy());
        let name = split.from.clone().filter(|from| is_named(path, from)).unwrap_or(given);
        let source = Source::read(path, &name, limits)?;
        let declared: Vec<(&str, &ColumnType)> = spec.fields.iter().map(|f| (f.name.as_str(), &f.ty)).collect();
        let names: Vec<&str> = declared.iter().map(|d| d.0).collect();
        let mut cells = match source.format {
            Format::Csv => csv::read(&source.bytes, &name, &names, limits)?,
            Format::Jsonl => jsonl::read(&source.bytes, &name, &declared, limits)?,
            Format::Parquet => columnar::read(&source.bytes, &name, &declared, limits)?,
        };
        let rows = cells.rows;
        let provider = cells.partition(limits.threads, &name)?;
        Ok(Table {
            dataset: dataset.to_owned(),
            split: split.clone(),
            spec: spec.clone(),
            source: name,
            sha256: source.sha256,
            bytes: source.bytes.len() as u64,
            format: source.format,
            rows,
            unexpected: std::mem::take(&mut cells.layout.extra),
            present: std::mem::take(&mut cells.layout.present),
            provider: Arc::new(provider),
        })
    }
}

/// Whether a path ends in the one that the standard gives: another file must not go by its name.
fn is_named(path: &Path, from: &str) -> bool {
    let plain = Path::new(from).components().filter(|part| *part != Component::CurDir);
    path.ends_with(plain.collect::<PathBuf>())
}

impl Table {
    /// Whether the file has the declared column `d`.
    pub fn has(&self, d: usize) -> bool {
        self.present.get(d).copied().unwrap_or(false)
    }

    /// The index of a declared column that the file has.
    ///
    /// # Errors
    /// `missing_column`.
    pub fn column(&self, name: &str) -> Result<usize, DataError> {
        let found = self.spec.fields.iter().position(|f| f.name == name).filter(|&d| self.has(d));
        found.ok_or_else(|| {
            let message = format!("The column `{name}` is missing.");
            DataError::new("missing_column", &self.source, message, "Add the column or rename the one that holds it.")
        })
    }
}

/// The cell of declared column `d` as text.
pub(super) fn value(d: usize) -> Expr {
    ident(format!("value_{d}"))
}

/// Whether the file's kind of value may stand in declared column `d`.
pub(super) fn fits(d: usize) -> Expr {
    ident(format!("fits_{d}"))
}

/// Which declared columns a file has, and which others.
#[derive(Debug)]
pub struct Layout {
    present: Vec<bool>,
    extra: Vec<String>,
}

impl Layout {
    /// Matches names exactly.
    ///
    /// # Errors
    /// `malformed_data` where a name stands twice: nobody could tell which one counts.
    pub fn match_columns(declared: &[&str], found: &[String], source: &str) -> Result<Layout, DataError> {
        let mut seen = HashSet::new();
        if let Some(twice) = found.iter().find(|f| !seen.insert(f.as_str())) {
            let message = format!("The column `{}` stands twice.", shown(twice));
            return Err(DataError::new("malformed_data", source, message, "Remove or rename one of the two."));
        }
        let present = declared.iter().map(|d| seen.contains(d)).collect();
        let extra = found.iter().filter(|f| !declared.contains(&f.as_str())).map(|f| shown(f)).collect();
        Ok(Layout { present, extra })
    }

    /// Indices of the declared columns that the file has.
    pub fn present(&self) -> impl Iterator<Item = usize> + '_ {
        self.present.iter().enumerate().filter(|(_, present)| **present).map(|(d, _)| d)
    }

    fn schema(&self) -> SchemaRef {
        let mut fields = vec![Field::new("row", DataType::UInt64, false)];
        for d in self.present() {
            fields.push(Field::new(format!("value_{d}"), DataType::Utf8View, true));
            fields.push(Field::new(format!("fits_{d}"), DataType::Boolean, false));
        }
        Arc::new(Schema::new(fields))
    }
}

/// Batches under construction, with what they cost so far.
#[derive(Debug)]
pub struct Cells {
    layout: Layout,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    rows: u64,
    bytes: u64,
    buffers: HashSet<usize>,
}

impl Cells {
    /// No rows yet.
    pub fn new(layout: Layout) -> Cells {
        let schema = layout.schema();
        Cells { layout, schema, batches: Vec::new(), rows: 0, bytes: 0, buffers: HashSet::new() }
    }

    /// Appends rows: for each present column its texts (`Utf8View`) and, where kinds may differ, whether they fit.
    ///
    /// # Errors
    /// `limit_exceeded`; `malformed_data` if the columns do not form a batch.
    pub fn push(
        &mut self,
        rows: usize,
        columns: Vec<(ArrayRef, Option<ArrayRef>)>,
        name: &str,
        limits: &super::Limits,
    ) -> Result<(), DataError> {
        let first = self.rows;
        self.rows += rows as u64;
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(UInt64Array::from_iter_values(first..self.rows))];
        for (values, fits) in columns {
            self.bytes += 18 * rows as u64;
            for buffer in values.as_string_view_opt().map(|v| v.data_buffers()).unwrap_or_default() {
                // Batches of one Parquet page share its buffer; it is paid for once.
                if self.buffers.insert(buffer.as_ptr().addr()) {
                    self.bytes += buffer.capacity() as u64;
                }
            }
            arrays.push(values);
            arrays.push(fits.unwrap_or_else(|| Arc::new(BooleanArray::from(vec![true; rows]))));
        }
        if self.rows > limits.rows || self.bytes > limits.memory_bytes {
            let message = "The table takes more rows or more memory than the limit.";
            return Err(DataError::new("limit_exceeded", name, message, "Raise the limit or split the data."));
        }
        let batch =
            RecordBatch::try_new(self.schema.clone(), arrays).map_err(|e| inconsistent(name, &e.to_string()))?;
        self.batches.push(batch);
        Ok(())
    }

    /// Contiguous runs of batches, one a thread.
    fn partition(&mut self, threads: usize, name: &str) -> Result<MemTable, DataError> {
        let batches = std::mem::take(&mut self.batches);
        let run = batches.len().div_ceil(threads.max(1)).max(1);
        let mut partitions: Vec<Vec<RecordBatch>> = batches.chunks(run).map(<[RecordBatch]>::to_vec).collect();
        partitions.resize(threads.max(1), Vec::new());
        MemTable::try_new(self.schema.clone(), partitions).map_err(|e| inconsistent(name, &e.to_string()))
    }
}

fn inconsistent(name: &str, why: &str) -> DataError {
    let message = format!("The columns do not form a table: {}.", shown(why));
    DataError::new("malformed_data", name, message, "Write the file again with a common library.")
}
