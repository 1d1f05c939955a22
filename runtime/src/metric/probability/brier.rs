//! Brier score: the mean squared error of the probabilities.

use super::{SLACK, probabilities, score_of};
use crate::metric::api::{Refusal, metric};
use crate::metric::score::Score;

metric! {
    /// # Brier score
    ///
    /// ## Measures
    /// The mean squared error of the probabilities, where the true class should have 1 and every other 0; lower is
    /// better. `form: sum` sums over all classes and goes from 0 to 2; `form: binary` takes the second declared of two
    /// classes alone and goes from 0 to 1.
    ///
    /// It is a bounded mean and has a seeded Bayesian bootstrap with rows added where it hurts.
    ///
    /// ## Why it matters
    /// It is lowest where the probabilities are the true ones, and unlike `log_loss` no single row can rule it.
    ///
    /// ## How to mend
    /// Part it: if `ece` is high, scale the temperature on a split of its own; if not, the model lacks knowledge, and
    /// more training rows of the classes that it confuses help.
    ///
    /// ## Traps
    /// Two numbers go by this name: of two classes `sum` is twice `binary`. Guessing evenly gives (K - 1) / K for `sum`
    /// with K classes, so that values with other numbers of classes do not compare. With a rare class always giving its
    /// share already has a low score. Rows that do not sum to 1 within 0.001 are refused. Of no rows there is none.
    ///
    /// ## References
    /// Brier 1950, whose own form is `sum`; lm-eval `brier_score` for `sum`, scikit-learn `brier_score_loss` for
    /// `binary`.
    ///
    /// ```json example
    /// {"parameters": {"form": "sum"}, "input": {"classes": [0, 1, 2], "truth": [0, 1, 2, 0], "scores": [[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.3, 0.4, 0.3], [0.5, 0.4, 0.1]]}, "expected": 0.42000000000000004}
    /// ```
    /// ```json example
    /// {"parameters": {"form": "binary"}, "input": {"truth": [0, 1, 1], "scores": [0.2, 0.7, 0.9]}, "expected": 0.04666666666666667}
    /// ```
    /// ```lms pass
    /// brier(classifier, reviews.test, form: binary) <= 0.4 at 95%
    /// ```
    /// ```lms fail
    /// brier(classifier, reviews.test) <= 0.01 at 95%
    /// ```
    "brier", version 1, equals "lm-eval", reads Scores, Lower,
    "measure brier(model: model, split: split, form: text[sum, binary] = sum) -> number",
    |items, params| {
        let binary = params.word("form", &[("sum", false), ("binary", true)])?;
        let scores = probabilities(items)?;
        let classes = scores.classes;
        if binary && classes != 2 {
            return Err(Refusal::new("there are more than two classes", "write `form: sum`"));
        }
        if binary {
            let errors = scores.rows().map(|(truth, row)| squared_error(row, truth, 1));
            return Ok(Score::mean(errors, 0.0, 1.0).into());
        }
        let all = |row: &[f64], truth: usize| (0..classes).map(|class| squared_error(row, truth, class)).sum::<f64>();
        let errors = scores.rows().map(|(truth, row)| all(row, truth));
        // Probabilities that sum to a little more than 1 can err by a little more than 2.
        Ok(Score::mean(errors, 0.0, 2.0 + SLACK).into())
    }
}

fn squared_error(row: &[f64], truth: usize, class: usize) -> f64 {
    let should = if class == truth { 1.0 } else { 0.0 };
    (score_of(row, class) - should).powi(2)
}
