//! The canonical text, as the one edit that leads to it.

use super::document::Checked;
use super::edit::between;
use lmstd_grammar::span::Span;
use lsp_types::TextEdit;

/// The edits that bring a document into canonical form; none where it is.
///
/// # Errors
/// A sentence, where the document has faults of form: what cannot be read cannot be written anew.
pub fn format(view: &Checked) -> Result<Vec<TextEdit>, String> {
    if let Some(first) = view.snapshot.errors.first() {
        let line = view.lines.position(first.span.start()).line + 1;
        return Err(format!("the document cannot be formatted: it has a fault of form in line {line}"));
    }
    let (document, source) = (view.snapshot.document(), view.snapshot.source());
    let canonical = lmstd_grammar::format(document, &view.snapshot.sources, source.spelling);
    let edit = between(&source.text, &canonical).map(|(range, new)| {
        let span = Span::new(document.file, range);
        TextEdit { range: view.lines.range(span), new_text: new.to_owned() }
    });
    Ok(edit.into_iter().collect())
}
