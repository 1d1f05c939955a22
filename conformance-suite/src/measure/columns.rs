//! Metrics of the data alone: drift between two splits, agreement of raters, privacy of records. They are facts about these
//! rows, not estimates from a sample.

use super::api::{Arguments, exact, failure};
use super::metric::{find, refused};
use super::reading::{Failure, Reading};
use crate::session::{Session, unreadable};
use indexmap::IndexMap;
use lmstd_compiler::standard::{ArgumentValue, ColumnType, DatasetSpec};
use lmstd_runtime::metric::items::{Counts, RaterCounts, Ratings, Records, Samples};
use lmstd_runtime::metric::{Items, Kind, Metric, Param, Params};
use std::collections::BTreeMap;

/// Measures a metric that reads columns.
pub fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let metric = find(&arguments.measurement.measure)?;
    let params = params(arguments);
    let items = items(metric, arguments, session)?;
    let scores = metric.of(&items, &params).map_err(refused)?;
    let mut reading = Reading::default();
    for (result, score) in scores.0 {
        let facts = IndexMap::from([
            ("definition".to_owned(), metric.definition()),
            ("signature".to_owned(), format!("{}{}", metric.mark(&params), columns_mark(arguments))),
        ]);
        // An undefined value is told as such: it is not a number that could pass.
        let mut one = exact(score.value().unwrap_or(f64::NAN), Vec::new(), facts);
        for value in &mut one.values {
            value.result = result.map(str::to_owned);
            if let super::reading::Content::Number { value, .. } = &mut value.content {
                *value = score.value();
            }
        }
        reading.values.append(&mut one.values);
    }
    Ok(reading)
}

fn params(arguments: &Arguments) -> Params {
    let value = |(name, value): (&String, &ArgumentValue)| match value {
        ArgumentValue::Text(text) => Some((name.clone(), Param::Text(text.clone()))),
        ArgumentValue::Number(number) => Some((name.clone(), Param::Number(*number))),
        _ => None,
    };
    Params(arguments.measurement.arguments.iter().filter_map(value).collect())
}

/// Which columns the number is of: part of what it means.
fn columns_mark(arguments: &Arguments) -> String {
    let column = |(name, value): (&String, &ArgumentValue)| match value {
        ArgumentValue::Columns(columns) => Some(format!("|{name}:{}", columns.join(" & "))),
        _ => None,
    };
    arguments.measurement.arguments.iter().filter_map(column).collect()
}

fn items(metric: &Metric, arguments: &Arguments, session: &Session) -> Result<Items, Failure> {
    let (dataset, split) = arguments.split()?;
    let cells = |dataset: &str, split: &str, names: &[&str]| -> Result<Vec<Vec<Option<String>>>, Failure> {
        let table = session.table(dataset, split)?;
        session.engine()?.texts(&table, names).map_err(unreadable)
    };
    let names =
        |name: &str| -> Vec<&str> { arguments.columns(name).unwrap_or_default().iter().map(String::as_str).collect() };
    match metric.reads {
        [Kind::Samples | Kind::Counts] => {
            let Some(ArgumentValue::Split(other, against)) = arguments.value("against") else {
                return Err(failure("internal", "a drift has no split to be held against", "", ""));
            };
            let of = names("of");
            let sides = [cells(other, against, &of)?, cells(dataset, split, &of)?];
            match metric.reads {
                [Kind::Samples] => samples(sides),
                _ => counts(sides, session.standard.datasets.get(dataset), of.first().copied().unwrap_or_default()),
            }
        }
        [Kind::Records] => {
            let (by, secret) = (names("by"), names("secret"));
            let rows = cells(dataset, split, &[by.as_slice(), secret.as_slice()].concat())?;
            let text = |cell: &Option<String>| cell.clone().unwrap_or_default();
            let identifiers = rows.iter().map(|row| row[..by.len()].iter().map(text).collect()).collect();
            let secret = rows.iter().filter_map(|row| row.get(by.len()).map(text)).collect();
            Ok(Items::Records(Records { identifiers, secret }))
        }
        _ => raters(metric, cells(dataset, split, &names("by"))?, session.standard.datasets.get(dataset), &names("by")),
    }
}

/// Numbers of both splits; missing values are left out.
fn samples([reference, current]: [Vec<Vec<Option<String>>>; 2]) -> Result<Items, Failure> {
    let numbers = |rows: Vec<Vec<Option<String>>>| {
        let cells = rows.into_iter().filter_map(|row| row.into_iter().next().flatten());
        cells.map(|cell| number(&cell)).collect::<Result<Vec<f64>, Failure>>()
    };
    Ok(Items::Samples(Samples { reference: numbers(reference)?, current: numbers(current)? }))
}

fn number(cell: &str) -> Result<f64, Failure> {
    let number = cell.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| {
        failure("wrong_type", "a value of the column is not a number", "", "name a number column, or `length`")
    })
}

/// Rows by category; a missing value is a category of its own where there is one.
fn counts(
    [reference, current]: [Vec<Vec<Option<String>>>; 2],
    spec: Option<&DatasetSpec>,
    column: &str,
) -> Result<Items, Failure> {
    let field = spec.and_then(|spec| spec.fields.iter().find(|field| field.name == column));
    let Some(ColumnType::Class(labels)) = field.map(|field| &field.ty) else {
        let mend = "name a class column; for numbers use `ks`";
        return Err(failure("wrong_type", format!("`{column}` has no declared categories"), "", mend));
    };
    let mut both: BTreeMap<Option<String>, [u64; 2]> =
        labels.iter().map(|(_, written)| (Some(written.clone()), [0, 0])).collect();
    for (side, rows) in [reference, current].into_iter().enumerate() {
        for cell in rows.into_iter().filter_map(|row| row.into_iter().next()) {
            both.entry(cell).or_default()[side] += 1;
        }
    }
    // A declared category that nobody has says nothing about drift.
    let used = both.into_values().filter(|counts| counts[0] + counts[1] > 0);
    let (reference, current) = used.map(|[before, now]| (before, now)).unzip();
    Ok(Items::Counts(Counts { reference, current }))
}

/// A unit a row, a rater a column: as counts by category, or as ratings (labels by their place in the declared order).
fn raters(
    metric: &Metric,
    rows: Vec<Vec<Option<String>>>,
    spec: Option<&DatasetSpec>,
    columns: &[&str],
) -> Result<Items, Failure> {
    let field = |column: &&str| spec.and_then(|spec| spec.fields.iter().find(|field| field.name == **column));
    let labels: Vec<Option<&Vec<(String, String)>>> = columns
        .iter()
        .map(|column| match field(column).map(|field| &field.ty) {
            Some(ColumnType::Class(labels)) => Some(labels),
            _ => None,
        })
        .collect();
    let rating = |(column, cell): (usize, &Option<String>)| -> Result<Option<f64>, Failure> {
        let Some(cell) = cell else { return Ok(None) };
        match labels[column] {
            None => number(cell).map(Some),
            Some(labels) => {
                let place = labels.iter().position(|(_, written)| written == cell);
                let unknown =
                    || failure("unknown_class", "a rating is not a declared label", "", "use declared labels");
                place.map(|place| Some(place as f64)).ok_or_else(unknown)
            }
        }
    };
    let ratings: Vec<Vec<Option<f64>>> =
        rows.iter().map(|row| row.iter().enumerate().map(rating).collect()).collect::<Result<_, _>>()?;
    if metric.reads != [Kind::RaterCounts] {
        return Ok(Items::Ratings(Ratings { ratings }));
    }
    let Some(Some(known)) = labels.first().filter(|first| labels.iter().all(|labels| labels == *first)) else {
        let mend = "declare the same labels for every rater";
        return Err(failure("wrong_type", "the raters' columns have not the same labels", "", mend));
    };
    let count = |row: &Vec<Option<f64>>| {
        let mut counts = vec![0; known.len()];
        row.iter().flatten().for_each(|rating| counts[*rating as usize] += 1);
        counts
    };
    Ok(Items::RaterCounts(RaterCounts { counts: ratings.iter().map(count).collect() }))
}
