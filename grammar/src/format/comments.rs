//! Which comment goes with which line: above the thing that follows it, or beside the thing it stood beside.

use crate::ast::{Comment, Document};
use crate::source::{Source, Spelling};

/// The comments of a document that have not been written yet.
pub(super) struct Comments<'a> {
    all: &'a [Comment],
    taken: Vec<bool>,
    source: &'a Source,
    /// Nothing before this place is given out.
    floor: usize,
}

/// A comment to be written on a line of its own.
pub(super) struct Above {
    pub(super) text: String,
    /// An empty line followed it in the source.
    pub(super) gap: bool,
}

impl<'a> Comments<'a> {
    pub(super) fn new(document: &'a Document, source: &'a Source) -> Self {
        Comments { all: &document.comments, taken: vec![false; document.comments.len()], source, floor: 0 }
    }

    /// Sets the floor and gives the former one.
    pub(super) fn raise_floor(&mut self, floor: usize) -> usize {
        std::mem::replace(&mut self.floor, floor)
    }

    /// The comments between the floor and `at` that have not been written.
    pub(super) fn before(&mut self, at: usize) -> Vec<Above> {
        let mut found = Vec::new();
        for (index, comment) in self.all.iter().enumerate() {
            let start = comment.span.start();
            if self.taken[index] || start < self.floor || start >= at {
                continue;
            }
            self.taken[index] = true;
            let rest = self.source.text.get(comment.span.end()..).unwrap_or("");
            let gap = rest.trim_start_matches([' ', '\t', '\r']).strip_prefix('\n');
            let gap = gap.is_some_and(|next| next.trim_start_matches([' ', '\t', '\r']).starts_with('\n'));
            found.push(Above { text: comment.text.clone(), gap });
        }
        found
    }

    /// The comment that stands beside what ends at `end`.
    pub(super) fn beside(&mut self, end: usize) -> Option<String> {
        let next = self.all.iter().position(|comment| comment.span.start() >= end)?;
        let comment = &self.all[next];
        let between = self.source.text.get(end..comment.span.start())?;
        let yaml = self.source.spelling == Spelling::Yaml;
        let fits = |char: char| " \t\r,;'\"]".contains(char) || yaml && char == '}';
        if self.taken[next] || !comment.trailing || !between.chars().all(fits) {
            return None;
        }
        self.taken[next] = true;
        Some(comment.text.clone())
    }

    /// True when a comment stands between two places.
    pub(super) fn any(&self, from: usize, to: usize) -> bool {
        self.all.iter().any(|comment| (from..to).contains(&comment.span.start()))
    }

    /// The source text of a span, for what could not be parsed.
    pub(super) fn slice(&self, range: std::ops::Range<usize>) -> &'a str {
        self.source.text.get(range).unwrap_or("")
    }
}
