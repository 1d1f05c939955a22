//! The `@context`: what each name of the description means.
//!
//! A property is told by its local name for schema.org, Croissant and Dublin Core, whose names do not meet, and by
//! `rai:NAME` for the responsible-AI vocabulary; a class by `sc:NAME`, `cr:NAME`. The usual prefixes hold also where
//! the context forgets them. A context that gives one of the names another meaning is a fault, and so is one that would
//! have to be fetched: nothing outside the file decides what the file says.

use super::Faults;
use super::node::{form, scalar};
use crate::intake::error::printable;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The vocabularies: prefix, and address behind `http://` or `https://`. The longest of two that begin alike comes
/// first.
const VOCABULARIES: [(&str, &str); 4] = [
    ("rai", "mlcommons.org/croissant/RAI/"),
    ("cr", "mlcommons.org/croissant/"),
    ("sc", "schema.org/"),
    ("dct", "purl.org/dc/terms/"),
];

/// The properties that are read, which no context may give another meaning.
const READ: [&str; 40] = [
    "annotation",
    "arrayShape",
    "citeAs",
    "column",
    "conformsTo",
    "containedIn",
    "contentSize",
    "contentUrl",
    "creator",
    "data",
    "dataType",
    "datePublished",
    "description",
    "distribution",
    "encodingFormat",
    "excludes",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "inLanguage",
    "includes",
    "isArray",
    "jsonPath",
    "key",
    "keywords",
    "license",
    "name",
    "parentField",
    "recordSet",
    "references",
    "repeated",
    "sha256",
    "source",
    "subField",
    "transform",
    "url",
    "version",
];

/// The responsible-AI vocabulary, version 1.0, whose names some files write without the prefix.
const FACTS: [&str; 20] = [
    "annotationsPerItem",
    "annotatorDemographics",
    "dataAnnotationAnalysis",
    "dataAnnotationPlatform",
    "dataAnnotationProtocol",
    "dataBiases",
    "dataCollection",
    "dataCollectionMissingData",
    "dataCollectionRawData",
    "dataCollectionTimeframe",
    "dataCollectionType",
    "dataImputationProtocol",
    "dataLimitations",
    "dataManipulationProtocol",
    "dataPreprocessingProtocol",
    "dataReleaseMaintenancePlan",
    "dataSocialImpact",
    "dataUseCases",
    "machineAnnotationTools",
    "personalSensitiveInformation",
];

/// What names mean.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Addresses of prefixes, beside the usual ones.
    prefixes: HashMap<String, String>,
    /// Names with a meaning of their own, such as `dataBiases`: `cr:dataBiases`.
    terms: HashMap<String, String>,
    /// The language of texts without one.
    language: String,
}

impl Names {
    /// Reads the context of the whole file.
    pub(super) fn read(context: Option<&Value>, faults: &mut Faults) -> Self {
        let mut names = Self { language: "en".to_owned(), ..Self::default() };
        let Some(Value::Object(context)) = context else {
            let message = match context {
                None | Some(Value::Null) => "The @context is missing.".to_owned(),
                Some(Value::String(_)) => "The @context is an address; it would have to be fetched.".to_owned(),
                Some(other) => format!("The @context is {}, not an object.", form(other)),
            };
            faults.add("@context", message, "Copy the context of the specification's appendix into the file.");
            return names;
        };
        names.keywords(context, faults);
        for (word, meaning) in context {
            let address = meaning.as_str().filter(|address| is_address(address));
            if VOCABULARIES.iter().any(|(usual, _)| usual == word) {
                if address.and_then(known) != Some((word.as_str(), "")) {
                    let message = format!("The @context gives the prefix `{word}` another meaning than its own.");
                    faults.add(
                        &format!("@context.{word}"),
                        message,
                        "Copy the prefixes of the specification's appendix.",
                    );
                }
            } else if let Some(address) = address
                && address.ends_with(['/', '#', '_', '=', ':'])
                && !word.starts_with('@')
            {
                names.prefixes.insert(word.clone(), address.to_owned());
            }
        }
        for (word, meaning) in context {
            let is_prefix = names.prefixes.contains_key(word) || VOCABULARIES.iter().any(|(usual, _)| usual == word);
            if !word.starts_with('@') && !is_prefix {
                names.term(word, meaning, faults);
            }
        }
        names
    }

    /// The members that begin with `@`.
    fn keywords(&mut self, context: &Map<String, Value>, faults: &mut Faults) {
        match context.get("@vocab").and_then(Value::as_str) {
            Some(vocabulary) if known(vocabulary) == Some(("sc", "")) => {}
            _ => {
                let message = "The @context does not say that plain names are those of schema.org.";
                faults.add("@context.@vocab", message, "Write `\"@vocab\": \"https://schema.org/\"`.");
            }
        }
        if context.contains_key("@import") {
            let message = "The @context takes names from elsewhere; they would have to be fetched.";
            faults.add("@context.@import", message, "Copy them into the file.");
        }
        if let Some(language) = context.get("@language").and_then(Value::as_str) {
            language.clone_into(&mut self.language);
        }
    }

    /// A name with a meaning: `"column": "cr:column"`, `"data": {"@id": "cr:data", "@type": "@json"}`.
    fn term(&mut self, word: &str, meaning: &Value, faults: &mut Faults) {
        let at = format!("@context.{}", printable(word));
        let is_read = READ.contains(&word);
        let told = match meaning {
            Value::String(told) => told.as_str(),
            Value::Object(parts) if ["@context", "@reverse", "@nest"].iter().any(|part| parts.contains_key(*part)) => {
                let message = format!("The @context lets `{}` change what other names mean.", printable(word));
                return faults.add(&at, message, "Give each name its address only.");
            }
            Value::Object(parts) => match parts.get("@id") {
                None => return,
                Some(told) => told.as_str().unwrap_or(""),
            },
            _ => "",
        };
        let address = self.expanded(told);
        let meant = known(&address);
        let is_same = match meant {
            Some((_, "")) => !is_read,
            Some((_, local)) => local == word,
            None => !is_read && !told.starts_with('@'),
        };
        if !is_same {
            let message = format!("The @context gives `{}` the meaning `{}`.", printable(word), printable(told));
            return faults.add(
                &at,
                message,
                "Give each name of Croissant and schema.org its own meaning, and only it.",
            );
        }
        if let Some((prefix, local)) = meant.filter(|(_, local)| !local.is_empty()) {
            self.terms.insert(word.to_owned(), format!("{prefix}:{local}"));
        } else if meant.is_none() {
            self.terms.insert(word.to_owned(), address);
        }
    }

    /// The address of `prefix:name`, or the word as it is.
    fn expanded(&self, word: &str) -> String {
        let Some((prefix, rest)) = word.split_once(':') else { return word.to_owned() };
        if let Some(address) = self.prefixes.get(prefix) {
            return format!("{address}{rest}");
        }
        match VOCABULARIES.iter().find(|(usual, _)| *usual == prefix) {
            Some((_, address)) => format!("https://{address}{rest}"),
            None => word.to_owned(),
        }
    }

    /// `prefix:name` of a word where it is of a known vocabulary, with the usual prefix; a plain word is itself.
    fn meaning(&self, word: &str) -> String {
        if word.starts_with('@') {
            return word.to_owned();
        }
        if !word.contains(':') {
            return self.terms.get(word).cloned().unwrap_or_else(|| word.to_owned());
        }
        let address = self.expanded(word);
        known(&address).map_or(address.clone(), |(prefix, local)| format!("{prefix}:{local}"))
    }

    /// What a property is called: `license`, `rai:dataCollection`.
    pub(super) fn property(&self, word: &str) -> String {
        let meaning = self.meaning(word);
        let local =
            ["sc:", "cr:", "dct:", "rai:"].iter().find_map(|prefix| meaning.strip_prefix(prefix)).unwrap_or(&meaning);
        // The reference implementation spells this one with a capital more.
        let local = if local == "dataCollectionTimeFrame" { "dataCollectionTimeframe" } else { local };
        if meaning.starts_with("rai:") || FACTS.contains(&local) { format!("rai:{local}") } else { local.to_owned() }
    }

    /// What a class is called: `sc:Text`, `cr:Label`; a plain word is one of schema.org.
    pub(super) fn class(&self, word: &str) -> String {
        let meaning = self.meaning(word);
        if meaning.contains(':') { meaning } else { format!("sc:{meaning}") }
    }

    /// Whether a `@type`, a text or a list of texts, names the class, with or without its prefix.
    pub(super) fn is(&self, ty: &Value, prefix: &str, class: &str) -> bool {
        let named = |word: &str| word == class || self.class(word) == format!("{prefix}:{class}");
        match ty {
            Value::String(word) => named(word),
            Value::Array(words) => words.iter().filter_map(Value::as_str).any(named),
            _ => false,
        }
    }

    /// The text of the context's language in `{"en": "…", "de": "…"}`, else the first.
    pub(super) fn in_language(&self, value: &Value) -> Option<String> {
        let texts = value.as_object()?;
        if texts.keys().any(|key| key.starts_with('@')) {
            return None;
        }
        texts.get(&self.language).or_else(|| texts.values().next()).and_then(scalar)
    }
}

fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// The vocabulary's prefix and the local name of an address; the name is empty where it is the vocabulary's own.
fn known(address: &str) -> Option<(&'static str, &str)> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    VOCABULARIES.iter().find_map(|(prefix, base)| rest.strip_prefix(base).map(|local| (*prefix, local)))
}
