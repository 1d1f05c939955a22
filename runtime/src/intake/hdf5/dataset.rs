//! Datasets: what the messages of an object say of its shape, type and storage, and its bytes row by row.
//!
//! Only bytes of the file itself are data: none from other files, none that are filled in. Their number is that of the
//! shape, exactly.

use super::bytes::{Cursor, NOWHERE, Read, Source, Why, size, sound};
use super::chunk::{self, Grid, Index};
use super::datatype::{Datatype, dataspace, extent};
use super::filter::{self, Filter};
use super::header::{self, Message, kind};

/// A dataset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Dataset {
    /// Its axes.
    pub(super) shape: Vec<u64>,
    /// The type of its elements.
    pub(super) datatype: Datatype,
    /// Bytes of all elements.
    pub(super) bytes: u64,
    /// Where they are.
    pub(super) storage: Storage,
}

/// Where the elements are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Storage {
    /// In a row, from this place.
    Row(u64),
    /// In chunks.
    Chunks(Index, Grid, Vec<Filter>),
}

/// The dataset that these messages are of, if they are of one.
pub(super) fn read(source: &mut Source, messages: &[Message]) -> Read<Option<Dataset>> {
    let of = |kind| header::one(messages, kind);
    let (space, datatype, layout) = (of(kind::DATASPACE)?, of(kind::DATATYPE)?, of(kind::LAYOUT)?);
    if messages.iter().any(|message| message.kind == kind::EXTERNAL) {
        return Err(Why::Leaves("a dataset keeps its data in other files"));
    }
    let (Some(space), Some(datatype), Some(layout)) = (space, datatype, layout) else {
        if space.is_none() && layout.is_none() {
            return if datatype.is_some() { Err(Why::Unsupported("a datatype stands by itself")) } else { Ok(None) };
        }
        return Err(Why::Broken("a dataset lacks its shape, type or storage"));
    };
    let datatype = Datatype::read(&datatype.body)?;
    let shape = dataspace(&space.body)?.ok_or(Why::Broken("a dataset has no elements, not even none"))?;
    let (_, bytes) = extent(&shape, &datatype)?;
    let filters = of(kind::FILTERS)?.map_or(Ok(Vec::new()), |message| filter::read(&message.body))?;
    let storage = storage(source, layout, &shape, &datatype, bytes, filters)?;
    Ok(Some(Dataset { shape, datatype, bytes, storage }))
}

fn storage(
    source: &mut Source,
    layout: &Message,
    shape: &[u64],
    datatype: &Datatype,
    bytes: u64,
    filters: Vec<Filter>,
) -> Read<Storage> {
    let mut cursor = Cursor::new(&layout.body);
    let (version, class) = (cursor.u8()?, cursor.u8()?);
    if !(3..=5).contains(&version) {
        return Err(Why::Unsupported("the version of a dataset's storage is not known"));
    }
    sound(filters.is_empty() || class == 2, "data without chunks are filtered")?;
    match class {
        0 => {
            sound(u64::from(cursor.u16()?) == bytes, "a dataset is not as long as its shape")?;
            let at = layout.at.saturating_add(cursor.position() as u64);
            cursor.take(size(bytes)?)?;
            Ok(Storage::Row(at))
        }
        1 => {
            let (at, length) = (cursor.u64()?, cursor.u64()?);
            if bytes == 0 {
                return Ok(Storage::Row(0));
            }
            sound(at != NOWHERE, "a dataset is not stored")?;
            sound(length == bytes, "a dataset is not as long as its shape")?;
            source.claim(at, bytes)?;
            Ok(Storage::Row(at))
        }
        2 if bytes == 0 => Ok(Storage::Row(0)),
        2 => chunked(source, version, &mut cursor, shape, datatype, filters),
        3 => Err(Why::Leaves("a dataset is made of other datasets")),
        _ => Err(Why::Unsupported("a dataset is stored in a way that is not known")),
    }
}

fn chunked(
    source: &mut Source,
    version: u8,
    cursor: &mut Cursor,
    shape: &[u64],
    datatype: &Datatype,
    filters: Vec<Filter>,
) -> Read<Storage> {
    let flags = if version == 3 { 0 } else { cursor.u8()? };
    let rank = cursor.u8()?;
    // The last axis of a chunk is the bytes of an element.
    let (index, chunk) = if version == 3 {
        let at = cursor.u64()?;
        let chunk = (0..rank).map(|_| cursor.number(4)).collect::<Read<Vec<_>>>()?;
        (Index::Tree(at), chunk)
    } else {
        let width = usize::from(cursor.u8()?);
        let chunk = (0..rank).map(|_| cursor.number(width)).collect::<Read<Vec<_>>>()?;
        (newer(cursor, flags)?, chunk)
    };
    let (element, chunk) = chunk.split_last().ok_or(Why::Broken("the chunks have no shape"))?;
    sound(*element == datatype.size(), "the chunks are of another type than the dataset")?;
    let grid = Grid::new(shape, chunk.to_vec(), *element)?;
    chunk::list(source, &index, &grid, !filters.is_empty())?;
    Ok(Storage::Chunks(index, grid, filters))
}

/// The index of a newer chunked dataset.
fn newer(cursor: &mut Cursor, flags: u8) -> Read<Index> {
    if flags & !2 != 0 {
        return Err(Why::Unsupported("chunks at the edge are stored in another way"));
    }
    let index = cursor.u8()?;
    let single = if index == 1 && flags & 2 != 0 { Some((cursor.u64()?, cursor.u32()?)) } else { None };
    if index == 3 {
        cursor.u8()?;
    }
    match index {
        1 => Ok(Index::Single(cursor.u64()?, single)),
        2 => Ok(Index::Row(cursor.u64()?)),
        3 => Ok(Index::Array(cursor.u64()?)),
        4 | 5 => Err(Why::Unsupported("a dataset that may grow is stored in the newest way")),
        _ => Err(Why::Unsupported("chunks are told in a way that is not known")),
    }
}

/// The elements of a chunked dataset, row by row.
pub(super) fn assemble(source: &mut Source, dataset: &Dataset) -> Read<Vec<u8>> {
    let Storage::Chunks(index, grid, filters) = &dataset.storage else {
        return Err(Why::Broken("a dataset is not chunked"));
    };
    let mut out = vec![0; size(dataset.bytes)?];
    for (number, chunk) in chunk::list(source, index, grid, !filters.is_empty())?.iter().enumerate() {
        let stored = source.data(chunk.at, chunk.length)?;
        let bytes = filter::undo(filters, chunk.skipped, stored, grid.bytes)?;
        place(&mut out, grid, &grid.origin(number as u64), &bytes).ok_or(Why::Broken("a chunk leaves its grid"))?;
    }
    Ok(out)
}

/// Copies the rows of a chunk to where they belong; what lies beyond the shape is left out.
fn place(out: &mut [u8], grid: &Grid, origin: &[u64], bytes: &[u8]) -> Option<()> {
    let rank = grid.shape.len();
    let Some(last) = rank.checked_sub(1) else {
        out.copy_from_slice(bytes.get(..out.len())?);
        return Some(());
    };
    let inside: Vec<u64> = (0..rank).map(|axis| grid.chunk[axis].min(grid.shape[axis] - origin[axis])).collect();
    let row = usize::try_from(inside[last].checked_mul(grid.element)?).ok()?;
    let mut index = vec![0_u64; rank];
    loop {
        let (mut from, mut to) = (0_u64, 0_u64);
        for axis in 0..rank {
            from = from * grid.chunk[axis] + index[axis];
            to = to * grid.shape[axis] + origin[axis] + index[axis];
        }
        let from = usize::try_from(from * grid.element).ok()?;
        let to = usize::try_from(to * grid.element).ok()?;
        out.get_mut(to..to + row)?.copy_from_slice(bytes.get(from..from + row)?);
        // The next row: the last axis is copied at once.
        let mut axis = last;
        loop {
            axis = match axis.checked_sub(1) {
                Some(axis) => axis,
                None => return Some(()),
            };
            index[axis] += 1;
            if index[axis] < inside[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
}
