//! What building an index shares: symbols, the places where they stand, and what the library defines.
//!
//! Definitions of the document come first, so that a use finds its definition wherever that stands. A name that
//! nothing defines has no symbol: its fault is the compiler's to tell.

use super::{Index, Occurrence, OutlineItem, Symbol, SymbolKind, describe, token};
use crate::library::Library;
use crate::modules::Modules;
use indexmap::IndexMap;
use lmstd_grammar::ast::{Architecture, Dataset, Doc, Function, Item, Model, Name};
use lmstd_grammar::source::{SourceMap, Spelling};
use lmstd_grammar::span::{FileId, Span};
use std::collections::HashMap;

/// Names in scope in a tensor program, innermost last, each with its symbol.
pub(super) type Env<'a> = Vec<(&'a str, usize)>;

/// The symbol of a name in scope.
pub(super) fn find(env: &Env, name: &str) -> Option<usize> {
    env.iter().rev().find(|(known, _)| *known == name).map(|(_, symbol)| *symbol)
}

/// An index under construction.
pub(super) struct Walk<'a> {
    pub(super) library: &'a Library,
    pub(super) sources: &'a SourceMap,
    /// Models of the standard, for the architectures whose fields their paths name.
    pub(super) models: HashMap<&'a str, &'a Model>,
    /// Datasets of the standard, for their splits and labels.
    pub(super) datasets: IndexMap<&'a str, &'a Dataset>,
    /// The architecture whose program is walked; empty in an operation of a library.
    pub(super) owner: &'a str,
    /// Its blocks.
    pub(super) blocks: &'a [Function],
    file: FileId,
    symbols: Vec<Symbol>,
    occurrences: Vec<Occurrence>,
    /// Symbols by kind and qualified name, the first of two definitions.
    known: HashMap<(SymbolKind, String), usize>,
    code: Vec<Span>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(file: FileId, library: &'a Library, sources: &'a SourceMap) -> Self {
        Walk {
            library,
            sources,
            models: HashMap::new(),
            datasets: IndexMap::new(),
            owner: "",
            blocks: &[],
            file,
            symbols: Vec::new(),
            occurrences: Vec::new(),
            known: HashMap::new(),
            code: Vec::new(),
        }
    }

    /// Walks the first document: all that it may name, then all that it does name. Its own definitions go before those
    /// that it takes over or uses.
    pub(super) fn modules(mut self, modules: &'a Modules) -> Index {
        let own = &modules.main().document.items;
        let mut outline: Vec<OutlineItem> = own.iter().filter_map(|item| self.declare(item)).collect();
        outline.sort_by_key(|item| item.span.start());
        for item in modules.visible(0).into_iter().skip(own.len()) {
            if matches!(item, Item::Architecture(_) | Item::Op(_)) {
                self.declare(item);
            }
        }
        let mut parent = modules.main().parent;
        while let Some(index) = parent {
            if let Some(standard) = modules.standard(index) {
                self.declare_standard(standard);
            }
            parent = modules.list[index].parent;
        }
        own.iter().for_each(|item| self.uses(item));
        self.finish(outline)
    }

    fn uses(&mut self, item: &'a Item) {
        match item {
            Item::Standard(standard) => self.use_standard(standard),
            Item::Architecture(architecture) => self.use_architecture(architecture),
            Item::Op(op) => self.use_function(op, &mut Vec::new()),
            Item::Measure(measure) => measure.params.iter().for_each(|param| self.ty(&param.ty, &mut Vec::new())),
            Item::Library(_) => {}
        }
    }

    fn declare(&mut self, item: &'a Item) -> Option<OutlineItem> {
        match item {
            Item::Standard(standard) => Some(self.declare_standard(standard)),
            Item::Architecture(architecture) => Some(self.declare_architecture(architecture)),
            Item::Op(op) => Some(self.declare_function(SymbolKind::Op, op)),
            Item::Measure(measure) => {
                let detail = describe::words(self.sources, measure.span);
                let key = measure.name.value.clone();
                self.define(SymbolKind::Measure, key, &measure.name, detail, &measure.doc);
                Some(OutlineItem::new(SymbolKind::Measure, &measure.name, measure.span, String::new()))
            }
            Item::Library(head) => {
                let detail = format!("library {} {}", head.name.value, head.version.value);
                self.define(SymbolKind::Library, head.name.value.clone(), &head.name, detail, &head.doc);
                None
            }
        }
    }

    fn finish(mut self, outline: Vec<OutlineItem>) -> Index {
        let source = self.sources.get(self.file);
        if source.spelling == Spelling::Lms {
            self.code = vec![Span::new(self.file, 0..source.text.len())];
        }
        self.code.sort_by_key(|span| (span.start(), span.end()));
        self.code.dedup_by_key(|span| (span.start(), span.end()));
        self.occurrences.sort_by_key(|place| (place.span.start(), place.span.end(), place.symbol));
        self.occurrences.dedup_by_key(|place| (place.span.start(), place.span.end(), place.symbol));
        Index { symbols: self.symbols, occurrences: self.occurrences, outline, code: self.code }
    }

    /// The architecture that a name means: the library's. The document's own is a symbol already.
    pub(super) fn library_architecture(&self, name: &str) -> Option<&'a Architecture> {
        let library = self.library;
        library.architectures.get(name).map(|entry| &entry.item)
    }

    /// The operation that a name means.
    pub(super) fn library_op(&self, name: &str) -> Option<&'a Function> {
        let library = self.library;
        library.ops.get(name).map(|entry| &entry.item)
    }

    /// A piece of `.lms` text inside a YAML document.
    pub(super) fn code(&mut self, span: Span) {
        self.code.push(span);
    }

    /// A symbol without a place yet.
    pub(super) fn add(&mut self, symbol: Symbol) -> usize {
        self.symbols.push(symbol);
        self.symbols.len() - 1
    }

    /// A definition of this document; `key` is its name, qualified by what it belongs to.
    pub(super) fn define(&mut self, kind: SymbolKind, key: String, name: &Name, detail: String, doc: &Doc) -> usize {
        let definition = Some(self.exact(name.span, name.as_str()));
        let symbol =
            Symbol { kind, name: name.value.clone(), definition, detail, doc: describe::doc(doc), typed_by: None };
        let id = self.add(symbol);
        self.known.entry((kind, key)).or_insert(id);
        self.occur(name.span, id, true);
        id
    }

    /// Gives a symbol another documentation.
    pub(super) fn set_doc(&mut self, symbol: usize, doc: String) {
        self.symbols[symbol].doc = doc;
    }

    /// A name of a program that is known only where it is in scope; `typed_by` is the expression it names.
    pub(super) fn local(&mut self, kind: SymbolKind, name: &Name, detail: String, typed_by: Option<Span>) -> usize {
        let definition = Some(self.exact(name.span, name.as_str()));
        let symbol = Symbol { kind, name: name.value.clone(), definition, detail, doc: String::new(), typed_by };
        let id = self.add(symbol);
        self.occur(name.span, id, true);
        id
    }

    /// The symbol of a qualified name.
    pub(super) fn id(&self, kind: SymbolKind, key: &str) -> Option<usize> {
        self.known.get(&(kind, key.to_owned())).copied()
    }

    /// A use of what is known; `false` where nothing of that name is.
    pub(super) fn refer(&mut self, kind: SymbolKind, key: &str, span: Span) -> bool {
        match self.id(kind, key) {
            Some(id) => {
                self.occur(span, id, false);
                true
            }
            None => false,
        }
    }

    /// A use of what this document does not define; its symbol is made at the first use.
    pub(super) fn foreign(&mut self, key: String, span: Span, symbol: Symbol) {
        let kind = symbol.kind;
        let id = match self.id(kind, &key) {
            Some(id) => id,
            None => {
                let id = self.add(symbol);
                self.known.insert((kind, key), id);
                id
            }
        };
        self.occur(span, id, false);
    }

    /// A word of the language, where the text has it at exactly this place.
    pub(super) fn word(&mut self, kind: SymbolKind, name: &str, span: Span) {
        let doc = token::meaning(name).or_else(|| token::keyword(name));
        if let Some(doc) = doc.filter(|_| self.sources.slice(span) == name) {
            self.foreign(name.to_owned(), span, Symbol::plain(kind, name, name.to_owned(), doc.to_owned()));
        }
    }

    /// One more place of a symbol.
    pub(super) fn occur(&mut self, span: Span, symbol: usize, is_definition: bool) {
        let span = self.exact(span, &self.symbols[symbol].name);
        if span.file() == self.file && !span.range().is_empty() {
            self.occurrences.push(Occurrence { span, symbol, is_definition });
        }
    }

    /// The place of the name itself where `span` holds it in quotes.
    fn exact(&self, span: Span, name: &str) -> Span {
        let words = self.sources.slice(span);
        let quoted = words.len() == name.len() + 2 && words.starts_with(['"', '\'']) && words.ends_with(['"', '\'']);
        if quoted && words.get(1..words.len() - 1) == Some(name) {
            return Span::new(span.file(), span.start() + 1..span.end() - 1);
        }
        span
    }
}
