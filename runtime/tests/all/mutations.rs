//! Mutants of what has no file of tests of its own or is read through another door: indexes of shards, configurations,
//! cards, and tables in four formats.

use crate::intake::{goldens, safetensors, submit, tiny};
use crate::mutate::{self, held, refused, rounds};
use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, SplitSpec};
use lmstd_runtime::dataset::query::Engine;
use lmstd_runtime::dataset::{DataError, Limits};
use lmstd_runtime::intake::card::read_card;
use lmstd_runtime::intake::checkpoint::Checkpoint;
use lmstd_runtime::intake::config::read_config;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use serde_json::{Value, json};
use std::path::Path;

const ONE: &str = "model-00001-of-00002.safetensors";
const TWO: &str = "model-00002-of-00002.safetensors";

/// Whatever an index says, what is joined is every tensor of every shard, each once.
#[test]
fn mutated_indexes_join_all_shards_or_are_refused() {
    let good = json!({"metadata": {"total_size": 3}, "weight_map": {"a": ONE, "b": TWO, "c": TWO}});
    let entry =
        |name: &str, at: u32| format!(r#""{name}":{{"dtype":"U8","shape":[1],"data_offsets":[{at},{}]}}"#, at + 1);
    let (one, two) = (tiny("a"), safetensors(&format!("{{{},{}}}", entry("b", 0), entry("c", 1)), &[1, 2]));
    let mut chance = mutate::chance(20_311);
    let (mut taken, mut wrong) = (0, 0);
    for round in 0..rounds() {
        let index = mutate::json(&good, &mut chance, round);
        let shard = if round % 8 == 7 { mutate::mutant(&two, &[0, 8], &mut chance, round) } else { two.clone() };
        let files = [("model.safetensors.index.json", &index[..]), (ONE, &one[..]), (TWO, &shard[..])];
        let (_folder, submission) = submit(&files);
        let checkpoint = Checkpoint::open(&submission);
        if refused(&checkpoint) {
            wrong += 1;
            continue;
        }
        let checkpoint = checkpoint.unwrap();
        let mut names: Vec<&str> = checkpoint.tensors.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!((names, checkpoint.files.len()), (vec!["a", "b", "c"], 2), "{}", String::from_utf8_lossy(&index));
        assert_eq!(held(&submission, &checkpoint.tensors), 3);
        assert_eq!(Checkpoint::open(&submission).unwrap(), checkpoint);
        taken += 1;
    }
    assert!(taken > rounds() / 50 && wrong > rounds() / 4, "{taken} taken, {wrong} refused");
}

/// What is taken says the same to the public reader of JSON, and names no code.
#[test]
fn mutated_configurations_mean_one_thing_or_nothing() {
    let good: Value =
        serde_json::from_slice(&std::fs::read(goldens("bert-sequence-classification/config.json")).unwrap()).unwrap();
    let mut chance = mutate::chance(20_312);
    let (mut taken, mut code, mut wrong) = (0, 0, 0);
    for round in 0..rounds() {
        let bytes = mutate::json(&good, &mut chance, round);
        let (_folder, submission) = submit(&[("config.json", &bytes)]);
        let config = read_config(&submission);
        if refused(&config) {
            wrong += 1;
            code += usize::from(config.unwrap_err().fault == "custom_code");
            continue;
        }
        let config = config.unwrap();
        assert!(config.is_object() && !config.to_string().contains(r#""auto_map":"#), "{config}");
        assert_eq!(config, serde_json::from_slice::<Value>(&bytes).unwrap());
        taken += 1;
    }
    assert!(taken > rounds() / 4 && wrong > code && code > 0, "{taken} taken, {wrong} refused, {code} for code");
}

const CARD: &str = "---\nlicense: apache-2.0\nlanguage:\n- en\n- no\nco2_eq_emissions:\n  emissions: 0.5\n  source: \"a \
    meter\"\nmodel-index:\n- name: x\n  results:\n  - task: {type: text-classification}\n---\n# Title\n---\n";

#[test]
fn mutated_cards_declare_plain_facts_or_nothing() {
    let marks = mutate::marks(CARD.as_bytes(), &[&b"\n"[..], b":", b"- ", b"{"]);
    let mut chance = mutate::chance(20_313);
    let (mut taken, mut wrong) = (0, 0);
    for round in 0..rounds() {
        let bytes = mutate::mutant(CARD.as_bytes(), &marks, &mut chance, round);
        let bytes = if round % 2 == 0 { spliced(bytes, &mut chance) } else { bytes };
        let (_folder, submission) = submit(&[("README.md", &bytes)]);
        let card = read_card(&submission);
        if refused(&card) {
            wrong += 1;
            continue;
        }
        assert_eq!(read_card(&submission), card);
        let told: usize = card.unwrap().iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(told <= 16 * bytes.len(), "{told} bytes of {}", bytes.len());
        taken += 1;
    }
    assert!(taken > rounds() / 50 && wrong > rounds() / 50, "{taken} taken, {wrong} refused");
}

/// What a line of text could hold that a reader might stumble over.
const SPLICES: [&[u8]; 16] = [
    b"\"",
    b"\"\"",
    b",",
    b"\r",
    b"\n\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"{",
    b"}",
    b"\\ud800",
    b"1e999",
    b"-0",
    b"&x *x ",
    b"!!python/object:os.system ",
    "\u{202e}".as_bytes(),
];

fn spliced(mut bytes: Vec<u8>, chance: &mut ChaCha8Rng) -> Vec<u8> {
    let at = chance.next_u32() as usize % (bytes.len() + 1);
    let splice = SPLICES[chance.next_u32() as usize % SPLICES.len()];
    bytes.splice(at..at, splice.iter().copied());
    bytes
}

// --- tables -------------------------------------------------------------------------------------------------------

/// A clean table of the corpus of data faults.
fn stored(name: &str) -> Vec<u8> {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance-suite/tests/data-faults/base");
    std::fs::read(base.join(name)).unwrap()
}

fn spec(fields: Vec<FieldSpec>) -> DatasetSpec {
    DatasetSpec { fields, ..DatasetSpec::default() }
}

fn field(name: &str, ty: ColumnType) -> FieldSpec {
    FieldSpec::new(name, ty)
}

fn text(name: &str) -> FieldSpec {
    FieldSpec { length: Some((1, 400)), ..field(name, ColumnType::Text) }
}

fn class(name: &str, labels: [&str; 2]) -> FieldSpec {
    field(name, ColumnType::Class(labels.map(|label| (label.to_owned(), label.to_owned())).to_vec()))
}

fn parcels() -> DatasetSpec {
    spec(vec![
        FieldSpec { unique: true, ..field("id", ColumnType::Int) },
        FieldSpec { range: Some((0.0, 100.0)), ..field("weight", ColumnType::Real) },
        text("place"),
        field("fragile", ColumnType::Bool),
    ])
}

/// An error of data has a fault of the list, a place, a sentence and a mend, and no reader broke off.
fn assert_filed(error: &DataError) {
    const FILED: [&str; 3] = ["malformed_data", "limit_exceeded", "missing_column"];
    assert!(FILED.contains(&error.fault), "{error:?}");
    assert!(!error.message.is_empty() && !error.at.is_empty() && !error.mend.is_empty(), "{error:?}");
    assert!(!error.to_string().contains(char::is_control), "{error:?}");
    assert!(!error.message.contains("broke off") && !error.message.contains("could not be checked"), "{error:?}");
}

/// Opens a table and holds every cell against its declaration; gives whether it is refused.
fn is_refused(engine: &Engine, spec: &DatasetSpec, path: &Path) -> bool {
    const FOUND: [&str; 9] = [
        "missing_column",
        "wrong_type",
        "missing_value",
        "out_of_range",
        "bad_length",
        "bad_pattern",
        "unknown_class",
        "duplicate_value",
        "row_count",
    ];
    let split = SplitSpec { name: "all".into(), from: None, rows: (0, u64::MAX) };
    let open = || engine.open("d", spec, &split, path);
    let judged = open().and_then(|table| Ok((engine.check_schema(&table)?, table)));
    let (report, table) = match judged {
        Ok(judged) => judged,
        Err(error) => {
            assert_filed(&error);
            return true;
        }
    };
    assert_eq!(report.rows, table.rows);
    assert!(report.findings.iter().all(|finding| FOUND.contains(&finding.fault)), "{:?}", report.findings);
    let again = open().unwrap();
    assert_eq!((again.rows, &again.sha256, &again.unexpected), (table.rows, &table.sha256, &table.unexpected));
    false
}

/// Holds as many mutants as there are rounds; some must be read and some refused.
fn hold(spec: &DatasetSpec, mut mutant: impl FnMut(usize) -> Vec<u8>) {
    let engine = Engine::new(Limits { threads: 1, memory_bytes: 256 << 20, ..Limits::default() }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    let mut wrong = 0;
    for round in 0..rounds() {
        std::fs::write(&path, mutant(round)).unwrap();
        wrong += usize::from(is_refused(&engine, spec, &path));
    }
    assert!((rounds() / 50..rounds() - rounds() / 50).contains(&wrong), "{wrong} refused");
}

#[test]
fn mutated_csv_is_read_or_refused() {
    let whole = stored("branches.csv");
    let spec = spec(vec![
        field("id", ColumnType::Int),
        text("name"),
        class("kind", ["shop", "depot"]),
        field("opened", ColumnType::Date),
        FieldSpec { range: Some((10.0, 5_000.0)), ..field("area", ColumnType::Real) },
        field("parking", ColumnType::Bool),
        FieldSpec { optional: true, ..text("remark") },
    ]);
    let marks = mutate::marks(&whole, &[&b","[..], b"\n"]);
    let mut chance = mutate::chance(20_314);
    hold(&spec, |round| {
        let bytes = mutate::mutant(&whole, &marks, &mut chance, round);
        if round % 2 == 0 { spliced(bytes, &mut chance) } else { bytes }
    });
}

#[test]
fn mutated_json_lines_are_read_or_refused() {
    let whole = String::from_utf8(stored("calls.jsonl")).unwrap();
    let rows: Vec<Value> = whole.lines().take(8).map(|line| serde_json::from_str(line).unwrap()).collect();
    let spec = spec(vec![
        field("id", ColumnType::Int),
        FieldSpec { pattern: Some("[A-Z]{2}-[0-9]{4}".into()), ..field("code", ColumnType::Text) },
        text("text"),
        field("day", ColumnType::Date),
        FieldSpec { range: Some((0.0, 3_600.0)), ..field("duration", ColumnType::Real) },
        field("urgent", ColumnType::Bool),
        class("channel", ["phone", "chat"]),
        FieldSpec { optional: true, ..text("note") },
    ]);
    let mut chance = mutate::chance(20_315);
    hold(&spec, |round| {
        let at = chance.next_u32() as usize % rows.len();
        let mut lines: Vec<Vec<u8>> = rows.iter().map(|row| row.to_string().into_bytes()).collect();
        lines[at] = mutate::json(&rows[at], &mut chance, round);
        let bytes = lines.join(&b'\n');
        if round % 8 == 5 { spliced(bytes, &mut chance) } else { bytes }
    });
}

#[test]
fn mutated_parquet_is_read_or_refused() {
    let whole = stored("parcels.parquet");
    // The footer, whose length stands before the last four bytes, and the heads of the first pages.
    let tail = whole.len() - 8;
    let length = u32::from_le_bytes(whole[tail..tail + 4].try_into().unwrap()) as usize;
    let marks: Vec<usize> = (tail - length..whole.len()).step_by(48).chain([0, 4]).collect();
    let mut chance = mutate::chance(20_316);
    hold(&parcels(), |round| mutate::mutant(&whole, &marks, &mut chance, round));
}

#[test]
fn mutated_arrow_is_read_or_refused() {
    let whole = stored("parcels.arrow");
    let marks = mutate::marks(&whole, &[&b"ARROW1"[..], b"\xFF\xFF\xFF\xFF"]);
    let mut chance = mutate::chance(20_317);
    hold(&parcels(), |round| mutate::mutant(&whole, &marks, &mut chance, round));
}
