//! The clauses, one numbered part each: normative text, condition, requirement, what it rests on, how it is measured.

use super::author::{Author, plain};
use super::conditions::condition;
use super::paper::{Block, Entry, Line, Point, Section};
use super::wording::{listed, say, words};
use super::{manual, requirement, scope, terms};
use crate::measure;
use lmstd_compiler::measure::Stage;
use lmstd_compiler::standard::{ClauseSpec, Measurement};
use lmstd_compiler::ty::trust::Trust;

/// The id of a clause's part: `clause-QUAL-1`; by number where its id has characters that links would have to escape.
pub(super) fn anchor(index: usize, id: &str) -> String {
    let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if plain { format!("clause-{id}") } else { format!("clause-5-{}", index + 1) }
}

/// The section.
pub(super) fn section(author: &Author) -> Section {
    let mut section = Section::new("5", "clauses", words("clauses")).prose(words("clauses.note"));
    let parts = author.standard.clauses.iter().enumerate().map(|(index, spec)| clause(author, index, spec));
    section.parts.extend(parts);
    section
}

fn clause(author: &Author, index: usize, spec: &ClauseSpec) -> Section {
    let title = format!("{} ({})", spec.id, scope::both_words(spec.level));
    let mut part = Section::new(format!("5.{}", index + 1), anchor(index, &spec.id), Line::text(title));
    // Without a text of its own the requirement is the text.
    let text = if spec.text.en == spec.bar { Line::code(&spec.bar) } else { plain(&spec.text) };
    part.blocks.push(Block::Norm(text));
    let when = match &spec.when {
        Some(when) => say("clause.if", &[("condition", &condition(when))]),
        None => words("clause.always"),
    };
    let rests = match spec.trust {
        Trust::Measured => "rests.measured",
        Trust::Attested => "rests.attested",
        Trust::Declared => "rests.declared",
    };
    let controls: Vec<Line> = spec.satisfies.iter().map(Line::code).collect();
    let controls = if controls.is_empty() { words("clause.no-controls") } else { listed(&controls) };
    let in_words = requirement::points(author, &spec.requirement);
    part.blocks.push(Block::Entries(vec![
        Entry::fact(words("clause.when"), vec![when]),
        Entry::fact(words("clause.written"), vec![Line::code(&spec.bar)]),
        Entry { body: in_words, ..Entry::fact(words("clause.words"), Vec::new()) },
        Entry::fact(words("clause.trust"), vec![words(rests)]),
        Entry { body: method(author, spec), ..Entry::fact(words("clause.method"), Vec::new()) },
        Entry::fact(words("controls"), vec![controls]),
    ]));
    part
}

/// How each value of a clause comes about.
fn method(author: &Author, spec: &ClauseSpec) -> Vec<Point> {
    let (mut measurements, mut facts) = (Vec::new(), Vec::new());
    requirement::measurements(&spec.requirement, &mut measurements);
    requirement::facts(&spec.requirement, &mut facts);
    let mut points = Vec::new();
    let found = measurements.iter().filter_map(|id| author.standard.measurements.get(id.0 as usize));
    found.for_each(|measurement| procedure(author, measurement, &mut points));
    for (trust, key) in facts {
        let said = if trust == Trust::Attested { "clause.attested" } else { "clause.declared" };
        points.push(Point::plain(say(said, &[("key", &Line::code(key))])));
    }
    points
}

/// The measurement, the procedure in the words of its manual page, and what it needs.
fn procedure(author: &Author, measurement: &Measurement, points: &mut Vec<Point>) {
    let place = terms::reference(author, &measurement.measure, &measurement.display);
    points.push(Point::plain(Line::code(&measurement.display).then(&Line::text(": ")).then(&place)));
    let Some(found) = measure::find(&measurement.measure) else { return };
    let indented = |line: Line| Point { label: String::new(), depth: 1, line };
    points.extend(manual::read(found.doc).measures.into_iter().map(Line::english).map(indented));
    let mut needs = words(match found.stage {
        Stage::Header => "stage.header",
        Stage::Weights => "stage.weights",
        Stage::Run => "stage.run",
    });
    if found.recompute.is_some() {
        needs = needs.then(&words("list.sentence")).then(&words("measure.again"));
    }
    points.push(indented(needs));
}
