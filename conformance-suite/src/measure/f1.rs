//! F1 on a split.

use super::api::{Arguments, Seeds, measure};
use super::classification::{of_target, over_predictions};
use super::reading::{Failure, Reading};
use crate::session::Predicted;

measure! {
    /// # F1
    ///
    /// ## Measures
    /// The harmonic mean of precision and recall: of one named class, or `average: macro`, `micro`, `weighted`. Equal to
    /// scikit-learn's `f1_score`; macro is the mean of the classes' F1, not the F1 of the means. Undefined, and so never a
    /// pass, where a class that counts is neither true nor predicted.
    ///
    /// F1 of a class is 2 J / (1 + J), J the share of hits among the rows that are of the class or predicted as it, so
    /// that Clopper and Pearson's exact interval for J gives that of F1. The micro average is accuracy, since each row has
    /// one class and one prediction. Macro and weighted averages have a seeded Bayesian bootstrap over the rows, with one
    /// row added where it hurts most, and one for every class of fewer than 50 rows: no sample is too small to tell, but a
    /// small one tells little. At more than 99.995% confidence the resamples do not reach far enough, and there is none.
    ///
    /// ## Why it matters
    /// One number for a class that is rare: it is high only when both precision and recall are.
    ///
    /// ## How to mend
    /// Look which of precision and recall is low, and mend that one.
    ///
    /// ## References
    /// van Rijsbergen 1979; ISO/IEC TS 4213:2022, 6.2; Clopper and Pearson 1934; Rubin 1981, Gaffke 2005 and
    /// Learned-Miller and Thomas 2020 (bootstrap).
    ///
    /// ```lms pass
    /// f1(classifier, reviews.test, positive) >= 0.75 at 95%
    /// ```
    /// ```lms fail
    /// f1(classifier, reviews.test, average: macro) >= 0.877 at 95%
    /// ```
    "f1", Run, "measure f1(model: model, split: split, class: class = none, average: text = binary) -> score",
    |arguments, session| over_predictions(arguments, session, from_predictions), recompute from_predictions
}

fn from_predictions(arguments: &Arguments, predicted: &Predicted, seeds: &Seeds) -> Result<Reading, Failure> {
    of_target(arguments, predicted, seeds, "f1")
}
