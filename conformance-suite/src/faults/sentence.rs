//! Sentences by their form: what stands in a hole is kept, the words around it are said in both languages.
//!
//! A form is English text with holes: `{}` any text, `{r}` text that is never translated, `{n}` a whole number, `{b}` a
//! number of bytes, `{s}` a number of seconds, `{x}` any number; numbers are written as readers want them. A rendering
//! takes the holes in order or by number (`{1}`). Text in a hole is itself said in both languages where its form is
//! known, except between backticks, where names stand.

use super::sentences;
use crate::number;
use crate::verdict::Text;

/// A form and how it is said.
pub(super) struct Sentence {
    /// What the checker writes.
    pub(super) form: &'static str,
    /// English, where it is not the form itself.
    pub(super) en: Option<&'static str>,
    /// Chinese.
    pub(super) zh: &'static str,
}

/// Sentences within sentences are followed so far.
const DEPTH: usize = 4;

/// The sentence in both languages, if its form is known.
pub fn known(text: &str) -> Option<Text> {
    said(text, DEPTH)
}

fn said(text: &str, depth: usize) -> Option<Text> {
    if text.is_empty() || depth == 0 {
        return None;
    }
    let plain = sentences::all().find_map(|sentence| {
        let holes = holes(sentence.form, text, depth)?;
        let pick = |side: fn(&Text) -> &str| holes.iter().map(|hole| side(hole).to_owned()).collect::<Vec<_>>();
        let en = fill(sentence.en.unwrap_or(sentence.form), &pick(|hole| hole.en.as_str()));
        Some(Text { en, zh: fill(sentence.zh, &pick(|hole| hole.zh.as_str())) })
    });
    plain.or_else(|| compared(text, depth))
}

/// `SENTENCE (expected A, found B)`, as a refusal is told where there is no room for its parts.
fn compared(text: &str, depth: usize) -> Option<Text> {
    let (head, parts) = text.strip_suffix(')')?.split_once(" (expected ")?;
    let (expected, found) = parts.split_once(", found ")?;
    let head = said(head, depth - 1)?;
    let [expected, found] = [expected, found].map(|part| hole_text(part, depth));
    Some(Text {
        en: format!("{} (expected {}, found {})", head.en, expected.en, found.en),
        zh: format!("{}（应为 {}，实为 {}）", head.zh, expected.zh, found.zh),
    })
}

/// What stands in the holes of `form` if `text` has that form.
fn holes(form: &str, text: &str, depth: usize) -> Option<Vec<Text>> {
    let mut found = Vec::new();
    let (mut form, mut rest) = (form, text);
    loop {
        let Some((before, kind, after)) = next_hole(form) else {
            return (rest == form).then_some(found);
        };
        rest = rest.strip_prefix(before)?;
        let until = next_hole(after).map_or(after, |(literal, ..)| literal);
        let last = until.len() == after.len();
        let hole = match (until.is_empty(), last) {
            (true, _) => rest,
            (false, true) => rest.strip_suffix(until)?,
            (false, false) => rest.split_once(until)?.0,
        };
        if hole.is_empty() {
            return None;
        }
        rest = &rest[hole.len()..];
        found.push(match kind {
            'r' => same(hole.to_owned()),
            '}' if before.ends_with('`') => same(hole.to_owned()),
            '}' => hole_text(hole, depth),
            kind => same(quantity(kind, hole)?),
        });
        form = after;
    }
}

/// The text before the next hole, the hole's kind (`}` for any text), and the text after it.
fn next_hole(form: &str) -> Option<(&str, char, &str)> {
    let holes = form.match_indices('{').find_map(|(at, _)| {
        let inner = &form[at + 1..];
        let (kind, length) = match inner.as_bytes() {
            [b'}', ..] => ('}', 2),
            [kind @ (b'r' | b'n' | b'b' | b's' | b'x'), b'}', ..] => (char::from(*kind), 3),
            _ => return None,
        };
        Some((at, kind, length))
    });
    holes.map(|(at, kind, length)| (&form[..at], kind, &form[at + length..]))
}

fn hole_text(hole: &str, depth: usize) -> Text {
    said(hole, depth - 1).unwrap_or_else(|| same(hole.to_owned()))
}

/// A number in a hole, as readers want it.
fn quantity(kind: char, hole: &str) -> Option<String> {
    match kind {
        'n' => hole.parse().ok().map(number::count),
        'b' => hole.parse().ok().map(number::bytes),
        's' => hole.parse().ok().filter(|v: &f64| v.is_finite()).map(|v| number::quantity(v, "s")),
        _ => hole.parse().ok().filter(|v: &f64| v.is_finite()).map(|v| number::quantity(v, "")),
    }
}

/// A rendering with its holes filled, each `{}` by the next and each `{1}` by its number from 0.
fn fill(rendering: &str, holes: &[String]) -> String {
    let mut out = String::with_capacity(rendering.len());
    let (mut rest, mut next) = (rendering, 0);
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        let end = from.find('}').unwrap_or(0);
        let name = from.get(1..end).unwrap_or("?");
        let hole = match name {
            "" | "r" | "n" | "b" | "s" | "x" => {
                next += 1;
                holes.get(next - 1)
            }
            name => name.parse::<usize>().ok().and_then(|index| holes.get(index)),
        };
        out.push_str(before);
        match hole {
            Some(hole) => {
                out.push_str(hole);
                rest = &from[end + 1..];
            }
            None => {
                out.push('{');
                rest = &from[1..];
            }
        }
    }
    out + rest
}

fn same(text: String) -> Text {
    Text { en: text.clone(), zh: text }
}
