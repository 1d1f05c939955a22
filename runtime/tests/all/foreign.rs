//! Logs of other evaluation tools as answers, and what they report: files shaped as the tools write them, and damaged ones.

use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, SplitSpec};
use lmstd_runtime::dataset::foreign::{ForeignAnswer, ReportedResult, read, results};
use lmstd_runtime::dataset::given::GivenFile;
use lmstd_runtime::dataset::predictions::Form;
use lmstd_runtime::dataset::query::Engine;
use lmstd_runtime::dataset::{DataError, Limits};
use std::path::{Path, PathBuf};

const SST2: &str = "samples_sst2_2026-01-21T03-44-18.458309.jsonl";
const GSM8K: &str = "samples_gsm8k_2026-01-21T03-44-18.458309.jsonl";
const WIKITEXT: &str = "samples_wikitext_2026-01-21T03-44-18.458309.jsonl";
const TOTALS: &str = "results_2026-01-21T03-44-18.458309.json";
const INSPECT: &str = "inspect_arc_easy.json";
const RECORDS: &str = "every_eval_ever_samples.jsonl";
const AGGREGATE: &str = "every_eval_ever_aggregate.json";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/foreign").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap()
}

fn answers(text: &str) -> Vec<ForeignAnswer> {
    read(text.as_bytes(), "log").expect("a log of a known tool").unwrap()
}

/// Id, answer and trial of each.
fn told(text: &str) -> Vec<(String, String, u64)> {
    answers(text).into_iter().map(|answer| (answer.id, answer.prediction, answer.trial)).collect()
}

fn refused(text: &str) -> DataError {
    let error = read(text.as_bytes(), "log").expect("a log of a known tool").unwrap_err();
    assert_eq!(error.fault, "malformed_predictions", "{error}");
    error
}

fn row(id: &str, prediction: &str, trial: u64) -> (String, String, u64) {
    (id.to_owned(), prediction.to_owned(), trial)
}

#[test]
fn choices_are_their_log_likelihoods() {
    let of = answers(&text(SST2));
    assert_eq!(of.len(), 3);
    assert_eq!((of[0].id.as_str(), of[0].trial), ("1", 1));
    assert_eq!(of[0].prediction, "[-1.9248046875,-0.68212890625]");
    assert_eq!(of[0].choices, ["negative", "positive"]);
}

#[test]
fn choices_asked_again_without_a_context_count_once() {
    let log = r#"{"doc_id": 4, "doc": {"id": 17}, "arguments": {
        "gen_args_0": {"arg_0": "Q", "arg_1": " a"}, "gen_args_1": {"arg_0": "Q", "arg_1": " b"},
        "gen_args_2": {"arg_0": "", "arg_1": " a"}, "gen_args_3": {"arg_0": "", "arg_1": " b"}},
        "filtered_resps": [["-1.5", "False"], ["-2.0", "True"], ["-7.0", "False"], ["-8.0", "False"]]}"#;
    let of = answers(&log.replace('\n', " "));
    assert_eq!((of[0].id.as_str(), of[0].prediction.as_str()), ("17", "[-1.5,-2.0]"));
    assert_eq!(of[0].choices, ["a", "b"]);
}

#[test]
fn a_whole_text_has_one_sum() {
    assert_eq!(told(&text(WIKITEXT)), [row("1", "[-38.27734375]", 1), row("2", "[-41.5068359375]", 1)]);
}

#[test]
fn generations_are_texts_of_one_filter() {
    let both = text(GSM8K);
    let error = refused(&both);
    assert_eq!(error.at, "log: row 3");
    assert!(error.message.contains("`strict-match` and `flexible-extract`"), "{error}");
    let one: Vec<&str> = both.lines().filter(|line| line.contains("\"filter\": \"strict-match\"")).collect();
    assert_eq!(told(&one.join("\n")), [row("1", "10", 1), row("2", "[invalid]", 1)]);
}

#[test]
fn trials_that_a_filter_keeps_are_trials() {
    let log =
        r#"{"doc_id": 0, "doc": "x", "arguments": [["Q", {"until": ["."]}]], "filtered_resps": [["one", "two"]]}"#;
    assert_eq!(told(log), [row("1", "one", 1), row("1", "two", 2)]);
}

#[test]
fn inspect_gives_what_its_scorers_found() {
    let log = text(INSPECT);
    let all = [row("1", "B", 1), row("2", "A", 1), row("1", "B", 2), row("2", "B", 2)];
    assert_eq!(told(&log), all);
    // One sample without an answer: the outputs, of all samples.
    let without = log.replacen("\"answer\": \"A\"", "\"answer\": null", 1);
    assert_eq!(told(&without)[0], row("1", "ANSWER: B", 1));
    // Older logs have no completion, and content in parts.
    let parts = without.replace("\"completion\"", "\"was\"").replace(
        "\"content\": \"ANSWER: B\"",
        r#""content": [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "ANSWER: B"}]"#,
    );
    assert_eq!(told(&parts)[0], row("1", "ANSWER: B", 1));
}

#[test]
fn inspect_logs_that_are_not_whole_are_refused() {
    let log = text(INSPECT);
    let failed = log.replacen("\"epoch\": 2,", "\"epoch\": 2, \"error\": {\"message\": \"timeout\"},", 1);
    assert_eq!(refused(&failed).at, "log: id 1");
    assert!(refused(&log.replacen("\"samples\"", "\"reductions\"", 3)).message.contains("no samples"));
    assert!(refused(&log.replace("\"epoch\": 2", "\"epoch\": 1")).message.contains("twice"));
    assert!(refused(&log[..log.len() - 2]).message.contains("EOF"));
    let zip = read(b"PK\x03\x04rest", "log.eval").unwrap().unwrap_err();
    assert!(zip.mend.contains("inspect log dump"), "{zip}");
}

#[test]
fn records_of_several_metrics_count_once() {
    let log = text(RECORDS);
    assert_eq!(told(&log), [row("id1413", "The mascot.", 1), row("id1332", " Her niece.", 1)]);
    let error = refused(&log.replacen("\"extracted_value\": \"The mascot.\"", "\"extracted_value\": \"No.\"", 1));
    assert!(error.message.contains("another answer"), "{error}");
    // Without the metrics' ids the second record of a sample is its second trial.
    let trials = told(&log.replace("evaluation_result_id", "x"));
    assert_eq!(trials[1], row("id1413", "The mascot.", 2));
    let epoch = log.lines().next().unwrap().replace("\"metadata\": null", r#""metadata": {"epoch": "3"}"#);
    assert_eq!(told(&epoch), [row("id1413", "The mascot.", 3)]);
    let converted = epoch.replace("id1413", "0").replace("\"epoch\"", "\"lm_eval_metrics\"");
    assert_eq!(told(&converted)[0].0, "1");
}

#[test]
fn reports_are_read() {
    let reported = |name: &str| {
        let row = |r: ReportedResult| (format!("{} {}", r.task, r.metric), r.value, r.error);
        results(text(name).as_bytes()).unwrap().into_iter().map(row).collect::<Vec<_>>()
    };
    let expected = [
        ("sst2 acc", 0.666_666_666_666_666_6, Some(0.333_333_333_333_333_37)),
        ("gsm8k exact_match,strict-match", 0.5, Some(0.5)),
        ("gsm8k exact_match,flexible-extract", 1.0, Some(0.0)),
        ("wikitext word_perplexity", 21.3, None),
    ];
    assert_eq!(reported(TOTALS), expected.map(|(name, value, error)| (name.to_owned(), value, error)));
    let name = "inspect_evals/arc_easy choice/mean/accuracy".to_owned();
    assert_eq!(reported(INSPECT), [(name, 0.75, Some(0.25))]);
    let expected = [("narrativeqa F1", 0.25, Some(0.125)), ("IFEval Accuracy on IFEval", 0.4486, None)];
    assert_eq!(reported(AGGREGATE), expected.map(|(name, value, error)| (name.to_owned(), value, error)));
    for no_report in [SST2, RECORDS] {
        assert_eq!(results(text(no_report).as_bytes()), None);
    }
    for no_answers in [TOTALS, AGGREGATE] {
        assert!(refused(&text(no_answers)).message.contains("no answers"));
    }
}

#[test]
fn other_files_are_not_theirs() {
    let others: [&[u8]; 7] = [
        b"id,prediction\n1,a\n",
        b"{\"id\": 1, \"prediction\": \"a\"}\n",
        b"{\"results\": {\"a\": 1}}",
        b"[{\"doc_id\": 0, \"arguments\": {}, \"resps\": []}]",
        b"PAR1",
        b"{",
        b"\xff\xfe{",
    ];
    for other in others {
        assert!(read(other, "log").is_none() && results(other).is_none(), "{}", String::from_utf8_lossy(other));
    }
}

#[test]
fn hostile_logs_are_refused() {
    let sst2 = text(SST2);
    let with = |old: &str, new: &str| {
        assert!(sst2.contains(old), "{old}");
        refused(&sst2.replacen(old, new, 1))
    };
    assert!(with("\"doc_id\": 0,", "\"doc_id\": 0, \"doc_id\": 0,").message.contains("twice"));
    assert!(with("\"label\": 1", "\"label\": 1, \"label\": 0").message.contains("twice"));
    let deep = format!("\"label\": {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(with("\"label\": 1", &deep).at, "log: row 1");
    for wrong in ["\"doc_id\": \"0\",", "\"doc_id\": -1,", "\"doc_id\": [0],", "\"doc_id\": 18446744073709551615,"] {
        assert!(with("\"doc_id\": 0,", wrong).message.contains("`doc_id`"));
    }
    assert!(with("\"doc_id\": 1,", "\"doc_id\": 0,").message.contains("twice"));
    assert!(with("[[\"-1.9248046875\", \"False\"], [\"-0", "[[\"-inf\", \"False\"], [\"-0").message.contains("finite"));
    for wrong in ["\"filtered_resps\": 7, \"was\"", "\"filtered_resps\": [[]], \"was\""] {
        assert!(with("\"filtered_resps\"", wrong).message.contains("number of filtered responses"));
    }
    assert!(with("\"gen_args_1\"", "\"gen_args_7\"").message.contains("arguments"));
    assert!(with("{\"doc_id\": 1,", "[{\"doc_id\": 1,").at.ends_with("row 2"));

    let inspect = text(INSPECT);
    assert!(refused(&inspect.replacen("\"id\": 1,", "\"id\": [1],", 1)).message.contains("a text or a number"));
    assert!(refused(&inspect.replacen("\"status\"", "\"samples\": [], \"status\"", 1)).message.contains("duplicate"));
    assert!(refused(&inspect.replacen("\"choice\": {", "\"choice\": {}, \"choice\": {", 3)).message.contains("twice"));
    // What is not read may be as deep as it likes.
    let deep = format!("\"store\": {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(told(&inspect.replacen("\"store\": {}", &deep, 1)).len(), 4);
}

#[test]
fn no_cut_of_a_log_panics() {
    for name in [SST2, GSM8K, WIKITEXT, TOTALS, INSPECT, RECORDS, AGGREGATE] {
        let whole = std::fs::read(path(name)).unwrap();
        for end in (0..whole.len()).step_by(37) {
            drop((read(&whole[..end], "log"), results(&whole[..end])));
            let quoted: Vec<u8> = [&whole[..end], &b"\""[..], &whole[end..]].concat();
            drop((read(&quoted, "log"), results(&quoted)));
        }
    }
}

fn field(name: &str, ty: ColumnType) -> FieldSpec {
    FieldSpec::new(name, ty)
}

/// A split of `target` in this CSV, answered by a log.
fn given(target: ColumnType, csv: &str, log: &Path) -> Result<GivenFile, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("test.csv");
    std::fs::write(&data, csv).unwrap();
    let spec = DatasetSpec {
        fields: vec![field("answer", target), field("text", ColumnType::Text)],
        inputs: vec!["text".into()],
        input: Some("text".into()),
        target: Some("answer".into()),
        ..DatasetSpec::default()
    };
    let engine = Engine::new(Limits::default()).unwrap();
    let split = SplitSpec { name: "test".into(), from: None, rows: (0, u64::MAX) };
    let table = engine.open("reviews", &spec, &split, &data).unwrap();
    engine.given(&table, log)
}

fn classes(pairs: [(&str, &str); 2]) -> ColumnType {
    ColumnType::Class(pairs.map(|(label, value)| (label.to_owned(), value.to_owned())).to_vec())
}

#[test]
fn log_likelihoods_of_the_classes_are_logits() {
    let csv = "answer,text\n1,a\n0,b\n1,c\n";
    for (order, first) in [([0, 1], [-1.9248046875, -0.68212890625]), ([1, 0], [-0.68212890625, -1.9248046875])] {
        let pairs = [("negative", "0"), ("positive", "1")];
        let of = given(classes(order.map(|place| pairs[place])), csv, &path(SST2)).unwrap();
        assert_eq!((of.predictions.form, of.sha256.len()), (Form::Logits, 64));
        assert_eq!(of.predictions.ids, ["1", "2", "3"]);
        assert_eq!(of.predictions.scores[0], first);
        let labels = [1, 0, 0].map(|class: usize| order.iter().position(|place| *place == class).unwrap() as u32);
        assert_eq!(of.predictions.predicted, labels);
    }
    let error = given(classes([("bad", "0"), ("good", "1")]), csv, &path(SST2)).unwrap_err();
    assert_eq!((error.fault, error.found.as_str()), ("unknown_class", "negative, positive"));
}

#[test]
fn trials_of_a_log_stand_in_their_order() {
    let of = given(ColumnType::Text, "answer,text\nB,a\nB,b\n", &path(INSPECT)).unwrap();
    assert_eq!((of.predictions.form, of.predictions.rows.as_slice()), (Form::Cells, [0, 0, 1, 1].as_slice()));
    let cells = [["B", "B"], ["B", "B"], ["B", "A"], ["B", "B"]].map(|cells| cells.map(str::to_owned));
    assert_eq!(of.predictions.cells, cells);
    let error = given(ColumnType::Text, "answer,text\nB,a\n", &path(INSPECT)).unwrap_err();
    assert!(error.message.contains("does not have"), "{error}");
}
