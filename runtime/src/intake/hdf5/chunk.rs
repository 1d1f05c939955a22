//! Chunks: the pieces that some datasets are stored in, and the indexes that tell where they are.
//!
//! Every chunk of the shape must be stored, once, at its place in the grid: what would be filled in is no stored weight.
//! Read are the tree of the first kind and, of the newer indexes, those of datasets that do not grow (one chunk, all
//! chunks in a row, a fixed array).

use super::bytes::{Cursor, NOWHERE, Read, Source, Why, size, sound};
use super::checksum;
use crate::intake::inflate::is_modest;

/// Most chunks of a dataset.
const CHUNKS: u64 = 1 << 20;
/// Deepest tree.
const LEVELS: u8 = 16;

/// Where chunks are told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Index {
    /// A tree of the first kind.
    Tree(u64),
    /// The only chunk; where it is filtered, its length and the filters that it did not pass.
    Single(u64, Option<(u64, u32)>),
    /// All chunks in a row.
    Row(u64),
    /// A list with its header.
    Array(u64),
}

/// The grid of a chunked dataset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Grid {
    pub(super) shape: Vec<u64>,
    /// The shape of a chunk.
    pub(super) chunk: Vec<u64>,
    /// Chunks on each axis.
    counts: Vec<u64>,
    /// Bytes of an element.
    pub(super) element: u64,
    /// Bytes of a chunk without filters.
    pub(super) bytes: u64,
}

/// A stored chunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Chunk {
    pub(super) at: u64,
    pub(super) length: u64,
    /// A bit for each filter that it did not pass.
    pub(super) skipped: u32,
}

impl Grid {
    /// The grid of a shape without zeros in chunks of a shape.
    pub(super) fn new(shape: &[u64], chunk: Vec<u64>, element: u64) -> Read<Grid> {
        sound(chunk.len() == shape.len() && !chunk.contains(&0), "the chunks have another rank than the shape")?;
        let counts: Vec<u64> = shape.iter().zip(&chunk).map(|(axis, chunk)| axis.div_ceil(*chunk)).collect();
        let total = counts.iter().try_fold(1_u64, |product, count| product.checked_mul(*count));
        if total.is_none_or(|total| total > CHUNKS) {
            return Err(Why::Limit("a dataset has too many chunks"));
        }
        let bytes = chunk.iter().try_fold(element, |product, axis| product.checked_mul(*axis));
        let bytes = bytes.filter(|bytes| *bytes <= u64::from(u32::MAX)).ok_or(Why::Broken("a chunk is too large"))?;
        Ok(Grid { shape: shape.to_vec(), chunk, counts, element, bytes })
    }

    fn total(&self) -> u64 {
        self.counts.iter().product()
    }

    /// The place in the grid of the chunk with this number, row by row.
    pub(super) fn origin(&self, number: u64) -> Vec<u64> {
        let mut rest = number;
        let mut origin = vec![0; self.counts.len()];
        for axis in (0..self.counts.len()).rev() {
            origin[axis] = rest % self.counts[axis] * self.chunk[axis];
            rest /= self.counts[axis];
        }
        origin
    }

    /// The number of the chunk that begins at a place.
    fn number(&self, origin: &[u64]) -> Option<u64> {
        origin.iter().zip(&self.chunk).zip(&self.counts).try_fold(0_u64, |number, ((place, chunk), count)| {
            let at = place / chunk;
            (place % chunk == 0 && at < *count).then(|| number * count + at)
        })
    }
}

/// All chunks, by their numbers. Their bytes are claimed; they are as large as they should be without filters, and not
/// unreasonably small with them.
pub(super) fn list(source: &mut Source, index: &Index, grid: &Grid, filtered: bool) -> Read<Vec<Chunk>> {
    let whole = |at| Chunk { at, length: grid.bytes, skipped: 0 };
    let chunks = match index {
        Index::Tree(at) => tree(source, *at, grid)?,
        Index::Single(at, told) => {
            sound(grid.total() == 1 && told.is_some() == filtered, "a dataset of one chunk has several")?;
            vec![told.map_or(whole(*at), |(length, skipped)| Chunk { at: *at, length, skipped })]
        }
        Index::Row(at) => {
            sound(!filtered, "chunks in a row are filtered")?;
            let place = |number| at.checked_add(grid.bytes.checked_mul(number)?).map(whole);
            (0..grid.total()).map(place).collect::<Option<Vec<_>>>().ok_or(Why::Short)?
        }
        Index::Array(at) => array(source, *at, grid, filtered)?,
    };
    let mut stored = 0_u64;
    for chunk in &chunks {
        sound(chunk.at != NOWHERE, "a chunk is not stored")?;
        sound(chunk.length == grid.bytes || filtered, "a chunk has another length than its shape")?;
        source.claim(chunk.at, chunk.length)?;
        stored = stored.saturating_add(chunk.length);
    }
    if is_modest(stored, grid.bytes.saturating_mul(grid.total())) {
        Ok(chunks)
    } else {
        Err(Why::Limit("a dataset is far larger than what is stored of it"))
    }
}

/// The chunks that a tree of the first kind tells.
fn tree(source: &mut Source, at: u64, grid: &Grid) -> Read<Vec<Chunk>> {
    let rank = grid.shape.len();
    let mut chunks: Vec<Option<Chunk>> = Vec::new();
    chunks.resize(size(grid.total())?, None);
    sound(at != NOWHERE, "a chunk is not stored")?;
    let mut pending = vec![(at, source.look(at, 8)?.get(5).copied().unwrap_or_default())];
    while let Some((at, level)) = pending.pop() {
        let head = source.take(at, 24)?;
        let mut cursor = Cursor::new(&head);
        let is_tree = cursor.take(4)? == b"TREE" && cursor.u8()? == 1 && cursor.u8()? == level && level < LEVELS;
        sound(is_tree, "no tree of chunks stands where one should")?;
        let count = u64::from(cursor.u16()?);
        // A key before each child, and one behind the last, which says only where the next chunk would be.
        let key = 8 + 8 * (rank as u64 + 1);
        let bytes = source.take(at.saturating_add(24), count * (key + 8) + key)?;
        let mut cursor = Cursor::new(&bytes);
        for _ in 0..count {
            let (length, skipped) = (u64::from(cursor.u32()?), cursor.u32()?);
            let origin = (0..rank).map(|_| cursor.u64()).collect::<Read<Vec<_>>>()?;
            sound(cursor.u64()? == 0, "a chunk does not begin with an element")?;
            let at = cursor.u64()?;
            match level.checked_sub(1) {
                Some(below) => pending.push((at, below)),
                None => {
                    let place = grid.number(&origin).and_then(|number| chunks.get_mut(usize::try_from(number).ok()?));
                    let place = place.ok_or(Why::Broken("a chunk does not lie in the grid"))?;
                    sound(place.is_none(), "a chunk is stored twice")?;
                    *place = Some(Chunk { at, length, skipped });
                }
            }
        }
    }
    chunks.into_iter().collect::<Option<Vec<_>>>().ok_or(Why::Broken("a chunk is not stored"))
}

/// The chunks that a fixed array tells.
fn array(source: &mut Source, at: u64, grid: &Grid, filtered: bool) -> Read<Vec<Chunk>> {
    let head = source.take(at, 28)?;
    let mut cursor = Cursor::new(checksum::checked(&head)?);
    let is_array = cursor.take(4)? == b"FAHD" && cursor.u8()? == 0 && cursor.u8()? == u8::from(filtered);
    sound(is_array, "no list of chunks stands where one should")?;
    let (entry, page, count, block) = (usize::from(cursor.u8()?), cursor.u8()?, cursor.u64()?, cursor.u64()?);
    let width = if filtered { entry.checked_sub(12).unwrap_or(usize::MAX) } else { 0 };
    sound(count == grid.total() && width <= 8 && (filtered || entry == 8), "a list of chunks is malformed")?;
    sound(block != NOWHERE && page < 32, "a chunk is not stored")?;
    let per_page = 1_u64 << page;
    let pages = if count > per_page { count.div_ceil(per_page) } else { 0 };
    // Its signature, version, client and header's place; a bit for each page; its checksum.
    let prefix = 14 + pages.div_ceil(8);
    let plain = if pages == 0 { entry as u64 * count } else { 0 };
    let bytes = source.take(block, prefix + plain + 4)?;
    let body = checksum::checked(&bytes)?;
    let mut cursor = Cursor::new(body);
    let own = cursor.take(4)? == b"FADB" && cursor.u8()? == 0 && cursor.u8()? == u8::from(filtered);
    sound(own && cursor.u64()? == at, "a list of chunks is not where its header says")?;
    let used = cursor.take(size(pages.div_ceil(8))?)?;
    let mut chunks = Vec::new();
    if pages == 0 {
        entries(cursor.rest(), entry, width, grid, &mut chunks)?;
    }
    let mut next = block.saturating_add(prefix + 4);
    for number in 0..pages {
        let is_used = used.get(size(number / 8)?).is_some_and(|bits| bits << (number % 8) & 0x80 != 0);
        sound(is_used, "a chunk is not stored")?;
        let length = entry as u64 * per_page.min(count - number * per_page);
        let page = source.take(next, length + 4)?;
        entries(checksum::checked(&page)?, entry, width, grid, &mut chunks)?;
        next = next.saturating_add(length + 4);
    }
    sound(chunks.len() as u64 == count, "a list of chunks is malformed")?;
    Ok(chunks)
}

/// Entries of a fixed array; `width` is that of the length, 0 without filters.
fn entries(bytes: &[u8], entry: usize, width: usize, grid: &Grid, chunks: &mut Vec<Chunk>) -> Read<()> {
    for bytes in bytes.chunks_exact(entry.max(1)) {
        let mut cursor = Cursor::new(bytes);
        let at = cursor.u64()?;
        let (length, skipped) = if entry > 8 { (cursor.number(width)?, cursor.u32()?) } else { (grid.bytes, 0) };
        chunks.push(Chunk { at, length, skipped });
    }
    Ok(())
}
