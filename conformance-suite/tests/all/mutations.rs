//! Mutated submissions of every format through the real program: each ends in a verdict with a report whose evidence
//! verifies, and a worker that ends early has said by which limit.

use crate::support::{certify, copy, golden, lmstd_check, root};
use lmstd_conformance_suite::faults;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[allow(dead_code, reason = "the tests of the readers use more of it")]
#[path = "../../../runtime/tests/all/mutate.rs"]
mod mutate;

/// Lays a submission into `submission` of a scratch folder; gives its standard and the file to change.
type Lay = Box<dyn Fn(&Path) -> (PathBuf, PathBuf)>;

fn architecture() -> PathBuf {
    PathBuf::from("lmstd/architecture")
}

fn tests(name: &str) -> PathBuf {
    root().join("conformance-suite/tests").join(name)
}

/// A file of a sound model.
fn model(case: &'static str, file: &'static str) -> (String, Lay) {
    let lay = move |scratch: &Path| {
        let folder = scratch.join("submission");
        copy(&golden(case), &folder);
        (architecture(), folder.join(file))
    };
    (format!("{case}/{file}"), Box::new(lay))
}

/// A file of the tests of the readers in place of another one of a sound model.
fn instead(folder: &'static str, of: &'static str, stored: &'static str, file: &'static str) -> (String, Lay) {
    let lay = move |scratch: &Path| {
        let submission = scratch.join("submission");
        copy(&tests(folder), &submission);
        fs::remove_file(submission.join(of)).unwrap();
        fs::copy(root().join("runtime/tests").join(stored), submission.join(file)).unwrap();
        (architecture(), submission.join(file))
    };
    (stored.to_owned(), Box::new(lay))
}

/// A table of data beside a sound model.
fn table(file: &'static str, text: &'static str) -> (String, Lay) {
    let lay = move |scratch: &Path| {
        copy(&tests("architectures/tabular-mlp"), &scratch.join("submission"));
        fs::copy(tests("data-faults/base").join(file), scratch.join(file)).unwrap();
        let standard = scratch.join("standard.lms");
        let words = format!(
            "standard data 1.0.0 {{\n  model m = mlp.TabularClassifier\n  dataset d {{\n    id: int\n    \
             {text}: text\n    split test from \"{file}\"\n  }}\n  clause ARCH-1 must {{ conforms(m) }}\n  \
             clause ROWS-1 must {{ rows(d.test) >= 1 }}\n  clause DATA-1 should {{ schema(d) }}\n}}\n"
        );
        fs::write(&standard, words).unwrap();
        (standard, scratch.join(file))
    };
    (file.to_owned(), Box::new(lay))
}

/// A picture or recording that a dataset is prepared from.
fn medium(file: &'static str) -> (String, Lay) {
    let lay = move |scratch: &Path| {
        tree(&tests("data-faults/media"), scratch);
        fs::create_dir(scratch.join("submission")).unwrap();
        fs::write(scratch.join("submission/README.md"), "no model\n").unwrap();
        (scratch.join("standard.lms"), scratch.join(file))
    };
    (file.to_owned(), Box::new(lay))
}

/// Copies a folder with those below it.
fn tree(from: &Path, to: &Path) {
    copy(from, to);
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            tree(&entry.path(), &to.join(entry.file_name()));
        }
    }
}

fn bases() -> Vec<(String, Lay)> {
    let words = "goldens/bert-tokenizer";
    vec![
        model("bert-sequence-classification", "model.safetensors"),
        model("bert-sequence-classification", "golden.safetensors"),
        model("bert-sequence-classification", "config.json"),
        model("bert-sequence-classification-bin", "pytorch_model.bin"),
        instead("architectures/tabular-mlp", "model.safetensors", "torch/old-module.pt", "model.pt"),
        model("llama-gguf", "model.gguf"),
        model("keras-transformer-block-h5", "model.h5"),
        model("keras-transformer-block-weights-h5", "model.weights.h5"),
        model("keras-transformer-block-keras", "model.keras"),
        instead("architectures/tabular-mlp", "model.safetensors", "npy/stored.npz", "model.npz"),
        model("bert-onnx", "model.onnx"),
        model("bert-tokenizer", "tokenizer.json"),
        model("bert-tokenizer", "texts.json"),
        instead(words, "tokenizer.json", "tokenizers/bert/vocab.txt", "vocab.txt"),
        instead(words, "tokenizer.json", "tokenizers/albert/spiece.model", "spiece.model"),
        table("branches.csv", "name"),
        table("calls.jsonl", "text"),
        table("parcels.parquet", "place"),
        table("parcels.arrow", "place"),
        medium("photos/robin/0.png"),
        medium("recordings/0.wav"),
    ]
}

/// Changes a file: JSON as a tree, the rest near its head or its end more often than not.
fn change(path: &Path, round: usize) {
    let mut chance = mutate::chance(20_320 + round as u64);
    let bytes = fs::read(path).unwrap();
    let bytes = match serde_json::from_slice::<Value>(&bytes) {
        Ok(value) => mutate::json(&value, &mut chance, round),
        Err(_) => {
            let end = bytes.len().saturating_sub(400);
            let marks: Vec<usize> = (0..end.min(1_200)).chain(end..bytes.len()).step_by(96).collect();
            mutate::mutant(&bytes, &marks, &mut chance, round)
        }
    };
    fs::write(path, bytes).unwrap();
}

/// Every finding has a fault of the list that is not the checker's own; where a worker ended early, it is told which
/// limit ended it.
fn assert_causes(report: &Value, what: &str) {
    const LIMITS: [&str; 4] = ["its memory limit", "its CPU time", "beyond its limit", "gave no answer within"];
    for clause in report["clauses"].as_array().unwrap() {
        for finding in clause["findings"].as_array().unwrap() {
            let (fault, message) = (finding["fault"].as_str().unwrap(), finding["message"].as_str().unwrap());
            assert!(faults::find(fault).is_some() && fault != "internal", "{what}: {fault}: {message}");
            let ended = fault.starts_with("worker_");
            assert!(!ended || LIMITS.iter().any(|limit| message.contains(*limit)), "{what}: {fault}: {message}");
        }
    }
}

#[test]
#[ignore = "certifies 40 submissions and more: LMSTD_MUTATIONS / 500"]
fn mutated_submissions_end_in_a_verdict() {
    let bases = bases();
    let mut codes = BTreeSet::new();
    for round in 0..(mutate::rounds() / 500).max(2 * bases.len()) {
        let (name, lay) = &bases[round % bases.len()];
        let scratch = tempfile::tempdir().unwrap();
        let (standard, file) = lay(scratch.path());
        change(&file, round);
        let (what, out) = (format!("{name}, round {round}"), scratch.path().join("out"));
        let (run, report) = certify(&standard, &scratch.path().join("submission"), &out);
        assert!((0..=2).contains(&run.code), "{what}: exit code {}\n{}{}", run.code, run.out, run.err);
        assert_causes(&report, &what);
        let verified = lmstd_check(&["verify", out.to_str().unwrap()]);
        assert_eq!(verified.code, 0, "{what}: {}{}", verified.out, verified.err);
        codes.insert(run.code);
    }
    assert!(codes.contains(&2) && codes.len() > 1, "{codes:?}");
}
