//! The tensors of a GGUF file: their names, types and shapes, and that their bytes follow each other to the end.
//!
//! Each begins where the one before it ends, moved on to the alignment; between them, and behind the last, are zeros.

use super::super::door::FileHandle;
use super::super::error::{IntakeError, fault, is_plain, printable};
use super::super::tensor::{Layout, StoredDtype, TensorInfo};
use super::super::walk::folded;
use super::blocks::Stored;
use super::broken;
use super::cursor::Cursor;
use indexmap::IndexMap;
use std::collections::HashSet;

/// Most tensors.
const TENSORS: u64 = 65_536;
/// Least bytes of an entry: a letter and its length, one axis, the type, the place.
const LEAST: u64 = 8 + 1 + 4 + 8 + 4 + 8;
/// Most axes, as in ggml.
const AXES: u32 = 4;
/// Longest name in bytes.
const NAME_BYTES: usize = 1_024;

/// An entry, with its bytes in the file.
struct Entry {
    info: TensorInfo,
    stored: u64,
}

/// Reads the entries and checks where their bytes lie.
///
/// # Errors
/// Those of [`Cursor`]; `unsupported_format` for a type that is not known or not computed here; `limit_exceeded` for too
/// many tensors; `truncated_file`; `malformed_header` for every other rule, with the rule and the tensor.
pub(super) fn read(
    cursor: &mut Cursor,
    file: &FileHandle,
    count: u64,
    alignment: u64,
) -> Result<IndexMap<String, TensorInfo>, IntakeError> {
    cursor.expect(count, LEAST, "tensors")?;
    if count > TENSORS {
        return Err(IntakeError::new(fault::LIMIT_EXCEEDED, cursor.path(), "the file has too many tensors")
            .because(format!("at most {TENSORS}"), count));
    }
    let mut entries = IndexMap::new();
    let mut forms = HashSet::new();
    for _ in 0..count {
        let entry = entry(cursor)?;
        let (name, place) = (entry.info.name.clone(), cursor.place().to_owned());
        // Names that differ only in their Unicode form; case is left alone.
        if !name.is_ascii() && !forms.insert(folded(&name)) {
            return Err(broken(&place, "another tensor's name differs only in its Unicode form"));
        }
        if entries.insert(name, entry).is_some() {
            return Err(broken(&place, "two tensors have one name"));
        }
        cursor.leave();
    }
    place(&mut entries, cursor.at(), file, alignment)?;
    Ok(entries.into_iter().map(|(name, entry)| (name, entry.info)).collect())
}

/// One entry, its rules that concern it alone.
fn entry(cursor: &mut Cursor) -> Result<Entry, IntakeError> {
    let name = cursor.text()?.to_owned();
    cursor.enter(&name);
    if name.is_empty() || name.len() > NAME_BYTES || !name.chars().all(is_plain) || name.contains("..") {
        let message = "a tensor's name is empty, too long, or has control characters or `..`";
        return Err(broken(cursor.place(), message));
    }
    let axes = cursor.u32()?;
    if axes == 0 || axes > AXES {
        return Err(broken(cursor.place(), "the tensor has too many axes or none").because("1 to 4", axes));
    }
    let mut shape = Vec::new();
    for _ in 0..axes {
        shape.push(cursor.u64()?);
    }
    let number = cursor.u32()?;
    let offset = cursor.u64()?;
    let place = cursor.place();
    let (dtype, layout, block) = match Stored::of(number) {
        Some(Stored::Blocks(kind)) => (StoredDtype::F32, Layout::Blocks(kind), (kind.elements(), kind.bytes())),
        Some(Stored::Plain(dtype)) => (dtype, Layout::Rows, (1, dtype.size())),
        Some(Stored::Uncomputed(name)) => return Err(uncomputed(place, &format!("the blocks {name}"), name)),
        None => return Err(uncomputed(place, "numbers of an unknown type", number)),
    };
    if shape.contains(&0) {
        return Err(broken(place, "an axis of the tensor has no length"));
    }
    if shape[0] % block.0 != 0 {
        return Err(broken(place, "a row of the tensor is no whole number of blocks")
            .because(format!("a multiple of {}", block.0), shape[0]));
    }
    let elements = shape.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis));
    let sizes = elements.and_then(|all| Some((all.checked_mul(dtype.size())?, (all / block.0).checked_mul(block.1)?)));
    let (bytes, stored) = sizes.ok_or_else(|| broken(place, "the tensor's shape overflows"))?;
    // The first axis of the format is the innermost.
    shape.reverse();
    let file = cursor.path().to_owned();
    Ok(Entry {
        info: TensorInfo { name, dtype, shape, file, offset, bytes, layout, relaid: None, rows_absent: 0, added: 0 },
        stored,
    })
}

/// Turns offsets into places in the file, whose header ends at `end`.
fn place(
    entries: &mut IndexMap<String, Entry>,
    end: u64,
    file: &FileHandle,
    alignment: u64,
) -> Result<(), IntakeError> {
    let (path, size) = (file.entry().path.as_str(), file.entry().bytes);
    let too_far = || broken(path, "the places of the tensors overflow");
    let aligned = |at: u64| at.checked_next_multiple_of(alignment).ok_or_else(too_far);
    let start = aligned(end)?;
    let mut last = end;
    for entry in entries.values_mut() {
        let at = format!("{path}: {}", printable(&entry.info.name));
        let next = aligned(last)?;
        let from = start.checked_add(entry.info.offset).ok_or_else(too_far)?;
        if from != next {
            let what = if from < next { "overlaps another, or is not aligned" } else { "leaves a hole before it" };
            return Err(broken(&at, format!("the tensor {what}"))
                .because(format!("offset {}", next - start), format!("offset {}", entry.info.offset)));
        }
        let until = from.checked_add(entry.stored).ok_or_else(too_far)?;
        if until > size {
            return Err(IntakeError::new(fault::TRUNCATED_FILE, &at, "the file ends before the tensor does (bytes)")
                .because(until, size)
                .mend("copy or download the file again and compare its size"));
        }
        check_zeros(file, last, from)?;
        entry.info.offset = from;
        last = until;
    }
    // Writers align the end too; a file without tensors may end with its header.
    if size != last && size != aligned(last)? {
        let (expected, found) = (format!("{last} or {} bytes", aligned(last)?), size);
        return Err(broken(path, "the file does not end with its last tensor").because(expected, found));
    }
    check_zeros(file, last, size)
}

/// What is between tensors says nothing.
fn check_zeros(file: &FileHandle, from: u64, until: u64) -> Result<(), IntakeError> {
    match file.read_at(from, until - from)?.iter().position(|byte| *byte != 0) {
        Some(place) => {
            let message = format!("byte {} lies between tensors and is not zero", from + place as u64);
            Err(broken(&file.entry().path, message))
        }
        None => Ok(()),
    }
}

fn uncomputed(at: &str, what: &str, found: impl std::fmt::Display) -> IntakeError {
    IntakeError::new(fault::UNSUPPORTED_FORMAT, at, format!("the tensor has {what}, which are not computed here"))
        .because("F32, F16, BF16, F64, I8 to I64, Q4_0 to Q8_1, or Q2_K to Q8_K", found)
        .mend("quantise the model to one of these types, or submit it as safetensors")
}
