//! Recall on a split.

use super::api::{Arguments, Seeds, measure};
use super::classification::{of_target, over_predictions};
use super::reading::{Failure, Reading};
use crate::session::Predicted;

measure! {
    /// # Recall
    ///
    /// ## Measures
    /// Of the rows that truly are of a class, the share that is found: of one named class, or averaged over classes:
    /// `average: macro`, `micro`, `weighted`. Undefined, and so never a pass, where the split has no row of the class.
    /// Equal to scikit-learn's `recall_score`.
    ///
    /// Of one class it has Clopper and Pearson's exact interval over the rows of the class; the micro and weighted
    /// averages are accuracy and have the same. The macro average has the Bayesian bootstrap that `explain f1` describes.
    ///
    /// ## Why it matters
    /// It says how much is missed, which is what costs in medicine, fraud and safety.
    ///
    /// ## How to mend
    /// Lower the decision threshold or add training rows of the class.
    ///
    /// ## References
    /// ISO/IEC TS 4213:2022, 6.2; Clopper and Pearson 1934 (interval).
    ///
    /// ```lms pass
    /// recall(classifier, reviews.test, positive) >= 80% at 95%
    /// ```
    /// ```lms fail
    /// recall(classifier, reviews.test, negative) >= 0.80 at 95%
    /// ```
    "recall", Run,
    "measure recall(model: model, split: split, class: class = none, average: text = binary) -> rate",
    |arguments, session| over_predictions(arguments, session, from_predictions), recompute from_predictions
}

fn from_predictions(arguments: &Arguments, predicted: &Predicted, seeds: &Seeds) -> Result<Reading, Failure> {
    of_target(arguments, predicted, seeds, "recall")
}
