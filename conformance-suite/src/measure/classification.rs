//! What the metrics of classification share: predictions to a reading, with the interval that fits the metric.
//!
//! Which interval that is decides [`Weighted::estimate`]: a rate of counted rows has Clopper and Pearson's, any other score
//! the Bayesian bootstrap over the rows.

use super::api::{Arguments, Seeds, failure};
use super::reading::{Content, Failure, ReadValue, Reading};
use crate::session::{Predicted, Session};
use crate::verdict;
use indexmap::IndexMap;
use lmstd_runtime::metric::{self, Confusion, Target, Weighted};

/// Predicts the split once and measures the predictions.
pub fn over_predictions(
    arguments: &Arguments,
    session: &Session,
    measure: super::api::Recompute,
) -> Result<Reading, Failure> {
    let (dataset, split) = arguments.split()?;
    let predicted = session.predictions(arguments.model()?, dataset, split)?;
    let mut reading = measure(arguments, &predicted, &|name| session.seed(name))?;
    reading.evidence.push(predicted.digest.clone());
    Ok(reading)
}

/// The counts of true and predicted classes.
fn confusion(predicted: &Predicted) -> Result<&Confusion, Failure> {
    if predicted.classes.labels.len() < 2 {
        let message = "the dataset declares fewer than two classes, so that every prediction is right";
        return Err(failure("ambiguous_class", message, "", "declare the classes between which the model decides"));
    }
    predicted.confusion.as_ref().ok_or_else(|| {
        failure("malformed_data", "the predictions name a class that does not exist", "", "measure again")
    })
}

/// What a per-class metric is taken over: the named class, or the asked average.
pub fn target(class: Option<&str>, average: &str, labels: &[String]) -> Result<Target, Failure> {
    let index = |label: &str| labels.iter().position(|known| known == label);
    match (class, average) {
        (Some(label), "binary") => index(label).map(Target::Class).ok_or_else(|| {
            failure("unknown_class", format!("there is no class `{label}`"), "", "name a declared class")
        }),
        (None, "macro") => Ok(Target::Macro),
        (None, "micro") => Ok(Target::Micro),
        (None, "weighted") => Ok(Target::Weighted),
        (None, "binary") => Err(failure(
            "ambiguous_class",
            "the class that counts as positive is not named",
            "",
            "name a class, or write `average: macro`, `micro` or `weighted`",
        )),
        (Some(_), _) => {
            Err(failure("ambiguous_class", "a class and an average exclude each other", "", "give one of the two"))
        }
        (None, other) => Err(failure(
            "unknown_average",
            format!("there is no average `{other}`"),
            "",
            "write `binary`, `macro`, `micro` or `weighted`",
        )),
    }
}

/// The metric `id` over the class or average that the call names.
pub fn of_target(arguments: &Arguments, predicted: &Predicted, seeds: &Seeds, id: &str) -> Result<Reading, Failure> {
    let average = arguments.text("average").unwrap_or("binary");
    single(arguments, predicted, seeds, id, target(arguments.class("class"), average, &predicted.classes.labels)?)
}

/// The metric `id` over `target`.
pub fn single(
    arguments: &Arguments,
    predicted: &Predicted,
    seeds: &Seeds,
    id: &str,
    target: Target,
) -> Result<Reading, Failure> {
    let row = metric::find(id).ok_or_else(|| failure("internal", format!("no metric `{id}`"), "", ""))?;
    score(arguments, predicted, seeds, row.definition, &Weighted::single(*row, target))
}

/// A score that is a function of the counts; the same rows give the same reading, now and when it is verified.
pub fn score(
    arguments: &Arguments,
    predicted: &Predicted,
    seeds: &Seeds,
    definition: &str,
    score: &Weighted,
) -> Result<Reading, Failure> {
    let confusion = confusion(predicted)?;
    let estimate = score.estimate(confusion, arguments.confidence(), seeds("bootstrap"));
    let interval = estimate.interval.map(|(low, high)| [Some(low), Some(high)]);
    let content = Content::Number {
        value: estimate.value,
        interval,
        confidence: interval.map(|_| arguments.confidence()),
        n: Some(estimate.n),
        needs: None,
        method: interval.map_or(String::new(), |_| estimate.method.to_string()),
        exact: false,
    };
    let classes = confusion.classes();
    let counts = confusion.counts().chunks(classes.max(1)).map(<[u64]>::to_vec).collect();
    let facts = IndexMap::from([("definition".to_string(), definition.to_string())]);
    let matrix = verdict::Confusion { labels: predicted.classes.labels.clone(), counts };
    let value = ReadValue { result: None, content, facts, confusion: Some(matrix) };
    Ok(Reading { values: vec![value], ..Reading::default() })
}
