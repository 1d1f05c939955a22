//! Attributes, and the heap of all texts that some of them point into.

use super::bytes::{Cursor, NOWHERE, Read, Source, Why, size, sound};
use super::datatype::{Datatype, dataspace, extent};
use super::header::{self, Message, kind};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

/// Most bytes of all texts that are asked for.
const TEXTS: usize = 128 << 20;

/// An attribute of an object.
pub(super) struct Attribute {
    pub(super) name: String,
    datatype: Datatype,
    elements: u64,
    data: Vec<u8>,
}

/// The attributes of an object.
pub(super) fn attributes(messages: &[Message]) -> Read<Vec<Attribute>> {
    if let Some(info) = header::one(messages, kind::ATTRIBUTE_INFO)? {
        let mut cursor = Cursor::new(&info.body);
        let (_, flags) = (cursor.u8()?, cursor.u8()?);
        cursor.take(2 * usize::from(flags & 1 != 0))?;
        if cursor.u64()? != NOWHERE || cursor.u64()? != NOWHERE {
            return Err(Why::Unsupported("an object keeps its attributes in a heap"));
        }
    }
    let own = messages.iter().filter(|message| message.kind == kind::ATTRIBUTE);
    let mut attributes = own.map(attribute).collect::<Read<Vec<_>>>()?;
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    let once = attributes.windows(2).all(|pair| pair[0].name != pair[1].name);
    sound(once, "an object has two attributes of one name")?;
    Ok(attributes)
}

fn attribute(message: &Message) -> Read<Attribute> {
    let mut cursor = Cursor::new(&message.body);
    let (version, flags) = (cursor.u8()?, cursor.u8()?);
    let [name, datatype, space] = [cursor.u16()?, cursor.u16()?, cursor.u16()?].map(usize::from);
    match version {
        1 => {}
        2 | 3 if flags == 0 => drop(cursor.take(usize::from(version == 3))?),
        2 | 3 => return Err(Why::Unsupported("an attribute shares its type with another object")),
        _ => return Err(Why::Unsupported("the version of an attribute is not known")),
    }
    // The first version fills its parts up to multiples of 8.
    let mut part = |length: usize| {
        let taken = cursor.take(if version == 1 { length.next_multiple_of(8) } else { length })?;
        Ok::<_, Why>(&taken[..length])
    };
    let (name, datatype, space) = (part(name)?, part(datatype)?, part(space)?);
    let name = name.strip_suffix(b"\0").and_then(|name| std::str::from_utf8(name).ok());
    let name = name.filter(|name| !name.contains('\0')).ok_or(Why::Broken("the name of an attribute is no text"))?;
    let datatype = Datatype::read(datatype)?;
    let (elements, bytes) = match dataspace(space)? {
        Some(shape) => extent(&shape, &datatype)?,
        None => (0, 0),
    };
    let data = cursor.take(size(bytes)?)?.to_vec();
    Ok(Attribute { name: name.to_owned(), datatype, elements, data })
}

/// The texts that attributes point to, by the collections that hold them.
#[derive(Default)]
pub(super) struct Heap {
    collections: HashMap<u64, Collection>,
    given: usize,
}

struct Collection {
    bytes: Vec<u8>,
    objects: HashMap<u16, Range<usize>>,
}

impl Heap {
    /// The texts of an attribute; an attribute without elements has none, whatever its type.
    pub(super) fn texts(&mut self, source: &mut Source, attribute: &Attribute) -> Read<Vec<String>> {
        if attribute.elements == 0 {
            return Ok(Vec::new());
        }
        let pieces = attribute.data.chunks_exact(size(attribute.datatype.size())?.max(1));
        let mut texts = Vec::new();
        for piece in pieces {
            let text = match attribute.datatype {
                Datatype::Text(_) => {
                    let end = piece.iter().position(|byte| *byte == 0).unwrap_or(piece.len());
                    sound(piece[end..].iter().all(|byte| *byte == 0), "a text goes on behind its end")?;
                    text(&piece[..end])?
                }
                Datatype::LongText => self.text(source, piece)?,
                _ => return Err(Why::Broken("an attribute that should be text is none")),
            };
            self.given = self.given.saturating_add(text.len() + 32);
            if self.given > TEXTS {
                return Err(Why::Limit("the attributes have too much text"));
            }
            texts.push(text);
        }
        Ok(texts)
    }

    /// The text that a reference of 16 bytes points to.
    fn text(&mut self, source: &mut Source, reference: &[u8]) -> Read<String> {
        let mut cursor = Cursor::new(reference);
        let (length, at, index) = (cursor.u32()?, cursor.u64()?, cursor.u32()?);
        if length == 0 {
            return Ok(String::new());
        }
        let collection = match self.collections.entry(at) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Collection::read(source, at)?),
        };
        let index = u16::try_from(index).ok();
        let bytes =
            index.and_then(|index| collection.objects.get(&index)).map(|range| &collection.bytes[range.clone()]);
        let bytes = bytes.ok_or(Why::Broken("a text is not where it is said to be"))?;
        sound(bytes.len() as u64 == u64::from(length), "a text is not as long as it is said to be")?;
        text(bytes)
    }
}

fn text(bytes: &[u8]) -> Read<String> {
    let text = std::str::from_utf8(bytes).map_err(|_| Why::Broken("a text is not UTF-8"))?;
    sound(!text.contains('\0'), "a text goes on behind its end")?;
    Ok(text.to_owned())
}

impl Collection {
    fn read(source: &mut Source, at: u64) -> Read<Collection> {
        let head = source.take(at, 16)?;
        let mut cursor = Cursor::new(&head);
        sound(cursor.take(4)? == b"GCOL" && cursor.u8()? == 1, "no heap of texts stands where one should")?;
        cursor.take(3)?;
        let length = cursor.u64()?.checked_sub(16).ok_or(Why::Broken("a heap of texts is too short"))?;
        let bytes = source.take(at.saturating_add(16), length)?;
        let mut objects = HashMap::new();
        let mut cursor = Cursor::new(&bytes);
        // What is left behind the last object is free, under the number 0 where there is room to say so.
        while cursor.rest().len() >= 16 {
            let (index, _, _, length) = (cursor.u16()?, cursor.u16()?, cursor.u32()?, cursor.u64()?);
            if index == 0 {
                break;
            }
            let start = cursor.position();
            let length = size(length)?;
            cursor.take(length)?;
            cursor.take((length.wrapping_neg() % 8).min(cursor.rest().len()))?;
            let new = objects.insert(index, start..start + length).is_none();
            sound(new, "a heap of texts has two of one number")?;
        }
        Ok(Collection { bytes, objects })
    }
}
