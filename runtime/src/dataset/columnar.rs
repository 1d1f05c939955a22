//! Parquet, decoded row group by row group. Texts stay views into decoded pages, so a dictionary cannot be blown up
//! row by row; the embedded Arrow schema is ignored; only plain top-level columns are read, nested ones are told.
//!
//! The decoder is a library over hostile bytes: a panic in it becomes a `malformed_data` error.

use super::chunk::Chunk;
use super::pages;
use super::source::Source;
use super::table::{Cells, Layout, Reader, batch_rows};
use super::{DataError, Limits, shown};
use bytes::Bytes;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use lmstd_compiler::standard::ColumnType;
use parquet::DecodeResult;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::push_decoder::{ParquetPushDecoder, ParquetPushDecoderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaDataPushDecoder;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// Rows of a batch that is only counted.
const COUNT_ROWS: usize = 65_536;

/// Runs a decoding step; its error or panic becomes a text.
pub(super) fn guarded<T, E: std::fmt::Display>(step: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(result) => result.map_err(|e| shown(&e.to_string())),
        Err(_) => Err("its structure is inconsistent".to_owned()),
    }
}

/// Bytes that a decoder may ask for.
pub(super) trait Ranges {
    /// How many there are.
    fn len(&self) -> u64;
    /// Those of a range, if there are as many: a declared range is never trusted.
    fn slice(&self, range: &Range<u64>) -> Result<Bytes, ParquetError>;
}

impl Ranges for Source {
    fn len(&self) -> u64 {
        self.len
    }

    fn slice(&self, range: &Range<u64>) -> Result<Bytes, ParquetError> {
        Source::slice(self, range).map_err(|error| ParquetError::EOF(plain_end(&error.message)))
    }
}

impl Ranges for Bytes {
    fn len(&self) -> u64 {
        Bytes::len(self) as u64
    }

    fn slice(&self, range: &Range<u64>) -> Result<Bytes, ParquetError> {
        let outside = || ParquetError::EOF("the file is truncated".to_owned());
        let start = usize::try_from(range.start).map_err(|_| outside())?;
        let end = usize::try_from(range.end).map_err(|_| outside())?;
        if start <= end && end <= Bytes::len(self) { Ok(Bytes::slice(self, start..end)) } else { Err(outside()) }
    }
}

/// A sentence as a part of another.
fn plain_end(message: &str) -> String {
    message.trim_end_matches('.').replacen("The file", "the file", 1)
}

/// Decodes the Parquet file's footer; texts are asked for as views.
pub(super) fn footer(bytes: &dyn Ranges) -> Result<ArrowReaderMetadata, String> {
    guarded(|| {
        let mut decoder = ParquetMetaDataPushDecoder::try_new(bytes.len())?;
        let metadata = loop {
            match decoder.try_decode()? {
                DecodeResult::Data(metadata) => break metadata,
                DecodeResult::NeedsData(ranges) => {
                    for range in ranges {
                        decoder.push_range(range.clone(), bytes.slice(&range)?)?;
                    }
                }
                DecodeResult::Finished => return Err(ParquetError::General("the footer is missing".to_owned())),
            }
        };
        let metadata = Arc::new(metadata);
        let plain =
            ArrowReaderMetadata::try_new(metadata.clone(), ArrowReaderOptions::new().with_skip_arrow_metadata(true))?;
        let as_views = |field: &Arc<Field>| match field.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 => field.as_ref().clone().with_data_type(DataType::Utf8View),
            _ => field.as_ref().clone(),
        };
        let fields: Vec<Field> = plain.schema().fields().iter().map(as_views).collect();
        ArrowReaderMetadata::try_new(metadata, ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields))))
    })
}

/// Record batches of the chosen top-level columns of a row group, in file order.
pub(super) struct Batches {
    decoder: ParquetPushDecoder,
}

impl Batches {
    /// Of one row group.
    pub(super) fn new(
        footer: &ArrowReaderMetadata,
        group: usize,
        roots: &[usize],
        size: usize,
    ) -> Result<Self, String> {
        guarded(|| {
            let mask = ProjectionMask::roots(footer.parquet_schema(), roots.iter().copied());
            let decoder = ParquetPushDecoderBuilder::new_with_metadata(footer.clone())
                .with_projection(mask)
                .with_row_groups(vec![group])
                .with_batch_size(size)
                .build()?;
            Ok::<_, ParquetError>(Batches { decoder })
        })
    }

    /// The next batch, `None` after the last.
    pub(super) fn next(&mut self, bytes: &dyn Ranges) -> Result<Option<RecordBatch>, String> {
        guarded(|| -> Result<_, ParquetError> {
            loop {
                match self.decoder.try_decode()? {
                    DecodeResult::Data(batch) => return Ok(Some(batch)),
                    DecodeResult::Finished => return Ok(None),
                    DecodeResult::NeedsData(ranges) => {
                        for range in ranges {
                            self.decoder.push_range(range.clone(), bytes.slice(&range)?)?;
                        }
                    }
                }
            }
        })
    }
}

/// A Parquet file that was looked through.
#[derive(Debug)]
pub(super) struct Parquet {
    source: Source,
    footer: ArrowReaderMetadata,
    /// One for each row group.
    chunks: Vec<Chunk>,
    /// For each declared column the file's, if it has it.
    roots: Vec<Option<usize>>,
    declared: Vec<ColumnType>,
    rows: u64,
    limits: Limits,
}

/// Looks through the Parquet file at `path`; gives what it has of the declared columns, and its reader. The rows are
/// counted by decoding the narrowest column: what a footer claims is not believed.
///
/// # Errors
/// `malformed_data` or `limit_exceeded`; as [`Source::open`].
pub(super) fn open(
    path: &Path,
    name: &str,
    declared: &[(&str, &ColumnType)],
    limits: &Limits,
) -> Result<(Layout, Parquet), DataError> {
    let source = Source::open(path, name, limits, &mut |_, _| Ok(()))?;
    let footer = footer(&source).map_err(|why| malformed(name, &why))?;
    guarded(|| pages::check(&source, footer.metadata())).map_err(|why| malformed(name, &why))?;
    let fields = footer.schema().fields().clone();
    let header: Vec<String> = fields.iter().map(|f| f.name().clone()).collect();
    let names: Vec<&str> = declared.iter().map(|d| d.0).collect();
    let mut layout = Layout::match_columns(&names, &header, name)?;
    let roots: Vec<Option<usize>> = names.iter().map(|d| header.iter().position(|h| h == d)).collect();
    for (d, root) in roots.iter().enumerate() {
        if let Some(kind) = root.and_then(|root| native(fields[root].data_type(), declared[d].1)) {
            layout.store(d, kind);
        }
    }
    let mut file = Parquet {
        footer,
        chunks: Vec::new(),
        roots,
        declared: declared.iter().map(|d| d.1.clone()).collect(),
        rows: 0,
        limits: limits.clone(),
        source,
    };
    file.count()?;
    Ok((layout, file))
}

impl Parquet {
    /// Counts the rows of every group.
    fn count(&mut self) -> Result<(), DataError> {
        let name = self.source.name.clone();
        let fields = self.footer.schema().fields().clone();
        let size = |root: usize| -> i64 {
            let groups = self.footer.metadata().row_groups().iter();
            groups.map(|group| group.columns().get(root).map_or(i64::MAX, |c| c.uncompressed_size())).max().unwrap_or(0)
        };
        // A file with nested columns has more leaves than columns, and none is chosen by its size.
        let flat = self.footer.parquet_schema().num_columns() == fields.len();
        let readable = (0..fields.len()).filter(|root| readable(fields[*root].data_type()));
        let narrowest = readable.min_by_key(|root| if flat { size(*root) } else { 0 });
        let mut first = 0_u64;
        for group in 0..self.footer.metadata().num_row_groups() {
            let claimed = self.footer.metadata().row_group(group).num_rows();
            let claimed = u64::try_from(claimed).map_err(|_| malformed(&name, "a row group has a negative length"))?;
            if claimed.saturating_add(first) > self.limits.rows {
                let message = format!("The file has more rows than the limit of {}.", self.limits.rows);
                return Err(DataError::new("limit_exceeded", name, message, "Raise the limit or split the data."));
            }
            let mut rows = claimed;
            if let Some(root) = narrowest {
                let mut batches =
                    Batches::new(&self.footer, group, &[root], COUNT_ROWS).map_err(|why| malformed(&name, &why))?;
                rows = 0;
                while let Some(batch) = batches.next(&self.source).map_err(|why| malformed(&name, &why))? {
                    rows += batch.num_rows() as u64;
                }
            }
            if rows != claimed {
                return Err(malformed(&name, "a row group has another number of rows than it claims")
                    .saw(format!("{claimed} rows"), &format!("{rows} rows")));
            }
            self.chunks.push(Chunk { range: 0..0, first, rows });
            first += rows;
        }
        self.rows = first;
        Ok(())
    }
}

fn malformed(name: &str, why: &str) -> DataError {
    let message = format!("The Parquet file cannot be read: {why}.");
    DataError::new("malformed_data", name, message, "Write the file again and compare its size.")
}

impl Reader for Parquet {
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
        let fields = self.footer.schema().fields().clone();
        let roots: Vec<usize> = wanted.iter().filter_map(|d| self.roots[*d]).collect();
        // A nested or unreadable column is told by its type; reading no column at all still counts the rows.
        let mut read: Vec<usize> = roots.iter().copied().filter(|root| readable(fields[*root].data_type())).collect();
        read.sort_unstable();
        let size = batch_rows(self.rows);
        match Batches::new(&self.footer, chunk, &read, size) {
            Ok(batches) => {
                let at = self.chunks[chunk].first;
                Box::new(Cursor { batches, at, wanted: wanted.to_vec(), done: false, file: self })
            }
            Err(why) => Box::new(std::iter::once(Err(malformed(&self.source.name, &why)))),
        }
    }
}

/// Gives the rows of a group, batch by batch; ends at the first error.
struct Cursor {
    file: Arc<Parquet>,
    batches: Batches,
    at: u64,
    wanted: Vec<usize>,
    done: bool,
}

impl Iterator for Cursor {
    type Item = Result<Cells, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let name = self.file.source.name.clone();
        let next = match self.batches.next(&self.file.source) {
            Ok(None) => None,
            Ok(Some(batch)) => Some(self.cells(&batch)),
            Err(why) => Some(Err(malformed(&name, &why))),
        };
        self.done = !matches!(next, Some(Ok(_)));
        next
    }
}

impl Cursor {
    fn cells(&mut self, batch: &RecordBatch) -> Result<Cells, DataError> {
        let name = &self.file.source.name;
        let fields = self.file.footer.schema().fields();
        let mut columns = Vec::new();
        for d in &self.wanted {
            let Some(root) = self.file.roots[*d] else { continue };
            let (ty, declared) = (fields[root].data_type(), &self.file.declared[*d]);
            let column = batch.column_by_name(fields[root].name());
            columns.push(stored(column, ty, declared, batch.num_rows()).map_err(|why| malformed(name, &why))?);
        }
        let most = self.file.limits.record_bytes;
        if columns.iter().any(|(values, _)| longest(values) > most) {
            let message = format!("A text is longer than the limit of {most} bytes.");
            return Err(DataError::new("limit_exceeded", name, message, "Shorten the text or raise the limit."));
        }
        let (first, rows) = (self.at, batch.num_rows());
        self.at += rows as u64;
        Ok(Cells { first, rows, columns })
    }
}

/// Bytes of the longest text; 0 where there are no texts.
pub(super) fn longest(values: &ArrayRef) -> u64 {
    let texts = values.as_string_view_opt();
    texts.and_then(|texts| texts.lengths().max()).map_or(0, u64::from)
}

/// Whether cells of a type are read.
pub(super) fn readable(ty: &DataType) -> bool {
    ty.is_numeric() || matches!(ty, DataType::Utf8View | DataType::Boolean | DataType::Date32)
}

/// What a declared column is stored as where the file's own kind is as good: 64-bit numbers, days, truth values.
pub(super) fn native(ty: &DataType, declared: &ColumnType) -> Option<DataType> {
    match declared {
        ColumnType::Int if ty.is_integer() => Some(DataType::Int64),
        ColumnType::Real if ty.is_numeric() => Some(DataType::Float64),
        ColumnType::Date if *ty == DataType::Date32 => Some(DataType::Date32),
        ColumnType::Bool if *ty == DataType::Boolean => Some(DataType::Boolean),
        _ => None,
    }
}

/// A column's cells as its table stores them, and whether their kind fits the declared type.
pub(super) fn stored(
    column: Option<&ArrayRef>,
    ty: &DataType,
    declared: &ColumnType,
    rows: usize,
) -> Result<(ArrayRef, Option<ArrayRef>), String> {
    let plain = |e: datafusion::arrow::error::ArrowError| shown(&e.to_string());
    if let (Some(values), Some(kind)) = (column, native(ty, declared)) {
        let cells = cast(values, &kind).map_err(plain)?;
        // What does not go into 64 bits is no missing value.
        let lost = (cells.null_count() > values.null_count()).then(|| {
            let fits = (0..rows).map(|row| values.is_null(row) || cells.is_valid(row));
            Arc::new(BooleanArray::from(fits.collect::<Vec<bool>>())) as ArrayRef
        });
        return Ok((cells, lost));
    }
    let fits = match declared {
        ColumnType::Class(_) => *ty == DataType::Utf8View || *ty == DataType::Boolean || ty.is_integer(),
        ColumnType::Int | ColumnType::Real | ColumnType::Bool => false,
        _ => *ty == DataType::Utf8View,
    };
    let values = match column {
        None => Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n(ty.to_string(), rows))),
        // Widened first: the text of a 32-bit float names another 64-bit float.
        Some(values) if ty.is_numeric() && !ty.is_integer() => {
            let wide = cast(values, &DataType::Float64).map_err(plain)?;
            cast(&wide, &DataType::Utf8View).map_err(plain)?
        }
        Some(values) => cast(values, &DataType::Utf8View).map_err(plain)?,
    };
    Ok((values, Some(Arc::new(BooleanArray::from(vec![fits; rows])))))
}
