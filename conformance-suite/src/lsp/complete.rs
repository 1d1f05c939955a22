//! Completion items from the compiler's candidates.

use super::document::View;
use super::hover::documentation;
use lmstd_compiler::Library;
use lmstd_compiler::index::SymbolKind as Kind;
use lmstd_compiler::index::complete::{Candidate, complete};
use lmstd_grammar::span::Span;
use lsp_types::{CompletionItem, CompletionItemKind, Documentation, MarkupContent, MarkupKind, Range, TextEdit};

/// What may be written at a byte offset.
pub fn items(view: &View, offset: usize, library: &Library) -> Vec<CompletionItem> {
    let found = complete(view.snapshot, view.index, library, offset);
    let range = view.lines.range(Span::new(view.snapshot.document().file, found.replace));
    found.candidates.into_iter().map(|candidate| item(candidate, range)).collect()
}

fn item(candidate: Candidate, range: Range) -> CompletionItem {
    let Candidate { kind, label, insert, detail, doc } = candidate;
    let doc = documentation(kind, &label, &doc);
    let markup = |value| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value });
    CompletionItem {
        sort_text: Some(format!("{}{label}", rank(kind))),
        kind: Some(shown(kind)),
        detail: (!detail.is_empty()).then_some(detail),
        documentation: (!doc.is_empty()).then(|| markup(doc)),
        text_edit: Some(TextEdit { range, new_text: insert }.into()),
        label,
        ..CompletionItem::default()
    }
}

/// What is nearest comes first: the document's own names, then those of the library, then words.
fn rank(kind: Kind) -> char {
    match kind {
        Kind::Local | Kind::Parameter | Kind::Size | Kind::Axis => '0',
        Kind::Op | Kind::Primitive | Kind::Measure => '2',
        Kind::Keyword | Kind::Word | Kind::Unit | Kind::Type => '3',
        _ => '1',
    }
}

fn shown(kind: Kind) -> CompletionItemKind {
    match kind {
        Kind::Standard | Kind::Library => CompletionItemKind::MODULE,
        Kind::Architecture => CompletionItemKind::CLASS,
        Kind::Dataset => CompletionItemKind::STRUCT,
        Kind::Model | Kind::Local | Kind::Input | Kind::Output | Kind::Parameter | Kind::Attestor => {
            CompletionItemKind::VARIABLE
        }
        Kind::Column | Kind::ConfigField => CompletionItemKind::FIELD,
        Kind::Split | Kind::Result | Kind::Fact => CompletionItemKind::PROPERTY,
        Kind::ClassLabel => CompletionItemKind::ENUM_MEMBER,
        Kind::Metric | Kind::Measure | Kind::Op | Kind::Primitive => CompletionItemKind::FUNCTION,
        Kind::Block => CompletionItemKind::METHOD,
        Kind::Clause | Kind::Control => CompletionItemKind::REFERENCE,
        Kind::Size | Kind::Axis | Kind::Type => CompletionItemKind::TYPE_PARAMETER,
        Kind::Unit => CompletionItemKind::UNIT,
        Kind::Keyword => CompletionItemKind::KEYWORD,
        Kind::Word => CompletionItemKind::VALUE,
    }
}
