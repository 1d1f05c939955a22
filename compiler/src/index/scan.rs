//! The brackets round the end of a piece of `.lms` text, and what stands in each of them so far. Told by tokens alone,
//! since the text before a cursor is seldom well formed.

use super::token::{Token, TokenKind, tokens};

/// What a bracket, or the whole text, holds.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Kind {
    Top,
    Standard,
    /// The architecture of the model.
    Model(String),
    Dataset,
    Split,
    /// What is said of a source or of the annotation.
    Note,
    /// The steps of a preparation.
    Steps,
    Clause,
    /// Its name.
    Architecture(String),
    Config,
    Weights,
    Ports,
    Params,
    /// A block, an operation or a part of one.
    Body,
    Forward,
    /// What is called.
    Call(String),
    /// Round brackets round an expression.
    Group,
    /// Values, of the field named before `in`.
    Set(String),
    /// The axes of a type.
    Axes,
    /// Labels, patterns: places for new names.
    Names,
}

/// An open bracket: what stands in it so far, bracketed groups as their closing bracket alone.
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) flat: Vec<Token>,
    /// Names bound here, each with its place.
    names: Vec<(String, usize)>,
    /// Names that the next block binds.
    pending: Vec<String>,
    /// The words of the last group that closed.
    group: Vec<String>,
}

pub(super) struct Scan<'t> {
    pub(super) text: &'t str,
    /// Innermost last; the first is the whole text.
    pub(super) frames: Vec<Frame>,
    pub(super) last: Option<Token>,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut scan = Scan { text, frames: Vec::new(), last: None };
        scan.push(Kind::Top, Vec::new());
        for token in tokens(text, 0..text.len()) {
            scan.last = Some(token);
            match (token.kind, token.text(text)) {
                (TokenKind::Comment | TokenKind::Doc, _) => {}
                (TokenKind::Mark, "(" | "[" | "{") => scan.open(token),
                (TokenKind::Mark, ")" | "]" | "}") => scan.close(token),
                _ => scan.plain(token),
            }
        }
        scan
    }

    fn push(&mut self, kind: Kind, names: Vec<(String, usize)>) {
        self.frames.push(Frame { kind, flat: Vec::new(), names, pending: Vec::new(), group: Vec::new() });
    }

    pub(super) fn frame(&self) -> &Frame {
        self.frames.last().expect("the whole text is never closed")
    }

    fn frame_mut(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the whole text is never closed")
    }

    /// The n-th token from the end of the innermost bracket; empty where there is none.
    pub(super) fn back(&self, n: usize) -> &'t str {
        back(&self.frame().flat, n, self.text)
    }

    fn plain(&mut self, token: Token) {
        if token.kind == TokenKind::Word && self.back(0) == "let" {
            let name = token.text(self.text).to_owned();
            self.frame_mut().names.push((name, token.start));
        }
        self.frame_mut().flat.push(token);
    }

    fn open(&mut self, token: Token) {
        let kind = self.kind_of(token);
        let mut names = Vec::new();
        if matches!(kind, Kind::Body | Kind::Forward) {
            let bound = self.loop_names();
            let pending = std::mem::take(&mut self.frame_mut().pending);
            names.extend(pending.into_iter().chain(bound).map(|name| (name, token.start)));
        }
        self.push(kind, names);
    }

    fn close(&mut self, token: Token) {
        if self.frames.len() > 1
            && let Some(closed) = self.frames.pop()
        {
            let words = words(&closed.flat, self.text);
            let bound = self.back(0) == "let" || self.back(1) == "let";
            let text = self.text;
            let outer = self.frame_mut();
            match closed.kind {
                Kind::Params => outer.pending = params(&closed.flat, text),
                Kind::Group | Kind::Call(_) if bound => {
                    outer.names.extend(words.into_iter().map(|name| (name, token.start)));
                }
                Kind::Group => outer.group = words,
                _ => {}
            }
        }
        self.frame_mut().flat.push(token);
    }

    /// What `for i in …, h = …` binds, where the block that opens now is the body of a loop.
    fn loop_names(&self) -> Vec<String> {
        let frame = self.frame();
        let Some((head, tail)) = self.head(&["for", "if", "else"]) else { return Vec::new() };
        if head != "for" {
            return Vec::new();
        }
        let mut names: Vec<String> = tail.first().map(|index| index.text(self.text).to_owned()).into_iter().collect();
        let equals = tail.iter().rposition(|token| token.text(self.text) == "=");
        match equals.and_then(|at| tail.get(at.checked_sub(1)?)) {
            Some(state) if state.kind == TokenKind::Word => names.push(state.text(self.text).to_owned()),
            Some(_) => names.extend(frame.group.iter().cloned()),
            None => {}
        }
        names
    }

    /// The last of some words in the innermost bracket since the last block in it, and the tokens after it.
    pub(super) fn head(&self, words: &[&str]) -> Option<(&'t str, &[Token])> {
        let (text, flat) = (self.text, &self.frame().flat);
        // The brackets of a set end no block.
        let block = |at: &usize| flat[*at].text(text) == "}" && (*at == 0 || flat[*at - 1].text(text) != "in");
        let floor = (0..flat.len()).rev().find(block).map_or(0, |at| at + 1);
        let at = flat[floor..].iter().rposition(|token| words.contains(&token.text(text)))? + floor;
        Some((flat[at].text(text), &flat[at + 1..]))
    }

    fn kind_of(&self, token: Token) -> Kind {
        let (text, flat) = (self.text, &self.frame().flat);
        let (last, before) = (self.back(0), self.back(1));
        match token.text(text) {
            "(" => {
                let touches = flat.last().is_some_and(|last| last.kind == TokenKind::Word && last.end == token.start);
                match before {
                    _ if !touches => Kind::Group,
                    "block" | "op" => Kind::Params,
                    _ => Kind::Call(last.to_owned()),
                }
            }
            "[" if matches!(last, "float" | "int" | "bool") => Kind::Axes,
            "[" => Kind::Names,
            _ if last == "in" => Kind::Set(before.to_owned()),
            _ if matches!(last, "class" | "spans") => Kind::Names,
            _ => self.block_kind(),
        }
    }

    /// What a `{` begins that holds no values.
    fn block_kind(&self) -> Kind {
        let joined = |tail: &[Token]| tail.iter().map(|token| token.text(self.text)).collect::<String>();
        let last = self.back(0);
        match &self.frame().kind {
            Kind::Top => match self.head(&["standard", "architecture", "op"]) {
                Some(("standard", _)) => Kind::Standard,
                Some(("architecture", tail)) => Kind::Architecture(joined(tail)),
                _ => Kind::Body,
            },
            Kind::Standard => match self.head(&["model", "dataset", "clause"]) {
                Some(("model", tail)) => {
                    let equals = tail.iter().position(|token| token.text(self.text) == "=");
                    Kind::Model(joined(&tail[equals.map_or(tail.len(), |at| at + 1)..]))
                }
                Some(("dataset", _)) => Kind::Dataset,
                Some(("clause", _)) => Kind::Clause,
                _ => Kind::Group,
            },
            Kind::Dataset => match self.head(&["split", "source", "annotation", "prepare"]) {
                Some(("source" | "annotation", _)) => Kind::Note,
                Some(("prepare", _)) => Kind::Steps,
                _ => Kind::Split,
            },
            Kind::Architecture(_) => match last {
                "config" => Kind::Config,
                "weights" => Kind::Weights,
                "inputs" | "outputs" => Kind::Ports,
                "forward" => Kind::Forward,
                _ => Kind::Body,
            },
            Kind::Body | Kind::Forward => Kind::Body,
            _ if self.in_program() => Kind::Body,
            _ => Kind::Group,
        }
    }

    /// The innermost bracket that is a part of the document rather than of an expression.
    pub(super) fn context(&self) -> &Frame {
        let part = |frame: &&Frame| {
            !matches!(frame.kind, Kind::Call(_) | Kind::Group | Kind::Set(_) | Kind::Axes | Kind::Names)
        };
        self.frames.iter().rev().find(part).unwrap_or(&self.frames[0])
    }

    fn in_program(&self) -> bool {
        matches!(self.context().kind, Kind::Body | Kind::Forward)
    }

    pub(super) fn architecture(&self) -> String {
        let name = |frame: &Frame| match &frame.kind {
            Kind::Architecture(name) => Some(name.clone()),
            _ => None,
        };
        self.frames.iter().rev().find_map(name).unwrap_or_default()
    }

    /// Nothing but blanks stands before the place on its line.
    pub(super) fn line_start(&self) -> bool {
        self.text.rsplit('\n').next().is_none_or(|line| line.trim().is_empty())
    }

    /// The last token is a number.
    pub(super) fn after_number(&self) -> bool {
        self.frame().flat.last().is_some_and(|last| last.kind == TokenKind::Number)
    }

    /// The n-th token from the end is a text in quotes.
    pub(super) fn is_text(&self, n: usize) -> bool {
        self.frame().flat.iter().rev().nth(n).is_some_and(|token| token.kind == TokenKind::Text)
    }

    /// What is bound in the open blocks; the `let` of the line being written does not bind yet.
    pub(super) fn locals(&self) -> Vec<String> {
        let program = |frame: &&Frame| matches!(frame.kind, Kind::Body | Kind::Forward);
        let names = self.frames.iter().filter(program).flat_map(|frame| &frame.names);
        let mut locals: Vec<String> = Vec::new();
        for (name, at) in names {
            let rest = &self.text[*at..];
            let unfinished = rest.starts_with(name.as_str()) && !rest.contains(['\n', ';']);
            if !unfinished && !locals.contains(name) {
                locals.push(name.clone());
            }
        }
        locals
    }
}

fn back<'t>(flat: &[Token], n: usize, text: &'t str) -> &'t str {
    flat.iter().rev().nth(n).map_or("", |token| token.text(text))
}

pub(super) fn words(flat: &[Token], text: &str) -> Vec<String> {
    let words = flat.iter().filter(|token| token.kind == TokenKind::Word);
    words.map(|token| token.text(text).to_owned()).collect()
}

/// The names before the colons of a list of parameters.
fn params(flat: &[Token], text: &str) -> Vec<String> {
    let named = flat.windows(2).filter(|pair| pair[0].kind == TokenKind::Word && pair[1].text(text) == ":");
    named.map(|pair| pair[0].text(text).to_owned()).collect()
}
