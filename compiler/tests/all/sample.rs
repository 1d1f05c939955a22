//! The running example compiles to the standard that it says.

use crate::support::{compiled, shown};
use lmstd_compiler::standard::{ArgumentValue, Comparison, Condition, Requirement, Standard, Tolerance};
use lmstd_compiler::ty::trust::Trust;
use lmstd_compiler::ty::unit::Kind;

const SAMPLE: &str = include_str!("../../../examples/sentiment/standard.lms");

fn sample() -> Standard {
    let compiled = compiled("standard.lms", SAMPLE);
    let shown = shown(&compiled);
    compiled.standard.unwrap_or_else(|| panic!("{shown}"))
}

fn clause<'s>(standard: &'s Standard, id: &str) -> &'s lmstd_compiler::standard::ClauseSpec {
    standard.clauses.iter().find(|clause| clause.id == id).expect("clause of the sample")
}

#[test]
fn only_the_declared_clause_warns() {
    let compiled = compiled("standard.lms", SAMPLE);
    let ids: Vec<_> = compiled.diagnostics.iter().map(|d| d.code.id).collect();
    assert_eq!(ids, ["LMS-W4004"], "{}", shown(&compiled));
}

#[test]
fn requirements() {
    let standard = sample();
    assert_eq!((standard.id.as_str(), standard.version.as_str()), ("sentiment-classifier", "1.0.0"));
    assert_eq!(standard.title.zh, "情感分类器");
    let Requirement::Compare { op, bar, kind, confidence, .. } = clause(&standard, "QUAL-3").requirement else {
        panic!("a comparison")
    };
    assert_eq!((op, bar, kind, confidence), (Comparison::Ge, 0.8, Kind::Rate, Some(0.95)));
    let Requirement::All(parts) = &clause(&standard, "OPS-1").requirement else { panic!("two parts") };
    let bars: Vec<_> = parts
        .iter()
        .map(|part| match part {
            Requirement::Compare { value, bar, kind, confidence, .. } => {
                (value.result.as_deref(), *bar, *kind, *confidence)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(bars, [(Some("p95"), 0.2, Kind::Time, Some(0.95)), (None, 52_428_800.0, Kind::Bytes, None)]);
    let Requirement::Close { tolerance, .. } = clause(&standard, "SEM-1").requirement else { panic!("a closeness") };
    assert_eq!(tolerance, Tolerance::Derived);
    let fact = clause(&standard, "GOV-1");
    assert_eq!(fact.trust, Trust::Declared);
    let accepted = ["Apache-2.0", "MIT", "BSD-3-Clause"].map(str::to_owned).to_vec();
    let wanted = Requirement::Fact { trust: Trust::Declared, key: "license".to_owned(), accepted, signer: None };
    assert_eq!(fact.requirement, wanted);
    assert_eq!(clause(&standard, "OPS-1").bar, "latency(classifier).p95 <= 200 ms and size(classifier) <= 50 MiB");
    assert_eq!(clause(&standard, "QUAL-1").satisfies, ["eu-ai-act.art-15-1", "nist-ai-rmf.measure-2-5"]);
}

#[test]
fn conditions() {
    let standard = sample();
    let Some(Condition::Config { model, text, .. }) = &clause(&standard, "OPS-1").when else { panic!("config") };
    assert_eq!((model.as_str(), text.as_str()), ("classifier", "classifier.max_len <= 256"));
    let Some(Condition::HasField { holds, .. }) = clause(&standard, "GOV-2").when else { panic!("has") };
    assert!(!holds);
}

#[test]
fn measurements_are_stored_once() {
    let standard = sample();
    let displays: Vec<_> = standard.measurements.iter().map(|m| m.display.as_str()).collect();
    let accuracy = displays.iter().filter(|display| **display == "accuracy(classifier, reviews.test)").count();
    assert_eq!(accuracy, 1, "QUAL-1 and GOV-2 share it: {displays:?}");
    let quality = standard.measurements.iter().find(|m| m.measure == "weighted").expect("the metric");
    assert_eq!(quality.display, "quality(classifier, reviews.test)");
    let Some(ArgumentValue::Terms(terms)) = quality.arguments.get("terms") else { panic!("terms") };
    let words: Vec<_> = terms.iter().map(|(w, m, a)| (*w, m.as_str(), a.get("class").cloned())).collect();
    let positive = || Some(ArgumentValue::Class("positive".to_owned()));
    assert_eq!(words, [(0.5, "accuracy", None), (0.3, "f1", positive()), (0.2, "recall", positive())]);
}

#[test]
fn datasets() {
    let standard = sample();
    let reviews = &standard.datasets["reviews"];
    assert_eq!(reviews.input.as_deref(), Some("text"));
    assert_eq!(reviews.target.as_deref(), Some("label"));
    assert_eq!(reviews.id.as_deref(), Some("id"));
    assert_eq!(reviews.splits[2].rows, (2_000, u64::MAX));
    assert_eq!(reviews.fields[1].range, Some((-4.0, 4.0)));
    assert_eq!(reviews.fields[3].length, Some((1, 2_000)));
}

#[test]
fn the_lock_changes_with_every_text() {
    let lock = sample().lock;
    assert_eq!(lock.len(), 64);
    let other = compiled("standard.lms", &SAMPLE.replace("0.75 at 95%", "0.76 at 95%")).standard.expect("compiles");
    assert_ne!(lock, other.lock);
    assert_eq!(lock, compiled("renamed.lms", SAMPLE).standard.expect("compiles").lock, "the file's name is no input");
}
