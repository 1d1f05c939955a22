//! Terms and definitions: what the clauses speak of, in numbered entries.
//!
//! Measures stand here with the first paragraph of their manual page; their procedure stands with each clause.

use super::author::{Author, paragraphs};
use super::paper::{Block, Entry, Line, Run, Section};
use super::scope::{LEVELS, both_words};
use super::wording::{listed, say, words};
use super::{data, manual, models, names};
use crate::measure;
use lmstd_compiler::standard::{ArgumentValue, DatasetSpec, ModelSpec};
use lmstd_grammar::ast::{Level, Metric};

/// The section.
pub(super) fn section(author: &Author) -> Section {
    let mut section = Section::new("2", "terms", words("terms"));
    let parts = [
        ("models", of_models(author)),
        ("datasets", of_datasets(author)),
        ("metrics", of_metrics(author)),
        ("measures", of_measures(author)),
        ("levels", of_levels()),
        ("verdicts", of_verdicts()),
        ("trust", of_trust()),
    ];
    for (index, (name, entries)) in parts.into_iter().enumerate() {
        let number = format!("2.{}", index + 1);
        let mut part = Section::new(number.clone(), format!("terms-{name}"), words(&format!("terms.{name}")));
        if entries.is_empty() {
            part = part.prose(words("terms.none"));
        } else {
            part.blocks.push(Block::Entries(numbered(&number, entries)));
        }
        section.parts.push(part);
    }
    section
}

fn numbered(part: &str, mut entries: Vec<Entry>) -> Vec<Entry> {
    for (index, entry) in entries.iter_mut().enumerate() {
        entry.number = format!("{part}.{}", index + 1);
    }
    entries
}

/// The id of a measure's entry.
fn anchor(measure: &str) -> String {
    format!("measure-{measure}")
}

/// A reference to the entry of a measure, or to that of a metric, by its name.
pub(super) fn reference(author: &Author, measure: &str, display: &str) -> Line {
    let called = display.split('(').next().unwrap_or_default();
    if let Some(index) = author.metrics().iter().position(|metric| metric.name.value == called) {
        return Line::link(&format!("metric-{}", index + 1), called);
    }
    names::of(measure, |text| Run::Link { to: anchor(measure), text })
}

fn of_models(author: &Author) -> Vec<Entry> {
    let entry = |(index, (name, spec)): (usize, (&String, &ModelSpec))| {
        let mut body = author.model(name).map_or_else(Vec::new, |model| paragraphs(&model.doc));
        let place = Line::link(&models::anchor(index), &format!("3.{}", index + 1));
        body.push(say("term.model", &[("architecture", &Line::code(&spec.architecture)), ("place", &place)]));
        Entry::fact(Line::code(name), body)
    };
    author.standard.models.iter().enumerate().map(entry).collect()
}

fn of_datasets(author: &Author) -> Vec<Entry> {
    let entry = |(index, (name, spec)): (usize, (&String, &DatasetSpec))| {
        let mut body = author.dataset(name).map_or_else(Vec::new, |dataset| paragraphs(&dataset.doc));
        let place = Line::link(&data::anchor(index), &format!("4.{}", index + 1));
        let splits: Vec<Line> = spec.splits.iter().map(|split| Line::code(&split.name)).collect();
        body.push(say("term.dataset", &[("splits", &listed(&splits)), ("place", &place)]));
        Entry::fact(Line::code(name), body)
    };
    author.standard.datasets.iter().enumerate().map(entry).collect()
}

fn of_metrics(author: &Author) -> Vec<Entry> {
    let entry = |(index, metric): (usize, &Metric)| {
        let mut body = paragraphs(&metric.doc);
        body.push(say("term.metric", &[("formula", &Line::code(author.written(metric.value.span)))]));
        let entry = Entry::fact(Line::code(&metric.name.value), body);
        Entry { anchor: format!("metric-{}", index + 1), ..entry }
    };
    author.metrics().into_iter().enumerate().map(entry).collect()
}

/// Every measure that a clause calls, and those that a weighted score is made of, in the order of first use.
pub(super) fn used<'a>(author: &Author<'a>) -> Vec<&'a str> {
    let mut ids: Vec<&str> = Vec::new();
    for measurement in &author.standard.measurements {
        let terms = measurement.arguments.values().flat_map(|value| match value {
            ArgumentValue::Terms(terms) => terms.as_slice(),
            _ => &[],
        });
        let all = std::iter::once(measurement.measure.as_str()).chain(terms.map(|(_, id, _)| id.as_str()));
        for id in all {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    ids
}

fn of_measures(author: &Author) -> Vec<Entry> {
    let entry = |id: &&str| {
        let first = measure::find(id).and_then(|found| manual::read(found.doc).measures.into_iter().next());
        let name = Line::code(*id).then(&Line::text(" ")).then(&names::of(id, Run::Text));
        Entry { anchor: anchor(id), ..Entry::fact(name, first.map(Line::english).into_iter().collect()) }
    };
    used(author).iter().map(entry).collect()
}

fn of_levels() -> Vec<Entry> {
    let entry = |level: Level| {
        let definition = words(&format!("define.{}", level.word()));
        Entry::fact(Line::text(both_words(level)), vec![definition])
    };
    LEVELS.map(entry).into()
}

fn of_verdicts() -> Vec<Entry> {
    let keys = ["pass", "fail", "undecided", "attested", "expired", "not-applicable", "error"];
    keys.map(|key| Entry::fact(words(&format!("verdict.{key}")), vec![words(&format!("gloss.{key}"))])).into()
}

fn of_trust() -> Vec<Entry> {
    let keys = [("measured", "gloss.measured"), ("attested", "define.attested"), ("declared", "gloss.declared")];
    keys.map(|(key, gloss)| Entry::fact(words(&format!("trust.{key}")), vec![words(gloss)])).into()
}
