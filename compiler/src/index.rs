//! A document as an editor sees it: which name stands where, what it means and where it is defined, the outline, and
//! what may be written at a place.
//!
//! A [`Snapshot`] is one version of a document, read and checked as [`crate::compile`] checks it, without the
//! lowerings. An [`Index`] is plain data over its tree. Both spellings give the same tree, so they give the same
//! index; only completion looks at the text itself, which is broken while somebody writes it. Deliberately unaware of
//! any protocol: a place is a byte offset, and what an editor shows of all this is decided elsewhere.

pub mod complete;
mod describe;
mod keys;
mod place;
mod program;
mod reparse;
mod scan;
mod shift;
mod standard;
pub mod token;
mod walk;

use crate::diag::{Diagnostic, Sink, syntax};
use crate::elaborate;
use crate::library::Library;
use crate::modules::{Documents, Modules};
use lmstd_grammar::ast::{Document, Item, Name};
use lmstd_grammar::error::SyntaxError;
use lmstd_grammar::source::{Source, SourceMap, Spelling};
use lmstd_grammar::span::Span;
use std::cmp::Reverse;
use std::ops::Range;

/// What a document may name without defining it.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// What is built in.
    pub library: &'a Library,
    /// The documents that it uses and extends.
    pub documents: &'a dyn Documents,
}

/// One version of a document and all its faults.
#[derive(Debug)]
pub struct Snapshot {
    /// The document, first, and those that it uses.
    pub modules: Modules,
    /// Every fault: those that [`crate::compile`] reports, in its order.
    pub diagnostics: Vec<Diagnostic>,
    /// All texts: the library's, then the document, then those it uses.
    pub sources: SourceMap,
    /// The faults of form of the document itself.
    pub errors: Vec<SyntaxError>,
}

impl Snapshot {
    /// Reads and checks a text; `name` is the one that messages show.
    pub fn new(name: &str, text: &str, spelling: Spelling, around: Surroundings) -> Snapshot {
        let mut sources = around.library.sources.clone();
        let file = sources.add(name, text, spelling);
        let (document, errors) = lmstd_grammar::parse(file, &sources);
        Snapshot::checked(document, errors, sources, around)
    }

    /// The version after this one: the same as [`Snapshot::new`] of `text`, but only what changed is parsed again
    /// where the change lies between members of a standard and leaves all brackets closed.
    pub fn next(self, text: &str, around: Surroundings) -> Snapshot {
        let source = self.source();
        let mut sources = around.library.sources.clone();
        let file = sources.add(source.name.as_str(), text, source.spelling);
        let Snapshot { modules, errors, sources: before, .. } = self;
        let document = modules.list.into_iter().next().map(|first| first.document);
        let before = document.map(|document| reparse::Before { document, errors, sources: &before });
        let (document, errors) = before
            .and_then(|before| before.reparsed(file, text))
            .unwrap_or_else(|| lmstd_grammar::parse(file, &sources));
        Snapshot::checked(document, errors, sources, around)
    }

    fn checked(document: Document, errors: Vec<SyntaxError>, mut sources: SourceMap, around: Surroundings) -> Snapshot {
        let mut sink = Sink::default();
        errors.iter().for_each(|error| sink.push(syntax::from_syntax(error)));
        let mut modules = Modules::around(document, around.documents, &mut sources, &mut sink);
        modules.inherit(around.library, &mut sink);
        crate::analyse(&modules, around.library, &sources, &mut sink);
        Snapshot { modules, diagnostics: sink.into_sorted(), sources, errors }
    }

    /// The tree of the document itself.
    pub fn document(&self) -> &Document {
        &self.modules.main().document
    }

    /// The text of the document itself.
    pub fn source(&self) -> &Source {
        self.sources.get(self.document().file)
    }

    /// What every expression of the document's architectures is, as messages describe it: `float[batch, seq]`, an int.
    /// Blocks are described alone, for every config. In source order, an expression before its parts.
    pub fn types(&self, library: &Library) -> Vec<(Span, String)> {
        let visible = self.modules.visible(0);
        let ops = |name: &str| {
            let own = visible.iter().find_map(|item| match item {
                Item::Op(op) if op.name.as_str() == name => Some(op),
                _ => None,
            });
            own.or_else(|| library.ops.get(name).map(|entry| &entry.item))
        };
        let mut types = Vec::new();
        for architecture in &self.modules.main().architectures {
            elaborate::check_with_types(architecture, &ops, &mut Sink::default(), Some(&mut types));
        }
        types.retain(|(span, _)| span.file() == self.document().file);
        types.sort_by_key(|(span, _)| (span.start(), Reverse(span.end())));
        // A block is checked alone before `forward` opens it: what is said of all its uses comes first.
        types.dedup_by_key(|(span, _)| (span.start(), span.end()));
        types
    }
}

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SymbolKind {
    /// A standard.
    Standard,
    /// The head of a document of architectures and operations.
    Library,
    /// An architecture.
    Architecture,
    /// A model of the standard.
    Model,
    /// A dataset.
    Dataset,
    /// A column of a dataset.
    Column,
    /// A split of a dataset.
    Split,
    /// A label of a class.
    ClassLabel,
    /// A metric.
    Metric,
    /// Whose signature an attested fact rests on.
    Attestor,
    /// A clause, by its id.
    Clause,
    /// A control that clauses satisfy.
    Control,
    /// A field of an architecture's config.
    ConfigField,
    /// An input of an architecture.
    Input,
    /// An output of an architecture.
    Output,
    /// A block of an architecture.
    Block,
    /// A name that `let` or `for` binds.
    Local,
    /// A symbolic size that a type names.
    Size,
    /// An axis of a pattern.
    Axis,
    /// A composite operation.
    Op,
    /// A primitive operation.
    Primitive,
    /// A measure.
    Measure,
    /// A named result of a measure.
    Result,
    /// A parameter of a measure, block or operation.
    Parameter,
    /// The key of a declared or attested fact.
    Fact,
    /// A unit.
    Unit,
    /// A type.
    Type,
    /// A keyword or a key of the YAML spelling.
    Keyword,
    /// Any other word of the language: a role, a language, `derived`.
    Word,
}

/// Something that has a name.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// What it is.
    pub kind: SymbolKind,
    /// Its name, as written where it is defined.
    pub name: String,
    /// Where its name is defined: in this document or in a text of the library. None for what is built in.
    pub definition: Option<Span>,
    /// Its definition in one or a few lines.
    pub detail: String,
    /// Its documentation; may be empty.
    pub doc: String,
    /// The expression whose type is its type, for names of a program.
    pub typed_by: Option<Span>,
}

impl Symbol {
    /// A symbol that no text defines.
    fn plain(kind: SymbolKind, name: &str, detail: String, doc: String) -> Symbol {
        Symbol { kind, name: name.to_owned(), definition: None, detail, doc, typed_by: None }
    }
}

/// A place where a symbol's name stands.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence {
    /// The name itself.
    pub span: Span,
    /// Index into [`Index::symbols`].
    pub symbol: usize,
    /// It is defined here.
    pub is_definition: bool,
}

/// An entry of the outline.
#[derive(Clone, Debug)]
pub struct OutlineItem {
    /// What it is.
    pub kind: SymbolKind,
    /// Its name.
    pub name: String,
    /// A few words about it; may be empty.
    pub detail: String,
    /// The whole of it.
    pub span: Span,
    /// Its name's place, inside `span`.
    pub name_span: Span,
    /// What belongs to it, in source order.
    pub children: Vec<OutlineItem>,
}

impl OutlineItem {
    fn new(kind: SymbolKind, name: &Name, span: Span, detail: String) -> OutlineItem {
        let span = span.to(name.span);
        OutlineItem { kind, name: name.value.clone(), detail, span, name_span: name.span, children: Vec::new() }
    }

    fn with(mut self, children: impl IntoIterator<Item = OutlineItem>) -> OutlineItem {
        self.children.extend(children);
        self.children.sort_by_key(|child| child.span.start());
        self
    }
}

/// Every name of a document.
#[derive(Clone, Debug)]
pub struct Index {
    /// Everything that is named here.
    pub symbols: Vec<Symbol>,
    /// Where, in source order.
    pub occurrences: Vec<Occurrence>,
    /// Standards and architectures, with their members.
    pub outline: Vec<OutlineItem>,
    /// The pieces of the document that are `.lms` text, in source order: all of it, or single scalars of YAML.
    pub code: Vec<Span>,
}

impl Index {
    /// The index of a snapshot.
    pub fn new(snapshot: &Snapshot, library: &Library) -> Index {
        let walk = walk::Walk::new(snapshot.document().file, library, &snapshot.sources);
        walk.modules(&snapshot.modules)
    }

    /// The name at a byte offset: the one that begins or lies there, else the one that ends there.
    pub fn at(&self, offset: usize) -> Option<&Occurrence> {
        let after = self.occurrences.partition_point(|place| place.span.start() <= offset);
        let before = self.occurrences[..after].iter().rev().take(2);
        let touching = before.filter(|place| offset <= place.span.end());
        touching.max_by_key(|place| (offset < place.span.end(), place.span.start()))
    }

    /// The symbol of a place.
    pub fn symbol(&self, occurrence: &Occurrence) -> &Symbol {
        &self.symbols[occurrence.symbol]
    }

    /// All places of a symbol, in source order.
    pub fn places(&self, symbol: usize) -> impl Iterator<Item = &Occurrence> {
        self.occurrences.iter().filter(move |place| place.symbol == symbol)
    }

    /// The places inside a byte range, in source order.
    pub fn inside(&self, range: Range<usize>) -> &[Occurrence] {
        let from = self.occurrences.partition_point(|place| place.span.start() < range.start);
        let to = self.occurrences.partition_point(|place| place.span.start() < range.end);
        &self.occurrences[from..to.max(from)]
    }
}
