//! CSV as RFC 4180 has it: a header, commas, double quotes, commas and line breaks inside quotes. A strict scan of our
//! own settles what lenient readers would guess (open quotes, ragged rows); Arrow's reader then cuts the cells.
//!
//! Every cell stays text. An empty cell is a missing value. Empty lines separate nothing and are not rows.

use super::table::{Cells, Layout};
use super::{DataError, Limits, shown, source};
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::csv::ReaderBuilder;
use datafusion::arrow::csv::reader::Format;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use std::sync::Arc;

/// Cuts a CSV file into the declared columns.
///
/// # Errors
/// `malformed_data` or `limit_exceeded`, with the row.
pub fn read(bytes: &[u8], name: &str, declared: &[&str], limits: &Limits) -> Result<Cells, DataError> {
    let text = source::text(bytes, name)?;
    scan(text.as_bytes(), name, limits)?;
    let header = header(text, name)?;
    let layout = Layout::match_columns(declared, &header, name)?;
    let fields: Vec<Field> = header.iter().map(|h| Field::new(h, DataType::Utf8View, true)).collect();
    let projection: Vec<usize> =
        layout.present().filter_map(|d| header.iter().position(|h| h == declared[d])).collect();
    let reader = ReaderBuilder::new(Arc::new(Schema::new(fields)))
        .with_header(true)
        .with_batch_size(super::table::BATCH_ROWS)
        .with_projection(projection)
        .build_buffered(text.as_bytes())
        .map_err(|e| malformed(name, &e.to_string()))?;
    let mut cells = Cells::new(layout);
    for batch in reader {
        let batch: RecordBatch = batch.map_err(|e| malformed(name, &e.to_string()))?;
        let columns = batch.columns().iter().map(|values: &ArrayRef| (values.clone(), None)).collect();
        cells.push(batch.num_rows(), columns, name, limits)?;
    }
    Ok(cells)
}

fn header(text: &str, name: &str) -> Result<Vec<String>, DataError> {
    let inferred = Format::default().with_header(true).infer_schema(text.as_bytes(), Some(0));
    let (schema, _) = inferred.map_err(|e| malformed(name, &e.to_string()))?;
    Ok(schema.fields().iter().map(|f| f.name().clone()).collect())
}

/// Where the scan stands in a record.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Start,
    Plain,
    Quoted,
    QuoteInQuoted,
}

/// Counts the fields of each record and refuses what readers disagree on.
struct Scan<'a> {
    name: &'a str,
    width: Option<usize>,
    records: u64,
    fields: usize,
    begun: bool,
    record_start: usize,
}

fn scan(bytes: &[u8], name: &str, limits: &Limits) -> Result<(), DataError> {
    let mut scan = Scan { name, width: None, records: 0, fields: 0, begun: false, record_start: 0 };
    let mut state = State::Start;
    for (at, &byte) in bytes.iter().enumerate() {
        if (at - scan.record_start) as u64 > limits.record_bytes {
            let message = format!("A record is longer than the limit of {} bytes.", limits.record_bytes);
            return Err(DataError::new(
                "limit_exceeded",
                scan.place(),
                message,
                "Close the quotes or raise the limit.",
            ));
        }
        state = match (state, byte) {
            (_, 0) => return Err(scan.fault("A zero byte stands in the text; this is not CSV.")),
            (State::Quoted, b'"') => State::QuoteInQuoted,
            (State::Quoted, _) => State::Quoted,
            (State::QuoteInQuoted, b'"') => State::Quoted,
            (State::Start, b'"') => {
                scan.begun = true;
                State::Quoted
            }
            (_, b',') => {
                scan.begun = true;
                scan.fields += 1;
                State::Start
            }
            (_, b'\n' | b'\r') => {
                scan.end_record(at + 1, limits)?;
                State::Start
            }
            (State::QuoteInQuoted, _) => return Err(scan.fault("Text follows a closing quote.")),
            _ => {
                scan.begun = true;
                State::Plain
            }
        };
    }
    if state == State::Quoted {
        return Err(scan.fault("A quoted cell is never closed."));
    }
    scan.end_record(bytes.len(), limits)?;
    if scan.width.is_none() { Err(scan.fault("The file has no header.")) } else { Ok(()) }
}

impl Scan<'_> {
    fn end_record(&mut self, next: usize, limits: &Limits) -> Result<(), DataError> {
        self.record_start = next;
        if !std::mem::take(&mut self.begun) {
            return Ok(());
        }
        let found = std::mem::take(&mut self.fields) + 1;
        match self.width {
            None => self.width = Some(found),
            Some(width) if width != found => {
                return Err(self
                    .fault("A row has another number of cells than the header.")
                    .saw(format!("{width} cells"), &format!("{found} cells")));
            }
            Some(_) if self.records >= limits.rows => {
                let message = format!("The file has more rows than the limit of {}.", limits.rows);
                return Err(DataError::new("limit_exceeded", self.name, message, "Raise the limit or split the data."));
            }
            Some(_) => self.records += 1,
        }
        Ok(())
    }

    fn place(&self) -> String {
        if self.width.is_none() {
            format!("{}: header", self.name)
        } else {
            format!("{}: row {}", self.name, self.records + 1)
        }
    }

    fn fault(&self, message: &str) -> DataError {
        DataError::new("malformed_data", self.place(), message, "Write the file with a CSV library (RFC 4180).")
    }
}

fn malformed(name: &str, why: &str) -> DataError {
    let message = format!("The CSV cannot be read: {}.", shown(why));
    DataError::new("malformed_data", name, message, "Write the file with a CSV library (RFC 4180).")
}
