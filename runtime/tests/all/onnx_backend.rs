//! ONNX's own backend tests: `conformance-suite/tests/onnx/backend.py` unpacks them, runs this test and writes the table.

use crate::onnx_ops::{difference, tensor};
use indexmap::IndexMap;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::onnx::value::Tensor;
use lmstd_runtime::onnx::{Budget, Program, open};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;

fn tensors(from: &Json) -> IndexMap<String, Tensor> {
    from.as_object().unwrap().iter().map(|(name, from)| (name.clone(), tensor(from))).collect()
}

fn loaded(folder: &Path) -> Result<Program, IntakeError> {
    let submission = Submission::open(folder, &DoorLimits::default())?;
    open(&submission, submission.file("model.onnx").unwrap())?.load(&submission, 1 << 31)
}

/// What a run gave: passed, failed (another result), or refused, and why.
fn verdict(
    outputs: Result<IndexMap<String, Tensor>, IntakeError>,
    theirs: &IndexMap<String, Tensor>,
) -> (&'static str, String) {
    let outputs = match outputs {
        Ok(outputs) => outputs,
        Err(error) => return ("refused", format!("{} ({}; {})", error.message, error.expected, error.found)),
    };
    let differs = |(name, theirs): (&String, &Tensor)| match outputs.get(name) {
        None => Some(format!("output {name} is missing")),
        Some(ours) => difference(ours, theirs, 1e-7),
    };
    theirs.iter().find_map(differs).map_or(("passed", String::new()), |why| ("failed", why))
}

/// A model on its cases, in the stored types and in `f64`: the first that is not passed.
fn tried(folder: &Path, cases: &str) -> [(&'static str, String); 2] {
    let mut found = [("passed", String::new()), ("passed", String::new())];
    for case in cases.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()) {
        let budget = || Budget::new(1 << 40, 1 << 32);
        let theirs = tensors(&case["outputs"]);
        let wide = theirs.iter().map(|(name, tensor)| (name.clone(), in_f64(tensor))).collect();
        let stored = loaded(folder).and_then(|program| program.run(tensors(&case["inputs"]), &budget()));
        let exact = loaded(folder).and_then(|program| program.run_wide(tensors(&case["inputs"]), &budget(), None));
        for (found, now) in found.iter_mut().zip([verdict(stored, &theirs), verdict(exact, &wide)]) {
            if found.0 == "passed" {
                *found = now;
            }
        }
    }
    found
}

fn in_f64(tensor: &Tensor) -> Tensor {
    if !tensor.kind().is_float() {
        return tensor.clone();
    }
    Tensor::new(&tensor.shape, tensor.to_f64().unwrap().into_owned()).unwrap()
}

#[test]
#[ignore = "needs ONNX's backend tests, which backend.py unpacks"]
fn onnx_backend_tests() {
    let root = std::env::var("LMSTD_ONNX_BACKEND").expect("backend.py sets the folder");
    let root = Path::new(&root);
    let mut results = String::new();
    let mut cases: Vec<_> = fs::read_dir(root.join("cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    for path in cases {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let lines = fs::read_to_string(&path).unwrap();
        let [(status, why), (wide, wide_why)] = tried(&root.join("models").join(&name), &lines);
        let found = json!({ "name": name, "status": status, "why": why, "wide": wide, "wide_why": wide_why });
        results += &format!("{found}\n");
    }
    fs::write(root.join("results.jsonl"), results).unwrap();
}
