//! Semantic tokens: every name by what it stands for, and the keywords, numbers, texts and comments between them.

use super::document::View;
use lmstd_compiler::index::token::{TokenKind, keyword, tokens};
use lmstd_compiler::index::{Index, Occurrence, SymbolKind};
use lmstd_grammar::source::Spelling;
use lsp_types::{SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokensLegend};
use std::ops::Range;

/// Types of tokens, in the order of the legend.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum TokenType {
    Namespace,
    Class,
    Struct,
    Type,
    TypeParameter,
    Parameter,
    Variable,
    Property,
    EnumMember,
    Interface,
    Function,
    Decorator,
    Keyword,
    Comment,
    Text,
    Number,
}

/// The name is defined here.
const DECLARATION: u32 = 1;
/// It belongs to the library.
const LIBRARY: u32 = 1 << 1;
/// A documentation comment.
const DOCUMENTATION: u32 = 1 << 2;

/// What the numbers of the tokens mean.
pub fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: vec![
            SemanticTokenType::NAMESPACE,
            SemanticTokenType::CLASS,
            SemanticTokenType::STRUCT,
            SemanticTokenType::TYPE,
            SemanticTokenType::TYPE_PARAMETER,
            SemanticTokenType::PARAMETER,
            SemanticTokenType::VARIABLE,
            SemanticTokenType::PROPERTY,
            SemanticTokenType::ENUM_MEMBER,
            SemanticTokenType::INTERFACE,
            SemanticTokenType::FUNCTION,
            SemanticTokenType::DECORATOR,
            SemanticTokenType::KEYWORD,
            SemanticTokenType::COMMENT,
            SemanticTokenType::STRING,
            SemanticTokenType::NUMBER,
        ],
        token_modifiers: vec![
            SemanticTokenModifier::DECLARATION,
            SemanticTokenModifier::DEFAULT_LIBRARY,
            SemanticTokenModifier::DOCUMENTATION,
        ],
    }
}

/// Bytes, what they are, and modifiers.
type Piece = (Range<usize>, TokenType, u32);

/// All tokens of a document, each relative to the one before.
pub fn all(view: &View) -> Vec<SemanticToken> {
    let mut pieces = names(view);
    pieces.extend(between(view));
    if view.snapshot.source().spelling == Spelling::Yaml {
        let comments = view.snapshot.document().comments.iter();
        pieces.extend(comments.map(|comment| (comment.span.range(), TokenType::Comment, 0)));
    }
    pieces.sort_by_key(|(range, _, _)| (range.start, range.end));
    encoded(view, &pieces)
}

fn names(view: &View) -> Vec<Piece> {
    let own = view.snapshot.document().file;
    let one = |place: &Occurrence| {
        let symbol = view.index.symbol(place);
        let foreign = symbol.definition.is_some_and(|span| span.file() != own) || symbol.kind == SymbolKind::Primitive;
        let modifiers = (u32::from(place.is_definition) * DECLARATION) | (u32::from(foreign) * LIBRARY);
        (place.span.range(), type_of(symbol.kind), modifiers)
    };
    view.index.occurrences.iter().map(one).collect()
}

fn type_of(kind: SymbolKind) -> TokenType {
    match kind {
        SymbolKind::Standard | SymbolKind::Library => TokenType::Namespace,
        SymbolKind::Architecture => TokenType::Class,
        SymbolKind::Dataset => TokenType::Struct,
        SymbolKind::Type | SymbolKind::Unit => TokenType::Type,
        SymbolKind::Size | SymbolKind::Axis => TokenType::TypeParameter,
        SymbolKind::Parameter | SymbolKind::Input => TokenType::Parameter,
        SymbolKind::Model | SymbolKind::Local | SymbolKind::Output | SymbolKind::Attestor => TokenType::Variable,
        SymbolKind::Column | SymbolKind::Split | SymbolKind::ConfigField | SymbolKind::Result | SymbolKind::Fact => {
            TokenType::Property
        }
        SymbolKind::ClassLabel => TokenType::EnumMember,
        SymbolKind::Clause => TokenType::Interface,
        SymbolKind::Metric | SymbolKind::Measure | SymbolKind::Op | SymbolKind::Primitive | SymbolKind::Block => {
            TokenType::Function
        }
        SymbolKind::Control => TokenType::Decorator,
        SymbolKind::Keyword | SymbolKind::Word => TokenType::Keyword,
    }
}

/// Keywords, numbers, texts and comments, less the names inside them.
fn between(view: &View) -> Vec<Piece> {
    let text = view.text();
    let lms = view.snapshot.source().spelling == Spelling::Lms;
    let mut found = Vec::new();
    for code in &view.index.code {
        for token in tokens(text, code.range()) {
            let (kind, modifiers) = match token.kind {
                TokenKind::Comment => (TokenType::Comment, 0),
                TokenKind::Doc => (TokenType::Comment, DOCUMENTATION),
                // Inside YAML a quote may be the scalar's own.
                TokenKind::Text if lms => (TokenType::Text, 0),
                TokenKind::Number => (TokenType::Number, 0),
                TokenKind::Word if keyword(token.text(text)).is_some() => (TokenType::Keyword, 0),
                _ => continue,
            };
            let whole = matches!(token.kind, TokenKind::Word | TokenKind::Number);
            let free = gaps(view.index, token.start..token.end);
            let covered = free.first() != Some(&(token.start..token.end));
            if !(whole && covered) {
                found.extend(free.into_iter().map(|gap| (gap, kind, modifiers)));
            }
        }
    }
    found
}

/// The parts of a range in which no name stands.
fn gaps(index: &Index, range: Range<usize>) -> Vec<Range<usize>> {
    // A name that begins before the range may reach into it.
    let earlier = index.occurrences.partition_point(|place| place.span.start() < range.start);
    let mut at = match earlier.checked_sub(1) {
        Some(before) => range.start.max(index.occurrences[before].span.end()),
        None => range.start,
    };
    let mut found = Vec::new();
    for place in index.inside(range.clone()) {
        if at < place.span.start() {
            found.push(at..place.span.start());
        }
        at = at.max(place.span.end());
    }
    if at < range.end {
        found.push(at..range.end);
    }
    found
}

/// Pieces in order as the protocol counts them; what overlaps the piece before it, or spans lines, is left out.
fn encoded(view: &View, pieces: &[Piece]) -> Vec<SemanticToken> {
    let (mut line, mut start, mut end) = (0, 0, 0);
    let mut found = Vec::with_capacity(pieces.len());
    for (range, kind, modifiers) in pieces {
        let (from, to) = (view.lines.position(range.start), view.lines.position(range.end));
        if range.start < end || from.line != to.line || from.character >= to.character {
            continue;
        }
        let delta_line = from.line - line;
        found.push(SemanticToken {
            delta_line,
            delta_start: if delta_line == 0 { from.character - start } else { from.character },
            length: to.character - from.character,
            token_type: *kind as u32,
            token_modifiers_bitset: *modifiers,
        });
        (line, start, end) = (from.line, from.character, range.end);
    }
    found
}
