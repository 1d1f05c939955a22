//! Log loss: the mean negative logarithm of the true class's probability.

use super::{probabilities, score_of};
use crate::metric::api::metric;
use crate::metric::score::Score;

metric! {
    /// # Log loss
    ///
    /// ## Measures
    /// The mean of - ln p, with p the probability that the model gives the true class, kept between 2^-52 and 1 -
    /// 2^-52; lower is better. Another name is cross-entropy. There are no parameters.
    ///
    /// A row's loss is between 0 and 52 ln 2 = 36.04, so that it is a bounded mean: it has a seeded Bayesian bootstrap
    /// with rows added where it hurts.
    ///
    /// ## Why it matters
    /// It is lowest where the probabilities are the true ones, and it punishes being sure and wrong hardest.
    ///
    /// ## How to mend
    /// Look at the rows with the largest loss: wrong labels, and rows on which the model is too sure. Scaling the
    /// temperature on a split of its own lowers it without changing any answer.
    ///
    /// ## Traps
    /// A single row with p = 0 adds 36.04 / rows. For the same reason the upper end of the interval lies well above the
    /// value where rows are few: one row more could be such a row. Guessing evenly gives ln K with K classes, so that
    /// values with other numbers of classes do not compare. Rows that do not sum to 1 within 0.001 are refused, where
    /// the reference warns: a model that gives every class 1 would have no loss.
    ///
    /// ## References
    /// Good 1952; Bishop 2006, 4.3.4; scikit-learn `log_loss`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [0, 1, 1], "scores": [0.2, 0.7, 0.9]}, "expected": 0.22839300363692283}
    /// ```
    /// ```json example
    /// {"parameters": {}, "input": {"classes": [0, 1, 2], "truth": [0, 1, 2, 0], "scores": [[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.3, 0.4, 0.3], [0.5, 0.4, 0.1]]}, "expected": 0.7367355273461398}
    /// ```
    /// ```lms pass
    /// log_loss(classifier, reviews.test) <= 2 at 95%
    /// ```
    /// ```lms fail
    /// log_loss(classifier, reviews.test) <= 0.05 at 95%
    /// ```
    "log_loss", version 1, equals "scikit-learn", reads Scores, Lower,
    "measure log_loss(model: model, split: split) -> number",
    |items, _| {
        let loss = |probability: f64| -probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln();
        let losses = probabilities(items)?.rows().map(|(truth, row)| loss(score_of(row, truth)));
        Ok(Score::mean(losses, 0.0, loss(0.0)).into())
    }
}
