//! Croissant files in the place of a path: the sentiment example's is accepted, its broken twin is refused for what it says.

use crate::support::{copy, lmstd_check, root};
use serde_json::Value;
use std::path::Path;

/// Certifies the example with the data that `description` describes; gives the exit code and the report.
fn described(description: &str, scratch: &Path) -> (i32, Value) {
    let folder = scratch.join(description);
    copy(&root().join("examples/sentiment/data"), &folder);
    let file = folder.join("croissant.json");
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/croissant").join(description);
    std::fs::copy(stored, &file).unwrap();
    let [standard, submission] =
        ["standard.lms", "submission"].map(|name| root().join("examples/sentiment").join(name).display().to_string());
    let (data, out) = (format!("reviews={}", file.display()), folder.join("out"));
    let run = lmstd_check(&["certify", &standard, &submission, "--data", &data, "--out", &out.display().to_string()]);
    let report = std::fs::read(out.join("report.json")).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    (run.code, serde_json::from_slice(&report).unwrap())
}

#[test]
fn a_description_stands_for_its_files() {
    let scratch = tempfile::tempdir().unwrap();
    let (code, report) = described("valid.json", scratch.path());
    assert_eq!(code, 0, "{}", report["clauses"]);
    // What is written again from the report names the same files by the same digests.
    let out = scratch.path().join("valid.json/out");
    let run = lmstd_check(&["report", &out.display().to_string(), "--format", "croissant"]);
    let written: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    let stored = std::fs::read(scratch.path().join("valid.json/croissant.json")).unwrap();
    let stored: Value = serde_json::from_slice(&stored).unwrap();
    let digests = |value: &Value| {
        let files = value["distribution"].as_array().unwrap();
        let mut digests: Vec<String> = files.iter().map(|file| file["sha256"].as_str().unwrap().to_owned()).collect();
        digests.sort();
        digests
    };
    assert_eq!(digests(&written), digests(&stored));
}

#[test]
fn a_description_that_its_files_contradict_is_refused_with_the_reason() {
    let scratch = tempfile::tempdir().unwrap();
    let (code, report) = described("broken.json", scratch.path());
    assert_eq!(code, 2);
    let finding = |id: &str| crate::support::clause(&report, id)["findings"][0].clone();
    let [schema, accuracy] = ["DATA-1", "QUAL-1"].map(finding);
    assert_eq!(schema["fault"], "missing_column", "{schema}");
    assert!(schema["message"].as_str().unwrap().contains("`lable`"), "{schema}");
    assert_eq!(accuracy["fault"], "digest_mismatch", "{accuracy}");
    assert!(accuracy["at"].as_str().unwrap().contains("test.csv"), "{accuracy}");
}
