//! Which comment belongs to which part of a document, and where empty lines stand.
//!
//! A comment behind something on its line stands beside it; every other comment goes with what follows it in the same
//! block, or else stands at the end of that block. The source decides, not the order in which parts are written, so
//! sorting parts takes their comments along. In YAML nothing closes a block, so the indentation of a comment tells.

use std::collections::BTreeMap;

use crate::ast::{Comment, Document};
use crate::source::{Source, Spelling};

use super::comments::{Line, Slot};
use super::places::{self, Key, Kind, Place};

/// What may stand between a part and the comment beside it.
const BETWEEN: &str = " \t,;";
/// What may stand besides between a head and its comment.
const OPENERS: &str = "{}:";
/// What closes a scalar or a collection of YAML.
const CLOSERS: &str = "'\"]}";

/// The comments and empty lines of a document by part.
pub(super) fn slots(document: &Document, source: &Source) -> BTreeMap<Key, Slot> {
    let yaml = source.spelling == Spelling::Yaml;
    let mut settling = Settling {
        text: &source.text,
        comments: &document.comments,
        yaml,
        slots: BTreeMap::new(),
        until: BTreeMap::new(),
    };
    let mut whole = places::of(document, source.spelling);
    settling.close(&mut whole);
    for comment in settling.comments {
        settling.settle(&whole, comment);
    }
    settling.gaps(&whole);
    settling.slots
}

struct Settling<'a> {
    text: &'a str,
    comments: &'a [Comment],
    yaml: bool,
    slots: BTreeMap<Key, Slot>,
    /// Where the last comment above a part ends.
    until: BTreeMap<Key, usize>,
}

/// Where a comment goes that stands beside nothing.
enum Target {
    Above(Key),
    Tail(Key),
}

impl Settling<'_> {
    /// Finds out where places are closed, from the innermost outwards.
    fn close(&self, place: &mut Place) {
        place.parts.iter_mut().for_each(|part| self.close(part));
        for index in 1..place.parts.len() {
            if place.parts[index].kind == Kind::Continued {
                place.parts[index - 1].close = place.parts[index - 1].end;
            }
        }
        let whole = place.key == Key::Whole;
        match place.kind {
            Kind::Section if !self.yaml => place.close = self.brace(place.end),
            Kind::Section | Kind::Continued | Kind::Container if self.yaml && !whole => place.close = self.reach(place),
            _ => {}
        }
    }

    /// The brace that closes the section whose last entry ends at `end`.
    fn brace(&self, end: usize) -> usize {
        let mut at = end;
        loop {
            let rest = self.text.get(at..).unwrap_or("");
            let next = rest.trim_start_matches(|char: char| char.is_whitespace() || ",;\u{feff}".contains(char));
            at += rest.len() - next.len();
            if !next.starts_with("//") {
                return if next.starts_with('}') { at } else { end };
            }
            at += next.find(['\n', '\r']).unwrap_or(next.len());
        }
    }

    /// How far the comments below a place of YAML are still its own: they stand deeper than it.
    fn reach(&self, place: &Place) -> usize {
        let inner = place.parts.iter().map(|part| part.close).max().unwrap_or(place.end);
        let mut close = place.end.max(inner);
        let Some(indent) = self.indent(place.start) else { return close };
        let floor = if place.is_section() { indent } else { indent + 1 };
        let first = self.comments.partition_point(|comment| comment.span.start() < close);
        for comment in &self.comments[first..] {
            let start = comment.span.start();
            let Some(between) = self.text.get(close..start) else { break };
            let blank = between.chars().all(|char| char.is_whitespace() || CLOSERS.contains(char));
            let beside = comment.trailing && !between.contains(['\n', '\r']);
            let below = !comment.trailing && self.indent(start).is_some_and(|indent| indent >= floor);
            if !blank || !(beside || below) {
                break;
            }
            close = comment.span.end();
        }
        close
    }

    /// The indentation of what begins at `at`, where nothing but the dash of a list and a quote stands before it on its
    /// line; that of its header for a literal block.
    fn indent(&self, at: usize) -> Option<usize> {
        let mut lines = self.text.get(..at)?.rsplit(['\n', '\r']);
        let line = lines.next()?;
        if !line.chars().all(|char| matches!(char, ' ' | '-' | '"' | '\'' | '\u{feff}')) {
            return None;
        }
        let above = lines.find(|line| !line.trim().is_empty()).unwrap_or("");
        // A mark behind a key or a dash; a plain text may end with one too.
        let mark = |code: &str| code.trim_end().strip_suffix('|').map(|head| head.trim_end().ends_with([':', '-']));
        let header = above.split(" #").next().and_then(mark).unwrap_or(false);
        let line = if header && line.trim().is_empty() { above } else { line };
        Some(line.chars().take_while(|char| char.is_whitespace() || *char == '\u{feff}').count())
    }

    fn settle(&mut self, whole: &Place, comment: &Comment) {
        let at = comment.span.start();
        let mut place = whole;
        let next = loop {
            let next = place.parts.partition_point(|part| part.start <= at);
            match place.parts[..next].last() {
                Some(part) if at < part.close => place = part,
                _ => break next,
            }
        };
        let line = self.line(comment);
        if comment.trailing
            && let Some(key) = self.beside(place, next, at)
        {
            let slot = self.slots.entry(key).or_default();
            if slot.beside.is_none() {
                slot.beside = Some(line);
                return;
            }
        }
        match self.target(place, next, comment) {
            Target::Above(key) => {
                self.slots.entry(key).or_default().above.push(line);
                self.until.insert(key, comment.span.end());
            }
            Target::Tail(key) => self.slots.entry(key).or_default().tail.push(line),
        }
    }

    /// The part beside which a comment at `at` stands; `next` counts the parts of `place` before it.
    fn beside(&self, place: &Place, next: usize, at: usize) -> Option<Key> {
        if place.heads.iter().any(|&head| self.touches(head, at, OPENERS)) {
            return Some(place.key);
        }
        let before = place.parts[..next].last().map(Place::innermost);
        if let Some(before) = before.filter(|before| before.kind != Kind::Body && self.touches(before.end, at, "")) {
            return Some(before.key);
        }
        let mark = self.text.get(..at)?.trim_end_matches([' ', '\t']).chars().next_back()?;
        let after = place.parts.get(next);
        if self.yaml && mark == '|' {
            // Behind the header of a literal block, which comes before its text.
            let first = after.map(|after| after.parts.first().filter(|_| after.is_section()).unwrap_or(after));
            let leaf = if place.kind == Kind::Leaf { Some(place) } else { first };
            return leaf.filter(|leaf| leaf.kind == Kind::Leaf).map(|leaf| leaf.key);
        }
        let opener = if self.yaml { ':' } else { '{' };
        after.filter(|after| after.kind == Kind::Section && mark == opener).map(|after| after.key)
    }

    /// True when nothing that counts stands between two places of a line.
    fn touches(&self, from: usize, to: usize, also: &str) -> bool {
        let counts = |char: char| {
            let between = BETWEEN.contains(char) || also.contains(char) || self.yaml && CLOSERS.contains(char);
            !between
        };
        self.text.get(from..to).is_some_and(|between| !between.contains(counts))
    }

    /// Where a comment goes that stands beside nothing.
    fn target(&self, place: &Place, next: usize, comment: &Comment) -> Target {
        let at = comment.span.start();
        if place.kind == Kind::Leaf || place.heads.iter().any(|&head| at < head) {
            return Target::Above(place.key);
        }
        match place.parts.get(next) {
            Some(section) if section.is_section() => {
                let before_head = self.opens(comment.span.end(), section.start);
                let inside = section.parts.first().filter(|_| !before_head);
                Target::Above(inside.map_or(section.key, |first| first.key))
            }
            Some(part) => Target::Above(part.key),
            None => Target::Tail(place.tail),
        }
    }

    /// True when a section opens between two places.
    fn opens(&self, from: usize, to: usize) -> bool {
        let (mark, comment) = if self.yaml { (':', "#") } else { ('{', "//") };
        let between = self.text.get(from..to).unwrap_or("");
        let mut code = between.split(['\n', '\r']).map(|line| line.split(comment).next().unwrap_or(""));
        code.any(|code| code.contains(mark))
    }

    fn line(&self, comment: &Comment) -> Line {
        let written = self.text.get(comment.span.range()).unwrap_or("");
        let behind_marker = written.strip_prefix('#').or_else(|| written.strip_prefix("//")).unwrap_or("");
        let glued = comment.text.starts_with("//") && behind_marker.starts_with("//");
        let gap = !comment.trailing && self.empty_above(comment.span.start());
        Line { text: comment.text.clone(), glued, gap }
    }

    /// True when the line above that of `at` is empty.
    fn empty_above(&self, at: usize) -> bool {
        let before = self.text.get(..at).unwrap_or("").trim_end_matches([' ', '\t']);
        let above = before.strip_suffix("\r\n").or_else(|| before.strip_suffix(['\n', '\r']));
        above.is_some_and(|above| above.trim_end_matches([' ', '\t']).ends_with(['\n', '\r']))
    }

    /// Notes the parts with an empty line above them, below their comments.
    fn gaps(&mut self, place: &Place) {
        let mut before: Option<usize> = None;
        for part in &place.parts {
            self.gaps(part);
            let until = self.until.get(&part.key).copied();
            let apart = match until.filter(|&until| until <= part.start) {
                Some(until) => self.text.get(until..part.start).is_some_and(|text| {
                    let code = text.trim_start().len();
                    has_empty_line(&text[..text.len() - code])
                }),
                None => before.and_then(|before| self.text.get(before..part.start)).is_some_and(has_empty_line),
            };
            before = Some(part.close);
            let inner = part.kind == Kind::Body && !matches!(part.key, Key::Section(_));
            if !apart || inner {
                continue;
            }
            let slot = self.slots.entry(part.key).or_default();
            match slot.above.first_mut().filter(|_| until.is_some_and(|until| until > part.start)) {
                // The comments stood inside the part and are written above it.
                Some(first) => first.gap = true,
                None => slot.gap = true,
            }
        }
    }
}

/// True when a line between the first and the last of a text is empty.
fn has_empty_line(text: &str) -> bool {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    let breaks = unified.matches('\n').count();
    unified.split('\n').skip(1).take(breaks.saturating_sub(1)).any(|line| line.trim().is_empty())
}
