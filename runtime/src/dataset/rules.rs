//! The rules of columns and splits, as relational plans: each rule is a condition over the table's columns that is true
//! where a row is at fault. One aggregate counts all of them in one pass; only rules that are broken are asked again for
//! their first places. A rule says what is wrong with the data, never what follows from it.
//!
//! A cell is judged by one rule first: a missing value is only missing, a value of the wrong type is only that.

use super::function::{characters, matches};
use super::query::{Engine, failed};
use super::table::{Table, fits, value};
use super::{DataError, Finding, place, shown};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Int64Type, UInt64Type};
use datafusion::common::{Column, Result as PlanResult, TableReference};
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::{count, max, min, sum};
use datafusion::prelude::{Expr, cast, ident, in_list, lit, not, try_cast, when};
use indexmap::IndexMap;
use lmstd_compiler::standard::{ColumnType, FieldSpec};

/// How many places a finding lists.
const LISTED: usize = 5;

/// What checking a table's columns and rows found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SchemaReport {
    /// Faults, in the order of the standard's columns; empty when the data is as declared.
    pub findings: Vec<Finding>,
    /// Columns that the standard does not declare: told, not a fault.
    pub unexpected: Vec<String>,
    /// Optional columns that the file does not have: told, not a fault.
    pub absent: Vec<String>,
    /// Data rows.
    pub rows: u64,
}

/// One rule of one column.
struct Rule {
    fault: &'static str,
    column: usize,
    broken: Expr,
    message: &'static str,
    expected: String,
    mend: &'static str,
}

impl Engine<'_> {
    /// Checks columns, types, values and the number of rows of a table against its declaration.
    ///
    /// # Errors
    /// `limit_exceeded`, or an error of the engine.
    pub fn check_schema(&self, table: &Table) -> Result<SchemaReport, DataError> {
        let mut report = SchemaReport {
            findings: Vec::new(),
            unexpected: table.unexpected.clone(),
            absent: Vec::new(),
            rows: table.rows,
        };
        let mut rules = Vec::new();
        for (d, field) in table.spec.fields.iter().enumerate() {
            if table.has(d) {
                rules.extend(rules_of(table, d, field).map_err(|e| failed(&table.source, &e))?);
            } else if field.optional {
                report.absent.push(field.name.clone());
            } else {
                report.findings.push(missing_column(table, field));
            }
        }
        let unique = table.spec.fields.iter().enumerate().filter(|(d, field)| field.unique && table.has(*d));
        let unique: Vec<(usize, &FieldSpec)> = unique.collect();
        let plans = std::iter::once(self.counting(table, &rules))
            .chain(unique.iter().map(|(d, field)| self.repeating(table, *d, &field.ty)))
            .collect::<PlanResult<Vec<_>>>()
            .map_err(|e| failed(&table.source, &e))?;
        let counted = self.collect_all(plans, &table.source)?;
        let (broken, repeated) = counted.split_at(1);
        for (index, rule) in rules.iter().enumerate() {
            let broken = number(&broken[0], index);
            if broken > 0 {
                report.findings.push(self.locate(table, rule, broken)?);
            }
        }
        for ((d, field), counted) in unique.into_iter().zip(repeated) {
            let repeated = number(counted, 0);
            if repeated > 0 {
                report.findings.push(self.repeated(table, d, field, repeated)?);
            }
        }
        report.findings.extend(row_count(table));
        Ok(report)
    }

    /// Rows per declared class label, in the standard's order, zeros included; values that are no class are not counted.
    ///
    /// # Errors
    /// `missing_column` where the target is missing or not a class; an error of the engine.
    pub fn class_counts(&self, table: &Table) -> Result<IndexMap<String, u64>, DataError> {
        let (target, classes) = target_classes(table)?;
        let scan = self.scan(table.provider.clone(), &table.source)?;
        let grouped = scan.aggregate(vec![table.text(target).alias("value")], vec![count(lit(1)).alias("rows")]);
        let mut found: IndexMap<String, u64> = classes.iter().map(|(label, _)| (label.clone(), 0)).collect();
        for batch in self.collect(grouped, &table.source)? {
            let (values, rows) = (batch.column(0).as_string_view(), batch.column(1).as_primitive::<Int64Type>());
            for (value, rows) in values.iter().zip(rows.values()) {
                let label = classes.iter().find(|(_, written)| Some(written.as_str()) == value).map(|(label, _)| label);
                if let Some(slot) = label.and_then(|label| found.get_mut(label)) {
                    *slot += rows.unsigned_abs();
                }
            }
        }
        Ok(found)
    }

    /// A plan over a table's cells, and beside them what several conditions of rules ask of a cell, computed once.
    fn judged(&self, table: &Table) -> PlanResult<DataFrame> {
        let mut columns = vec![ident("row")];
        for (d, field) in table.spec.fields.iter().enumerate().filter(|(d, _)| table.has(*d)) {
            columns.extend([value(d), fits(d)]);
            if is_cast(table, d, &field.ty) {
                columns.push(typed(table, d, &field.ty).alias(format!("typed_{d}")));
            }
            if field.length.is_some() && field.ty == ColumnType::Text {
                columns.push(characters(value(d)).alias(format!("length_{d}")));
            }
        }
        self.read(table.provider.clone())?.select(columns)
    }

    /// How many rows break each rule, all in one pass.
    fn counting(&self, table: &Table, rules: &[Rule]) -> PlanResult<DataFrame> {
        let counting = |(index, rule): (usize, &Rule)| {
            Ok(count(when(rule.broken.clone(), lit(1)).end()?).alias(format!("broken_{index}")))
        };
        let mut columns = rules.iter().enumerate().map(counting).collect::<PlanResult<Vec<Expr>>>()?;
        columns.push(count(lit(1)).alias("rows"));
        self.judged(table)?.aggregate(vec![], columns)
    }

    /// How many rows of a unique column repeat a value of an earlier one.
    fn repeating(&self, table: &Table, d: usize, ty: &ColumnType) -> PlanResult<DataFrame> {
        self.read(table.provider.clone())?
            .select(vec![typed(table, d, ty).alias("key")])?
            .filter(ident("key").is_not_null())?
            .aggregate(vec![ident("key")], vec![count(lit(1)).alias("times")])?
            .aggregate(vec![], vec![sum(ident("times") - lit(1_i64)).alias("extra")])
    }

    /// The first rows that break a rule.
    fn locate(&self, table: &Table, rule: &Rule, broken: u64) -> Result<Finding, DataError> {
        let plan = self
            .judged(table)
            .and_then(|p| p.filter(rule.broken.clone()))
            .and_then(|p| p.select(vec![ident("row"), table.text(rule.column)]))
            .and_then(|p| p.sort(vec![ident("row").sort(true, false)]))
            .and_then(|p| p.limit(0, Some(LISTED)));
        let batches = self.collect(plan, &table.source)?;
        let rows: Vec<u64> = batches
            .iter()
            .flat_map(|b| b.column(0).as_primitive::<UInt64Type>().values().iter().map(|r| r + 1))
            .collect();
        let found = batches.first().and_then(|b| b.column(1).as_string_view().iter().next().flatten().map(shown));
        let column = &table.spec.fields[rule.column].name;
        Ok(Finding {
            fault: rule.fault,
            message: format!("{} `{column}` {}", rows_are(broken), rule.message),
            at: place(&table.source, &rows, broken),
            expected: rule.expected.clone(),
            found: found.unwrap_or_else(|| "nothing".to_owned()),
            mend: rule.mend.to_owned(),
            column: Some(column.clone()),
            count: broken,
            rows,
        })
    }

    /// The first values of a unique column that stand more than once, `repeated` rows after the first of each.
    fn repeated(&self, table: &Table, d: usize, field: &FieldSpec, repeated: u64) -> Result<Finding, DataError> {
        let scan = self.scan(table.provider.clone(), &table.source)?;
        let groups = scan
            .aggregate(
                vec![typed(table, d, &field.ty).alias("key")],
                vec![
                    count(lit(1)).alias("times"),
                    min(ident("row")).alias("first"),
                    max(ident("row")).alias("last"),
                    min(table.text(d)).alias("text"),
                ],
            )
            .and_then(|p| p.filter(ident("key").is_not_null().and(ident("times").gt(lit(1_i64)))));
        let first = groups
            .and_then(|p| p.select(vec![ident("first"), ident("last"), ident("text")]))
            .and_then(|p| p.sort(vec![ident("first").sort(true, false)]))
            .and_then(|p| p.limit(0, Some(LISTED)));
        let batches = self.collect(first, &table.source)?;
        let mut rows = Vec::new();
        for batch in &batches {
            let ends = [batch.column(0).as_primitive::<UInt64Type>(), batch.column(1).as_primitive::<UInt64Type>()];
            rows.extend((0..batch.num_rows()).flat_map(|i| ends.map(|e| e.value(i) + 1)));
        }
        rows.truncate(LISTED);
        let text = batches.first().and_then(|b| b.column(2).as_string_view().iter().next().flatten().map(shown));
        Ok(Finding {
            fault: "duplicate_value",
            message: format!("{} `{}` repeat a value that must stand once.", rows_are(repeated), field.name),
            at: place(&table.source, &rows, rows.len() as u64),
            expected: "every value once".to_owned(),
            found: text.unwrap_or_default(),
            mend: "Remove the repeated rows or give them values of their own.".to_owned(),
            column: Some(field.name.clone()),
            count: repeated,
            rows,
        })
    }
}

/// Declared classes: label, and value as the data writes it.
pub(super) type Classes<'t> = &'t [(String, String)];

/// The target column and its classes (label, value as written).
///
/// # Errors
/// `missing_column` where there is none, or it is not a class.
pub(super) fn target_classes(table: &Table) -> Result<(usize, Classes<'_>), DataError> {
    let none = || {
        let mend = "Declare a class column with `role target`.";
        DataError::new("missing_column", &table.source, "The dataset has no class column to predict.", mend)
    };
    let target = table.column(table.spec.target.as_deref().ok_or_else(none)?)?;
    match &table.spec.fields[target].ty {
        ColumnType::Class(classes) => Ok((target, classes)),
        _ => Err(none()),
    }
}

/// The cell as a value of its type; null where it is none.
pub(super) fn typed(table: &Table, d: usize, ty: &ColumnType) -> Expr {
    match ty {
        _ if table.is_native(d) => value(d),
        ColumnType::Int => try_cast(value(d), DataType::Int64),
        ColumnType::Real => try_cast(value(d), DataType::Float64),
        ColumnType::Date => try_cast(value(d), DataType::Date32),
        _ => value(d),
    }
}

/// Whether [`typed`] makes something of the cell.
fn is_cast(table: &Table, d: usize, ty: &ColumnType) -> bool {
    !table.is_native(d) && matches!(ty, ColumnType::Int | ColumnType::Real | ColumnType::Date)
}

/// [`typed`], computed below.
fn judged(table: &Table, d: usize, ty: &ColumnType) -> Expr {
    if is_cast(table, d, ty) { ident(format!("typed_{d}")) } else { value(d) }
}

/// True where a present value is not of the column's type; never null.
fn wrong_type(table: &Table, d: usize, ty: &ColumnType) -> Expr {
    const BOOLS: [&str; 8] = ["true", "false", "True", "False", "TRUE", "FALSE", "1", "0"];
    // NaN compares above every number, so one pair of bounds refuses it and the infinities.
    let infinite = |number: Expr| number.clone().gt(lit(f64::MAX)).or(number.lt(lit(f64::MIN)));
    if table.is_native(d) {
        // What did not fit is null, and still no missing value.
        let unfit = not(fits(d));
        return if *ty == ColumnType::Real { unfit.or(value(d).is_not_null().and(infinite(value(d)))) } else { unfit };
    }
    let unfit = match ty {
        ColumnType::Text
        | ColumnType::Class(_)
        | ColumnType::Spans(_)
        | ColumnType::Tokens
        | ColumnType::Image
        | ColumnType::Audio => not(fits(d)),
        ColumnType::Int | ColumnType::Date => not(fits(d)).or(judged(table, d, ty).is_null()),
        ColumnType::Bool => not(fits(d)).or(in_list(value(d), BOOLS.map(lit).to_vec(), true)),
        ColumnType::Real => not(fits(d)).or(judged(table, d, ty).is_null()).or(infinite(judged(table, d, ty))),
    };
    value(d).is_not_null().and(unfit)
}

fn rules_of(table: &Table, d: usize, field: &FieldSpec) -> PlanResult<Vec<Rule>> {
    let mut rules = Vec::new();
    let mut add = |fault, broken, message, expected: String, mend| {
        rules.push(Rule { fault, column: d, broken, message, expected, mend });
    };
    if !field.optional {
        let mend = "Fill the value, remove the row, or declare the column optional.";
        let missing = if table.is_native(d) { value(d).is_null().and(fits(d)) } else { value(d).is_null() };
        add("missing_value", missing, "have no value.", "a value".to_owned(), mend);
    }
    let kind = type_name(&field.ty).to_owned();
    add(
        "wrong_type",
        wrong_type(table, d, &field.ty),
        "are not of the declared type.",
        kind,
        "Write the value in that type.",
    );
    let well_typed = value(d).is_not_null().and(not(wrong_type(table, d, &field.ty)));
    let number = || cast(judged(table, d, &field.ty), DataType::Float64);
    let numeric = matches!(field.ty, ColumnType::Int | ColumnType::Real);
    if let ColumnType::Class(classes) = &field.ty {
        let written: Vec<Expr> = classes.iter().map(|(_, written)| lit(written.as_str())).collect();
        let listed: Vec<&str> = classes.iter().map(|(_, written)| written.as_str()).collect();
        let broken = well_typed.clone().and(in_list(table.text(d), written, true));
        let mend = "Use a declared class, or declare this one.";
        add("unknown_class", broken, "are no declared class.", format!("one of {}", listed.join(", ")), mend);
    }
    if let (Some((low, high)), true) = (field.range, numeric) {
        let broken = well_typed.clone().and(number().lt(lit(low)).or(number().gt(lit(high))));
        add("out_of_range", broken, "are out of range.", format!("{low} to {high}"), "Correct the value or the range.");
    }
    if let (Some((low, high)), ColumnType::Text) = (field.length, &field.ty) {
        let bound = |n: u64| lit(i64::try_from(n).unwrap_or(i64::MAX));
        let length = || ident(format!("length_{d}"));
        let broken = well_typed.clone().and(length().lt(bound(low)).or(length().gt(bound(high))));
        let expected = format!("{low} to {high} characters");
        add(
            "bad_length",
            broken,
            "are too short or too long.",
            expected,
            "Cut or remove the text, or change the length.",
        );
    }
    if let (Some(pattern), ColumnType::Text) = (&field.pattern, &field.ty) {
        let broken = well_typed.clone().and(not(matches(value(d), pattern)?));
        let mend = "Correct the text, or change the pattern.";
        add("bad_pattern", broken, "do not match the pattern.", pattern.clone(), mend);
    }
    if let Some(allowed) = &field.allowed {
        let numbers = allowed.iter().map(|a| a.parse::<f64>().ok()).collect::<Option<Vec<f64>>>();
        let outside = match numbers.filter(|_| numeric) {
            Some(numbers) => in_list(number(), numbers.into_iter().map(lit).collect(), true),
            None => in_list(table.text(d), allowed.iter().map(|a| lit(a.as_str())).collect(), true),
        };
        let expected = format!("one of {}", allowed.join(", "));
        add("out_of_range", well_typed.and(outside), "are not allowed.", expected, "Use an allowed value.");
    }
    Ok(rules)
}

fn type_name(ty: &ColumnType) -> &'static str {
    match ty {
        ColumnType::Text => "text",
        ColumnType::Int => "a whole number",
        ColumnType::Real => "a finite number",
        ColumnType::Bool => "true or false",
        ColumnType::Class(_) => "a class label",
        ColumnType::Spans(_) => "labelled spans",
        ColumnType::Tokens => "tokens",
        ColumnType::Date => "a date such as 2026-11-25",
        ColumnType::Image => "the path of a picture",
        ColumnType::Audio => "the path of a recording",
    }
}

fn rows_are(count: u64) -> String {
    if count == 1 { "One value of column".to_owned() } else { format!("{count} values of column") }
}

/// The single non-negative integer in column `index` of a one-row answer; null counts as zero.
pub(super) fn number(batches: &[RecordBatch], index: usize) -> u64 {
    let cell = |b: &RecordBatch| {
        let column = b.column(index).as_primitive::<Int64Type>();
        if column.is_empty() || column.is_null(0) { 0 } else { column.value(0).unsigned_abs() }
    };
    batches.iter().map(cell).sum()
}

fn missing_column(table: &Table, field: &FieldSpec) -> Finding {
    let mut mend = "Add the column or rename the one that holds it.".to_owned();
    if !table.unexpected.is_empty() {
        mend = format!("{mend} Undeclared columns: {}.", table.unexpected.join(", "));
    }
    Finding {
        fault: "missing_column",
        message: format!("The column `{}` is missing.", field.name),
        at: table.source.clone(),
        expected: format!("column `{}`, {}", field.name, type_name(&field.ty)),
        found: "no such column".to_owned(),
        mend,
        column: Some(field.name.clone()),
        count: 1,
        rows: Vec::new(),
    }
}

/// A split without rows is at fault whatever is declared: rules that were held against nothing say nothing.
fn row_count(table: &Table) -> Option<Finding> {
    let (low, high) = (table.split.rows.0.max(1), table.split.rows.1);
    let expected = if high == u64::MAX { format!("at least {low} rows") } else { format!("{low} to {high} rows") };
    let message = match table.rows {
        0 => format!("The split `{}` has no rows.", table.split.name),
        _ => format!("The split `{}` has another number of rows than declared.", table.split.name),
    };
    (table.rows < low || table.rows > high).then(|| Finding {
        fault: "row_count",
        message,
        at: table.source.clone(),
        expected,
        found: format!("{} rows", table.rows),
        mend: "Give the whole split, or change its declared number of rows.".to_owned(),
        column: None,
        count: 1,
        rows: Vec::new(),
    })
}

/// A column by its exact name, for plans over joined tables.
pub(super) fn qualified(relation: &str, name: &str) -> Expr {
    Expr::Column(Column::new(Some(TableReference::bare(relation)), name))
}
