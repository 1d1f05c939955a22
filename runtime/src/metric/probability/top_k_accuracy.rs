//! Top-k accuracy: the share of rows whose class is among the k best.

use super::scores;
use crate::metric::api::{Refusal, metric};
use crate::metric::score::Score;

metric! {
    /// # Top-k accuracy
    ///
    /// ## Measures
    /// Rows whose true class has one of the `k` highest scores / all rows. Of equal scores the class that is declared
    /// later goes first. With one number a row, the probability of the second class of two, that class goes first above
    /// 0.5.
    ///
    /// It has an exact interval of a rate (Wilson's, or Clopper and Pearson's for few rows).
    ///
    /// ## Why it matters
    /// Where a person chooses among suggestions, it is how often the right one is among them.
    ///
    /// ## How to mend
    /// Look at the rows that miss even so: their classes lack training rows, or their labels are wrong.
    ///
    /// ## Traps
    /// With k as large as the number of classes every row counts: such a k is refused, where the reference gives 1. The
    /// rule for ties is the opposite of argmax, so that with many equal scores k = 1 is not `accuracy`; a model that
    /// gives all classes one score hits the last declared ones. Of no rows there is none.
    ///
    /// ## References
    /// Russakovsky and others 2015, "ImageNet Large Scale Visual Recognition Challenge"; scikit-learn
    /// `top_k_accuracy_score`.
    ///
    /// ```json example
    /// {"parameters": {"k": 2}, "input": {"classes": [0, 1, 2], "truth": [0, 1, 2, 2], "scores": [[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.3, 0.4, 0.3], [0.5, 0.4, 0.1]]}, "expected": 0.75}
    /// ```
    /// ```lms pass
    /// top_k_accuracy(classifier, reviews.test, k: 1) >= 0.7 at 95%
    /// ```
    /// ```lms fail
    /// top_k_accuracy(classifier, reviews.test, k: 1) >= 0.95 at 95%
    /// ```
    "top_k_accuracy", version 1, equals "scikit-learn", reads Scores, Higher,
    "measure top_k_accuracy(model: model, split: split, k: int = 2) -> rate",
    |items, params| {
        let k = params.whole("k", 2, 1)?;
        let scores = scores(items)?;
        if k >= scores.classes {
            let message = "`k` is not below the number of classes, so that every row would count";
            return Err(Refusal::new(message, "write a smaller `k`"));
        }
        if scores.scores.iter().any(|row| matches!(row.as_slice(), [one] if !(0.0..=1.0).contains(one))) {
            let mend = "let the model answer with probabilities, not with logits";
            return Err(Refusal::new("a score is not a probability", mend));
        }
        Ok(Score::rate(scores.rows().map(|(truth, row)| Some(is_among(row, truth, k)))).into())
    }
}

fn is_among(row: &[f64], truth: usize, k: usize) -> bool {
    if let [one] = row {
        return (*one > 0.5) == (truth == 1);
    }
    let Some(own) = row.get(truth) else { return false };
    let before = |(class, score): (usize, &f64)| score > own || (score == own && class > truth);
    row.iter().enumerate().filter(|one| before(*one)).count() < k
}
