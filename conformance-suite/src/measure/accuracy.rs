//! Accuracy on a split.

use super::api::{Arguments, Seeds, measure};
use super::classification::{over_predictions, single};
use super::reading::{Failure, Reading};
use crate::session::Predicted;
use lmstd_runtime::metric::Target;

measure! {
    /// # Accuracy
    ///
    /// ## Measures
    /// The share of rows whose predicted class is the true class, with Clopper and Pearson's exact interval: whatever the
    /// number of rows, each of its ends is wrong with at most half of the probability that the confidence leaves.
    /// Ties between logits go to the first class. Equal to scikit-learn's `accuracy_score`. Undefined, and so never a
    /// pass, without rows; not measured where the dataset declares fewer than two classes.
    ///
    /// ## Why it matters
    /// It is the plainest promise of a classifier. It hides which class is missed: hold recall of the class that
    /// matters beside it, and never read it without the share of the largest class.
    ///
    /// ## How to mend
    /// Train longer or on more data of the kind that is missed; look at the confusion matrix first. A clause that is
    /// undecided needs more test rows, not a better model.
    ///
    /// ## References
    /// ISO/IEC TS 4213:2022, 6.2; Clopper and Pearson 1934; Brown, Cai and DasGupta 2001 (intervals compared).
    ///
    /// ```lms pass
    /// accuracy(classifier, reviews.test) >= 0.75 at 95%
    /// ```
    /// ```lms fail
    /// accuracy(classifier, reviews.test) >= 0.877 at 95%
    /// ```
    "accuracy", Run, "measure accuracy(model: model, split: split) -> rate",
    |arguments, session| over_predictions(arguments, session, from_predictions), recompute from_predictions
}

fn from_predictions(arguments: &Arguments, predicted: &Predicted, seeds: &Seeds) -> Result<Reading, Failure> {
    single(arguments, predicted, seeds, "accuracy", Target::Micro)
}
