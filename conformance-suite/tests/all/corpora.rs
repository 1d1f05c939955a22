//! Public corpora of hostile and of sound files, replayed through the readers that a submission's files go through.
//!
//! `tests/corpora/fetch.py` lays them out in a folder, which `LMSTD_CORPORA` names. What must come of each input stands in
//! `tests/corpora/CORPUS.txt`: `accept`, or `reject` with the code, and a reason wherever that is not what the corpus itself
//! asks for (`CORPUS.truth` beside the inputs). An input without a line, a line without an input, another outcome and a
//! panic fail.

use lmstd_compiler::diag::syntax::from_syntax;
use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, SplitSpec};
use lmstd_grammar::error::SyntaxErrorKind;
use lmstd_grammar::source::{SourceMap, Spelling};
use lmstd_runtime::dataset::query::Engine;
use lmstd_runtime::dataset::{DataError, Limits};
use lmstd_runtime::intake::checkpoint::{Checkpoint, read_tensor};
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::intake::json;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Longest JSON text, as of a `config.json`.
const JSON_BYTES: usize = 1 << 20;

/// What must come of an input, `accept` or `reject CODE`, and why where the corpus asks for something else.
struct Line {
    outcome: String,
    reason: Option<String>,
}

/// The list of a corpus by input.
fn listed(corpus: &str) -> BTreeMap<String, Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpora").join(format!("{corpus}.txt"));
    let text = fs::read_to_string(path).unwrap();
    let mut lines = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (told, reason) = line.split_once("  # ").map_or((line, None), |(told, why)| (told, Some(why.to_owned())));
        let words: Vec<&str> = told.split_whitespace().collect();
        let (name, outcome) = words.split_last().unwrap();
        assert!(matches!(outcome, ["accept"] | ["reject", _]), "{corpus}: {line}");
        let known = lines.insert((*name).to_owned(), Line { outcome: outcome.join(" "), reason });
        assert!(known.is_none(), "{corpus}: {name} stands twice");
    }
    lines
}

/// What the corpus itself asks for by input: `accept`, `reject` or `either`.
fn asked(folder: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder.with_extension("truth")).unwrap();
    let words = text.lines().map(|line| line.split_once(' ').unwrap());
    words.map(|(asked, name)| (name.to_owned(), asked.to_owned())).collect()
}

/// Reads every input of a corpus and holds what comes of it against the list.
fn replay(corpus: &str, read: impl Fn(&Path) -> Result<(), String>) {
    let root = std::env::var("LMSTD_CORPORA").expect("LMSTD_CORPORA names the folder that fetch.py filled");
    let folder = Path::new(&root).join(corpus);
    let asked = asked(&folder);
    let mut lines = listed(corpus);
    let mut inputs: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    assert_eq!(inputs.len(), asked.len(), "{corpus} is not laid out in full");
    let (mut accepted, mut otherwise, mut wrong) = (0, 0, Vec::new());
    for path in &inputs {
        let name = path.file_name().unwrap().to_str().unwrap();
        let outcome = match catch_unwind(AssertUnwindSafe(|| read(path))) {
            Ok(Ok(())) => "accept".to_owned(),
            Ok(Err(code)) => format!("reject {code}"),
            Err(_) => "panic".to_owned(),
        };
        let Some(line) = lines.remove(name) else {
            wrong.push(format!("{outcome}  {name}  is not listed"));
            continue;
        };
        if outcome != line.outcome {
            wrong.push(format!("{outcome}  {name}  is listed as {}", line.outcome));
        }
        let agrees = line.outcome.split(' ').next() == Some(asked[name].as_str());
        if !agrees && line.reason.is_none() {
            wrong.push(format!("{}  {name}  lacks the reason why it is not {}", line.outcome, asked[name]));
        }
        accepted += usize::from(outcome == "accept");
        otherwise += usize::from(!agrees);
    }
    wrong.extend(lines.into_keys().map(|name| format!("{name}  is listed and not there")));
    assert!(wrong.is_empty(), "{corpus}: {} unexpected\n{}", wrong.len(), wrong.join("\n"));
    let count = inputs.len();
    println!("{corpus}: {count} inputs, {accepted} accepted, {} rejected, {otherwise} not as asked", count - accepted);
}

/// The code of a refusal at intake.
fn fault(error: IntakeError) -> String {
    error.fault.to_string()
}

/// A submission of one file: its weights are found, and every tensor is read.
fn weights(path: &Path) -> Result<(), String> {
    let submission = Submission::open(path, &DoorLimits::default()).map_err(fault)?;
    let checkpoint = Checkpoint::open(&submission).map_err(fault)?;
    assert!(!checkpoint.tensors.is_empty(), "{} is accepted without a tensor", path.display());
    for tensor in checkpoint.tensors.values() {
        read_tensor(&submission, tensor).map_err(fault)?;
    }
    Ok(())
}

#[test]
#[ignore = "needs the public corpora: LMSTD_CORPORA=DIR"]
fn picklescan_files() {
    replay("picklescan", weights);
}

#[test]
#[ignore = "needs the public corpora: LMSTD_CORPORA=DIR"]
fn safetensors_attacks() {
    replay("safetensors", weights);
}

#[test]
#[ignore = "needs the public corpora: LMSTD_CORPORA=DIR"]
fn json_test_suite() {
    replay("JSONTestSuite", |path| {
        json::parse(&fs::read(path).unwrap(), "config.json", JSON_BYTES).map(drop).map_err(fault)
    });
}

/// A text as a standard in the YAML spelling: the first fault of its YAML. That it is no standard is none.
fn yaml(path: &Path) -> Result<(), String> {
    let mut sources = SourceMap::default();
    let file = sources.add("standard.yaml", fs::read_to_string(path).unwrap(), Spelling::Yaml);
    let (_, errors) = lmstd_grammar::parse(file, &sources);
    let first = errors.iter().find(|error| {
        matches!(
            error.kind,
            SyntaxErrorKind::Yaml { .. }
                | SyntaxErrorKind::DuplicateKey { .. }
                | SyntaxErrorKind::TooDeep { .. }
                | SyntaxErrorKind::TooLong { .. }
        )
    });
    first.map_or(Ok(()), |error| Err(from_syntax(error).code.id.to_owned()))
}

#[test]
#[ignore = "needs the public corpora: LMSTD_CORPORA=DIR"]
fn yaml_test_suite() {
    replay("yaml-test-suite", yaml);
}

/// Built as the validators of standards and reports are: draft 2020-12, formats say nothing, nothing is fetched.
fn schema(path: &Path) -> Result<(), String> {
    let case: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&case["schema"]).map_err(|_| "no_schema".to_owned())?;
    if validator.is_valid(&case["instance"]) { Ok(()) } else { Err("invalid".to_owned()) }
}

#[test]
#[ignore = "needs the public corpora: LMSTD_CORPORA=DIR"]
fn json_schema_test_suite() {
    replay("JSON-Schema-Test-Suite", schema);
}

/// A split in this file with these columns: which others it has, and the first fault in its cells.
fn split(path: &Path, fields: Vec<FieldSpec>) -> Result<(Vec<String>, Option<String>), DataError> {
    let engine = Engine::new(Limits::default())?;
    let spec = DatasetSpec { fields, ..DatasetSpec::default() };
    let split = SplitSpec { name: "test".into(), from: None, rows: (0, u64::MAX) };
    let table = engine.open("d", &spec, &split, path)?;
    let report = engine.check_schema(&table)?;
    Ok((report.unexpected, report.findings.first().map(|finding| finding.fault.to_owned())))
}

/// A table of which each column is declared as each type, until its cells fit one.
fn table(path: &Path) -> Result<(), String> {
    let fault = |error: DataError| error.fault.to_owned();
    let (columns, _) = split(path, Vec::new()).map_err(fault)?;
    assert!(!columns.is_empty(), "{} is accepted without a column", path.display());
    for column in columns {
        let mut found = None;
        for ty in [ColumnType::Int, ColumnType::Real, ColumnType::Bool, ColumnType::Date, ColumnType::Text] {
            let field = FieldSpec { optional: true, ..FieldSpec::new(column.as_str(), ty) };
            found = split(path, vec![field]).map_err(fault)?.1;
            if found.is_none() {
                break;
            }
        }
        found.map_or(Ok(()), Err)?;
    }
    Ok(())
}

#[test]
#[ignore = "needs the public corpora: LMSTD_CORPORA=DIR"]
fn parquet_bad_data() {
    replay("parquet-testing", table);
}
