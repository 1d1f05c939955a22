//! The header of a safetensors file, checked in full before any library sees the file.
//!
//! Rules: eight bytes of little-endian length, at most 100,000,000 and inside the file; the header begins with `{` and
//! may end in blanks (0x20) only; strict JSON in which each tensor has exactly `dtype`, `shape` and `data_offsets`;
//! known types; shape times element size equals the byte range, in checked arithmetic; the ranges follow each other
//! without hole or overlap and cover the file to its last byte; names are plain text and no two of them twins.
//! Stricter than the public reader where that reader would choose: duplicate names and leading blanks are refused.
//! Memory is bounded by the header's real bytes. Knows no values.

use super::door::FileHandle;
use super::error::{IntakeError, fault, is_plain, printable};
use super::json;
use super::tensor::{Layout, StoredDtype, TensorInfo};
use super::walk::folded;
use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, MapAccess, Visitor};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;

/// Longest header in bytes, as in the public reader.
const HEADER_BYTES: u64 = 100_000_000;
/// Most tensors in one file.
const TENSORS: usize = 1_000_000;
/// Most tensors without an element in one file; more are a flood, not a model.
const EMPTY_TENSORS: usize = 1_024;
/// Most axes of a tensor.
const AXES: usize = 16;
/// Longest name in bytes.
const NAME_BYTES: usize = 1_024;

/// A checked header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// The tensors in the header's order.
    pub tensors: IndexMap<String, TensorInfo>,
    /// `__metadata__`; empty where there is none.
    pub metadata: IndexMap<String, String>,
}

/// Reads and checks the header of a file.
///
/// # Errors
/// `truncated_file` where the file ends before what it declares; `limit_exceeded` for a flood of tensors;
/// `malformed_header` for every other rule of this file's head, with the rule and the tensor.
pub fn read_header(file: &FileHandle) -> Result<Header, IntakeError> {
    let at = &file.entry().path;
    let size = file.entry().bytes;
    if size < 8 {
        return Err(truncated(at, "a safetensors file begins with 8 bytes of length", 8, size));
    }
    let length = <[u8; 8]>::try_from(file.read_at(0, 8)?).map_or(u64::MAX, u64::from_le_bytes);
    if length > HEADER_BYTES {
        return Err(broken(at, "the header's declared length is too large")
            .because(format!("at most {HEADER_BYTES} bytes"), length));
    }
    if length > size - 8 {
        return Err(truncated(at, "the file ends inside its header", length + 8, size));
    }
    let bytes = file.read_at(8, length)?;
    if bytes.first() != Some(&b'{') {
        return Err(broken(at, "the header does not begin with `{`"));
    }
    let blanks = bytes.iter().rev().take_while(|byte| **byte == b' ').count();
    let text = &bytes[..bytes.len() - blanks];
    if text.last() != Some(&b'}') {
        return Err(broken(at, "the header does not end with `}` and blanks"));
    }
    let Raw { tensors, metadata } = parse(text, at)?;
    refuse_twins(&tensors, at)?;
    cover(&tensors, at, size - 8 - length)?;
    let tensors = tensors
        .into_iter()
        .map(|(name, raw)| {
            let [begin, end] = raw.data_offsets;
            let (offset, bytes) = (8 + length + begin, end - begin);
            let info = TensorInfo {
                name: name.clone(),
                dtype: raw.dtype,
                shape: raw.shape,
                file: at.clone(),
                offset,
                bytes,
                layout: Layout::Rows,
                relaid: None,
                rows_absent: 0,
                added: 0,
            };
            (name, info)
        })
        .collect();
    Ok(Header { tensors, metadata })
}

/// A tensor as the header spells it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTensor {
    dtype: StoredDtype,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

#[derive(Default)]
struct Raw {
    tensors: IndexMap<String, RawTensor>,
    metadata: IndexMap<String, String>,
}

/// Reads the JSON with each rule that concerns one tensor alone, stopping at the first that breaks one.
fn parse(text: &[u8], at: &str) -> Result<Raw, IntakeError> {
    if let Err(error) = std::str::from_utf8(text) {
        return Err(broken(at, format!("the header is not UTF-8 at byte {}", 8 + error.valid_up_to())));
    }
    let refused = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = HeaderVisitor { at, refused: &refused }.deserialize(&mut reader).and_then(|raw| {
        reader.end()?;
        Ok(raw)
    });
    read.map_err(|error| {
        refused.take().unwrap_or_else(|| {
            broken(at, format!("the header's JSON cannot be read: {}", printable(&error.to_string())))
        })
    })
}

/// Builds the map entry by entry; our own refusals travel in `refused`, past serde's string errors.
struct HeaderVisitor<'a> {
    at: &'a str,
    refused: &'a RefCell<Option<IntakeError>>,
}

impl HeaderVisitor<'_> {
    fn refuse<E: de::Error>(&self, error: IntakeError) -> E {
        self.refused.replace(Some(error));
        E::custom("refused")
    }
}

impl<'de> DeserializeSeed<'de> for HeaderVisitor<'_> {
    type Value = Raw;
    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<Raw, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeaderVisitor<'_> {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut raw = Raw::default();
        let (mut empty, mut has_metadata) = (0, false);
        while let Some(name) = entries.next_key::<String>()? {
            if name == "__metadata__" {
                if std::mem::replace(&mut has_metadata, true) {
                    return Err(self.refuse(twice(self.at, &name)));
                }
                raw.metadata = entries.next_value_seed(Metadata { header: &self })?;
                continue;
            }
            if raw.tensors.contains_key(&name) {
                return Err(self.refuse(twice(self.at, &name)));
            }
            let tensor: RawTensor = entries
                .next_value()
                .inspect_err(|error: &A::Error| drop(self.refuse::<A::Error>(unreadable(self.at, &name, error))))?;
            check_tensor(&name, &tensor, self.at).map_err(|error| self.refuse(error))?;
            empty += usize::from(tensor.data_offsets[0] == tensor.data_offsets[1]);
            raw.tensors.insert(name, tensor);
            let (count, most) = (raw.tensors.len(), TENSORS);
            if count > most || empty > EMPTY_TENSORS {
                let message = "the header has too many tensors, or too many without elements";
                let error = IntakeError::new(fault::LIMIT_EXCEEDED, self.at, message)
                    .because(format!("at most {most}, and {EMPTY_TENSORS} without elements"), "more");
                return Err(self.refuse(error));
            }
        }
        Ok(raw)
    }
}

struct Metadata<'h, 'a> {
    header: &'h HeaderVisitor<'a>,
}

impl<'de> DeserializeSeed<'de> for Metadata<'_, '_> {
    type Value = IndexMap<String, String>;
    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Metadata<'_, '_> {
    type Value = IndexMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`__metadata__` as an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut metadata = IndexMap::new();
        while let Some((name, value)) = entries.next_entry::<String, String>()? {
            if metadata.contains_key(&name) {
                return Err(self.header.refuse(twice(self.header.at, &format!("__metadata__.{name}"))));
            }
            metadata.insert(name, value);
        }
        Ok(metadata)
    }
}

/// The rules for one tensor alone.
fn check_tensor(name: &str, tensor: &RawTensor, at: &str) -> Result<(), IntakeError> {
    let wrong = |message: &str| broken(&place(at, name), message);
    if name.is_empty() || name.len() > NAME_BYTES || !name.chars().all(is_plain) || name.contains("..") {
        return Err(wrong("a tensor's name is empty, too long, or has control characters or `..`"));
    }
    if tensor.shape.len() > AXES {
        return Err(wrong("a tensor has too many axes").because(format!("at most {AXES}"), tensor.shape.len()));
    }
    let [begin, end] = tensor.data_offsets;
    if begin > end {
        return Err(wrong("a tensor's range ends before it begins").because("begin <= end", format!("{begin}..{end}")));
    }
    // Every partial product is checked, so that `[2^63, 4, 0]` is refused although its true product is zero.
    let bytes = tensor.shape.iter().try_fold(tensor.dtype.size(), |bytes, axis| bytes.checked_mul((*axis).max(1)));
    let bytes = bytes.ok_or_else(|| wrong("a tensor's shape overflows"))?;
    let bytes = if tensor.shape.contains(&0) { 0 } else { bytes };
    if bytes != end - begin {
        return Err(wrong("a tensor's byte range does not fit its type and shape")
            .because(format!("{bytes} bytes for {} {:?}", tensor.dtype, tensor.shape), end - begin));
    }
    Ok(())
}

/// The rules for all ranges together: one after the other, from the first byte of the data to its last.
fn cover(tensors: &IndexMap<String, RawTensor>, at: &str, data: u64) -> Result<(), IntakeError> {
    let mut ranges: Vec<([u64; 2], &str)> = tensors.iter().map(|(name, raw)| (raw.data_offsets, &**name)).collect();
    ranges.sort_unstable();
    let mut expected = 0;
    for ([begin, end], name) in ranges {
        if begin != expected {
            let what = if begin < expected { "overlaps another" } else { "leaves a hole before it" };
            return Err(broken(&place(at, name), format!("a tensor's range {what}"))
                .because(format!("begin {expected}"), format!("begin {begin}")));
        }
        expected = end;
    }
    match expected.cmp(&data) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => {
            Err(truncated(at, "the file ends before its tensors do (bytes of data)", expected, data))
        }
        std::cmp::Ordering::Less => {
            Err(broken(at, "bytes follow the last tensor").because(format!("{expected} bytes of data"), data))
        }
    }
}

/// Names that differ only in their Unicode form. Case is left alone: `a.W` and `a.w` are honest names of tensors.
fn refuse_twins(tensors: &IndexMap<String, RawTensor>, at: &str) -> Result<(), IntakeError> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for name in tensors.keys().filter(|name| !name.is_ascii()) {
        let form = folded(name);
        if tensors.contains_key(&form) && form != *name || seen.insert(form, name).is_some() {
            return Err(broken(&place(at, name), "another tensor's name differs only in its Unicode form"));
        }
    }
    Ok(())
}

fn place(file: &str, tensor: &str) -> String {
    format!("{file}: {}", printable(tensor))
}

fn broken(at: &str, message: impl Into<String>) -> IntakeError {
    IntakeError::new(fault::MALFORMED_HEADER, at, message)
        .mend("write the file again with the safetensors library's `save_file`")
}

fn truncated(at: &str, message: &str, expected: u64, found: u64) -> IntakeError {
    IntakeError::new(fault::TRUNCATED_FILE, at, message)
        .because(expected, found)
        .mend("copy or download the file again and compare its size")
}

/// A name the header has twice: a duplicate key by nature, a malformed header to whoever reads the format.
fn twice(at: &str, name: &str) -> IntakeError {
    let plain = json::duplicate(at, name);
    broken(at, plain.message.clone()).because(&plain.expected, &plain.found)
}

fn unreadable(at: &str, name: &str, error: &impl fmt::Display) -> IntakeError {
    broken(&place(at, name), format!("a tensor's entry cannot be read: {}", printable(&error.to_string())))
}
