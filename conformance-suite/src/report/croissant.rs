//! The data of a run as Croissant 1.0: files with the digests that were measured, columns, sources. One file describes one
//! dataset; of a standard with several it is the first, and the others are told as further record sets of the same file.

use super::text::{clip, visible};
use crate::verdict::{DatasetReport, Report};
use indexmap::IndexMap;
use lmstd_runtime::croissant::{Croissant, DataType, Edition, Field, FileObject, RecordSet, write};

/// Longest text in characters.
const MOST_CHARS: usize = 2_000;

/// The description, as JSON-LD.
pub fn render(report: &Report) -> String {
    let mut croissant = Croissant {
        edition: Edition::V1_0,
        name: plain(&report.standard.id),
        description: Some(plain(&report.standard.title.en)),
        version: Some(plain(&report.standard.version)),
        ..Croissant::default()
    };
    for (name, dataset) in &report.datasets {
        add(&mut croissant, name, dataset);
    }
    croissant.licences.dedup();
    write(&croissant)
}

fn add(croissant: &mut Croissant, name: &str, dataset: &DatasetReport) {
    for source in &dataset.sources {
        let said = |key: &str| source.said.get(key).map(|text| plain(text));
        croissant.licences.extend(said("licence"));
        croissant.url = croissant.url.take().or_else(|| said("url"));
        let facts = [
            ("dataCollection", "method"),
            ("dataCollectionTimeframe", "period"),
            ("dataUseCases", "purpose"),
            ("dataAnnotationProtocol", "guidelines"),
        ];
        for (fact, key) in facts {
            if let Some(text) = said(key) {
                croissant.facts.entry(fact.to_owned()).or_insert(text);
            }
        }
    }
    for (split, told) in &dataset.splits {
        let id = plain(&told.path);
        if croissant.file(&id).is_none() {
            croissant.files.push(FileObject {
                id: id.clone(),
                name: id.clone(),
                content_url: id.clone(),
                encoding_format: format_of(&id).to_owned(),
                sha256: Some(told.sha256.clone()),
                content_size: Some(told.bytes),
                contained_in: None,
            });
        }
        let set = format!("{name}_{split}");
        let held = |column: &&String| told.columns.is_empty() || told.columns.contains_key(*column);
        let field = |column: &String| field(&set, column, &dataset.fields, &id);
        croissant.sets.push(RecordSet {
            id: set.clone(),
            name: set.clone(),
            description: None,
            key: None,
            fields: dataset.fields.keys().filter(held).map(field).collect(),
        });
    }
}

fn field(set: &str, column: &str, columns: &IndexMap<String, String>, file: &str) -> Field {
    let rules = columns.get(column).map_or("", String::as_str);
    Field {
        id: format!("{set}/{column}"),
        name: column.to_owned(),
        description: None,
        data_type: type_of(rules),
        semantic: Vec::new(),
        is_label: rules.contains("role target"),
        file: file.to_owned(),
        column: Some(column.to_owned()),
        property: None,
        repeated: false,
    }
}

/// The type of a column as an author writes it.
fn type_of(rules: &str) -> DataType {
    match rules.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default() {
        "int" => DataType::Integer,
        "real" => DataType::Float,
        "bool" => DataType::Bool,
        "date" => DataType::Date,
        _ => DataType::Text,
    }
}

fn format_of(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
        Some("jsonl" | "ndjson" | "json") => "application/jsonlines",
        Some("parquet") => "application/x-parquet",
        _ => "text/csv",
    }
}

fn plain(text: &str) -> String {
    visible(&clip(text, MOST_CHARS))
}
