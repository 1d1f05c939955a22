//! Columns and splits of a dataset, with their rules as numbers.

use super::prepare;
use crate::diag::{Diagnostic, Sink, code};
use crate::eval::{self, Value};
use crate::resolve::unknown;
use crate::standard::{ColumnType, Comparison, DatasetSpec, FieldSpec, SplitSpec};
use crate::ty::unit;
use lmstd_grammar::ast::{BinaryOp, ClassLabel, Dataset, Expr, ExprKind, Field, FieldRule, FieldType, Split};
use lmstd_grammar::span::{Span, Spanned};

const ROLES: [&str; 4] = ["input", "target", "id", "cluster"];

/// The checked dataset; rules that do not fit are reported and left out.
pub fn check(dataset: &Dataset, sink: &mut Sink) -> DatasetSpec {
    if dataset.splits.is_empty() {
        let message = format!("the dataset `{}` has no split", dataset.name.value);
        let fault = Diagnostic::error(&code::NO_SPLITS, dataset.name.span, message).here("has no rows");
        sink.push(fault.help("add one, for example `split test from \"data/test.csv\"`"));
    }
    let fields: Vec<FieldSpec> = dataset.fields.iter().map(|ast| field(ast, sink)).collect();
    let mut inputs = with_role(dataset, "input");
    let [target, id, cluster] = ["target", "id", "cluster"].map(|word| role(dataset, word, sink));
    let only = |wanted: fn(&FieldSpec) -> bool| {
        let mut found = fields.iter().filter(|field| wanted(field)).map(|field| field.name.clone());
        found.next().filter(|_| found.next().is_none())
    };
    let target = target.or_else(|| only(|field| matches!(field.ty, ColumnType::Class(_))));
    if inputs.is_empty() {
        // What the model predicts it does not read.
        inputs.extend(only(|field| field.ty == ColumnType::Text).filter(|name| target.as_ref() != Some(name)));
    }
    let splits = dataset.splits.iter().map(|ast| split(ast, sink)).collect();
    let prepares = prepare::check(dataset, &fields, sink);
    let notes = prepare::notes(dataset, sink);
    let input = inputs.first().cloned();
    DatasetSpec { fields, splits, notes, prepares, inputs, input, target, id, cluster }
}

/// The columns of a role, in source order.
fn with_role(dataset: &Dataset, word: &str) -> Vec<String> {
    let has = |field: &&Field| {
        field.rules.iter().any(|rule| matches!(&rule.value, FieldRule::Role(role) if role.as_str() == word))
    };
    dataset.fields.iter().filter(has).map(|field| field.name.value.clone()).collect()
}

fn role(dataset: &Dataset, word: &str, sink: &mut Sink) -> Option<String> {
    let mut found: Option<(&Field, Span)> = None;
    for field in &dataset.fields {
        for rule in &field.rules {
            let FieldRule::Role(role) = &rule.value else { continue };
            if role.as_str() != word {
                continue;
            }
            match found {
                None => found = Some((field, rule.span)),
                Some((first, span)) => sink.push(
                    Diagnostic::error(&code::REPEATED, rule.span, format!("two columns have the role `{word}`"))
                        .here("the second")
                        .label(span, format!("`{}` has it already", first.name.value))
                        .help("keep the role on one column"),
                ),
            }
        }
    }
    found.map(|(field, _)| field.name.value.clone())
}

fn field(ast: &Field, sink: &mut Sink) -> FieldSpec {
    let value = |label: &ClassLabel| label.value.as_ref().unwrap_or(&label.name).value.clone();
    let named = |labels: &[ClassLabel]| labels.iter().map(|label| (label.name.value.clone(), value(label))).collect();
    let ty = match &ast.ty.value {
        FieldType::Text => ColumnType::Text,
        FieldType::Int => ColumnType::Int,
        FieldType::Real => ColumnType::Real,
        FieldType::Bool => ColumnType::Bool,
        FieldType::Class(labels) => ColumnType::Class(named(labels)),
        FieldType::Spans(labels) => ColumnType::Spans(named(labels)),
        FieldType::Tokens => ColumnType::Tokens,
        FieldType::Date => ColumnType::Date,
        FieldType::Image => ColumnType::Image,
        FieldType::Audio => ColumnType::Audio,
    };
    let name = ast.name.value.clone();
    let unit = unit(ast, &ty, sink);
    let mut spec = FieldSpec { unit, ..FieldSpec::new(name, ty) };
    let mut seen: Vec<(&'static str, Span)> = Vec::new();
    for rule in &ast.rules {
        repeated(rule, &mut seen, sink);
        match &rule.value {
            FieldRule::Unique => spec.unique = true,
            FieldRule::Optional => spec.optional = true,
            FieldRule::Role(role) if ROLES.contains(&role.as_str()) => {}
            FieldRule::Role(role) => sink.push(unknown(&code::UNKNOWN_WORD, "role", role, "", ROLES)),
            FieldRule::Length(expr) if spec.ty == ColumnType::Text => {
                if let Some((low, high)) = counted(expr, sink) {
                    spec.length = Some((low, high));
                }
            }
            FieldRule::Length(_) => sink.push(unfit(ast, rule.span, "`length` limits the characters of a text")),
            FieldRule::Matches(pattern) if spec.ty == ColumnType::Text => match regex_syntax::parse(&pattern.value) {
                Ok(_) => spec.pattern = Some(pattern.value.clone()),
                Err(fault) => {
                    let why = fault.to_string();
                    let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                    let message = format!("this is no regular expression: {why}");
                    let fault = Diagnostic::error(&code::BAD_FIELD_RULE, pattern.span, message);
                    sink.push(fault.help("write one for the whole value, for example `[A-Z]{2}-[0-9]{4}`"));
                }
            },
            FieldRule::Matches(_) => sink.push(unfit(ast, rule.span, "`matches` limits texts")),
            FieldRule::In(expr) => values(ast, expr, rule.span, &mut spec, sink),
        }
    }
    spec
}

/// A rule of a kind that the column has already: the later one would silently replace the earlier one.
fn repeated(rule: &Spanned<FieldRule>, seen: &mut Vec<(&'static str, Span)>, sink: &mut Sink) {
    let word = match &rule.value {
        FieldRule::Length(_) => "length",
        FieldRule::In(_) => "in",
        FieldRule::Matches(_) => "matches",
        FieldRule::Role(_) => "role",
        FieldRule::Unique => "unique",
        FieldRule::Optional => "optional",
    };
    match seen.iter().find(|(known, _)| *known == word) {
        Some((_, first)) => sink.push(
            Diagnostic::error(&code::REPEATED, rule.span, format!("the column has two rules `{word}`"))
                .here("the second")
                .label(*first, "the first")
                .help("keep one of them"),
        ),
        None => seen.push((word, rule.span)),
    }
}

fn unit(ast: &Field, ty: &ColumnType, sink: &mut Sink) -> Option<String> {
    let unit = ast.unit.as_ref()?;
    if !matches!(ty, ColumnType::Int | ColumnType::Real) {
        sink.push(unfit(ast, unit.span, "only numbers have a unit"));
        return None;
    }
    if unit::find(unit.as_str()).is_none() {
        let known = unit::UNITS.iter().map(|unit| unit.name);
        sink.push(unknown(&code::UNKNOWN_UNIT, "unit", unit, "", known));
        return None;
    }
    Some(unit.value.clone())
}

/// Inclusive bounds of a count.
fn counted(expr: &Expr, sink: &mut Sink) -> Option<(u64, u64)> {
    let (low, high) = bounds(expr, true, sink)?;
    if low < 0.0 {
        sink.push(
            Diagnostic::error(&code::UNREACHABLE_BAR, expr.span, "a count is never below 0").here("begins below 0"),
        );
        return None;
    }
    Some((low as u64, high as u64))
}

fn values(ast: &Field, expr: &Expr, span: Span, spec: &mut FieldSpec, sink: &mut Sink) {
    match (&expr.kind, &spec.ty) {
        (ExprKind::Error, _) => {}
        (ExprKind::Range { .. }, ColumnType::Int | ColumnType::Real) => {
            spec.range = bounds(expr, spec.ty == ColumnType::Int, sink).or(spec.range);
        }
        (ExprKind::Range { .. }, _) => sink.push(unfit(ast, span, "a range limits numbers")),
        (ExprKind::Set(_), ColumnType::Class(_) | ColumnType::Bool) => {
            sink.push(unfit(ast, span, "the type already lists the values"));
        }
        (ExprKind::Set(_), ColumnType::Spans(_) | ColumnType::Tokens | ColumnType::Image | ColumnType::Audio) => {
            sink.push(unfit(ast, span, "a set lists texts, dates or numbers"));
        }
        (ExprKind::Set(elements), _) if elements.is_empty() => sink.push(
            Diagnostic::error(&code::EMPTY_RANGE, span, "this set holds nothing")
                .here("allows no value")
                .help("list the allowed values"),
        ),
        (ExprKind::Set(elements), _) => {
            spec.allowed = Some(elements.iter().filter_map(|element| allowed(ast, element, &spec.ty, sink)).collect());
        }
        _ => sink.push(unfit(ast, span, "`in` takes a range or a set")),
    }
}

fn allowed(ast: &Field, element: &Expr, ty: &ColumnType, sink: &mut Sink) -> Option<String> {
    let value = match &element.kind {
        ExprKind::Path(names) if *ty == ColumnType::Text => Ok(Value::Text(eval::dotted(names))),
        _ => eval::value(element, &|_| None),
    };
    match (value, ty) {
        (Ok(Value::Text(text)), ColumnType::Text | ColumnType::Date) => Some(text),
        (Ok(value @ Value::Int(_)), ColumnType::Int | ColumnType::Real) => Some(value.to_string()),
        (Ok(value @ Value::Real(_)), ColumnType::Real) => Some(value.to_string()),
        _ => {
            sink.push(unfit(ast, element.span, "the allowed values are of the column's type"));
            None
        }
    }
}

fn unfit(field: &Field, span: Span, reason: &str) -> Diagnostic {
    let ty = match &field.ty.value {
        FieldType::Text => "a text",
        FieldType::Int => "a whole number",
        FieldType::Real => "a number",
        FieldType::Bool => "true or false",
        FieldType::Class(_) => "a class",
        FieldType::Spans(_) => "labelled spans",
        FieldType::Tokens => "tokens",
        FieldType::Date => "a date",
        FieldType::Image => "a picture",
        FieldType::Audio => "a recording",
    };
    let message = format!("this rule does not fit the column `{}`", field.name.value);
    let fault = Diagnostic::error(&code::BAD_FIELD_RULE, span, message).label(field.ty.span, format!("it holds {ty}"));
    fault.help(reason.to_owned())
}

fn split(ast: &Split, sink: &mut Sink) -> SplitSpec {
    let mut rows = (0, u64::MAX);
    for rule in &ast.rules {
        if let Some((low, high)) = rows_rule(rule, sink) {
            rows = (rows.0.max(low), rows.1.min(high));
            if rows.0 > rows.1 {
                let message = format!("no number of rows meets the rules of the split `{}`", ast.name.value);
                let fault = Diagnostic::error(&code::CONTRADICTORY_RANGE, rule.span, message);
                sink.push(fault.here("leaves nothing").help("loosen one of the rules"));
            }
        }
    }
    SplitSpec { name: ast.name.value.clone(), from: ast.from.as_ref().map(|from| from.value.clone()), rows }
}

fn rows_rule(rule: &Expr, sink: &mut Sink) -> Option<(u64, u64)> {
    let ExprKind::Binary { op, left, right } = &rule.kind else { return not_rows(rule, sink) };
    let (mirrored, bar) = match (&left.kind, &right.kind) {
        (ExprKind::Path(names), _) if is_rows(names, sink) => (false, right),
        (_, ExprKind::Path(names)) if is_rows(names, sink) => (true, left),
        (ExprKind::Path(_), _) | (_, ExprKind::Path(_)) => return None,
        _ => return not_rows(rule, sink),
    };
    if op.value == BinaryOp::In {
        return counted(bar, sink);
    }
    let Ok(Value::Int(number)) = eval::value(bar, &|_| None) else {
        let fault = Diagnostic::error(&code::NOT_WHOLE, bar.span, "a number of rows is a whole number");
        sink.push(fault.help("write for example `rows >= 2_000`"));
        return None;
    };
    let Ok(number) = u64::try_from(number) else {
        let fault = Diagnostic::error(&code::UNREACHABLE_BAR, bar.span, "a number of rows is never below 0");
        sink.push(fault.help("write for example `rows >= 2_000`"));
        return None;
    };
    let op = Comparison::of(op.value).map(|op| if mirrored { op.mirrored() } else { op });
    match op {
        Some(Comparison::Ge) => Some((number, u64::MAX)),
        Some(Comparison::Gt) => Some((number.saturating_add(1), u64::MAX)),
        Some(Comparison::Le) => Some((0, number)),
        Some(Comparison::Lt) if number == 0 => not_rows(rule, sink),
        Some(Comparison::Lt) => Some((0, number - 1)),
        Some(Comparison::Eq) => Some((number, number)),
        _ => not_rows(rule, sink),
    }
}

fn is_rows(names: &[lmstd_grammar::ast::Name], sink: &mut Sink) -> bool {
    match names {
        [name] if name.as_str() == "rows" => true,
        [name, ..] => {
            sink.push(unknown(&code::UNKNOWN_WORD, "property of a split", name, "", ["rows"]));
            false
        }
        [] => false,
    }
}

fn not_rows<T>(rule: &Expr, sink: &mut Sink) -> Option<T> {
    if rule.kind != ExprKind::Error {
        let fault = Diagnostic::error(&code::NOT_A_CONDITION, rule.span, "this does not limit the rows of a split");
        sink.push(fault.help("write for example `rows >= 2_000` or `rows in 2_000..=5_000`"));
    }
    None
}

/// Inclusive bounds of a range; `whole` ranges count, so `a..b` ends at `b - 1`.
fn bounds(expr: &Expr, whole: bool, sink: &mut Sink) -> Option<(f64, f64)> {
    let ExprKind::Range { low, high, inclusive } = &expr.kind else {
        let fault = Diagnostic::error(&code::TYPE_MISMATCH, expr.span, "a range is needed here");
        sink.push(fault.help("write for example `1..=5_000`"));
        return None;
    };
    let mut ends = [0.0; 2];
    for (end, slot) in [low, high].into_iter().zip(&mut ends) {
        match eval::value(end, &|_| None) {
            Ok(Value::Int(number)) => *slot = number as f64,
            Ok(Value::Real(number)) if !whole => *slot = number,
            _ => {
                let wanted = if whole { "a whole number" } else { "a number" };
                sink.push(Diagnostic::error(&code::NOT_WHOLE, end.span, format!("expected {wanted}")));
                return None;
            }
        }
    }
    if !inclusive {
        ends[1] = if whole { ends[1] - 1.0 } else { ends[1].next_down() };
    }
    if ends[0] > ends[1] {
        sink.push(empty_range(expr.span));
        return None;
    }
    Some((ends[0], ends[1]))
}

/// The fault of a range that ends before it begins.
pub fn empty_range(span: Span) -> Diagnostic {
    Diagnostic::error(&code::EMPTY_RANGE, span, "this range holds nothing")
        .here("ends before it begins")
        .help("write the smaller end first")
}
