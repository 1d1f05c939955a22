//! Every metric of the registry as a measure: answers to a reading, with the interval that the metric's law gives.
//!
//! A metric is one file in `runtime/src/metric`; nothing is written here for a new one. Metrics with a `model` read its
//! answers on a split, once for all of them; the others read columns of the data ([`super::columns`]).

use super::api::{Arguments, Measure, Recompute, Seeds, Stage, failure};
use super::columns;
use super::reading::{Content, Failure, ReadValue, Reading};
use super::{pictures, slices};
use crate::session::{Predicted, Session};
use crate::verdict::Figure;
use indexmap::IndexMap;
use lmstd_compiler::standard::{ArgumentValue, PICK};
use lmstd_runtime::metric::{self, Estimate, Items, Kind, Metric, Param, Params, Refusal, Sampling, Scores};

/// All metrics as measures, in the order of the registry.
pub fn measures() -> impl Iterator<Item = Measure> {
    metric::ALL.iter().map(|metric| {
        let runs = metric.signature.contains("(model: model");
        Measure {
            id: metric.id,
            stage: if runs { Stage::Run } else { Stage::Header },
            signature: metric.signature,
            doc: metric.doc,
            run: if runs { of_answers } else { columns::run },
            recompute: runs.then_some(from_predictions as Recompute),
        }
    })
}

fn of_answers(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    over_predictions(arguments, session, from_predictions)
}

/// Takes the answers to the split once and measures them.
pub fn over_predictions(arguments: &Arguments, session: &Session, measure: Recompute) -> Result<Reading, Failure> {
    let (dataset, split) = arguments.split()?;
    let perturbed = perturbation(arguments);
    let predicted = session.predictions(arguments.model()?, dataset, split, perturbed.as_deref())?;
    let mut reading = measure(arguments, &predicted, &|name| session.seed(name))?;
    reading.evidence.extend(predicted.digests());
    reading.given = predicted.given;
    Ok(reading)
}

/// What the texts are perturbed by, as a word that names it whole, where the metric asks for that.
pub fn perturbation(arguments: &Arguments) -> Option<String> {
    let word = arguments.text("perturbation")?;
    let rate = arguments.number("rate").unwrap_or(0.0);
    Some(format!("{word}:{rate}"))
}

/// The metric of that name.
pub fn find(id: &str) -> Result<&'static Metric, Failure> {
    metric::find(id)
        .ok_or_else(|| failure("internal", format!("there is no metric `{id}`"), "", "report this as a bug"))
}

/// A metric that cannot be taken, as a failure to measure.
pub fn refused(refusal: Refusal) -> Failure {
    failure("metric_refused", refusal.message, "", &refusal.mend)
}

/// The scores of a call on all answers, and which values are good; of a standard's own metric too.
pub fn scores(arguments: &Arguments, predicted: &Predicted) -> Result<(Scores, metric::Better), Failure> {
    if arguments.measurement.measure == lmstd_compiler::measure::WEIGHTED {
        return Ok((super::weighted::score(arguments, predicted)?.into(), metric::Better::Higher));
    }
    let metric = find(&arguments.measurement.measure)?;
    let params = params(&arguments.measurement.arguments, predicted)?;
    let scores = metric.of(&items(metric, arguments, predicted)?, &params).map_err(refused)?;
    Ok((scores, metric.better))
}

fn from_predictions(arguments: &Arguments, predicted: &Predicted, seeds: &Seeds) -> Result<Reading, Failure> {
    let metric = find(&arguments.measurement.measure)?;
    let params = params(&arguments.measurement.arguments, predicted)?;
    let items = items(metric, arguments, predicted)?;
    let scores = metric.of(&items, &params).map_err(refused)?;
    let mark = metric.mark(&params);
    let rows = slices::rows(arguments, predicted)?;
    let answers = Answers { predicted, rows: &rows };
    let mut reading = estimated(arguments, answers, seeds, &metric.definition(), &mark, (scores, metric.better))?;
    if let Some(value) = reading.values.first_mut() {
        value.figures.extend(pictures::of(metric.id, &items, &rows));
    }
    Ok(reading)
}

/// What the metric reads, out of the answers.
pub fn items(metric: &Metric, arguments: &Arguments, predicted: &Predicted) -> Result<Items, Failure> {
    let by = if metric.reads.contains(&Kind::Groups) { arguments.columns("by").unwrap_or_default() } else { &[] };
    if metric.reads.contains(&Kind::Groups) && predicted.classes.labels.len() < 2
        || metric.reads == [Kind::Classes] && predicted.classes.labels.len() == 1
    {
        let message = "the dataset declares fewer than two classes, so that every prediction is right";
        return Err(failure("ambiguous_class", message, "", "declare the classes between which the model decides"));
    }
    predicted.items(metric.reads, by).map_err(refused)
}

/// The parameters of a metric out of a call's arguments, classes by their index.
pub fn params(arguments: &IndexMap<String, ArgumentValue>, predicted: &Predicted) -> Result<Params, Failure> {
    let mut params = Params::default();
    for (name, value) in arguments {
        let value = match value {
            ArgumentValue::Class(label) => {
                let place = predicted.classes.labels.iter().position(|known| known == label);
                let place = place.and_then(|place| u32::try_from(place).ok());
                let unknown =
                    || failure("unknown_class", format!("there is no class `{label}`"), "", "name a declared class");
                Param::Class(place.ok_or_else(unknown)?, label.clone())
            }
            ArgumentValue::Text(_) if name == "class" => Param::None,
            ArgumentValue::Text(text) if name != PICK => Param::Text(text.clone()),
            ArgumentValue::Number(number) => Param::Number(*number),
            _ => continue,
        };
        params.0.insert(name.clone(), value);
    }
    Ok(params)
}

/// Answers, and those of them that count.
#[derive(Clone, Copy)]
pub struct Answers<'a> {
    /// All of them.
    pub predicted: &'a Predicted,
    /// The rows that a call's `where` keeps ([`slices::rows`]).
    pub rows: &'a [usize],
}

/// The reading of scores: over all rows that count, or by slices of them.
pub fn estimated(
    arguments: &Arguments,
    Answers { predicted, rows }: Answers,
    seeds: &Seeds,
    definition: &str,
    mark: &str,
    (scores, better): (Scores, metric::Better),
) -> Result<Reading, Failure> {
    let clusters = predicted.clusters(rows);
    let slices = slices::of(arguments, predicted)?;
    let sampling =
        Sampling { confidence: arguments.confidence(), seed: seeds("bootstrap"), clusters: clusters.as_deref() };
    let mut values = Vec::new();
    for (result, score) in scores.0 {
        let (estimate, groups) = match &slices {
            None => (score.of_rows(rows).estimate(&sampling), None),
            Some(slices) => {
                let (estimate, groups) = slices.estimate(&score, (rows, clusters.as_deref()), &sampling, better);
                (estimate, Some(groups))
            }
        };
        let mut facts = IndexMap::from([("definition".to_owned(), definition.to_owned())]);
        let parts: String = slices::parts(arguments).map(|(name, value)| format!("|{name}:{value}")).collect();
        facts.insert("signature".to_owned(), format!("{mark}{parts}"));
        if let Some(trials) = predicted.trials() {
            facts.insert("trials".to_owned(), trials.to_string());
        }
        let mut value = read_value(arguments, result, &estimate);
        value.facts = facts;
        value.figures.extend(groups.map(|groups| Figure::Groups { groups }));
        values.push(value);
    }
    if let Some(first) = values.first_mut() {
        first.confusion = predicted.matrix(rows);
    }
    Ok(Reading { values, ..Reading::default() })
}

fn read_value(arguments: &Arguments, result: Option<&str>, estimate: &Estimate) -> ReadValue {
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
    let histogram = estimate.histogram.as_ref().map(|drawn| Figure::Histogram {
        low: drawn.low,
        high: drawn.high,
        counts: drawn.counts.clone(),
    });
    ReadValue {
        result: result.map(str::to_owned),
        content,
        facts: IndexMap::new(),
        confusion: None,
        figures: histogram.into_iter().collect(),
    }
}
