//! One JSON-LD object with its place: members by what their names mean, values in the forms that JSON-LD allows.

use super::Faults;
use super::context::Names;
use crate::intake::error::printable;
use indexmap::IndexMap;
use serde_json::Value;

/// An object of the description.
#[derive(Debug)]
pub(super) struct Node<'v> {
    /// Its place; empty for the whole file.
    pub(super) at: String,
    /// By what the name means: as it is written, and the value. No value is null.
    members: IndexMap<String, (&'v str, &'v Value)>,
}

impl<'v> Node<'v> {
    /// The object at a place; a fault where it is none, or where two of its names mean one thing.
    pub(super) fn new(value: &'v Value, at: String, names: &Names, faults: &mut Faults) -> Option<Self> {
        let Some(object) = value.as_object() else {
            let message = format!("{} stands where an object is wanted.", capital(form(value)));
            faults.add(&at, message, "Write an object with its `@type` and `@id`.");
            return None;
        };
        let mut members = IndexMap::new();
        for (written, value) in object {
            if value.is_null() {
                continue;
            }
            if written == "@context" && !at.is_empty() {
                let message = "A @context inside the description changes what names mean, and is not read.";
                faults.add(&place(&at, written), message, "Put all of it into the @context of the whole.");
            }
            let name = names.property(written);
            if let Some((first, _)) = members.insert(name, (written.as_str(), value)) {
                let message = format!("`{}` and `{}` are one property.", printable(first), printable(written));
                faults.add(&place(&at, written), message, "Keep one of them.");
            }
        }
        Some(Self { at, members })
    }

    /// The members' names by meaning, in the order of the file.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&'v Value> {
        self.members.get(name).map(|&(_, value)| value)
    }

    /// The place of a member, as its name is written.
    pub(super) fn place(&self, name: &str) -> String {
        place(&self.at, self.members.get(name).map_or(name, |&(written, _)| written))
    }

    /// The values of a member with their places: those of its list, or itself. Nulls are none.
    pub(super) fn items(&self, name: &str) -> Vec<(String, &'v Value)> {
        let at = self.place(name);
        match self.get(name) {
            None => Vec::new(),
            Some(Value::Array(items)) => {
                let items = items.iter().enumerate().filter(|(_, item)| !item.is_null());
                items.map(|(index, item)| (format!("{at}[{index}]"), item)).collect()
            }
            Some(value) => vec![(at, value)],
        }
    }
}

fn place(at: &str, name: &str) -> String {
    let name = printable(name);
    if at.is_empty() { name } else { format!("{at}.{name}") }
}

/// A text, number or truth value as text, also as `{"@value": …}`.
pub(super) fn scalar(value: &Value) -> Option<String> {
    let value = value.get("@value").unwrap_or(value);
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An id as text or as `{"@id": …}`.
pub(super) fn reference(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("@id")?.as_str()).filter(|id| !id.is_empty())
}

/// What form a value has, with its article.
pub(super) fn form(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The text with a capital at its start.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Whether a value says nothing: null, an empty text, list or object.
pub(super) fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
