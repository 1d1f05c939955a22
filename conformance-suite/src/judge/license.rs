//! Declared licences against a list: SPDX expressions, with identifiers compared without regard to case as the SPDX
//! specification (annex on licence expressions) has it. `MIT OR X` offers a choice, `MIT AND X` needs both.
//! What is not an SPDX expression is compared as plain text.

use spdx::{Expression, LicenseReq, Licensee, ParseMode};

/// Whether `declared` can be used under `accepted` licences alone.
pub(super) fn accepts(declared: &str, accepted: &[String]) -> bool {
    let listed = |text: &str| accepted.iter().any(|one| one.trim().eq_ignore_ascii_case(text.trim()));
    match parse(declared) {
        Some(expression) => expression.evaluate(|needed| is_listed(needed, accepted)),
        None => listed(declared),
    }
}

/// Whether `declared` names none of the `refused` licences; a text that cannot be read names who knows what.
pub(super) fn avoids(declared: &str, refused: &[String]) -> bool {
    parse(declared).is_some_and(|expression| !expression.requirements().any(|one| is_listed(&one.req, refused)))
}

fn is_listed(needed: &LicenseReq, list: &[String]) -> bool {
    list.iter().any(|one| Licensee::parse_mode(&canonical(one), MODE).is_ok_and(|licensee| licensee.satisfies(needed)))
}

/// Strict, except that old identifiers such as `GPL-2.0` are still read: many cards carry them.
const MODE: ParseMode = ParseMode { allow_deprecated: true, ..ParseMode::STRICT };

fn parse(text: &str) -> Option<Expression> {
    // An expression of this length is no declaration but an attack on the reader.
    (text.len() <= 1000).then(|| Expression::parse_mode(&canonical(text), MODE).ok())?
}

/// The text with every identifier in the list's own case.
fn canonical(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.trim().split_inclusive(|c: char| c.is_whitespace() || c == '(' || c == ')') {
        let word = part.trim_end_matches(|c: char| c.is_whitespace() || c == '(' || c == ')');
        let (bare, plus) = word.strip_suffix('+').map_or((word, ""), |bare| (bare, "+"));
        let known = spdx::identifiers::LICENSES.iter().map(|license| license.name);
        let known = known.chain(spdx::identifiers::EXCEPTIONS.iter().map(|exception| exception.name));
        match known.into_iter().find(|name| name.eq_ignore_ascii_case(bare)) {
            Some(name) => out.extend([name, plus]),
            None => out.push_str(word),
        }
        out.push_str(&part[word.len()..]);
    }
    out
}
