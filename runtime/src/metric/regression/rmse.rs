//! Root mean squared error.

use super::numbers;
use crate::metric::api::metric;
use crate::metric::score::{Law, Score};

metric! {
    /// # Root mean squared error
    ///
    /// ## Measures
    /// sqrt(mean of (truth - prediction)^2), in the unit of the target column. The interval is a seeded bootstrap,
    /// bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// How far a forecast is off where large errors count more than small ones: one error of 10 weighs as much as a
    /// hundred errors of 1.
    ///
    /// ## How to mend
    /// Look at the rows with the largest errors: a few of them often make most of it. Compare with the mean absolute
    /// error; where this one is much larger, outliers are the cause.
    ///
    /// ## Traps
    /// It has the unit of the target: two numbers compare only where the unit is the same. It is never below the mean
    /// absolute error. Few rows may hold none of the rare large errors, and then the number is too good. Of no rows
    /// there is none.
    ///
    /// ## References
    /// Willmott and Matsuura 2005; Chai and Draxler 2014; scikit-learn `root_mean_squared_error`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [10.0, 20.0, 40.0], "prediction": [11.0, 18.0, 40.0]}, "expected": 1.2909944487358056}
    /// ```
    /// ```lms pass
    /// rmse(forecaster, demand.test) <= 4 at 95%
    /// ```
    /// ```lms fail
    /// rmse(forecaster, demand.test) <= 0.1 at 95%
    /// ```
    "rmse", version 1, equals "scikit-learn", reads Numbers, Lower,
    "measure rmse(model: model, split: split) -> number",
    |items, _| {
        let errors = numbers(items)?.pairs().map(|(truth, predicted)| [(truth - predicted).abs()]);
        let score = Score::over(errors, Law::Sample, |weighed| weighed.mean(|row| row[0] * row[0]).map(f64::sqrt));
        Ok(score.into())
    }
}
