//! lm-evaluation-harness 0.4: `samples_TASK_DATE.jsonl`, one object a document and filter, and `results_DATE.json`.
//!
//! The arguments of a request tell what was asked: a context and a continuation ask for a log-likelihood, one text alone
//! for that of the whole text, a text and settings for a generation. Responses were turned into texts by the tool, so that
//! numbers are read from texts too. Choices that are asked for a second time without a context (for `acc_mutual_info`)
//! count once.

use super::parts::{Members, Number};
use super::{ForeignAnswer, ReportedResult, counted, malformed, records, scalar};
use crate::dataset::{DataError, shown};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

const MEND: &str = "Give `samples_TASK_DATE.jsonl` as `lm_eval --log_samples` wrote it.";
const FILTERS: &str =
    "Keep the lines of one filter, for example with `jq -c 'select(.filter == \"strict-match\")' LOG.jsonl`.";

/// What a request asks for.
enum Request<'s> {
    /// How likely a continuation (second) of a context (first) is.
    Likelihood(&'s str, &'s str),
    /// How likely a whole text is.
    Rolling,
    /// A text.
    Generation,
}

/// The answers, in the order of the file.
pub(super) fn answers(text: &str, name: &str) -> Result<Vec<ForeignAnswer>, DataError> {
    let mut answers = Vec::new();
    let mut filter: Option<Option<String>> = None;
    for record in records(text, name) {
        let (at, sample) = record?;
        let found = sample.get("filter").and_then(Value::as_str).map(str::to_owned);
        let first = filter.get_or_insert_with(|| found.clone());
        if *first != found {
            let [one, two] = [first.as_deref(), found.as_deref()].map(|filter| shown(filter.unwrap_or("none")));
            let why = format!("The log has the answers of two filters, `{one}` and `{two}`.");
            return Err(malformed(&at, why, FILTERS));
        }
        answers.extend(of(&sample).map_err(|why| malformed(&at, why, MEND))?);
    }
    Ok(answers)
}

/// The answers of one sample; several where its filter keeps several trials.
fn of(sample: &Map<String, Value>) -> Result<Vec<ForeignAnswer>, &'static str> {
    let id = id(sample).ok_or("The sample has no `doc_id` that is a number.")?;
    let requests = requests(sample).ok_or("The sample has no arguments of a known form.")?;
    let responses = sample.get("filtered_resps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if requests.is_empty() || responses.len() != requests.len() {
        return Err("The sample has another number of filtered responses than of requests.");
    }
    let generated = requests.iter().filter(|request| matches!(request, Request::Generation)).count();
    match generated {
        0 => Ok(vec![likely(id, &requests, responses)?]),
        1 if requests.len() == 1 => written(&id, &responses[0]),
        _ => Err("The sample asks for several texts, so that it has no one answer."),
    }
}

/// The document's own `id`, else its number from 1.
fn id(sample: &Map<String, Value>) -> Option<String> {
    let own = sample.get("doc").and_then(|doc| doc.get("id")).and_then(scalar);
    own.or_else(|| counted(sample.get("doc_id")?.as_u64()?))
}

/// The requests of a sample: `gen_args_0` and so on, each with `arg_0` and so on; in older logs lists.
fn requests(sample: &Map<String, Value>) -> Option<Vec<Request<'_>>> {
    match sample.get("arguments")? {
        Value::Object(named) => {
            let numbered = (0..named.len()).map(|place| {
                let arguments = named.get(&format!("gen_args_{place}"))?;
                request(arguments.get("arg_0"), arguments.get("arg_1"))
            });
            numbered.collect()
        }
        Value::Array(listed) => listed.iter().map(|arguments| request(arguments.get(0), arguments.get(1))).collect(),
        _ => None,
    }
}

fn request<'s>(first: Option<&'s Value>, second: Option<&'s Value>) -> Option<Request<'s>> {
    match (first?, second) {
        (_, Some(Value::Object(_))) => Some(Request::Generation),
        (Value::String(context), Some(Value::String(continuation))) => Some(Request::Likelihood(context, continuation)),
        (Value::String(_), None) => Some(Request::Rolling),
        _ => None,
    }
}

/// The log-likelihoods of a sample as one answer.
fn likely(id: String, requests: &[Request<'_>], responses: &[Value]) -> Result<ForeignAnswer, &'static str> {
    let sums: Option<Vec<f64>> = responses.iter().map(sum).collect();
    let mut sums = sums.ok_or("A log-likelihood is not a finite number.")?;
    let asked = &requests[..asked(requests)];
    sums.truncate(asked.len());
    Ok(ForeignAnswer { id, prediction: Value::from(sums).to_string(), trial: 1, choices: choices(asked) })
}

/// The log-likelihood in a response: it alone, or first in a list.
fn sum(response: &Value) -> Option<f64> {
    let number = match response.get(0).unwrap_or(response) {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

/// How many requests ask for the choices: half of them, where the other half asks for the same without a context.
fn asked(requests: &[Request<'_>]) -> usize {
    let (first, second) = requests.split_at(requests.len() / 2);
    let again = |(with, without): (&Request<'_>, &Request<'_>)| match (with, without) {
        (Request::Likelihood(_, one), Request::Likelihood(context, two)) => context.is_empty() && one == two,
        _ => false,
    };
    let twice = !first.is_empty() && first.len() == second.len() && first.iter().zip(second).all(again);
    if twice { first.len() } else { requests.len() }
}

/// The continuations, where they tell the choices apart: a task may put its choices into the contexts instead.
fn choices(requests: &[Request<'_>]) -> Vec<String> {
    let text = |request: &Request<'_>| match request {
        Request::Likelihood(_, continuation) => Some(continuation.trim().to_owned()),
        Request::Rolling | Request::Generation => None,
    };
    let texts: Vec<String> = requests.iter().filter_map(text).collect();
    let distinct: HashSet<&String> = texts.iter().collect();
    if distinct.len() == requests.len() && requests.len() > 1 { texts } else { Vec::new() }
}

/// A generated text, or the texts of several trials.
fn written(id: &str, response: &Value) -> Result<Vec<ForeignAnswer>, &'static str> {
    let texts = match response {
        Value::Array(trials) => trials.as_slice(),
        one => std::slice::from_ref(one),
    };
    if texts.is_empty() {
        return Err("The sample has no response.");
    }
    let answer = |(trial, text): (u64, &Value)| {
        let prediction = scalar(text).ok_or("A response is not a text.")?;
        Ok(ForeignAnswer { id: id.to_owned(), prediction, trial, choices: Vec::new() })
    };
    (1..).zip(texts).map(answer).collect()
}

/// `results_DATE.json`: `results` by task, then by `METRIC,FILTER`.
#[derive(Deserialize)]
struct Totals {
    results: Members<Members<Number>>,
}

/// What is reported; `none`, the filter that does nothing, is left out of the metric's name.
pub(super) fn totals(text: &str) -> Option<Vec<ReportedResult>> {
    let totals: Totals = serde_json::from_str(text).ok()?;
    Some(totals.results.0.iter().flat_map(|(task, metrics)| reported(task, metrics)).collect())
}

fn reported(task: &str, metrics: &Members<Number>) -> Vec<ReportedResult> {
    let numbers = metrics.0.iter().filter_map(|(name, value)| Some((name.as_str(), value.0?)));
    let known: HashMap<&str, f64> = numbers.clone().collect();
    let result = |(name, value): (&str, f64)| {
        let (metric, filter) = name.split_once(',').filter(|(metric, _)| !metric.ends_with("_stderr"))?;
        let error = known.get(format!("{metric}_stderr,{filter}").as_str()).copied();
        let metric = if filter == "none" { metric } else { name };
        Some(ReportedResult { task: task.to_owned(), metric: metric.to_owned(), value, error })
    };
    numbers.filter_map(result).collect()
}
