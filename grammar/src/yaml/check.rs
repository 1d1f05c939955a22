//! The published schema held against a node tree: every violation becomes a fault at its node, in plain words.
//!
//! One mistake gives one fault: what lacks a key because the key is misspelt, or because it could not be read, is not
//! said to lack it, and a scalar that is refused here is passed over by whoever builds the tree.

use std::collections::HashSet;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::schema::Head;
use crate::span::Span;

use super::node::{Node, NodeKind};

/// The most violations that are told of one item.
const MOST: usize = 100;
/// The most unknown keys that are told of one mapping.
const MOST_KEYS: usize = 20;

/// The scalars of which enough has been said.
#[derive(Default)]
pub(super) struct Refused {
    places: HashSet<(usize, usize)>,
    /// There was more to say than [`MOST`]; values that are not written are no news then.
    unwritten: bool,
}

impl Refused {
    /// True for a node of which enough has been said.
    pub(super) fn holds(&self, node: &Node) -> bool {
        let place = (node.span.start(), node.span.end());
        self.places.contains(&place) || self.unwritten && node.is_unwritten()
    }

    fn add(&mut self, node: &Node) {
        if matches!(node.kind, NodeKind::Scalar { .. }) {
            self.places.insert((node.span.start(), node.span.end()));
        }
    }
}

/// Holds an item's schema against its node.
pub(super) fn schema(head: Head, node: &Node, errors: &mut Vec<SyntaxError>, refused: &mut Refused) {
    let value = node.value();
    let mut check =
        Check { root: node, schema: head.schema(), errors, refused, unknown: Vec::new(), missing: Vec::new() };
    for (index, error) in head.validator().iter_errors(&value).take(MOST).enumerate() {
        check.violation(&error);
        check.refused.unwritten |= index + 1 == MOST;
    }
    check.tell_missing();
}

/// A mapping that names no kind of item.
pub(super) fn headless(node: &Node, errors: &mut Vec<SyntaxError>) {
    let allowed = Head::ALL.iter().map(|head| head.word().to_owned()).chain(["items".to_owned()]).collect();
    let first = node.entries().first();
    let name = first.and_then(|(key, _)| key.text()).map(str::to_owned);
    let span = first.map_or(node.span, |(key, _)| key.span);
    let message = "a document begins with `standard:`, `architecture:`, `op:`, `library:` or `items:`".to_owned();
    errors.push(SyntaxError { kind: SyntaxErrorKind::Schema { message, allowed, name }, span });
}

/// A document of several items holds nothing else.
pub(super) fn several(root: &Node, list: &Node, errors: &mut Vec<SyntaxError>) {
    let known = |key: &Node| matches!(key.text(), Some("items" | "use"));
    for (key, _) in root.entries().iter().filter(|(key, _)| !known(key)).take(MOST_KEYS) {
        unknown_key(key, vec!["items".to_owned(), "use".to_owned()], errors);
    }
    if !matches!(list.kind, NodeKind::Sequence(_)) {
        plain("`items` is a list of standards, architectures, ops and measures", list.span, errors);
    }
}

/// An item of a list uses nothing of its own.
pub(super) fn inner(item: &Node, errors: &mut Vec<SyntaxError>) {
    if let Some(key) = item.key("use") {
        plain("`use` stands at the top of the document, beside `items`", key.span, errors);
    }
}

/// The documents used are a list of texts.
pub(super) fn texts(list: &Node, errors: &mut Vec<SyntaxError>) {
    if !matches!(list.kind, NodeKind::Sequence(_)) {
        plain("`use` is a list of documents, for example `- blocks/gated.lms 1.*`", list.span, errors);
    }
    for item in list.items().iter().filter(|item| item.text().is_none()) {
        plain("this must be a document, for example `blocks/gated.lms 1.*`", item.span, errors);
    }
}

fn plain(message: &str, span: Span, errors: &mut Vec<SyntaxError>) {
    let kind = SyntaxErrorKind::Schema { message: message.to_owned(), allowed: Vec::new(), name: None };
    errors.push(SyntaxError { kind, span });
}

fn unknown_key(key: &Node, allowed: Vec<String>, errors: &mut Vec<SyntaxError>) {
    let name = key.text().unwrap_or("").to_owned();
    let message = format!("`{name}` is not known here");
    errors.push(SyntaxError { kind: SyntaxErrorKind::Schema { message, allowed, name: Some(name) }, span: key.span });
}

struct Check<'n, 'e> {
    root: &'n Node,
    schema: &'static Value,
    errors: &'e mut Vec<SyntaxError>,
    refused: &'e mut Refused,
    /// Mappings with keys that they should not have.
    unknown: Vec<(&'n Node, String)>,
    /// Mappings and keys that they lack.
    missing: Vec<(&'n Node, String, Span)>,
}

impl<'n> Check<'n, '_> {
    fn violation(&mut self, error: &ValidationError<'_>) {
        let path = error.instance_path().as_str();
        let Some(place) = walk(self.root, path) else { return };
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let allowed = allowed_names(self.schema, &error.schema_path().to_string());
                for name in unexpected.iter().take(MOST_KEYS) {
                    if let Some(key) = place.node.key(name) {
                        unknown_key(key, allowed.clone(), self.errors);
                        self.unknown.push((place.node, name.clone()));
                    }
                }
            }
            ValidationErrorKind::Required { property } => {
                let property = property.as_str().unwrap_or("").to_owned();
                self.missing.push((place.node, property, place.label()));
            }
            ValidationErrorKind::AnyOf { context } => {
                let wrong_kind = |branch: &&Vec<ValidationError<'static>>| {
                    branch.iter().any(|error| {
                        matches!(error.kind(), ValidationErrorKind::Type { .. })
                            && error.instance_path().as_str() == path
                    })
                };
                match context.iter().find(|branch| !wrong_kind(branch)) {
                    Some(branch) => branch.iter().for_each(|error| self.violation(error)),
                    None => self.wrong_kind(&place, path, "an expression"),
                }
            }
            ValidationErrorKind::Type { kind } => {
                let wanted = format!("{kind:?}").to_lowercase();
                self.wrong_kind(&place, path, kind_words(&wanted));
            }
            ValidationErrorKind::Enum { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
                let allowed = ["must", "should", "may"].map(str::to_owned).to_vec();
                let name = place.node.text().map(str::to_owned);
                let message = "a level is `must`, `should` or `may`".to_owned();
                let kind = SyntaxErrorKind::Schema { message, allowed, name };
                self.errors.push(SyntaxError { kind, span: place.span() });
                self.refused.add(place.node);
            }
            _ => plain(&error.to_string(), place.node.span, self.errors),
        }
    }

    fn wrong_kind(&mut self, place: &Place<'n>, path: &str, wanted: &str) {
        plain(&wrong_kind_message(place.node, path, wanted), place.span(), self.errors);
        self.refused.add(place.node);
    }

    /// Says what is missing, where nothing told so far explains it.
    fn tell_missing(self) {
        for (node, property, span) in &self.missing {
            let misspelt = |(mapping, name): &(&Node, String)| std::ptr::eq(*mapping, *node) && near(name, property);
            if node.holes() || self.unknown.iter().any(misspelt) {
                continue;
            }
            let (what, example) = missing(property);
            let kind = SyntaxErrorKind::Missing { what: what.to_owned(), example };
            self.errors.push(SyntaxError { kind, span: *span });
        }
    }
}

/// True when a name could be a slip of the wanted one.
fn near(name: &str, wanted: &str) -> bool {
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let wanted: Vec<char> = wanted.chars().collect();
    let front = name.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
    let shortest = name.len().min(wanted.len());
    let back = name.iter().rev().zip(wanted.iter().rev()).take_while(|(a, b)| a == b).count();
    let same = front + back.min(shortest - front);
    let longest = name.len().max(wanted.len());
    front == wanted.len() || 2 * same >= wanted.len() && same + 2 >= longest
}

/// A node and the key it stands under.
struct Place<'n> {
    key: Option<&'n Node>,
    node: &'n Node,
}

impl Place<'_> {
    /// The value, or its key where the value is not written.
    fn span(&self) -> Span {
        if self.node.value().is_null() { self.label() } else { self.node.span }
    }

    /// Where to say that something is missing: the key, or the item's first line.
    fn label(&self) -> Span {
        match (self.key, self.node.entries().first()) {
            (Some(key), _) => key.span,
            (None, Some((key, value))) => key.span.to(value.span),
            (None, None) => self.node.span,
        }
    }
}

/// The node a JSON pointer leads to.
fn walk<'n>(root: &'n Node, pointer: &str) -> Option<Place<'n>> {
    let mut place = Place { key: None, node: root };
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        place = match &place.node.kind {
            NodeKind::Mapping { entries, .. } => {
                let (key, node) = entries.iter().find(|(key, _)| key.text() == Some(&step))?;
                Place { key: Some(key), node }
            }
            NodeKind::Sequence(items) => Place { key: None, node: items.get(step.parse::<usize>().ok()?)? },
            NodeKind::Scalar { .. } => return None,
        };
    }
    Some(place)
}

/// The property names beside the keyword a schema path ends in; `$ref`s on the way are followed.
fn allowed_names(schema: &Value, path: &str) -> Vec<String> {
    let mut at = schema;
    for step in path.split('/').skip(1) {
        if step == "additionalProperties" && at.get("properties").is_some() {
            break;
        }
        let step = step.replace("~1", "/").replace("~0", "~");
        let next = match at {
            Value::Array(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => at.get(&step),
        };
        at = match next {
            Some(Value::String(reference)) if step == "$ref" => {
                schema.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null)
            }
            Some(next) => next,
            None => return Vec::new(),
        };
    }
    let properties = at.get("properties").and_then(Value::as_object);
    properties.map(|names| names.keys().cloned().collect()).unwrap_or_default()
}

/// What a missing key is called and how to write it.
fn missing(property: &str) -> (&str, String) {
    match property {
        "version" => ("version", "version: 1.0.0".to_owned()),
        "require" => ("requirement", "require: finite(model)".to_owned()),
        "level" => ("level", "level: must".to_owned()),
        "is" => ("is", "is: …".to_owned()),
        "gives" => ("gives", "gives: float[batch, seq]".to_owned()),
        other => (other, format!("{other}: …")),
    }
}

fn kind_words(wanted: &str) -> &'static str {
    for (word, words) in [("object", "a mapping"), ("array", "a list"), ("string", "text")] {
        if wanted.contains(word) {
            return words;
        }
    }
    "an expression"
}

fn wrong_kind_message(node: &Node, path: &str, wanted: &str) -> String {
    let found = match &node.kind {
        NodeKind::Mapping { .. } => "a mapping",
        NodeKind::Sequence(_) => "a list",
        NodeKind::Scalar { .. } => match node.value() {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            _ => "text",
        },
    };
    let steps: Vec<&str> = path.split('/').skip(1).collect();
    let wanted = match steps[..] {
        [word] if Head::ALL.iter().any(|head| head.word() == word) => "a name",
        ["models", _, "is"] => "the name of an architecture",
        ["version"] => "a version of three numbers such as `1.0.0`",
        _ => wanted,
    };
    let help = match (wanted, found) {
        ("text", "a number" | "a boolean") => "; put it in quotes",
        ("an expression", "a list") if matches!(steps[..], ["clauses", _, "require"]) => "; join its parts with `and`",
        ("an expression", "a mapping" | "a list") => "; put the expression in quotes",
        _ => "",
    };
    format!("{wanted} is expected here, this is {found}{help}")
}
