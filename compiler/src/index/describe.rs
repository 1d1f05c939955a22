//! Definitions in one or a few lines, as an author would write them: the first part of a hover, the detail of a
//! completion. Pieces are cut from the source, so that a number reads as it was written.

use crate::op::row::Row;
use crate::ty::unit::Unit;
use lmstd_grammar::ast::{
    Architecture, Clause, ConfigField, Dataset, Doc, Expr, Field, FieldRule, Function, Metric, Model, Name, Param,
    Port, Split, Standard,
};
use lmstd_grammar::source::SourceMap;
use lmstd_grammar::span::Span;

/// The words of `span`, with every run of blanks made one space.
pub(super) fn words(sources: &SourceMap, span: Span) -> String {
    sources.slice(span).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The documentation, or nothing.
pub(super) fn doc(doc: &Doc) -> String {
    doc.as_ref().map(|doc| doc.value.clone()).unwrap_or_default()
}

pub(super) fn standard(standard: &Standard) -> String {
    format!("standard {} {}", standard.name.value, standard.version.value)
}

pub(super) fn model(model: &Model) -> String {
    format!("model {} = {}", model.name.value, model.architecture.value)
}

pub(super) fn metric(metric: &Metric, sources: &SourceMap) -> String {
    format!("metric {} = {}", metric.name.value, words(sources, metric.value.span))
}

pub(super) fn clause(clause: &Clause, sources: &SourceMap) -> String {
    let when = clause.when.as_ref().map(|when| format!(" when {}", words(sources, when.span))).unwrap_or_default();
    let bar = clause.requirement.as_ref().map(|bar| words(sources, bar.span)).unwrap_or_default();
    format!("clause {} {}{when} {{ {bar} }}", clause.id.value, clause.level.value.word())
}

/// The documentation of a clause: its `///` text, else its normative text in the first language given.
pub(super) fn clause_doc(clause: &Clause) -> String {
    match &clause.doc {
        Some(doc) => doc.value.clone(),
        None => clause.text.first().map(|text| text.text.value.clone()).unwrap_or_default(),
    }
}

/// The whole dataset, a line a column and a line a split.
pub(super) fn dataset(dataset: &Dataset, sources: &SourceMap) -> String {
    let mut text = format!("dataset {} {{\n", dataset.name.value);
    let fields = dataset.fields.iter().map(|column| field(column, sources));
    for line in fields.chain(dataset.splits.iter().map(|part| split(part, sources))) {
        text.push_str("  ");
        text.push_str(&line);
        text.push('\n');
    }
    text.push('}');
    text
}

pub(super) fn field(field: &Field, sources: &SourceMap) -> String {
    let mut text = format!("{}: {}", field.name.value, words(sources, field.ty.span));
    if let Some(unit) = &field.unit
        && !text.ends_with(unit.as_str())
    {
        text.push(' ');
        text.push_str(unit.as_str());
    }
    for rule in &field.rules {
        let words = match &rule.value {
            FieldRule::Length(range) => format!("length in {}", words(sources, range.span)),
            FieldRule::In(values) => format!("in {}", words(sources, values.span)),
            FieldRule::Matches(pattern) => format!("matches \"{}\"", pattern.value),
            FieldRule::Role(role) => format!("role {}", role.value),
            FieldRule::Unique => "unique".to_owned(),
            FieldRule::Optional => "optional".to_owned(),
        };
        text.push_str(", ");
        text.push_str(&words);
    }
    text
}

pub(super) fn split(split: &Split, sources: &SourceMap) -> String {
    let from = split.from.as_ref().map(|from| format!(" from \"{}\"", from.value)).unwrap_or_default();
    let rules: Vec<String> = split.rules.iter().map(|rule| words(sources, rule.span)).collect();
    let rules = if rules.is_empty() { String::new() } else { format!(" {{ {} }}", rules.join("; ")) };
    format!("split {}{from}{rules}", split.name.value)
}

pub(super) fn config_field(field: &ConfigField, sources: &SourceMap) -> String {
    let optional = if field.optional { "?" } else { "" };
    let mut text = format!("{}: {}{optional}", field.name.value, field.ty.value);
    add(&mut text, " in ", field.range.as_ref(), sources);
    for (index, source) in field.from.iter().enumerate() {
        add(&mut text, if index == 0 { " from " } else { ", " }, Some(source), sources);
    }
    add(&mut text, " = ", field.default.as_ref(), sources);
    text
}

pub(super) fn port(port: &Port, sources: &SourceMap) -> String {
    let mut text = format!("{}: {}", port.name.value, words(sources, port.ty.span));
    add(&mut text, " in ", port.range.as_ref(), sources);
    add(&mut text, " = ", port.default.as_ref(), sources);
    text
}

pub(super) fn param(param: &Param, sources: &SourceMap) -> String {
    let mut text = format!("{}: {}", param.name.value, words(sources, param.ty.span));
    add(&mut text, " = ", param.default.as_ref(), sources);
    text
}

/// A block or an operation: `word` says which.
pub(super) fn function(word: &str, function: &Function, sources: &SourceMap) -> String {
    let params: Vec<String> = function.params.iter().map(|part| param(part, sources)).collect();
    let result = words(sources, function.result.span);
    format!("{word} {}({}) -> {result}", function.name.value, params.join(", "))
}

/// A local function.
pub(super) fn local_function(name: &str, params: &[Name]) -> String {
    let params: Vec<&str> = params.iter().map(Name::as_str).collect();
    format!("let {name}({})", params.join(", "))
}

/// Inputs and outputs of an architecture, as one reads a function.
pub(super) fn architecture(architecture: &Architecture, sources: &SourceMap) -> String {
    let ports = |ports: &[Port]| ports.iter().map(|part| port(part, sources)).collect::<Vec<_>>().join(", ");
    let (inputs, outputs) = (ports(&architecture.inputs), ports(&architecture.outputs));
    format!("architecture {}({inputs}) -> ({outputs})", architecture.name.value)
}

pub(super) fn primitive(row: &Row) -> String {
    format!("{}{}", row.name, row.signature)
}

pub(super) fn unit(unit: &Unit) -> String {
    format!("{}: {}", unit.name, unit.kind.words())
}

/// What a unit is in the base unit of its kind.
pub(super) fn unit_doc(unit: &Unit) -> String {
    let base = unit.kind.base_unit();
    let space = if base.is_empty() { "" } else { " " };
    format!("1 {} is {}{space}{base}.", unit.name, unit.scale)
}

fn add(text: &mut String, before: &str, expr: Option<&Expr>, sources: &SourceMap) {
    if let Some(expr) = expr {
        text.push_str(before);
        text.push_str(&words(sources, expr.span));
    }
}
