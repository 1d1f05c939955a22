//! CSV as RFC 4180 has it: a header, commas, double quotes, commas and line breaks inside quotes. One pass cuts the cells
//! and refuses what readers disagree on: open quotes, quotes inside plain cells, text behind a closing quote, ragged rows,
//! carriage returns that end no line, zero bytes.
//!
//! Every cell stays text. An empty cell is a missing value. Empty lines separate nothing and are not rows.

use super::chunk::{Chunk, Cut, Cutter, cut};
use super::source::Source;
use super::table::{Cells, Layout, Reader, batch_rows};
use super::{DataError, Limits};
use datafusion::arrow::array::{ArrayRef, StringViewBuilder};
use memchr::{memchr, memchr2_iter, memchr3};
use std::path::Path;
use std::sync::Arc;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// A CSV file that was looked through.
#[derive(Debug)]
pub(super) struct Csv {
    source: Source,
    chunks: Vec<Chunk>,
    /// For each cell of a record the declared column that it belongs to.
    places: Vec<Option<usize>>,
    rows: u64,
    limits: Limits,
}

/// Looks through the CSV file at `path`; gives what it has of the declared columns, and its reader.
///
/// # Errors
/// `malformed_data` or `limit_exceeded`, with the row; as [`Source::open`].
pub(super) fn open(path: &Path, name: &str, declared: &[&str], limits: &Limits) -> Result<(Layout, Csv), DataError> {
    let scan = Scan { name: name.to_owned(), header: Vec::new(), limits: limits.clone() };
    let Cut { source, chunks, cutter } = cut(path, name, limits, scan)?;
    if cutter.header.is_empty() {
        return Err(fault(format!("{name}: header"), "The file has no header."));
    }
    let layout = Layout::match_columns(declared, &cutter.header, name)?;
    let places = cutter.header.iter().map(|h| declared.iter().position(|d| d == h)).collect();
    let rows = chunks.iter().map(|chunk| chunk.rows).sum();
    Ok((layout, Csv { source, chunks, places, rows, limits: limits.clone() }))
}

impl Reader for Csv {
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

impl Csv {
    /// The batches of a chunk, which is small.
    fn cells(&self, chunk: usize, wanted: &[usize]) -> Result<Vec<Cells>, DataError> {
        let Chunk { range, first, .. } = self.chunks[chunk].clone();
        let bytes = self.source.slice(&range)?;
        let name = &self.source.name;
        let text = text(&bytes, &|rows| row_place(name, first + rows + 1))?;
        let slot = |place: &Option<usize>| wanted.iter().position(|d| Some(*d) == *place);
        let slots: Vec<Option<usize>> = self.places.iter().map(slot).collect();
        let looked_at = slots.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        let size = batch_rows(self.rows);
        let mut walk = Walk { name, row: first, width: Some(slots.len()), limits: &self.limits };
        let (mut batches, mut at) = (Vec::new(), 0);
        while at < text.len() {
            let first = walk.row;
            let builders = wanted.iter().map(|_| StringViewBuilder::with_capacity(size)).collect();
            let mut build = Build { slots: &slots, cells: looked_at, builders, rows: 0, side: String::new() };
            at += walk.records(&text[at..], size, &mut build)?;
            let rows = build.rows;
            let arrays = build.builders.iter_mut().map(|builder| (Arc::new(builder.finish()) as ArrayRef, None));
            let columns = arrays.collect();
            if rows > 0 {
                batches.push(Cells { first, rows, columns });
            }
        }
        Ok(batches)
    }
}

/// What becomes of cells.
trait Sink {
    /// A cell as it stands between its commas, or between its quotes, where `doubled` tells that quotes in it are doubled.
    fn cell(&mut self, index: usize, text: &str, doubled: bool);
    /// The record ends.
    fn end(&mut self);
    /// How many cells of a record are looked at; what is behind them was checked before.
    fn cells(&self) -> usize {
        usize::MAX
    }
}

/// Cells that become arrays.
struct Build<'a> {
    slots: &'a [Option<usize>],
    /// Cells up to the last one that is wanted.
    cells: usize,
    builders: Vec<StringViewBuilder>,
    rows: usize,
    side: String,
}

impl Sink for Build<'_> {
    fn cell(&mut self, index: usize, text: &str, doubled: bool) {
        let Some(builder) = self.slots[index].and_then(|slot| self.builders.get_mut(slot)) else { return };
        if text.is_empty() {
            builder.append_null();
        } else if doubled {
            self.side.clear();
            self.side.push_str(&text.replace("\"\"", "\""));
            builder.append_value(&self.side);
        } else {
            builder.append_value(text);
        }
    }

    fn end(&mut self) {
        self.rows += 1;
    }

    fn cells(&self) -> usize {
        self.cells
    }
}

/// Cells that are only looked at.
struct Look;

impl Sink for Look {
    fn cell(&mut self, _: usize, _: &str, _: bool) {}

    fn end(&mut self) {}
}

/// The cells of the header.
#[derive(Default)]
struct Names(Vec<String>);

impl Sink for Names {
    fn cell(&mut self, _: usize, text: &str, doubled: bool) {
        self.0.push(if doubled { text.replace("\"\"", "\"") } else { text.to_owned() });
    }

    fn end(&mut self) {}
}

/// How the text is cut into chunks and checked.
#[derive(Clone)]
struct Scan {
    name: String,
    header: Vec<String>,
    limits: Limits,
}

impl Cutter for Scan {
    /// Behind the last line break that is in no quotes: an even number of quotes stands before it.
    fn end(&self, text: &[u8]) -> Option<usize> {
        let mut quoted = memchr::memchr_iter(b'"', text).count() % 2 == 1;
        let mut end = text.len();
        while let Some(at) = memchr::memrchr2(b'"', b'\n', &text[..end]) {
            match text[at] {
                b'"' => quoted = !quoted,
                _ if !quoted => return Some(at + 1),
                _ => {}
            }
            end = at;
        }
        None
    }

    fn check(&mut self, chunk: &[u8], first: u64, begins: bool) -> Result<(usize, u64), DataError> {
        let start = if begins && chunk.starts_with(MARK) { MARK.len() } else { 0 };
        let has_header = !self.header.is_empty();
        // The header is no row.
        let text = text(&chunk[start..], &|before| row_place(&self.name, first + before + u64::from(has_header)))?;
        let width = has_header.then_some(self.header.len());
        let mut walk = Walk { name: &self.name, row: first, width, limits: &self.limits };
        let mut body = 0;
        if !has_header {
            let mut names = Names::default();
            body = walk.records(text, 1, &mut names)?;
            self.header = names.0;
            (walk.row, walk.width) = (first, Some(self.header.len()));
        }
        walk.records(&text[body..], usize::MAX, &mut Look)?;
        Ok((start + body, walk.row - first))
    }
}

/// The chunk as text; `place` names the record before which so many stand.
fn text<'a>(bytes: &'a [u8], place: &dyn Fn(u64) -> String) -> Result<&'a str, DataError> {
    if let Some(at) = memchr(0, bytes) {
        return Err(fault(place(records_before(bytes, at)), "A zero byte stands in the text; this is not CSV."));
    }
    simdutf8::basic::from_utf8(bytes).map_err(|_| {
        let valid = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
        let message = "The file is not text in UTF-8.";
        let mend = "Save the data as UTF-8.";
        DataError::new("malformed_data", place(records_before(bytes, valid)), message, mend)
    })
}

/// How many records end before a place: line breaks in quotes end none.
fn records_before(bytes: &[u8], at: usize) -> u64 {
    let (mut quoted, mut rows) = (false, 0);
    for place in memchr2_iter(b'"', b'\n', &bytes[..at]) {
        match bytes[place] {
            b'"' => quoted = !quoted,
            _ if !quoted => rows += 1,
            _ => {}
        }
    }
    rows
}

fn row_place(name: &str, row: u64) -> String {
    if row == 0 { format!("{name}: header") } else { format!("{name}: row {row}") }
}

/// Where a plain cell that begins at `at` ends: at a comma, a quote, a carriage return, a line break or the end. Most cells
/// are short, and a call of a search costs more than looking at eight bytes at once.
fn cell_end(bytes: &[u8], mut at: usize) -> usize {
    const ENDS: [u64; 4] = [b',' as u64, b'"' as u64, b'\r' as u64, b'\n' as u64];
    const EACH: u64 = u64::MAX / 255;
    const HIGH: u64 = EACH << 7;
    for _ in 0..4 {
        let Some(eight) = bytes[at..].first_chunk::<8>() else { break };
        let word = u64::from_le_bytes(*eight);
        // The high bit of each byte that is an end, and of none below the first one.
        let mark = |end: u64| {
            let differs = word ^ (end * EACH);
            differs.wrapping_sub(EACH) & !differs & HIGH
        };
        let marks = ENDS.into_iter().fold(0, |marks, end| marks | mark(end));
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let end = memchr3(b',', b'"', b'\n', &bytes[at..]).map_or(bytes.len(), |offset| at + offset);
    memchr(b'\r', &bytes[at..end]).map_or(end, |offset| at + offset)
}

/// Where the record after the one that `at` stands in begins; `at` is where a cell begins.
fn record_end(bytes: &[u8], at: usize) -> usize {
    let mut quoted = false;
    for place in memchr2_iter(b'"', b'\n', &bytes[at..]) {
        match bytes[at + place] {
            b'"' => quoted = !quoted,
            _ if !quoted => return at + place + 1,
            _ => {}
        }
    }
    bytes.len()
}

/// Walks over records.
struct Walk<'a> {
    name: &'a str,
    /// The row that is walked over, from 0.
    row: u64,
    /// Cells of a record, once known.
    width: Option<usize>,
    limits: &'a Limits,
}

impl Walk<'_> {
    /// Cuts at most `most` records of `text`, which begins at one; gives where the next one begins.
    fn records<S: Sink>(&mut self, text: &str, most: usize, sink: &mut S) -> Result<usize, DataError> {
        let bytes = text.as_bytes();
        let (mut at, mut done) = (0, 0);
        while at < bytes.len() && done < most {
            // Empty lines are no records.
            match bytes[at..] {
                [b'\n', ..] => at += 1,
                [b'\r', b'\n', ..] => at += 2,
                _ => {
                    at = self.record(text, at, sink)?;
                    self.row += 1;
                    done += 1;
                }
            }
        }
        Ok(at)
    }

    fn record<S: Sink>(&self, text: &str, start: usize, sink: &mut S) -> Result<usize, DataError> {
        let bytes = text.as_bytes();
        let (mut at, mut cells) = (start, 0_usize);
        loop {
            if cells == sink.cells() {
                sink.end();
                return Ok(record_end(bytes, at));
            }
            let (end, next) = if bytes.get(at) == Some(&b'"') {
                self.quoted(text, at, cells, sink)?
            } else {
                self.plain(text, at, cells, sink)?
            };
            cells += 1;
            if (next - start) as u64 > self.limits.record_bytes {
                let message = format!("A record is longer than the limit of {} bytes.", self.limits.record_bytes);
                let mend = "Close the quotes or raise the limit.";
                return Err(DataError::new("limit_exceeded", self.place(), message, mend));
            }
            at = next;
            if end {
                break;
            }
        }
        match self.width {
            Some(width) if width != cells => Err(self
                .fault("A row has another number of cells than the header.")
                .saw(format!("{width} cells"), &format!("{cells} cells"))),
            _ => {
                sink.end();
                Ok(at)
            }
        }
    }

    /// A cell without quotes: whether the record ends with it, and where the next cell or record begins.
    fn plain<S: Sink>(&self, text: &str, at: usize, index: usize, sink: &mut S) -> Result<(bool, usize), DataError> {
        let bytes = text.as_bytes();
        let end = cell_end(bytes, at);
        let (ends, next) = match bytes[end..] {
            [] => (true, end),
            [b',', ..] => (false, end + 1),
            [b'\n', ..] => (true, end + 1),
            [b'\r', b'\n', ..] => (true, end + 2),
            [b'\r'] => (true, end + 1),
            [b'\r', ..] => return Err(self.fault("A carriage return ends no line.")),
            _ => return Err(self.fault("A quote stands inside a cell that is not quoted.")),
        };
        self.give(index, &text[at..end], false, sink)?;
        Ok((ends, next))
    }

    /// A cell in quotes.
    fn quoted<S: Sink>(&self, text: &str, at: usize, index: usize, sink: &mut S) -> Result<(bool, usize), DataError> {
        let bytes = text.as_bytes();
        let (mut place, mut doubled) = (at + 1, false);
        let close = loop {
            let Some(offset) = memchr(b'"', &bytes[place..]) else {
                return Err(self.fault("A quoted cell is never closed."));
            };
            place += offset;
            if bytes.get(place + 1) != Some(&b'"') {
                break place;
            }
            doubled = true;
            place += 2;
        };
        let (ends, next) = match bytes[close + 1..] {
            [] => (true, close + 1),
            [b',', ..] => (false, close + 2),
            [b'\n', ..] => (true, close + 2),
            [b'\r', b'\n', ..] => (true, close + 3),
            [b'\r'] => (true, close + 2),
            _ => return Err(self.fault("Text follows a closing quote.")),
        };
        self.give(index, &text[at + 1..close], doubled, sink)?;
        Ok((ends, next))
    }

    fn give<S: Sink>(&self, index: usize, cell: &str, doubled: bool, sink: &mut S) -> Result<(), DataError> {
        // A cell beyond the header's is told with the number of all of them.
        if self.width.is_none_or(|width| index < width) {
            sink.cell(index, cell, doubled);
        }
        Ok(())
    }

    fn place(&self) -> String {
        row_place(self.name, self.width.map_or(0, |_| self.row + 1))
    }

    fn fault(&self, message: &str) -> DataError {
        fault(self.place(), message)
    }
}

fn fault(at: String, message: &str) -> DataError {
    DataError::new("malformed_data", at, message, "Write the file with a CSV library (RFC 4180).")
}
