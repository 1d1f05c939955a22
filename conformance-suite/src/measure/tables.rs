//! What measures of data share: the table of a call, the findings that name its rows, counts by declared labels.

use super::api::{Arguments, empty_split, failure};
use super::reading::{Content, Failure, ReadValue, Reading};
use crate::session::{Session, unreadable};
use crate::verdict::Finding;
use indexmap::IndexMap;
use lmstd_compiler::standard::{ArgumentValue, ColumnType};
use lmstd_runtime::dataset::ask::{Found, Repeats, Shared};
use lmstd_runtime::dataset::near::NearPairs;
use lmstd_runtime::dataset::place;
use lmstd_runtime::dataset::table::Table;
use std::rc::Rc;

/// Values that a fact lists.
pub const MOST_SHOWN: usize = 20;

/// The table of the call's split.
pub fn split(arguments: &Arguments, session: &Session) -> Result<Rc<Table>, Failure> {
    let (dataset, split) = arguments.split()?;
    session.table(dataset, split)
}

/// The table of the split that the call's is held against.
pub fn against(arguments: &Arguments, session: &Session) -> Result<Rc<Table>, Failure> {
    match arguments.value("against") {
        Some(ArgumentValue::Split(dataset, split)) => session.table(dataset, split),
        _ => Err(failure("internal", "the call names nothing to be held against", "", "")),
    }
}

/// The one column that the call names.
pub fn column<'a>(arguments: &'a Arguments, name: &str) -> Result<&'a str, Failure> {
    columns(arguments, name)?.first().copied().ok_or_else(|| missing(name))
}

/// The columns that the call names.
pub fn columns<'a>(arguments: &'a Arguments, name: &str) -> Result<Vec<&'a str>, Failure> {
    let columns = arguments.columns(name).ok_or_else(|| missing(name))?;
    Ok(columns.iter().map(String::as_str).collect())
}

fn missing(name: &str) -> Failure {
    failure("internal", format!("the call has no `{name}`"), "", "")
}

/// The columns by which rows are compared.
pub fn inputs(table: &Table) -> Result<Vec<&str>, Failure> {
    let inputs = table.spec.compared();
    if !inputs.is_empty() {
        return Ok(inputs);
    }
    let mend = "declare a column with `role input`";
    Err(failure("missing_column", "the dataset has no column that a model reads", &table.source, mend))
}

/// The column that the model predicts.
pub fn target(table: &Table) -> Result<String, Failure> {
    table.spec.target.clone().ok_or_else(|| {
        let mend = "declare a column with `role target`";
        failure("missing_column", "the dataset has no column that a model predicts", &table.source, mend)
    })
}

/// The threshold of the call, above 0 and up to 1.
pub fn threshold(arguments: &Arguments) -> Result<f64, Failure> {
    let threshold = arguments.number("threshold").filter(|threshold| *threshold > 0.0 && *threshold <= 1.0);
    threshold.ok_or_else(|| {
        failure("metric_refused", "the threshold is no similarity", "", "write a number above 0 and up to 1")
    })
}

/// The number of rows; not measured where there are none.
pub fn rows(table: &Table) -> Result<f64, Failure> {
    if table.rows == 0 { Err(empty_split(&table.source)) } else { Ok(table.rows as f64) }
}

/// One finding that names the first rows of those found.
pub fn findings(table: &Table, found: &Found, fault: &str, message: &str, expected: &str, mend: &str) -> Vec<Finding> {
    let Some((_, first)) = found.rows.first() else { return Vec::new() };
    let rows: Vec<u64> = found.rows.iter().map(|(row, _)| *row).collect();
    vec![Finding {
        fault: fault.into(),
        message: message.into(),
        at: place(&table.source, &rows, found.count),
        expected: expected.into(),
        found: first.clone(),
        mend: mend.into(),
    }]
}

/// A finding for each value that stands more than once.
pub fn repeated(table: &Table, found: &Repeats, fault: &str, message: &str) -> Vec<Finding> {
    let finding = |(value, first, last, times): &(String, u64, u64, u64)| Finding {
        fault: fault.into(),
        message: message.into(),
        at: place(&table.source, &[*first, *last], *times),
        expected: "one row".into(),
        found: value.clone(),
        mend: "keep the first of them".into(),
    };
    found.examples.iter().map(finding).collect()
}

/// A finding for each value that stands in both splits.
pub fn shared(one: &Table, two: &Table, found: &Shared, fault: &str, message: &str) -> Vec<Finding> {
    let finding = |(value, first, second): &(String, u64, u64)| Finding {
        fault: fault.into(),
        message: message.into(),
        at: both(&one.source, *first, &two.source, *second),
        expected: "one split".into(),
        found: value.clone(),
        mend: "keep it in one split only".into(),
    };
    found.examples.iter().map(finding).collect()
}

/// A finding for each pair of rows that are nearly the same.
pub fn pairs(one: &Table, two: &Table, found: &NearPairs, fault: &str, message: &str) -> Vec<Finding> {
    let finding = |pair: &lmstd_runtime::dataset::near::NearPair| Finding {
        fault: fault.into(),
        message: message.into(),
        at: both(&one.source, pair.row, &two.source, pair.other),
        expected: "texts that differ".into(),
        found: format!("similarity {:.3}", pair.similarity),
        mend: "keep one of the two".into(),
    };
    found.examples.iter().map(finding).collect()
}

fn both(one: &str, first: u64, two: &str, second: u64) -> String {
    if one == two {
        return place(one, &[first, second], 2);
    }
    format!("{}, {}", place(one, &[first], 1), place(two, &[second], 1))
}

/// The labels of a class column and how often each stands, zeros included.
pub fn labelled(session: &Session, table: &Table, name: &str) -> Result<(Vec<String>, Vec<u64>), Failure> {
    let classes = classes(table, name)?;
    let mut counts = vec![0; classes.len()];
    for (values, count) in session.engine()?.counts(table, &[name]).map_err(unreadable)? {
        let value = values.into_iter().next().flatten();
        if let Some(place) = classes.iter().position(|(_, written)| Some(written) == value.as_ref()) {
            counts[place] += count;
        }
    }
    Ok((classes.iter().map(|(label, _)| label.clone()).collect(), counts))
}

fn classes<'t>(table: &'t Table, name: &str) -> Result<&'t [(String, String)], Failure> {
    let field = table.spec.fields.iter().find(|field| field.name == name);
    match field.map(|field| &field.ty) {
        Some(ColumnType::Class(classes)) => Ok(classes),
        _ => {
            let message = format!("the column `{name}` has no declared labels");
            Err(failure("metric_refused", message, &table.source, "name a class column"))
        }
    }
}

/// The declared labels of one column, or the combinations of those of several.
pub fn labels_of(table: &Table, names: &[&str]) -> Result<Vec<String>, Failure> {
    let mut all = vec![String::new()];
    for (index, name) in names.iter().enumerate() {
        let classes = classes(table, name)?;
        let join = |head: &String| {
            classes
                .iter()
                .map(move |(label, _)| if index == 0 { label.clone() } else { format!("{head} & {label}") })
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(join).collect();
    }
    Ok(all)
}

/// Labels of a column against those of others, with how many rows have both; rows that lack one are left out.
pub fn crossed(
    session: &Session,
    table: &Table,
    name: &str,
    by: &[&str],
) -> Result<Vec<(String, String, u64)>, Failure> {
    let names = [&[name], by].concat();
    let known = names.iter().map(|name| classes(table, name)).collect::<Result<Vec<_>, _>>()?;
    let mut crossed = Vec::new();
    for (values, count) in session.engine()?.counts(table, &names).map_err(unreadable)? {
        let label = |(value, classes): (Option<String>, &&[(String, String)])| {
            classes.iter().find(|(_, written)| Some(written) == value.as_ref()).map(|(label, _)| label.clone())
        };
        let labels: Option<Vec<String>> = values.into_iter().zip(&known).map(label).collect();
        if let Some(labels) = labels {
            crossed.push((labels[0].clone(), labels[1..].join(" & "), count));
        }
    }
    Ok(crossed)
}

/// A reading of a rate that is estimated from the rows; undefined where there is no value.
pub fn estimated(
    value: Option<(f64, (f64, f64))>,
    rows: u64,
    method: &str,
    arguments: &Arguments,
    findings: Vec<Finding>,
    facts: IndexMap<String, String>,
) -> Reading {
    let content = Content::Number {
        value: value.map(|(value, _)| value),
        interval: value.map(|(_, (low, high))| [Some(low), Some(high)]),
        confidence: value.map(|_| arguments.confidence()),
        n: Some(rows),
        needs: None,
        method: method.to_owned(),
        exact: false,
    };
    let value = ReadValue { result: None, content, facts, confusion: None, figures: Vec::new() };
    Reading { values: vec![value], findings, ..Reading::default() }
}

/// Takes the number out of a reading of a value that is undefined.
pub fn undefined_if(reading: &mut Reading, value: Option<f64>) {
    if let Some(ReadValue { content: Content::Number { value: told, .. }, .. }) = reading.values.first_mut() {
        *told = value;
    }
}

/// A day, from days since 1970, as `2026-11-26`; proleptic Gregorian (Hinnant, days to civil).
pub fn day(days: i32) -> String {
    let shifted = i64::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Days since 1970 of a date such as `2026-11-26`.
pub fn parse_day(text: &str) -> Option<i32> {
    let mut parts = text.split('-');
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, len: usize| part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(date, 2) {
        return None;
    }
    let (year, month, date): (i64, i64, i64) = (year.parse().ok()?, month.parse().ok()?, date.parse().ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return None;
    }
    let shifted = year - i64::from(month <= 2);
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + date - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let days = i32::try_from(days).ok()?;
    // A day that the month does not have comes back as another one.
    (day(days) == text).then_some(days)
}
