//! Parquet, decoded from the bytes in memory. Texts stay views into decoded pages, so a dictionary cannot be blown up
//! row by row; the embedded Arrow schema is ignored; only plain top-level columns are read, nested ones are told.
//!
//! The decoder is a library over hostile bytes: a panic in it becomes a `malformed_data` error.

use super::table::{BATCH_ROWS, Cells, Layout};
use super::{DataError, Limits, shown};
use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, StringViewArray};
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
use std::sync::Arc;

/// Runs a decoding step; its error or panic becomes a text.
pub(super) fn guarded<T>(step: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(result) => result.map_err(|e| shown(&e.to_string())),
        Err(_) => Err("its structure is inconsistent".to_owned()),
    }
}

/// Decodes the Parquet file's footer; texts are asked for as views.
pub(super) fn footer(bytes: &[u8]) -> Result<ArrowReaderMetadata, String> {
    guarded(|| {
        let mut decoder = ParquetMetaDataPushDecoder::try_new(bytes.len() as u64)?;
        let metadata = loop {
            match decoder.try_decode()? {
                DecodeResult::Data(metadata) => break metadata,
                DecodeResult::NeedsData(ranges) => {
                    for range in ranges {
                        decoder.push_range(range.clone(), slice(bytes, &range)?.into())?;
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

/// Record batches of the chosen top-level columns, in file order.
pub(super) struct Batches<'a> {
    bytes: &'a [u8],
    decoder: ParquetPushDecoder,
}

impl<'a> Batches<'a> {
    pub(super) fn new(bytes: &'a [u8], footer: &ArrowReaderMetadata, roots: &[usize]) -> Result<Self, String> {
        guarded(|| {
            let mask = ProjectionMask::roots(footer.parquet_schema(), roots.iter().copied());
            let decoder = ParquetPushDecoderBuilder::new_with_metadata(footer.clone())
                .with_projection(mask)
                .with_batch_size(BATCH_ROWS)
                .build()?;
            Ok(Batches { bytes, decoder })
        })
    }

    /// The next batch, `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>, String> {
        guarded(|| {
            loop {
                match self.decoder.try_decode()? {
                    DecodeResult::Data(batch) => return Ok(Some(batch)),
                    DecodeResult::Finished => return Ok(None),
                    DecodeResult::NeedsData(ranges) => {
                        for range in ranges {
                            self.decoder.push_range(range.clone(), slice(self.bytes, &range)?.into())?;
                        }
                    }
                }
            }
        })
    }
}

/// The asked bytes if the file has them: a declared range is never trusted.
fn slice(bytes: &[u8], range: &Range<u64>) -> Result<Vec<u8>, ParquetError> {
    let outside = || ParquetError::EOF("the file is truncated".to_owned());
    let start = usize::try_from(range.start).map_err(|_| outside())?;
    let end = usize::try_from(range.end).map_err(|_| outside())?;
    bytes.get(start..end).map(<[u8]>::to_vec).ok_or_else(outside)
}

/// Cuts a Parquet file into the declared columns.
///
/// # Errors
/// `malformed_data` or `limit_exceeded`.
pub fn read(bytes: &[u8], name: &str, declared: &[(&str, &ColumnType)], limits: &Limits) -> Result<Cells, DataError> {
    let malformed = |why: String| {
        let message = format!("The Parquet file cannot be read: {why}.");
        DataError::new("malformed_data", name, message, "Write the file again and compare its size.")
    };
    let footer = footer(bytes).map_err(malformed)?;
    let fields = footer.schema().fields().clone();
    let header: Vec<String> = fields.iter().map(|f| f.name().clone()).collect();
    let names: Vec<&str> = declared.iter().map(|d| d.0).collect();
    let layout = Layout::match_columns(&names, &header, name)?;
    let root = |d: usize| header.iter().position(|h| h == declared[d].0);
    let wanted: Vec<(usize, &ColumnType)> = layout.present().filter_map(|d| Some((root(d)?, declared[d].1))).collect();
    // A nested or unreadable column is told by its type; reading no column at all still counts the rows.
    let mut roots: Vec<usize> =
        wanted.iter().filter(|(root, _)| readable(fields[*root].data_type())).map(|w| w.0).collect();
    roots.sort_unstable();
    let mut batches = Batches::new(bytes, &footer, &roots).map_err(malformed)?;
    let mut cells = Cells::new(layout);
    while let Some(batch) = batches.next().map_err(malformed)? {
        let mut columns = Vec::new();
        for (root, ty) in &wanted {
            let column = batch.column_by_name(&header[*root]);
            columns.push(as_text(column, fields[*root].data_type(), ty, batch.num_rows()).map_err(malformed)?);
        }
        for (values, _) in &columns {
            if values.as_string_view().lengths().any(|bytes| u64::from(bytes) > limits.record_bytes) {
                let message = format!("A text is longer than the limit of {} bytes.", limits.record_bytes);
                return Err(DataError::new("limit_exceeded", name, message, "Shorten the text or raise the limit."));
            }
        }
        cells.push(batch.num_rows(), columns, name, limits)?;
    }
    Ok(cells)
}

fn readable(ty: &DataType) -> bool {
    ty.is_numeric() || matches!(ty, DataType::Utf8View | DataType::Boolean)
}

/// A column's cells as text, and whether its kind fits the declared type.
fn as_text(
    column: Option<&ArrayRef>,
    ty: &DataType,
    declared: &ColumnType,
    rows: usize,
) -> Result<(ArrayRef, Option<ArrayRef>), String> {
    let fits = match declared {
        ColumnType::Text
        | ColumnType::Spans(_)
        | ColumnType::Tokens
        | ColumnType::Date
        | ColumnType::Image
        | ColumnType::Audio => *ty == DataType::Utf8View,
        ColumnType::Int => ty.is_integer(),
        ColumnType::Real => ty.is_numeric(),
        ColumnType::Bool => *ty == DataType::Boolean,
        ColumnType::Class(_) => *ty == DataType::Utf8View || *ty == DataType::Boolean || ty.is_integer(),
    };
    let values = match column {
        None => Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n(ty.to_string(), rows))),
        // Widened first: the text of a 32-bit float names another 64-bit float.
        Some(values) if ty.is_numeric() && !ty.is_integer() => {
            let wide = cast(values, &DataType::Float64).map_err(|e| shown(&e.to_string()))?;
            cast(&wide, &DataType::Utf8View).map_err(|e| shown(&e.to_string()))?
        }
        Some(values) => cast(values, &DataType::Utf8View).map_err(|e| shown(&e.to_string()))?,
    };
    Ok((values, Some(Arc::new(BooleanArray::from(vec![fits; rows])))))
}
