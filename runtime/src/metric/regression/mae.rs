//! Mean absolute error.

use super::numbers;
use crate::metric::api::metric;
use crate::metric::score::Score;

metric! {
    /// # Mean absolute error
    ///
    /// ## Measures
    /// The mean of |truth - prediction|, in the unit of the target column.
    ///
    /// ## Why it matters
    /// How far a forecast is off on average, in terms that everybody understands.
    ///
    /// ## How to mend
    /// Look at the rows with the largest errors first; outliers of the data move it less than they move the squared error.
    ///
    /// ## Traps
    /// It has the unit of the target: two numbers compare only where the unit is the same. Of no rows there is none.
    ///
    /// ## References
    /// Willmott and Matsuura 2005; scikit-learn `mean_absolute_error`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [1.0, 2.0, 3.0], "prediction": [2.0, 2.0, 5.0]}, "expected": 1.0}
    /// ```
    /// ```lms pass
    /// mae(forecaster, demand.test) <= 3 at 95%
    /// ```
    /// ```lms fail
    /// mae(forecaster, demand.test) <= 0.1 at 95%
    /// ```
    "mae", version 1, equals "scikit-learn", reads Numbers, Lower,
    "measure mae(model: model, split: split) -> number",
    |items, _| {
        let errors = numbers(items)?.pairs().map(|(truth, predicted)| (truth - predicted).abs());
        Ok(Score::mean(errors, 0.0, f64::INFINITY).into())
    }
}
