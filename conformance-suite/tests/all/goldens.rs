//! Every folder under `tests/goldens` is certified: sound ones and benign twins conform, broken ones are refused for
//! the right reason. A case is dropped in as a folder; its `expected.json` says what must come out.

use crate::support::{certify, faults, golden};
use std::path::{Path, PathBuf};

/// A BERT with its tokenizer: what `lmstd/bert-sequence-classification` does not ask.
const WITH_TOKENIZER: &str = "standard with-tokenizer 1.0.0 {
  title en \"BERT with its tokenizer\" zh \"BERT 及其分词器\"
  model bert = bert.SequenceClassification
  clause ARCH-1 must { conforms(bert) }
  clause TOK-1 must { tokenizer_fits(bert) }
  clause TOK-2 must { tokenizer_agrees(bert) }
  clause SEM-1 must { padding_invariant(bert) within derived }
  clause SEM-2 must { batch_invariant(bert) within derived }
}";

struct Case {
    name: String,
    folder: PathBuf,
    expected: Option<serde_json::Value>,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for group in ["", "benign", "broken"] {
        let mut folders: Vec<PathBuf> =
            std::fs::read_dir(golden(group)).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        for folder in folders.into_iter().filter(|folder| folder.join("config.json").is_file()) {
            let expected = std::fs::read(folder.join("expected.json")).ok();
            let expected = expected.map(|bytes| serde_json::from_slice(&bytes).unwrap());
            let name = folder.file_name().unwrap().to_str().unwrap().to_string();
            cases.push(Case { name, folder, expected });
        }
    }
    cases
}

fn standard(folder: &Path, scratch: &Path) -> PathBuf {
    let config: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("config.json")).unwrap()).unwrap();
    if folder.join("texts.json").is_file() {
        let path = scratch.join("with-tokenizer.lms");
        std::fs::write(&path, WITH_TOKENIZER).unwrap();
        return path;
    }
    match config["model_type"].as_str() {
        Some("bert") => "lmstd/bert-sequence-classification".into(),
        Some("torch_transformer_encoder_classifier") => "lmstd/transformer-post-norm".into(),
        other => panic!("no standard for model type {other:?}"),
    }
}

#[test]
fn every_golden_comes_out_as_it_must() {
    let scratch = tempfile::tempdir().unwrap();
    let cases = cases();
    assert!(cases.len() >= 26, "{}", cases.len());
    for case in cases {
        let out = scratch.path().join(&case.name);
        let (run, report) = certify(&standard(&case.folder, scratch.path()), &case.folder, &out);
        let expect = |key: &str| case.expected.as_ref().and_then(|e| e[key].as_str()).unwrap_or("accept").to_string();
        let faults = faults(&report);
        match (expect("verdict").as_str(), expect("stage").as_str()) {
            ("accept", _) => assert_eq!(run.code, 0, "{}: {}", case.name, run.out),
            // The README of the goldens says that a checker need not tell this fault from rounding.
            ("not_distinguishable", _) => assert_ne!(run.code, 0, "{}: {}", case.name, run.out),
            ("reject", "execution") => {
                assert_eq!(run.code, 1, "{}: {}", case.name, run.out);
                assert!(faults.contains(&"output_mismatch".to_string()), "{}: {faults:?}", case.name);
                let divergence = first_divergence(&report);
                assert_eq!(divergence, layer_at_fault(&case.name), "{}", case.name);
            }
            ("reject", _) => {
                assert_ne!(run.code, 0, "{}: {}", case.name, run.out);
                assert!(faults.contains(&expect("fault")), "{}: {faults:?}", case.name);
            }
            other => panic!("{}: {other:?}", case.name),
        }
    }
}

/// The layer that the finding of an execution fault names.
fn first_divergence(report: &serde_json::Value) -> String {
    let clauses = report["clauses"].as_array().unwrap().iter();
    let mut findings = clauses.flat_map(|clause| clause["findings"].as_array().unwrap());
    let finding = findings.find(|finding| finding["fault"] == "output_mismatch").unwrap();
    finding["at"].as_str().unwrap().split(':').next().unwrap().to_string()
}

/// Where the value first differs, from how the case was made: position vectors and the embeddings' norm lie before the
/// first layer, everything else acts in layer 0 first.
fn layer_at_fault(case: &str) -> &'static str {
    match case {
        "position-off-by-one" | "layer-norm-eps" => "bert.embeddings",
        "pre-norm-instead-of-post-norm" => "encoder.layers.0",
        _ => "bert.encoder.layer.0",
    }
}
