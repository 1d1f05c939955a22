//! Coefficient of determination.

use super::numbers;
use crate::metric::api::metric;
use crate::metric::score::{Law, Score, Weighed};

metric! {
    /// # Coefficient of determination (R2)
    ///
    /// ## Measures
    /// R2 = 1 - sum of (truth - prediction)^2 / sum of (truth - mean truth)^2: 1 is right everywhere, 0 as good as
    /// always answering the mean, below 0 worse. The interval is a seeded bootstrap, bias-corrected and accelerated
    /// (BCa).
    ///
    /// ## Why it matters
    /// How much of what varies in the target the model explains, whatever its unit.
    ///
    /// ## How to mend
    /// Near 0: the inputs say little about the target, or the model has not learnt it. Below 0: look for a shift, a
    /// wrong unit or wrongly joined rows; the mean would do better.
    ///
    /// ## Traps
    /// It depends on how much the truth varies in these rows: the same errors give a lower number on a narrower split,
    /// so that two splits do not compare. It is no square and has no lower limit. If the truth is constant it is 1
    /// where all is right, else 0, as in the reference; of one row and of no rows there is none. It is not the square
    /// of the correlation.
    ///
    /// ## References
    /// Wright 1921; Kvalseth 1985; scikit-learn `r2_score`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [10.0, 20.0, 40.0], "prediction": [11.0, 18.0, 40.0]}, "expected": 0.9892857142857143}
    /// ```
    /// ```lms pass
    /// r2(forecaster, demand.test) >= 0.2 at 95%
    /// ```
    /// ```lms fail
    /// r2(forecaster, demand.test) >= 0.9999 at 95%
    /// ```
    "r2", version 1, equals "scikit-learn", reads Numbers, Higher,
    "measure r2(model: model, split: split) -> number",
    |items, _| {
        let pairs = numbers(items)?.pairs().map(|(truth, predicted)| [truth, predicted]);
        Ok(Score::over(pairs, Law::Sample, determination).into())
    }
}

/// The mean first, then the squares around it; both around the first truth, so that large values cost no digits and a
/// constant truth has a spread of exactly 0.
fn determination(weighed: &Weighed<'_>) -> Option<f64> {
    let (first, _) = weighed.iter().next()?;
    let start = first[0];
    let mean = weighed.mean(|row| row[0] - start)?;
    let spread = weighed.sum(|row| (row[0] - start - mean).powi(2));
    if spread > 0.0 {
        let errors = weighed.sum(|row| (row[0] - row[1]).powi(2));
        return spread.is_finite().then(|| 1.0 - errors / spread);
    }
    // The squares of tiny differences are 0 too: only a truth that is one number is constant.
    let constant = weighed.iter().all(|(row, _)| row[0] == start);
    let right = weighed.iter().all(|(row, _)| row[0] == row[1]);
    (constant && weighed.total() > 1.0).then_some(if right { 1.0 } else { 0.0 })
}
