//! The `.lms` front end: scan for brackets and strings, parse with pest, build the tree.
//!
//! A text reaches pest only when its brackets are balanced: `scan` reports what is not and mends it in a copy whose
//! every byte knows its place in the source. Lists in the grammar take a `bad_*` piece where nothing fits; `recover`
//! parses such a piece alone to say what is wrong with it. So the parse itself never fails, and one run gives all faults.

mod architecture;
mod expr;
mod item;
mod literal;
mod recover;
mod scan;
mod text;
mod ty;

use std::num::NonZeroUsize;

use pest::Parser;
use pest::iterators::{Pair, Pairs};
use pest_derive::Parser;

use crate::ast::{Comment, Doc, Document, Name};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::source::SourceMap;
use crate::span::{FileId, Span, Spanned};

pub(crate) use item::level_of;
pub(crate) use scan::Scanned;
pub(crate) use text::Text;

/// The longest text that is read, in bytes.
pub(crate) const MAX_TEXT: usize = 1 << 20;
/// How deep brackets and blocks may nest.
pub(crate) const MAX_DEPTH: usize = 128;
/// How many operators an expression may have, those of the expressions around it included: a chain of them is a branch
/// of the tree as long, and whoever walks the tree goes down that branch.
const MAX_OPERATORS: usize = 300;
/// The work pest may do on one text; far above what a text of [`MAX_TEXT`] needs.
const MAX_CALLS: usize = 400_000_000;

#[derive(Parser)]
#[grammar = "lms.pest"]
struct Grammar;

/// One matched piece of text.
pub(crate) type Piece<'i> = Pair<'i, Rule>;
/// Matched pieces in a row.
pub(crate) type Pieces<'i> = Pairs<'i, Rule>;

/// Reads a document in the `.lms` notation.
pub(crate) fn parse(file: FileId, source: &SourceMap) -> (Document, Vec<SyntaxError>) {
    let text = &source.get(file).text;
    let mut document = Document { file, uses: Vec::new(), items: Vec::new(), comments: Vec::new() };
    if text.len() > MAX_TEXT {
        let kind = SyntaxErrorKind::TooLong { limit: MAX_TEXT };
        return (document, vec![SyntaxError { kind, span: Span::new(file, 0..0) }]);
    }
    let scanned = Scanned::new(Text::plain(file, text));
    let mut builder = Builder::new(&scanned);
    if let Some(pairs) = builder.run(Rule::document) {
        builder.document(pairs, &mut document);
    }
    let errors = builder.finish(&mut document.comments);
    (document, errors)
}

/// Builds tree nodes from pest's pairs over one text, gathering faults.
pub(crate) struct Builder<'t> {
    text: &'t Text<'t>,
    scanned: &'t Scanned<'t>,
    errors: Vec<SyntaxError>,
    /// Expressions, types and alternatives around the one that is built.
    depth: usize,
    /// Operators of the expressions around the one that is built.
    operators: usize,
    /// Enough has been said of what begins before this place of the text.
    told: usize,
}

impl<'t> Builder<'t> {
    /// A builder over a scanned text.
    pub(crate) fn new(scanned: &'t Scanned<'t>) -> Self {
        Builder { text: &scanned.text, scanned, errors: Vec::new(), depth: 0, operators: 0, told: 0 }
    }

    /// Matches the whole text with a rule; a text that does not match is a fault.
    pub(crate) fn run(&mut self, rule: Rule) -> Option<Pairs<'t, Rule>> {
        if self.scanned.hopeless {
            return None;
        }
        let text: &'t Text<'t> = self.text;
        match pairs_of(rule, &text.text) {
            Ok(pairs) => Some(pairs.peek()?.into_inner()),
            Err(error) => {
                self.report(&error, 0);
                None
            }
        }
    }

    /// Gives out the faults, those of the scan first, and adds the text's comments.
    pub(crate) fn finish(self, comments: &mut Vec<Comment>) -> Vec<SyntaxError> {
        comments.extend(self.scanned.comments.iter().cloned());
        let mut errors = self.scanned.errors.clone();
        errors.extend(self.errors);
        errors.sort_by_key(|error| error.span.start());
        errors
    }

    fn span(&self, pair: &Piece<'t>) -> Span {
        self.text.span(pair.as_span().start()..end_of(pair))
    }

    fn error(&mut self, kind: SyntaxErrorKind, span: Span) {
        self.errors.push(SyntaxError { kind, span });
    }

    fn name(&self, pair: &Piece<'t>) -> Name {
        Spanned::new(pair.as_str().to_owned(), self.span(pair))
    }

    fn doc(&self, pair: &Piece<'t>) -> Doc {
        let lines: Vec<&str> = pair.clone().into_inner().map(|line| doc_text(line.as_str())).collect();
        let last = pair.clone().into_inner().last()?;
        let span = self.text.span(pair.as_span().start()..last.as_span().end());
        Some(Spanned::new(lines.join("\n").trim_end_matches('\n').to_owned(), span))
    }
}

/// Where a piece ends. Pest lets a rule that ends in something optional swallow the blanks before what did not come,
/// so the end is that of the last token inside.
fn end_of(pair: &Piece<'_>) -> usize {
    let mut end = pair.as_span().end();
    let mut last = pair.clone().into_inner().next_back();
    while let Some(inner) = last {
        end = inner.as_span().end();
        last = inner.into_inner().next_back();
    }
    end
}

/// A doc line without its slashes, the space after them and what trails.
fn doc_text(line: &str) -> &str {
    let line = line.strip_prefix("///").unwrap_or(line);
    line.strip_prefix(' ').unwrap_or(line).trim_end()
}

/// Matches a whole text with a rule.
fn pairs_of(rule: Rule, text: &str) -> Result<Pairs<'_, Rule>, Box<pest::error::Error<Rule>>> {
    pest::set_call_limit(NonZeroUsize::new(MAX_CALLS));
    Grammar::parse(rule, text).map_err(Box::new)
}
