//! HDF5 files that h5py wrote, against what h5py reads (`tests/hdf5/make.py`), and files that lie.

use crate::files::{Read, all, fault, goldens, read_with, stored};
use crate::mutate::{self, rounds};
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::intake::keras;
use lmstd_runtime::intake::npy;

fn read(bytes: &[u8]) -> Result<Read, IntakeError> {
    read_with("model.h5", bytes, &|file| Ok(keras::read(file)?.tensors))
}

/// A file that h5py wrote and that is refused.
fn refused(name: &str) -> Vec<u8> {
    let mut all = read_with("refused.npz", &stored("hdf5/refused.npz"), &npy::read).unwrap();
    all.remove(name).unwrap_or_else(|| panic!("{name}")).2
}

#[test]
fn every_dataset_is_what_h5py_reads() {
    let goldens = goldens("hdf5");
    for file in ["earliest.h5", "v110.h5", "latest.h5", "model.weights.h5", "bfloat16.weights.h5"] {
        let found = read(&stored(&format!("hdf5/{file}"))).unwrap_or_else(|error| panic!("{file}: {error}"));
        for (name, value) in &found {
            assert_eq!(Some(value), goldens.get(&format!("{file}/{name}")), "{file}/{name}");
        }
        let state = |name: &str| name.contains("/optimizer/");
        let wanted = goldens.keys().filter(|name| name.starts_with(&format!("{file}/")) && !state(name)).count();
        assert_eq!(found.len(), wanted, "{file}");
    }
}

#[test]
fn what_h5py_writes_and_weights_need_not_is_refused_for_its_reason() {
    for (name, id, message) in [
        ("external-link", "unsafe_path", "a link leads to another file"),
        ("new-external-link", "unsafe_path", "a link leads to another file"),
        ("external-storage", "unsafe_path", "a dataset keeps its data in other files"),
        ("virtual", "unsafe_path", "a dataset is made of other datasets"),
        ("soft-link", "malformed_header", "a link leads to another name"),
        ("new-soft-link", "malformed_header", "a link leads to another name"),
        ("soft-loop", "malformed_header", "a link leads to another name"),
        ("hard-link", "malformed_header", "an object has two names, or a group is in itself"),
        ("cycle", "malformed_header", "an object has two names, or a group is in itself"),
        ("root-cycle", "malformed_header", "an object has two names, or a group is in itself"),
        ("unwritten", "malformed_header", "a dataset is not stored"),
        ("unwritten-chunks", "limit_exceeded", "a dataset has too many chunks"),
        ("one-chunk-missing", "malformed_header", "a chunk is not stored"),
        ("bomb", "limit_exceeded", "a dataset is far larger than what is stored of it"),
        ("big-endian", "unsupported_format", "the numbers are not little-endian"),
        ("compound", "unsupported_format", "the elements are compounds"),
        ("complex", "unsupported_format", "the elements are compounds"),
        ("text", "unsupported_format", "the elements are no numbers"),
        ("reference", "unsupported_format", "the elements are references"),
        ("lzf", "unsupported_format", "the chunks are packed by a filter that is not known"),
        (
            "scale-offset",
            "unsupported_format",
            "the chunks are packed by a filter that is not read (szip, nbit or scale-offset)",
        ),
        ("committed-type", "unsupported_format", "a datatype stands by itself"),
        ("growing", "unsupported_format", "a dataset that may grow is stored in the newest way"),
        ("heap-of-links", "unsupported_format", "a group keeps its links in a heap"),
        ("heap-of-attributes", "unsupported_format", "an object keeps its attributes in a heap"),
    ] {
        assert_eq!(fault(read(&refused(name))), (id.to_owned(), message.to_owned()), "{name}");
    }
}

/// The place of the only such bytes.
fn only(bytes: &[u8], part: &[u8]) -> usize {
    let mut found = bytes.windows(part.len()).enumerate().filter(|(_, window)| *window == part);
    let (at, _) = found.next().unwrap();
    assert!(found.next().is_none());
    at
}

#[test]
fn one_changed_field_is_told() {
    let old = stored("hdf5/tensorflow.h5");
    let new = stored("hdf5/latest.h5");
    let told = |what: &str, bytes: &[u8], at: usize, with: &[u8], id: &str| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + with.len()].copy_from_slice(with);
        let (found, message) = fault(read(&bytes));
        assert_eq!(found, id, "{what}: {message}");
    };
    let far = (1_u64 << 62).to_le_bytes();
    told("a version that is not known", &old, 8, &[9], "unsupported_format");
    told("narrow places", &old, 13, &[4], "unsupported_format");
    told("another beginning", &old, 24, &[1], "malformed_header");
    told("an earlier end", &old, 40, &[0, 1], "malformed_header");
    told("a later end", &old, 40, &far, "truncated_file");
    told("a driver", &old, 48, &[0; 8], "unsupported_format");
    told("a root elsewhere", &old, 64, &far, "truncated_file");
    told("a root's tree that its header does not tell", &old, 80, &[0; 8], "malformed_header");
    told("a root that is the superblock", &old, 64, &[0; 8], "malformed_header");
    told("a changed byte under a checksum", &new, 12, &[1], "malformed_header");
    told("a changed byte in a header", &new, 60, &[0xFF], "malformed_header");
    // The first tree's name of its kind, its level, how many it says it has; and the heap of names.
    let tree = old.windows(4).position(|part| part == b"TREE").unwrap();
    told("no tree", &old, tree, b"TREF", "malformed_header");
    told("a tree of chunks", &old, tree + 4, &[1], "malformed_header");
    told("a tree below its leaves", &old, tree + 5, &[1], "malformed_header");
    told("a tree too deep", &old, tree + 5, &[200], "malformed_header");
    told("a tree too wide", &old, tree + 6, &[0xFF, 0xFF], "truncated_file");
    told("keys that do not rise", &old, tree + 24, &[8], "malformed_header");
    let heap = old.windows(4).position(|part| part == b"HEAP").unwrap();
    told("a heap of all bytes", &old, heap + 8, &far, "truncated_file");
    told("a heap somewhere", &old, heap + 24, &[0; 8], "malformed_header");
    let symbols = old.windows(4).position(|part| part == b"SNOD").unwrap();
    told("no symbols", &old, symbols, b"SNOT", "malformed_header");
    told("a soft link", &old, symbols + 8 + 16, &[2], "malformed_header");
    // Names: one that climbs, one that is not text, one that is not the listed one.
    let name = only(&old[..9_000], b"kernel:0\0");
    told("a name that climbs", &old, name, b"../nel:0", "malformed_header");
    told("a name that is no text", &old, name, &[0xFF], "malformed_header");
}

#[test]
fn shapes_and_bytes_agree() {
    // The message of a matrix of 4 by 3: its dataspace, and what says where its 48 bytes are.
    let old = stored("hdf5/tensorflow.h5");
    let space = [&[1, 2, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0][..], &3_u64.to_le_bytes()].concat();
    let space = only(&old, &space);
    let with = |at: usize, with: &[u8]| {
        let mut bytes = old.clone();
        bytes[at..at + with.len()].copy_from_slice(with);
        fault(read(&bytes))
    };
    let sized = |axes: [u64; 2]| {
        let axes = axes.map(u64::to_le_bytes).concat();
        // The most that the axes may be stands behind them.
        with(space + 8, &[&axes[..], &axes[..]].concat())
    };
    let broken = |why: &str| ("malformed_header".to_owned(), why.to_owned());
    assert_eq!(sized([1_000_000_000, 1_000_000_000]), broken("a dataset is not as long as its shape"));
    assert_eq!(sized([u64::MAX, 2]), broken("the shape is too large"));
    assert_eq!(sized([u64::MAX, 0]), broken("the shape is too large"));
    assert_eq!(sized([4, 2]), broken("a dataset is not as long as its shape"));
    // Where the 48 bytes are: beyond the end, and on top of another structure.
    let is_layout = |at: &usize| old[*at..].starts_with(&[3, 1]) && old[at + 10..at + 18] == 48_u64.to_le_bytes();
    let length = (0..old.len() - 18).find(is_layout).unwrap() + 10;
    assert_eq!(with(length - 8, &(1_u64 << 40).to_le_bytes()).0, "truncated_file");
    assert_eq!(with(length - 8, &0_u64.to_le_bytes()), broken("two things of the file share bytes"));
}

/// Reads a mutant: what is read lies in the file. Gives whether it was refused.
fn is_refused(bytes: &[u8]) -> bool {
    let (_folder, submission) = all("model.h5", bytes);
    let model = keras::read(submission.file("model.h5").unwrap());
    if mutate::refused(&model) {
        return true;
    }
    let tensors = model.unwrap().tensors;
    mutate::held(&submission, &tensors) < tensors.len()
}

#[test]
fn mutated_files_cost_little_and_never_panic() {
    for file in ["earliest.h5", "latest.h5", "v110.h5", "tensorflow.h5"] {
        let whole = stored(&format!("hdf5/{file}"));
        let mut chance = mutate::chance(11);
        let mut wrong = 0;
        // The signatures of structures: what follows them is changed more often than data are.
        let structures = [&b"TREE"[..], b"SNOD", b"HEAP", b"GCOL", b"OHDR", b"OCHK", b"FAHD", b"FADB"];
        let marks = mutate::marks(&whole, &structures);
        for round in 0..rounds() / 4 {
            wrong += usize::from(is_refused(&mutate::mutant(&whole, &marks, &mut chance, round)));
        }
        assert!(wrong > rounds() / 20, "{file}: {wrong}");
    }
}

#[test]
fn tensors_travel_between_processes() {
    let folder = all("model.h5", &stored("hdf5/latest.h5"));
    let file = folder.1.file("model.h5").unwrap();
    let tensors = keras::read(file).unwrap().tensors;
    let chunked = &tensors["chunked/all"];
    let text = serde_json::to_string(chunked).unwrap();
    assert!(text.len() < 300, "{text}");
    assert_eq!(&serde_json::from_str::<lmstd_runtime::intake::tensor::TensorInfo>(&text).unwrap(), chunked);
}
