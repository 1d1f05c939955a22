//! A split as a table that is read as it is asked for. Meaning of its columns: `row` is the 0-based data row of the file,
//! always present; for each declared column `d` that the file has, `value_d` is the cell (null where missing) and
//! `fits_d` says whether the file's own kind of value may stand there at all. A cell is text, or, where the file stores
//! numbers, days or truth values and the standard declares them, that. Types are judged by plans.

use super::chunk::Chunk;
use super::function::contents;
use super::query::Engine;
use super::scan::{Description, Leaf, SplitTable};
use super::source::{Format, Source};
use super::{DataError, arrow, chunk, columnar, csv, escaped, folder, jsonl, shown};
use crate::intake::door::Submission;
use crate::prepare::Files;
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::prelude::{Expr, cast, ident};
use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, SplitSpec};
use std::collections::HashSet;
use std::fmt::Debug;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows of a batch of a small table, so that a split of a few thousand rows keeps all threads busy.
const SMALL_BATCH: usize = 512;
/// Rows of a batch of a large one.
const LARGE_BATCH: usize = 8192;
/// Files that a member of a cluster keeps open.
const MOST_OPEN: usize = 64;
/// Rows from which a table is large.
const LARGE: u64 = 100_000;

/// Rows of a batch: a function of the file alone, so that what is computed batch by batch is the same everywhere.
pub(super) fn batch_rows(rows: u64) -> usize {
    if rows < LARGE { SMALL_BATCH } else { LARGE_BATCH }
}

/// Reads one format. Its rows stand in chunks, which are read in any order.
pub(super) trait Reader: Send + Sync + Debug {
    /// The file.
    fn source(&self) -> &Source;
    /// Where its rows stand.
    fn chunks(&self) -> &[Chunk];
    /// The files of a folder.
    fn files(&self) -> Option<Arc<Submission>> {
        None
    }
    /// The rows of a chunk with the declared columns `wanted`, each of which the file has.
    fn read(
        self: Arc<Self>,
        chunk: usize,
        wanted: &[usize],
    ) -> Box<dyn Iterator<Item = Result<Cells, DataError>> + Send>;
}

/// Rows that were read: for each wanted column its cells and, where kinds may differ, whether they fit.
pub(super) struct Cells {
    /// The first row, from 0.
    pub(super) first: u64,
    /// How many.
    pub(super) rows: usize,
    /// Cells and whether they fit; all do where nothing is said.
    pub(super) columns: Vec<(ArrayRef, Option<ArrayRef>)>,
}

/// A split that was looked through.
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
    /// Where the file is.
    pub path: PathBuf,
    /// The files, where the split is a folder of them.
    pub(crate) files: Option<Arc<Submission>>,
    layout: Layout,
    pub(super) provider: Arc<SplitTable>,
}

impl Engine<'_> {
    /// Looks through the file at `path` as `split` of `dataset`: its digest, columns and rows. Cells are kept as they
    /// stand; [`Engine::check_schema`] judges.
    ///
    /// # Errors
    /// `missing_dataset`, `unreadable`, `malformed_data`, `limit_exceeded`.
    pub fn open(&self, dataset: &str, spec: &DatasetSpec, split: &SplitSpec, path: &Path) -> Result<Table, DataError> {
        let given = escaped(&path.to_string_lossy());
        let name = split.from.clone().filter(|from| is_named(path, from)).unwrap_or(given);
        let bytes = std::fs::symlink_metadata(path).map_or(0, |found| found.len());
        let (layout, reader) = self.reading(&name, bytes, |limits| open_reader(path, &name, &spec.fields, limits))?;
        let source = reader.source();
        let (sha256, bytes, format) = (source.sha256.clone(), source.len, source.format);
        let rows = reader.chunks().iter().map(|chunk| chunk.rows).sum();
        let files = reader.files();
        let limits = self.limits();
        let description = Description {
            path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
            name: name.clone(),
            sha256: sha256.clone(),
            fields: spec.fields.clone(),
            chunks: reader.chunks().len(),
            limits: [limits.rows, limits.file_bytes, limits.record_bytes],
        };
        let leaf = Arc::new(Leaf::opened(description, reader));
        Ok(Table {
            dataset: dataset.to_owned(),
            split: split.clone(),
            spec: spec.clone(),
            sha256,
            bytes,
            format,
            rows,
            unexpected: layout.extra.clone(),
            path: path.to_owned(),
            files,
            provider: Arc::new(SplitTable::new(layout.schema(), leaf)),
            layout,
            source: name,
        })
    }
}

/// Opens a file that another member of a cluster opened first: it must be the same.
///
/// # Errors
/// `tampered` where it is another one; those of [`Engine::open`].
pub(super) fn reopen(told: &Description) -> Result<Arc<dyn Reader>, DataError> {
    // Each plan is decoded once for every task; the file is looked through once.
    static OPENED: Mutex<Vec<(Description, Arc<dyn Reader>)>> = Mutex::new(Vec::new());
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, reader)) = opened.iter().find(|(known, _)| known == told) {
        return Ok(reader.clone());
    }
    let [rows, file_bytes, record_bytes] = told.limits;
    let limits = super::Limits { rows, file_bytes, record_bytes, ..super::Limits::default() };
    let (_, reader) = open_reader(&told.path, &told.name, &told.fields, &limits)?;
    let own = &reader.source().sha256;
    if *own != told.sha256 || reader.chunks().len() != told.chunks {
        let message = "The file on this member is another one than the one that was measured.";
        let mend = "Give all members the same files.";
        return Err(DataError::new("tampered", &told.name, message, mend).saw(&told.sha256, own));
    }
    if opened.len() >= MOST_OPEN {
        opened.remove(0);
    }
    opened.push((told.clone(), reader.clone()));
    Ok(reader)
}

/// What a file has of the declared columns, and its reader.
pub(super) fn open_reader(
    path: &Path,
    name: &str,
    fields: &[FieldSpec],
    limits: &super::Limits,
) -> Result<(Layout, Arc<dyn Reader>), DataError> {
    let declared: Vec<(&str, &ColumnType)> = fields.iter().map(|f| (f.name.as_str(), &f.ty)).collect();
    let names: Vec<&str> = declared.iter().map(|d| d.0).collect();
    // A link to a folder is not followed, as none to a file is.
    if std::fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()) {
        return folder::open(path, name, &declared, limits).map(|(layout, folder)| (layout, Arc::new(folder) as _));
    }
    Ok(match chunk::format_of(path, name, limits)? {
        Format::Csv => csv::open(path, name, &names, limits).map(|(layout, csv)| (layout, Arc::new(csv) as _))?,
        Format::Jsonl => {
            jsonl::open(path, name, &declared, limits).map(|(layout, lines)| (layout, Arc::new(lines) as _))?
        }
        Format::Parquet => {
            columnar::open(path, name, &declared, limits).map(|(layout, file)| (layout, Arc::new(file) as _))?
        }
        Format::Arrow => {
            arrow::open(path, name, &declared, limits).map(|(layout, file)| (layout, Arc::new(file) as _))?
        }
        Format::Folder => {
            folder::open(path, name, &declared, limits).map(|(layout, of)| (layout, Arc::new(of) as _))?
        }
    })
}

/// Whether a path ends in the one that the standard gives: another file must not go by its name.
fn is_named(path: &Path, from: &str) -> bool {
    let plain = Path::new(from).components().filter(|part| *part != Component::CurDir);
    path.ends_with(plain.collect::<PathBuf>())
}

impl Table {
    /// Whether the file has the declared column `d`.
    pub fn has(&self, d: usize) -> bool {
        self.layout.has(d)
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

    /// Whether the file stores the declared column `d` as numbers, days or truth values.
    pub(super) fn is_native(&self, d: usize) -> bool {
        self.layout.kinds.get(d).is_some_and(|kind| *kind != DataType::Utf8View)
    }

    /// What is compared of declared column `d` as the file stores it; of a picture or recording, the digest of its file.
    pub(super) fn key(&self, d: usize) -> Expr {
        if self.is_medium(d) { self.contents(d) } else { value(d) }
    }

    /// [`Table::key`] as text.
    pub(super) fn said(&self, d: usize) -> Expr {
        if self.is_medium(d) { self.contents(d) } else { self.text(d) }
    }

    fn is_medium(&self, d: usize) -> bool {
        matches!(self.spec.fields[d].ty, ColumnType::Image | ColumnType::Audio)
    }

    fn contents(&self, d: usize) -> Expr {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = if self.files.is_some() { &path } else { path.parent().unwrap_or(&path) };
        contents(self.text(d), Files::of(self), folder)
    }

    /// The cell of declared column `d` as text.
    pub(super) fn text(&self, d: usize) -> Expr {
        if self.is_native(d) { cast(value(d), DataType::Utf8View) } else { value(d) }
    }
}

/// The cell of declared column `d` as the file stores it.
pub(super) fn value(d: usize) -> Expr {
    ident(format!("value_{d}"))
}

/// Whether the file's kind of value may stand in declared column `d`.
pub(super) fn fits(d: usize) -> Expr {
    ident(format!("fits_{d}"))
}

/// Which declared columns a file has and as what, and which others.
#[derive(Clone, Debug)]
pub struct Layout {
    present: Vec<bool>,
    kinds: Vec<DataType>,
    extra: Vec<String>,
}

impl Layout {
    /// Matches names exactly; all cells are text.
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
        Ok(Layout { present, kinds: vec![DataType::Utf8View; declared.len()], extra })
    }

    /// The file stores column `d` as this.
    pub(super) fn store(&mut self, d: usize, kind: DataType) {
        self.kinds[d] = kind;
    }

    fn has(&self, d: usize) -> bool {
        self.present.get(d).copied().unwrap_or(false)
    }

    /// Indices of the declared columns that the file has.
    pub fn present(&self) -> impl Iterator<Item = usize> + '_ {
        self.present.iter().enumerate().filter(|(_, present)| **present).map(|(d, _)| d)
    }

    /// The table's columns: `row`, and two for each declared column that is there.
    pub(super) fn schema(&self) -> SchemaRef {
        let mut fields = vec![Field::new("row", DataType::UInt64, false)];
        for d in self.present() {
            fields.push(Field::new(format!("value_{d}"), self.kinds[d].clone(), true));
            fields.push(Field::new(format!("fits_{d}"), DataType::Boolean, false));
        }
        Arc::new(Schema::new(fields))
    }
}
