//! Faults as values: a code, a sentence, places in the user's text and a mend. Nothing here renders;
//! `render.rs` alone knows how a fault looks on a terminal.
//!
//! Prose rules: lower case, no full stop, backticks round the user's own words, one sentence; the mend goes into
//! `help`, the reason into `notes`.

pub mod code;
pub mod render;
pub mod syntax;

use code::Code;
use lmstd_grammar::span::Span;
use serde::Serialize;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The standard compiles; the author should look.
    Warning,
    /// The standard does not compile.
    Error,
}

/// A place and what to say about it.
#[derive(Clone, PartialEq, Debug)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The words beside the underline; may be empty.
    pub text: String,
}

/// A mend that a tool can make.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, for example "write `accuracy`".
    pub title: String,
    /// The places and what stands there afterwards; they do not overlap.
    pub edits: Vec<(Span, String)>,
    /// Whether it is what the author meant for certain enough to be made without asking.
    pub sure: bool,
}

/// One fault.
#[derive(Clone, PartialEq, Debug)]
pub struct Diagnostic {
    /// Its row in the catalogue: stable code, title, explanation.
    pub code: &'static Code,
    /// Error or warning.
    pub severity: Severity,
    /// One plain sentence.
    pub message: String,
    /// The first label is where to look first.
    pub labels: Vec<Label>,
    /// How to mend it.
    pub help: Option<String>,
    /// Further facts, one sentence each.
    pub notes: Vec<String>,
    /// Mends that a tool can make, the best first.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// An error of `code` at `span`.
    pub fn error(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message.into())
    }

    /// A warning of `code` at `span`.
    pub fn warning(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message.into())
    }

    fn new(code: &'static Code, severity: Severity, span: Span, message: String) -> Self {
        let labels = vec![Label { span, text: String::new() }];
        Diagnostic { code, severity, message, labels, help: None, notes: Vec::new(), fixes: Vec::new() }
    }

    /// Words beside the first place.
    pub fn here(mut self, text: impl Into<String>) -> Self {
        self.labels[0].text = text.into();
        self
    }

    /// A further place.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// How to mend it.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// A further fact.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// A mend that a tool may make without asking: `text` in place of `span`.
    pub fn fix(mut self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.fixes.push(Fix { title: title.into(), edits: vec![(span, text.into())], sure: true });
        self
    }

    /// A mend among others, or one that changes what the text means: for people to choose.
    pub fn choice(mut self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.fixes.push(Fix { title: title.into(), edits: vec![(span, text.into())], sure: false });
        self
    }

    /// "did you mean": the nearest name, if there is one, as help and as a mend of `span`.
    pub fn suggest(self, span: Span, near: Option<&str>) -> Self {
        match near {
            Some(near) => self.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), span, near),
            None => self,
        }
    }

    /// The first place.
    pub fn span(&self) -> Span {
        self.labels[0].span
    }
}

/// Gathers faults, so that one run reports several.
#[derive(Default, Debug)]
pub struct Sink {
    diagnostics: Vec<Diagnostic>,
    seen: HashSet<u64>,
    errors: bool,
}

impl Sink {
    /// Adds a fault; a fault that repeats an earlier one (same code, place and sentence) is dropped.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let mut hasher = DefaultHasher::new();
        let span = diagnostic.span();
        (diagnostic.code.id, span.file(), span.start(), span.end(), &diagnostic.message).hash(&mut hasher);
        if self.seen.insert(hasher.finish()) {
            self.errors |= diagnostic.severity == Severity::Error;
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether an error (not only a warning) was added.
    pub fn has_errors(&self) -> bool {
        self.errors
    }

    /// All faults, in source order within a file.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|d| (d.span().file(), d.span().start(), d.code.id));
        self.diagnostics
    }
}

/// The candidate nearest to `name`, if it is near enough to be what was meant.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= 0.78)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// `` `a` ``, `` `a` or `b` ``, `` `a`, `b` or `c` ``; a long list is cut.
pub fn one_of<S: AsRef<str>>(words: &[S]) -> String {
    const SHOWN: usize = 12;
    let quoted: Vec<String> = words.iter().take(SHOWN).map(|word| format!("`{}`", word.as_ref())).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        _ if words.len() > SHOWN => format!("{} or one of {} more", quoted.join(", "), words.len() - SHOWN),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}
