//! What a clause requires, in words: every bar with its unit, every estimate with its confidence.
//!
//! A requirement of several parts becomes a list of lettered points, so that nobody has to guess what `and` and `or`
//! bind.

use super::author::Author;
use super::paper::{Line, Point, Run};
use super::quantity::{amount, distance};
use super::wording::{alternatives, say, words};
use lmstd_compiler::standard::{MeasurementId, Requirement, Tolerance};
use lmstd_compiler::ty::trust::Trust;
use lmstd_compiler::ty::unit::Kind;

/// The words of a requirement, as one paragraph or a list of points.
pub(super) fn points(author: &Author, requirement: &Requirement) -> Vec<Point> {
    let mut points = Vec::new();
    add(author, requirement, (String::new(), 0), &mut points);
    points
}

/// The measurements that a requirement is decided on, each once, in the order of the text.
pub(super) fn measurements(requirement: &Requirement, found: &mut Vec<MeasurementId>) {
    match requirement {
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().for_each(|part| measurements(part, found)),
        Requirement::Not(part) => measurements(part, found),
        Requirement::Holds(value) | Requirement::Compare { value, .. } | Requirement::Close { value, .. } => {
            if !found.contains(&value.measurement) {
                found.push(value.measurement);
            }
        }
        Requirement::Fact { .. } => {}
    }
}

/// The facts that a requirement rests on.
pub(super) fn facts<'r>(requirement: &'r Requirement, found: &mut Vec<(Trust, &'r str)>) {
    match requirement {
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().for_each(|part| facts(part, found)),
        Requirement::Not(part) => facts(part, found),
        Requirement::Holds(_) | Requirement::Compare { .. } | Requirement::Close { .. } => {}
        Requirement::Fact { trust, key, .. } => {
            if !found.contains(&(*trust, key.as_str())) {
                found.push((*trust, key.as_str()));
            }
        }
    }
}

/// The confidences on which a requirement decides its estimates, one for each comparison.
pub(super) fn confidences(requirement: &Requirement, found: &mut Vec<f64>) {
    match requirement {
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().for_each(|part| confidences(part, found)),
        Requirement::Not(part) => confidences(part, found),
        Requirement::Compare { confidence, .. } => found.extend(confidence),
        Requirement::Holds(_) | Requirement::Close { .. } | Requirement::Fact { .. } => {}
    }
}

fn add(author: &Author, requirement: &Requirement, (label, depth): (String, usize), points: &mut Vec<Point>) {
    let (key, parts) = match requirement {
        Requirement::All(parts) => ("require.all", parts.as_slice()),
        Requirement::Any(parts) => ("require.any", parts.as_slice()),
        Requirement::Not(part) => ("require.not", std::slice::from_ref(&**part)),
        leaf => {
            points.push(Point { label, depth, line: one(author, leaf) });
            return;
        }
    };
    points.push(Point { label: label.clone(), depth, line: words(key) });
    for (index, part) in parts.iter().enumerate() {
        add(author, part, (below(&label, index), depth + 1), points);
    }
}

/// `a`, `b` at the top, `a.1` below; numbers where the letters end.
fn below(label: &str, index: usize) -> String {
    let letter = u8::try_from(index).ok().filter(|index| *index < 26).map(|index| char::from(b'a' + index));
    match (label.is_empty(), letter) {
        (true, Some(letter)) => letter.to_string(),
        (true, None) => (index + 1).to_string(),
        (false, _) => format!("{label}.{}", index + 1),
    }
}

/// A part without parts of its own.
fn one(author: &Author, requirement: &Requirement) -> Line {
    match requirement {
        // These become points of their own in `add`.
        Requirement::All(_) | Requirement::Any(_) | Requirement::Not(_) => Line::default(),
        Requirement::Holds(value) => say("require.holds", &[("value", &author.display(value))]),
        Requirement::Compare { value, op, bar, kind, confidence } => {
            let values = [
                ("value", &author.display(value)),
                ("kind", &kind_words(*kind)),
                ("bar", &Line::text(amount(*bar, *kind))),
            ];
            let comparison = say(&format!("compare.{}", op.symbol()), &values);
            match confidence {
                Some(confidence) => {
                    let confidence = Line::text(amount(*confidence, Kind::Rate));
                    say("require.estimate", &[("comparison", &comparison), ("confidence", &confidence)])
                }
                None => say("require.exact", &[("comparison", &comparison)]),
            }
        }
        Requirement::Close { value, tolerance: Tolerance::Derived } => {
            say("require.derived", &[("value", &author.display(value))])
        }
        Requirement::Close { value, tolerance: Tolerance::Absolute(far) } => {
            let values = [("value", &author.display(value)), ("distance", &Line::text(distance(*far)))];
            say("require.absolute", &values)
        }
        Requirement::Fact { trust, key, accepted, signer } => {
            let accepted: Vec<Line> = accepted.iter().map(Line::code).collect();
            let key_of = if *trust == Trust::Attested { "require.attested" } else { "require.declared" };
            let signer = Line::code(signer.as_deref().unwrap_or_default());
            say(key_of, &[("key", &Line::code(key)), ("signer", &signer), ("values", &alternatives(&accepted))])
        }
    }
}

/// What is measured, in words.
fn kind_words(kind: Kind) -> Line {
    let all = ["rate", "score", "ratio", "number", "count", "time", "bytes"];
    let word = all.into_iter().find(|word| Kind::of_word(word) == Some(kind));
    word.map_or_else(|| Line::english(Run::marked(kind.words())), |word| words(&format!("kind.{word}")))
}
