//! Every Eval Ever, schemas 0.2: instance-level records, one a line, and aggregate records.
//!
//! The answer is the value that was extracted at the end, else the one output, else what the assistant said last. A sample
//! that was scored by several metrics has a record for each: they count once, and must agree. Records of one metric that
//! share a sample are its trials, numbered by `metadata.epoch` or as they come.

use super::parts::Number;
use super::{ForeignAnswer, ReportedResult, counted, malformed, records, scalar};
use crate::dataset::DataError;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

const MEND: &str = "Give the instance-level file as its converter wrote it.";
const ONE: &str = "Keep the records of one `evaluation_name`, or of one run.";

/// The answers, in the order of the file.
pub(super) fn answers(text: &str, name: &str) -> Result<Vec<ForeignAnswer>, DataError> {
    let mut answers: Vec<ForeignAnswer> = Vec::new();
    let mut places: HashMap<(String, u64), usize> = HashMap::new();
    let mut counts: HashMap<(String, String), u64> = HashMap::new();
    let mut seen: HashSet<(String, String, u64)> = HashSet::new();
    for record in records(text, name) {
        let (at, record) = record?;
        let id = id(&record).ok_or_else(|| malformed(&at, "The record has no `sample_id`.", MEND))?;
        let prediction = prediction(&record).map_err(|why| malformed(&at, why, MEND))?;
        let named = |name: &str| record.get(name).and_then(Value::as_str);
        let result = named("evaluation_result_id").or_else(|| named("evaluation_name")).unwrap_or_default().to_owned();
        let trial = match epoch(&record) {
            Some(epoch) => epoch,
            None => {
                let count = counts.entry((result.clone(), id.clone())).or_insert(0);
                *count += 1;
                *count
            }
        };
        if !seen.insert((result, id.clone(), trial)) {
            return Err(malformed(&at, "The sample stands twice in one trial of one evaluation.", ONE));
        }
        match places.get(&(id.clone(), trial)).and_then(|place| answers.get(*place)) {
            Some(known) if known.prediction == prediction => {}
            Some(_) => return Err(malformed(&at, "The sample has another answer in another evaluation.", ONE)),
            None => {
                places.insert((id.clone(), trial), answers.len());
                answers.push(ForeignAnswer { id, prediction, trial, choices: Vec::new() });
            }
        }
    }
    Ok(answers)
}

/// The id of a sample. The converter of lm-evaluation-harness leaves a trace, and counts from 0.
fn id(record: &Map<String, Value>) -> Option<String> {
    let id = scalar(record.get("sample_id")?)?;
    match (metadata(record, "lm_eval_metrics"), id.parse()) {
        (Some(_), Ok(place)) => counted(place),
        _ => Some(id),
    }
}

fn epoch(record: &Map<String, Value>) -> Option<u64> {
    scalar(metadata(record, "epoch")?)?.parse().ok()
}

fn metadata<'r>(record: &'r Map<String, Value>, name: &str) -> Option<&'r Value> {
    record.get("metadata")?.get(name)
}

fn prediction(record: &Map<String, Value>) -> Result<String, &'static str> {
    if let Some(extracted) = extracted(record) {
        return Ok(extracted);
    }
    match record.get("output").and_then(|output| output.get("raw")) {
        Some(Value::Array(raw)) if raw.len() > 1 => Err("The record has several outputs, and none was extracted."),
        Some(Value::Array(raw)) => raw.first().and_then(scalar).ok_or("The output of the record is not a text."),
        Some(Value::String(raw)) => Ok(raw.clone()),
        _ => said(record).ok_or("The record has no answer."),
    }
}

/// The last value that was extracted for good.
fn extracted(record: &Map<String, Value>) -> Option<String> {
    let attributions = record.get("answer_attribution")?.as_array()?;
    let at_the_end = |found: &&Value| found.get("is_terminal").is_none_or(|terminal| terminal == &Value::Bool(true));
    scalar(attributions.iter().rev().find(at_the_end)?.get("extracted_value")?)
}

/// What the assistant said last.
fn said(record: &Map<String, Value>) -> Option<String> {
    let messages = record.get("messages")?.as_array()?;
    let by_assistant = |message: &&Value| message.get("role").and_then(Value::as_str) == Some("assistant");
    scalar(messages.iter().rev().find(by_assistant)?.get("content")?)
}

#[derive(Deserialize)]
struct Aggregate {
    evaluation_results: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    evaluation_name: String,
    metric_config: Metric,
    score_details: Details,
}

#[derive(Deserialize)]
struct Metric {
    metric_name: Option<String>,
    metric_id: Option<String>,
    evaluation_description: Option<String>,
}

#[derive(Deserialize)]
struct Details {
    score: Number,
    uncertainty: Option<Uncertainty>,
}

#[derive(Deserialize)]
struct Uncertainty {
    standard_error: Option<StandardError>,
}

#[derive(Deserialize)]
struct StandardError {
    value: Number,
}

/// What is reported. The metric is called by its name, its id or, as older records have it, its description.
pub(super) fn totals(text: &str) -> Option<Vec<ReportedResult>> {
    let aggregate: Aggregate = serde_json::from_str(text).ok()?;
    let result = |entry: Entry| {
        let metric = entry.metric_config;
        let name = metric.metric_name.or(metric.metric_id).or(metric.evaluation_description);
        let error = entry.score_details.uncertainty.and_then(|uncertainty| uncertainty.standard_error);
        Some(ReportedResult {
            task: entry.evaluation_name,
            metric: name.unwrap_or_else(|| "score".to_owned()),
            value: entry.score_details.score.0?,
            error: error.and_then(|error| error.value.0),
        })
    };
    Some(aggregate.evaluation_results.into_iter().filter_map(result).collect())
}
