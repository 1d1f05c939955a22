//! Precision of a class, or its average over classes.

use super::table::{OfClass, of_class};
use crate::metric::api::metric;

metric! {
    /// # Precision
    ///
    /// ## Measures
    /// Of the rows predicted as a class the share that are of it: TP / (TP + FP), of one named class, or
    /// `average: macro` (the plain mean over all declared classes), `micro` (from the summed counts), `weighted` (the
    /// mean weighted by the true rows of each class). `zero_division` says what a class that is never predicted has:
    /// `undefined` (then so is the mean), `skip` (left out of the mean), `zero`, `one`.
    ///
    /// Of a class it has an exact interval of a rate (Wilson's, or Clopper and Pearson's for few rows); an average has
    /// a seeded Bayesian bootstrap with rows added where it hurts.
    ///
    /// ## Why it matters
    /// It is how far a prediction of the class can be trusted: 1 - precision of the alarms are false.
    ///
    /// ## How to mend
    /// Raise the threshold of the class, which costs recall; add training rows of what is taken for it.
    ///
    /// ## Traps
    /// It depends on how frequent the class is: the same model on data with fewer rows of the class has a lower
    /// precision. Micro precision over all classes is accuracy. Libraries silently score 0 for a class that is never
    /// predicted; here that must be asked for. With `skip` and `weighted` there is no value where no class that was
    /// predicted has a true row; scikit-learn gives 0 there. Of no rows there is none, whatever `zero_division` says.
    ///
    /// ## References
    /// van Rijsbergen 1979; ISO/IEC TS 4213:2022, 6.2; scikit-learn `precision_score` with all declared classes as
    /// `labels`.
    ///
    /// ```json example
    /// {"parameters": {"class": 1}, "input": {"classes": [0, 1], "truth": [0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "prediction": [0, 0, 0, 1, 0, 0, 1, 1, 1, 1]}, "expected": 0.8}
    /// ```
    /// ```json example
    /// {"parameters": {"average": "macro"}, "input": {"classes": [0, 1, 2], "truth": [0, 0, 0, 1, 1, 1, 2, 2, 2, 2], "prediction": [0, 0, 1, 1, 1, 2, 2, 2, 0, 1]}, "expected": 0.611111111111111}
    /// ```
    /// ```lms pass
    /// precision(classifier, reviews.test, positive) >= 0.65 at 95%
    /// ```
    /// ```lms fail
    /// precision(classifier, reviews.test, average: macro) >= 0.95 at 95%
    /// ```
    "precision", version 1, equals "scikit-learn", reads Classes, Higher,
    "measure precision(model: model, split: split, class: class = none, average: text[binary, macro, micro, weighted] = binary, zero_division: text[undefined, skip, zero, one] = undefined) -> rate",
    |items, params| of_class(items, params, OfClass {
        quotient: |class| (class.hits, class.predicted),
        hit: |class, truth, predicted| (predicted == class).then_some(truth == class),
        map: |share| share,
    })
}
