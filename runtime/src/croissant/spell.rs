//! A Croissant dataset as a `dataset` of the language, in `.lms`: a start for an author, who then says what a model
//! reads and what it must give.
//!
//! Record sets with the same columns are the splits of one dataset. A column keeps its name, because the language finds
//! it in the file by that; datasets, splits and sources get names that the language allows. Nothing is guessed from
//! names: a column is the target only where it is the one label, and the id only where it is the key of each split.

use super::{Croissant, DataType, Fault, Field, FileObject, RecordSet};
use crate::intake::error::{is_plain, printable};
use indexmap::IndexMap;
use std::collections::HashMap;
use unicode_general_category::get_general_category;

/// Words that are no names (`reserved` in the grammar).
const RESERVED: [&str; 19] = [
    "and", "at", "div", "else", "false", "for", "has", "if", "in", "inf", "let", "not", "or", "output", "trace",
    "true", "under", "where", "within",
];
/// Characters of a name that is made, and of a text that is said.
const MOST_NAME: usize = 64;
const MOST_SAID: usize = 1_000;

/// Spells the datasets, one block for each set of columns, with a line break at the end. The text is that of the
/// members of a standard.
///
/// # Errors
/// What the language cannot say: no record set; values from whole files or sets of files; files on the web or inside
/// others; a column twice, or with a name that the language does not allow; lists of other things than texts.
pub fn spell(croissant: &Croissant) -> Result<String, Vec<Fault>> {
    let mut faults = Vec::new();
    let files: Files<'_> = croissant.files.iter().map(|file| (file.id.as_str(), file)).collect();
    let mut groups: IndexMap<Vec<&str>, Vec<Split<'_>>> = IndexMap::new();
    for (index, set) in croissant.sets.iter().enumerate() {
        if let Some(split) = split(&files, set, &format!("recordSet[{index}]"), &mut faults) {
            let mut names: Vec<&str> = split.columns.keys().copied().collect();
            names.sort_unstable();
            groups.entry(names).or_default().push(split);
        }
    }
    if croissant.sets.is_empty() {
        let message = "The description has no record set: its columns are not known.".to_owned();
        faults.push(fault("recordSet", message, "Describe the columns of each file in a `cr:RecordSet`."));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut names = HashMap::new();
    let is_only = groups.len() == 1;
    let blocks = groups.values().filter_map(|splits| {
        let first = splits.first()?;
        let name = if is_only { croissant.name.clone() } else { format!("{}_{}", croissant.name, first.set.name) };
        let about = if is_only { &croissant.description } else { &first.set.description };
        Some(block(croissant, &unique(&name, &mut names), about.as_deref(), splits))
    });
    Ok(blocks.collect::<Vec<String>>().join("\n"))
}

/// Files by id.
type Files<'c> = HashMap<&'c str, &'c FileObject>;

/// A record set that can be a split: its file, and its columns by name.
struct Split<'c> {
    set: &'c RecordSet,
    file: &'c FileObject,
    columns: IndexMap<&'c str, &'c Field>,
}

fn fault(pointer: &str, message: String, mend: &str) -> Fault {
    Fault { pointer: pointer.to_owned(), message, mend: mend.to_owned() }
}

/// The record set as a split; none where it has faults.
fn split<'c>(files: &Files<'c>, set: &'c RecordSet, at: &str, faults: &mut Vec<Fault>) -> Option<Split<'c>> {
    let before = faults.len();
    let mut columns = IndexMap::new();
    for (index, field) in set.fields.iter().enumerate() {
        let at = format!("{at}.field[{index}]");
        let Some(column) = field.column.as_deref() else {
            let message = "The value is the content of a file; a dataset of the language has a table.".to_owned();
            faults.push(fault(&at, message, "Write a table with the path of each file in a column."));
            continue;
        };
        if !is_name(column) {
            let message = format!("The column `{}` has a name that the language does not allow.", printable(column));
            let mend = format!("Name it `{}` in the file and in the description.", word(column));
            faults.push(fault(&at, message, &mend));
        }
        if columns.insert(column, field).is_some() {
            let message = format!("The column `{}` is described twice.", printable(column));
            faults.push(fault(&at, message, "Keep one of the two fields."));
        }
        if field.repeated && field.data_type != DataType::Text {
            let message = format!("The language has no lists of {}, only of texts.", printable(field.data_type.name()));
            faults.push(fault(&at, message, "Put each number of the list into a column of its own."));
        }
    }
    let id = set.fields.first().map_or("", |field| field.file.as_str());
    let shown = printable(id);
    let file = files.get(id).copied();
    let why = match file {
        None if set.fields.is_empty() => Some(("The record set has no field.".to_owned(), "Describe its columns.")),
        None => Some((format!("The rows come from `{shown}`, which is no single file."), "Put them into one file.")),
        Some(file) if file.is_remote() => {
            let message = format!("The file `{shown}` lies on the web, and nothing is fetched.");
            Some((message, "Store it beside the description and write its path as contentUrl."))
        }
        Some(file) if file.contained_in.is_some() => {
            Some((format!("The file `{shown}` lies inside another."), "Unpack it and write its path as contentUrl."))
        }
        Some(_) => None,
    };
    if let Some((message, mend)) = why {
        faults.push(fault(at, message, mend));
    }
    if faults.len() > before { None } else { Some(Split { set, file: file?, columns }) }
}

fn block(croissant: &Croissant, name: &str, about: Option<&str>, splits: &[Split<'_>]) -> String {
    let mut text = String::new();
    if let Some(about) = about {
        let about: Vec<&str> = about.split_whitespace().collect();
        text.push_str(&format!("/// {}\n", printable(&about.join(" "))));
    }
    text.push_str(&format!("dataset {name} {{\n"));
    let Some(first) = splits.first() else { return text };
    let is_label =
        |column: &str| splits.iter().filter_map(|split| split.columns.get(column)).any(|field| field.is_label);
    let labels: Vec<&str> = first.columns.keys().copied().filter(|column| is_label(column)).collect();
    for &column in first.columns.keys() {
        let same: Vec<(&Split<'_>, &Field)> =
            splits.iter().filter_map(|split| Some((split, *split.columns.get(column)?))).collect();
        let ty = same.iter().map(|(_, field)| type_word(field)).reduce(wider).unwrap_or("text");
        text.push_str(&format!("  {column}: {ty}"));
        if same.iter().all(|(split, field)| split.set.key.as_ref() == Some(&field.id)) {
            text.push_str(", unique, role id");
        } else if labels == [column] {
            text.push_str(", role target");
        }
        text.push('\n');
    }
    note(&mut text, &format!("source {}", unique(&croissant.name, &mut HashMap::new())), &source(croissant));
    note(&mut text, "annotation", &annotation(croissant));
    let mut names = HashMap::new();
    for split in splits {
        let name = unique(&split.set.name, &mut names);
        text.push_str(&format!("  split {name} from {} {{ rows >= 1 }}\n", quoted(&split.file.content_url)));
    }
    text.push_str("}\n");
    text
}

/// `source NAME { key: value … }`; nothing where nothing is said.
fn note(text: &mut String, head: &str, entries: &[(&str, String)]) {
    if entries.is_empty() {
        return;
    }
    text.push_str(&format!("  {head} {{\n"));
    for (key, value) in entries {
        text.push_str(&format!("    {key}: {value}\n"));
    }
    text.push_str("  }\n");
}

/// What is said of where the rows come from, in the words of the language.
fn source(croissant: &Croissant) -> Vec<(&'static str, String)> {
    let fact = |name: &str| croissant.facts.get(name).map(|fact| said(fact));
    let joined = |texts: &[String]| if texts.is_empty() { None } else { Some(said(&texts.join(", "))) };
    let licence = croissant.spdx().map(|id| said(&id)).or_else(|| joined(&croissant.licences));
    let told = [
        ("url", croissant.url.as_deref().map(said)),
        ("method", fact("dataCollection").or_else(|| fact("dataCollectionType"))),
        ("period", fact("dataCollectionTimeframe")),
        ("purpose", fact("dataUseCases")),
        ("licence", licence),
        ("language", joined(&croissant.languages)),
    ];
    told.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// What is said of the labels.
fn annotation(croissant: &Croissant) -> Vec<(&'static str, String)> {
    let fact = |name: &str| croissant.facts.get(name).map(|fact| said(fact));
    let told = [
        ("annotators", fact("annotationsPerItem")),
        ("guidelines", fact("dataAnnotationProtocol")),
        ("agreement", fact("dataAnnotationAnalysis")),
    ];
    told.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// A value of a note: a whole number as it is, anything else in quotes, shortened.
fn said(text: &str) -> String {
    if !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    match text.char_indices().nth(MOST_SAID) {
        Some((end, _)) => quoted(&format!("{}…", &text[..end])),
        None => quoted(text),
    }
}

/// A text in the quotes of the language, on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_plain(c) => quoted.push(c),
            c => quoted.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    quoted + "\""
}

/// The word for a column's type.
fn type_word(field: &Field) -> &'static str {
    match &field.data_type {
        DataType::Text if field.repeated => "tokens",
        DataType::Text | DataType::Url | DataType::Other(_) => "text",
        DataType::Integer => "int",
        DataType::Float => "real",
        DataType::Bool => "bool",
        DataType::Date => "date",
        DataType::Image => "image",
        DataType::Audio => "audio",
    }
}

/// The type that holds the values of both.
fn wider(one: &'static str, other: &'static str) -> &'static str {
    match (one, other) {
        _ if one == other => one,
        ("int", "real") | ("real", "int") => "real",
        _ => "text",
    }
}

/// Whether the language takes a word for a name.
fn is_name(text: &str) -> bool {
    !RESERVED.contains(&text) && text.chars().next().is_some_and(begins) && text.chars().all(goes_on)
}

fn begins(c: char) -> bool {
    c == '_' || matches!(get_general_category(c).abbreviation(), "Lu" | "Ll" | "Lt" | "Lm" | "Lo" | "Nl")
}

fn goes_on(c: char) -> bool {
    begins(c) || matches!(get_general_category(c).abbreviation(), "Mn" | "Mc" | "Nd" | "Pc")
}

/// A name made of a text: what cannot stand in a name is `_`, a reserved word has one behind it, and nothing is `data`.
fn word(text: &str) -> String {
    let mut word = String::new();
    for c in text.chars().map(|c| if goes_on(c) { c } else { '_' }).take(MOST_NAME) {
        if !(c == '_' && word.ends_with('_')) {
            word.push(c);
        }
    }
    match word.trim_matches('_') {
        "" => "data".to_owned(),
        word if RESERVED.contains(&word) => format!("{word}_"),
        word if word.chars().next().is_some_and(begins) => word.to_owned(),
        word => format!("_{word}"),
    }
}

/// A name that is not taken yet. Each name that is taken stands with the number that was last put behind it.
fn unique(text: &str, taken: &mut HashMap<String, usize>) -> String {
    let name = word(text);
    let mut free = name.clone();
    while taken.contains_key(&free) {
        let number = taken.entry(name.clone()).or_insert(1);
        *number += 1;
        free = format!("{name}_{number}");
    }
    taken.insert(free.clone(), 1);
    free
}
