//! Logs of other evaluation tools, read as answers to the items: sample logs of lm-evaluation-harness 0.4, logs of Inspect
//! AI in JSON, and instance-level records of Every Eval Ever. Also what these tools report in total, which is shown beside
//! what is computed again. Pure; the format is told by content, and what a log claims is on its giver's word.
//!
//! Ids are those of the tool, as text. lm-evaluation-harness counts documents from 0 and this program rows from 1, so
//! that an id there is `doc_id + 1`, unless the document has a field `id` that is a text or a number. Records of Every
//! Eval Ever that were made from such a log keep `doc_id`, and are counted on in the same way.
//!
//! Python writes `NaN` and `Infinity`, which JSON does not have: they are read as `null`. Nothing else is forgiven: a name
//! that stands twice is refused wherever it is read, and what is not read is passed over without being kept.

mod every_eval_ever;
mod inspect;
mod lm_eval;
mod parts;

use super::{DataError, shown};
use crate::intake::json;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// Longest line of a log.
const LINE_BYTES: usize = 16 << 20;
/// What mends a line that is no record.
const LINES: &str = "Give the log as the tool wrote it, one JSON object a line, each key once.";

/// One answer of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForeignAnswer {
    /// The item's id.
    pub id: String,
    /// The answer as a cell: a text, or a JSON list of log-likelihoods, one a choice or one for the whole text.
    pub prediction: String,
    /// Which trial of the item it is, from 1.
    pub trial: u64,
    /// The choices whose log-likelihoods `prediction` lists, in its order; empty where it lists none, or none that have
    /// names of their own.
    pub choices: Vec<String>,
}

/// One number that a tool reports of a whole task. Texts are as the file has them: escape them to show them.
#[derive(Clone, PartialEq, Debug)]
pub struct ReportedResult {
    /// The task.
    pub task: String,
    /// The metric, with whatever the tool tells it apart by (a filter, a scorer).
    pub metric: String,
    /// Finite.
    pub value: f64,
    /// Its standard error, where one is reported.
    pub error: Option<f64>,
}

/// The files that are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Log {
    LmEval,
    LmEvalTotals,
    Inspect,
    EveryEvalEver,
    EveryEvalEverTotals,
}

/// How many of a tool's totals a message names.
const LISTED: usize = 3;

/// The answers of a log, no item twice in a trial; `None` where the bytes are no such log. `name` is how messages call it.
///
/// # Errors
/// `malformed_predictions`, with the row or the id.
pub fn read(bytes: &[u8], name: &str) -> Option<Result<Vec<ForeignAnswer>, DataError>> {
    if bytes.starts_with(b"PK\x03\x04") {
        let mend = "Where it is a log of Inspect AI, export it: `inspect log dump LOG.eval > LOG.json`.";
        return Some(Err(malformed(name, "The file is a zip archive, as `.eval` logs are.", mend)));
    }
    let (text, log) = open(bytes)?;
    let answers = match log {
        Log::LmEval => lm_eval::answers(&text, name),
        Log::Inspect => inspect::answers(&text, name),
        Log::EveryEvalEver => every_eval_ever::answers(&text, name),
        Log::LmEvalTotals | Log::EveryEvalEverTotals => {
            let mend = "Give the log of the samples beside it, for example `samples_TASK_DATE.jsonl`.";
            let told: Vec<String> = results(bytes)
                .unwrap_or_default()
                .iter()
                .take(LISTED)
                .map(|result| shown(&format!("{} {} {}", result.task, result.metric, result.value)))
                .collect();
            let told = if told.is_empty() { String::new() } else { format!(" ({}, …)", told.join(", ")) };
            let message = format!("The file holds results{told}, and no answers: totals cannot be computed again.");
            Err(malformed(name, &message, mend))
        }
    };
    Some(answers.and_then(|answers| match twice(&answers) {
        Some(answer) => {
            let at = format!("{name}: id {}", shown(&answer.id));
            Err(malformed(&at, "The item is answered twice in one trial.", "Give the log of one task and one run."))
        }
        None => Ok(answers),
    }))
}

/// What a tool reports in total, in the order of the file; `None` where the bytes are no such report.
pub fn results(bytes: &[u8]) -> Option<Vec<ReportedResult>> {
    let (text, log) = open(bytes)?;
    let results = match log {
        Log::LmEvalTotals => lm_eval::totals(&text),
        Log::Inspect => inspect::totals(&text),
        Log::EveryEvalEverTotals => every_eval_ever::totals(&text),
        Log::LmEval | Log::EveryEvalEver => None,
    };
    results.filter(|results| !results.is_empty())
}

/// The text of a known file, and which it is.
fn open(bytes: &[u8]) -> Option<(Cow<'_, str>, Log)> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).ok()?;
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let text = finite(text);
    let log = told(&text)?;
    Some((text, log))
}

/// The format, by the names in the first object.
fn told(text: &str) -> Option<Log> {
    let mut names = Vec::new();
    // A fault ends the search: the names before it tell the format, whose reader then tells the fault.
    let _ = Names(&mut names).deserialize(&mut serde_json::Deserializer::from_str(text));
    let has = |wanted: &[&'static str]| wanted.iter().all(|name| names.contains(name));
    let any = |wanted: &[&'static str]| wanted.iter().any(|name| names.contains(name));
    if has(&["doc_id", "arguments"]) && any(&["resps", "filtered_resps"]) {
        Some(Log::LmEval)
    } else if has(&["version", "eval"]) && any(&["status", "plan", "samples"]) {
        Some(Log::Inspect)
    } else if has(&["schema_version", "evaluation_id", "evaluation_results"]) {
        Some(Log::EveryEvalEverTotals)
    } else if has(&["schema_version", "evaluation_id", "sample_id"]) {
        Some(Log::EveryEvalEver)
    } else if has(&["results"]) && any(&["configs", "versions"]) {
        Some(Log::LmEvalTotals)
    } else {
        None
    }
}

/// Names that tell a format.
const TELLING: [&str; 16] = [
    "doc_id",
    "arguments",
    "resps",
    "filtered_resps",
    "version",
    "eval",
    "status",
    "plan",
    "samples",
    "schema_version",
    "evaluation_id",
    "evaluation_results",
    "sample_id",
    "results",
    "configs",
    "versions",
];

/// Collects the telling names of an object and passes over everything else.
struct Names<'n>(&'n mut Vec<&'static str>);

impl<'de> DeserializeSeed<'de> for Names<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            let telling = TELLING.into_iter().find(|telling| *telling == name);
            let new = telling.filter(|telling| !self.0.contains(telling));
            self.0.extend(new);
            members.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// What Python writes for numbers that are not finite.
const NOT_FINITE: [&str; 3] = ["NaN", "-Infinity", "Infinity"];

/// The text with `null` for what Python writes for numbers that are not finite.
fn finite(text: &str) -> Cow<'_, str> {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let (mut at, mut kept) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        let word = match byte {
            b'"' => {
                at = after_text(bytes, at + 1);
                continue;
            }
            b'N' | b'I' | b'-' => NOT_FINITE.into_iter().find(|word| text[at..].starts_with(*word)),
            _ => None,
        };
        if let Some(word) = word {
            out.push_str(&text[kept..at]);
            out.push_str("null");
            kept = at + word.len();
        }
        at += word.map_or(1, str::len);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// The place after the quote that ends a text which begins at `at`.
fn after_text(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// The objects of a file of JSON lines with their places; no name twice at any depth.
fn records<'t>(
    text: &'t str,
    name: &'t str,
) -> impl Iterator<Item = Result<(String, Map<String, Value>), DataError>> + 't {
    text.lines().filter(|line| !line.trim().is_empty()).enumerate().map(move |(row, line)| {
        let at = format!("{name}: row {}", row + 1);
        match json::parse(line.as_bytes(), &at, LINE_BYTES) {
            Ok(Value::Object(record)) => Ok((at, record)),
            Ok(_) => Err(malformed(&at, "The line is not one JSON object.", LINES)),
            Err(error) => Err(malformed(&at, format!("The line is no record: {}.", error.message), LINES)),
        }
    })
}

/// A text or a number as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The id of row `place + 1`, where documents are counted from 0.
fn counted(place: u64) -> Option<String> {
    place.checked_add(1).map(|row| row.to_string())
}

/// The first answer whose item has another one in the same trial.
fn twice(answers: &[ForeignAnswer]) -> Option<&ForeignAnswer> {
    let mut seen = HashSet::new();
    answers.iter().find(|answer| !seen.insert((answer.id.as_str(), answer.trial)))
}

fn malformed(at: &str, why: impl Into<String>, mend: &str) -> DataError {
    DataError::new("malformed_predictions", at, why, mend)
}
