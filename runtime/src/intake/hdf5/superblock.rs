//! The superblock, at the first byte of the file: how wide places are, where the file ends, where its root is.
//!
//! Versions 0 to 3. A file that begins elsewhere (a user block), that ends elsewhere than it says, or that needs a driver
//! or an extension is not read.

use super::bytes::{Cursor, NOWHERE, Read, Source, Why, sound};
use super::checksum;

/// The first bytes of a file.
pub(in crate::intake) const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Where the root group is.
pub(super) struct Root {
    /// Its object header.
    pub(super) header: u64,
    /// Its tree and heap, where the superblock tells them too.
    pub(super) told: Option<(u64, u64)>,
}

/// Reads the superblock.
pub(super) fn read(source: &mut Source) -> Read<Root> {
    let head = source.look(0, 9)?;
    sound(head.starts_with(SIGNATURE), "the file does not begin as an HDF5 file")?;
    match head[8] {
        version @ (0 | 1) => old(source, version),
        2 | 3 => new(source),
        _ => Err(Why::Unsupported("the version of the superblock is not known")),
    }
}

fn old(source: &mut Source, version: u8) -> Read<Root> {
    let bytes = source.take(0, if version == 0 { 96 } else { 100 })?;
    let mut cursor = Cursor::new(bytes.get(9..).unwrap_or_default());
    let versions = [cursor.u8()?, cursor.u8()?, cursor.u8()?, cursor.u8()?];
    sound(versions[0] == 0 && versions[1] == 0 && versions[3] == 0, "the superblock has versions that are not known")?;
    widths(cursor.u8()?, cursor.u8()?)?;
    cursor.take(if version == 0 { 9 } else { 13 })?;
    let (base, _, end, driver) = (cursor.u64()?, cursor.u64()?, cursor.u64()?, cursor.u64()?);
    if driver != NOWHERE {
        return Err(Why::Unsupported("the file needs a driver"));
    }
    bounds(source, base, end)?;
    let (_, header, cached) = (cursor.u64()?, cursor.u64()?, cursor.u32()?);
    cursor.take(4)?;
    Ok(Root { header, told: if cached == 1 { Some((cursor.u64()?, cursor.u64()?)) } else { None } })
}

fn new(source: &mut Source) -> Read<Root> {
    let bytes = source.take(0, 48)?;
    let mut cursor = Cursor::new(checksum::checked(&bytes)?.get(9..).unwrap_or_default());
    widths(cursor.u8()?, cursor.u8()?)?;
    let _ = cursor.u8()?;
    let (base, extension, end) = (cursor.u64()?, cursor.u64()?, cursor.u64()?);
    if extension != NOWHERE {
        return Err(Why::Unsupported("the superblock has an extension"));
    }
    bounds(source, base, end)?;
    Ok(Root { header: cursor.u64()?, told: None })
}

fn widths(offsets: u8, lengths: u8) -> Read<()> {
    if offsets == 8 && lengths == 8 { Ok(()) } else { Err(Why::Unsupported("places are not 8 bytes wide")) }
}

fn bounds(source: &Source, base: u64, end: u64) -> Read<()> {
    sound(base == 0, "the file does not begin where it says")?;
    if end > source.slice.bytes() {
        return Err(Why::Short);
    }
    sound(end == source.slice.bytes(), "bytes stand behind the end of the HDF5 file")
}
