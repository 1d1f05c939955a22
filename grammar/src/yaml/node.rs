//! granit's events as a tree in which every node knows its place.
//!
//! What YAML has beyond plain data is refused here: anchors, aliases, tags, merge keys, several documents.

use std::ops::Range;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span as Mark};
use indexmap::IndexMap;

use crate::ast::Comment;
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::parse::Text;
use crate::span::{FileId, Span};

use super::align::align;

/// How deep YAML may nest.
const MAX_DEPTH: usize = 64;

/// A YAML value and its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) kind: NodeKind,
}

#[derive(Debug)]
pub(super) enum NodeKind {
    /// A scalar: its decoded text, each byte with its place, and whether it stands without quotes.
    Scalar {
        text: Text<'static>,
        plain: bool,
    },
    Sequence(Vec<Node>),
    Mapping {
        entries: Vec<(Node, Node)>,
        /// Entries were refused or could not be read, so what is missing may have been written.
        holes: bool,
    },
}

/// A tree, the comments around it and what was refused.
pub(super) struct Tree {
    pub(super) root: Option<Node>,
    pub(super) comments: Vec<Comment>,
    pub(super) errors: Vec<SyntaxError>,
    /// Where the text stopped being YAML: nothing is known of what stands from here on.
    pub(super) cut: Option<usize>,
}

/// Reads a YAML text.
pub(super) fn read(file: FileId, source: &str) -> Tree {
    let mut options = Options::default();
    options.set_emit_comments(true);
    options.emit_unresolved_aliases = true;
    options.max_buffered_comment_events = source.len();
    let parser = Parser::new_from_str_with_options(source, options);
    let tree = Tree { root: None, comments: Vec::new(), errors: Vec::new(), cut: None };
    let mut reader = Reader { file, source, parser, tree, documents: 0, last: 0..0, before: 0, failed: false };
    while let Some((event, span)) = reader.next() {
        match event {
            Event::StreamEnd => break,
            Event::StreamStart | Event::DocumentEnd => {}
            Event::DocumentStart(..) => reader.document(span),
            other => {
                let node = reader.node(other, span, 0);
                if reader.documents <= 1 && reader.tree.root.is_none() {
                    reader.tree.root = node;
                }
            }
        }
    }
    reader.tree
}

struct Reader<'s> {
    file: FileId,
    source: &'s str,
    parser: Parser<'s, granit_parser::StrInput<'s>>,
    tree: Tree,
    documents: usize,
    /// The last event that was no comment.
    last: Range<usize>,
    /// Where the event before it ends: anchors and tags stand between the two.
    before: usize,
    failed: bool,
}

impl<'s> Reader<'s> {
    /// The next event that is no comment; comments are kept aside.
    fn next(&mut self) -> Option<(Event<'s>, Span)> {
        while !self.failed {
            match self.parser.next_event()? {
                Ok((Event::Comment(text, _), mark)) => self.comment(&text, &mark),
                Ok((event, mark)) => {
                    let span = self.span(&mark);
                    self.before = self.last.end;
                    self.last = span.range();
                    return Some((event, span));
                }
                Err(error) => {
                    self.fail();
                    let at = self.boundary(error.marker().byte_offset().unwrap_or(self.source.len()));
                    let message = error.info();
                    self.error(SyntaxErrorKind::Yaml { message }, Span::new(self.file, at..at));
                }
            }
        }
        None
    }

    /// Stops reading. The last value may go on where it stopped, so its line is not trusted.
    fn fail(&mut self) {
        self.failed = true;
        let line = self.source[..self.last.start].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        self.tree.cut = Some(line);
    }

    fn boundary(&self, at: usize) -> usize {
        let at = at.min(self.source.len());
        (0..=at).rev().find(|&at| self.source.is_char_boundary(at)).unwrap_or(0)
    }

    fn span(&self, mark: &Mark) -> Span {
        let range = mark.byte_range().unwrap_or(0..0);
        let start = self.boundary(range.start);
        Span::new(self.file, start..self.boundary(range.end).max(start))
    }

    fn error(&mut self, kind: SyntaxErrorKind, span: Span) {
        self.tree.errors.push(SyntaxError { kind, span });
    }

    fn refuse(&mut self, message: &str, span: Span) {
        self.error(SyntaxErrorKind::Yaml { message: message.to_owned() }, span);
    }

    fn comment(&mut self, text: &str, mark: &Mark) {
        let span = self.span(mark);
        let before = &self.source[..span.start()];
        let line = before.rfind(['\n', '\r']).map_or(before, |newline| &before[newline + 1..]);
        let trailing = !line.trim().is_empty();
        self.tree.comments.push(Comment { text: text.trim().to_owned(), span, trailing });
    }

    fn document(&mut self, span: Span) {
        self.documents += 1;
        if self.documents == 2 {
            self.refuse("a file holds one YAML document; give several items under `items:`", span);
        }
    }

    fn node(&mut self, event: Event<'s>, span: Span, depth: usize) -> Option<Node> {
        self.check_properties(&event, span);
        if depth > MAX_DEPTH {
            if !self.failed {
                self.error(SyntaxErrorKind::TooDeep { limit: MAX_DEPTH }, span);
                self.fail();
            }
            return None;
        }
        match event {
            Event::Scalar(text, style, ..) => Some(self.scalar(&text, style, span)),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                let mut end = span;
                while let Some((event, at)) = self.next() {
                    end = at;
                    if matches!(event, Event::SequenceEnd) {
                        break;
                    }
                    items.extend(self.node(event, at, depth + 1));
                }
                let last = items.last().map(|node| node.span);
                Some(Node { span: self.close(span, end, last), kind: NodeKind::Sequence(items) })
            }
            Event::MappingStart(..) => Some(self.mapping(span, depth)),
            _ => None,
        }
    }

    fn check_properties(&mut self, event: &Event<'s>, span: Span) {
        let (anchor, tag) = match event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(_, anchor, tag)
            | Event::MappingStart(_, anchor, tag) => (*anchor, tag.is_some()),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                return self.refuse("aliases (`*name`) are not accepted: write the value out", span);
            }
            _ => return,
        };
        if anchor != 0 {
            self.refuse("anchors (`&name`) are not accepted", self.property('&', span));
        }
        if tag {
            self.refuse("tags (`!name`) are not accepted", self.property('!', span));
        }
    }

    /// The place of the anchor or tag of the last event, which begins with `mark`; `node` where it is not found.
    fn property(&self, mark: char, node: Span) -> Span {
        let mut start = self.before;
        for line in self.source.get(self.before..self.last.end).unwrap_or("").split_inclusive(['\n', '\r']) {
            let code = line.find('#').map_or(line, |comment| &line[..comment]);
            if let Some(at) = code.find(mark) {
                let length =
                    code[at..].find([' ', '\t', '\n', '\r', ',', '[', ']', '{', '}']).unwrap_or(code.len() - at);
                return Span::new(self.file, start + at..start + at + length);
            }
            start += line.len();
        }
        node
    }

    /// The span of a collection: to its closing bracket in flow style, to its last node in block style.
    fn close(&self, start: Span, end: Span, last: Option<Span>) -> Span {
        let flow = matches!(self.source[start.start()..].chars().next(), Some('{' | '['));
        match last {
            Some(last) if !flow => start.to(last),
            _ if flow => start.to(end),
            _ => start,
        }
    }

    fn mapping(&mut self, span: Span, depth: usize) -> Node {
        let mut entries = Vec::new();
        let mut holes = false;
        let mut seen: IndexMap<String, Span> = IndexMap::new();
        let mut end = span;
        while let Some((event, at)) = self.next() {
            end = at;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key = self.node(event, at, depth + 1);
            let Some((event, at)) = self.next() else { break };
            let said = self.tree.errors.len();
            let value = self.node(event, at, depth + 1);
            if key.as_ref().is_some_and(|key| key.text() == Some("<<")) {
                // What is merged is refused with the key.
                self.tree.errors.truncate(said);
            }
            let value = match (&key, value) {
                (Some(key), Some(value)) if value.is_unwritten() => Some(self.unwritten(key)),
                (_, value) => value,
            };
            let again = key.as_ref().and_then(Node::text).is_some_and(|text| seen.contains_key(text));
            let accepted = key.filter(|key| self.accept_key(key, &mut seen)).zip(value);
            holes |= accepted.is_none() && !again;
            entries.extend(accepted);
        }
        holes |= self.failed;
        let first = entries.first().map(|(key, _): &(Node, Node)| key.span);
        let start = first.map_or(span, |first| if first.start() < span.start() { first } else { span });
        let last = entries.last().map(|(key, value)| key.span.to(value.span));
        Node { span: self.close(start, end, last), kind: NodeKind::Mapping { entries, holes } }
    }

    /// The value of a key behind which nothing is written.
    fn unwritten(&self, key: &Node) -> Node {
        let line = self.source[key.span.end()..].split(['\n', '\r']).next().unwrap_or("");
        let end = key.span.end() + line.find(':').map_or(0, |colon| colon + 1);
        let span = Span::new(self.file, end..end);
        Node { span, kind: NodeKind::Scalar { text: Text::unmapped(String::new(), span), plain: true } }
    }

    fn accept_key(&mut self, key: &Node, seen: &mut IndexMap<String, Span>) -> bool {
        let Some(text) = key.text() else {
            self.refuse("a key is a name, not a list or a mapping", key.span);
            return false;
        };
        if text == "<<" {
            self.refuse("merge keys (`<<`) are not accepted: write the entries out", key.span);
            return false;
        }
        if let Some(&first) = seen.get(text) {
            self.error(SyntaxErrorKind::DuplicateKey { key: text.to_owned(), first }, key.span);
            return false;
        }
        seen.insert(text.to_owned(), key.span);
        true
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> Node {
        let plain = style == ScalarStyle::Plain;
        let unwritten = plain && text == "~" && self.source.get(span.range()) != Some("~");
        let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        if unwritten || !quoted && text.trim().is_empty() {
            // The parser places what is not there at what follows; people look behind the key.
            let end = self.source[..span.start()].trim_end().len();
            let span = Span::new(self.file, end..end);
            let text = if unwritten { "" } else { text };
            return Node { span, kind: NodeKind::Scalar { text: Text::unmapped(text.to_owned(), span), plain } };
        }
        let map = align(self.source, span.range(), text, style);
        let (span, text) = match map {
            Some(map) => {
                let trimmed = text.trim_end().len();
                let inner = Text::mapped(text.to_owned(), map, span);
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                (if block { inner.span(0..trimmed) } else { span }, inner)
            }
            None => (span, Text::unmapped(text.to_owned(), span)),
        };
        Node { span, kind: NodeKind::Scalar { text, plain } }
    }
}

impl Node {
    /// The decoded text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => Some(&text.text),
            _ => None,
        }
    }

    /// The entries of a mapping; none for anything else.
    pub(super) fn entries(&self) -> &[(Node, Node)] {
        match &self.kind {
            NodeKind::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// True for a value of which nothing is written.
    pub(super) fn is_unwritten(&self) -> bool {
        matches!(&self.kind, NodeKind::Scalar { text, plain: true } if text.text.is_empty())
    }

    /// True for a mapping that may lack what was written.
    pub(super) fn holes(&self) -> bool {
        matches!(self.kind, NodeKind::Mapping { holes: true, .. })
    }

    /// The items of a sequence; none for anything else.
    pub(super) fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The node of a key.
    pub(super) fn key(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| name.text() == Some(key)).map(|(name, _)| name)
    }

    /// The value as JSON, by YAML's core rules for plain scalars.
    pub(super) fn value(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            NodeKind::Sequence(items) => Value::Array(items.iter().map(Node::value).collect()),
            NodeKind::Mapping { entries, .. } => {
                let entry = |(key, value): &(Node, Node)| (key.text().unwrap_or("").to_owned(), value.value());
                Value::Object(entries.iter().map(entry).collect())
            }
            NodeKind::Scalar { text, plain: false } => Value::String(text.text.to_string()),
            NodeKind::Scalar { text, plain: true } => match &*text.text {
                "" | "~" | "null" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                number => plain_value(number),
            },
        }
    }
}

fn plain_value(text: &str) -> serde_json::Value {
    let numeric = text.starts_with(|char: char| char.is_ascii_digit() || matches!(char, '-' | '+' | '.'));
    let int = text.parse::<i64>().map(serde_json::Value::from).ok();
    let real = || text.parse::<f64>().ok().filter(|real| real.is_finite()).map(serde_json::Value::from);
    match if numeric { int.or_else(real) } else { None } {
        Some(number) => number,
        None => serde_json::Value::String(text.to_owned()),
    }
}
