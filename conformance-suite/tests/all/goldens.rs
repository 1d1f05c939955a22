//! Every folder under `tests/goldens` and `tests/architectures` is certified by `lmstd/architecture`: sound ones and
//! benign twins conform, broken ones are refused for the right reason. A case is dropped in as a folder; its
//! `expected.json` says what must come out.

use crate::support::{certify, faults, golden};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The standard that every case is held against.
const STANDARD: &str = "lmstd/architecture";

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
        // A GGUF file holds its own configuration.
        let is_case = |folder: &PathBuf| folder.join("config.json").is_file() || folder.join("model.gguf").is_file();
        for folder in folders.into_iter().filter(is_case) {
            let expected = std::fs::read(folder.join("expected.json")).ok();
            let expected = expected.map(|bytes| serde_json::from_slice(&bytes).unwrap());
            let name = folder.file_name().unwrap().to_str().unwrap().to_string();
            cases.push(Case { name, folder, expected });
        }
    }
    cases
}

/// Certifies every case, two at a time, and says what is wrong with each that does not come out as it must.
fn certified(cases: Vec<Case>, judge: fn(&Case, i32, &serde_json::Value) -> Result<(), String>) -> Vec<String> {
    let scratch = tempfile::tempdir().unwrap();
    let (open, wrong) = (Mutex::new(cases), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let Some(case) = open.lock().unwrap().pop() else { break };
            let out = scratch.path().join(&case.name);
            let (run, report) = certify(Path::new(STANDARD), &case.folder, &out);
            if let Err(why) = judge(&case, run.code, &report) {
                wrong.lock().unwrap().push(format!("{}: {why}\n{}", case.name, run.out));
            }
            std::fs::remove_dir_all(out).unwrap();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    wrong.into_inner().unwrap()
}

#[test]
fn every_golden_comes_out_as_it_must() {
    let cases = cases();
    assert!(cases.len() >= 39, "{}", cases.len());
    let wrong = certified(cases, |case, code, report| {
        let expect = |key: &str| case.expected.as_ref().and_then(|e| e[key].as_str()).unwrap_or("accept").to_string();
        let faults = faults(report);
        let ensure = |holds: bool, why: String| if holds { Ok(()) } else { Err(why) };
        match (expect("verdict").as_str(), expect("stage").as_str()) {
            ("accept", _) => ensure(code == 0, format!("exit code {code}")),
            // The README of the goldens says that a checker need not tell this fault from rounding.
            ("not_distinguishable", _) => ensure(code != 0, "passes".into()),
            ("reject", "execution") => {
                ensure(code == 1, format!("exit code {code}"))?;
                ensure(faults.contains(&"output_mismatch".to_string()), format!("{faults:?}"))?;
                let divergence = first_divergence(report);
                ensure(divergence == layer_at_fault(&case.name), divergence)
            }
            ("reject", _) => {
                ensure(code != 0, "passes".into())?;
                ensure(faults.contains(&expect("fault")), format!("{faults:?}"))
            }
            other => Err(format!("{other:?}")),
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_architecture_is_what_the_reference_library_computes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/architectures");
    let cases: Vec<Case> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|folder| Case { name: folder.file_name().unwrap().to_str().unwrap().into(), folder, expected: None })
        .collect();
    assert!(cases.len() >= 150, "{}", cases.len());
    let wrong = certified(cases, |_, code, _| if code == 0 { Ok(()) } else { Err(format!("exit code {code}")) });
    assert!(wrong.is_empty(), "{} cases\n{}", wrong.len(), wrong.join("\n"));
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
        "attention-scale-missing" => "model.layers.0",
        "causal-mask-missing" | "swapped-layers" => "transformer.h.0",
        "rezero-gate-ignored" => "layers.0",
        _ => "bert.encoder.layer.0",
    }
}
