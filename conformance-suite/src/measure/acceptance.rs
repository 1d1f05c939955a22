//! Acceptance sampling: enough right rows to accept the model, few enough to reject it, or neither.

use super::api::{Arguments, Seeds, check, failure, measure};
use super::metric::{over_predictions, refused, scores};
use super::reading::{Failure, Reading};
use super::slices;
use crate::session::Predicted;
use crate::verdict::Finding;
use indexmap::IndexMap;
use lmstd_runtime::metric::score::Law;
use lmstd_runtime::metric::{Refusal, Score};
use lmstd_runtime::statistics::acceptance::{Decision, Levels};

measure! {
    /// # Acceptance
    ///
    /// ## Measures
    /// Whether the right answers on a split accept the model by an exact binomial decision: so many of them have a chance of
    /// at most `beta` if the true accuracy is only `worse`. A model at `good` is rejected with a chance of at most `alpha`.
    /// Holds where the rows accept; does not hold where they reject, or are too few to exclude either, which a finding
    /// tells, with the rows and the misses of the smallest plan that always decides.
    ///
    /// ## Why it matters
    /// It states both risks, the buyer's and the maker's, before anything is drawn, and how many rows they cost.
    ///
    /// ## How to mend
    /// Draw at least as many rows as the plan says; if the rows reject, mend the model first.
    ///
    /// ## References
    /// Dodge and Romig 1929; ISO 2859-2; Clopper and Pearson 1934.
    ///
    /// ```lms pass
    /// acceptance(classifier, reviews.test, good: 0.78, worse: 0.72)
    /// ```
    /// ```lms fail
    /// acceptance(classifier, reviews.test, good: 0.95, worse: 0.9)
    /// ```
    "acceptance", Run,
    "measure acceptance(model: model, split: split, good: real, worse: real, alpha: real = 0.05, beta: real = 0.05) -> check",
    |arguments, session| over_predictions(arguments, session, from_predictions), recompute from_predictions
}

fn from_predictions(arguments: &Arguments, predicted: &Predicted, _: &Seeds) -> Result<Reading, Failure> {
    let number = |name: &str| arguments.number(name).unwrap_or(f64::NAN);
    let levels = Levels { bar: number("good"), worse: number("worse"), alpha: number("alpha"), beta: number("beta") };
    let plan = levels.plan().ok_or_else(|| {
        let mend = "write shares with `worse` below `good`, and risks between 0 and 1";
        failure("metric_refused", "no number of rows keeps both risks at these levels", "", mend)
    })?;
    if predicted.clusters(&[]).is_some() {
        let mend = "use a clause with a bar, whose interval knows of clusters";
        return Err(failure(
            "metric_refused",
            "the rows are not independent, as an exact decision needs them",
            "",
            mend,
        ));
    }
    let (hits, rows) = counted(arguments, predicted)?;
    let decision = levels.decide(hits, rows);
    let facts = IndexMap::from([
        ("hits".to_owned(), hits.to_string()),
        ("rows".to_owned(), rows.to_string()),
        ("plan".to_owned(), format!("{} rows, at most {} misses", plan.rows, plan.misses)),
    ]);
    let message = match decision {
        Some(Decision::Accept) => return Ok(check(Vec::new(), facts)),
        Some(Decision::Reject) => "the rows reject the model",
        Some(Decision::Undecided) | None => "the rows are too few to accept or to reject the model",
    };
    let finding = Finding {
        fault: "not_accepted".into(),
        message: message.into(),
        at: arguments.measurement.display.clone(),
        expected: format!("at most {} misses in {} rows", plan.misses, plan.rows),
        found: format!("{} misses in {rows} rows", rows - hits),
        mend: "draw as many rows as the plan says, or mend the model".into(),
    };
    Ok(check(vec![finding], facts))
}

/// Right rows and rows, of those that count.
fn counted(arguments: &Arguments, predicted: &Predicted) -> Result<(u64, u64), Failure> {
    let accuracy = lmstd_compiler::standard::Measurement {
        measure: "accuracy".into(),
        arguments: IndexMap::new(),
        display: String::new(),
        confidence: arguments.confidence(),
    };
    let (found, _) = scores(&Arguments { measurement: &accuracy }, predicted)?;
    let none = || refused(Refusal::new("there is no accuracy of these rows", "name a split of classes"));
    let (_, score) = found.0.into_iter().next().ok_or_else(none)?;
    let score: Score = score.of_rows(&slices::rows(arguments, predicted)?);
    let Law::Rate { hit, .. } = score.law() else { return Err(none()) };
    let right = score.rows().iter().filter(|row| hit(score.atoms().get(**row as usize)) == Some(true)).count();
    Ok((right as u64, score.len() as u64))
}
