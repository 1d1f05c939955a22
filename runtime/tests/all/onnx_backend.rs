//! ONNX's own backend tests: `conformance-suite/tests/onnx/backend.py` unpacks them, runs this test and writes the table.

use crate::onnx_ops::{difference, tensor};
use indexmap::IndexMap;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::onnx::value::Tensor;
use lmstd_runtime::onnx::{Budget, open};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;

fn tensors(from: &Json) -> IndexMap<String, Tensor> {
    from.as_object().unwrap().iter().map(|(name, from)| (name.clone(), tensor(from))).collect()
}

/// What the model computes on the inputs of a case.
fn computed(folder: &Path, inputs: IndexMap<String, Tensor>) -> Result<IndexMap<String, Tensor>, IntakeError> {
    let submission = Submission::open(folder, &DoorLimits::default())?;
    let model = open(&submission, submission.file("model.onnx").unwrap())?;
    let program = model.load(&submission, 1 << 31)?;
    program.run(inputs, &Budget::new(1 << 40, 1 << 32))
}

/// A case: passed, failed (another result), or refused, and why.
fn verdict(folder: &Path, case: &Json) -> (&'static str, String) {
    let outputs = match computed(folder, tensors(&case["inputs"])) {
        Ok(outputs) => outputs,
        Err(error) => return ("refused", format!("{} ({}; {})", error.message, error.expected, error.found)),
    };
    for (name, theirs) in tensors(&case["outputs"]) {
        match outputs.get(&name) {
            None => return ("failed", format!("output {name} is missing")),
            Some(ours) => {
                if let Some(why) = difference(ours, &theirs, 1e-7) {
                    return ("failed", why);
                }
            }
        }
    }
    ("passed", String::new())
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
        let verdicts =
            lines.lines().map(|line| verdict(&root.join("models").join(&name), &serde_json::from_str(line).unwrap()));
        let (status, why) =
            verdicts.into_iter().find(|(status, _)| *status != "passed").unwrap_or(("passed", String::new()));
        results += &format!("{}\n", json!({ "name": name, "status": status, "why": why }));
    }
    fs::write(root.join("results.jsonl"), results).unwrap();
}
