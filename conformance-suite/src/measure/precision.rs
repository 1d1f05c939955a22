//! Precision on a split.

use super::api::{Arguments, Seeds, measure};
use super::classification::{of_target, over_predictions};
use super::reading::{Failure, Reading};
use crate::session::Predicted;

measure! {
    /// # Precision
    ///
    /// ## Measures
    /// Of the rows predicted as a class, the share that truly is of it: of one named class, or averaged over classes:
    /// `average: macro`, `micro`, `weighted`. Undefined, and so never a pass, where nothing is predicted as the class.
    /// Equal to scikit-learn's `precision_score`.
    ///
    /// Of one class it has Clopper and Pearson's exact interval over the rows predicted as it; the micro average is
    /// accuracy and has the same. Macro and weighted averages have the Bayesian bootstrap that `explain f1` describes.
    ///
    /// ## Why it matters
    /// It says how far an alarm can be believed.
    ///
    /// ## How to mend
    /// Raise the decision threshold or add training rows that look like the class and are not.
    ///
    /// ## References
    /// ISO/IEC TS 4213:2022, 6.2; Clopper and Pearson 1934 (interval).
    ///
    /// ```lms pass
    /// precision(classifier, reviews.test, positive) >= 0.70 at 95%
    /// ```
    /// ```lms fail
    /// precision(classifier, reviews.test, average: macro) >= 0.90 at 95%
    /// ```
    "precision", Run,
    "measure precision(model: model, split: split, class: class = none, average: text = binary) -> rate",
    |arguments, session| over_predictions(arguments, session, from_predictions), recompute from_predictions
}

fn from_predictions(arguments: &Arguments, predicted: &Predicted, seeds: &Seeds) -> Result<Reading, Failure> {
    of_target(arguments, predicted, seeds, "precision")
}
