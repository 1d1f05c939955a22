//! A text to parse and where each of its bytes stands in the source: the same for a `.lms` text, mended or moved
//! for a mended text and for a YAML scalar.

use std::borrow::Cow;
use std::ops::Range;

use crate::span::{FileId, Span};

/// A text and its origin.
#[derive(Clone, Debug)]
pub(crate) struct Text<'a> {
    /// The source it comes from.
    pub(crate) file: FileId,
    /// What pest sees.
    pub(crate) text: Cow<'a, str>,
    origin: Origin,
}

#[derive(Clone, Debug)]
enum Origin {
    /// Byte n is byte n of the source.
    Same,
    /// Byte n belongs to the source character at `map[n]`; `whole` is the place of an empty text.
    Map { map: Vec<(u32, u32)>, whole: Span },
    /// Nothing is known but the span of the whole.
    Whole(Span),
}

impl<'a> Text<'a> {
    /// A whole source text.
    pub(crate) fn plain(file: FileId, text: &'a str) -> Self {
        Text { file, text: Cow::Borrowed(text), origin: Origin::Same }
    }

    /// A text whose byte n belongs to the source character `map[n]`; `map` has one entry a byte. `whole` is where the
    /// text stands, and all that is known of the place of an empty one.
    pub(crate) fn mapped(text: String, map: Vec<(u32, u32)>, whole: Span) -> Self {
        debug_assert_eq!(text.len(), map.len());
        Text { file: whole.file(), text: Cow::Owned(text), origin: Origin::Map { map, whole } }
    }

    /// A text of which only the place of the whole is known.
    pub(crate) fn unmapped(text: String, whole: Span) -> Self {
        Text { file: whole.file(), text: Cow::Owned(text), origin: Origin::Whole(whole) }
    }

    /// The place in the source of a range of this text.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        match &self.origin {
            Origin::Same => Span::new(self.file, range),
            Origin::Whole(span) => *span,
            Origin::Map { map, whole } => {
                let Some(last) = map.last() else { return *whole };
                let start = map.get(range.start).map_or(last.1, |place| place.0) as usize;
                let end = match map.get(range.end.wrapping_sub(1)) {
                    Some(place) if range.end > range.start => place.1 as usize,
                    _ => start,
                };
                Span::new(self.file, start..end.max(start))
            }
        }
    }

    /// This text with edits applied, every byte still knowing its place. Edits are sorted and do not overlap.
    pub(crate) fn edited(&self, edits: &[Edit]) -> Text<'static> {
        let mut text = String::new();
        let mut map = Vec::new();
        let mut at = 0;
        for edit in edits {
            self.copy(at..edit.range.start, &mut text, &mut map);
            let span = self.span(edit.range.clone());
            text.push(edit.with);
            map.push((span.start() as u32, span.end() as u32));
            at = edit.range.end;
        }
        self.copy(at..self.text.len(), &mut text, &mut map);
        match self.origin {
            Origin::Whole(whole) => Text::unmapped(text, whole),
            _ => Text::mapped(text, map, self.span(0..self.text.len())),
        }
    }

    /// This text with spaces in the place of each byte of some ranges, so that every other byte stays where it is.
    pub(crate) fn blanked(self, ranges: &[Range<usize>]) -> Self {
        if ranges.is_empty() {
            return self;
        }
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for range in ranges {
            text.push_str(&self.text[at..range.start]);
            text.extend(std::iter::repeat_n(' ', range.len()));
            at = range.end;
        }
        text.push_str(&self.text[at..]);
        Text { text: Cow::Owned(text), ..self }
    }

    fn copy(&self, range: Range<usize>, text: &mut String, map: &mut Vec<(u32, u32)>) {
        let start = range.start;
        for (at, char) in self.text[range].char_indices() {
            let at = start + at;
            let span = self.span(at..at + char.len_utf8());
            text.push(char);
            map.extend(std::iter::repeat_n((span.start() as u32, span.end() as u32), char.len_utf8()));
        }
    }
}

/// A replacement of some bytes (none: an insertion) by one ASCII character.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    /// What is replaced.
    pub(crate) range: Range<usize>,
    /// By what; ASCII.
    pub(crate) with: char,
}
