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
        Diagnostic { code, severity, message, labels, help: None, notes: Vec::new() }
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

    /// The first place.
    pub fn span(&self) -> Span {
        self.labels[0].span
    }
}

/// Gathers faults, so that one run reports several.
#[derive(Default, Debug)]
pub struct Sink {
    diagnostics: Vec<Diagnostic>,
}

impl Sink {
    /// Adds a fault; a fault that repeats an earlier one (same code, place and sentence) is dropped.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let same = |d: &Diagnostic| {
            std::ptr::eq(d.code, diagnostic.code)
                && d.span().range() == diagnostic.span().range()
                && d.span().file() == diagnostic.span().file()
                && d.message == diagnostic.message
        };
        if !self.diagnostics.iter().any(same) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether an error (not only a warning) was added.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
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
