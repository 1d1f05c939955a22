//! Submissions in ONNX: bound to an architecture, or the model themselves.

use crate::support::{Run, certify, clause, copy, faults, golden, root};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The example's submission with its weights in the place of safetensors.
fn sentiment(to: &Path, file: &str, weights: &[u8]) {
    copy(&root().join("examples/sentiment/submission"), to);
    std::fs::remove_file(to.join("model.safetensors")).unwrap();
    std::fs::write(to.join(file), weights).unwrap();
}

fn exported() -> Vec<u8> {
    std::fs::read(fixture("conversions/sentiment-onnx/model.onnx")).unwrap()
}

/// The bytes with the first place of one text replaced by another of the same length.
fn replaced(mut bytes: Vec<u8>, text: &[u8], by: &[u8]) -> Vec<u8> {
    let at = bytes.windows(text.len()).position(|part| part == text).unwrap();
    bytes[at..at + by.len()].copy_from_slice(by);
    bytes
}

/// The verdict of a clause and what was measured for it.
fn fact(report: &serde_json::Value, id: &str) -> (String, Vec<f64>) {
    let clause = clause(report, id);
    let values = clause["measured"].as_array().unwrap().iter().filter_map(|measured| measured["value"].as_f64());
    (clause["verdict"].as_str().unwrap().to_owned(), values.collect())
}

#[test]
fn one_model_gets_one_verdict_and_one_score_in_every_format() {
    let scratch = tempfile::tempdir().unwrap();
    let standard = root().join("examples/sentiment/standard.lms");
    let (run, stored) =
        certify(&standard, &root().join("examples/sentiment/submission"), &scratch.path().join("stored"));
    assert_eq!(run.code, 0, "{}", run.out);
    for (folder, file) in
        [("sentiment-bin", "pytorch_model.bin"), ("sentiment-keras", "model.h5"), ("sentiment-onnx", "model.onnx")]
    {
        let submission = scratch.path().join(folder);
        let weights = std::fs::read(fixture("conversions").join(folder).join(file)).unwrap();
        sentiment(&submission, file, &weights);
        let (run, report) = certify(&standard, &submission, &scratch.path().join(format!("{folder}-out")));
        assert_eq!(run.code, 0, "{folder}: {}{}", run.out, run.err);
        for id in ["ARCH-1", "ARCH-2", "ARCH-3", "SEM-1", "SEM-2", "QUAL-1", "QUAL-2", "QUAL-3"] {
            let (ours, theirs) = (fact(&report, id), fact(&stored, id));
            assert_eq!(ours.0, theirs.0, "{folder}: {id}");
            if id.starts_with("QUAL") || id == "ARCH-3" {
                assert!(!ours.1.is_empty() && ours.1 == theirs.1, "{folder}: {id}: {:?} {:?}", ours.1, theirs.1);
            }
        }
    }
}

#[test]
fn a_graph_that_computes_something_else_than_its_weights_say_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let submission = scratch.path().join("submission");
    // Every number is where it was; the graph has another activation.
    sentiment(&submission, "model.onnx", &replaced(exported(), b"Relu", b"Selu"));
    let standard = root().join("examples/sentiment/standard.lms");
    let (run, report) = certify(&standard, &submission, &scratch.path().join("out"));
    assert_eq!(run.code, 1, "{}", run.out);
    assert_eq!(clause(&report, "ARCH-1")["verdict"], "fail");
    assert!(faults(&report).contains(&"graph_differs".to_owned()), "{:?}", faults(&report));
    // Nothing is measured of an architecture that is not the graph's.
    assert_eq!(clause(&report, "QUAL-1")["verdict"], "error");
}

#[test]
fn a_number_changed_in_the_graph_is_seen_against_the_claims() {
    let scratch = tempfile::tempdir().unwrap();
    let (submission, file) = (scratch.path().join("submission"), "model.onnx");
    copy(&golden("bert-onnx"), &submission);
    let graph = std::fs::read(submission.join(file)).unwrap();
    // The first bias of the first normalisation; behind the name stand a tag, a length of two bytes and the numbers.
    let name = b"m.bert.embeddings.LayerNorm.bias\x4a\x80\x01";
    let start = graph.windows(name.len()).position(|part| part == name).unwrap() + name.len();
    let mut changed = graph.clone();
    changed[start..start + 4].copy_from_slice(&0.5_f32.to_le_bytes());
    std::fs::write(submission.join(file), changed).unwrap();
    let (run, report) = certify(Path::new("lmstd/architecture"), &submission, &scratch.path().join("out"));
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(faults(&report).contains(&"output_mismatch".to_owned()), "{:?}", faults(&report));
}

const DETECTOR: &str = "standard detector 1.0.0 {
  model detector = any
  clause FIN-1 must { finite(detector) }
  clause SEM-1 must { agrees(detector) within derived }
  clause RUN-1 must { deterministic(detector) within derived }
  clause BATCH-1 must { batch_invariant(detector) within derived }
}
";

/// A graph held against the standard of detectors.
fn detected(submission: &Path) -> (Run, serde_json::Value) {
    let scratch = tempfile::tempdir().unwrap();
    let standard = scratch.path().join("detector.lms");
    std::fs::write(&standard, DETECTOR).unwrap();
    certify(&standard, submission, &scratch.path().join("out"))
}

#[test]
fn a_graph_of_no_architecture_is_the_model_itself() {
    let (run, report) = detected(&fixture("graphs/detector"));
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(report["models"]["detector"]["architecture"], "onnx");
    // Another number among the claims: no rounding explains it.
    let scratch = tempfile::tempdir().unwrap();
    let submission = scratch.path().join("submission");
    copy(&fixture("graphs/detector"), &submission);
    let claims = std::fs::read(submission.join("golden.safetensors")).unwrap();
    let end = claims.len() - 4;
    let last = f32::from_le_bytes(claims[end..].try_into().unwrap());
    let claims = [&claims[..end], &(last + 1e-3).to_le_bytes()].concat();
    std::fs::write(submission.join("golden.safetensors"), claims).unwrap();
    let (run, report) = detected(&submission);
    assert_eq!(run.code, 1, "{}", run.out);
    assert_eq!(clause(&report, "SEM-1")["verdict"], "fail");
}

#[test]
fn what_needs_the_text_of_an_architecture_is_not_measured_of_a_graph() {
    let scratch = tempfile::tempdir().unwrap();
    let standard = Path::new("lmstd/architecture");
    let (run, report) = certify(standard, &fixture("graphs/detector"), &scratch.path().join("out"));
    assert_eq!(run.code, 2, "{}", run.out);
    assert_eq!(clause(&report, "BATCH-2")["verdict"], "pass");
    assert_eq!(clause(&report, "ARCH-1")["verdict"], "error");
    assert!(faults(&report).contains(&"opaque_model".to_owned()), "{:?}", faults(&report));
}

#[test]
fn a_graph_in_halves_may_round_as_halves_do() {
    let (run, report) = detected(&fixture("graphs/detector-half"));
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let measured = clause(&report, "SEM-1")["measured"].as_array().unwrap();
    let bounds: Vec<f64> = measured.iter().map(|one| one["bar"]["value"].as_f64().unwrap()).collect();
    // A thousand times what f32 is allowed, and still far less than the numbers.
    assert!(bounds.len() == 2 && bounds.iter().all(|bound| (1e-5..0.05).contains(bound)), "{bounds:?}");
}
