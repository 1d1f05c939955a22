//! When a clause applies, in words.

use super::paper::Line;
use super::wording::{say, words};
use lmstd_compiler::standard::Condition;

/// A condition in words.
pub(super) fn condition(condition: &Condition) -> Line {
    match condition {
        Condition::All(parts) => joined(parts, "when.and"),
        Condition::Any(parts) => joined(parts, "when.or"),
        Condition::Not(part) => say("when.not", &[("condition", &self::condition(part))]),
        Condition::HasField { dataset, field, holds } => {
            let key = if *holds { "when.has" } else { "when.lacks" };
            say(key, &[("dataset", &Line::code(dataset)), ("field", &Line::code(field))])
        }
        Condition::HasPart { model, part } => {
            say("when.part", &[("model", &Line::code(model)), ("part", &words(&format!("part.{part}")))])
        }
        Condition::Config { model, text, .. } => {
            say("when.config", &[("model", &Line::code(model)), ("text", &Line::code(text))])
        }
    }
}

fn joined(parts: &[Condition], word: &str) -> Line {
    let part = |part: &Condition| match part {
        Condition::All(_) | Condition::Any(_) => say("when.group", &[("condition", &condition(part))]),
        _ => condition(part),
    };
    Line::join(&parts.iter().map(part).collect::<Vec<_>>(), &words(word))
}
