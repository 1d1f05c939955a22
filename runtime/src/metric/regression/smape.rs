//! Symmetric mean absolute percentage error.

use super::numbers;
use crate::metric::api::metric;
use crate::metric::score::Score;

/// The least that |truth| + |prediction| counts as, that of the reference.
const FLOOR: f64 = 1.17e-6;

metric! {
    /// # Symmetric mean absolute percentage error
    ///
    /// ## Measures
    /// The mean of 2 |truth - prediction| / max(|truth| + |prediction|, 1.17e-6), a fraction from 0 to 2. The interval
    /// is a seeded Bayesian bootstrap with rows added where it hurts.
    ///
    /// ## Why it matters
    /// How far a forecast is off for its size, with a limit a row, so that a truth near 0 does not decide alone.
    ///
    /// ## How to mend
    /// Look at the rows where truth or prediction is small, or where their signs differ: these have 2, the most.
    ///
    /// ## Traps
    /// A fraction, not percent. A truth of 0 gives 2 unless the prediction is 0 as well, however near it is. A forecast
    /// that is too low costs more than one that is as much too high. Some authors leave the factor 2 out and have half
    /// of it. Values below the floor of 1.17e-6 give next to nothing: scale the target so that its values are larger.
    /// Of no rows there is none.
    ///
    /// ## References
    /// Makridakis 1993; Hyndman and Koehler 2006; torchmetrics `symmetric_mean_absolute_percentage_error`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [10.0, 20.0, 40.0], "prediction": [11.0, 18.0, 40.0]}, "expected": 0.06683375104427736}
    /// ```
    /// ```lms pass
    /// smape(forecaster, demand.test) <= 0.3 at 95%
    /// ```
    /// ```lms fail
    /// smape(forecaster, demand.test) <= 0.001 at 95%
    /// ```
    "smape", version 1, equals "torchmetrics", reads Numbers, Lower,
    "measure smape(model: model, split: split) -> ratio",
    |items, _| Ok(Score::mean(numbers(items)?.pairs().map(symmetric), 0.0, 2.0).into())
}

/// The error of a row; from halves, whose sum cannot overflow and hide it.
fn symmetric((truth, predicted): (f64, f64)) -> f64 {
    let (truth, predicted) = (truth / 2.0, predicted / 2.0);
    2.0 * (truth - predicted).abs() / (truth.abs() + predicted.abs()).max(FLOOR / 2.0)
}
