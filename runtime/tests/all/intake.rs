//! The door, checkpoints, configurations, claims and cards. Numbers are those of the threat matrix: a case is a hostile
//! submission that a builder here makes, and the fault it must get.

use lmstd_runtime::intake::card::read_card;
use lmstd_runtime::intake::checkpoint::{Checkpoint, read_tensor};
use lmstd_runtime::intake::config::read_config;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::error::{IntakeError, printable};
use lmstd_runtime::intake::golden::{Claimed, read_texts};
use lmstd_runtime::intake::json;
use lmstd_runtime::intake::kind::Kind;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A folder with these files.
pub fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// That folder behind the door; the folder lives as long as the first value.
pub fn submit(files: &[(&str, &[u8])]) -> (TempDir, Submission) {
    let folder = folder(files);
    let submission = open(folder.path()).unwrap();
    (folder, submission)
}

pub fn open(path: &Path) -> Result<Submission, IntakeError> {
    Submission::open(path, &DoorLimits::default())
}

pub fn goldens(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance-suite/tests/goldens").join(case)
}

/// A safetensors file with this header and data.
pub fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

/// A file with one U8 tensor of one byte.
pub fn tiny(name: &str) -> Vec<u8> {
    safetensors(&format!(r#"{{"{name}":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}}"#), &[7])
}

#[track_caller]
pub fn assert_fault<T: std::fmt::Debug>(result: Result<T, IntakeError>, fault: &str) -> IntakeError {
    let error = result.unwrap_err();
    assert_eq!(error.fault, fault, "{error}");
    assert!(!error.message.is_empty() && !error.at.is_empty());
    error
}

// --- the door -------------------------------------------------------------------------------------------------

#[test]
fn the_root_is_the_digest_of_the_published_listing() {
    let (_folder, submission) = submit(&[("z", b""), ("a b/c.txt", b"hello\n")]);
    let manifest = submission.manifest();
    // Computed by Python's hashlib from the text that `manifest.rs` defines.
    assert_eq!(manifest.root, "87d03fda9cad6db0b650cc6a30e1d29968168227942cd4e135983d6f9df57962");
    // `sha256sum` of "hello\n".
    assert_eq!(manifest.files[0].sha256, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    assert!(manifest.is_sound());
    assert_eq!(manifest.total_bytes(), 6);
    let mut forged = manifest.clone();
    forged.files[1].bytes = 1;
    assert!(!forged.is_sound());
    assert!(submission.file("c.txt").is_none());
    assert_eq!(submission.file("a b/c.txt").unwrap().read_at(1, 4).unwrap(), b"ello");
    assert_fault(submission.file("z").unwrap().read_at(0, 1), "truncated_file");
    assert_fault(submission.file("a b/c.txt").unwrap().read_at(u64::MAX, 2), "truncated_file");
    assert_fault(submission.file("a b/c.txt").unwrap().read_all(5), "limit_exceeded");
}

#[test]
fn case_87_only_plain_files_and_folders_pass() {
    let link = folder(&[("config.json", b"{}")]);
    std::os::unix::fs::symlink("/etc/hostname", link.path().join("vocab.txt")).unwrap();
    assert!(assert_fault(open(link.path()), "unsafe_path").at.contains("vocab.txt"));
    let to_folder = folder(&[]);
    std::os::unix::fs::symlink("/etc", to_folder.path().join("onnx")).unwrap();
    assert_fault(open(to_folder.path()), "unsafe_path");
    let dangling = folder(&[]);
    std::os::unix::fs::symlink("nowhere", dangling.path().join("a")).unwrap();
    assert_fault(open(dangling.path()), "unsafe_path");
    let fifo = folder(&[]);
    let mode = rustix::fs::Mode::RUSR;
    rustix::fs::mknodat(rustix::fs::CWD, fifo.path().join("pipe"), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    assert_fault(open(fifo.path()), "unsafe_path");
    let socket = folder(&[]);
    let _listener = std::os::unix::net::UnixListener::bind(socket.path().join("s")).unwrap();
    assert_fault(open(socket.path()), "unsafe_path");
}

#[test]
fn case_88_hard_links_are_refused() {
    let outside = folder(&[("secret", b"x")]);
    let inside = tempfile::tempdir_in(outside.path()).unwrap();
    fs::hard_link(outside.path().join("secret"), inside.path().join("weights.safetensors")).unwrap();
    assert!(assert_fault(open(inside.path()), "unsafe_path").at.contains("weights.safetensors"));
}

#[test]
fn case_89_twins_floods_and_depth_are_refused() {
    assert_fault(open(folder(&[("Model.bin", b"a"), ("model.bin", b"b")]).path()), "unsafe_path");
    assert_fault(open(folder(&[("caf\u{e9}", b"a"), ("cafe\u{301}", b"b")]).path()), "unsafe_path");
    assert_fault(open(folder(&[("a/x", b"a"), ("A/y", b"b")]).path()), "unsafe_path");
    let many: Vec<String> = (0..10_001).map(|n| n.to_string()).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert_fault(open(folder(&many).path()), "limit_exceeded");
    assert!(open(folder(&many[1..]).path()).is_ok(), "10,000 files, most of them opened on use");
    assert!(open(folder(&[(&format!("{}f", "d/".repeat(32)), b"")]).path()).is_ok());
    assert_fault(open(folder(&[(&format!("{}f", "d/".repeat(33)), b"")]).path()), "limit_exceeded");
}

#[test]
fn case_90_a_sparse_terabyte_is_not_read() {
    let sparse = folder(&[]);
    fs::File::create(sparse.path().join("model.safetensors")).unwrap().set_len(1 << 40).unwrap();
    assert_fault(open(sparse.path()), "limit_exceeded");
    let limits = DoorLimits { total_bytes: 3, ..DoorLimits::default() };
    assert_fault(Submission::open(folder(&[("a", b"xx"), ("b", b"xx")]).path(), &limits), "limit_exceeded");
}

#[test]
fn holes_are_not_read() {
    let hollow = |bytes: &[u64]| {
        let folder = folder(&[]);
        for (index, bytes) in bytes.iter().enumerate() {
            fs::File::create(folder.path().join(format!("{index}.dat"))).unwrap().set_len(*bytes).unwrap();
        }
        folder
    };
    let start = Instant::now();
    let error = assert_fault(open(hollow(&[8 << 30]).path()), "limit_exceeded");
    assert!(error.message.contains("holes") && error.at == "0.dat", "{error}");
    assert_fault(open(hollow(&[8 << 20; 20]).path()), "limit_exceeded");
    assert!(open(hollow(&[1 << 20; 8]).path()).is_ok(), "a few small ones cost nothing");
    assert!(open(folder(&[("zeros", &vec![0; 1 << 20])]).path()).is_ok(), "zeros that are stored are data");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn case_91_a_change_during_the_run_is_seen() {
    for held in [128, 0] {
        let limits = DoorLimits { held, ..DoorLimits::default() };
        let open = |folder: &TempDir| Submission::open(folder.path(), &limits).unwrap();
        let files: &[(&str, &[u8])] = &[("a", b"first"), ("b", b"second")];

        let swapped = folder(files);
        let submission = open(&swapped);
        submission.rehash().unwrap();
        fs::write(swapped.path().join("new"), "FIRST").unwrap();
        fs::rename(swapped.path().join("new"), swapped.path().join("a")).unwrap();
        let read = submission.file("a").unwrap().read_all(10);
        if held == 0 {
            assert_fault(read, "tampered");
        } else {
            assert_eq!(read.unwrap(), b"first", "the bytes that were hashed");
        }
        assert_fault(submission.rehash(), "tampered");

        let written = folder(files);
        let submission = open(&written);
        fs::write(written.path().join("b"), "SECOND").unwrap();
        assert!(assert_fault(submission.rehash(), "tampered").at.contains('b'));
        let shortened = folder(files);
        let submission = open(&shortened);
        fs::write(shortened.path().join("b"), "").unwrap();
        assert_fault(submission.file("b").unwrap().read_all(10), "tampered");

        let gone = folder(files);
        let submission = open(&gone);
        fs::remove_file(gone.path().join("b")).unwrap();
        assert_fault(submission.rehash(), "tampered");
        let more = folder(files);
        let submission = open(&more);
        fs::write(more.path().join("aa"), "x").unwrap();
        assert_fault(submission.rehash(), "tampered");
        let linked = folder(files);
        let submission = open(&linked);
        std::os::unix::fs::symlink("b", linked.path().join("c")).unwrap();
        assert_fault(submission.rehash(), "tampered");
    }
}

#[test]
fn case_92_hidden_files_are_listed() {
    let (_folder, submission) = submit(&[(".git/config", b"x"), (".hidden", b"y")]);
    let paths: Vec<&str> = submission.manifest().files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, [".git/config", ".hidden"]);
}

#[test]
fn names_that_lie_are_refused_and_shown_escaped() {
    use std::os::unix::ffi::OsStrExt;
    for name in [&b"a\x1b[2Jb"[..], b"\xff\xfe", "tsj.\u{202e}nosj".as_bytes(), b"a\\b", b"a\nb"] {
        let folder = folder(&[]);
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(name)), "x").unwrap();
        let error = assert_fault(open(folder.path()), "unsafe_path");
        assert!(!error.to_string().contains(['\x1b', '\u{202e}', '\n']), "{error}");
    }
    assert_eq!(printable("a\u{7}\u{202e}b"), "a\\u{7}\\u{202e}b");
    assert_eq!(printable(&"x".repeat(300)).chars().count(), 201);
}

#[test]
fn a_single_file_and_a_missing_path() {
    let folder = folder(&[("weights.safetensors", &tiny("w")), ("other", b"x")]);
    let submission = open(&folder.path().join("weights.safetensors")).unwrap();
    assert_eq!(submission.manifest().files.len(), 1);
    assert!(Checkpoint::open(&submission).unwrap().tensors.contains_key("w"));
    submission.rehash().unwrap();
    assert_fault(open(&folder.path().join("nothing")), "missing_file");
}

#[test]
fn the_users_own_path_may_be_a_link() {
    let real = folder(&[("0a1b2c", &tiny("w")), ("other", b"x")]);
    let links = folder(&[]);
    let (to_folder, to_file) = (links.path().join("folder"), links.path().join("model.safetensors"));
    std::os::unix::fs::symlink(real.path(), &to_folder).unwrap();
    std::os::unix::fs::symlink(real.path().join("0a1b2c"), &to_file).unwrap();
    assert_eq!(open(&to_folder).unwrap().manifest().files.len(), 2);
    for held in [128, 0] {
        let limits = DoorLimits { held, ..DoorLimits::default() };
        let submission = Submission::open(&to_file, &limits).unwrap();
        let paths: Vec<&str> = submission.manifest().files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["model.safetensors"], "under the name that the user wrote");
        assert!(Checkpoint::open(&submission).unwrap().tensors.contains_key("w"));
        submission.rehash().unwrap();
    }
    fs::write(links.path().join("a\u{1b}b"), "x").unwrap();
    assert_fault(open(&links.path().join("a\u{1b}b")), "unsafe_path");
}

// --- checkpoints ----------------------------------------------------------------------------------------------

fn checkpoint(files: &[(&str, &[u8])]) -> Result<Checkpoint, IntakeError> {
    let (_folder, submission) = submit(files);
    Checkpoint::open(&submission)
}

fn index(map: &[(&str, &str)]) -> Vec<u8> {
    let map: serde_json::Map<String, serde_json::Value> =
        map.iter().map(|(name, shard)| ((*name).to_owned(), (*shard).into())).collect();
    serde_json::to_vec(&serde_json::json!({"metadata": {"total_size": 2}, "weight_map": map})).unwrap()
}

const INDEX: &str = "model.safetensors.index.json";
const ONE: &str = "model-00001-of-00002.safetensors";
const TWO: &str = "model-00002-of-00002.safetensors";

#[test]
fn shards_are_joined_in_the_index_order() {
    let (_folder, submission) =
        submit(&[(INDEX, &index(&[("b", TWO), ("a", ONE)])), (ONE, &tiny("a")), (TWO, &tiny("b"))]);
    let checkpoint = Checkpoint::open(&submission).unwrap();
    assert_eq!(checkpoint.tensors.keys().collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(checkpoint.tensors["b"].file, TWO);
    assert_eq!(checkpoint.elements(), 2);
    assert_eq!(read_tensor(&submission, &checkpoint.tensors["a"]).unwrap(), [7]);
}

#[test]
fn case_20_shards_lie_beside_their_index() {
    let there = tiny("a");
    for name in ["../x.safetensors", "/etc/x.safetensors", "sub/x.safetensors", "x\\y.safetensors", "a.bin", ""] {
        assert_fault(checkpoint(&[(INDEX, &index(&[("a", name)])), ("sub/x.safetensors", &there)]), "unsafe_path");
    }
}

#[test]
fn case_21_each_tensor_is_where_the_index_says() {
    let both = index(&[("a", ONE), ("b", TWO)]);
    assert_fault(checkpoint(&[(INDEX, &both), (ONE, &tiny("a"))]), "missing_file");
    assert_fault(checkpoint(&[(INDEX, &both), (ONE, &tiny("a")), (TWO, &tiny("a"))]), "shard_mismatch");
    assert_fault(checkpoint(&[(INDEX, &both), (ONE, &tiny("a")), (TWO, &tiny("c"))]), "shard_mismatch");
    let more = index(&[("a", ONE), ("b", TWO), ("c", TWO)]);
    assert_fault(checkpoint(&[(INDEX, &more), (ONE, &tiny("a")), (TWO, &tiny("b"))]), "shard_mismatch");
    let twice = format!(r#"{{"weight_map":{{"a":"{ONE}","a":"{TWO}"}}}}"#);
    assert_fault(checkpoint(&[(INDEX, twice.as_bytes()), (ONE, &tiny("a")), (TWO, &tiny("a"))]), "duplicate_key");
    // Fields in their order are no names.
    let listed = format!(r#"[{{"total_size":1}},{{"a":"{ONE}"}}]"#);
    assert_fault(checkpoint(&[(INDEX, listed.as_bytes()), (ONE, &tiny("a"))]), "malformed_json");
}

#[test]
fn case_22_no_weight_file_is_passed_over() {
    let index = index(&[("a", ONE)]);
    assert_fault(checkpoint(&[(INDEX, &index), (ONE, &tiny("a")), (TWO, &tiny("b"))]), "unreferenced_shard");
    assert_fault(checkpoint(&[("model.safetensors", &tiny("a")), (ONE, &tiny("a"))]), "unreferenced_shard");
    assert_fault(checkpoint(&[("model.safetensors", &tiny("a")), (INDEX, &index)]), "ambiguous_files");
    assert_fault(checkpoint(&[("a.safetensors", &tiny("a")), ("b.safetensors", &tiny("a"))]), "ambiguous_files");
    assert!(checkpoint(&[("my.safetensors", &tiny("a")), ("golden.safetensors", &tiny("a"))]).is_ok());
}

#[test]
fn pickle_is_never_weights() {
    let error = assert_fault(checkpoint(&[("pytorch_model.bin", b"PK\x03\x04")]), "unsupported_format");
    assert!(error.message.contains("a bare pickle is not read by this version; convert to safetensors"));
    assert_fault(checkpoint(&[("model.gguf", b"GGUF")]), "truncated_file");
    assert_fault(checkpoint(&[("config.json", b"{}")]), "missing_file");
    // A pickle under another name is a file that is not what its name says.
    assert_fault(
        checkpoint(&[("model.safetensors", b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00cos\n")]),
        "unsafe_pickle",
    );
}

#[test]
fn what_lies_beside_the_weights_is_told() {
    let weights = tiny("a");
    let others = |files: &[(&str, &[u8])]| {
        let files = [&[("model.safetensors", &weights[..])][..], files].concat();
        let others = checkpoint(&files).unwrap().others;
        others.into_iter().map(|other| (other.file, other.kind)).collect::<Vec<_>>()
    };
    assert!(others(&[("README.md", b"---\n---\n"), ("config.json", b"{}"), ("golden.safetensors", b"")]).is_empty());
    let archive = [&b"PK\x03\x04"[..], &[0; 26], b"archive/data.pkl"].concat();
    let told = others(&[
        ("README.md", b"# Title"),
        ("modeling.py", b"import os"),
        ("onnx/model.onnx", b"x"),
        ("old/model.safetensors", &weights),
        ("pytorch_model.bin", b"x"),
        ("notes.txt", b"\x80\x04\x95"),
        ("notes.zip", &archive),
        ("run", b"#!/bin/sh\n"),
    ]);
    let told: Vec<(&str, Kind)> = told.iter().map(|(file, kind)| (file.as_str(), *kind)).collect();
    assert_eq!(
        told,
        [
            ("modeling.py", Kind::Code),
            ("notes.txt", Kind::Pickle),
            ("notes.zip", Kind::Pickle),
            ("old/model.safetensors", Kind::Weights),
            ("onnx/model.onnx", Kind::Weights),
            ("pytorch_model.bin", Kind::Pickle),
            ("run", Kind::Code),
        ]
    );
    // The right format in the wrong place is not a format that is not read.
    assert_fault(checkpoint(&[("old/model.safetensors", &weights)]), "missing_file");
    // A bare pickle is read by the machine, so that its own fault is told.
    assert_fault(checkpoint(&[("weights", b"\x80\x04\x95")]), "malformed_header");
    assert_fault(checkpoint(&[("weights", b"\x80\x04cos\nsystem\n.")]), "unsafe_pickle");
}

// --- configuration, JSON, claims, card ----------------------------------------------------------------------------

#[test]
fn case_72_configurations_name_no_code() {
    let config = |text: &str| read_config(&submit(&[("config.json", text.as_bytes())]).1);
    assert_eq!(config(r#"{"hidden_size": 32}"#).unwrap()["hidden_size"], 32);
    assert_fault(config(r#"{"auto_map": {"AutoModel": "m.Model"}}"#), "custom_code");
    assert_fault(config(r#"{"text_config": [{"auto_map": null}]}"#), "custom_code");
    assert_fault(config(r#"{"a": 1, "a": 2}"#), "duplicate_key");
    assert_fault(config("[]"), "malformed_json");
    assert_fault(read_config(&submit(&[]).1), "missing_file");
}

#[test]
fn json_means_one_thing() {
    let parse = |text: &[u8]| json::parse(text, "x.json", 1_000_000);
    assert_eq!(parse(b" {\"a\": [1, -2, 0.5, null, true, \"\\u00e9\"]} ").unwrap()["a"][5], "é");
    assert_fault(parse(br#"{"a":{"b":1,"\u0062":2}}"#), "duplicate_key");
    for text in [
        &b""[..],
        b"{} x",
        b"{}{}",
        b"\xff",
        b"\"\xed\xa0\x80\"",
        br#""\ud800""#,
        b"1e999",
        b"NaN",
        b"[1,]",
        b"{'a':1}",
        b"\xef\xbb\xbf{}",
        "[".repeat(100_000).as_bytes(),
        format!("{}{}", "[".repeat(128), "]".repeat(128)).as_bytes(),
    ] {
        assert_fault(parse(text), "malformed_json");
    }
    assert!(parse(format!("{}{}", "[".repeat(127), "]".repeat(127)).as_bytes()).is_ok());
    assert_fault(json::parse(b"[1, 2]", "x.json", 5), "limit_exceeded");
}

#[test]
fn claims_are_typed() {
    let (_folder, submission) = submit(&[("golden.safetensors", &tiny("logits"))]);
    assert!(Claimed::open(&submission).unwrap().unwrap().tensors.contains_key("logits"));
    assert!(read_texts(&submission).unwrap().is_none());
    let texts = |text: &str| read_texts(&submit(&[("texts.json", text.as_bytes())]).1);
    assert_eq!(texts(r#"[{"text":"a","ids":[1,2],"logits":[0.5]}]"#).unwrap().unwrap()[0].ids, [1, 2]);
    for bad in [
        r#"[{"text":"a","ids":[-1]}]"#,
        r#"[{"text":"a","ids":[4294967296]}]"#,
        r#"[{"text":"a","ids":[]}]"#,
        r#"[{"text":"a","ids":[1.0]}]"#,
        r#"[{"text":"a","ids":[1],"logits":[1e999]}]"#,
        r#"[{"text":"a","ids":[1],"logits":[null]}]"#,
        r#"[{"text":"a","ids":[1],"tokens":["a","b"]}]"#,
        r#"[{"text":"a","ids":[1],"more":0}]"#,
        r#"{"text":"a"}"#,
    ] {
        assert_fault(texts(bad), "malformed_json");
    }
}

#[test]
fn cards_declare_plain_facts() {
    let card = |text: &str| read_card(&submit(&[("README.md", text.as_bytes())]).1);
    let declared = card(
        "---\nlicense: apache-2.0\nlanguage:\n- en\n- no\nco2_eq_emissions:\n  emissions: 0.5\nmodel-index:\n- name: x\nempty:\n---\n# Title\n---\n",
    )
    .unwrap();
    let pairs: Vec<(&str, &str)> = declared.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(pairs, [("license", "apache-2.0"), ("language", "en, no"), ("co2_eq_emissions.emissions", "0.5")]);
    assert!(card("# No front matter").unwrap().is_empty());
    assert!(read_card(&submit(&[]).1).unwrap().is_empty());
    assert!(card("---\n---\n").unwrap().is_empty());
    for bad in [
        "---\nlicense: mit\n",
        "---\na: &x 1\nb: *x\n---\n",
        "---\na: 1\na: 2\n---\n",
        "---\n- a\n---\n",
        "---\na: !!python/object:os.system x\n---\n",
        "---\na: {<<: {b: 1}}\n---\n",
        "---\na: .nan\n---\n",
        "---\na: [\n---\n",
    ] {
        assert_fault(card(bad), "malformed_card");
    }
    let deep = format!("---\na: {}{}\n---\n", "[".repeat(10_000), "]".repeat(10_000));
    assert_fault(card(&deep), "malformed_card");
    assert_fault(card(&format!("---\na: {}\n---\n", "x".repeat(70_000))), "limit_exceeded");
}
