//! Requirements on data: the columns of each dataset with their types and rules, and its splits.

use super::author::{Author, paragraphs};
use super::paper::{Block, Line, Section, Table};
use super::quantity::plain;
use super::wording::{alternatives, known, listed, say, words};
use crate::number::count;
use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, NoteSpec, PrepareSpec, SplitSpec};
use lmstd_grammar::ast::Field;

/// The id of a dataset's part.
pub(super) fn anchor(index: usize) -> String {
    format!("dataset-{}", index + 1)
}

/// The section.
pub(super) fn section(author: &Author) -> Section {
    let mut section = Section::new("4", "data", words("data"));
    if author.standard.datasets.is_empty() {
        return section.prose(words("scope.no-data"));
    }
    for (index, (name, spec)) in author.standard.datasets.iter().enumerate() {
        let part = Section::new(format!("4.{}", index + 1), anchor(index), Line::code(name));
        section.parts.push(dataset(author, part, name, spec));
    }
    section
}

fn dataset(author: &Author, mut part: Section, name: &str, spec: &DatasetSpec) -> Section {
    let written = author.dataset(name);
    if let Some(written) = written {
        part.blocks.extend(paragraphs(&written.doc).into_iter().map(Block::Prose));
    }
    let dataset = Line::code(name);
    let row = |field: &FieldSpec| {
        let column = written.and_then(|dataset| dataset.fields.iter().find(|column| column.name.value == field.name));
        let mut rules = rules(field, spec);
        rules.extend(column.into_iter().flat_map(|column| paragraphs(&column.doc)));
        let ty = column_type(author, &field.ty, column);
        vec![Line::code(&field.name), ty, Line::join(&rules, &words("list.rules"))]
    };
    let head = ["column", "type", "data.rules"].map(words);
    let rows: Vec<Vec<Line>> = spec.fields.iter().map(row).collect();
    part.blocks.push(Block::Table(Table::new(say("data.columns", &[("dataset", &dataset)]), head.into(), rows)));
    part.blocks.extend(sources(spec, &dataset));
    part.blocks.extend(preparations(spec, &dataset));
    let head = ["split", "source", "rows"].map(words);
    let rows: Vec<Vec<Line>> = spec.splits.iter().map(split).collect();
    part.blocks.push(Block::Table(Table::new(say("data.splits", &[("dataset", &dataset)]), head.into(), rows)));
    part
}

/// What is said of where the rows come from and how they were annotated.
fn sources(spec: &DatasetSpec, dataset: &Line) -> Option<Block> {
    let of = |note: &NoteSpec| {
        let name = note.source.as_ref().map_or_else(|| words("data.annotation"), Line::code);
        let entry = |(key, said): (&String, &String)| vec![name.clone(), Line::code(key), Line::text(said)];
        note.entries.iter().map(entry).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<Line>> = spec.notes.iter().flat_map(of).collect();
    let head = ["source", "data.fact", "data.said"].map(words);
    (!rows.is_empty())
        .then(|| Block::Table(Table::new(say("data.sources", &[("dataset", dataset)]), head.into(), rows)))
}

/// How columns are prepared.
fn preparations(spec: &DatasetSpec, dataset: &Line) -> Option<Block> {
    let row = |prepare: &PrepareSpec| {
        let steps: Vec<Line> = prepare.steps.iter().map(|step| Line::code(step.to_string())).collect();
        vec![Line::code(&prepare.column), Line::join(&steps, &words("list.rules"))]
    };
    let rows: Vec<Vec<Line>> = spec.prepares.iter().map(row).collect();
    let head = ["column", "data.steps"].map(words);
    (!rows.is_empty())
        .then(|| Block::Table(Table::new(say("data.prepares", &[("dataset", dataset)]), head.into(), rows)))
}

/// The type of a column in words, with its unit; as written where there are none.
fn column_type(author: &Author, ty: &ColumnType, column: Option<&Field>) -> Line {
    if let ColumnType::Class(labels) = ty {
        let label = |(label, value): &(String, String)| match label == value {
            true => Line::code(label),
            false => say("type.label", &[("label", &Line::code(label)), ("value", &Line::code(value))]),
        };
        return say("type.class", &[("labels", &listed(&labels.iter().map(label).collect::<Vec<_>>()))]);
    }
    let Some(column) = column else { return Line::text("–") };
    let key = format!("type.{}", column.ty.value.word());
    let ty = if known(&key) { words(&key) } else { Line::code(author.written(column.ty.span)) };
    match &column.unit {
        Some(unit) => ty.then(&Line::text(format!(" ({})", unit.value))),
        None => ty,
    }
}

/// What the values of a column have to meet, in words.
fn rules(field: &FieldSpec, spec: &DatasetSpec) -> Vec<Line> {
    let input = spec.inputs.contains(&field.name).then(|| field.name.clone());
    let roles = [(&input, "role.input"), (&spec.target, "role.target"), (&spec.id, "role.id")];
    let own = roles.into_iter().filter(|(column, _)| column.as_deref() == Some(field.name.as_str()));
    let mut rules: Vec<Line> = own.map(|(_, key)| words(key)).collect();
    if let Some((low, high)) = field.length {
        let key = if high == u64::MAX { "rule.length-open" } else { "rule.length" };
        rules.push(say(key, &[("low", &Line::text(count(low))), ("high", &Line::text(count(high)))]));
    }
    if let Some(pattern) = &field.pattern {
        rules.push(say("rule.pattern", &[("pattern", &Line::code(pattern))]));
    }
    if let Some((low, high)) = field.range {
        let (low, high) = (Line::text(plain(low)), Line::text(plain(high)));
        rules.push(say("rule.range", &[("low", &low), ("high", &high)]));
    }
    if let Some(allowed) = &field.allowed {
        let values: Vec<Line> = allowed.iter().map(Line::code).collect();
        rules.push(say("rule.allowed", &[("values", &alternatives(&values))]));
    }
    if field.unique {
        rules.push(words("rule.unique"));
    }
    rules.push(words(if field.optional { "rule.optional" } else { "rule.required" }));
    rules
}

fn split(split: &SplitSpec) -> Vec<Line> {
    let source = split.from.as_ref().map_or_else(|| words("data.given"), Line::code);
    let (low, high) = split.rows;
    let key = match (low, high) {
        (0, u64::MAX) => "rows.any",
        (_, u64::MAX) => "rows.least",
        (0, _) => "rows.most",
        _ if low == high => "rows.exactly",
        _ => "rows.between",
    };
    let rows = say(key, &[("low", &Line::text(count(low))), ("high", &Line::text(count(high)))]);
    vec![Line::code(&split.name), source, rows]
}
