//! The links of a group: of the old kind (a tree of symbol nodes over a heap of names) and of the new (link messages).
//!
//! What the tree's keys say must be true of the names below them, and names must rise: else a search and a listing would
//! find different objects. A link is a name and an object of this file; links to other files, to other names, and links
//! that stand in a heap of their own (more than a few in a file of the newest kind) are refused.

use super::bytes::{Cursor, NOWHERE, Read, Source, Why, size, sound};
use super::header::{self, Message, kind};
use crate::intake::error::is_plain;

/// Deepest tree.
const LEVELS: u8 = 16;
/// Longest name in bytes.
const NAME: usize = 1024;

/// An object under its name.
pub(super) struct Link {
    pub(super) name: String,
    /// Its header.
    pub(super) header: u64,
    /// The tree and heap that its header must tell too, where it is a group.
    pub(super) told: Option<(u64, u64)>,
}

/// The links of an object, if it is a group, in the order of the file; `told` are the tree and the heap that whoever
/// names the group says it has.
pub(super) fn links(source: &mut Source, messages: &[Message], told: Option<(u64, u64)>) -> Read<Option<Vec<Link>>> {
    let symbols = header::one(messages, kind::SYMBOLS)?;
    let new = [kind::LINK, kind::LINK_INFO, kind::GROUP_INFO];
    let is_new = messages.iter().any(|message| new.contains(&message.kind));
    if let Some(symbols) = symbols {
        sound(!is_new, "a group is of the old and of the new kind")?;
        let mut cursor = Cursor::new(&symbols.body);
        let (tree, heap) = (cursor.u64()?, cursor.u64()?);
        sound(told.is_none_or(|told| told == (tree, heap)), "a group is told in two ways")?;
        return old(source, tree, heap).map(Some);
    }
    if !is_new {
        sound(told.is_none(), "a group is told in two ways")?;
        return Ok(None);
    }
    if let Some(info) = header::one(messages, kind::LINK_INFO)? {
        let mut cursor = Cursor::new(&info.body);
        let (_, flags) = (cursor.u8()?, cursor.u8()?);
        cursor.take(8 * usize::from(flags & 1 != 0))?;
        if cursor.u64()? != NOWHERE || cursor.u64()? != NOWHERE {
            return Err(Why::Unsupported("a group keeps its links in a heap"));
        }
    }
    let mut links = messages.iter().filter(|message| message.kind == kind::LINK).map(link).collect::<Read<Vec<_>>>()?;
    sound(told.is_none(), "a group is told in two ways")?;
    links.sort_by(|a, b| a.name.cmp(&b.name));
    sound(links.windows(2).all(|pair| pair[0].name != pair[1].name), "a name stands twice in a group")?;
    Ok(Some(links))
}

/// A link message.
fn link(message: &Message) -> Read<Link> {
    let mut cursor = Cursor::new(&message.body);
    let (version, flags) = (cursor.u8()?, cursor.u8()?);
    sound(version == 1 && flags & 0xE0 == 0, "a link has a version that is not known")?;
    let class = if flags & 0x08 != 0 { cursor.u8()? } else { 0 };
    cursor.take(8 * usize::from(flags & 0x04 != 0) + usize::from(flags & 0x10 != 0))?;
    let length = cursor.number(1 << (flags & 3))?;
    let name = name(cursor.take(size(length)?)?)?;
    match class {
        0 => Ok(Link { name, header: cursor.u64()?, told: None }),
        1 => Err(soft()),
        64 => Err(Why::Leaves("a link leads to another file")),
        _ => Err(Why::Unsupported("a link is of a kind that is not known")),
    }
}

fn soft() -> Why {
    Why::Broken("a link leads to another name")
}

fn name(bytes: &[u8]) -> Read<String> {
    let name = std::str::from_utf8(bytes).map_err(|_| Why::Broken("a name is not UTF-8"))?;
    let plain = !name.is_empty() && name.chars().all(is_plain) && !name.contains('/') && name != "." && name != "..";
    sound(plain && name.len() <= NAME, "a name is empty, too long or no plain text")?;
    Ok(name.to_owned())
}

/// A node of the tree that is still to be read, and the names that those below it lie between.
struct Pending {
    at: u64,
    /// Levels above the symbol nodes; none for a symbol node.
    level: Option<u8>,
    above: Vec<u8>,
    until: Option<Vec<u8>>,
}

fn old(source: &mut Source, tree: u64, heap: u64) -> Read<Vec<Link>> {
    let names = names(source, heap)?;
    let first = source.look(tree, 8)?;
    let mut pending = vec![Pending { at: tree, level: first.get(5).copied(), above: Vec::new(), until: None }];
    let mut links: Vec<Link> = Vec::new();
    while let Some(node) = pending.pop() {
        let Some(level) = node.level else {
            symbols(source, &node, &names, &mut links)?;
            continue;
        };
        sound(level < LEVELS, "a tree is too deep")?;
        let (keys, children) = branch(source, node.at, level, &names)?;
        sound(children.len() <= keys.len(), "a tree has too few keys")?;
        let rise = keys.windows(2).all(|pair| pair[0] <= pair[1]);
        let inside = keys.first().is_none_or(|key| *key >= node.above)
            && node.until.as_ref().is_none_or(|until| keys.last().is_none_or(|key| key <= until));
        sound(rise && inside, "the keys of a tree do not rise")?;
        for (child, ends) in children.iter().zip(keys.windows(2)).rev() {
            let (above, until) = (ends[0].clone(), Some(ends[1].clone()));
            pending.push(Pending { at: *child, level: level.checked_sub(1), above, until });
        }
    }
    let rise = links.windows(2).all(|pair| pair[0].name.as_bytes() < pair[1].name.as_bytes());
    sound(rise, "the names of a group stand twice or do not rise")?;
    Ok(links)
}

/// The keys and children of a node of the tree.
fn branch(source: &mut Source, at: u64, level: u8, names: &[u8]) -> Read<(Vec<Vec<u8>>, Vec<u64>)> {
    let head = source.take(at, 24)?;
    let mut cursor = Cursor::new(&head);
    let is_tree = cursor.take(4)? == b"TREE" && cursor.u8()? == 0 && cursor.u8()? == level;
    sound(is_tree, "no tree of a group stands where one should")?;
    let count = u64::from(cursor.u16()?);
    let bytes = source.take(at.saturating_add(24), 8 + 16 * count)?;
    let mut cursor = Cursor::new(&bytes);
    let (mut keys, mut children) = (vec![text(names, cursor.u64()?)?.to_vec()], Vec::new());
    for _ in 0..count {
        children.push(cursor.u64()?);
        keys.push(text(names, cursor.u64()?)?.to_vec());
    }
    Ok((keys, children))
}

/// The links of a symbol node.
fn symbols(source: &mut Source, node: &Pending, names: &[u8], links: &mut Vec<Link>) -> Read<()> {
    let head = source.take(node.at, 8)?;
    let mut cursor = Cursor::new(&head);
    sound(cursor.take(4)? == b"SNOD" && cursor.u8()? == 1, "no symbols stand where some should")?;
    cursor.take(1)?;
    let bytes = source.take(node.at.saturating_add(8), 40 * u64::from(cursor.u16()?))?;
    for entry in bytes.chunks_exact(40) {
        let mut cursor = Cursor::new(entry);
        let told = text(names, cursor.u64()?)?;
        let inside = told > node.above.as_slice() && node.until.as_deref().is_none_or(|until| told <= until);
        sound(inside, "a name does not lie between the keys of its tree")?;
        let (header, cached) = (cursor.u64()?, cursor.u32()?);
        cursor.take(4)?;
        let told_group = match cached {
            0 => None,
            1 => Some((cursor.u64()?, cursor.u64()?)),
            2 => return Err(soft()),
            _ => return Err(Why::Broken("a symbol is of a kind that is not known")),
        };
        links.push(Link { name: name(told)?, header, told: told_group });
    }
    Ok(())
}

/// The names of a group: its local heap.
fn names(source: &mut Source, at: u64) -> Read<Vec<u8>> {
    let head = source.take(at, 32)?;
    let mut cursor = Cursor::new(&head);
    sound(cursor.take(4)? == b"HEAP" && cursor.u8()? == 0, "no heap stands where one should")?;
    cursor.take(3)?;
    let (length, _, data) = (cursor.u64()?, cursor.u64()?, cursor.u64()?);
    source.take(data, length)
}

/// The name at a place of the heap.
fn text(names: &[u8], at: u64) -> Read<&[u8]> {
    let from = usize::try_from(at).ok().and_then(|at| names.get(at..)).unwrap_or_default();
    let end = from.iter().take(NAME + 1).position(|byte| *byte == 0);
    end.map(|end| &from[..end]).ok_or(Why::Broken("a name does not end inside of its heap"))
}
