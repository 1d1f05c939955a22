//! Faults of form as diagnostics: words for people over the front ends' typed values. Knows nothing of meaning.

use super::code;
use super::{Diagnostic, did_you_mean};
use lmstd_grammar::error::{SyntaxError, SyntaxErrorKind};

/// The diagnostic of one syntax error.
pub fn from_syntax(error: &SyntaxError) -> Diagnostic {
    let span = error.span;
    match &error.kind {
        SyntaxErrorKind::Expected { expected, found } => {
            let wanted = alternatives(expected);
            let message = match found.as_str() {
                "" => format!("the text ends where {wanted} should follow"),
                found => format!("expected {wanted}, found `{found}`"),
            };
            let fault = Diagnostic::error(&code::EXPECTED, span, message).here(format!("expected {wanted}"));
            match slip(found, expected) {
                Some(word) => fault.fix(format!("write `{word}`"), span, word),
                None => fault,
            }
        }
        SyntaxErrorKind::Unclosed { open } => {
            Diagnostic::error(&code::UNCLOSED, span, format!("this `{open}` is never closed"))
                .here("opened here")
                .help(format!("add `{}` where this part ends", partner(*open)))
        }
        SyntaxErrorKind::Unopened { close, open } => match open {
            Some((open, at)) => {
                Diagnostic::error(&code::UNOPENED, span, format!("`{close}` does not close the open `{open}`"))
                    .here(format!("`{}` was expected", partner(*open)))
                    .label(*at, "opened here")
                    .help(format!("write `{}`, or add it before `{close}`", partner(*open)))
            }
            None => Diagnostic::error(&code::UNOPENED, span, format!("`{close}` closes nothing"))
                .here("nothing is open here")
                .help("remove it, or add the opening bracket that it should close"),
        },
        SyntaxErrorKind::UnclosedString => {
            Diagnostic::error(&code::UNCLOSED_STRING, span, "this text has no closing quote")
                .here("begins here")
                .help("add `\"` at the end; a text stays on one line, and `\\n` stands for a line break")
        }
        SyntaxErrorKind::BadNumber { text } => {
            Diagnostic::error(&code::BAD_NUMBER, span, format!("the number `{text}` does not fit"))
                .note("whole numbers are 64-bit signed, others 64-bit floats")
        }
        SyntaxErrorKind::TooDeep { limit } => {
            Diagnostic::error(&code::TOO_DEEP, span, format!("nested deeper than {limit} levels"))
                .help("split the expression into several clauses")
        }
        SyntaxErrorKind::TooManyOperators { limit } => {
            Diagnostic::error(&code::TOO_DEEP, span, format!("an expression of more than {limit} operators"))
                .help("split the expression into several clauses")
        }
        SyntaxErrorKind::TooLong { limit } => {
            Diagnostic::error(&code::TOO_LONG, span, format!("the text is longer than {limit} bytes"))
                .help("split it into several documents")
        }
        SyntaxErrorKind::Repeated { what, first } => {
            Diagnostic::error(&code::REPEATED, span, format!("the {what} is given twice"))
                .here("given again here")
                .label(*first, "given first here")
                .help("keep one of them")
        }
        // A clause without a requirement is a fault of meaning that the front ends happen to see first.
        SyntaxErrorKind::Missing { what, .. } if what == "requirement" => {
            Diagnostic::error(&code::NO_REQUIREMENT, span, "this clause requires nothing that can be checked")
                .here("has no evidence")
                .help("name a measure, for example `MEASURE(MODEL, DATASET.SPLIT) >= 0.9 at 95%`")
        }
        SyntaxErrorKind::Missing { what, example } => {
            let fault = Diagnostic::error(&code::MISSING, span, format!("the {what} is missing"))
                .here(format!("the {what} should stand here"))
                .help(format!("for example `{example}`"));
            match what == "version" && !example.contains(':') {
                true => fault.fix("add the version 1.0.0", span.after(), " 1.0.0"),
                false => fault,
            }
        }
        SyntaxErrorKind::Yaml { message } => Diagnostic::error(&code::BAD_YAML, span, message.clone()),
        SyntaxErrorKind::DuplicateKey { key, first } => {
            Diagnostic::error(&code::DUPLICATE_KEY, span, format!("the key `{key}` is given twice"))
                .here("given again here")
                .label(*first, "given first here")
                .help("keep one of them")
        }
        SyntaxErrorKind::Schema { message, allowed, name } => {
            let diagnostic = Diagnostic::error(&code::SCHEMA, span, message.clone());
            let near = name.as_deref().and_then(|name| did_you_mean(name, allowed.iter().map(String::as_str)));
            match (near, allowed.is_empty()) {
                (Some(near), _) => diagnostic.suggest(span, Some(near)),
                (None, false) => diagnostic.help(format!("write {}", super::one_of(allowed))),
                (None, true) => diagnostic,
            }
        }
    }
}

/// The word that stands for a mark of other languages: the front ends expect it first.
fn slip(found: &str, expected: &[String]) -> Option<&'static str> {
    let word = match found {
        "&&" | "&" => "and",
        "||" | "|" => "or",
        "!" => "not ",
        _ => return None,
    };
    expected.first().is_some_and(|first| first.contains(word.trim_end())).then_some(word)
}

/// `a`, `a or b`, `a, b or c`; the front ends give words, not grammar rules.
fn alternatives(words: &[String]) -> String {
    match words {
        [] => "something else".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

fn partner(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        other => other,
    }
}
