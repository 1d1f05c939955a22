//! The filters that chunks pass: deflate, shuffle and Fletcher's checksum. Others are refused by their numbers.

use super::bytes::{Cursor, Read, Why, size, sound};
use crate::intake::inflate::{Wrap, inflate};

/// A filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Filter {
    /// zlib's format.
    Deflate,
    /// First bytes of all elements of so many bytes, then second bytes, and so on.
    Shuffle(usize),
    /// A checksum behind the bytes.
    Fletcher,
}

/// Reads a filter message: the filters in the order in which they were applied.
pub(super) fn read(body: &[u8]) -> Read<Vec<Filter>> {
    let mut cursor = Cursor::new(body);
    let (version, count) = (cursor.u8()?, cursor.u8()?);
    match version {
        1 => drop(cursor.take(6)?),
        2 => {}
        _ => return Err(Why::Unsupported("the version of a list of filters is not known")),
    }
    let mut filters = Vec::new();
    for _ in 0..count {
        let id = cursor.u16()?;
        let name = if version == 1 || id >= 256 { usize::from(cursor.u16()?) } else { 0 };
        let (_, values) = (cursor.u16()?, usize::from(cursor.u16()?));
        cursor.take(if version == 1 { name.next_multiple_of(8) } else { name })?;
        let values = (0..values).map(|_| cursor.u32()).collect::<Read<Vec<_>>>()?;
        cursor.take(if version == 1 { 4 * (values.len() % 2) } else { 0 })?;
        let filter = match id {
            1 => Filter::Deflate,
            2 => Filter::Shuffle(values.first().map_or(0, |value| *value as usize)),
            3 => Filter::Fletcher,
            4..=6 => {
                return Err(Why::Unsupported(
                    "the chunks are packed by a filter that is not read (szip, nbit or scale-offset)",
                ));
            }
            _ => return Err(Why::Unsupported("the chunks are packed by a filter that is not known")),
        };
        let again = |known: &Filter| std::mem::discriminant(known) == std::mem::discriminant(&filter);
        sound(!filters.iter().any(again) && filter != Filter::Shuffle(0), "the filters of a dataset are malformed")?;
        filters.push(filter);
    }
    Ok(filters)
}

/// Undoes the filters of a chunk except those whose bits are set in `skipped`; the result has `length` bytes.
pub(super) fn undo(filters: &[Filter], skipped: u32, stored: Vec<u8>, length: u64) -> Read<Vec<u8>> {
    let mut bytes = stored;
    let applied: Vec<Filter> =
        filters.iter().enumerate().filter(|(at, _)| skipped >> at & 1 == 0).map(|(_, filter)| *filter).collect();
    for (at, filter) in applied.iter().enumerate().rev() {
        // A checksum that was added before is still among the bytes.
        let before = applied[..at].contains(&Filter::Fletcher);
        let target = length.saturating_add(if before { 4 } else { 0 });
        bytes = match filter {
            Filter::Deflate => {
                let mut whole = Vec::new();
                inflate(&bytes, Wrap::Zlib, target, &mut |piece| whole.extend_from_slice(piece))
                    .map_err(Why::Broken)?;
                whole
            }
            Filter::Shuffle(width) => unshuffle(&bytes, *width),
            Filter::Fletcher => {
                let (body, told) =
                    bytes.split_last_chunk::<4>().ok_or(Why::Broken("a chunk is shorter than its checksum"))?;
                sound(fletcher(body) == u32::from_le_bytes(*told), "the checksum of a chunk is not that of its bytes")?;
                body.to_vec()
            }
        };
    }
    sound(bytes.len() == size(length)?, "a chunk has another length than its shape")?;
    Ok(bytes)
}

fn unshuffle(bytes: &[u8], width: usize) -> Vec<u8> {
    let elements = bytes.len() / width;
    let mut out = Vec::with_capacity(bytes.len());
    for element in 0..elements {
        out.extend((0..width).map(|place| bytes[place * elements + element]));
    }
    // What is no whole element stays where it is.
    out.extend_from_slice(&bytes[elements * width..]);
    out
}

/// Fletcher's checksum of 32 bits over pairs of bytes, the first of each the higher.
fn fletcher(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (0_u32, 0_u32);
    // So many pairs that neither sum can overflow before it is folded.
    for run in bytes.chunks(720) {
        for pair in run.chunks(2) {
            low += u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or_default());
            high += low;
        }
        low = (low & 0xFFFF) + (low >> 16);
        high = (high & 0xFFFF) + (high >> 16);
    }
    low = (low & 0xFFFF) + (low >> 16);
    high = (high & 0xFFFF) + (high >> 16);
    high << 16 | low
}
