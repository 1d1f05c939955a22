//! Inspect AI: a log as JSON, with `eval`, `results` and `samples`. A sample's `epoch` is its trial.
//!
//! The answer is the one that the scorers took out of the output, where every sample has one and its scorers agree on it;
//! else it is the output of each sample as it stands. Which of the two holds for the whole log, so that rows are alike.

use super::parts::{Members, Number, Spoken, Text};
use super::{ForeignAnswer, ReportedResult, malformed};
use crate::dataset::{DataError, shown};
use crate::intake::error::printable;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::HashMap;

const MEND: &str = "Export the log whole: `inspect log dump LOG.eval > LOG.json`.";

#[derive(Deserialize)]
struct Log {
    samples: Option<Vec<Sample>>,
}

#[derive(Deserialize)]
struct Sample {
    id: Text,
    epoch: Option<u64>,
    output: Option<Output>,
    scores: Option<Members<Score>>,
    error: Option<IgnoredAny>,
    invalidation: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Output {
    completion: Option<String>,
    choices: Option<Vec<Choice>>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Option<Spoken>,
}

#[derive(Deserialize)]
struct Score {
    answer: Option<Text>,
}

impl Sample {
    /// The answer that its scorers agree on.
    fn scored(&self) -> Option<&str> {
        let mut answers = self.scores.as_ref()?.0.iter().filter_map(|(_, score)| score.answer.as_ref());
        let first = answers.next()?;
        answers.all(|other| other.0 == first.0).then_some(first.0.as_str())
    }

    /// What the model wrote. Logs of before 2025 have the message alone.
    fn written(&self) -> Option<&str> {
        let output = self.output.as_ref()?;
        let said = || output.choices.as_ref()?.first()?.message.content.as_ref().map(|said| said.0.as_str());
        output.completion.as_deref().or_else(said)
    }
}

/// The answers, in the order of the file.
pub(super) fn answers(text: &str, name: &str) -> Result<Vec<ForeignAnswer>, DataError> {
    let log: Log = serde_json::from_str(text).map_err(|error| {
        malformed(name, format!("The log cannot be read: {}.", printable(&error.to_string())), MEND)
    })?;
    let samples = log.samples.unwrap_or_default();
    if samples.is_empty() {
        let mend = "Export the log whole, without `--header-only`, of a run that logs its samples.";
        return Err(malformed(name, "The log holds no samples.", mend));
    }
    let scored = samples.iter().all(|sample| sample.scored().is_some());
    let answer = |sample: &Sample| {
        let at = format!("{name}: id {}", shown(&sample.id.0));
        if sample.error.is_some() || sample.invalidation.is_some() {
            let mend = "Run the sample again, with `inspect eval-retry`.";
            return Err(malformed(&at, "The sample ended in an error or was marked as invalid.", mend));
        }
        let prediction = if scored { sample.scored() } else { sample.written() };
        let prediction = prediction.ok_or_else(|| malformed(&at, "The sample has no output.", MEND))?.to_owned();
        let trial = sample.epoch.unwrap_or(1);
        Ok(ForeignAnswer { id: sample.id.0.clone(), prediction, trial, choices: Vec::new() })
    };
    samples.iter().map(answer).collect()
}

#[derive(Deserialize)]
struct Header {
    eval: Task,
    results: Option<Results>,
}

#[derive(Deserialize)]
struct Task {
    task: String,
}

#[derive(Deserialize)]
struct Results {
    scores: Option<Vec<Total>>,
}

#[derive(Deserialize)]
struct Total {
    name: String,
    reducer: Option<String>,
    metrics: Members<Metric>,
}

#[derive(Deserialize)]
struct Metric {
    value: Number,
}

/// What is reported, as `SCORER/METRIC`, or `SCORER/REDUCER/METRIC` where trials were reduced. `stderr` is the standard
/// error of the accuracy or the mean beside it.
pub(super) fn totals(text: &str) -> Option<Vec<ReportedResult>> {
    let header: Header = serde_json::from_str(text).ok()?;
    let scores = header.results?.scores?;
    Some(scores.iter().flat_map(|score| reported(&header.eval.task, score)).collect())
}

fn reported(task: &str, score: &Total) -> Vec<ReportedResult> {
    let numbers = score.metrics.0.iter().filter_map(|(name, metric)| Some((name.as_str(), metric.value.0?)));
    let known: HashMap<&str, f64> = numbers.clone().collect();
    let result = |(name, value): (&str, f64)| {
        let parts = [Some(score.name.as_str()), score.reducer.as_deref(), Some(name)];
        let metric = parts.into_iter().flatten().collect::<Vec<_>>().join("/");
        let error = known.get("stderr").copied().filter(|_| matches!(name, "accuracy" | "mean"));
        ReportedResult { task: task.to_owned(), metric, value, error }
    };
    numbers.filter(|(name, _)| *name != "stderr").map(result).collect()
}
