//! The outline and what can be folded.

use super::document::View;
use lmstd_compiler::index::token::{TokenKind, tokens};
use lmstd_compiler::index::{OutlineItem, SymbolKind as Kind};
use lmstd_grammar::source::Spelling;
use lsp_types::{DocumentSymbol, FoldingRange, FoldingRangeKind, SymbolKind};

/// Standards and architectures with their members.
pub fn symbols(view: &View) -> Vec<DocumentSymbol> {
    view.index.outline.iter().map(|item| symbol(view, item)).collect()
}

#[expect(deprecated, reason = "the protocol's struct has the field, and no constructor")]
fn symbol(view: &View, item: &OutlineItem) -> DocumentSymbol {
    let children: Vec<DocumentSymbol> = item.children.iter().map(|child| symbol(view, child)).collect();
    DocumentSymbol {
        name: item.name.clone(),
        detail: (!item.detail.is_empty()).then(|| item.detail.clone()),
        kind: kind(item.kind),
        tags: None,
        deprecated: None,
        range: view.lines.range(item.span),
        selection_range: view.lines.range(item.name_span),
        children: (!children.is_empty()).then_some(children),
    }
}

fn kind(kind: Kind) -> SymbolKind {
    match kind {
        Kind::Standard | Kind::Library => SymbolKind::MODULE,
        Kind::Architecture => SymbolKind::CLASS,
        Kind::Model => SymbolKind::OBJECT,
        Kind::Dataset => SymbolKind::STRUCT,
        Kind::Column | Kind::ConfigField => SymbolKind::FIELD,
        Kind::Split => SymbolKind::PROPERTY,
        Kind::Metric | Kind::Measure | Kind::Op => SymbolKind::FUNCTION,
        Kind::Block => SymbolKind::METHOD,
        Kind::Clause => SymbolKind::INTERFACE,
        Kind::Attestor => SymbolKind::KEY,
        Kind::Input | Kind::Output => SymbolKind::VARIABLE,
        _ => SymbolKind::CONSTANT,
    }
}

/// What spans several lines: blocks in brackets or, in YAML, whole members; and comments.
pub fn folds(view: &View) -> Vec<FoldingRange> {
    let mut found = match view.snapshot.source().spelling {
        Spelling::Lms => brackets(view),
        Spelling::Yaml => members(view, &view.index.outline),
    };
    found.extend(comments(view));
    found.sort_by_key(|fold| (fold.start_line, fold.end_line));
    found.dedup_by_key(|fold| (fold.start_line, fold.end_line));
    found
}

/// Lines `from` to `to`, if they are several.
fn fold(from: u32, to: u32, kind: Option<FoldingRangeKind>) -> Option<FoldingRange> {
    (from < to).then(|| FoldingRange { start_line: from, end_line: to, kind, ..FoldingRange::default() })
}

fn brackets(view: &View) -> Vec<FoldingRange> {
    let text = view.text();
    let line = |offset: usize| view.lines.position(offset).line;
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for token in tokens(text, 0..text.len()).into_iter().filter(|token| token.kind == TokenKind::Mark) {
        match token.text(text) {
            "{" | "(" | "[" => open.push(token.start),
            "}" | ")" | "]" => {
                // The line of the closing bracket stays.
                let start = open.pop().map(line);
                found.extend(start.and_then(|start| fold(start, line(token.start).saturating_sub(1), None)));
            }
            _ => {}
        }
    }
    found
}

fn members(view: &View, items: &[OutlineItem]) -> Vec<FoldingRange> {
    let mut found = Vec::new();
    for item in items {
        let range = view.lines.range(item.span);
        found.extend(fold(range.start.line, range.end.line, None));
        found.extend(members(view, &item.children));
    }
    found
}

/// Comments on lines of their own, joined where they follow each other.
fn comments(view: &View) -> Vec<FoldingRange> {
    let own = view.snapshot.document().comments.iter().filter(|comment| !comment.trailing);
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for line in own.map(|comment| view.lines.position(comment.span.start()).line) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => runs.push((line, line)),
        }
    }
    runs.into_iter().filter_map(|(from, to)| fold(from, to, Some(FoldingRangeKind::Comment))).collect()
}
