//! Answers that are handed in: published numbers of public examples from predictions alone, what a clause on them is worth,
//! and two runs compared.

use crate::support::{clause, lmstd_check, root};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Certifies answers; gives the exit code and the report.
fn certified(arguments: &[&str], out: &Path) -> (i32, Value) {
    let mut all = vec!["certify"];
    all.extend(arguments);
    all.extend(["--out", out.to_str().unwrap()]);
    let run = lmstd_check(&all);
    assert!(!run.err.contains("panicked"), "{}", run.err);
    let report = std::fs::read(out.join("report.json")).unwrap_or_else(|_| panic!("{} {}", run.out, run.err));
    (run.code, serde_json::from_slice(&report).unwrap())
}

/// Every number that was published for an example, and its groups, come out of its predictions.
fn reproduces(folder: &str, standard: &str, predictions: &str, more: &[&str]) {
    let out = tempfile::tempdir().unwrap();
    let [standard, predictions] = [standard, predictions].map(|name| data(folder).join(name).display().to_string());
    let arguments = [&[standard.as_str(), "--predictions", &predictions], more].concat();
    let (code, report) = certified(&arguments, out.path());
    let clauses = report["clauses"].as_array().unwrap();
    let told: Vec<String> = clauses
        .iter()
        .filter(|clause| clause["verdict"] != "attested")
        .map(|clause| format!("{} {}: {}", clause["id"], clause["verdict"], clause["reason"]["en"]))
        .collect();
    assert_eq!(code, 0, "{}", told.join("\n"));
    let expected: Value = serde_json::from_slice(&std::fs::read(data(folder).join("expected.json")).unwrap()).unwrap();
    let expected = expected.as_array().unwrap();
    assert!(expected.len() >= 4, "{}", expected.len());
    let measured: Vec<&Value> = clauses.iter().flat_map(|clause| clause["measured"].as_array().unwrap()).collect();
    for wanted in expected {
        let found = measured.iter().find(|measured| measured["measure"] == wanted["measure"]);
        let found = found.unwrap_or_else(|| panic!("{} is not measured", wanted["measure"]));
        let (ours, theirs) = (found["value"].as_f64().unwrap(), wanted["value"].as_f64().unwrap());
        assert!((ours - theirs).abs() <= 1e-9, "{}: {ours}, published {theirs}", wanted["measure"]);
        let groups =
            found["figures"].as_array().into_iter().flatten().find_map(|figure| figure["groups"].get("groups"));
        for (label, value) in wanted["groups"].as_object().into_iter().flatten() {
            let group = groups.unwrap().as_array().unwrap().iter().find(|group| group["label"] == *label).unwrap();
            let (ours, theirs) = (group["value"].as_f64().unwrap(), value.as_f64().unwrap());
            assert!((ours - theirs).abs() <= 1e-9, "{} {label}: {ours}, published {theirs}", wanted["measure"]);
        }
    }
    let verified = lmstd_check(&["verify", out.path().to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
}

#[test]
fn the_fairness_of_german_credit_is_reproduced() {
    reproduces("tabular", "german.lms", "predictions.csv", &[]);
}

#[test]
fn the_word_error_rates_of_recordings_are_reproduced() {
    reproduces("asr", "asr.lms", "predictions.jsonl", &[]);
}

#[test]
fn the_scores_of_the_sentiment_example_are_reproduced() {
    let reviews = format!("reviews={}", root().join("examples/sentiment").display());
    reproduces("sentiment-predictions", "sentiment.lms", "predictions.csv", &["--data", &reviews]);
}

/// A small standard of a classifier whose answers are handed in.
const STANDARD: &str = "standard answers 1.0.0 {
  title en \"Answers\" zh \"回答\"
  model m = any
  dataset d {
    id: int, role id
    label: class {no, yes}, role target
    side: class {left, right}
    weight: int
    split test from \"d.csv\"
  }
  clause A must { accuracy(m, d.test) >= 80% at 95% }
  clause B should { accuracy(m, d.test where weight > 50) by side >= 80% at 95% }
  clause C should { accuracy(m, d.test) by side worst group >= 80% at 95% }
  clause D should { conforms(m) }
}
";

/// 200 rows, of which every `n`th is answered wrong; gives the folder's standard and answers.
fn written(folder: &Path, name: &str, nth: usize, trials: usize) -> (String, String) {
    let label = |row: usize| ["no", "yes"][row / 3 % 2];
    let mut data = String::from("id,label,side,weight\n");
    let mut answers = String::from("id,prediction\n");
    for row in 0..200 {
        data.push_str(&format!("{row},{},{},{row}\n", label(row), ["left", "right"][row % 2]));
        for trial in 0..trials {
            let right = (row + trial) % nth != 0;
            answers.push_str(&format!("{row},{}\n", label(if right { row } else { row + 3 })));
        }
    }
    std::fs::write(folder.join("d.csv"), data).unwrap();
    std::fs::write(folder.join("answers.lms"), STANDARD).unwrap();
    let path = folder.join(format!("{name}.csv"));
    std::fs::write(&path, answers).unwrap();
    (folder.join("answers.lms").display().to_string(), path.display().to_string())
}

#[test]
fn answers_that_are_handed_in_are_attested_and_the_model_is_not_measured() {
    let scratch = tempfile::tempdir().unwrap();
    let (standard, answers) = written(scratch.path(), "good", 25, 1);
    let out = scratch.path().join("out");
    let (code, report) = certified(&[&standard, "--predictions", &answers], &out);
    assert_eq!(code, 0, "{report:#}");
    for id in ["A", "B", "C"] {
        let clause = clause(&report, id);
        assert_eq!((&clause["verdict"], &clause["trust"]), (&"attested".into(), &"attested".into()), "{clause:#}");
        assert!(clause["reason"]["en"].as_str().unwrap().contains("handed in"), "{clause:#}");
    }
    assert_eq!(clause(&report, "D")["verdict"], "error", "there is no model");
    assert_eq!(clause(&report, "B")["measured"][0]["n"], 149, "rows 51 to 199");
    let signature = clause(&report, "A")["measured"][0]["facts"]["signature"].as_str().unwrap();
    assert_eq!(signature, "accuracy|equals:scikit-learn|version:1");
    assert_eq!(lmstd_check(&["verify", out.to_str().unwrap()]).code, 0);
}

#[test]
fn answers_that_do_not_fit_the_split_are_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let (standard, answers) = written(scratch.path(), "good", 25, 1);
    let text = std::fs::read_to_string(&answers).unwrap();
    let cases = [
        ("a row left out", text.replace("\n7,", "\n8,")),
        ("an id that is not there", format!("{text}900,yes\n")),
        ("a class that is not declared", text.replace("\n7,no", "\n7,maybe").replace("\n7,yes", "\n7,maybe")),
        ("no answers", "id,prediction\n".into()),
        ("no such column", text.replace("id,prediction", "id,guess")),
        ("an empty answer", text.replace("\n7,no", "\n7,").replace("\n7,yes", "\n7,")),
    ];
    for (what, text) in cases {
        let path = scratch.path().join("bad.csv");
        std::fs::write(&path, text).unwrap();
        let out = tempfile::tempdir().unwrap();
        let (code, report) = certified(&[&standard, "--predictions", path.to_str().unwrap()], out.path());
        let verdict = &clause(&report, "A")["verdict"];
        assert_eq!((code, verdict), (2, &"error".into()), "{what}: {}", clause(&report, "A"));
    }
}

#[test]
fn trials_of_one_row_are_not_taken_for_rows() {
    let scratch = tempfile::tempdir().unwrap();
    let width = |name: &str, trials: usize| {
        let (standard, answers) = written(scratch.path(), name, 8, trials);
        let out = scratch.path().join(format!("out-{name}"));
        let (_, report) = certified(&[&standard, "--predictions", &answers], &out);
        let measured = clause(&report, "A")["measured"][0].clone();
        assert_eq!(lmstd_check(&["verify", out.to_str().unwrap()]).code, 0);
        let interval: Vec<f64> = serde_json::from_value(measured["interval"].clone()).unwrap();
        (
            interval[1] - interval[0],
            measured["method"].as_str().unwrap().to_owned(),
            measured["facts"]["trials"].clone(),
        )
    };
    let (once, method, trials) = width("once", 1);
    assert_eq!((method.as_str(), trials), ("wilson", Value::Null));
    let (twice, method, trials) = width("twice", 2);
    assert_eq!((method.as_str(), trials), ("clustered-bayesian-bootstrap", "2".into()));
    // Two answers a row are worth more than one and less than two rows.
    assert!(twice > once / 2.0 && twice < once * 1.5, "{twice} {once}");
}

#[test]
fn two_runs_are_compared_item_by_item() {
    let scratch = tempfile::tempdir().unwrap();
    let outs: Vec<String> = [("good", 25), ("bad", 4), ("again", 25)]
        .map(|(name, nth)| {
            let (standard, answers) = written(scratch.path(), name, nth, 1);
            let out = scratch.path().join(format!("out-{name}"));
            certified(&[&standard, "--predictions", &answers], &out);
            out.display().to_string()
        })
        .to_vec();
    let compared = |a: &str, b: &str| {
        let run = lmstd_check(&["compare", a, b, "--format", "json"]);
        let json: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{} {}", run.out, run.err));
        (run.code, json)
    };
    let (code, worse) = compared(&outs[0], &outs[1]);
    assert_eq!(code, 1, "{worse:#}");
    let metric = &worse["metrics"][0];
    assert_eq!((&metric["verdict"], &metric["pairs"]), (&"worse".into(), &200.into()));
    // 50 rows wrong against 8; the multiples of 100 are wrong in both.
    assert_eq!(metric["only"], serde_json::json!([48, 6]));
    assert!(metric["p"].as_f64().unwrap() < 1e-6, "{metric}");
    let (code, better) = compared(&outs[1], &outs[0]);
    assert_eq!((code, &better["metrics"][0]["verdict"]), (0, &"better".into()));
    assert_eq!(better["metrics"][0]["difference"].as_f64().unwrap(), -metric["difference"].as_f64().unwrap());
    let (code, same) = compared(&outs[0], &outs[2]);
    assert_eq!((code, &same["metrics"][0]["difference"]), (0, &0.0.into()), "{same:#}");
    assert_eq!(same["metrics"][0]["verdict"], "no-difference-shown");
    // No item differs: at most the share that 200 items without one leave possible.
    let end = same["metrics"][0]["interval"][1].as_f64().unwrap();
    assert!((0.015..0.02).contains(&end), "{same:#}");
    let text = lmstd_check(&["compare", &outs[0], &outs[1]]);
    assert!(text.out.contains("accuracy(m, d.test)"), "{}", text.out);
    let page = lmstd_check(&["compare", &outs[0], &outs[1], "--format", "html", "--lang", "zh"]);
    assert!(page.out.starts_with("<!") && page.out.contains("accuracy(m, d.test)"), "{}", page.out);
    let changed = std::fs::read_to_string(scratch.path().join("out-bad/report.json"))
        .unwrap()
        .replace("\"attested\"", "\"pass\"");
    std::fs::write(scratch.path().join("out-bad/report.json"), changed).unwrap();
    let refused = lmstd_check(&["compare", &outs[0], &outs[1]]);
    assert_eq!(refused.code, 3, "a run whose certificate is not good: {}", refused.out);
}

/// What a run stored comes out as what `--predictions` reads, and gives the same numbers again.
#[test]
fn stored_answers_come_out_and_in_again() {
    let scratch = tempfile::tempdir().unwrap();
    let (standard, answers) = written(scratch.path(), "good", 25, 1);
    let (first, second) = (scratch.path().join("first"), scratch.path().join("second"));
    let (_, one) = certified(&[&standard, "--predictions", &answers], &first);
    let again = scratch.path().join("again.jsonl");
    let [from, to] = [&first, &again].map(|path| path.to_str().unwrap().to_owned());
    let run = lmstd_check(&["report", &from, "--format", "predictions", "-o", &to]);
    assert_eq!(run.code, 0, "{}", run.err);
    let (_, two) = certified(&[&standard, "--predictions", &to], &second);
    let measured = |report: &Value| clause(report, "A")["measured"][0].clone();
    assert_eq!(measured(&one), measured(&two));
    let unknown = lmstd_check(&["report", &from, "--format", "predictions", "--of", "d.train"]);
    assert_eq!((unknown.code, unknown.err.contains("m:d.test")), (3, true), "{}", unknown.err);
}

/// Rows of one author are not independent: the interval is wider than that of as many independent rows.
#[test]
fn clusters_that_a_standard_declares_widen_the_interval() {
    let scratch = tempfile::tempdir().unwrap();
    let width = |role: &str| {
        let mut data = String::from("id,label,author\n");
        let mut answers = String::from("id,prediction\n");
        for row in 0..200 {
            data.push_str(&format!("{row},{},a{}\n", ["no", "yes"][row % 2], row / 10));
            // All ten rows of every fifth author are wrong.
            let right = row / 10 % 5 != 0;
            answers.push_str(&format!("{row},{}\n", ["no", "yes"][if right { row % 2 } else { 1 - row % 2 }]));
        }
        std::fs::write(scratch.path().join("d.csv"), data).unwrap();
        std::fs::write(scratch.path().join("a.csv"), answers).unwrap();
        let text = format!(
            "standard s 1.0.0 {{\n  title en \"S\" zh \"S\"\n  model m = any\n  dataset d {{\n    id: int, role id\n    label: class {{no, yes}}, role target\n    author: text{role}\n    split test from \"d.csv\"\n  }}\n  clause A must {{ accuracy(m, d.test) >= 50% at 95% }}\n}}\n"
        );
        std::fs::write(scratch.path().join("s.lms"), text).unwrap();
        let out = scratch.path().join(format!("out{}", role.len()));
        let [standard, answers] = ["s.lms", "a.csv"].map(|name| scratch.path().join(name).display().to_string());
        let (_, report) = certified(&[&standard, "--predictions", &answers], &out);
        let measured = clause(&report, "A")["measured"][0].clone();
        assert_eq!(lmstd_check(&["verify", out.to_str().unwrap()]).code, 0);
        let interval: Vec<f64> = serde_json::from_value(measured["interval"].clone()).unwrap();
        (interval[1] - interval[0], measured["method"].as_str().unwrap().to_owned())
    };
    let (alone, together) = (width(""), width(", role cluster"));
    assert_eq!((alone.1.as_str(), together.1.as_str()), ("wilson", "clustered-bayesian-bootstrap"));
    assert!(together.0 > 2.0 * alone.0, "{together:?} {alone:?}");
}

#[test]
fn the_terms_of_a_sum_are_of_the_rows_that_the_sum_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(data("tabular").join("test.csv"), folder.path().join("test.csv")).unwrap();
    let standard = std::fs::read_to_string(data("tabular").join("german.lms")).unwrap();
    let sum = "  metric quality = 0.5 * accuracy + 0.5 * recall(good)\n\n  clause SUM-1 must { quality(scorer, german.test where sex == female) >= 0.5 at 95% }\n\n  clause WOMEN-1";
    let changed = standard.replace("  clause WOMEN-1", sum);
    assert_ne!(changed, standard);
    let path = folder.path().join("german.lms");
    std::fs::write(&path, changed).unwrap();
    let predictions = data("tabular").join("predictions.csv");
    let arguments = [path.to_str().unwrap(), "--predictions", predictions.to_str().unwrap()];
    let (_, report) = certified(&arguments, &folder.path().join("out"));
    let measured = |id: &str| clause(&report, id)["measured"][0].clone();
    let (sum, accuracy, recall) = (measured("SUM-1"), measured("WOMEN-1"), measured("WOMEN-2"));
    let near = |text: &Value, value: &Value| {
        let text: f64 = text.as_str().unwrap().parse().unwrap();
        assert!((text - value.as_f64().unwrap()).abs() < 1e-3, "{text} {value}");
    };
    near(&sum["facts"]["term accuracy"], &accuracy["value"]);
    near(&sum["facts"]["term recall"], &recall["value"]);
    let (low, high) = sum["facts"]["sensitivity"].as_str().unwrap().split_once("..").unwrap();
    let value = sum["value"].as_f64().unwrap();
    let (low, high): (f64, f64) = (low.parse().unwrap(), high.parse().unwrap());
    assert!(low <= value && value <= high, "{low} {value} {high}");
}
