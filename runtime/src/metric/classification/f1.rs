//! F1 of a class, or its average over classes.

use super::table::{OfClass, of_class};
use crate::metric::api::metric;

metric! {
    /// # F1
    ///
    /// ## Measures
    /// The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN), of one named class, or `average: macro`, `micro`,
    /// `weighted`. `zero_division` says what a class that is neither true nor predicted has: `undefined` (then so is the
    /// mean), `skip` (left out of the mean), `zero`, `one`.
    ///
    /// F1 of a class is 2 J / (1 + J), J the share of hits among the rows that are of the class or predicted as it, so
    /// that the exact interval for J gives that of F1.
    ///
    /// ## Why it matters
    /// One number for a class that is rare: it is high only when both precision and recall are.
    ///
    /// ## How to mend
    /// Look which of precision and recall is low, and mend that one.
    ///
    /// ## Traps
    /// Macro F1 is the mean of the classes' F1, not the F1 of mean precision and mean recall. Micro F1 over all classes is
    /// accuracy. Libraries silently score 0 for a class without rows; here that must be asked for.
    ///
    /// ## References
    /// van Rijsbergen 1979; ISO/IEC TS 4213:2022, 6.2; scikit-learn `f1_score`.
    ///
    /// ```json example
    /// {"parameters": {"class": 1}, "input": {"classes": [0, 1], "truth": [0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "prediction": [0, 0, 0, 1, 0, 0, 1, 1, 1, 1]}, "expected": 0.7272727272727273}
    /// ```
    /// ```lms pass
    /// f1(classifier, reviews.test, positive) >= 0.75 at 95%
    /// ```
    /// ```lms fail
    /// f1(classifier, reviews.test, average: macro) >= 0.877 at 95%
    /// ```
    "f1", version 1, equals "scikit-learn", reads Classes, Higher,
    "measure f1(model: model, split: split, class: class = none, average: text[binary, macro, micro, weighted] = binary, zero_division: text[undefined, skip, zero, one] = undefined) -> score",
    |items, params| of_class(items, params, OfClass {
        quotient: |class| (2.0 * class.hits, class.predicted + class.actual),
        hit: |class, truth, predicted| (truth == class || predicted == class).then_some(truth == predicted),
        map: |share| 2.0 * share / (1.0 + share),
    })
}
