//! Renaming: all places of a name at once, or a sentence that says why not.
//!
//! Whether the new name is one, and whether it is free, is asked of the compiler itself: the edited text is read again,
//! and it must have no new fault and the same places under the new name.

use super::document::View;
use super::edit;
use super::hover::keyword_at;
use crate::folder::Folder;
use lmstd_compiler::Library;
use lmstd_compiler::diag::Severity;
use lmstd_compiler::index::token::keyword;
use lmstd_compiler::index::{Index, Occurrence, Snapshot, Surroundings, Symbol, SymbolKind};
use lmstd_grammar::span::Span;
use lsp_types::{PrepareRenameResponse, WorkspaceEdit};

/// The name at a byte offset and its place, if it may be renamed.
///
/// # Errors
/// The reason as a sentence.
pub fn prepare(view: &View, offset: usize) -> Result<PrepareRenameResponse, String> {
    let (place, symbol) = renameable(view, offset)?;
    Ok(PrepareRenameResponse::RangeWithPlaceholder {
        range: view.lines.range(place.span),
        placeholder: symbol.name.clone(),
    })
}

/// The edits that give the name at a byte offset another one.
///
/// # Errors
/// The reason as a sentence.
pub fn rename(view: &View, offset: usize, to: &str, library: &Library) -> Result<WorkspaceEdit, String> {
    let (place, symbol) = renameable(view, offset)?;
    let places: Vec<Span> = view.index.places(place.symbol).map(|place| place.span).collect();
    if let Some(odd) = places.iter().find(|span| view.snapshot.sources.slice(**span) != symbol.name) {
        let line = view.lines.position(odd.start()).line + 1;
        return Err(format!("`{}` cannot be told apart from the text around it in line {line}", symbol.name));
    }
    if to != symbol.name {
        proven(view, place, to, &places, library).map_err(|why| match keyword(to) {
            Some(_) => format!("`{to}` is a word of the language and cannot be a name here"),
            None => why,
        })?;
    }
    let edits = places.iter().map(|span| (*span, to));
    edit::of_spans(view, edits).ok_or_else(|| format!("`{}` also stands in another document", symbol.name))
}

fn renameable<'v>(view: &View<'v>, offset: usize) -> Result<(&'v Occurrence, &'v Symbol), String> {
    let index = view.index;
    let Some(place) = index.at(offset) else {
        return Err(match keyword_at(view, offset) {
            Some((word, _)) => format!("`{word}` is a word of the language and cannot be renamed"),
            None => "there is no name here that could be renamed".to_owned(),
        });
    };
    let symbol = index.symbol(place);
    let (name, modules) = (&symbol.name, &view.snapshot.modules);
    match (symbol.kind, symbol.definition) {
        (SymbolKind::Keyword | SymbolKind::Word | SymbolKind::Type | SymbolKind::Unit, _) => {
            Err(format!("`{name}` is a word of the language and cannot be renamed"))
        }
        (_, Some(span)) if span.file() == modules.main().file => Ok((place, symbol)),
        (_, Some(span)) if modules.list.iter().any(|module| module.file == span.file()) => {
            Err(format!("`{name}` is defined in another document and cannot be renamed here"))
        }
        (SymbolKind::Primitive, None) | (_, Some(_)) => {
            Err(format!("`{name}` belongs to the library and cannot be renamed"))
        }
        (SymbolKind::Control, None) => Err(format!("the control `{name}` is named by its catalogue, not here")),
        (_, None) => Err(format!("`{name}` is not defined here and cannot be renamed")),
    }
}

/// Reads the renamed text: the same places must be those of the new name, and nothing may become faulty.
fn proven(view: &View, place: &Occurrence, to: &str, places: &[Span], library: &Library) -> Result<(), String> {
    let source = view.snapshot.source();
    let text = renamed(&source.text, places, to);
    let folder = Folder::new(view.root, false);
    let around = Surroundings { library, documents: &folder };
    let after = Snapshot::new(&source.name, &text, source.spelling, around);
    let errors =
        |snapshot: &Snapshot| snapshot.diagnostics.iter().filter(|fault| fault.severity == Severity::Error).count();
    if after.errors.len() > view.snapshot.errors.len() {
        return Err(format!("`{to}` is not a name that can stand here"));
    }
    let known = |message: &str| view.snapshot.diagnostics.iter().any(|fault| fault.message == message);
    if errors(&after) > errors(view.snapshot) {
        let new = after.diagnostics.iter().find(|fault| fault.severity == Severity::Error && !known(&fault.message));
        let why = new.map_or("it would break the document", |fault| fault.message.as_str());
        return Err(format!("`{to}` cannot be the name: {why}"));
    }
    let index = Index::new(&after, library);
    let before = places.iter().filter(|span| span.start() < place.span.start()).count();
    let grown = to.len() as isize - place.span.range().len() as isize;
    let at = place.span.start().saturating_add_signed(grown * before as isize);
    let same =
        |found: &Occurrence| index.symbol(found).name == to && index.places(found.symbol).count() == places.len();
    if index.at(at).is_some_and(same) {
        return Ok(());
    }
    Err(format!("`{to}` already means something else where `{}` stands", view.index.symbol(place).name))
}

/// The text with every place, in order, replaced.
fn renamed(text: &str, places: &[Span], to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in places {
        out.push_str(text.get(at..span.start()).unwrap_or(""));
        out.push_str(to);
        at = span.end();
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}
