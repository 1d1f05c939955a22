//! Object headers, versions 1 and 2: the messages that say what an object is, over all their blocks.

use super::bytes::{Cursor, Read, Source, Why, size, sound};
use super::checksum;

/// The kinds of messages that are looked at.
pub(super) mod kind {
    pub(in super::super) const DATASPACE: u16 = 0x01;
    pub(in super::super) const LINK_INFO: u16 = 0x02;
    pub(in super::super) const DATATYPE: u16 = 0x03;
    pub(in super::super) const LINK: u16 = 0x06;
    pub(in super::super) const EXTERNAL: u16 = 0x07;
    pub(in super::super) const LAYOUT: u16 = 0x08;
    pub(in super::super) const GROUP_INFO: u16 = 0x0A;
    pub(in super::super) const FILTERS: u16 = 0x0B;
    pub(in super::super) const ATTRIBUTE: u16 = 0x0C;
    pub(super) const CONTINUATION: u16 = 0x10;
    pub(in super::super) const SYMBOLS: u16 = 0x11;
    pub(in super::super) const ATTRIBUTE_INFO: u16 = 0x15;
    /// Fill values (also the old kind), comments, times and the count of links: nothing here depends on them.
    pub(super) const IDLE: [u16; 6] = [0x04, 0x05, 0x0D, 0x0E, 0x12, 0x16];
    pub(super) const NONE: u16 = 0x00;
}

/// Most messages of an object.
const MESSAGES: usize = 100_000;
/// Most blocks of a header.
const BLOCKS: usize = 10_000;

/// A message.
pub(super) struct Message {
    /// What it is about: one of [`kind`].
    pub(super) kind: u16,
    /// Where its body begins.
    pub(super) at: u64,
    /// Its body.
    pub(super) body: Vec<u8>,
}

/// The messages of the object whose header is at this place.
pub(super) fn read(source: &mut Source, at: u64) -> Read<Vec<Message>> {
    if source.look(at, 4)? == b"OHDR" { new(source, at) } else { old(source, at) }
}

/// The one message of a kind, or none.
pub(super) fn one(messages: &[Message], kind: u16) -> Read<Option<&Message>> {
    let mut found = messages.iter().filter(|message| message.kind == kind);
    let first = found.next();
    sound(found.next().is_none(), "an object has two messages of one kind")?;
    Ok(first)
}

fn old(source: &mut Source, at: u64) -> Read<Vec<Message>> {
    let prefix = source.take(at, 16)?;
    let mut cursor = Cursor::new(&prefix);
    let (version, _, count) = (cursor.u8()?, cursor.u8()?, cursor.u16()?);
    sound(version == 1, "no object header stands where one should")?;
    let (_, length) = (cursor.u32()?, cursor.u32()?);
    let mut blocks = vec![(after(at, 16)?, u64::from(length))];
    let (mut messages, mut seen, mut next) = (Vec::new(), 0_usize, 0);
    while let Some((start, length)) = blocks.get(next).copied() {
        let bytes = source.take(start, length)?;
        let mut cursor = Cursor::new(&bytes);
        while !cursor.rest().is_empty() {
            let (kind, length, flags) = (cursor.u16()?, cursor.u16()?, cursor.u8()?);
            cursor.take(3)?;
            let at = after(start, cursor.position() as u64)?;
            let body = cursor.take(length.into())?;
            keep(&mut messages, &mut blocks, Message { kind, at, body: body.to_vec() }, flags)?;
            seen += 1;
        }
        next += 1;
    }
    sound(seen == usize::from(count), "an object header has another number of messages than it says")?;
    Ok(messages)
}

fn new(source: &mut Source, at: u64) -> Read<Vec<Message>> {
    let bytes = source.look(at, (source.slice.bytes().saturating_sub(at)).min(34))?;
    let mut cursor = Cursor::new(&bytes);
    cursor.take(4)?;
    let (version, flags) = (cursor.u8()?, cursor.u8()?);
    sound(version == 2 && flags & 0xC0 == 0, "the version of an object header is not known")?;
    let (times, phases) = (flags & 0x20 != 0, flags & 0x10 != 0);
    cursor.take(16 * usize::from(times) + 4 * usize::from(phases))?;
    let length = cursor.number(1 << (flags & 3))?;
    let prefix = cursor.position() as u64;
    let whole = length.checked_add(prefix + 4).ok_or(Why::Short)?;
    let mut blocks = vec![(at, whole)];
    let (mut messages, mut next) = (Vec::new(), 0);
    while let Some((start, length)) = blocks.get(next).copied() {
        let bytes = source.take(start, length)?;
        let body = checksum::checked(&bytes)?;
        let mut cursor = Cursor::new(body);
        if next == 0 {
            cursor.take(size(prefix)?)?;
        } else {
            sound(cursor.take(4)? == b"OCHK", "a header does not continue where it says")?;
        }
        let ordered = flags & 0x04 != 0;
        // What is too short for a message is a gap.
        while cursor.rest().len() >= if ordered { 6 } else { 4 } {
            let (kind, length, flags) = (u16::from(cursor.u8()?), cursor.u16()?, cursor.u8()?);
            cursor.take(if ordered { 2 } else { 0 })?;
            let at = after(start, cursor.position() as u64)?;
            let body = cursor.take(length.into())?;
            keep(&mut messages, &mut blocks, Message { kind, at, body: body.to_vec() }, flags)?;
        }
        next += 1;
    }
    Ok(messages)
}

/// Keeps a message that matters, and the block that one says is next.
fn keep(messages: &mut Vec<Message>, blocks: &mut Vec<(u64, u64)>, message: Message, flags: u8) -> Read<()> {
    if flags & 0x02 != 0 {
        return Err(Why::Unsupported("an object shares a message with another one"));
    }
    match message.kind {
        kind::NONE => {}
        kind::CONTINUATION => {
            let mut cursor = Cursor::new(&message.body);
            blocks.push((cursor.u64()?, cursor.u64()?));
        }
        idle if kind::IDLE.contains(&idle) => {}
        kind::DATASPACE
        | kind::LINK_INFO
        | kind::DATATYPE
        | kind::LINK
        | kind::EXTERNAL
        | kind::LAYOUT
        | kind::GROUP_INFO
        | kind::FILTERS
        | kind::ATTRIBUTE
        | kind::SYMBOLS
        | kind::ATTRIBUTE_INFO => messages.push(message),
        _ => return Err(Why::Unsupported("an object has a message that is not known")),
    }
    if messages.len() > MESSAGES || blocks.len() > BLOCKS {
        return Err(Why::Limit("an object has too many messages"));
    }
    Ok(())
}

fn after(at: u64, length: u64) -> Read<u64> {
    at.checked_add(length).ok_or(Why::Short)
}
