//! Weights that PyTorch saved, against what torch loads (`tests/torch/make.py`), and archives and pickles that lie.

use crate::mutate::{self, refused, rounds};
use lmstd_runtime::intake::checkpoint::{Checkpoint, read_tensor};
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::error::IntakeError;
use rand_chacha::rand_core::Rng;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn stored(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torch").join(name)
}

/// Types, shapes and bytes by name.
type Read = BTreeMap<String, (String, Vec<u64>, Vec<u8>)>;

fn read(name: &str, bytes: &[u8]) -> Result<Read, IntakeError> {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join(name), bytes).unwrap();
    all(scratch.path())
}

fn all(folder: &Path) -> Result<Read, IntakeError> {
    let submission = Submission::open(folder, &DoorLimits::default()).unwrap();
    let checkpoint = Checkpoint::open(&submission)?;
    let tensor = |(name, info): (&String, _)| {
        let info: &lmstd_runtime::intake::tensor::TensorInfo = info;
        Ok((name.clone(), (info.dtype.to_string(), info.shape.clone(), read_tensor(&submission, info)?)))
    };
    checkpoint.tensors.iter().map(tensor).collect()
}

#[test]
fn every_tensor_is_what_torch_loads() {
    let goldens = tempfile::tempdir().unwrap();
    std::fs::copy(stored("goldens.safetensors"), goldens.path().join("model.safetensors")).unwrap();
    let goldens = all(goldens.path()).unwrap();
    let mut seen = 0;
    // What begins with `old-` is the same in the format of before 1.6.
    let old = ["old-types.pt", "old-views.pt", "old-module.pt"];
    for file in ["types.pt", "views.pt", "module.pt", "parameters.pt", "training.pt"].into_iter().chain(old) {
        let bytes = std::fs::read(stored(file)).unwrap();
        let is_old = file.starts_with("old-");
        let file = file.trim_start_matches("old-");
        // Told by content, under whatever name.
        for name in ["pytorch_model.bin", "model.pth"] {
            let found = read(name, &bytes).unwrap_or_else(|error| panic!("{file}: {} {}", error.at, error.message));
            for (tensor, value) in &found {
                assert_eq!(Some(value), goldens.get(&format!("{file}/{tensor}")), "{file}/{tensor}");
            }
            seen += if is_old { 0 } else { found.len() };
        }
    }
    assert_eq!(seen, 2 * goldens.len());
}

fn fault(result: Result<Read, IntakeError>) -> (String, String) {
    match result {
        Err(error) => (error.fault.to_string(), error.message.clone()),
        Ok(read) => panic!("{:?}", read.keys()),
    }
}

#[test]
fn what_torch_saves_beside_weights_is_refused_for_its_reason() {
    let of = |file: &str| fault(read("model.pt", &std::fs::read(stored(file)).unwrap()));
    assert_eq!(of("whole-module.pt").0, "unsafe_pickle");
    assert_eq!(of("two-models.pt").0, "ambiguous_files");
    assert_eq!(of("expanded.pt").1, "the tensor repeats elements of its storage");
}

#[test]
fn files_of_before_archives_lie_no_better() {
    let whole = std::fs::read(stored("old-module.pt")).unwrap();
    assert_eq!(read("model.bin", &whole).unwrap().len(), 7);
    assert_eq!(fault(read("model.bin", &whole[..whole.len() - 1])).0, "truncated_file");
    assert_eq!(fault(read("model.bin", &[&whole[..], b"x"].concat())).0, "malformed_header");
    let big = whole.windows(13).position(|part| part == b"little_endian").unwrap();
    let mut bytes = whole.clone();
    let truth = bytes[big..].iter().position(|byte| *byte == 0x88).unwrap();
    bytes[big + truth] = 0x89;
    assert_eq!(fault(read("model.bin", &bytes)).0, "unsupported_format");
}

/// Where a pickle is changed: what follows these operations are names, lengths, numbers and places in the memo.
const OPERATIONS: [&[u8]; 12] = [b"X", b"J", b"K", b"M", b"c", b"(", b"t", b"Q", b"R", b"q", b"h", b"u"];

/// Whether a mutant is refused. Where it is not, no tensor is larger than the file that holds it, and it reads the same
/// again.
fn is_refused(bytes: &[u8]) -> bool {
    let found = read("model.bin", bytes);
    if refused(&found) {
        return true;
    }
    let found = found.unwrap();
    assert!(found.values().all(|(_, _, tensor)| tensor.len() <= bytes.len()));
    assert_eq!(read("model.bin", bytes).unwrap(), found);
    false
}

/// There are no checksums: a changed number is read, a changed pickle is mostly told.
#[test]
fn mutated_files_of_before_archives_are_read_or_refused() {
    let mut chance = mutate::chance(9);
    for file in ["old-module.pt", "old-views.pt"] {
        let whole = std::fs::read(stored(file)).unwrap();
        let marks = mutate::marks(&whole, &OPERATIONS);
        let mut wrong = 0;
        for round in 0..rounds() / 2 {
            let mut bytes = whole.clone();
            let at = chance.next_u32() as usize % bytes.len();
            match round % 2 {
                0 => bytes[at] ^= 1 << (chance.next_u32() % 8),
                _ => bytes = mutate::mutant(&whole, &marks, &mut chance, round),
            }
            wrong += usize::from(is_refused(&bytes));
        }
        assert!(wrong > rounds() / 8, "{file}: {wrong}");
    }
}

/// An archive of these members, as PyTorch lays them out.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in members {
        let name = format!("w/{name}");
        let at = file.len() as u32;
        let fields = |behind: &mut Vec<u8>| {
            behind.extend(0x0800_u16.to_le_bytes());
            behind.extend([0; 6]);
            behind.extend(crc32fast::hash(data).to_le_bytes());
            behind.extend((data.len() as u32).to_le_bytes());
            behind.extend((data.len() as u32).to_le_bytes());
            behind.extend((name.len() as u16).to_le_bytes());
            behind.extend([0; 2]);
        };
        file.extend(b"PK\x03\x04\0\0");
        fields(&mut file);
        file.extend(name.as_bytes());
        file.extend(*data);
        directory.extend(b"PK\x01\x02\0\0\0\0");
        fields(&mut directory);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, length, count) = (file.len() as u32, directory.len() as u32, members.len() as u16);
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(length.to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0; 2]);
    file
}

fn text(text: &str) -> Vec<u8> {
    [&[b'X'][..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

fn number(number: i32) -> Vec<u8> {
    [&[b'J'][..], &number.to_le_bytes()].concat()
}

/// A tensor over the storage `0` of `elements` floats.
fn tensor(elements: i32, offset: i32, shape: &[i32], strides: &[i32]) -> Vec<u8> {
    let tuple =
        |sizes: &[i32]| [vec![b'('], sizes.iter().flat_map(|size| number(*size)).collect(), vec![b't']].concat();
    [
        b"ctorch._utils\n_rebuild_tensor_v2\n(".to_vec(),
        [vec![b'('], text("storage"), b"ctorch\nFloatStorage\n".to_vec(), text("0"), text("cpu")].concat(),
        [number(elements), b"tQ".to_vec(), number(offset), tuple(shape), tuple(strides)].concat(),
        b"\x89ccollections\nOrderedDict\n)RtR".to_vec(),
    ]
    .concat()
}

fn dict(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let pairs = pairs.iter().flat_map(|(name, value)| [text(name), value.clone()].concat());
    [b"\x80\x02}(".to_vec(), pairs.collect(), b"u.".to_vec()].concat()
}

fn archive(pickle: &[u8]) -> Vec<u8> {
    zip(&[("data.pkl", pickle), ("byteorder", b"little"), ("data/0", &[0; 24]), ("version", b"3\n")])
}

fn pickled(pickle: &[u8]) -> Result<Read, IntakeError> {
    read("model.bin", &archive(pickle))
}

#[test]
fn views_lie_inside_of_their_storage() {
    assert!(pickled(&dict(&[("a", tensor(6, 0, &[2, 3], &[3, 1]))])).is_ok());
    assert!(pickled(&dict(&[("a", tensor(6, 5, &[1], &[1])), ("b", tensor(6, 6, &[0], &[1]))])).is_ok());
    for (what, elements, offset, shape, strides) in [
        ("past the end", 6, 1, &[2, 3][..], &[3, 1][..]),
        ("far past the end", 6, 0, &[2], &[i32::MAX]),
        ("more than is stored", 7, 0, &[7], &[1]),
        ("less than is stored", 5, 0, &[5], &[1]),
        ("negative", -6, 0, &[6], &[1]),
        ("negative offset", 6, -1, &[6], &[1]),
        ("negative size", 6, 0, &[-6], &[1]),
        ("negative stride", 6, 5, &[6], &[-1]),
        ("repeated", 6, 0, &[1 << 30, 1 << 30], &[0, 0]),
        ("too large", 6, 0, &[i32::MAX, i32::MAX, i32::MAX], &[1, 1, 1]),
        ("axes without strides", 6, 0, &[2, 3], &[1]),
    ] {
        let found = fault(pickled(&dict(&[("a", tensor(elements, offset, shape, strides))])));
        assert_eq!(found.0, "malformed_header", "{what}: {}", found.1);
    }
}

#[test]
fn a_storage_has_one_type_and_one_size() {
    let of = |kind: &str, elements: i32| {
        let bytes = tensor(elements, 0, &[2], &[1]);
        let at = bytes.windows(12).position(|part| part == b"FloatStorage").unwrap();
        [&bytes[..at], kind.as_bytes(), &bytes[at + 12..]].concat()
    };
    let both = |one: Vec<u8>, other: Vec<u8>| pickled(&dict(&[("a", one), ("b", other)]));
    assert!(both(of("FloatStorage", 6), of("FloatStorage", 6)).is_ok());
    // Both fit the 24 bytes that are stored: only one of them can be meant.
    let found = fault(both(of("FloatStorage", 6), of("IntStorage", 6)));
    assert_eq!(found.0, "malformed_header");
    assert!(found.1.contains("two types"), "{}", found.1);
    assert_eq!(fault(both(of("FloatStorage", 6), of("DoubleStorage", 3))).0, "malformed_header");
}

#[test]
fn pickles_run_nothing_and_cost_little() {
    let one = || tensor(6, 0, &[6], &[1]);
    let unsafe_ones: [&[u8]; 6] = [
        b"\x80\x02cos\nsystem\n(X\x02\0\0\0lstR.",
        b"\x80\x02cbuiltins\nprint\n)R.",
        b"\x80\x02ctorch\nload\n)R.",
        b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R.",
        b"(S'ls'\nios\nsystem\n.",
        b"\x80\x02ccollections\nOrderedDict\n)\x81.",
    ];
    for pickle in unsafe_ones {
        let (id, message) = fault(pickled(pickle));
        assert_eq!(id, "unsafe_pickle", "{message}");
    }
    let repeated =
        |part: &[u8], count: usize| part.iter().copied().cycle().take(part.len() * count).collect::<Vec<u8>>();
    let bombs: Vec<Vec<u8>> = vec![
        // A text that says it is long.
        b"\x80\x02X\xff\xff\xff\xff.".to_vec(),
        // A tuple in a tuple, a million deep; and tuples of the same two tuples, which doubles what they hold.
        [b"\x80\x02)".to_vec(), repeated(b"\x85", 1_000_000), b".".to_vec()].concat(),
        [b"\x80\x02)".to_vec(), repeated(b"q\0h\0\x86", 10_000), b".".to_vec()].concat(),
        // A list in itself.
        b"\x80\x02]q\0h\0a.".to_vec(),
        // Marks, and takings from nothing.
        [b"\x80\x02".to_vec(), repeated(b"(", 1_000_000), b".".to_vec()].concat(),
        b"\x80\x02u.".to_vec(),
        b"\x80\x02(\x85.".to_vec(),
        b"\x80\x02h\x07.".to_vec(),
        b"\x80\x02\x8a\xff.".to_vec(),
        b"\x80\x02".to_vec(),
        b"\x80\x09N.".to_vec(),
        b"".to_vec(),
        // Something behind the end.
        [dict(&[("a", one())]), b"N.".to_vec()].concat(),
    ];
    for pickle in bombs {
        let (id, message) = fault(pickled(&pickle));
        assert!(["malformed_header", "limit_exceeded"].contains(&id.as_str()), "{id}: {message}");
    }
    let (id, message) = fault(pickled(&dict(&[("a", one()), ("a", one())])));
    assert_eq!((id.as_str(), message.as_str()), ("malformed_header", "two tensors have one name"));
    assert_eq!(fault(pickled(&dict(&[("a\u{202e}b", one())]))).0, "malformed_header");
}

#[test]
fn archives_say_everything_the_same_twice() {
    let pickle = dict(&[("a", tensor(6, 0, &[6], &[1]))]);
    let whole = archive(&pickle);
    assert!(read("model.bin", &whole).is_ok());
    let refused = |what: &str, bytes: Vec<u8>| {
        let (id, message) = fault(read("model.bin", &bytes));
        let known = ["malformed_header", "truncated_file", "unsafe_path", "unsupported_format", "limit_exceeded"];
        assert!(known.contains(&id.as_str()), "{what}: {id} {message}");
    };
    refused("something behind", [&whole[..], b"x"].concat());
    refused("another archive behind", [&whole[..], &whole[..]].concat());
    refused("cut", whole[..whole.len() - 1].to_vec());
    refused("a comment", {
        let mut bytes = whole.clone();
        let end = bytes.len();
        bytes[end - 2] = 1;
        [bytes, b"x".to_vec()].concat()
    });
    let members = |list: &[(&str, &[u8])]| zip(list);
    let data: &[u8] = &[0; 24];
    refused("a name twice", members(&[("data.pkl", &pickle), ("data/0", data), ("data/0", data)]));
    refused("a name that climbs", members(&[("data.pkl", &pickle), ("../data/0", data)]));
    refused("no storage", members(&[("data.pkl", &pickle)]));
    refused("no pickle", members(&[("data/0", data)]));
    refused("big-endian", members(&[("data.pkl", &pickle), ("byteorder", b"big"), ("data/0", data)]));
}

/// Every single byte that is changed is told, or is one of a field that says nothing here (versions, times,
/// attributes).
#[test]
fn mutated_archives_are_told_or_the_same() {
    let whole = archive(&dict(&[("a", tensor(6, 0, &[6], &[1]))]));
    let good = read("model.bin", &whole).unwrap();
    let mut chance = mutate::chance(7);
    let mut accepted = 0;
    for _ in 0..rounds() {
        let mut bytes = whole.clone();
        let at = chance.next_u32() as usize % bytes.len();
        bytes[at] ^= 1 << (chance.next_u32() % 8);
        let found = read("model.bin", &bytes);
        if !refused(&found) && bytes.starts_with(b"PK\x03\x04") {
            assert_eq!(found.unwrap(), good, "byte {at}");
            accepted += 1;
        }
    }
    assert!(accepted < rounds() / 5, "{accepted}");
}

/// The pickle is changed and the archive is sound, so that no checksum stands before the machine that reads it.
#[test]
fn mutated_pickles_are_read_or_refused() {
    let good = dict(&[("a", tensor(6, 0, &[2, 3], &[3, 1])), ("b", tensor(6, 2, &[2], &[2]))]);
    let marks = mutate::marks(&good, &OPERATIONS);
    let mut chance = mutate::chance(8);
    let mut wrong = 0;
    for round in 0..rounds() {
        wrong += usize::from(is_refused(&archive(&mutate::mutant(&good, &marks, &mut chance, round))));
    }
    assert!((rounds() / 4..rounds()).contains(&wrong), "{wrong}");
}
