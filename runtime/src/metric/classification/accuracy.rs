//! Accuracy: the share of rows that are right.

use super::marks::{labels, rows};
use super::table::share;
use crate::metric::api::{Refusal, metric};
use crate::metric::items::Items;
use crate::metric::score::Score;

metric! {
    /// # Accuracy
    ///
    /// ## Measures
    /// Right rows / all rows. A row of one class is right where the predicted class is the true one; a row of several
    /// marks is right where all its marks are (exact match). There are no parameters.
    ///
    /// It has an exact interval of a rate (Wilson's, or Clopper and Pearson's for few rows).
    ///
    /// ## Why it matters
    /// It is how often users get the right answer, if they send what the split holds.
    ///
    /// ## How to mend
    /// Look which classes are confused with which, add training rows of those, and mend labels that are wrong.
    ///
    /// ## Traps
    /// With a rare class a model that never predicts it has a high accuracy: ask for the recall of each class too, or
    /// for `mcc`. Of no rows there is no accuracy. With several marks a row, exact match is strict: one wrong mark
    /// makes the row wrong; `hamming_loss` counts marks.
    ///
    /// ## References
    /// ISO/IEC TS 4213:2022, 6.2; scikit-learn `accuracy_score`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"classes": [0, 1], "truth": [0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "prediction": [0, 0, 0, 1, 0, 0, 1, 1, 1, 1]}, "expected": 0.7}
    /// ```
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [[1, 0, 1], [0, 1, 0], [1, 1, 0]], "prediction": [[1, 0, 0], [0, 1, 0], [1, 0, 1]]}, "expected": 0.3333333333333333}
    /// ```
    /// ```lms pass
    /// accuracy(classifier, reviews.test) >= 0.7 at 95%
    /// ```
    /// ```lms fail
    /// accuracy(classifier, reviews.test) >= 0.95 at 95%
    /// ```
    "accuracy", version 1, equals "scikit-learn", reads Classes | Marks, Higher,
    "measure accuracy(model: model, split: split) -> rate",
    |items, _| match items {
        Items::Classes(classes) => Ok(share(classes, |truth, predicted| truth == predicted)?.into()),
        Items::Marks(marks) => {
            labels(marks)?;
            Ok(Score::rate(rows(marks).map(|(truth, predicted)| Some(truth == predicted))).into())
        }
        _ => Err(Refusal::kind()),
    }
}
