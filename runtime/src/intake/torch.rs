//! Weights as PyTorch saves them: since 1.6 an archive with a pickle that says which tensors there are, and a member for
//! each storage that they are views of; before, four pickles and the storages one after another. The archive is checked in
//! full, pickles are read by a machine that executes nothing, and every view must lie inside of its storage before a byte
//! of it is read. Knows no architecture.

use super::archive::{self, Member};
use super::door::FileHandle;
use super::error::{IntakeError, fault, is_plain, printable};
use super::opcodes;
use super::pickle::{self, Node, Pickled, Value, View};
use super::strided::{last_element, row_major};
use super::tensor::{Layout, TensorInfo};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::ops::Range;

/// First bytes of an archive.
const START: &[u8] = b"PK\x03\x04";
/// First bytes before 1.6: a number that nobody else would write, and the version 1001, as pickles.
const OLD: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.";
/// Bytes looked at: the name of the first member stands within them.
const HEAD: u64 = 512;
/// The member that says which tensors there are.
const PICKLE: &str = "data.pkl";
/// Longest pickle in bytes.
const PICKLE_BYTES: u64 = 64 << 20;
/// Most tensors.
const TENSORS: usize = 1_000_000;
/// Most axes of a tensor.
const AXES: usize = 16;
/// Under which a training program keeps the weights beside other things.
const WEIGHTS: [&str; 3] = ["state_dict", "model_state_dict", "model"];

/// Whether a file is one of these: a zip archive whose first member is the pickle, or what begins as PyTorch's own format
/// of before 1.6.
///
/// # Errors
/// Those of [`FileHandle::read_at`].
pub(super) fn is_torch(file: &FileHandle) -> Result<bool, IntakeError> {
    let head = file.read_at(0, file.entry().bytes.min(HEAD))?;
    Ok(head.starts_with(OLD)
        || head.starts_with(START) && head.windows(PICKLE.len()).any(|part| part == PICKLE.as_bytes()))
}

/// Why a bare pickle, which holds no weights, must not be loaded; none where nothing is wrong with it but that.
///
/// # Errors
/// Those of [`FileHandle::read_at`].
pub(super) fn refusal(file: &FileHandle) -> Result<Option<IntakeError>, IntakeError> {
    let bytes = file.read_at(0, file.entry().bytes.min(PICKLE_BYTES))?;
    if bytes.first() == Some(&0x80) {
        return Ok(if file.entry().bytes > PICKLE_BYTES {
            None
        } else {
            pickle::read(&bytes, &file.entry().path).err()
        });
    }
    Ok(opcodes::code_named(&bytes).map(|name| {
        IntakeError::new(fault::UNSAFE_PICKLE, &file.entry().path, "the pickle names code that weights do not need")
            .because("no names, or those that PyTorch's weights have", name)
            .mend("save the weights alone: `torch.save(model.state_dict(), FILE)`, or as safetensors")
    }))
}

/// The tensors of a file, in the order of its pickle.
///
/// # Errors
/// Those of [`archive::members`] and of the pickle machine; `unsupported_format` for big-endian numbers;
/// `malformed_header` for a view that its storage does not hold; `ambiguous_files` where the pickle does not say which of
/// its tensors are the weights.
pub(super) fn read(file: &FileHandle) -> Result<IndexMap<String, TensorInfo>, IntakeError> {
    let path = &file.entry().path;
    let at = format!("{path}: {PICKLE}");
    let (storages, pickled) = if file.read_at(0, file.entry().bytes.min(OLD.len() as u64))? == OLD {
        old(file)?
    } else {
        let storages = Storages::new(file, &archive::members(file)?)?;
        let program = storages.member(PICKLE)?;
        let length = program.end - program.start;
        if length > PICKLE_BYTES {
            return Err(IntakeError::new(fault::LIMIT_EXCEEDED, path, "the pickle is too long (bytes)")
                .because(format!("at most {PICKLE_BYTES}"), length));
        }
        let pickled = pickle::read(&file.read_at(program.start, length)?, &at)?;
        (storages, pickled)
    };
    let mut tensors = IndexMap::new();
    let views = weights(&pickled, &at)?;
    if views.len() > TENSORS {
        return Err(IntakeError::new(fault::LIMIT_EXCEEDED, path, "the file has too many tensors")
            .because(format!("at most {TENSORS}"), views.len()));
    }
    for (name, view) in views {
        let place = format!("{at}: {}", printable(name));
        if !name.chars().all(is_plain) || name.is_empty() {
            return Err(broken(&place, "the name of a tensor is no plain text"));
        }
        let info = storages.tensor(name, view, &place)?;
        if tensors.insert(name.to_owned(), info).is_some() {
            return Err(broken(&place, "two tensors have one name"));
        }
    }
    Ok(tensors)
}

/// A file of before 1.6: its magic number and version, what the machine was, the weights, the names of the storages, and
/// these, each after the number of its elements.
fn old(file: &FileHandle) -> Result<(Storages<'_>, Pickled), IntakeError> {
    let path = file.entry().path.as_str();
    let bytes = file.read_at(0, file.entry().bytes.min(PICKLE_BYTES))?;
    let mut at = OLD.len();
    let mut next = || {
        let (pickled, length) = pickle::begin(bytes.get(at..).unwrap_or_default(), path)?;
        at += length;
        Ok::<Pickled, IntakeError>(pickled)
    };
    let (machine, weights, names) = (next()?, next()?, next()?);
    let told = |(key, value): &(Value, Value)| match (key, value) {
        (Value::Text(key), Value::Bool(is)) if key.as_ref() == "little_endian" => Some(*is),
        _ => None,
    };
    if machine.dict(&machine.root).and_then(|pairs| pairs.iter().find_map(told)) != Some(true) {
        return Err(big_endian(path));
    }
    // Each storage is as large as the weights say, or it is refused below.
    let unnamed = || broken(path, "the file lacks the names of its storages");
    let (mut members, mut place) = (HashMap::new(), at as u64);
    for name in names.list(&names.root).ok_or_else(unnamed)? {
        let Value::Text(name) = name else { return Err(unnamed()) };
        let storage = weights.storages.get(name).ok_or_else(|| broken(path, "a storage belongs to no tensor"))?;
        let elements = <[u8; 8]>::try_from(file.read_at(place, 8)?).map_or(u64::MAX, u64::from_le_bytes);
        let start = place + 8;
        let end = elements.checked_mul(storage.dtype.size()).and_then(|length| start.checked_add(length));
        let end = end.filter(|end| *end <= file.entry().bytes).ok_or_else(|| {
            IntakeError::new(fault::TRUNCATED_FILE, path, "the file ends inside of a storage")
                .mend("compare its size with the original, and copy it again")
        })?;
        if members.insert(format!("data/{name}"), start..end).is_some() {
            return Err(broken(path, "the name stands twice"));
        }
        place = end;
    }
    if place != file.entry().bytes {
        return Err(broken(path, "bytes stand behind the last storage"));
    }
    Ok((Storages { path, members }, weights))
}

fn big_endian(path: &str) -> IntakeError {
    IntakeError::new(fault::UNSUPPORTED_FORMAT, path, "the numbers are not little-endian")
        .mend("save the weights on a little-endian machine, or as safetensors")
}

/// The dictionary of tensors: the pickle's own, or the one that it keeps under a usual name.
fn weights<'p>(pickled: &'p Pickled, at: &str) -> Result<Vec<(&'p str, &'p View)>, IntakeError> {
    let root = pickled.dict(&pickled.root).ok_or_else(|| broken(at, "the pickle holds no dictionary of tensors"))?;
    if let Some(tensors) = tensors(pickled, root) {
        return Ok(tensors);
    }
    let named = |(key, value): &'p (Value, Value)| match key {
        Value::Text(key) if WEIGHTS.contains(&key.as_ref()) => tensors(pickled, pickled.dict(value)?),
        _ => None,
    };
    let mut found = root.iter().filter_map(named);
    match (found.next(), found.next()) {
        (Some(tensors), None) => Ok(tensors),
        _ => Err(IntakeError::new(
            fault::AMBIGUOUS_FILES,
            at,
            "the pickle does not say which of its tensors are the weights",
        )
        .because("a dictionary of tensors, or one under `state_dict`", "other things")
        .mend("save the weights alone: `torch.save(model.state_dict(), FILE)`")),
    }
}

/// The tensors of a dictionary that holds nothing else.
fn tensors<'p>(pickled: &'p Pickled, pairs: &'p [(Value, Value)]) -> Option<Vec<(&'p str, &'p View)>> {
    let tensor = |(key, value): &'p (Value, Value)| match (key, value) {
        (Value::Text(key), Value::Node(node)) => match pickled.nodes.get(*node) {
            Some(Node::Tensor(view)) => Some((key.as_ref(), view)),
            _ => None,
        },
        _ => None,
    };
    pairs.iter().map(tensor).collect::<Option<Vec<_>>>().filter(|tensors| !tensors.is_empty())
}

/// Members by their names without the folder that all of them lie in.
struct Storages<'m> {
    path: &'m str,
    members: HashMap<String, Range<u64>>,
}

impl<'m> Storages<'m> {
    fn new(file: &'m FileHandle, members: &[Member]) -> Result<Storages<'m>, IntakeError> {
        let path = file.entry().path.as_str();
        let folder = members.first().and_then(|member| member.name.split_once('/')).map(|(folder, _)| folder);
        let inside = |member: &Member| {
            let (own, name) = member.name.split_once('/')?;
            (Some(own) == folder).then(|| (name.to_owned(), member.range.clone()))
        };
        let members = members.iter().map(inside).collect::<Option<HashMap<_, _>>>();
        let members = members.ok_or_else(|| broken(path, "the archive is not one that PyTorch writes"))?;
        let storages = Storages { path, members };
        if let Some(order) = storages.members.get("byteorder")
            && file.read_at(order.start, (order.end - order.start).min(8))? != b"little"
        {
            return Err(big_endian(path));
        }
        Ok(storages)
    }

    fn member(&self, name: &str) -> Result<&Range<u64>, IntakeError> {
        let range = self.members.get(name);
        range.ok_or_else(|| broken(&format!("{}: {}", self.path, printable(name)), "the archive lacks a member"))
    }

    /// Where a tensor lies.
    fn tensor(&self, name: &str, view: &View, place: &str) -> Result<TensorInfo, IntakeError> {
        let range = self.member(&format!("data/{}", view.storage.key))?;
        let size = view.storage.dtype.size();
        if view.storage.elements.checked_mul(size) != Some(range.end - range.start) {
            return Err(broken(place, "the storage has another size than the pickle says (elements)")
                .because(view.storage.elements, (range.end - range.start) / size));
        }
        let elements = view.shape.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis));
        let elements = elements.filter(|_| view.shape.len() <= AXES);
        let elements = elements.ok_or_else(|| broken(place, "the shape is too large"))?;
        // The last element of the view; what is empty has none, and what repeats elements is no stored tensor.
        let last = last_element(&view.shape, &view.strides).and_then(|last| last.checked_add(view.offset));
        let inside = elements == 0 && view.offset <= view.storage.elements
            || last.is_some_and(|last| last < view.storage.elements);
        if !inside {
            return Err(broken(place, "the tensor reaches beyond its storage"));
        }
        if elements > view.storage.elements {
            return Err(broken(place, "the tensor repeats elements of its storage"));
        }
        let rows = row_major(&view.shape);
        let plain = elements == 0
            || view.shape.iter().zip(&view.strides).zip(&rows).all(|((axis, stride), row)| *axis == 1 || stride == row);
        Ok(TensorInfo {
            name: name.to_owned(),
            dtype: view.storage.dtype,
            shape: view.shape.clone(),
            file: self.path.to_owned(),
            offset: range.start + if elements == 0 { 0 } else { view.offset * size },
            bytes: elements * size,
            layout: if plain { Layout::Rows } else { Layout::Strided(view.strides.clone()) },
            relaid: None,
            rows_absent: 0,
            added: 0,
        })
    }
}

fn broken(at: &str, why: &str) -> IntakeError {
    IntakeError::new(fault::MALFORMED_HEADER, at, why).mend("save the weights again with PyTorch, or as safetensors")
}
