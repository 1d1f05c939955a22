//! What the metrics of classification share: predictions to a reading, with the interval that fits the metric.
//!
//! A rate of counted rows (accuracy; precision and recall of one class) gets Wilson's interval over its own denominator.
//! Everything else gets the seeded percentile bootstrap over the rows.

use super::api::{Arguments, Seeds, failure};
use super::reading::{Content, Failure, ReadValue, Reading};
use crate::session::{Predicted, Session};
use crate::verdict;
use indexmap::IndexMap;
use lmstd_runtime::metric::{Confusion, Params, Target};
use lmstd_runtime::statistics::{Bootstrap, wilson};

/// Resamples of the bootstrap.
pub const RESAMPLES: u32 = 2_000;

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
pub fn confusion(predicted: &Predicted) -> Result<Confusion, Failure> {
    Confusion::from_predictions(predicted.labels.len(), &predicted.predictions).ok_or_else(|| {
        failure("malformed_data", "the predictions name a class that does not exist", "", "measure again")
    })
}

/// What a per-class metric is taken over: the named class, or the asked average, or the second of two classes.
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

/// A rate of `hits` among `n` rows, with Wilson's interval.
pub fn rate(
    arguments: &Arguments,
    predicted: &Predicted,
    (hits, n): (u64, u64),
    definition: &str,
) -> Result<Reading, Failure> {
    let confusion = confusion(predicted)?;
    let interval = (n > 0).then(|| wilson(hits, n, arguments.confidence())).map(|(low, high)| [low, high]);
    let content = Content::Number {
        value: (n > 0).then(|| hits as f64 / n as f64),
        confidence: interval.map(|_| arguments.confidence()),
        interval,
        n: Some(n),
        method: "wilson".into(),
        exact: false,
    };
    Ok(one(content, definition, &confusion, predicted))
}

/// A score that is a function of the counts, with a bootstrap interval over the rows.
pub fn score(
    arguments: &Arguments,
    predicted: &Predicted,
    seeds: &Seeds,
    definition: &str,
    statistic: &(dyn Fn(&Confusion) -> Option<f64> + Sync),
) -> Result<Reading, Failure> {
    let confusion = confusion(predicted)?;
    let classes = confusion.classes();
    let rows = predicted.predictions.truth.iter().zip(&predicted.predictions.predicted);
    let kinds: Vec<u32> = rows.map(|(&truth, &guess)| truth * classes as u32 + guess).collect();
    let bootstrap = Bootstrap {
        resamples: RESAMPLES,
        seed: seeds("bootstrap"),
        confidence: arguments.confidence(),
        range: (0.0, 1.0),
    };
    let interval = bootstrap.interval_of_counts(&kinds, classes * classes, |counts| {
        Confusion::from_counts(classes, counts.to_vec()).and_then(|resample| statistic(&resample))
    });
    let content = Content::Number {
        value: statistic(&confusion),
        interval: interval.map(|interval| [interval.lo, interval.hi]),
        confidence: interval.map(|_| arguments.confidence()),
        n: Some(confusion.total()),
        method: interval.map_or(String::new(), |interval| interval.method.to_string()),
        exact: false,
    };
    Ok(one(content, definition, &confusion, predicted))
}

/// Hits and denominator of a class.
pub type CountsOf = fn(&Confusion, usize) -> (u64, u64);

/// A statistic of one class or an average: Wilson where it is a rate of counted rows, else the bootstrap.
pub fn of_target(
    arguments: &Arguments,
    predicted: &Predicted,
    seeds: &Seeds,
    id: &str,
    counts: Option<CountsOf>,
) -> Result<Reading, Failure> {
    let average = arguments.text("average").unwrap_or("binary");
    let target = target(arguments.class("class"), average, &predicted.labels)?;
    let row =
        lmstd_runtime::metric::find(id).ok_or_else(|| failure("internal", format!("no metric `{id}`"), "", ""))?;
    match (target, counts) {
        (Target::Class(class), Some(counts)) => {
            rate(arguments, predicted, counts(&confusion(predicted)?, class), row.definition)
        }
        _ => score(arguments, predicted, seeds, row.definition, &|c| (row.run)(c, &Params::over(target))),
    }
}

fn one(content: Content, definition: &str, confusion: &Confusion, predicted: &Predicted) -> Reading {
    let classes = confusion.classes();
    let counts = confusion.counts().chunks(classes.max(1)).map(<[u64]>::to_vec).collect();
    let facts = IndexMap::from([("definition".to_string(), definition.to_string())]);
    let matrix = verdict::Confusion { labels: predicted.labels.clone(), counts };
    let value = ReadValue { result: None, content, facts, confusion: Some(matrix) };
    Reading { values: vec![value], ..Reading::default() }
}
