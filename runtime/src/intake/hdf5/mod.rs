//! HDF5 files, as far as h5py, Keras and TensorFlow write them: every group, attribute and dataset, read from the bytes.
//!
//! Superblocks 0 to 3, object headers 1 and 2, groups of the old and of the new kind, data in a row, in the header or in
//! chunks (deflate, shuffle, Fletcher's checksum). Refused: what lies outside of the file (links, storage, virtual
//! datasets), a second name for an object, shared bytes, data that are not stored, and big-endian numbers, which no machine
//! that trains models has written for long. This reader is the only one: what it locates is what is read.
//! Knows no Keras.

mod attribute;
mod bytes;
mod checksum;
mod chunk;
mod dataset;
mod datatype;
mod filter;
mod group;
mod header;
mod superblock;

use super::door::FileHandle;
use super::error::{IntakeError, fault, printable};
use super::tensor::{Layout, StoredDtype, TensorInfo};
use attribute::{Attribute, Heap};
use bytes::{Read, Source, Why, sound};
use dataset::{Dataset, Storage};
use datatype::Datatype;
use indexmap::IndexMap;
use std::collections::HashSet;
use std::ops::Range;

pub(super) use bytes::Slice;
pub(super) use superblock::SIGNATURE;

/// Most objects of a file.
const OBJECTS: usize = 200_000;
/// Deepest group.
const DEPTH: usize = 64;

/// A file whose structure was read.
pub(super) struct File<'f> {
    source: Source<'f>,
    heap: Heap,
    objects: IndexMap<String, Object>,
}

/// A group or a dataset.
struct Object {
    header: u64,
    attributes: Vec<Attribute>,
    dataset: Option<Dataset>,
}

/// An object that is still to be read.
struct Pending {
    path: String,
    header: u64,
    told: Option<(u64, u64)>,
    depth: usize,
}

impl<'f> File<'f> {
    /// Reads the structure of a file: all objects from the root on, and no data.
    ///
    /// # Errors
    /// `malformed_header`, `truncated_file`, `unsupported_format`, `limit_exceeded`; `unsafe_path` for what lies outside
    /// of the file; those of [`FileHandle::read_at`].
    pub(super) fn open(slice: Slice<'f>) -> Result<Self, IntakeError> {
        let path = slice.path();
        let mut file = Self { source: Source::new(slice), heap: Heap::default(), objects: IndexMap::new() };
        let root = superblock::read(&mut file.source).map_err(|why| why.at(path))?;
        let mut pending = vec![Pending { path: String::new(), header: root.header, told: root.told, depth: 0 }];
        let mut seen = HashSet::new();
        while let Some(next) = pending.pop() {
            let at = place(path, &next.path);
            file.enter(next, &mut pending, &mut seen).map_err(|why| why.at(&at))?;
        }
        Ok(file)
    }

    fn enter(&mut self, next: Pending, pending: &mut Vec<Pending>, seen: &mut HashSet<u64>) -> Read<()> {
        sound(seen.insert(next.header), "an object has two names, or a group is in itself")?;
        let messages = header::read(&mut self.source, next.header)?;
        let attributes = attribute::attributes(&messages)?;
        let links = group::links(&mut self.source, &messages, next.told)?;
        let dataset = dataset::read(&mut self.source, &messages)?;
        sound(links.is_some() != dataset.is_some(), "an object is neither a group nor a dataset, or both")?;
        let links = links.unwrap_or_default();
        let objects = self.objects.len().saturating_add(pending.len()).saturating_add(links.len());
        if objects > OBJECTS || next.depth > DEPTH {
            return Err(Why::Limit("the file has too many or too deep groups"));
        }
        for link in links.into_iter().rev() {
            let path = if next.path.is_empty() { link.name } else { format!("{}/{}", next.path, link.name) };
            pending.push(Pending { path, header: link.header, told: link.told, depth: next.depth + 1 });
        }
        self.objects.insert(next.path, Object { header: next.header, attributes, dataset });
        Ok(())
    }

    /// Whether there is a group of this path; that of the root is empty.
    pub(super) fn is_group(&self, path: &str) -> bool {
        self.objects.get(path).is_some_and(|object| object.dataset.is_none())
    }

    /// The paths of all datasets, in the order of the file.
    pub(super) fn datasets(&self) -> Vec<String> {
        let found = self.objects.iter().filter(|(_, object)| object.dataset.is_some());
        found.map(|(path, _)| path.clone()).collect()
    }

    /// The texts of an attribute, where the object has one of that name.
    ///
    /// # Errors
    /// `malformed_header` where it is no text, or its texts are not where they should be.
    pub(super) fn texts(&mut self, path: &str, attribute: &str) -> Result<Option<Vec<String>>, IntakeError> {
        let found =
            self.objects.get(path).and_then(|object| object.attributes.iter().find(|own| own.name == attribute));
        let Some(found) = found else { return Ok(None) };
        let at = place(self.source.slice.path(), path);
        self.heap.texts(&mut self.source, found).map(Some).map_err(|why| why.at(&at))
    }

    /// The dataset of this path as a tensor of a name.
    ///
    /// # Errors
    /// `malformed_header` where there is none; `unsupported_format` where its elements are not those of tensors.
    pub(super) fn tensor(&mut self, path: &str, name: &str) -> Result<TensorInfo, IntakeError> {
        let at = place(self.source.slice.path(), path);
        let brain = self.texts(path, "dtype");
        let object = self.objects.get(path);
        let found = object.and_then(|object| Some((object.header, object.dataset.as_ref()?)));
        let (header, dataset) = found.ok_or_else(|| Why::Broken("a tensor is not stored").at(&at))?;
        let dtype = match (&dataset.datatype, brain) {
            (Datatype::Number(dtype), _) => *dtype,
            // What Keras makes of bfloat16, which the format does not have.
            (Datatype::Opaque(2), Ok(Some(told))) if told == ["bfloat16"] => StoredDtype::BF16,
            (Datatype::Other(_, why), _) => return Err(Why::Unsupported(why).at(&at)),
            _ => return Err(Why::Unsupported("the elements are no numbers").at(&at)),
        };
        let range = self.source.slice.range();
        let (offset, layout) = match dataset.storage {
            Storage::Row(place) => (range.start.saturating_add(place), Layout::Rows),
            Storage::Chunks(..) => (range.start, Layout::Chunked { within: range, header }),
        };
        let (shape, bytes) = (dataset.shape.clone(), dataset.bytes);
        Ok(TensorInfo {
            name: name.to_owned(),
            dtype,
            shape,
            file: self.source.slice.path().to_owned(),
            offset,
            bytes,
            layout,
            relaid: None,
            rows_absent: 0,
            added: 0,
        })
    }
}

/// The bytes of a chunked tensor, row by row: its chunks are looked up again by the header of its dataset.
///
/// # Errors
/// Those of [`File::open`]; `malformed_header` where the dataset is not the one that the tensor was made of, or a chunk is
/// not what its filters say.
pub(super) fn read_chunked(
    file: &FileHandle,
    tensor: &TensorInfo,
    within: &Range<u64>,
    header: u64,
) -> Result<Vec<u8>, IntakeError> {
    let at = format!("{}: {}", tensor.file, printable(&tensor.name));
    let bounded = within.start..within.end.min(file.entry().bytes);
    let read = || {
        let mut source = Source::new(Slice::part(file, bounded.clone()));
        let messages = header::read(&mut source, header)?;
        let dataset = dataset::read(&mut source, &messages)?.ok_or(Why::Broken("a tensor is not stored"))?;
        // The tensor's shape may be one that a rule gave it; its bytes are those that are stored.
        sound(dataset.bytes == tensor.bytes, "a dataset is not the one that the tensor was made of")?;
        // The chunks are claimed once more, as those of this dataset alone.
        dataset::assemble(&mut Source::new(Slice::part(file, bounded)), &dataset)
    };
    read().map_err(|why| why.at(&at))
}

fn place(file: &str, path: &str) -> String {
    if path.is_empty() { file.to_owned() } else { format!("{file}: {}", printable(path)) }
}

/// The refusal of a file that is HDF5 and not what it should hold.
pub(super) fn broken(at: &str, why: &str) -> IntakeError {
    IntakeError::new(fault::MALFORMED_HEADER, at, why).mend("save the model again with Keras, or as safetensors")
}
