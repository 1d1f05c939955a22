//! How much accuracy is lost on perturbed rows.

use super::perturbed;
use crate::metric::api::metric;
use crate::metric::score::Score;

metric! {
    /// # Accuracy drop
    ///
    /// ## Measures
    /// The share of rows that are answered right as they are, less the share of the same rows that are answered right
    /// when perturbed, from -1 to 1. Below 0 the model does better on the perturbed rows. Undefined without rows.
    ///
    /// Each row is paired with its perturbed twin, and both are resampled together. The interval is a seeded Bayesian
    /// bootstrap with rows added where it hurts.
    ///
    /// ## Why it matters
    /// People mistype, shout and leave out commas. A model that is good on clean rows alone is not good for them.
    ///
    /// ## How to mend
    /// Look at the rows that were right and become wrong. Train with such perturbations, or clean the input before the
    /// model sees it.
    ///
    /// ## Traps
    /// It compares only where the same perturbation, rate and seed are meant. Rows that flip from wrong to right make
    /// up for others: `flip_rate` counts both. A perturbation that changes the meaning of a row changes its truth too.
    ///
    /// ## References
    /// Ribeiro et al. 2020 (CheckList); Belinkov and Bisk 2018; Hendrycks and Dietterich 2019; ISO/IEC TR 24029-1:2021.
    /// The value is the difference of two scikit-learn `accuracy_score`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [0, 0, 1, 1, 1], "prediction": [0, 0, 1, 1, 0], "perturbed": [0, 1, 1, 0, 1]}, "expected": 0.2}
    /// ```
    /// ```lms pass
    /// accuracy_drop(classifier, reviews.test, perturbation: upper) <= 0.1 at 95%
    /// ```
    /// ```lms fail
    /// accuracy_drop(classifier, reviews.test, rate: 0.3) <= 0.01 at 95%
    /// ```
    "accuracy_drop", version 1, equals "scikit-learn", reads Perturbed, Lower,
    "measure accuracy_drop(model: model, split: split, perturbation: text[typos, upper, lower, swap, punctuation, dialect] = typos, rate: real = 0.05) -> number",
    |items, _| {
        let rows = perturbed(items)?;
        let answers = rows.plain.predicted.iter().zip(&rows.perturbed);
        let lost = |(truth, (plain, perturbed)): (&u32, (&u32, &u32))| {
            f64::from(u8::from(truth == plain)) - f64::from(u8::from(truth == perturbed))
        };
        let lost = rows.plain.truth.iter().zip(answers).map(lost);
        Ok(Score::mean(lost, -1.0, 1.0).into())
    }
}
