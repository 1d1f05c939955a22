//! The spans of a sentence of tags. A tag is a letter and a type: `B-PER` begins a span, `I-PER` goes on with it,
//! `E-PER` ends it, `S-PER` is one alone, `O` is outside of all.
//!
//! Leniently (seqeval's default, made after the script of CoNLL-2000) any change of type opens and closes a span,
//! whatever the letters say. Strictly a span must keep to its scheme from begin to end, or it is none. Both walk the
//! tags once.

use crate::metric::api::Refusal;
use std::iter;

/// A span of a sentence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span<'t> {
    /// Its type; `_` where the tags name none.
    pub kind: &'t str,
    /// The place of its first tag.
    pub begin: usize,
    /// The place behind its last tag.
    pub end: usize,
}

/// How tags make spans.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    /// A change of type is enough.
    Lenient,
    /// `B` and then `I` of the same type.
    Iob2,
    /// `S`, or `B`, then `I` and at last `E` of the same type.
    Iobes,
}

/// A tag, read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Tag<'t> {
    letter: char,
    kind: &'t str,
}

/// The spans of a sentence in their order, no two with one end.
///
/// # Errors
/// Where a tag is empty, or under a strict scheme where its letter is none of the scheme's.
pub fn spans(tags: &[String], scheme: Scheme) -> Result<Vec<Span<'_>>, Refusal> {
    match scheme {
        Scheme::Lenient => lenient(tags),
        Scheme::Iob2 | Scheme::Iobes => strict(tags, scheme),
    }
}

fn lenient(tags: &[String]) -> Result<Vec<Span<'_>>, Refusal> {
    let (mut found, mut before, mut begin) = (Vec::new(), Tag { letter: 'O', kind: "" }, 0);
    let outside = Tag { letter: 'O', kind: "_" };
    let closed = tags.iter().map(|tag| lenient_tag(tag)).chain(iter::once(Ok(outside)));
    for (place, tag) in closed.enumerate() {
        let tag = tag?;
        if closes(before, tag) {
            found.push(Span { kind: before.kind, begin, end: place });
        }
        if opens(before, tag) {
            begin = place;
        }
        before = tag;
    }
    Ok(found)
}

/// Whether a span ends between two tags.
fn closes(before: Tag<'_>, tag: Tag<'_>) -> bool {
    let by_letter = match before.letter {
        'E' | 'S' => true,
        'B' | 'I' => matches!(tag.letter, 'B' | 'S' | 'O'),
        _ => false,
    };
    by_letter || (!matches!(before.letter, 'O' | '.') && before.kind != tag.kind)
}

/// Whether a span begins between two tags.
fn opens(before: Tag<'_>, tag: Tag<'_>) -> bool {
    let by_letter = match tag.letter {
        'B' | 'S' => true,
        'E' | 'I' => matches!(before.letter, 'E' | 'S' | 'O'),
        _ => false,
    };
    by_letter || (!matches!(tag.letter, 'O' | '.') && before.kind != tag.kind)
}

fn strict(tags: &[String], scheme: Scheme) -> Result<Vec<Span<'_>>, Refusal> {
    let tags = tags.iter().map(|tag| strict_tag(tag, scheme)).collect::<Result<Vec<_>, Refusal>>()?;
    Ok((0..tags.len()).filter_map(|begin| span_at(&tags, begin, scheme)).collect())
}

/// The span that begins there, if one does and keeps to the scheme.
fn span_at<'t>(tags: &[Tag<'t>], begin: usize, scheme: Scheme) -> Option<Span<'t>> {
    let first = tags.get(begin).filter(|tag| matches!(tag.letter, 'B' | 'S'))?;
    let (inside, last) = (Tag { letter: 'I', ..*first }, Tag { letter: 'E', ..*first });
    let after = begin + 1 + tags.iter().skip(begin + 1).take_while(|tag| **tag == inside).count();
    let end = match (first.letter, scheme) {
        ('S', _) => begin + 1,
        (_, Scheme::Iobes) => (tags.get(after) == Some(&last)).then_some(after + 1)?,
        _ => after,
    };
    Some(Span { kind: first.kind, begin, end })
}

/// The type is what stands behind the first hyphen, or behind the letter where there is none.
fn lenient_tag(tag: &str) -> Result<Tag<'_>, Refusal> {
    let (letter, rest) = cut(tag)?;
    Ok(Tag { letter, kind: named(rest.split_once('-').map_or(rest, |(_, kind)| kind)) })
}

/// The type is what stands behind the letter, without hyphens around.
fn strict_tag(tag: &str, scheme: Scheme) -> Result<Tag<'_>, Refusal> {
    let (letter, rest) = cut(tag)?;
    let letters = if scheme == Scheme::Iob2 { "IOB" } else { "IOBES" };
    if !letters.contains(letter) {
        let shown = crate::dataset::shown(tag);
        let message = format!("`{shown}` is no tag of the scheme, whose tags begin with one of {letters}");
        return Err(Refusal::new(message, "name the scheme of the tags, or leave out `mode: strict`"));
    }
    Ok(Tag { letter, kind: named(rest.trim_matches('-')) })
}

/// The letter and what stands behind it.
fn cut(tag: &str) -> Result<(char, &str), Refusal> {
    let mut rest = tag.chars();
    let letter = rest.next().ok_or_else(|| Refusal::new("a tag is empty", "write `O` outside of spans"))?;
    Ok((letter, rest.as_str()))
}

fn named(kind: &str) -> &str {
    if kind.is_empty() { "_" } else { kind }
}

#[cfg(test)]
mod tests {
    use super::{Scheme, spans};

    fn found(tags: &[&str], scheme: Scheme) -> Option<Vec<(String, usize, usize)>> {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let spans = spans(&tags, scheme).ok()?;
        Some(spans.iter().map(|span| (span.kind.to_owned(), span.begin, span.end)).collect())
    }

    #[test]
    fn odd_tags_make_the_spans_that_seqeval_finds() {
        let is = |tags: &[&str], scheme: Scheme, spans: &[(&str, usize, usize)]| {
            let spans = spans.iter().map(|(kind, begin, end)| ((*kind).to_owned(), *begin, *end)).collect::<Vec<_>>();
            assert_eq!(found(tags, scheme), Some(spans), "{tags:?} {scheme:?}");
        };
        is(&["PER", "PER", "O", "Bx-A"], Scheme::Lenient, &[("ER", 0, 2), ("A", 3, 4)]);
        is(&["B", "I", "PER-B", "PER-I"], Scheme::Lenient, &[("_", 0, 2), ("B", 2, 3), ("I", 3, 4)]);
        is(&["I-A", "E-A", "I-A", "I-B"], Scheme::Lenient, &[("A", 0, 2), ("A", 2, 3), ("B", 3, 4)]);
        is(&["B--A-", "IA", "I-B", "O-A"], Scheme::Iob2, &[("A", 0, 2)]);
        is(&["B-A", "I-A", "E-A", "E-A", "B-A", "S"], Scheme::Iobes, &[("A", 0, 3), ("_", 5, 6)]);
        assert_eq!(found(&["E-A"], Scheme::Iob2), None);
        assert_eq!(found(&["B-A", ""], Scheme::Lenient), None);
    }
}
