//! Hamming loss: the share of marks, or of classes, that are wrong.

use super::marks::{labels, rows};
use super::table::share;
use crate::metric::api::{Refusal, metric};
use crate::metric::items::Items;
use crate::metric::score::Score;

metric! {
    /// # Hamming loss
    ///
    /// ## Measures
    /// Wrong marks / all marks, of rows with several marks; lower is better. A mark is wrong where it is there in one
    /// of truth and prediction and not in the other. Of rows with one class it is wrong rows / rows, which is 1 -
    /// accuracy. There are no parameters.
    ///
    /// Of classes it has an exact interval of a rate (Wilson's, or Clopper and Pearson's for few rows); of marks, where
    /// it is a bounded mean over rows, a seeded Bayesian bootstrap with rows added where it hurts.
    ///
    /// ## Why it matters
    /// With several marks a row, exact match is often too strict: a row with nine right marks of ten is nearly right.
    ///
    /// ## How to mend
    /// Look at each label by itself, and choose its threshold on a split that is not the one measured.
    ///
    /// ## Traps
    /// Where most marks are absent, a model that predicts none has a low loss: ask for `jaccard` too, which leaves out
    /// the marks that are absent in both. Of no rows there is none; rows without any label are refused.
    ///
    /// ## References
    /// Tsoumakas and Katakis 2007, "Multi-Label Classification: An Overview"; ISO/IEC TS 4213:2022, clause 6;
    /// scikit-learn `hamming_loss`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [[1, 0, 1], [0, 1, 0], [1, 1, 0]], "prediction": [[1, 0, 0], [0, 1, 0], [1, 0, 1]]}, "expected": 0.3333333333333333}
    /// ```
    /// ```json example
    /// {"parameters": {}, "input": {"classes": [0, 1], "truth": [0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "prediction": [0, 0, 0, 1, 0, 0, 1, 1, 1, 1]}, "expected": 0.3}
    /// ```
    /// ```lms pass
    /// hamming_loss(classifier, reviews.test) <= 0.35 at 95%
    /// ```
    /// ```lms fail
    /// hamming_loss(classifier, reviews.test) <= 0.05 at 95%
    /// ```
    "hamming_loss", version 1, equals "scikit-learn", reads Classes | Marks, Lower,
    "measure hamming_loss(model: model, split: split) -> score",
    |items, _| match items {
        Items::Classes(classes) => Ok(share(classes, |truth, predicted| truth != predicted)?.into()),
        Items::Marks(marks) => {
            let labels = labels(marks)? as f64;
            let losses = rows(marks).map(|(truth, predicted)| wrong(truth, predicted) as f64 / labels);
            Ok(Score::mean(losses, 0.0, 1.0).into())
        }
        _ => Err(Refusal::kind()),
    }
}

fn wrong(truth: &[bool], predicted: &[bool]) -> usize {
    truth.iter().zip(predicted).filter(|(truth, predicted)| truth != predicted).count()
}
