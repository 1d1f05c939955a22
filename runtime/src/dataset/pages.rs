//! What a Parquet file says of its own pages, held together before a library decodes them: counts of rows and values, and
//! where each page stands and how long it is. A file whose numbers contradict one another is refused; which of them is
//! right cannot be known. Reads page headers (Thrift's compact protocol) and no values.

use super::columnar::Ranges;
use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use std::io::Read;

/// Rows that a byte of the file may stand for, and rows that every file may have.
const ROWS_A_BYTE: u64 = 4096;
const ROWS_ALWAYS: u64 = 1 << 20;
/// Longest page header that is looked at: statistics of long values stand in it.
const HEADER: u64 = 64 << 10;
/// Bytes that a page may unpack to whatever its length.
const SLACK: u64 = 1 << 20;
/// Deepest nesting of a header.
const DEPTH: usize = 8;

/// Looks through the footer and all page headers.
///
/// # Errors
/// Part of a sentence.
pub(super) fn check(bytes: &dyn Ranges, metadata: &ParquetMetaData) -> Result<(), String> {
    let mut rows = 0_u64;
    for group in metadata.row_groups() {
        let own = u64::try_from(group.num_rows()).map_err(|_| "a row group has a negative length")?;
        rows = rows.checked_add(own).ok_or("it has more rows than can be counted")?;
        for column in group.columns() {
            let flat = column.column_descr().max_rep_level() == 0;
            if flat && column.num_values() != group.num_rows() {
                return Err("a column has another number of values than its row group has rows".to_owned());
            }
            pages(bytes, column)?;
        }
    }
    if u64::try_from(metadata.file_metadata().num_rows()) != Ok(rows) {
        return Err("its row groups have another number of rows than it claims".to_owned());
    }
    if rows > ROWS_ALWAYS && rows / ROWS_A_BYTE > bytes.len() {
        return Err("it claims more rows than so few bytes can hold".to_owned());
    }
    Ok(())
}

/// Walks over the pages of a column chunk.
fn pages(bytes: &dyn Ranges, column: &ColumnChunkMetaData) -> Result<(), String> {
    let outside = || "a page lies outside of it".to_owned();
    let first = column.data_page_offset();
    let start = column.dictionary_page_offset().filter(|offset| *offset > 0).map_or(first, |offset| offset.min(first));
    let mut at = u64::try_from(start).map_err(|_| outside())?;
    let length = u64::try_from(column.compressed_size()).map_err(|_| outside())?;
    let end = at.checked_add(length).filter(|end| *end <= bytes.len()).ok_or_else(outside)?;
    let (mut values, mut plain) = (0_u64, 0_u64);
    let longest = ratio(column.compression()).ok_or("its pages are packed with Brotli, which is not read")?;
    while at < end {
        let window = bytes.slice(&(at..end.min(at + HEADER))).map_err(|error| error.to_string())?;
        let page = Page::read(&window).ok_or("a page header cannot be read")?;
        let body = at.checked_add(page.header).ok_or_else(outside)?;
        at = body.checked_add(page.compressed).filter(|at| *at <= end).ok_or_else(outside)?;
        if page.plain > page.compressed.saturating_mul(longest).saturating_add(SLACK) {
            return Err("a page claims to unpack to more than its bytes can hold".to_owned());
        }
        if matches!(column.compression(), Compression::GZIP(_)) && page.is_packed {
            let from = body.checked_add(page.levels).filter(|from| *from <= at).ok_or_else(outside)?;
            let packed = bytes.slice(&(from..at)).map_err(|error| error.to_string())?;
            unpacks(&packed, page.plain.checked_sub(page.levels).ok_or_else(outside)?)?;
        }
        values = values.checked_add(page.values).ok_or_else(outside)?;
        plain = plain.checked_add(page.header + page.plain).ok_or_else(outside)?;
    }
    if u64::try_from(column.num_values()) != Ok(values) {
        return Err("its pages have another number of values than their column".to_owned());
    }
    if u64::try_from(column.uncompressed_size()) != Ok(plain) {
        return Err("its pages have another length than their column".to_owned());
    }
    Ok(())
}

/// Holds what a gzip page unpacks to against its header: the library unpacks all of it before it compares.
fn unpacks(packed: &[u8], plain: u64) -> Result<(), String> {
    let mut made = MultiGzDecoder::new(packed).take(plain.saturating_add(1));
    // What is malformed is the library's to tell.
    match std::io::copy(&mut made, &mut std::io::sink()) {
        Ok(made) if made > plain => Err("a page unpacks to more than it claims".to_owned()),
        _ => Ok(()),
    }
}

/// How many bytes a compressed byte can stand for at most, by the format of its code: Snappy copies 64 bytes by 3,
/// LZ4 255 by a byte, DEFLATE 258 by two bits, Zstandard a block of 128 KiB by 4. None for Brotli, of which a hundred bytes
/// may stand for gigabytes, and which the library unpacks before it compares.
fn ratio(compression: Compression) -> Option<u64> {
    Some(match compression {
        Compression::UNCOMPRESSED => 1,
        Compression::SNAPPY => 22,
        Compression::LZ4 | Compression::LZ4_RAW | Compression::LZO => 255,
        Compression::GZIP(_) => 1032,
        Compression::ZSTD(_) => 32 << 10,
        Compression::BROTLI(_) => return None,
    })
}

/// What a page header says.
#[derive(Default)]
struct Page {
    /// Bytes of the header itself.
    header: u64,
    /// Bytes of the page, as stored and as decoded.
    compressed: u64,
    plain: u64,
    /// Values of a data page; 0 for a dictionary.
    values: u64,
    /// Bytes of the levels before what is packed, of pages of the second version.
    levels: u64,
    /// Whether what follows is packed.
    is_packed: bool,
}

impl Page {
    fn read(bytes: &[u8]) -> Option<Page> {
        let mut reader = Thrift { bytes, at: 0 };
        let mut page = Page { is_packed: true, ..Page::default() };
        let (mut kind, mut sizes) = (None, [None; 2]);
        let mut field = 0_i16;
        while let Some(ty) = reader.field(&mut field)? {
            match (field, ty) {
                (1, 5) => kind = Some(reader.number()?),
                (2 | 3, 5) => sizes[usize::from(field == 3)] = Some(u64::try_from(reader.number()?).ok()?),
                // Headers of data pages, of both versions; the first field of each is the number of values.
                (5, 12) => page.values = reader.first_number()?,
                (8, 12) => reader.second_version(&mut page)?,
                (_, ty) => reader.skip(ty, DEPTH)?,
            }
        }
        page.header = reader.at as u64;
        [page.plain, page.compressed] = [sizes[0]?, sizes[1]?];
        (0..=3).contains(&kind?).then_some(page)
    }
}

/// Thrift's compact protocol, as far as page headers need it.
struct Thrift<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Thrift<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A zigzag number.
    fn number(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some(i64::try_from(value >> 1).ok()? ^ -i64::from(value & 1 == 1))
    }

    /// The type of the next field, whose number replaces that of the last; `Some(None)` at the end of a struct.
    fn field(&mut self, last: &mut i16) -> Option<Option<u8>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        *last = match byte >> 4 {
            0 => i16::try_from(self.number()?).ok()?,
            step => last.checked_add(i16::from(step))?,
        };
        Some(Some(byte & 0x0f))
    }

    /// The first field of a struct, a number that is not negative; the rest is passed over.
    fn first_number(&mut self) -> Option<u64> {
        let (mut field, mut found) = (0_i16, None);
        while let Some(ty) = self.field(&mut field)? {
            match (field, ty) {
                (1, 5) => found = Some(u64::try_from(self.number()?).ok()?),
                (_, ty) => self.skip(ty, DEPTH)?,
            }
        }
        found
    }

    /// The header of a data page of the second version.
    fn second_version(&mut self, page: &mut Page) -> Option<()> {
        let (mut field, mut values) = (0_i16, None);
        while let Some(ty) = self.field(&mut field)? {
            match (field, ty) {
                (1, 5) => values = Some(u64::try_from(self.number()?).ok()?),
                (5 | 6, 5) => page.levels = page.levels.checked_add(u64::try_from(self.number()?).ok()?)?,
                (7, 1 | 2) => page.is_packed = ty == 1,
                (_, ty) => self.skip(ty, DEPTH)?,
            }
        }
        page.values = values?;
        Some(())
    }

    fn skip(&mut self, ty: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match ty {
            // True and false stand in the type.
            1 | 2 => {}
            3 => self.advance(1)?,
            4..=6 => {
                self.varint()?;
            }
            7 => self.advance(8)?,
            8 => {
                let length = self.varint()?;
                self.advance(usize::try_from(length).ok()?)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                for _ in 0..count {
                    // In a list a truth value takes a byte of its own.
                    match head & 0x0f {
                        1 | 2 => self.advance(1)?,
                        ty => self.skip(ty, depth)?,
                    }
                }
            }
            12 => {
                let mut field = 0;
                while let Some(ty) = self.field(&mut field)? {
                    self.skip(ty, depth)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn advance(&mut self, bytes: usize) -> Option<()> {
        self.at = self.at.checked_add(bytes).filter(|at| *at <= self.bytes.len())?;
        Some(())
    }
}
