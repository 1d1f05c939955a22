//! Reading texts and showing what came of them.

use std::path::Path;

use lmstd_grammar::ast::{Document, Item, Member, Use};
use lmstd_grammar::error::{SyntaxError, SyntaxErrorKind};
use lmstd_grammar::source::{SourceMap, Spelling};

/// A text and what parsing gave.
pub struct Parsed {
    pub sources: SourceMap,
    pub document: Document,
    pub errors: Vec<SyntaxError>,
}

impl Parsed {
    pub fn new(text: &str, spelling: Spelling) -> Self {
        let mut sources = SourceMap::default();
        let file = sources.add("case", text, spelling);
        let (document, errors) = lmstd_grammar::parse(file, &sources);
        Parsed { sources, document, errors }
    }

    pub fn file(path: &Path) -> Self {
        let spelling = Spelling::of_name(&path.display().to_string());
        Parsed::new(&std::fs::read_to_string(path).unwrap(), spelling)
    }

    pub fn format(&self, to: Spelling) -> String {
        lmstd_grammar::format(&self.document, &self.sources, to)
    }

    /// One line a fault.
    pub fn faults(&self) -> String {
        self.errors.iter().map(|error| self.fault(error) + "\n").collect()
    }

    fn fault(&self, error: &SyntaxError) -> String {
        let at = self.sources.position(error.span);
        let what = match &error.kind {
            SyntaxErrorKind::Expected { expected, found } => {
                format!("expected {}; found `{found}`", expected.join(" or "))
            }
            SyntaxErrorKind::Unclosed { open } => format!("`{open}` is not closed"),
            SyntaxErrorKind::Unopened { close, open } => match open {
                Some((open, span)) => {
                    let at = self.sources.position(*span);
                    format!("`{close}` meets `{open}` of {}:{}", at.line, at.column)
                }
                None => format!("`{close}` closes nothing"),
            },
            SyntaxErrorKind::Repeated { what, first } => {
                let at = self.sources.position(*first);
                format!("repeated {what}; first at {}:{}", at.line, at.column)
            }
            SyntaxErrorKind::DuplicateKey { key, first } => {
                let at = self.sources.position(*first);
                format!("duplicate key `{key}`; first at {}:{}", at.line, at.column)
            }
            SyntaxErrorKind::Missing { what, example } => format!("missing {what}; `{example}`"),
            SyntaxErrorKind::Schema { message, allowed, .. } if allowed.is_empty() => message.clone(),
            SyntaxErrorKind::Schema { message, allowed, .. } => format!("{message} [{}]", allowed.join(", ")),
            SyntaxErrorKind::Yaml { message } => format!("yaml: {message}"),
            other => format!("{other:?}"),
        };
        format!("{}:{} {what}  ~ {:?}", at.line, at.column, self.sources.slice(error.span))
    }

    /// The words of the comments, in order of words: sections may have been sorted.
    pub fn comments(&self) -> Vec<&str> {
        let mut comments: Vec<_> = self.document.comments.iter().map(|comment| comment.text.as_str()).collect();
        comments.sort_unstable();
        comments
    }

    /// Uses and items, with the members of each standard in canonical order.
    pub fn sorted(&self) -> (Vec<Use>, Vec<Item>) {
        let mut items = self.document.items.clone();
        for item in &mut items {
            if let Item::Standard(standard) = item {
                standard.members.sort_by_key(|member| match member {
                    Member::Model(_) => 0,
                    Member::Dataset(_) => 1,
                    Member::Metric(_) => 2,
                    Member::Attestor(_) => 3,
                    Member::Clause(_) => 4,
                });
            }
        }
        (self.document.uses.clone(), items)
    }
}

/// Holds the promises of formatting against a text without faults: nothing is lost, once is enough, and the way through
/// the other spelling leads back to the same text.
pub fn check_formats(first: &Parsed, place: &str) {
    let lms = first.format(Spelling::Lms);
    let second = Parsed::new(&lms, Spelling::Lms);
    assert_eq!(second.faults(), "", "{place}\n{lms}");
    assert_eq!(second.sorted(), first.sorted(), "{place}\n{lms}");
    assert_eq!(second.comments(), first.comments(), "{place}\n{lms}");
    assert_eq!(second.format(Spelling::Lms), lms, "{place}");
    let yaml = first.format(Spelling::Yaml);
    let third = Parsed::new(&yaml, Spelling::Yaml);
    assert_eq!(third.faults(), "", "{place}\n{yaml}");
    assert_eq!(third.sorted(), first.sorted(), "{place}\n{yaml}");
    assert_eq!(third.comments(), first.comments(), "{place}\n{yaml}");
    assert_eq!(third.format(Spelling::Yaml), yaml, "{place}");
    assert_eq!(third.format(Spelling::Lms), lms, "{place}\n{yaml}");
    assert_eq!(second.format(Spelling::Yaml), yaml, "{place}\n{lms}");
}
