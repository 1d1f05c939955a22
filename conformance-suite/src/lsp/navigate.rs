//! From a name to where it is defined and where else it stands.

use super::document::View;
use super::texts::Texts;
use lmstd_compiler::Library;
use lmstd_compiler::index::Occurrence;
use lsp_types::{DocumentHighlight, DocumentHighlightKind, Location};

/// Where the name at a byte offset is defined.
pub fn definition(view: &View, offset: usize, texts: &mut Texts, library: &Library) -> Option<Location> {
    let symbol = view.index.symbol(view.index.at(offset)?);
    texts.location(view, library, symbol.definition?)
}

/// Every place of the name at a byte offset; with its definition, which may lie in another text, if that is asked.
pub fn references(
    view: &View,
    offset: usize,
    definition: bool,
    texts: &mut Texts,
    library: &Library,
) -> Option<Vec<Location>> {
    let place = view.index.at(offset)?;
    let own = view.snapshot.document().file;
    let elsewhere = view.index.symbol(place).definition.filter(|span| definition && span.file() != own);
    let mut found: Vec<Location> = elsewhere.and_then(|span| texts.location(view, library, span)).into_iter().collect();
    let places = view.index.places(place.symbol).filter(|place| definition || !place.is_definition);
    found.extend(places.map(|place| Location { uri: view.uri.clone(), range: view.lines.range(place.span) }));
    Some(found)
}

/// Every place of the name at a byte offset in this document.
pub fn highlights(view: &View, offset: usize) -> Option<Vec<DocumentHighlight>> {
    let place = view.index.at(offset)?;
    let one = |place: &Occurrence| {
        let kind = if place.is_definition { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ };
        DocumentHighlight { range: view.lines.range(place.span), kind: Some(kind) }
    };
    Some(view.index.places(place.symbol).map(one).collect())
}
