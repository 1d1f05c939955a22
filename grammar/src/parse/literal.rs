//! Literals: texts with their escapes, numbers with their limits, quantities, and what only looks like a number.

use crate::ast::ExprKind;
use crate::error::SyntaxErrorKind;
use crate::span::Spanned;

use super::recover::shortened;
use super::{Builder, Piece, Rule};

impl<'t> Builder<'t> {
    /// A text without quotes and escapes.
    pub(super) fn string(&mut self, pair: &Piece<'t>) -> Spanned<String> {
        let span = self.span(pair);
        let raw = pair.as_str();
        let inner = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw);
        let base = pair.as_span().start() + 1;
        let mut value = String::with_capacity(inner.len());
        let mut at = 0;
        while let Some(char) = inner[at..].chars().next() {
            if char != '\\' {
                value.push(char);
                at += char.len_utf8();
                continue;
            }
            let (decoded, length) = escape(&inner[at..]);
            match decoded {
                Some(char) => value.push(char),
                None => self.bad_escape(base + at, &inner[at..at + length]),
            }
            at += length;
        }
        Spanned::new(value, span)
    }

    fn bad_escape(&mut self, at: usize, found: &str) {
        let expected = ["`\\\"`", "`\\\\`", "`\\n`", "`\\t`", "`\\u{…}` with a character's number"];
        let expected = expected.iter().map(|&word| word.to_owned()).collect();
        let span = self.text.span(at..at + found.len());
        self.error(SyntaxErrorKind::Expected { expected, found: found.to_owned() }, span);
    }

    pub(super) fn int(&mut self, pair: &Piece<'t>) -> ExprKind {
        match plain_digits(pair.as_str()).parse() {
            Ok(value) => ExprKind::Int(value),
            Err(_) => self.bad_number(pair),
        }
    }

    pub(super) fn real(&mut self, pair: &Piece<'t>) -> ExprKind {
        match plain_digits(pair.as_str()).parse::<f64>() {
            Ok(value) if value.is_finite() => ExprKind::Real(value),
            _ => self.bad_number(pair),
        }
    }

    pub(super) fn quantity(&mut self, pair: &Piece<'t>) -> ExprKind {
        let mut value = 0.0;
        let mut unit = None;
        for part in pair.clone().into_inner() {
            match part.as_rule() {
                Rule::real | Rule::int => match self.real(&part) {
                    ExprKind::Real(number) => value = number,
                    other => return other,
                },
                _ => unit = Some(self.name(&part)),
            }
        }
        ExprKind::Quantity { value, unit: unit.expect("the grammar gives a quantity a unit") }
    }

    fn bad_number(&mut self, pair: &Piece<'t>) -> ExprKind {
        let span = self.span(pair);
        self.error(SyntaxErrorKind::BadNumber { text: pair.as_str().to_owned() }, span);
        ExprKind::Error
    }

    /// What only looks like a number: one fault, with the number that was meant where that can be told.
    pub(super) fn malformed(&mut self, pair: &Piece<'t>) -> ExprKind {
        let span = self.span(pair);
        let found = pair.as_str();
        let expected = match meant(found) {
            Some(number) => format!("`{number}`"),
            None => "a decimal number such as `1_000`, `0.5` or `1e3`".to_owned(),
        };
        self.error(SyntaxErrorKind::Expected { expected: vec![expected], found: shortened(found) }, span);
        ExprKind::Error
    }
}

/// The number that a malformed one most likely means, its unit included.
fn meant(text: &str) -> Option<String> {
    if text.contains(',') {
        return Some(text.replace(',', "_"));
    }
    let (number, unit) = text.find([' ', '\t']).map_or((text, ""), |at| text.split_at(at));
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = number.strip_prefix(prefix) {
            let value = i64::from_str_radix(&plain_digits(digits), radix).ok()?;
            return Some(format!("{value}{unit}"));
        }
    }
    let number = plain_digits(number);
    let fits = number.parse::<f64>().is_ok_and(f64::is_finite);
    fits.then(|| format!("{number}{unit}"))
}

fn plain_digits(text: &str) -> String {
    text.chars().filter(|&char| char != '_').collect()
}

/// The character an escape stands for and the escape's length in bytes; `text` begins with a backslash.
fn escape(text: &str) -> (Option<char>, usize) {
    let Some(kind) = text[1..].chars().next() else { return (None, 1) };
    let simple = match kind {
        '"' => Some('"'),
        '\\' => Some('\\'),
        'n' => Some('\n'),
        't' => Some('\t'),
        _ => None,
    };
    if simple.is_some() || kind != 'u' || !text[2..].starts_with('{') {
        return (simple, 1 + kind.len_utf8());
    }
    match text.find('}') {
        Some(end) => (u32::from_str_radix(&text[3..end], 16).ok().and_then(char::from_u32), end + 1),
        None => (None, 3),
    }
}
