//! Reads a Croissant file: all its faults in one run, each with its place. Strict where two readers could read two
//! things.
//!
//! Names are read for what they mean ([`context`]): `license`, `sc:license` and `https://schema.org/license` are one. A
//! value may stand alone or in a list, an id as text or as `{"@id": …}`. Nothing is recursive but JSON itself, which is
//! bounded at 128 levels and 16 MiB; faults are told one by one up to 200.

mod context;
mod files;
mod node;
mod records;

use super::{Creator, Croissant, Edition, Fault};
use crate::intake::error::{IntakeError, printable};
use crate::intake::json;
use context::Names;
use indexmap::IndexMap;
use node::{Node, form, scalar};
use serde_json::Value;
use std::collections::HashMap;

/// Largest description.
const MOST_BYTES: usize = 16 << 20;
/// Faults that are told one by one.
const MOST_FAULTS: usize = 200;
/// The place of what belongs to the whole file.
const WHOLE: &str = "$";

/// Reads a description; `name` is how messages about the whole file call it.
///
/// # Errors
/// Every fault that was found, in the order of the file: JSON that is malformed, too large, too deep or has a name
/// twice; a wrong `@context` or `@type`; an unknown `conformsTo`; a missing name, licence or distribution; an id that
/// is missing, stands twice or is unknown; a malformed digest, size or date; a path that leaves the folder; a field
/// without source or known type; and what this version cannot do with the data.
pub fn read(bytes: &[u8], name: &str) -> Result<Croissant, Vec<Fault>> {
    let value = json::parse(bytes, name, MOST_BYTES).map_err(|error| vec![unreadable(&error)])?;
    let mut reader = Reader::default();
    let croissant = reader.dataset(&value, name);
    let faults = reader.faults.told();
    if faults.is_empty() { Ok(croissant) } else { Err(faults) }
}

fn unreadable(error: &IntakeError) -> Fault {
    let why = match (error.expected.as_str(), error.found.as_str()) {
        ("", "") => String::new(),
        (expected, found) => format!(" (expected {expected}, found {found})"),
    };
    let mend = match error.mend.as_str() {
        "" => "Describe the dataset in at most 16 MiB of JSON.".to_owned(),
        mend => format!("To mend it, {mend}."),
    };
    Fault { pointer: WHOLE.to_owned(), message: format!("In {}: {}{why}.", error.at, error.message), mend }
}

/// What is wrong, up to a number.
#[derive(Debug, Default)]
struct Faults {
    list: Vec<Fault>,
    more: usize,
}

impl Faults {
    /// `pointer` is empty for the whole file.
    fn add(&mut self, pointer: &str, message: impl Into<String>, mend: impl Into<String>) {
        if self.list.len() >= MOST_FAULTS {
            self.more += 1;
            return;
        }
        let pointer = if pointer.is_empty() { WHOLE } else { pointer };
        self.list.push(Fault { pointer: pointer.to_owned(), message: message.into(), mend: mend.into() });
    }

    fn told(mut self) -> Vec<Fault> {
        if self.more > 0 {
            let message = format!("{} more faults are not listed.", self.more);
            self.list.push(Fault { pointer: WHOLE.to_owned(), message, mend: "Mend those above first.".to_owned() });
        }
        self.list
    }
}

/// What a source may point at.
#[derive(Clone, Copy, Debug)]
struct Origin {
    /// A set of files, not a file.
    is_set: bool,
    /// Columns can be read from it.
    is_table: bool,
    /// It lies inside another.
    is_contained: bool,
}

/// What is known while reading.
#[derive(Debug, Default)]
struct Reader {
    names: Names,
    faults: Faults,
    edition: Edition,
    /// Each `@id` and where it stands.
    ids: HashMap<String, String>,
    /// Files and sets of files by id.
    origins: HashMap<String, Origin>,
    /// Places that name a container, and the id they name.
    containers: Vec<(String, String)>,
}

impl Reader {
    fn dataset(&mut self, value: &Value, name: &str) -> Croissant {
        let Some(object) = value.as_object() else {
            let message = format!("{} holds {}, not an object.", printable(name), form(value));
            self.faults.add("", message, "Give the JSON-LD object of one dataset.");
            return Croissant::default();
        };
        self.names = Names::read(object.get("@context"), &mut self.faults);
        let Some(root) = self.node(value, String::new()) else { return Croissant::default() };
        self.typed(&root, "sc", "Dataset");
        if root.has("@graph") {
            let message = "The description is a graph of several nodes, which is not read.";
            self.faults.add("@graph", message, "Write the dataset as one object that holds its parts.");
        }
        self.edition = self.edition_of(&root);
        let mut croissant = self.about(&root);
        let resources = root.items("distribution");
        if resources.is_empty() {
            let message = "The distribution is missing: no file of the dataset is named.";
            self.faults.add("distribution", message, "List each data file as a `cr:FileObject`.");
        }
        for (at, value) in resources {
            self.resource(value, at, &mut croissant);
        }
        for (at, id) in std::mem::take(&mut self.containers) {
            if !self.origins.contains_key(&id) {
                let message = format!("No file or set of files has the id `{}`.", printable(&id));
                self.faults.add(&at, message, "Name an `@id` of the distribution.");
            }
        }
        for (at, value) in root.items("recordSet") {
            croissant.sets.extend(self.record_set(value, at));
        }
        croissant
    }

    /// What is said of the dataset as a whole.
    fn about(&mut self, root: &Node<'_>) -> Croissant {
        let name = self.text(root, "name").unwrap_or_else(|| {
            self.faults.add(&root.place("name"), "The dataset has no name.", "Write `name`, a short text.");
            String::new()
        });
        let licences = self.labels(root, "license", &["url", "@id", "name"]);
        if root.items("license").is_empty() {
            let mend = match root.has("licence") {
                true => "The property is spelt `license`; write it so.",
                false => "Write `license`, best the address or SPDX identifier of a known licence.",
            };
            self.faults.add("license", "The dataset has no licence.", mend);
        }
        Croissant {
            edition: self.edition,
            name,
            description: self.text(root, "description"),
            version: self.text(root, "version"),
            licences,
            url: self.label(root, "url", &["@id", "url"]),
            cite_as: self.text(root, "citeAs"),
            creators: self.creators(root),
            published: self.date(root, "datePublished"),
            languages: self.labels(root, "inLanguage", &["alternateName", "name", "url", "@id"]),
            keywords: self.labels(root, "keywords", &["name", "url", "@id"]),
            facts: self.facts(root),
            ..Croissant::default()
        }
    }

    /// The first known address of `conformsTo`; the others are of other vocabularies.
    fn edition_of(&mut self, root: &Node<'_>) -> Edition {
        let told = self.labels(root, "conformsTo", &["@id", "url"]);
        let known = [Edition::V1_0, Edition::V1_1];
        let found = told.iter().find_map(|told| known.into_iter().find(|edition| edition.address() == told));
        found.unwrap_or_else(|| {
            let message = match told.first() {
                None => "The description does not say which version of Croissant it follows.".to_owned(),
                Some(first) => format!("`{}` is no version of Croissant that is read.", printable(first)),
            };
            let mend = "Write `\"conformsTo\": \"http://mlcommons.org/croissant/1.1\"`, or `…/1.0`.";
            self.faults.add(&root.place("conformsTo"), message, mend);
            Edition::default()
        })
    }

    fn creators(&mut self, root: &Node<'_>) -> Vec<Creator> {
        let mut creators = Vec::new();
        for (at, value) in root.items("creator") {
            let is_organisation = value.get("@type").is_some_and(|ty| self.names.is(ty, "sc", "Organization"));
            if let Some(name) = self.one_label(value, &at, &["name", "url", "@id"]) {
                creators.push(Creator { name, is_organisation });
            }
        }
        creators
    }

    /// What the responsible-AI vocabulary says, one text a name.
    fn facts(&mut self, root: &Node<'_>) -> IndexMap<String, String> {
        let mut facts = IndexMap::new();
        let names: Vec<&str> = root.names().filter_map(|name| name.strip_prefix("rai:")).collect();
        for name in names {
            let texts = self.labels(root, &format!("rai:{name}"), &["name", "description", "url", "@id"]);
            if texts.is_empty() {
                continue;
            }
            let between = if name == "dataCollectionTimeframe" && texts.len() == 2 { "/" } else { "; " };
            facts.insert(name.to_owned(), texts.join(between));
        }
        facts
    }

    /// A date of ISO 8601: a year, a month or a day, and behind a day a time.
    fn date(&mut self, node: &Node<'_>, name: &str) -> Option<String> {
        let text = self.text(node, name)?;
        let (day, time) = match text.split_once(['T', ' ']) {
            Some((day, time)) => (day, Some(time)),
            None => (text.as_str(), None),
        };
        let parts: Vec<&str> = day.split('-').collect();
        let number = |index: usize, digits: usize, most: u32| match parts.get(index) {
            None => true,
            Some(part) => {
                part.len() == digits
                    && part.bytes().all(|byte| byte.is_ascii_digit())
                    && part.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number))
            }
        };
        let is_day = parts.len() <= 3 && number(0, 4, 9_999) && number(1, 2, 12) && number(2, 2, 31);
        let is_time = time.is_none_or(|time| {
            parts.len() == 3 && !time.is_empty() && time.bytes().all(|byte| b"0123456789:.+-Z".contains(&byte))
        });
        if is_day && is_time {
            return Some(text);
        }
        let message = format!("`{}` is no date.", printable(&text));
        self.faults.add(&node.place(name), message, "Write it as ISO 8601 does, such as `2026-01-31`.");
        None
    }

    // ------------------------------------------------------------ what all parts have

    fn node<'v>(&mut self, value: &'v Value, at: String) -> Option<Node<'v>> {
        Node::new(value, at, &self.names, &mut self.faults)
    }

    /// Whether the node is of the class; a fault where it is not.
    fn typed(&mut self, node: &Node<'_>, prefix: &str, class: &str) -> bool {
        let found = node.get("@type");
        if found.is_some_and(|found| self.names.is(found, prefix, class)) {
            return true;
        }
        let message = match found.map(|found| (found.as_str(), found)) {
            None => "The @type is missing.".to_owned(),
            Some((Some(word), _)) => format!("The @type is `{}`.", printable(word)),
            Some((None, other)) => format!("The @type is {} without the wanted class.", form(other)),
        };
        self.faults.add(&node.place("@type"), message, format!("Write `\"@type\": \"{prefix}:{class}\"`."));
        false
    }

    /// The `@id`, which must be there, without blanks, and once only. Empty where it is missing.
    fn id(&mut self, node: &Node<'_>) -> String {
        let at = node.place("@id");
        let Some(id) = node.get("@id").and_then(Value::as_str).filter(|id| !id.is_empty()) else {
            self.faults.add(&at, "The @id is missing.", "Give each file, record set and field an `@id` of its own.");
            return String::new();
        };
        if id.contains(char::is_whitespace) {
            let message = format!("The id `{}` has blanks in it.", printable(id));
            self.faults.add(&at, message, "Write ids without blanks.");
        }
        match self.ids.get(id) {
            Some(first) => {
                let message = format!("The id `{}` stands twice, first at `{first}`.", printable(id));
                self.faults.add(&at, message, "Give each part an id of its own.");
            }
            None => {
                self.ids.insert(id.to_owned(), node.at.clone());
            }
        }
        id.to_owned()
    }

    /// One text, or a number or truth value as text; none where there is none or it is empty.
    fn text(&mut self, node: &Node<'_>, name: &str) -> Option<String> {
        let mut items = node.items(name).into_iter();
        let (at, value) = items.next()?;
        if items.next().is_some() {
            let message = format!("`{name}` has several values.");
            self.faults.add(&node.place(name), message, "Give one.");
            return None;
        }
        let by_language = self.edition == Edition::V1_1 && matches!(name, "name" | "description");
        let told = scalar(value).or_else(|| if by_language { self.names.in_language(value) } else { None });
        match told {
            Some(text) if text.trim().is_empty() => None,
            Some(text) => Some(text),
            None => {
                let message = format!("`{name}` is {}, not a text.", form(value));
                self.faults.add(&at, message, "Write a text.");
                None
            }
        }
    }

    /// One text, or an object that is told by the first of `keys` that it has.
    fn label(&mut self, node: &Node<'_>, name: &str, keys: &[&str]) -> Option<String> {
        let mut labels = self.labels(node, name, keys);
        if labels.len() > 1 {
            let message = format!("`{name}` has several values.");
            self.faults.add(&node.place(name), message, "Give one.");
        }
        labels.truncate(1);
        labels.pop()
    }

    /// Each text of a list, or object that is told by the first of `keys` that it has.
    fn labels(&mut self, node: &Node<'_>, name: &str, keys: &[&str]) -> Vec<String> {
        let mut labels = Vec::new();
        for (at, value) in node.items(name) {
            labels.extend(self.one_label(value, &at, keys));
        }
        labels
    }

    fn one_label(&mut self, value: &Value, at: &str, keys: &[&str]) -> Option<String> {
        let told = scalar(value).or_else(|| {
            let object = value.as_object()?;
            let of = |key: &&str| object.iter().find(|(name, _)| self.names.property(name) == **key);
            keys.iter().filter_map(of).find_map(|(_, value)| scalar(value))
        });
        match told {
            Some(text) if !text.trim().is_empty() => Some(text),
            Some(_) => {
                self.faults.add(at, "The text is empty.", "Write what is meant, or leave it out.");
                None
            }
            None => {
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                let message = format!("{} stands where a text is wanted.", node::capital(form(value)));
                self.faults.add(at, message, format!("Write a text, or an object with {}.", keys.join(" or ")));
                None
            }
        }
    }
}
