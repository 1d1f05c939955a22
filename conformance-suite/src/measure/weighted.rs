//! The weighted score of a standard's own metric.

use super::api::{Arguments, Seeds, failure, measure};
use super::metric::{Answers, estimated, find, items, over_predictions, params, refused};
use super::reading::{Failure, Reading};
use super::slices;
use crate::number;
use crate::session::Predicted;
use lmstd_compiler::standard::ArgumentValue;
use lmstd_runtime::metric::{Better, Score, Scores, composite};

/// By how much each weight is moved to see how far the score rests on it.
const MOVED: f64 = 0.2;

measure! {
    /// # Weighted score
    ///
    /// ## Measures
    /// A standard's own `metric`: the weighted sum of other metrics on the same answers, with the weights as they
    /// stand. Undefined, and so never a pass, as soon as one term is.
    ///
    /// Of metrics of the table of classes the interval is a seeded Bayesian bootstrap in which all terms share each
    /// resample, so that their correlation counts, with one row added where it hurts most, and one for every class of
    /// fewer than 50 rows; of other metrics the seeded bootstrap, bias-corrected and accelerated (BCa). A sum of one term
    /// with weight 1 has that term's interval. The facts tell each term's value, and between which values the score lies
    /// when any one weight is a fifth larger or smaller, all of them scaled to their sum again.
    ///
    /// ## Why it matters
    /// It turns several qualities into the one number that an organisation has agreed on, with its weights in the open.
    ///
    /// ## How to mend
    /// Look at the terms: the report shows the value of each.
    ///
    /// ## References
    /// Rubin 1981; Gaffke 2005; Learned-Miller and Thomas 2020; Efron 1987. Sensitivity to weights: OECD and JRC 2008,
    /// Handbook on constructing composite indicators.
    ///
    /// ```lms pass
    /// quality(classifier, reviews.test) >= 0.75 at 95%
    /// ```
    /// ```lms fail
    /// quality(classifier, reviews.test) >= 0.85 at 95%
    /// ```
    "weighted", Run, "",
    |arguments, session| over_predictions(arguments, session, from_predictions), recompute from_predictions
}

/// One term: its weight, its name, its definition, what it means, and its score.
struct Part {
    weight: f64,
    id: String,
    definition: String,
    mark: String,
    score: Score,
}

fn parts(arguments: &Arguments, predicted: &Predicted) -> Result<Vec<Part>, Failure> {
    let Some(ArgumentValue::Terms(terms)) = arguments.value("terms") else {
        return Err(failure("internal", "a weighted score has no terms", "", ""));
    };
    let part = |(weight, id, own): &(f64, String, indexmap::IndexMap<String, ArgumentValue>)| {
        let metric = find(id)?;
        let params = params(own, predicted)?;
        let mut scores = metric.of(&items(metric, arguments, predicted)?, &params).map_err(refused)?.0;
        let Some((None, score)) = scores.pop().filter(|_| scores.is_empty()) else {
            let mend = "use metrics that give one value";
            return Err(failure("unknown_metric", format!("`{id}` has several values"), "", mend));
        };
        let (definition, mark) = (metric.definition(), metric.mark(&params));
        Ok(Part { weight: *weight, id: id.clone(), definition, mark, score })
    };
    terms.iter().map(part).collect()
}

/// The weighted sum as one score.
pub(super) fn score(arguments: &Arguments, predicted: &Predicted) -> Result<Score, Failure> {
    let parts = parts(arguments, predicted)?;
    composite(parts.into_iter().map(|part| (part.weight, part.score)).collect()).map_err(refused)
}

fn from_predictions(arguments: &Arguments, predicted: &Predicted, seeds: &Seeds) -> Result<Reading, Failure> {
    let parts = parts(arguments, predicted)?;
    let told = |of: fn(&Part) -> &String| {
        parts.iter().map(|part| format!("{} {}", part.weight, of(part))).collect::<Vec<_>>().join(" + ")
    };
    let (definition, mark) = (told(|part| &part.definition), told(|part| &part.mark));
    let terms: Vec<(f64, Score)> = parts.iter().map(|part| (part.weight, part.score.clone())).collect();
    let rows = slices::rows(arguments, predicted)?;
    // What is told of the terms is of the rows that the sum is taken over.
    let counted: Vec<(f64, Score)> = terms.iter().map(|(weight, score)| (*weight, score.of_rows(&rows))).collect();
    let sensitivity = sensitivity(&counted);
    let scores = (Scores::from(composite(terms).map_err(refused)?), Better::Higher);
    let mut reading = estimated(arguments, Answers { predicted, rows: &rows }, seeds, &definition, &mark, scores)?;
    for value in &mut reading.values {
        for (part, (_, score)) in parts.iter().zip(&counted) {
            let told = score.value().map_or("undefined".to_owned(), |value| number::quantity(value, ""));
            value.facts.insert(format!("term {}", part.id), told);
        }
        if let Some([low, high]) = sensitivity {
            let range = format!("{}..{}", number::quantity(low, ""), number::quantity(high, ""));
            value.facts.insert("sensitivity".to_owned(), range);
        }
    }
    Ok(reading)
}

/// The least and the greatest score when any one weight is moved, the weights scaled to their sum again.
fn sensitivity(parts: &[(f64, Score)]) -> Option<[f64; 2]> {
    let values: Vec<f64> = parts.iter().map(|(_, score)| score.value()).collect::<Option<_>>()?;
    let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
    let mut ends = [f64::INFINITY, f64::NEG_INFINITY];
    for moved in 0..parts.len() {
        for factor in [1.0 - MOVED, 1.0 + MOVED] {
            let weight = |index: usize| parts[index].0 * if index == moved { factor } else { 1.0 };
            let sum: f64 = (0..parts.len()).map(weight).sum();
            let score: f64 = (0..parts.len()).map(|index| weight(index) * values[index]).sum::<f64>() * total / sum;
            ends = [ends[0].min(score), ends[1].max(score)];
        }
    }
    Some(ends)
}
