//! The comments and empty lines of a document, by the part they belong to, until a writer takes them.

use std::collections::BTreeMap;

use crate::ast::Document;
use crate::source::Source;

use super::places::Key;
use super::settle;

/// What has not been written yet.
pub(super) struct Comments<'a> {
    slots: BTreeMap<Key, Slot>,
    text: &'a str,
}

/// What belongs to one part.
#[derive(Default, Debug)]
pub(super) struct Slot {
    /// Lines above it.
    pub(super) above: Vec<Line>,
    /// An empty line stands between it and what is before it.
    pub(super) gap: bool,
    /// The comment beside it.
    pub(super) beside: Option<Line>,
    /// Lines at its end, before what closes it.
    pub(super) tail: Vec<Line>,
}

/// One comment.
#[derive(Debug)]
pub(super) struct Line {
    /// Its text.
    pub(super) text: String,
    /// The text is slashes that touch the marker, as in `//// x`.
    pub(super) glued: bool,
    /// An empty line stands above it.
    pub(super) gap: bool,
}

impl Line {
    /// The comment behind its marker, `//` or `#`.
    pub(super) fn marked(&self, marker: &str) -> String {
        let blank = if self.glued { "" } else { " " };
        format!("{marker}{blank}{}", self.text).trim_end().to_owned()
    }
}

/// What stands above a part.
pub(super) struct Lead {
    /// The comments.
    pub(super) above: Vec<Line>,
    /// An empty line follows them.
    pub(super) gap: bool,
}

impl<'a> Comments<'a> {
    /// The comments of a document, which was read from `source`.
    pub(super) fn new(document: &Document, source: &'a Source) -> Self {
        Comments { slots: settle::slots(document, source), text: &source.text }
    }

    /// No comments, for what stands alone.
    pub(super) fn none() -> Self {
        Comments { slots: BTreeMap::new(), text: "" }
    }

    /// Takes what stands above a part.
    pub(super) fn lead(&mut self, key: Key) -> Lead {
        let Some(slot) = self.slots.get_mut(&key) else { return Lead { above: Vec::new(), gap: false } };
        Lead { above: std::mem::take(&mut slot.above), gap: std::mem::take(&mut slot.gap) }
    }

    /// Takes the comment beside a part.
    pub(super) fn beside(&mut self, key: Key) -> Option<Line> {
        self.slots.get_mut(&key)?.beside.take()
    }

    /// Takes the comments at the end of a part.
    pub(super) fn tail(&mut self, key: Key) -> Vec<Line> {
        self.slots.get_mut(&key).map_or_else(Vec::new, |slot| std::mem::take(&mut slot.tail))
    }

    /// True when comments stand above a part.
    pub(super) fn is_led(&self, key: Key) -> bool {
        self.slots.get(&key).is_some_and(|slot| !slot.above.is_empty())
    }

    /// True when a comment stands beside a part.
    pub(super) fn is_sided(&self, key: Key) -> bool {
        self.slots.get(&key).is_some_and(|slot| slot.beside.is_some())
    }

    /// True when comments stand at the end of a part.
    pub(super) fn is_tailed(&self, key: Key) -> bool {
        self.slots.get(&key).is_some_and(|slot| !slot.tail.is_empty())
    }

    /// True when comments stand between these parts, which are written side by side where there are none.
    pub(super) fn part(&self, keys: &[Key]) -> bool {
        let led = keys.iter().skip(1).any(|&key| self.is_led(key));
        led || keys.iter().rev().skip(1).any(|&key| self.is_sided(key))
    }

    /// Takes all that is left, which is nothing where every part has been written.
    pub(super) fn rest(&mut self) -> Vec<Line> {
        let slots = std::mem::take(&mut self.slots);
        slots.into_values().flat_map(|slot| slot.above.into_iter().chain(slot.beside).chain(slot.tail)).collect()
    }

    /// The source text of a span, for what could not be parsed.
    pub(super) fn slice(&self, range: std::ops::Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or("")
    }
}
