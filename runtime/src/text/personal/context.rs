//! What stands around a number: the borders of a token, and words just before it.

use crate::text::words::{is_part, stands_alone};
use std::ops::Range;

/// How many bytes before a number are read for words.
const REACH: usize = 48;

/// Words that may stand between a word such as `phone` and its number.
const FILLERS: &[&str] = &[
    "number",
    "no",
    "nr",
    "num",
    "nummer",
    "numéro",
    "numero",
    "número",
    "is",
    "ist",
    "est",
    "es",
    "é",
    "me",
    "us",
    "번호",
    "номер",
    "at",
    "on",
    "my",
    "our",
    "the",
    "be",
    "id",
    "as",
    "of",
    "for",
    "a",
    "to",
];

/// Whether a number is a token of its own: no part of a word, a decimal, an address, a colour, a sum of money.
pub(super) fn is_apart(text: &str, place: &Range<usize>) -> bool {
    starts_apart(text, place.start) && ends_apart(text, place.end)
}

pub(super) fn starts_apart(text: &str, start: usize) -> bool {
    let mut before = text[..start].chars().rev();
    let Some(last) = before.next() else { return true };
    let earlier = before.next();
    match last {
        '_' | '@' | '#' | '%' | '&' | '\\' | '$' | '€' | '£' | '¥' | '+' => false,
        '.' | ',' => !earlier.is_some_and(|c| c.is_ascii_digit()),
        '-' | '/' => !earlier.is_some_and(|c| is_part(c) || c == '/'),
        _ => !is_part(last) || stands_alone(last),
    }
}

pub(super) fn ends_apart(text: &str, end: usize) -> bool {
    let mut after = text[end..].chars();
    let Some(next) = after.next() else { return true };
    let later = after.next();
    match next {
        '_' | '@' | '%' | '°' | '$' | '€' | '£' => false,
        '.' | ',' => !later.is_some_and(|c| c.is_ascii_digit()),
        '-' | '/' => !later.is_some_and(is_part),
        ' ' | '\u{a0}' => !later.is_some_and(|c| matches!(c, '€' | '$' | '£' | '¥' | '%')),
        _ => !is_part(next) || stands_alone(next),
    }
}

/// Whether the group of digits at `place` is one of a longer row of groups, such as four digits between blanks.
pub(super) fn continues_groups(text: &str, place: &Range<usize>, separator: u8, width: usize) -> bool {
    let bytes = text.as_bytes();
    let is_group = |part: Option<&[u8]>| part.is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let before = place.start > width
        && bytes[place.start - 1] == separator
        && is_group(bytes.get(place.start - 1 - width..place.start - 1));
    let after = bytes.get(place.end) == Some(&separator) && is_group(bytes.get(place.end + 1..place.end + 1 + width));
    before || after
}

/// The few characters before byte `at`.
pub(super) fn before(text: &str, at: usize) -> &str {
    let mut from = at.saturating_sub(REACH);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..at]
}

/// Whether one of `words` (in lower case) stands before byte `at`, with nothing between but fillers and punctuation.
pub(super) fn said_before(text: &str, at: usize, words: &[&str]) -> bool {
    let near = before(text, at);
    let is_cut = near.len() < at;
    let near = near.to_lowercase();
    words.iter().any(|&word| {
        let Some(place) = near.rfind(word) else { return false };
        let first = word.chars().next();
        let joined = near[..place].chars().next_back().is_some_and(is_part) || (place == 0 && is_cut);
        let rest = &near[place + word.len()..];
        (!joined || first.is_some_and(stands_alone))
            && !rest.contains(|c: char| c.is_ascii_digit())
            && rest.split(|c: char| !is_part(c)).all(|part| part.is_empty() || is_filler(part))
    })
}

fn is_filler(part: &str) -> bool {
    FILLERS.contains(&part) || part.chars().count() <= 3 && part.chars().all(stands_alone)
}
