//! An open document: its text as the editor has it, and what has been found out about this version of it.
//!
//! Everything is found out at most once a version, and only when it is asked for: faults for every version that is
//! published, names and types at the first request that needs them.

use super::position::Lines;
use super::uri;
use crate::folder::Folder;
use lmstd_compiler::Library;
use lmstd_compiler::index::{Index, Snapshot, Surroundings};
use lmstd_grammar::ast::Item;
use lmstd_grammar::source::Spelling;
use lmstd_grammar::span::Span;
use lsp_types::{Position, TextDocumentContentChangeEvent, TextDocumentItem, Uri};
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// The longest text that is read; the parser's own limit.
pub const LONGEST: usize = 1 << 20;

/// An open document.
pub struct Open {
    /// Its address.
    pub uri: Uri,
    /// The version of its text.
    pub version: i32,
    /// Its faults have not been told for this version.
    pub dirty: bool,
    /// One of the library's own texts, which is shown and not checked.
    pub built_in: bool,
    /// It has been closed; what was told of it is still to be taken back.
    pub closed: bool,
    /// The folder it lies in; none before it is saved.
    root: Option<PathBuf>,
    text: String,
    lines: Lines,
    name: String,
    spelling: Spelling,
    snapshot: Option<Snapshot>,
    /// The snapshot of the version before, to go on from.
    previous: Option<Snapshot>,
    index: Option<Index>,
    types: Option<Vec<(Span, String)>>,
}

/// One version of a document with its tree and faults.
#[derive(Clone, Copy)]
pub struct Checked<'d> {
    /// Its address.
    pub uri: &'d Uri,
    /// Its lines.
    pub lines: &'d Lines,
    /// Its tree and faults; of a text that is too long, those of an empty one.
    pub snapshot: &'d Snapshot,
    /// The folder it lies in; none before it is saved.
    pub root: Option<&'d Path>,
}

impl<'d> Checked<'d> {
    /// The text.
    pub fn text(&self) -> &'d str {
        &self.snapshot.source().text
    }
}

/// One version of a document with its names and types.
pub struct View<'d> {
    checked: Checked<'d>,
    /// Its names.
    pub index: &'d Index,
    /// The types of its expressions, in source order.
    pub types: &'d [(Span, String)],
}

impl<'d> Deref for View<'d> {
    type Target = Checked<'d>;

    fn deref(&self) -> &Checked<'d> {
        &self.checked
    }
}

impl Open {
    /// Opens a document.
    pub fn new(item: TextDocumentItem, built_in: bool) -> Open {
        let TextDocumentItem { uri, language_id, version, text } = item;
        let name = uri::name_of(&uri);
        let spelling = match language_id.as_str() {
            "yaml" | "yml" => Spelling::Yaml,
            _ => Spelling::of_name(&name),
        };
        let root = uri::path_of(&uri).and_then(|path| path.parent().map(Path::to_path_buf));
        let lines = Lines::new(&text);
        Open {
            uri,
            version,
            dirty: true,
            built_in,
            closed: false,
            root,
            text,
            lines,
            name,
            spelling,
            snapshot: None,
            previous: None,
            index: None,
            types: None,
        }
    }

    /// Takes over changes, in order: each replaces a range, or everything.
    pub fn change(&mut self, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        for change in changes {
            match change.range {
                Some(range) => {
                    let (one, other) = (self.lines.offset(range.start), self.lines.offset(range.end));
                    self.text.replace_range(one.min(other)..one.max(other), &change.text);
                }
                None => self.text = change.text,
            }
            self.lines = Lines::new(&self.text);
        }
        self.version = version;
        self.forget();
    }

    /// Something around the document may have changed: everything is to be found out again.
    pub fn forget(&mut self) {
        self.previous = self.snapshot.take().or(self.previous.take());
        self.index = None;
        self.types = None;
        self.dirty = true;
    }

    /// Closes it.
    pub fn close(&mut self) {
        self.closed = true;
        self.dirty = true;
    }

    /// Too long to be read.
    pub fn too_long(&self) -> bool {
        self.text.len() > LONGEST
    }

    /// The byte offset of a position.
    pub fn offset(&self, position: Position) -> usize {
        self.lines.offset(position)
    }

    /// The tree and faults of this version.
    pub fn checked(&mut self, library: &Library) -> Checked<'_> {
        let root = self.root.as_deref();
        let source = (self.name.as_str(), readable(&self.text), self.spelling);
        let snapshot = settle((&mut self.snapshot, &mut self.previous), source, root, library);
        Checked { uri: &self.uri, lines: &self.lines, snapshot, root }
    }

    /// Everything about this version.
    pub fn view(&mut self, library: &Library) -> View<'_> {
        let Open { uri, lines, snapshot, previous, index, types, root, text, name, spelling, .. } = self;
        let (uri, lines, root): (&Uri, &Lines, Option<&Path>) = (uri, lines, root.as_deref());
        let snapshot = settle((snapshot, previous), (name, readable(text), *spelling), root, library);
        let index: &Index = index.get_or_insert_with(|| Index::new(snapshot, library));
        let types: &[(Span, String)] = types.get_or_insert_with(|| {
            let programs = snapshot.document().items.iter().any(|item| matches!(item, Item::Architecture(_)));
            if programs { snapshot.types(library) } else { Vec::new() }
        });
        View { checked: Checked { uri, lines, snapshot, root }, index, types }
    }
}

/// A text that is too long is checked as an empty one.
fn readable(text: &str) -> &str {
    if text.len() > LONGEST { "" } else { text }
}

/// The snapshot of this version, made of the one before where there is one.
fn settle<'s>(
    (snapshot, previous): (&'s mut Option<Snapshot>, &mut Option<Snapshot>),
    (name, text, spelling): (&str, &str, Spelling),
    root: Option<&Path>,
    library: &Library,
) -> &'s Snapshot {
    snapshot.get_or_insert_with(|| {
        let folder = Folder::new(root, false);
        let around = Surroundings { library, documents: &folder };
        match previous.take() {
            Some(previous) => previous.next(text, around),
            None => Snapshot::new(name, text, spelling, around),
        }
    })
}
