//! A measurement over data as a relational plan. Which relation it needs is told by its arguments alone: a split is
//! scanned, all splits of a dataset are scanned and joined end to end, and a model that runs predicts every row.

use crate::ir::relational::Rel;
use crate::measure::{Signature, Stage};
use crate::standard::{ArgumentValue, DatasetSpec, Measurement, Standard};

/// The name of the column that a model adds.
const PREDICTION: &str = "prediction";

/// The plan of `measurement`; `None` where it reads no data. `signature` is `None` for a metric of the standard.
pub fn lower(measurement: &Measurement, signature: Option<&Signature>, standard: &Standard) -> Option<Rel> {
    let arguments = &measurement.arguments;
    let (name, split) = arguments.values().find_map(|value| match value {
        ArgumentValue::Split(dataset, split) => Some((dataset, Some(split))),
        ArgumentValue::Dataset(dataset) => Some((dataset, None)),
        _ => None,
    })?;
    let dataset = standard.datasets.get(name)?;
    let runs = signature.is_none_or(|signature| signature.stage == Stage::Run);
    let model = arguments.values().find_map(|value| match value {
        ArgumentValue::Model(model) => Some(model),
        _ => None,
    });
    let asked = |value: &ArgumentValue| match value {
        ArgumentValue::Columns(columns) => columns.clone(),
        ArgumentValue::Where(condition) => condition.columns().into_iter().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let asked: Vec<String> = arguments.values().flat_map(asked).collect();
    let columns = columns(dataset, model.is_some(), &asked);
    let scan = |split: &String| Rel::Scan { dataset: name.clone(), split: split.clone(), columns: columns.clone() };
    let rows = match split {
        Some(split) => scan(split),
        None => Rel::Union { inputs: dataset.splits.iter().map(|split| scan(&split.name)).collect() },
    };
    let mut read = columns.clone();
    let input = match (model.filter(|_| runs), &dataset.input) {
        (Some(model), Some(column)) => {
            read.retain(|name| name != column);
            read.push(PREDICTION.to_owned());
            let (model, column, name) = (model.clone(), column.clone(), PREDICTION.to_owned());
            Rel::Predict { input: Box::new(rows), model, column, name }
        }
        _ => rows,
    };
    let further = arguments.iter().filter_map(|(name, value)| Some((name.clone(), written(value)?)));
    Some(Rel::Aggregate {
        input: Box::new(input),
        function: measurement.measure.clone(),
        columns: read,
        arguments: further.collect(),
    })
}

/// With a model, its input and target and the columns that are asked for; without, every column.
fn columns(dataset: &DatasetSpec, model: bool, asked: &[String]) -> Vec<String> {
    let needed =
        |name: &String| [dataset.input.as_ref(), dataset.target.as_ref()].contains(&Some(name)) || asked.contains(name);
    let names = dataset.fields.iter().map(|field| field.name.clone());
    names.filter(|name| !model || needed(name)).collect()
}

/// An argument other than models and data, as a reader would write it.
fn written(value: &ArgumentValue) -> Option<String> {
    match value {
        ArgumentValue::Model(_) | ArgumentValue::Split(..) | ArgumentValue::Dataset(_) => None,
        ArgumentValue::Class(word) | ArgumentValue::Text(word) => Some(word.clone()),
        ArgumentValue::Columns(columns) => Some(columns.join(" & ")),
        ArgumentValue::Where(condition) => Some(condition.to_string()),
        ArgumentValue::Number(number) => Some(number.to_string()),
        ArgumentValue::Terms(terms) => {
            let term = |(weight, measure, arguments): &(f64, String, indexmap::IndexMap<String, ArgumentValue>)| {
                let own: Vec<String> = arguments.values().filter_map(written).collect();
                match own.is_empty() {
                    true => format!("{weight} * {measure}"),
                    false => format!("{weight} * {measure}({})", own.join(", ")),
                }
            };
            Some(terms.iter().map(term).collect::<Vec<_>>().join(" + "))
        }
    }
}
