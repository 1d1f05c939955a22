//! The header validator: hostile headers of the threat matrix, goldens, and the public reader as the reference.

use crate::intake::{assert_fault, goldens, open, safetensors, submit};
use crate::mutate::{self, rounds};
use candle_core::safetensors::SliceSafetensors;
use lmstd_runtime::intake::checkpoint::{Checkpoint, read_tensor};
use lmstd_runtime::intake::door::Submission;
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::intake::json;
use lmstd_runtime::intake::safetensors::{Header, read_header};
use proptest::prelude::*;
use std::collections::BTreeMap;

const FILE: &str = "model.safetensors";

fn read(bytes: &[u8]) -> Result<Header, IntakeError> {
    let (_folder, submission) = submit(&[(FILE, bytes)]);
    read_header(submission.file(FILE).unwrap())
}

fn tensor(name: &str, dtype: &str, shape: &str, offsets: &str) -> String {
    format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}"#)
}

/// A file of these entries over `data` bytes of zeros.
fn file(entries: &[String], data: usize) -> Vec<u8> {
    safetensors(&format!("{{{}}}", entries.join(",")), &vec![0; data])
}

#[test]
fn cases_1_to_4_lengths() {
    let with_length = |length: u64| [&length.to_le_bytes()[..], b"{}"].concat();
    assert_fault(read(&with_length(u64::MAX)), "malformed_header");
    assert_fault(read(&with_length(11)), "truncated_file");
    assert_fault(read(&with_length(100_000_001)), "malformed_header");
    let error = assert_fault(read(&with_length(100_000_000)), "truncated_file");
    assert_eq!((error.expected.as_str(), error.found.as_str()), ("100000008", "10"));
    assert_fault(read(b""), "truncated_file");
    assert_fault(read(&[0; 7]), "truncated_file");
    assert_fault(read(&[0; 8]), "malformed_header");
    assert!(read(&with_length(2)).unwrap().tensors.is_empty());
}

#[test]
fn cases_5_and_6_ranges() {
    let (a, b) = (tensor("a", "U8", "[4]", "[0,4]"), tensor("b", "U8", "[4]", "[4,8]"));
    let header = read(&file(&[b.clone(), a.clone()], 8)).unwrap();
    assert_eq!(header.tensors.keys().collect::<Vec<_>>(), ["b", "a"], "the header's order");
    let length = header.tensors["a"].offset;
    assert_eq!(header.tensors["b"].offset, length + 4);
    assert_fault(read(&file(&[a.clone(), tensor("b", "U8", "[4]", "[0,4]")], 8)), "malformed_header");
    assert_fault(read(&file(&[a.clone(), tensor("b", "U8", "[4]", "[2,6]")], 6)), "malformed_header");
    assert_fault(read(&file(&[a.clone(), tensor("b", "U8", "[4]", "[5,9]")], 9)), "malformed_header");
    assert_fault(read(&file(&[tensor("a", "U8", "[4]", "[1,5]")], 5)), "malformed_header");
    assert_fault(read(&file(std::slice::from_ref(&a), 5)), "malformed_header");
    assert_fault(read(&file(&[a, b], 7)), "truncated_file");
}

#[test]
fn cases_7_and_8_names_stand_once() {
    let (a, wide) = (tensor("a", "U8", "[4]", "[0,4]"), tensor("a", "F32", "[1]", "[0,4]"));
    assert!(assert_fault(read(&file(&[a.clone(), wide], 4)), "malformed_header").message.contains("twice"));
    let escaped = tensor("\\u0061", "U8", "[4]", "[0,4]");
    assert_fault(read(&file(&[a.clone(), escaped], 4)), "malformed_header");
    let meta = |text: &str| read(&file(&[format!(r#""__metadata__":{text}"#), a.clone()], 4));
    assert_eq!(meta(r#"{"format":"pt"}"#).unwrap().metadata["format"], "pt");
    for bad in [r#"{"x":"1","x":"2"}"#, r#"{"x":1}"#, r#"{"x":{"y":"z"}}"#, "null", r#"{},"__metadata__":{}"#] {
        assert_fault(meta(bad), "malformed_header");
    }
    let field_twice = r#""a":{"dtype":"U8","dtype":"I8","shape":[4],"data_offsets":[0,4]}"#.to_owned();
    assert_fault(read(&file(&[field_twice], 4)), "malformed_header");
    let field_more = r#""a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"stride":1}"#.to_owned();
    assert_fault(read(&file(&[field_more], 4)), "malformed_header");
}

#[test]
fn cases_9_and_10_shapes_do_not_overflow() {
    for shape in
        ["[4294967296,4294967296]", "[9223372036854775808,2]", "[18446744073709551615,0]", "[0,4294967296,4294967296]"]
    {
        let offsets = "[0,0]";
        let result = read(&file(&[tensor("a", "F32", shape, offsets)], 0));
        assert_fault(result, "malformed_header");
    }
    assert_fault(read(&file(&[tensor("a", "F32", "[2]", "[0,4]")], 4)), "malformed_header");
    assert_fault(read(&file(&[tensor("a", "F4", "[2]", "[0,1]")], 1)), "malformed_header");
    assert_fault(read(&file(&[tensor("a", "U8", &format!("[{}1]", "1,".repeat(16)), "[0,1]")], 1)), "malformed_header");
    let scalar = read(&file(&[tensor("a", "F64", "[]", "[0,8]")], 8)).unwrap();
    assert!(scalar.tensors["a"].shape.is_empty());
}

#[test]
fn case_11_empty_tensors_do_not_flood() {
    let flood = |count: usize| {
        let entries: Vec<String> = (0..count).map(|n| tensor(&n.to_string(), "U8", "[0]", "[0,0]")).collect();
        read(&file(&entries, 0))
    };
    assert_eq!(flood(1_024).unwrap().tensors.len(), 1_024);
    assert_fault(flood(1_025), "limit_exceeded");
    assert_fault(flood(200_000), "limit_exceeded");
}

#[test]
fn cases_12_to_15_spelling() {
    let a = tensor("a", "U8", "[1]", "[0,1]");
    for (header, fine) in [
        (format!("{{{a}}}   "), true),
        (format!(" {{{a}}}"), false),
        (format!("\n{{{a}}}"), false),
        (format!("{{{a}}}\n"), false),
        (format!("{{{a}}}\0"), false),
        (format!("\u{feff}{{{a}}}"), false),
        (format!("[{{{a}}}]"), false),
        (format!("{{{a},}}"), false),
    ] {
        assert_eq!(read(&safetensors(&header, &[0])).is_ok(), fine, "{header:?}");
    }
    for offsets in ["[1,0]", "[-1,0]", "[0.0,1.0]", "[0]", "[0,1,1]", "null", "[0,1e0]", "\"01\""] {
        assert_fault(read(&file(&[tensor("a", "U8", "[1]", offsets)], 1)), "malformed_header");
    }
    for name in ["a\\u001b[2J", "a\\u0000", "../a", "a\\u202eb", "", &"n".repeat(1_025)] {
        let error = assert_fault(read(&file(&[tensor(name, "U8", "[1]", "[0,1]")], 1)), "malformed_header");
        assert!(!error.to_string().contains(['\x1b', '\0', '\u{202e}']), "{error}");
    }
    let twins = [tensor("caf\u{e9}", "U8", "[1]", "[0,1]"), tensor("cafe\u{301}", "U8", "[1]", "[1,2]")];
    assert_fault(read(&file(&twins, 2)), "malformed_header");
    let cases = [tensor("a.W", "U8", "[1]", "[0,1]"), tensor("a.w", "U8", "[1]", "[1,2]")];
    assert!(read(&file(&cases, 2)).is_ok());
}

#[test]
fn case_16_truth_values_are_0_and_1() {
    for (byte, fine) in [(0, true), (1, true), (2, false), (255, false)] {
        let header = format!("{{{}}}", tensor("mask", "BOOL", "[2]", "[0,2]"));
        let (_folder, submission) = submit(&[(FILE, &safetensors(&header, &[1, byte]))]);
        let checkpoint = Checkpoint::open(&submission).unwrap();
        let read = read_tensor(&submission, &checkpoint.tensors["mask"]);
        match fine {
            true => assert_eq!(read.unwrap(), [1, byte]),
            false => drop(assert_fault(read, "malformed_data")),
        }
    }
}

#[test]
fn case_17_nesting_ends_early() {
    for prefix in ["", r#"{"a":"#, r#"{"a":{"dtype":"#, r#"{"a":{"dtype":"U8","shape":"#, r#"{"__metadata__":{"a":"#] {
        let header = format!("{prefix}{}}}", "[".repeat(200_000));
        assert_fault(read(&safetensors(&header, &[])), "malformed_header");
    }
}

#[test]
fn case_19_nothing_hides_behind_the_data() {
    let mut polyglot = file(&[tensor("a", "U8", "[1]", "[0,1]")], 1);
    polyglot.extend(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    assert_fault(read(&polyglot), "malformed_header");
    assert_fault(read(b"PK\x03\x04\x14\0\0\0\0\0{}"), "malformed_header");
}

/// Every tensor as the public reader sees it.
fn by_public_reader(bytes: &[u8]) -> Option<BTreeMap<String, (Vec<u64>, Vec<u8>)>> {
    let reader = SliceSafetensors::new(bytes).ok()?;
    let mut tensors = BTreeMap::new();
    for (name, view) in reader.tensors() {
        tensors.insert(name, (view.shape().iter().map(|axis| *axis as u64).collect(), view.data().to_vec()));
    }
    Some(tensors)
}

fn by_us(submission: &Submission) -> Result<BTreeMap<String, (Vec<u64>, Vec<u8>)>, IntakeError> {
    let header = read_header(submission.file(FILE).unwrap())?;
    header
        .tensors
        .into_iter()
        .map(|(name, info)| Ok((name, (info.shape.clone(), read_tensor(submission, &info)?))))
        .collect()
}

#[test]
fn goldens_read_as_the_public_reader_reads_them() {
    for case in [
        "bert-sequence-classification",
        "bert-sequence-classification-float16",
        "bert-sequence-classification-bfloat16",
        "bert-tokenizer",
        "transformer-post-norm",
        "benign/gamma-beta-names",
        "benign/old-position-ids-buffer",
        "broken/wrong-dtype",
        "broken/nan-weight",
    ] {
        let submission = open(&goldens(case)).unwrap();
        let bytes = std::fs::read(goldens(case).join(FILE)).unwrap();
        assert_eq!(by_us(&submission).unwrap(), by_public_reader(&bytes).unwrap(), "{case}");
        assert!(!Checkpoint::open(&submission).unwrap().tensors.is_empty());
        submission.rehash().unwrap();
    }
}

#[test]
fn broken_goldens_get_the_fault_they_name() {
    for case in ["safetensors-overlap", "truncated-file"] {
        let expected = std::fs::read(goldens("broken").join(case).join("expected.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
        let submission = open(&goldens("broken").join(case)).unwrap();
        let error = assert_fault(Checkpoint::open(&submission), expected["fault"].as_str().unwrap());
        if case == "truncated-file" {
            let (expected, found): (u64, u64) = (error.expected.parse().unwrap(), error.found.parse().unwrap());
            assert_eq!(expected - found, 1_000);
        } else {
            assert!(error.at.contains("bert.embeddings.LayerNorm."), "{error}");
        }
    }
}

/// A small valid file that has everything: metadata, several types, an empty tensor, a scalar.
fn seed() -> Vec<u8> {
    let entries = [
        r#""__metadata__":{"format":"pt"}"#.to_owned(),
        tensor("a.weight", "F32", "[2,3]", "[0,24]"),
        tensor("é", "I64", "[]", "[24,32]"),
        tensor("none", "F16", "[0,7]", "[32,32]"),
        tensor("mask", "BOOL", "[4]", "[32,36]"),
    ];
    file(&entries, 36)
}

/// The header is changed as the JSON that it is, and its length stays honest mostly: what we accept, the public reader
/// accepts and reads the same, and every tensor lies in the file.
#[test]
fn mutated_headers_are_read_alike_or_refused() {
    let whole = seed();
    let (header, data) = whole[8..].split_at(whole.len() - 8 - 36);
    let good: serde_json::Value = serde_json::from_slice(header).unwrap();
    let mut chance = mutate::chance(20_301);
    let (mut same, mut wrong) = (0, 0);
    for round in 0..rounds() {
        let header = mutate::json(&good, &mut chance, round);
        let mut bytes = [&(header.len() as u64).to_le_bytes()[..], &header, data].concat();
        if round % 8 == 1 {
            bytes = mutate::mutant(&bytes, &[0], &mut chance, round);
        }
        let (_folder, submission) = submit(&[(FILE, &bytes)]);
        let header = read_header(submission.file(FILE).unwrap());
        if mutate::refused(&header) {
            wrong += 1;
            continue;
        }
        let header = header.unwrap();
        // A truth value that is none is told when it is read.
        if mutate::held(&submission, &header.tensors) == header.tensors.len() {
            assert_eq!(Some(by_us(&submission).unwrap()), by_public_reader(&bytes));
            same += 1;
        }
    }
    assert!(same > rounds() / 400 && wrong > rounds() / 2, "{same} the same, {wrong} refused");
}

proptest! {
    /// What we accept, the public reader accepts and reads the same; whatever we get, we do not panic.
    #[test]
    fn mutated_files_mean_one_thing_or_nothing(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 0..4),
    ) {
        let mut bytes = seed();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len());
            // Mostly characters that a header is made of: random bytes seldom get past JSON.
            let near = b"0123456789{}[]:,\"\\ -.eFIU"[usize::from(byte) % 25];
            match kind {
                0 => bytes[at] = byte,
                1 => bytes[at] = near,
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, near),
            }
            if bytes.len() > 8 && kind >= 2 {
                // Keep the length honest half of the time, so that the edit reaches the later rules.
                let length = u64::from_le_bytes(bytes[..8].try_into().unwrap());
                let moved = if kind == 2 { length.wrapping_sub(1) } else { length.wrapping_add(1) };
                if byte & 1 == 0 { bytes[..8].copy_from_slice(&moved.to_le_bytes()); }
            }
        }
        let (_folder, submission) = submit(&[(FILE, &bytes)]);
        if let Ok(ours) = by_us(&submission) {
            prop_assert_eq!(Some(ours), by_public_reader(&bytes));
        }
    }

    #[test]
    fn random_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}:,\"a0-9.e\\\\u-]{0,60}") {
        let _ = read(&bytes);
        let _ = read(&safetensors(&format!("{{{text}}}"), &[0; 4]));
        // Against serde_json, the public reader: we accept no more, and read the same.
        for input in [&bytes[..], text.as_bytes()] {
            if let Ok(ours) = json::parse(input, "x", 1_000) {
                prop_assert_eq!(Some(ours), serde_json::from_slice::<serde_json::Value>(input).ok());
            }
        }
    }
}
