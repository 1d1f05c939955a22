//! Every measure's own examples: the fenced `lms pass` and `lms fail` blocks of its documentation are clauses, run on the
//! submission that the block names (the sentiment example if none).

use crate::support::{certify, clause, copy, golden, root};
use lmstd_conformance_suite::measure;
use lmstd_conformance_suite::measure::reading::{Content, ReadValue, Reading};
use lmstd_conformance_suite::verdict::Finding;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

struct Example {
    measure: &'static str,
    passes: bool,
    requirement: String,
}

/// The examples of all measures by submission.
fn examples() -> BTreeMap<String, Vec<Example>> {
    let mut examples: BTreeMap<String, Vec<Example>> = BTreeMap::new();
    for measure in measure::all() {
        let mut lines = measure.doc.lines().map(str::trim);
        while let Some(line) = lines.next() {
            let Some(head) = line.strip_prefix("```lms ") else { continue };
            let (kind, submission) = head.split_once(' ').unwrap_or((head, home(measure.id)));
            let requirement = lines.by_ref().take_while(|line| *line != "```").collect::<Vec<_>>().join("\n");
            let example = Example { measure: measure.id, passes: kind == "pass", requirement };
            assert!(kind == "pass" || kind == "fail", "{}: {kind}", measure.id);
            examples.entry(submission.into()).or_default().push(example);
        }
    }
    examples
}

/// Where an example runs that names no submission: metrics on answers that are handed in, but those that must ask the
/// model, in the scene; everything else on the sentiment example.
fn home(measure: &str) -> &'static str {
    let metric = lmstd_runtime::metric::find(measure);
    let asks = metric.is_some_and(|metric| metric.reads == [lmstd_runtime::metric::Kind::Perturbed]);
    if metric.is_some() && !asks { SCENE } else { "sentiment" }
}

/// The made models and datasets of `tests/data/scene`, whose answers are handed in.
const SCENE: &str = "scene";

fn scene() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scene")
}

/// Certifies examples in the scene with the answers to every split that they ask for.
fn certify_scene(clauses: &str, scratch: &Path) -> (crate::support::Run, serde_json::Value) {
    let folder = scratch.join(SCENE);
    copy(&scene(), &folder);
    let standard = folder.join("examples.lms");
    let text = std::fs::read_to_string(folder.join("scene.lms")).unwrap();
    std::fs::write(&standard, format!("{}\n{clauses}}}\n", text.trim_end().strip_suffix('}').unwrap())).unwrap();
    let mut answers: Vec<PathBuf> =
        std::fs::read_dir(scene().join("predictions")).unwrap().map(|entry| entry.unwrap().path()).collect();
    answers.sort();
    let given = answers.iter().filter_map(|path| {
        let split = format!("{}.test", path.file_stem().unwrap().to_str().unwrap());
        clauses.contains(&split).then(|| format!("{split}={}", path.display()))
    });
    let mut arguments = vec!["certify".to_owned(), standard.display().to_string()];
    given.for_each(|given| arguments.extend(["--predictions".to_owned(), given]));
    arguments.extend(["--out".to_owned(), scratch.join("out-scene").display().to_string()]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let run = crate::support::lmstd_check(&arguments);
    let report = std::fs::read(scratch.join("out-scene/report.json"));
    let report = report.unwrap_or_else(|_| panic!("{} {}", run.out, run.err));
    (run, serde_json::from_slice(&report).unwrap())
}

#[test]
fn every_measure_has_its_headings_and_both_examples() {
    let examples: Vec<Example> = examples().into_values().flatten().collect();
    for measure in measure::all() {
        for heading in ["## Measures", "## Why it matters", "## How to mend", "## References"] {
            assert!(measure.doc.contains(heading), "{} lacks {heading}", measure.id);
        }
        for passes in [true, false] {
            let has = examples.iter().any(|example| example.measure == measure.id && example.passes == passes);
            assert!(has, "{} lacks an example that {}", measure.id, if passes { "passes" } else { "fails" });
        }
    }
}

/// The standard around the examples of one submission.
fn standard(submission: &str, clauses: &str) -> String {
    let example = std::fs::read_to_string(root().join("examples/sentiment/standard.lms")).unwrap();
    let members = if submission == "sentiment" {
        let from = example.find("  /// The article's post-norm").unwrap();
        let to = example.find("  clause ARCH-1").unwrap();
        let more = "  dataset misread {\n    id: text\n    rating: int\n    label: class {good = 1}\n    text: text, length in 1..=20\n    absent: int\n    split test from \"data/test.csv\"\n  }\n  dataset leaky {\n    text: text\n    split a from \"data/test.csv\"\n    split b from \"data/test.csv\"\n  }\n  dataset grouped {\n    text: text\n    label: class {negative = 0, positive = 1}, role target\n    half: class {odd, even}\n    tone: class {low, high}\n    strength: class {weak, strong}\n    split test from \"grouped.csv\"\n  }\n";
        format!("{}{more}", &example[from..to])
    } else {
        "  model any = any\n  model bert = bert.SequenceClassification\n  model wide = bert.SequenceClassification { hidden_size >= 64 }\n"
            .into()
    };
    format!("standard fixtures 1.0.0 {{\n  title en \"Fixtures\" zh \"示例\"\n{members}\n{clauses}}}\n")
}

/// Tickets, calls and a corpus, from the clean data of `tests/data-faults`; beside them a split whose faults are all here.
const TICKETS: &str = "tickets";

/// Writes the tickets' data and the standard with `clauses`; gives its path.
fn tickets(scratch: &Path, clauses: &str) -> PathBuf {
    let faults = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data-faults");
    let folder = scratch.join(TICKETS);
    copy(&faults.join("base"), &folder);
    let test = std::fs::read_to_string(folder.join("test.csv")).unwrap();
    let rows: Vec<&str> = test.lines().take(3).collect();
    let text = rows[1].split(',').nth(1).unwrap();
    let spoiled = [
        rows.join("\n"),
        rows[1].replacen("1001", "3001", 1),
        rows[1].replacen("1001", "3002", 1).replacen(text, &format!("{text} Now"), 1),
        rows[1].replacen("1001", "3003", 1).replacen(text, "The cafÃ© of the corner was shut when the parcel came.", 1),
    ];
    std::fs::write(folder.join("spoiled.csv"), spoiled.join("\n") + "\n").unwrap();
    let declared = std::fs::read_to_string(faults.join("standard.lms")).unwrap();
    let (members, _) = declared.split_once("  clause ").unwrap();
    let split = "    split test from \"test.csv\"";
    assert!(members.contains(split));
    let more = format!("    prepare text {{ nfc lower }}\n    split spoiled from \"spoiled.csv\"\n{split}");
    let path = folder.join("standard.lms");
    std::fs::write(&path, format!("{}\n{clauses}}}\n", members.replacen(split, &more, 1))).unwrap();
    path
}

/// The folder of a submission; one is made here because no golden has this fault.
fn submission(name: &str, scratch: &Path) -> PathBuf {
    match name {
        "sentiment" | TICKETS => root().join("examples/sentiment/submission"),
        "vocabulary-too-small" => {
            let folder = scratch.join(name);
            copy(&golden("bert-tokenizer"), &folder);
            std::fs::copy(root().join("examples/sentiment/submission/tokenizer.json"), folder.join("tokenizer.json"))
                .unwrap();
            folder
        }
        "chat" | "chat-unknown-marker" => {
            let folder = scratch.join(name);
            copy(&golden("bert-tokenizer"), &folder);
            let mark = if name == "chat" { "[SEP]" } else { "<|im_end|>" };
            let template = format!("{{% for m in messages %}}{{{{ m.content }}}} {mark} {{% endfor %}}");
            std::fs::write(folder.join("chat_template.jinja"), template).unwrap();
            folder
        }
        "counted" | "miscounted" => {
            let folder = scratch.join(name);
            copy(&golden("gpt2"), &folder);
            // Counted by hand: tables 96 x 32 and 40 x 32, two layers of 12,704, and the last norm.
            let parameters = if name == "counted" { 29_824 } else { 29_825 };
            let card = format!("---\ncounts:\n  parameters: {parameters}\n  kv_cache: 512\n  flops: 59770\n---\n");
            std::fs::write(folder.join("README.md"), card).unwrap();
            folder
        }
        "generation" | "generation-of-another" => {
            let folder = scratch.join(name);
            copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/architectures/gpt2-causal-lm"), &folder);
            if name == "generation-of-another" {
                let claims = folder.join("generations.json");
                let mut json: serde_json::Value = serde_json::from_slice(&std::fs::read(&claims).unwrap()).unwrap();
                let id = &mut json[0]["continuation"][0];
                *id = (id.as_u64().unwrap() ^ 1).into();
                std::fs::write(claims, json.to_string()).unwrap();
            }
            folder
        }
        name => golden(name),
    }
}

/// The test split with columns that group its rows: by their number, by the sign and by the size of their rating.
fn grouped() -> String {
    let text = std::fs::read_to_string(root().join("examples/sentiment/data/test.csv")).unwrap();
    let mut lines = text.lines();
    let mut out = format!("{},half,tone,strength\n", lines.next().unwrap());
    for (index, line) in lines.enumerate() {
        let rating: f64 = line.split(',').nth(1).unwrap().parse().unwrap();
        let half = if index % 2 == 0 { "odd" } else { "even" };
        let tone = if rating > 0.0 { "high" } else { "low" };
        let strength = if rating.abs() < 1.0 { "weak" } else { "strong" };
        writeln!(out, "{line},{half},{tone},{strength}").unwrap();
    }
    out
}

#[test]
fn every_example_does_what_it_says() {
    let scratch = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join("examples/sentiment/data"), scratch.path().join("data")).unwrap();
    std::fs::write(scratch.path().join("grouped.csv"), grouped()).unwrap();
    for (name, examples) in examples() {
        let clause_text =
            |(index, example): (usize, &Example)| format!("  clause F-{index} should {{ {} }}\n", example.requirement);
        let clauses: String = examples.iter().enumerate().map(clause_text).collect();
        let (run, report) = if name == SCENE {
            certify_scene(&clauses, scratch.path())
        } else {
            let path = if name == TICKETS {
                tickets(scratch.path(), &clauses)
            } else {
                let path = scratch.path().join("fixtures.lms");
                std::fs::write(&path, standard(&name, &clauses)).unwrap();
                path
            };
            let out = scratch.path().join(format!("out-{}", name.replace('/', "-")));
            certify(&path, &submission(&name, scratch.path()), &out)
        };
        // No clause is required, so that nothing is decided.
        assert_eq!(run.code, 2, "{name}: {}{}", run.out, run.err);
        for (index, example) in examples.iter().enumerate() {
            let clause = clause(&report, &format!("F-{index}"));
            let verdict = clause["verdict"].as_str().unwrap();
            let what = format!(
                "{} on {name}: `{}` is {verdict}: {}",
                example.measure, example.requirement, clause["reason"]["en"]
            );
            // An example of failing may also be one that cannot be measured: never a pass.
            // What is handed in is attested at best; what is measured of data alone passes.
            let wanted: &[&str] = match (example.passes, name.as_str()) {
                (true, SCENE) => &["attested", "pass"],
                (true, _) => &["pass"],
                (false, _) => &["fail", "error"],
            };
            assert!(wanted.contains(&verdict), "{what}");
        }
    }
}

/// Certifies one `should` clause for each requirement and gives the clauses of the report.
fn decided(members: &str, requirements: &[&str], submission: &Path, scratch: &Path) -> Vec<serde_json::Value> {
    let clause_text = |(index, requirement): (usize, &&str)| format!("  clause N-{index} should {{ {requirement} }}\n");
    let clauses: String = requirements.iter().enumerate().map(clause_text).collect();
    let path = scratch.join("nothing.lms");
    let text = format!("standard nothing 1.0.0 {{\n  title en \"Nothing\" zh \"空\"\n{members}\n{clauses}}}\n");
    std::fs::write(&path, text).unwrap();
    let out = tempfile::tempdir().unwrap();
    let (run, report) = certify(&path, submission, out.path());
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    (0..requirements.len()).map(|index| clause(&report, &format!("N-{index}")).clone()).collect()
}

/// Each clause must be refused, for this fault.
fn refused(cases: &[(&str, &str)], members: &str, submission: &Path, scratch: &Path) {
    let requirements: Vec<&str> = cases.iter().map(|case| case.0).collect();
    for ((requirement, fault), clause) in cases.iter().zip(decided(members, &requirements, submission, scratch)) {
        let what = format!("`{requirement}`: {} {}", clause["verdict"], clause["findings"]);
        assert!(clause["verdict"] == "error" || clause["verdict"] == "fail", "{what}");
        assert_eq!(clause["findings"][0]["fault"], *fault, "{what}");
    }
}

const BERT: &str = "  model bert = bert.SequenceClassification";

#[test]
fn weights_that_are_not_there_pass_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let partial = [("parameters(bert) <= 22_700", "missing_tensor"), ("parameters(bert) >= 1", "missing_tensor")];
    refused(&partial, BERT, &golden("broken/missing-tensor"), scratch.path());
    // A sound safetensors file without a tensor.
    let none = scratch.path().join("none");
    copy(&golden("bert-sequence-classification"), &none);
    std::fs::write(none.join("model.safetensors"), b"\x02\0\0\0\0\0\0\0{}").unwrap();
    let cases = [("finite(bert)", "missing_tensor"), ("parameters(bert) <= 22_700", "missing_tensor")];
    refused(&cases, BERT, &none, scratch.path());
    let empty = scratch.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    refused(&[("size(bert) <= 1 MiB", "missing_file")], BERT, &empty, scratch.path());
}

#[test]
fn data_that_are_not_there_pass_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(scratch.path().join(name), text).unwrap();
    write("header.csv", "label,text\n".into());
    let label = |row: u32| [0, 1, 7][(row / 40) as usize];
    write(
        "mixed.csv",
        format!("label,text\n{}", (0..100).map(|row| format!("{},t{row}\n", label(row))).collect::<String>()),
    );
    let columns = "label: class {negative = 0, positive = 1}\n    text: text\n";
    let members = format!(
        "{BERT}\n  dataset none {{\n    {columns}    split a from \"header.csv\"\n    split b from \"header.csv\"\n  }}\n  dataset mixed {{\n    {columns}    split test from \"mixed.csv\"\n  }}"
    );
    let cases = [
        ("schema(none)", "row_count"),
        ("leakage(none) == 0", "malformed_data"),
        ("leakage(mixed) == 0", "missing_dataset"),
        ("rows(none.a) <= 10", "malformed_data"),
        ("balance(none.a) <= 50%", "malformed_data"),
    ];
    let submission = golden("bert-sequence-classification");
    refused(&cases, &members, &submission, scratch.path());
    // 40 of 100 rows, 20 of which are of no declared class.
    let mixed =
        decided(&members, &["balance(mixed.test) >= 40%", "balance(mixed.test) > 40%"], &submission, scratch.path());
    assert_eq!((&mixed[0]["verdict"], &mixed[1]["verdict"]), (&"pass".into(), &"fail".into()), "{mixed:?}");
    assert_eq!(mixed[0]["measured"][0]["value"], 0.4);
}

/// The trained model is right on these six rows; so few rows show next to nothing.
#[test]
fn a_few_right_rows_clear_no_high_bar() {
    let scratch = tempfile::tempdir().unwrap();
    let test = std::fs::read_to_string(root().join("examples/sentiment/data/test.csv")).unwrap();
    let mut lines = test.lines();
    let header = lines.next().unwrap();
    let rows: Vec<&str> =
        lines.filter(|line| ["36,", "1647,", "9119,", "8529,"].iter().any(|id| line.starts_with(id))).collect();
    assert_eq!(rows.len(), 4);
    std::fs::write(scratch.path().join("few.csv"), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    let members = "  model classifier = article.TransformerBlockClassifier\n  dataset reviews {\n    id: int, unique, role id\n    label: class {negative = 0, positive = 1}, role target\n    text: text, role input\n    split test from \"few.csv\"\n  }\n  metric q = 1.0 * accuracy\n  metric both = 0.5 * accuracy + 0.5 * recall(positive)";
    let measures = [
        "accuracy(classifier, reviews.test)",
        "f1(classifier, reviews.test, average: micro)",
        "f1(classifier, reviews.test, average: macro)",
        "f1(classifier, reviews.test, positive)",
        "precision(classifier, reviews.test, average: weighted)",
        "recall(classifier, reviews.test, average: macro)",
        "q(classifier, reviews.test)",
        "both(classifier, reviews.test)",
    ];
    let requirements: Vec<String> = measures.iter().map(|measure| format!("{measure} >= 0.75 at 95%")).collect();
    let requirements: Vec<&str> = requirements.iter().map(String::as_str).collect();
    let submission = root().join("examples/sentiment/submission");
    for (requirement, clause) in requirements.iter().zip(decided(members, &requirements, &submission, scratch.path())) {
        assert_eq!(clause["measured"][0]["value"], 1.0, "{requirement}");
        assert_eq!(clause["verdict"], "undecided", "{requirement}: {}", clause["measured"][0]);
    }
}

#[test]
fn an_interval_may_be_open_where_it_says_what_would_close_it() {
    let reading = |interval, needs| {
        let (confidence, n, method) = (Some(0.95), Some(200), "order-statistic".to_string());
        let content = Content::Number { value: Some(2.0), interval, confidence, n, needs, method, exact: false };
        let value =
            ReadValue { result: None, content, facts: Default::default(), confusion: None, figures: Vec::new() };
        Reading { values: vec![value], ..Reading::default() }
    };
    for (interval, needs) in [
        ([Some(1.0), Some(3.0)], None),
        ([Some(1.0), None], Some(368)),
        ([None, Some(3.0)], Some(368)),
        ([None, None], Some(368)),
    ] {
        let bytes = reading(Some(interval), needs).to_json().unwrap();
        assert_eq!(Reading::from_json(&bytes).unwrap(), reading(Some(interval), needs));
    }
    for (interval, needs) in
        [([Some(1.0), None], None), ([Some(1.0), Some(3.0)], Some(9)), ([Some(3.0), Some(1.0)], None)]
    {
        assert!(reading(Some(interval), needs).check().is_err(), "{interval:?} {needs:?}");
    }
    assert!(reading(None, Some(9)).check().is_err());
    assert!(reading(Some([Some(f64::NAN), None]), Some(9)).check().is_err());
}

#[test]
fn what_a_hostile_file_makes_wrong_is_listed_up_to_a_limit() {
    let finding = |index: usize| Finding {
        fault: "unexpected_tensor".into(),
        message: "the program has no such parameter".into(),
        at: format!("t{index}"),
        expected: String::new(),
        found: "float32[1]".into(),
        mend: "remove the tensor".into(),
    };
    let reading = measure::api::check((0..5_000).map(finding).collect(), indexmap::IndexMap::new());
    assert_eq!((reading.findings.len(), reading.unlisted), (100, 4_900));
    assert_eq!(reading.values[0].content, Content::Check { holds: false });
    let stored = reading.to_json().unwrap();
    assert_eq!(Reading::from_json(&stored).unwrap(), reading);
}

#[test]
fn an_element_type_is_declared_once_or_alike() {
    let scratch = tempfile::tempdir().unwrap();
    let with = |name: &str, members: &str| {
        let folder = scratch.path().join(name);
        copy(&golden("bert-sequence-classification"), &folder);
        let config = std::fs::read_to_string(folder.join("config.json")).unwrap();
        let mut json: serde_json::Value = serde_json::from_str(&config).unwrap();
        let more: serde_json::Value = serde_json::from_str(members).unwrap();
        for key in ["dtype", "torch_dtype"] {
            json.as_object_mut().unwrap().remove(key);
        }
        json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        std::fs::write(folder.join("config.json"), json.to_string()).unwrap();
        decided(BERT, &["conforms(bert)"], &folder, scratch.path()).remove(0)
    };
    for (name, members, wanted) in [
        ("null", r#"{"dtype": null, "torch_dtype": "float32"}"#, ("pass", None)),
        ("alike", r#"{"dtype": "float32", "torch_dtype": "float32"}"#, ("pass", None)),
        ("null-hides", r#"{"dtype": null, "torch_dtype": "float16"}"#, ("fail", Some("wrong_dtype"))),
        ("two", r#"{"dtype": "float32", "torch_dtype": "float16"}"#, ("error", Some("config_out_of_range"))),
        ("number", r#"{"dtype": 32}"#, ("error", Some("config_out_of_range"))),
    ] {
        let clause = with(name, members);
        let found = (clause["verdict"].as_str().unwrap(), clause["findings"][0]["fault"].as_str());
        assert_eq!(found, wanted, "{name}: {}", clause["findings"][0]);
    }
}
