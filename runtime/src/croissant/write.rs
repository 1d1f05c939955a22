//! Writes a Croissant file: JSON-LD with the standard `@context`, the same bytes for equal values. What is written
//! reads back as the same value. Judges nothing: a file without a digest is written so, which the reference
//! implementation refuses.

use super::{Creator, Croissant, Edition, Field, FileObject, FileSet, RecordSet};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};

/// The version of the responsible-AI vocabulary.
const RAI: &str = "http://mlcommons.org/croissant/RAI/1.0";

/// Names of Croissant's own vocabulary in both versions.
const OWN: [&str; 26] = [
    "citeAs",
    "column",
    "equivalentProperty",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "separator",
    "source",
    "subField",
    "transform",
];
/// What 1.1 adds.
const SINCE_1_1: [&str; 7] =
    ["annotation", "arrayShape", "containedIn", "excludes", "isArray", "readLines", "sdVersion"];

/// The description as JSON-LD text that ends in a line break. Facts stand in the order of their names, all else in that
/// of the value.
#[must_use]
pub fn write(croissant: &Croissant) -> String {
    let mut root = Map::new();
    put(&mut root, "@context", context(croissant.edition));
    put(&mut root, "@type", "sc:Dataset");
    put(&mut root, "name", croissant.name.as_str());
    put_text(&mut root, "description", croissant.description.as_ref());
    let address = croissant.edition.address();
    match croissant.facts.is_empty() {
        true => put(&mut root, "conformsTo", address),
        false => put(&mut root, "conformsTo", json!([address, RAI])),
    }
    put_text(&mut root, "version", croissant.version.as_ref());
    put_texts(&mut root, "license", &croissant.licences);
    put_text(&mut root, "url", croissant.url.as_ref());
    put_text(&mut root, "citeAs", croissant.cite_as.as_ref());
    put_list(&mut root, "creator", croissant.creators.iter().map(creator).collect());
    put_text(&mut root, "datePublished", croissant.published.as_ref());
    put_texts(&mut root, "inLanguage", &croissant.languages);
    put_texts(&mut root, "keywords", &croissant.keywords);
    for (name, fact) in croissant.facts.iter().collect::<BTreeMap<_, _>>() {
        put(&mut root, &format!("rai:{name}"), fact.as_str());
    }
    let files = croissant.files.iter().map(file_object);
    put(&mut root, "distribution", files.chain(croissant.file_sets.iter().map(file_set)).collect::<Vec<Value>>());
    if !croissant.sets.is_empty() {
        let file_sets: HashSet<&str> = croissant.file_sets.iter().map(|set| set.id.as_str()).collect();
        let sets = croissant.sets.iter().map(|set| record_set(set, croissant.edition, &file_sets));
        put(&mut root, "recordSet", sets.collect::<Vec<Value>>());
    }
    format!("{:#}\n", Value::Object(root))
}

/// The context of the specification's appendix, with the names that the reference implementation asks for.
fn context(edition: Edition) -> Map<String, Value> {
    let mut context = Map::new();
    put(&mut context, "@language", "en");
    put(&mut context, "@vocab", "https://schema.org/");
    put(&mut context, "sc", "https://schema.org/");
    put(&mut context, "cr", "http://mlcommons.org/croissant/");
    put(&mut context, "rai", "http://mlcommons.org/croissant/RAI/");
    put(&mut context, "dct", "http://purl.org/dc/terms/");
    put(&mut context, "conformsTo", "dct:conformsTo");
    put(&mut context, "data", json!({"@id": "cr:data", "@type": "@json"}));
    put(&mut context, "dataType", json!({"@id": "cr:dataType", "@type": "@vocab"}));
    put(&mut context, "examples", json!({"@id": "cr:examples", "@type": "@json"}));
    let mut own: Vec<&str> = OWN.to_vec();
    if edition == Edition::V1_1 {
        own.extend(SINCE_1_1);
        put(&mut context, "name", json!({"@container": "@language"}));
        put(&mut context, "description", json!({"@container": "@language"}));
    }
    own.sort_unstable();
    for name in own {
        put(&mut context, name, format!("cr:{name}"));
    }
    context
}

fn creator(creator: &Creator) -> Value {
    let class = if creator.is_organisation { "sc:Organization" } else { "sc:Person" };
    json!({"@type": class, "name": creator.name})
}

fn file_object(file: &FileObject) -> Value {
    let mut object = part("cr:FileObject", &file.id, &file.name);
    if !file.content_url.is_empty() {
        put(&mut object, "contentUrl", file.content_url.as_str());
    }
    put_id(&mut object, "containedIn", file.contained_in.as_ref());
    if let Some(bytes) = file.content_size {
        put(&mut object, "contentSize", format!("{bytes} B"));
    }
    put(&mut object, "encodingFormat", file.encoding_format.as_str());
    put_text(&mut object, "sha256", file.sha256.as_ref());
    Value::Object(object)
}

fn file_set(set: &FileSet) -> Value {
    let mut object = part("cr:FileSet", &set.id, &set.name);
    put_id(&mut object, "containedIn", set.contained_in.as_ref());
    put(&mut object, "encodingFormat", set.encoding_format.as_str());
    put_texts(&mut object, "includes", &set.includes);
    Value::Object(object)
}

fn record_set(set: &RecordSet, edition: Edition, file_sets: &HashSet<&str>) -> Value {
    let mut object = part("cr:RecordSet", &set.id, &set.name);
    put_text(&mut object, "description", set.description.as_ref());
    put_id(&mut object, "key", set.key.as_ref());
    put(&mut object, "field", set.fields.iter().map(|one| field(one, edition, file_sets)).collect::<Vec<Value>>());
    Value::Object(object)
}

fn field(field: &Field, edition: Edition, file_sets: &HashSet<&str>) -> Value {
    let mut object = part("cr:Field", &field.id, &field.name);
    put_text(&mut object, "description", field.description.as_ref());
    let label = field.is_label.then_some("cr:Label");
    let types = [field.data_type.name()].into_iter().chain(field.semantic.iter().map(String::as_str)).chain(label);
    put_list(&mut object, "dataType", types.map(Value::from).collect());
    match (field.repeated, edition) {
        (false, _) => {}
        (true, Edition::V1_0) => put(&mut object, "repeated", true),
        (true, Edition::V1_1) => {
            put(&mut object, "isArray", true);
            put(&mut object, "arrayShape", "-1");
        }
    }
    let mut source = Map::new();
    let kind = if file_sets.contains(field.file.as_str()) { "fileSet" } else { "fileObject" };
    put(&mut source, kind, json!({"@id": field.file}));
    let mut extract = Map::new();
    put_text(&mut extract, "column", field.column.as_ref());
    put_text(&mut extract, "fileProperty", field.property.as_ref());
    if !extract.is_empty() {
        put(&mut source, "extract", extract);
    }
    put(&mut object, "source", source);
    Value::Object(object)
}

fn part(class: &str, id: &str, name: &str) -> Map<String, Value> {
    let mut object = Map::new();
    put(&mut object, "@type", class);
    put(&mut object, "@id", id);
    put(&mut object, "name", name);
    object
}

fn put(object: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    object.insert(name.to_owned(), value.into());
}

fn put_text(object: &mut Map<String, Value>, name: &str, text: Option<&String>) {
    if let Some(text) = text {
        put(object, name, text.as_str());
    }
}

fn put_id(object: &mut Map<String, Value>, name: &str, id: Option<&String>) {
    if let Some(id) = id {
        put(object, name, json!({"@id": id}));
    }
}

fn put_texts(object: &mut Map<String, Value>, name: &str, texts: &[String]) {
    put_list(object, name, texts.iter().map(|text| Value::from(text.as_str())).collect());
}

/// Nothing of no value, one value alone, several as a list.
fn put_list(object: &mut Map<String, Value>, name: &str, mut values: Vec<Value>) {
    match (values.len(), values.pop()) {
        (1, Some(only)) => put(object, name, only),
        (_, Some(last)) => {
            values.push(last);
            put(object, name, values);
        }
        (_, None) => {}
    }
}
