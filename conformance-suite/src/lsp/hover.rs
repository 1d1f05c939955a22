//! What a name, a word or an expression means, in Markdown: its definition or type, then its documentation.

use super::document::View;
use crate::measure;
use lmstd_compiler::index::token::{TokenKind, keyword, tokens};
use lmstd_compiler::index::{Symbol, SymbolKind};
use lmstd_grammar::span::Span;
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Range};

/// What stands at a byte offset.
pub fn hover(view: &View, offset: usize) -> Option<Hover> {
    if let Some(place) = view.index.at(offset) {
        return Some(shown(of_symbol(view, view.index.symbol(place)), view.lines.range(place.span)));
    }
    of_keyword(view, offset).or_else(|| of_expression(view, offset))
}

fn shown(value: String, range: Range) -> Hover {
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value });
    Hover { contents, range: Some(range) }
}

/// A symbol's definition, with its type where a program gives it one, and its documentation.
fn of_symbol(view: &View, symbol: &Symbol) -> String {
    let ty = symbol.typed_by.and_then(|span| type_of(view, span));
    let definition = match ty {
        Some(ty) => format!("{}: {}", symbol.detail, plain(ty)),
        None => symbol.detail.clone(),
    };
    page(&definition, &documentation(symbol.kind, &symbol.name, &symbol.doc))
}

/// A symbol's documentation: of a measure, what its manual says that it measures.
pub fn documentation(kind: SymbolKind, name: &str, doc: &str) -> String {
    let manual = measure::find(name).filter(|_| kind == SymbolKind::Measure).map(|measure| measure.doc);
    match manual {
        Some(manual) => {
            let lines = manual.lines().map(str::trim).skip_while(|line| *line != "## Measures").skip(1);
            lines.take_while(|line| !line.starts_with("## ")).collect::<Vec<_>>().join("\n").trim().to_owned()
        }
        None => doc.to_owned(),
    }
}

/// Code in a fence, then text.
fn page(code: &str, text: &str) -> String {
    let fence = format!("```lms\n{code}\n```");
    if text.is_empty() { fence } else { format!("{fence}\n\n{text}") }
}

fn of_keyword(view: &View, offset: usize) -> Option<Hover> {
    let (word, range) = keyword_at(view, offset)?;
    Some(shown(page(word, keyword(word)?), range))
}

/// The keyword at a byte offset.
pub fn keyword_at<'v>(view: &View<'v>, offset: usize) -> Option<(&'v str, Range)> {
    let text = view.text();
    let code = view.index.code.iter().find(|code| code.start() <= offset && offset < code.end())?;
    // No text or comment goes on over a line, so its tokens are those of the whole.
    let line = text.get(..offset)?.rfind('\n').map_or(0, |newline| newline + 1).max(code.start());
    let end = text.get(offset..)?.find('\n').map_or(text.len(), |newline| offset + newline).min(code.end());
    let token = tokens(text, line..end).into_iter().find(|token| token.start <= offset && offset < token.end)?;
    let word = token.text(text);
    let span = Span::new(view.snapshot.document().file, token.start..token.end);
    let found = token.kind == TokenKind::Word && keyword(word).is_some();
    found.then(|| (word, view.lines.range(span)))
}

/// The smallest expression of a program at a place.
fn of_expression(view: &View, offset: usize) -> Option<Hover> {
    let around = view.types.iter().filter(|(span, _)| span.start() <= offset && offset < span.end());
    let (span, ty) = around.min_by_key(|(span, _)| span.range().len())?;
    let words = view.snapshot.sources.slice(*span).split_whitespace().collect::<Vec<_>>().join(" ");
    Some(shown(page(&format!("{words}: {}", plain(ty)), ""), view.lines.range(*span)))
}

/// The recorded type of the expression at exactly this place.
fn type_of<'v>(view: &View<'v>, span: Span) -> Option<&'v str> {
    let found = view.types.iter().find(|(known, _)| known.range() == span.range());
    found.map(|(_, ty)| ty.as_str())
}

/// A description without the quotes that messages put round a type.
fn plain(ty: &str) -> String {
    ty.replace('`', "")
}
