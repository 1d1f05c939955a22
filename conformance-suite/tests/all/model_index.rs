//! The metadata of a model card: what stands in it, and that no text of a submission breaks out of it.

use crate::report_samples::{all, conforms, hostile};
use lmstd_conformance_suite::report::{Format, Lang, render};
use lmstd_conformance_suite::verdict::{Report, Trust, Verdict};
use serde_json::{Value, json};

fn rendered(report: &Report) -> String {
    String::from_utf8(render(report, Format::ModelIndex, Lang::En).unwrap()).unwrap()
}

fn read(report: &Report) -> Value {
    let yaml = rendered(report);
    serde_yaml::from_str(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"))
}

/// The results of the first model.
fn results(report: &Report) -> Value {
    read(report)["model-index"][0]["results"].clone()
}

#[test]
fn numbers_of_a_model_on_a_split_are_told() {
    let report = conforms();
    let index = read(&report);
    assert_eq!(index["model-index"].as_array().unwrap().len(), 1);
    assert_eq!(index["model-index"][0]["name"], json!("submission"));
    let results = results(&report);
    assert_eq!(results.as_array().unwrap().len(), 1);
    let result = &results[0];
    assert_eq!(result["task"], json!({ "type": "text-classification", "name": "Sentiment classifier 1.0.0" }));
    let split = &report.datasets["reviews"].splits["test"];
    let revision = format!("sha256:{}", split.sha256);
    let dataset = json!({ "type": "reviews", "name": "reviews (test)", "split": "test", "revision": revision });
    assert_eq!(result["dataset"], dataset);
    // The latency is of no split, the number of parameters no estimate.
    let metrics = result["metrics"].as_array().unwrap();
    let told: Vec<_> = metrics.iter().map(|m| (m["type"].as_str().unwrap(), m["value"].as_f64().unwrap())).collect();
    assert_eq!(told, [("accuracy", 0.7735), ("quality", 0.7741)]);
    let accuracy = &metrics[0];
    assert_eq!(accuracy["name"], json!("accuracy(classifier, reviews.test)"));
    assert_eq!(accuracy["verified"], json!(false));
    let arguments = json!({
        "interval": [0.7547, 0.7913],
        "confidence": 0.95,
        "method": "clopper-pearson",
        "n": 2000,
        "trust": "measured",
        "standard": "sentiment-classifier 1.0.0",
        "lock": report.standard.lock,
        "checked_by": "lmstd-check 0.1.0",
    });
    assert_eq!(accuracy["args"], arguments);
}

#[test]
fn signatures_and_units_are_told_and_small_numbers_are_whole() {
    let mut report = conforms();
    let clause = report.clauses.iter_mut().find(|clause| clause.id == "QUAL-1").unwrap();
    let m = &mut clause.measured[0];
    m.measure = "gap(classifier, reviews.test, by: region, where: rating >= 1.0).worst".to_owned();
    m.facts.insert("signature".to_owned(), "gap|equals:none|version:1".to_owned());
    m.unit = "s".to_owned();
    m.value = Some(1.5e-7);
    m.interval = Some([None, Some(2.0)]);
    let yaml = rendered(&report);
    assert!(yaml.contains("      value: 0.00000015\n"), "{yaml}");
    let metric = &results(&report)[0]["metrics"][0];
    assert_eq!(metric["type"], json!("gap.worst"));
    assert_eq!(metric["args"]["signature"], json!("gap|equals:none|version:1"));
    assert_eq!(metric["args"]["unit"], json!("s"));
    assert_eq!(metric["args"]["interval"][0], Value::Null);
}

#[test]
fn handed_in_answers_carry_a_note() {
    let mut report = conforms();
    report.models.clear();
    let clause = report.clauses.iter_mut().find(|clause| clause.id == "QUAL-2").unwrap();
    clause.verdict = Verdict::Attested;
    clause.trust = Trust::Attested;
    // Both numbers rest on the same answers, whatever the other clause says.
    for metric in results(&report)[0]["metrics"].as_array().unwrap() {
        assert_eq!(metric["args"]["trust"], json!("attested"));
        assert!(metric["args"]["note"].as_str().unwrap().contains("handed in"));
    }
}

#[test]
fn a_measurement_stands_once_and_models_apart() {
    let mut report = conforms();
    let again = report.clauses.iter().find(|clause| clause.id == "QUAL-1").unwrap().clone();
    report.clauses.push(again.clone());
    assert_eq!(results(&report)[0]["metrics"].as_array().unwrap().len(), 2);
    report.models.insert("student".to_owned(), report.models["classifier"].clone());
    let mut other = again;
    other.measured[0].measure = "accuracy(student, reviews.train)".to_owned();
    report.clauses.push(other);
    let index = read(&report);
    let names: Vec<&str> =
        index["model-index"].as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["submission classifier", "submission student"]);
    assert_eq!(index["model-index"][1]["results"][0]["dataset"]["split"], json!("train"));
}

#[test]
fn nothing_to_tell_is_an_empty_list() {
    let mut report = conforms();
    report.clauses.clear();
    assert_eq!(results(&report), json!([]));
}

fn hidden(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{200e}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[test]
fn no_text_breaks_out() {
    for (name, report) in all() {
        let yaml = rendered(&report);
        assert!(!yaml.contains(hidden), "{name}");
        read(&report);
    }
    let mut report = hostile();
    let evil = "\"accuracy\"\n---\n- &a !!python/object *b # \\ (classifier, reviews.test, \"x: y\")";
    let clause = report.clauses.iter_mut().find(|clause| clause.id == "QUAL-2").unwrap();
    clause.measured[0].measure = evil.to_owned();
    let index = read(&report);
    let model = &index["model-index"][0];
    assert!(model["name"].as_str().unwrap().contains("\\u{202E}gnp.exe"), "{model}");
    let metric = &model["results"][0]["metrics"][0];
    assert_eq!(metric["name"].as_str().unwrap(), evil.replace('\n', "\\u{0A}"));
    assert_eq!(metric["args"]["trust"], json!("measured"));
}
