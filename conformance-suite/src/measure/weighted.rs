//! The weighted score of a standard's own metric.

use super::api::{Arguments, Seeds, failure, measure};
use super::classification::{over_predictions, score, target};
use super::reading::{Failure, Reading};
use crate::session::Predicted;
use lmstd_compiler::standard::ArgumentValue;
use lmstd_runtime::metric::{self, Params, Target, Term, Weighted};

measure! {
    /// # Weighted score
    ///
    /// ## Measures
    /// A standard's own `metric`: the weighted sum of other metrics on the same predictions, with the weights as they
    /// stand. Undefined, and so never a pass, as soon as one term is.
    ///
    /// The interval is a seeded Bayesian bootstrap in which all terms share each resample, so that their correlation
    /// counts, with one row added where it hurts most, and one for every class of fewer than 50 rows. Where all terms are
    /// the same rate, as in `1.0 * accuracy`, it is that rate's exact interval.
    ///
    /// ## Why it matters
    /// It turns several qualities into the one number that an organisation has agreed on, with its weights in the open.
    ///
    /// ## How to mend
    /// Look at the terms: the report shows the confusion matrix they all come from.
    ///
    /// ## References
    /// Rubin 1981; Gaffke 2005; Learned-Miller and Thomas 2020.
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

fn from_predictions(arguments: &Arguments, predicted: &Predicted, seeds: &Seeds) -> Result<Reading, Failure> {
    let Some(ArgumentValue::Terms(terms)) = arguments.value("terms") else {
        return Err(failure("internal", "a weighted score has no terms", "", ""));
    };
    let mut parts = Vec::new();
    let mut definition = Vec::new();
    for (weight, id, own) in terms {
        let row = metric::find(id).ok_or_else(|| {
            let mend = "use accuracy, precision, recall or f1 in a metric";
            failure("unknown_metric", format!("`{id}` cannot be part of a weighted score"), "", mend)
        })?;
        let class = own.get("class").and_then(|value| match value {
            ArgumentValue::Class(label) => Some(label.as_str()),
            _ => None,
        });
        let average = own.get("average").and_then(|value| match value {
            ArgumentValue::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let over = if id == "accuracy" {
            Target::Micro
        } else {
            target(class, average.unwrap_or("binary"), &predicted.classes.labels)?
        };
        parts.push(Term { weight: *weight, row: *row, params: Params::over(over) });
        definition.push(format!("{weight} {}", row.definition));
    }
    score(arguments, predicted, seeds, &definition.join(" + "), &Weighted { terms: parts })
}
