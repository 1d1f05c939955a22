//! How often a perturbation changes the answer.

use super::perturbed;
use crate::metric::api::metric;
use crate::metric::score::Score;

metric! {
    /// # Flip rate
    ///
    /// ## Measures
    /// The share of rows whose answer changes when the row is perturbed, whether it was right or not. Undefined without
    /// rows.
    ///
    /// It has the exact interval of a rate (Wilson's, or Clopper and Pearson's for few rows).
    ///
    /// ## Why it matters
    /// A change that does not alter the meaning should not alter the answer. It needs no truth, so that it can be
    /// watched while the model is in use.
    ///
    /// ## How to mend
    /// Look at the rows that flip: often one word, or the case of one letter, decides. Train with such perturbations,
    /// or clean the input before the model sees it.
    ///
    /// ## Traps
    /// A model that always gives the same answer never flips: ask for `accuracy` too. It compares only where the same
    /// perturbation, rate and seed are meant.
    ///
    /// ## References
    /// Ribeiro et al. 2020 (CheckList, invariance tests); Gao et al. 2018; ISO/IEC TR 24029-1:2021. The value is 1 less
    /// scikit-learn's `accuracy_score` of the answers to the perturbed rows against those to the plain ones.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [0, 0, 1, 1, 1], "prediction": [0, 0, 1, 1, 0], "perturbed": [0, 1, 1, 0, 1]}, "expected": 0.6}
    /// ```
    /// ```lms pass
    /// flip_rate(classifier, reviews.test, perturbation: upper) <= 10% at 95%
    /// ```
    /// ```lms fail
    /// flip_rate(classifier, reviews.test, rate: 0.3) <= 1% at 95%
    /// ```
    "flip_rate", version 1, equals "scikit-learn", reads Perturbed, Lower,
    "measure flip_rate(model: model, split: split, perturbation: text[typos, upper, lower, swap, punctuation, dialect] = typos, rate: real = 0.05) -> rate",
    |items, _| {
        let rows = perturbed(items)?;
        let answers = rows.plain.predicted.iter().zip(&rows.perturbed);
        Ok(Score::rate(answers.map(|(plain, perturbed)| Some(plain != perturbed))).into())
    }
}
