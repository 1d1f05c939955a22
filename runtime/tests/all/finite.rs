//! Numbers that are not finite are found where they lie, as they are found in a tensor that is made of them.

use crate::intake::{folder, safetensors};
use lmstd_runtime::intake::checkpoint::Checkpoint;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::weights::{first_non_finite, first_non_finite_stored, load};

/// Elements of a tensor: some of the door's blocks, and pieces of some that are shared with its neighbours.
const ELEMENTS: usize = 150_001;
/// Types, bytes of an element, and what is not finite: of each the last two bytes. The second one is finite in all others.
const TYPES: [(&str, usize, [u16; 3]); 4] = [
    ("F64", 8, [0x7FF8, 0xFFF0, 0x7FF0]),
    ("F32", 4, [0x7FC0, 0xFF80, 0x7F80]),
    ("F16", 2, [0x7E00, 0xFC00, 0x7C01]),
    ("BF16", 2, [0x7FC0, 0xFF80, 0x7F81]),
];

/// A tensor of all types one after the other, of any finite numbers, behind a header that begins the data `skew` bytes
/// behind a multiple of 8.
fn checkpoint(skew: usize, odd: &[(usize, usize, u16)]) -> Vec<u8> {
    let (mut data, mut entries) = (Vec::new(), Vec::new());
    let mut state = 1_u64;
    for (at, (dtype, size, _)) in TYPES.iter().enumerate() {
        let begin = data.len();
        let mut elements = Vec::new();
        for _ in 0..ELEMENTS {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut element = state.to_be_bytes()[..*size].to_vec();
            // No exponent is all ones; the lowest bits are those of any number.
            element[size - 1] &= 0xBB;
            elements.push(element);
        }
        for (_, place, high) in odd.iter().filter(|(which, _, _)| *which == at) {
            elements[*place] = [&vec![0; size - 2][..], &high.to_le_bytes()].concat();
        }
        data.extend(elements.concat());
        entries.push(format!(
            r#""{dtype}":{{"dtype":"{dtype}","shape":[{ELEMENTS}],"data_offsets":[{begin},{}]}}"#,
            data.len()
        ));
    }
    entries.push(format!(r#""I64":{{"dtype":"I64","shape":[1],"data_offsets":[{},{}]}}"#, data.len(), data.len() + 8));
    data.extend([0xFF; 8]);
    let mut header = format!("{{{}}}", entries.join(","));
    while header.len() % 8 != skew {
        header.push(' ');
    }
    safetensors(&header, &data)
}

#[test]
fn what_is_told_from_bytes_is_what_a_tensor_tells() {
    let last = ELEMENTS - 1;
    let mut cases = vec![Vec::new()];
    for (at, (_, size, highs)) in TYPES.iter().enumerate() {
        // At both ends, at the edges of blocks and of pieces, and before a later one.
        let block = (1 << 16) / size;
        for place in [0, 1, block - 1, block, 2 * block + 7, last] {
            cases.push(vec![(at, place, highs[place % 3]), (at, last, highs[0])]);
        }
    }
    for (skew, few) in [(0, 1), (1, 5), (2, 5), (4, 5)] {
        for odd in cases.iter().step_by(few) {
            let folder = folder(&[("model.safetensors", &checkpoint(skew, odd))]);
            let limits = DoorLimits::default();
            for submission in [
                Submission::open(folder.path(), &limits).unwrap(),
                Submission::open_unhashed(folder.path(), &limits).unwrap(),
            ] {
                let checkpoint = Checkpoint::open(&submission).unwrap();
                for (name, info) in &checkpoint.tensors {
                    let told = first_non_finite_stored(&submission, info).unwrap();
                    let first = first_non_finite(&load(&submission, info).unwrap()).unwrap();
                    assert_eq!(told, first.map(|index| index as u64), "{name} {skew} {odd:?}");
                    let places = odd.iter().filter(|(at, _, _)| TYPES.get(*at).is_some_and(|known| known.0 == name));
                    assert_eq!(told, places.map(|(_, place, _)| *place as u64).min(), "{name} {skew} {odd:?}");
                }
            }
        }
    }
}

#[test]
fn a_file_of_every_length_is_hashed_to_its_digest() {
    use sha2::{Digest, Sha256};
    let chunk = 1 << 20;
    let bytes: Vec<u8> = (0..3 * chunk as u32 + 5).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for length in [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk, 3 * chunk + 5] {
        // One long file, whose rest is done beside it, and as many as keep all threads busy.
        for files in [1, 65] {
            let names: Vec<String> = (0..files).map(|number| format!("{number:02}")).collect();
            let all: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &bytes[..length])).collect();
            let folder = folder(&all);
            let submission = Submission::open(folder.path(), &DoorLimits::default()).unwrap();
            let digest = hex::encode(Sha256::digest(&bytes[..length]));
            for file in submission.files() {
                assert_eq!(file.entry().sha256, digest, "{length} bytes");
                assert!(file.read_all(u64::MAX).unwrap() == bytes[..length]);
            }
            submission.rehash().unwrap();
        }
    }
}
