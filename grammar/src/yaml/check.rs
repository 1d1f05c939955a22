//! The published schema held against a node tree: every violation becomes a fault at its node, in plain words.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::schema::Head;
use crate::span::Span;

use super::node::{Node, NodeKind};

/// Holds an item's schema against its node.
pub(super) fn schema(head: Head, node: &Node, errors: &mut Vec<SyntaxError>) {
    let value = node.value();
    let schema = head.schema();
    for error in head.validator().iter_errors(&value) {
        violation(&error, node, schema.as_value(), errors);
    }
}

/// A mapping that names no kind of item.
pub(super) fn headless(node: &Node, errors: &mut Vec<SyntaxError>) {
    let allowed = Head::ALL.iter().map(|head| head.word().to_owned()).chain(["items".to_owned()]).collect();
    let first = node.entries().first();
    let name = first.and_then(|(key, _)| key.text()).map(str::to_owned);
    let span = first.map_or(node.span, |(key, _)| key.span);
    let message = "a document begins with `standard:`, `architecture:`, `op:`, `measure:` or `items:`".to_owned();
    errors.push(SyntaxError { kind: SyntaxErrorKind::Schema { message, allowed, name }, span });
}

/// A document of several items holds nothing else.
pub(super) fn several(root: &Node, list: &Node, errors: &mut Vec<SyntaxError>) {
    for (key, _) in root.entries() {
        if key.text() != Some("items") {
            unknown_key(key, vec!["items".to_owned()], errors);
        }
    }
    if !matches!(list.kind, NodeKind::Sequence(_)) {
        plain("`items` is a list of standards, architectures, ops and measures", list.span, errors);
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

fn violation(error: &ValidationError<'_>, root: &Node, schema: &Value, errors: &mut Vec<SyntaxError>) {
    let path = error.instance_path().as_str();
    let Some(place) = walk(root, path) else { return };
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let allowed = allowed_names(schema, &error.schema_path().to_string());
            for name in unexpected {
                if let Some(key) = place.node.key(name) {
                    unknown_key(key, allowed.clone(), errors);
                }
            }
        }
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or("");
            let (what, example) = missing(property);
            let kind = SyntaxErrorKind::Missing { what: what.to_owned(), example };
            errors.push(SyntaxError { kind, span: place.label() });
        }
        ValidationErrorKind::AnyOf { context } => {
            let wrong_kind = |branch: &&Vec<ValidationError<'static>>| {
                branch.iter().any(|error| {
                    matches!(error.kind(), ValidationErrorKind::Type { .. }) && error.instance_path().as_str() == path
                })
            };
            match context.iter().find(|branch| !wrong_kind(branch)) {
                Some(branch) => branch.iter().for_each(|error| violation(error, root, schema, errors)),
                None => plain(&wrong_kind_message(place.node, "an expression"), place.node.span, errors),
            }
        }
        ValidationErrorKind::Type { kind } => {
            let wanted = format!("{kind:?}").to_lowercase();
            plain(&wrong_kind_message(place.node, kind_words(&wanted)), place.node.span, errors);
        }
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            let allowed = ["must", "should", "may"].map(str::to_owned).to_vec();
            let name = place.node.text().map(str::to_owned);
            let message = "a level is `must`, `should` or `may`".to_owned();
            let kind = SyntaxErrorKind::Schema { message, allowed, name };
            errors.push(SyntaxError { kind, span: place.node.span });
        }
        _ => plain(&error.to_string(), place.node.span, errors),
    }
}

/// A node and the key it stands under.
struct Place<'n> {
    key: Option<&'n Node>,
    node: &'n Node,
}

impl Place<'_> {
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
            NodeKind::Mapping(entries) => {
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

fn wrong_kind_message(node: &Node, wanted: &str) -> String {
    let found = match &node.kind {
        NodeKind::Mapping(_) => "a mapping",
        NodeKind::Sequence(_) => "a list",
        NodeKind::Scalar { .. } => match node.value() {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            _ => "text",
        },
    };
    let help = match (wanted, found) {
        ("text", "a number" | "a boolean") => "; put it in quotes",
        ("an expression", "a mapping" | "a list") => "; put the expression in quotes",
        _ => "",
    };
    format!("{wanted} is expected here, this is {found}{help}")
}
