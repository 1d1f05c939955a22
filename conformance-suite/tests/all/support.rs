//! Running `lmstd-check` as a user does, and building submissions.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a run gave.
pub struct Run {
    /// Exit code; -1 after a signal.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs the binary from the workspace root, piped, without colour.
pub fn lmstd_check(arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_lmstd-check"))
        .args(arguments)
        .current_dir(root())
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// The workspace root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A golden case.
pub fn golden(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(case)
}

/// Certifies into `out`; gives the run and the report, held against its published schema.
pub fn certify(standard: &Path, submission: &Path, out: &Path) -> (Run, serde_json::Value) {
    let text = |path: &Path| path.to_str().unwrap().to_string();
    let run = lmstd_check(&["certify", &text(standard), &text(submission), "--out", &text(out)]);
    assert!(!run.err.contains("panicked"), "{}", run.err);
    let report = out.join("report.json");
    assert!(report.is_file(), "{} {}", run.out, run.err);
    let report = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../schemas/report.schema.json")).unwrap();
    let faults: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&report).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    (run, report)
}

/// The clause of a report.
pub fn clause<'r>(report: &'r serde_json::Value, id: &str) -> &'r serde_json::Value {
    report["clauses"].as_array().unwrap().iter().find(|clause| clause["id"] == id).unwrap()
}

/// All fault ids of a report.
pub fn faults(report: &serde_json::Value) -> Vec<String> {
    let clauses = report["clauses"].as_array().unwrap().iter();
    let findings = clauses.flat_map(|clause| clause["findings"].as_array().unwrap());
    findings.map(|finding| finding["fault"].as_str().unwrap().to_string()).collect()
}

/// A copy of a folder's files that may be changed.
pub fn copy(folder: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
