//! Mean absolute percentage error.

use super::numbers;
use crate::metric::api::metric;
use crate::metric::score::Score;

metric! {
    /// # Mean absolute percentage error
    ///
    /// ## Measures
    /// The mean of |truth - prediction| / max(|truth|, 2^-52), a fraction: 0.05 is 5 percent. It can exceed 1. The
    /// interval is a seeded bootstrap, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// How far a forecast is off for its size, so that items that sell by the dozen and by the thousand count alike.
    ///
    /// ## How to mend
    /// Look at the rows of small truth: they make most of it. Train on a relative loss, or on the logarithm of the
    /// target.
    ///
    /// ## Traps
    /// A fraction, not percent. Where the truth is 0 the error is divided by 2^-52 and is huge: take `smape` or `mae`
    /// for data with zeros. A forecast that is too low loses at most 1 a row, one that is too high has no limit, so
    /// that the best model by this number guesses low. Of no rows there is none.
    ///
    /// ## References
    /// Hyndman and Koehler 2006; scikit-learn `mean_absolute_percentage_error`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [10.0, 20.0, 40.0], "prediction": [11.0, 18.0, 40.0]}, "expected": 0.06666666666666667}
    /// ```
    /// ```lms pass
    /// mape(forecaster, demand.test) <= 0.3 at 95%
    /// ```
    /// ```lms fail
    /// mape(forecaster, demand.test) <= 0.001 at 95%
    /// ```
    "mape", version 1, equals "scikit-learn", reads Numbers, Lower,
    "measure mape(model: model, split: split) -> ratio",
    |items, _| {
        let relative = |(truth, predicted): (f64, f64)| (truth - predicted).abs() / truth.abs().max(f64::EPSILON);
        Ok(Score::mean(numbers(items)?.pairs().map(relative), 0.0, f64::INFINITY).into())
    }
}
