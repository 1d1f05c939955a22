//! Arrow's file format (IPC), record batch by record batch. What the footer says of offsets and lengths is held against the
//! file before anything is read. Nested columns are told, as in Parquet; compressed bodies are refused, since the library
//! makes room for whatever length they tell.

use super::chunk::Chunk;
use super::columnar::{guarded, native, readable, stored};
use super::source::Source;
use super::table::{Cells, Layout, Reader, batch_rows};
use super::{DataError, Limits};
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::convert::fb_to_schema;
use datafusion::arrow::ipc::reader::{FileDecoder, read_footer_length};
use datafusion::arrow::ipc::{Block, MetadataVersion, root_as_footer, root_as_message};
use lmstd_compiler::standard::ColumnType;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Bytes behind the footer: its length and the mark.
const TRAILER: u64 = 10;

/// An Arrow file that was looked through.
pub(super) struct Ipc {
    source: Source,
    schema: SchemaRef,
    decoder: FileDecoder,
    blocks: Vec<Block>,
    chunks: Vec<Chunk>,
    /// For each declared column the file's, if it has it.
    roots: Vec<Option<usize>>,
    declared: Vec<ColumnType>,
    rows: u64,
    limits: Limits,
}

impl std::fmt::Debug for Ipc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ipc({}, {} rows)", self.source.name, self.rows)
    }
}

/// What a footer says.
struct Footer {
    schema: SchemaRef,
    version: MetadataVersion,
    dictionaries: Vec<Block>,
    batches: Vec<Block>,
}

/// Looks through the Arrow file at `path`; gives what it has of the declared columns, and its reader.
///
/// # Errors
/// `malformed_data` or `limit_exceeded`; as [`Source::open`].
pub(super) fn open(
    path: &Path,
    name: &str,
    declared: &[(&str, &ColumnType)],
    limits: &Limits,
) -> Result<(Layout, Ipc), DataError> {
    let source = Source::open(path, name, limits, &mut |_, _| Ok(()))?;
    let footer = footer(&source)?;
    let fields = footer.schema.fields();
    let header: Vec<String> = fields.iter().map(|f| f.name().clone()).collect();
    let names: Vec<&str> = declared.iter().map(|d| d.0).collect();
    let mut layout = Layout::match_columns(&names, &header, name)?;
    let roots: Vec<Option<usize>> = names.iter().map(|d| header.iter().position(|h| h == d)).collect();
    for (d, root) in roots.iter().enumerate() {
        if let Some(kind) = root.and_then(|root| native(&plain(fields[root].data_type()), declared[d].1)) {
            layout.store(d, kind);
        }
    }
    let mut decoder = FileDecoder::new(footer.schema.clone(), footer.version);
    for block in &footer.dictionaries {
        let bytes = message(block, &source)?;
        guarded(|| decoder.read_dictionary(block, &bytes)).map_err(|why| malformed(name, &why))?;
    }
    let mut file = Ipc {
        schema: footer.schema,
        decoder,
        blocks: footer.batches,
        chunks: Vec::new(),
        roots,
        declared: declared.iter().map(|d| d.1.clone()).collect(),
        rows: 0,
        limits: limits.clone(),
        source,
    };
    for index in 0..file.blocks.len() {
        let rows = file.batch(index)?.map_or(0, |batch| batch.num_rows() as u64);
        file.chunks.push(Chunk { range: 0..0, first: file.rows, rows });
        file.rows += rows;
        if file.rows > limits.rows {
            let message = format!("The file has more rows than the limit of {}.", limits.rows);
            return Err(DataError::new("limit_exceeded", name, message, "Raise the limit or split the data."));
        }
    }
    Ok((layout, file))
}

fn footer(source: &Source) -> Result<Footer, DataError> {
    let name = source.name.as_str();
    let short = || malformed(name, "it is truncated");
    let end = source.len.checked_sub(TRAILER).ok_or_else(short)?;
    let trailer = source.slice(&(end..source.len))?;
    let trailer: [u8; 10] = trailer.as_ref().try_into().map_err(|_| short())?;
    let length = guarded(|| read_footer_length(trailer)).map_err(|why| malformed(name, &why))?;
    let start = end.checked_sub(length as u64).ok_or_else(short)?;
    let bytes = source.slice(&(start..end))?;
    guarded(|| {
        let footer = root_as_footer(&bytes).map_err(|error| ArrowError::IpcError(error.to_string()))?;
        let schema = footer.schema().ok_or_else(|| ArrowError::IpcError("it has no schema".to_owned()))?;
        Ok::<_, ArrowError>(Footer {
            schema: Arc::new(fb_to_schema(schema)) as Arc<Schema>,
            version: footer.version(),
            dictionaries: footer.dictionaries().map(|list| list.iter().copied().collect()).unwrap_or_default(),
            batches: footer.recordBatches().map(|list| list.iter().copied().collect()).unwrap_or_default(),
        })
    })
    .map_err(|why| malformed(name, &why))
}

/// Where a block stands; it may claim anything.
fn range(block: &Block, source: &Source) -> Result<Range<u64>, DataError> {
    let claim = || {
        let start = u64::try_from(block.offset()).ok()?;
        let meta = u64::try_from(block.metaDataLength()).ok()?;
        let end = start.checked_add(meta)?.checked_add(u64::try_from(block.bodyLength()).ok()?)?;
        (end <= source.len).then_some(start..end)
    };
    claim().ok_or_else(|| malformed(&source.name, "a record batch lies outside of it"))
}

/// The bytes of a block, whose body is not compressed.
fn message(block: &Block, source: &Source) -> Result<Buffer, DataError> {
    let name = &source.name;
    let bytes = Buffer::from(source.slice(&range(block, source)?)?);
    // A mark that older files lack, and the length, stand before the message.
    let skipped = if bytes.starts_with(&[0xFF; 4]) { 8 } else { 4 };
    let is_compressed = guarded(|| {
        let bytes = bytes.get(skipped..).unwrap_or_default();
        let message = root_as_message(bytes).map_err(|error| ArrowError::IpcError(error.to_string()))?;
        let dictionary = message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
        let batch = message.header_as_record_batch().or(dictionary);
        Ok::<_, ArrowError>(batch.is_some_and(|batch| batch.compression().is_some()))
    });
    if is_compressed.map_err(|why| malformed(name, &why))? {
        let message = "The Arrow file is compressed, which is not read.";
        let mend = "Write it without compression, or as Parquet.";
        return Err(DataError::new("malformed_data", name, message, mend));
    }
    Ok(bytes)
}

/// Texts however they are stored.
fn plain(ty: &DataType) -> DataType {
    match ty {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Dictionary(_, values) => plain(values),
        other => other.clone(),
    }
}

fn malformed(name: &str, why: &str) -> DataError {
    let message = format!("The Arrow file cannot be read: {why}.");
    DataError::new("malformed_data", name, message, "Write the file again and compare its size.")
}

impl Ipc {
    fn batch(&self, index: usize) -> Result<Option<RecordBatch>, DataError> {
        let block = &self.blocks[index];
        let bytes = message(block, &self.source)?;
        guarded(|| self.decoder.read_record_batch(block, &bytes)).map_err(|why| malformed(&self.source.name, &why))
    }

    fn cells(&self, batch: &RecordBatch, first: u64, wanted: &[usize]) -> Result<Cells, DataError> {
        let name = &self.source.name;
        let mut columns = Vec::new();
        for d in wanted {
            let Some(root) = self.roots[*d] else { continue };
            let ty = plain(self.schema.field(root).data_type());
            let column = batch.column(root);
            let even: Option<ArrayRef> = match readable(&ty) {
                true if *column.data_type() != ty => {
                    Some(guarded(|| cast(column, &ty)).map_err(|why| malformed(name, &why))?)
                }
                true => Some(column.clone()),
                false => None,
            };
            let cells = stored(even.as_ref(), &ty, &self.declared[*d], batch.num_rows());
            columns.push(cells.map_err(|why| malformed(name, &why))?);
        }
        let most = self.limits.record_bytes;
        if columns.iter().any(|(values, _)| super::columnar::longest(values) > most) {
            let message = format!("A text is longer than the limit of {most} bytes.");
            return Err(DataError::new("limit_exceeded", name, message, "Shorten the text or raise the limit."));
        }
        Ok(Cells { first, rows: batch.num_rows(), columns })
    }
}

impl Reader for Ipc {
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
        let batch = match self.batch(chunk) {
            Ok(Some(batch)) => batch,
            Ok(None) => return Box::new(std::iter::empty()),
            Err(error) => return Box::new(std::iter::once(Err(error))),
        };
        let (first, rows, size) = (self.chunks[chunk].first, batch.num_rows(), batch_rows(self.rows));
        let wanted = wanted.to_vec();
        Box::new((0..rows).step_by(size).map(move |start| {
            let part = batch.slice(start, size.min(rows - start));
            self.cells(&part, first + start as u64, &wanted)
        }))
    }
}
