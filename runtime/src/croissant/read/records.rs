//! Record sets and their fields: which column of which file is what. What would need the values of another table, of an
//! archive or of the description itself is a fault that says so.

use super::super::{DataType, Field, RecordSet};
use super::Reader;
use super::node::{Node, form, reference, says_nothing};
use crate::intake::error::printable;
use serde_json::Value;
use std::collections::HashSet;

/// What a field may have and is not read: the property, and what it is.
const BEYOND: [(&str, &str); 4] = [
    ("references", "A reference to another record set is a join, which is not made"),
    ("parentField", "A parent field is a join, which is not made"),
    ("subField", "Fields inside a field are not read"),
    ("value", "A constant value for every record is not read"),
];
/// What mends them.
const FLATTEN: &str = "Write one flat table with all columns, and describe that.";
/// The types that the language has words for.
const TYPES: &str = "Use `sc:Text`, `sc:Integer`, `sc:Float`, `sc:Boolean`, `sc:Date`, `sc:URL`, `sc:ImageObject` or \
                     `sc:AudioObject`.";
/// What can be taken from a source.
const TAKEN: &str = "Name a `column` of a file, or the `content`, `filename` or `fullpath` of a set of files.";
/// Properties of a source that change nothing.
const NAMING: [&str; 4] = ["@type", "@id", "name", "description"];
/// Formats of a date that is written as the language has it.
const PLAIN_DATES: [&str; 3] = ["yyyy-MM-dd", "YYYY-MM-DD", "%Y-%m-%d"];

/// Where the values of a field come from; empty where that is not known.
#[derive(Debug, Default)]
struct Place {
    file: String,
    column: Option<String>,
    property: Option<String>,
}

impl Reader {
    /// One record set; none where it is no object or holds its rows itself.
    pub(super) fn record_set(&mut self, value: &Value, at: String) -> Option<RecordSet> {
        let node = self.node(value, at)?;
        self.typed(&node, "cr", "RecordSet");
        let id = self.id(&node);
        let name = self.text(&node, "name").unwrap_or_else(|| id.clone());
        let description = self.text(&node, "description");
        if let Some(rows) = node.get("data")
            && !says_nothing(rows)
        {
            let message = "Rows inside the description are not read.";
            self.faults.add(&node.place("data"), message, "Put the rows into a file and describe its columns.");
            return None;
        }
        self.annotations(&node);
        let items = node.items("field");
        if items.is_empty() {
            let message = "The record set has no field.";
            self.faults.add(&node.place("field"), message, "Describe each column as a `cr:Field`.");
        }
        let mut fields = Vec::new();
        for (at, value) in items {
            fields.extend(self.field(value, at));
        }
        let key = self.key(&node, &fields);
        let files: HashSet<&str> = fields.iter().map(|field| field.file.as_str()).filter(|id| !id.is_empty()).collect();
        if files.len() > 1 {
            let message = "The fields of the record set come from several files, which is a join; joins are not made.";
            self.faults.add(&node.at, message, "Describe one record set for each file.");
        }
        Some(RecordSet { id, name, description, key, fields })
    }

    fn field(&mut self, value: &Value, at: String) -> Option<Field> {
        let node = self.node(value, at)?;
        self.typed(&node, "cr", "Field");
        let id = self.id(&node);
        let name = self.text(&node, "name").unwrap_or_else(|| id.clone());
        let description = self.text(&node, "description");
        self.annotations(&node);
        let mut field = Field { id, name, description, ..Field::default() };
        let mut is_beyond = false;
        for (property, what) in BEYOND {
            if node.get(property).is_some_and(|value| !says_nothing(value)) {
                self.faults.add(&node.place(property), format!("{what}."), FLATTEN);
                is_beyond = true;
            }
        }
        field.repeated = self.repeated(&node);
        // Such a field has its type and source elsewhere.
        if !is_beyond {
            self.data_types(&node, &mut field);
            let place = self.source(&node);
            (field.file, field.column, field.property) = (place.file, place.column, place.property);
        }
        Some(field)
    }

    /// Annotations are notes, unless they have columns of their own.
    fn annotations(&mut self, node: &Node<'_>) {
        if node.get("annotation").is_some_and(has_source) {
            let message = "Annotations with values of their own are not read.";
            self.faults.add(&node.place("annotation"), message, "Describe their columns as fields.");
        }
    }

    /// The one field that tells records apart, by its id or its name.
    fn key(&mut self, node: &Node<'_>, fields: &[Field]) -> Option<String> {
        let items = node.items("key");
        if items.len() > 1 {
            let message = "A key of several fields is not read.";
            self.faults.add(&node.place("key"), message, "Name one field whose values are unique.");
            return None;
        }
        let (at, value) = items.into_iter().next()?;
        let id = reference(value).unwrap_or("");
        let is_named = |field: &&Field| field.id == id || field.name == id || field.id.rsplit('/').next() == Some(id);
        // What is empty names no field, not one without an id.
        if !id.is_empty()
            && let Some(field) = fields.iter().find(|field| field.id == id).or_else(|| fields.iter().find(is_named))
        {
            return Some(field.id.clone());
        }
        let message = format!("The key `{}` is no field of the record set.", printable(id));
        self.faults.add(&at, message, "Name the `@id` of one of its fields.");
        None
    }

    /// `repeated`, or since 1.1 `isArray`; a list of one dimension.
    fn repeated(&mut self, node: &Node<'_>) -> bool {
        let mut is_repeated = false;
        for property in ["repeated", "isArray"] {
            match node.get(property) {
                None => {}
                Some(Value::Bool(truth)) => is_repeated |= truth,
                Some(other) => {
                    let message = format!("`{property}` is {}, not a truth value.", form(other));
                    self.faults.add(&node.place(property), message, "Write `true` or `false`.");
                }
            }
        }
        if let Some(shape) = self.text(node, "arrayShape") {
            let inner = shape.trim().trim_start_matches('(').trim_end_matches(')').trim_end_matches(',');
            if inner.trim().parse::<i64>().is_err() {
                let message = format!("Arrays of the shape `{}` are not read.", printable(&shape));
                self.faults.add(&node.place("arrayShape"), message, "Use a list of one dimension, `-1`.");
            }
        }
        is_repeated
    }

    /// The type: the first that the language has a word for, else the first that the format knows.
    fn data_types(&mut self, node: &Node<'_>, field: &mut Field) {
        let at = node.place("dataType");
        let mut names = Vec::new();
        for (at, value) in node.items("dataType") {
            match reference(value) {
                Some(word) => names.push(self.names.class(word)),
                None => {
                    let message = format!("The dataType is {}, not a name.", form(value));
                    self.faults.add(&at, message, "Write a name such as `sc:Text`.");
                }
            }
        }
        field.is_label = names.iter().any(|name| name == "cr:Label");
        names.retain(|name| name != "cr:Label");
        let known: Vec<DataType> = names.iter().filter_map(|name| DataType::from_name(name)).collect();
        let is_spoken = |ty: &&DataType| !matches!(ty, DataType::Other(_));
        let Some(first) = known.iter().find(is_spoken).or(known.first()) else {
            let message = match names.first() {
                None => "The field has no dataType.".to_owned(),
                Some(name) => format!("The dataType `{}` is unknown.", printable(name)),
            };
            return self.faults.add(&at, message, TYPES);
        };
        let fits = |ty: &&DataType| {
            let both_texts = matches!((*ty, first), (DataType::Text, DataType::Url) | (DataType::Url, DataType::Text));
            *ty == first || both_texts
        };
        if let Some(other) = known.iter().filter(is_spoken).find(|ty| !fits(ty)) {
            let message = format!("The field is of two types, `{}` and `{}`.", first.name(), other.name());
            self.faults.add(&at, message, "Keep the type of its values.");
        }
        field.data_type = first.clone();
        for name in names {
            if name != first.name() && !field.semantic.contains(&name) {
                field.semantic.push(name);
            }
        }
    }

    /// Which column of which file.
    fn source(&mut self, node: &Node<'_>) -> Place {
        let items = node.items("source");
        let at = node.place("source");
        let [(_, value)] = &items[..] else {
            let message = if items.is_empty() { "The field has no source." } else { "The field has several sources." };
            let mend = "Write `\"source\": {\"fileObject\": {\"@id\": …}, \"extract\": {\"column\": …}}`.";
            self.faults.add(&at, message, mend);
            return Place::default();
        };
        // An id alone is a file, or another field.
        if let Some(id) = value.as_str().or_else(|| lone_id(value)) {
            return self.place_of(id, None, Place::default(), &at);
        }
        let Some(source) = self.node(value, at) else { return Place::default() };
        if !self.is_plain_source(&source) {
            return Place::default();
        }
        let extracted = self.extract(&source);
        let (file, set) = (source.items("fileObject"), source.items("fileSet"));
        let (named, is_set) = match (&file[..], &set[..]) {
            ([file], []) => (file, false),
            ([], [set]) => (set, true),
            _ => {
                let message = "The source does not name one file.";
                self.faults.add(&source.at, message, "Write `fileObject` or `fileSet` with the id of one.");
                return Place::default();
            }
        };
        let (at, value) = named;
        match reference(value) {
            Some(id) => self.place_of(id, Some(is_set), extracted, at),
            None => {
                self.faults.add(at, "The file is not named by an id.", "Write `{\"@id\": …}`.");
                Place::default()
            }
        }
    }

    /// Whether the source takes values as they are; a fault for each thing that it does with them.
    fn is_plain_source(&mut self, source: &Node<'_>) -> bool {
        let before = self.faults.list.len() + self.faults.more;
        let names: Vec<String> = source.names().map(str::to_owned).collect();
        for name in &names {
            let Some(value) = source.get(name).filter(|value| !says_nothing(value)) else { continue };
            let message = match name.as_str() {
                "fileObject" | "fileSet" | "extract" => continue,
                name if NAMING.contains(&name) => continue,
                "format" if value.as_str().is_some_and(|format| PLAIN_DATES.contains(&format)) => continue,
                "transform" => "A transform of the values is not made.".to_owned(),
                "format" => "Values in another format are not converted.".to_owned(),
                "field" | "recordSet" => "Values of another record set are a join, which is not made.".to_owned(),
                other => format!("The source has `{}`, which is not read.", printable(other)),
            };
            self.faults.add(&source.place(name), message, "Store the values in the file as they are meant.");
        }
        before == self.faults.list.len() + self.faults.more
    }

    /// The column or property that is taken from the file.
    fn extract(&mut self, source: &Node<'_>) -> Place {
        let mut place = Place::default();
        let Some(value) = source.get("extract") else { return place };
        let Some(extract) = self.node(value, source.place("extract")) else { return place };
        let names: Vec<String> = extract.names().map(str::to_owned).collect();
        for name in &names {
            match name.as_str() {
                "column" => place.column = self.text(&extract, "column"),
                "fileProperty" => place.property = self.text(&extract, "fileProperty"),
                name if NAMING.contains(&name) => {}
                "jsonPath" => {
                    let message = "Values at a JSON path are not read.";
                    self.faults.add(&extract.place(name), message, "Store them as columns, or one flat object a line.");
                }
                other => {
                    let message = format!("The extraction by `{}` is not read.", printable(other));
                    self.faults.add(&extract.place(name), message, "Name a `column`.");
                }
            }
        }
        if place.column.is_some() && place.property.is_some() {
            let message = "The source names both a column and a property of the file.";
            self.faults.add(&extract.at, message, "Keep one of them.");
        }
        place
    }

    /// The file of an id with what is taken from it, where that can be read. `is_set` is what the id is said to be.
    fn place_of(&mut self, id: &str, is_set: Option<bool>, taken: Place, at: &str) -> Place {
        let place = Place { file: id.to_owned(), ..taken };
        let shown = printable(id);
        let Some(&origin) = self.origins.get(id) else {
            let message = match is_set {
                None => {
                    format!("The source `{shown}` is no file; another field's values are a join, which is not made.")
                }
                Some(_) => format!("No file of the distribution has the id `{shown}`."),
            };
            self.faults.add(at, message, "Name an `@id` of the distribution.");
            return Place::default();
        };
        if let Some(said) = is_set
            && said != origin.is_set
        {
            let (word, other) = if origin.is_set { ("set of files", "fileSet") } else { ("file", "fileObject") };
            self.faults.add(at, format!("`{shown}` is a {word}."), format!("Name it by `{other}`."));
        }
        if origin.is_contained {
            let message = format!("`{shown}` lies inside another file, and archives are not opened.");
            self.faults.add(at, message, "Unpack it beside the description and name it by its path.");
            return place;
        }
        let fault = match (origin.is_set, &place.column, place.property.as_deref()) {
            (false, Some(_), _) if origin.is_table => None,
            (false, Some(_), _) => Some((
                format!("Columns are read from CSV, JSON lines and Parquet files; `{shown}` is another."),
                "Convert the file, or correct its encodingFormat.",
            )),
            (false, None, None) if origin.is_table => Some((
                format!("The source does not name a column of `{shown}`."),
                "Write `\"extract\": {\"column\": …}`.",
            )),
            (false, None, None | Some("content")) if !origin.is_table => None,
            (true, None, Some("content" | "filename" | "filepath" | "fullpath")) => None,
            (true, Some(_), _) => Some((
                format!("`{shown}` is a set of files; columns are read from one file."),
                "Join the files into one, or describe a record set for each.",
            )),
            (_, None, None) => Some((format!("The source does not say what is taken from `{shown}`."), TAKEN)),
            (_, None, Some(property)) => {
                Some((format!("The property `{}` of a file is not read.", printable(property)), TAKEN))
            }
        };
        if let Some((message, mend)) = fault {
            self.faults.add(at, message, mend);
        }
        place
    }
}

/// The id of `{"@id": …}` with nothing else.
fn lone_id(value: &Value) -> Option<&str> {
    let members = value.as_object()?;
    if members.len() == 1 { members.get("@id")?.as_str() } else { None }
}

/// Whether a source stands anywhere in it; JSON is at most 128 levels deep.
fn has_source(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_source),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name == "source" || name.ends_with(":source") || has_source(value))
        }
        _ => false,
    }
}
