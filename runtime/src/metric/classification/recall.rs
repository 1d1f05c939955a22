//! Recall of a class, or its average over classes.

use super::table::{OfClass, of_class};
use crate::metric::api::metric;

metric! {
    /// # Recall
    ///
    /// ## Measures
    /// Of the rows of a class the share that are predicted as it: TP / (TP + FN), of one named class, or
    /// `average: macro` (the plain mean over all declared classes), `micro` (from the summed counts), `weighted` (the
    /// mean weighted by the true rows of each class). `zero_division` says what a class without true rows has:
    /// `undefined` (then so is the mean), `skip` (left out of the mean), `zero`, `one`. Other names are sensitivity and
    /// true positive rate.
    ///
    /// Of a class it has an exact interval of a rate (Wilson's, or Clopper and Pearson's for few rows); an average has
    /// a seeded Bayesian bootstrap with rows added where it hurts.
    ///
    /// ## Why it matters
    /// 1 - recall of the cases are missed: where a missed case is dear, this is the number to ask for.
    ///
    /// ## How to mend
    /// Lower the threshold of the class, which costs precision; add training rows of it, above all of the missed kind.
    ///
    /// ## Traps
    /// A model that predicts the class always has recall 1: ask for precision or specificity beside it. Macro recall is
    /// balanced accuracy; micro and weighted recall over all classes are accuracy. Its interval rests on the rows of
    /// the class alone: a split with few of them shows little. Libraries silently score 0 for a class without rows;
    /// here that must be asked for. Of no rows there is none, whatever `zero_division` says.
    ///
    /// ## References
    /// van Rijsbergen 1979; ISO/IEC TS 4213:2022, 6.2; scikit-learn `recall_score` with all declared classes as
    /// `labels`.
    ///
    /// ```json example
    /// {"parameters": {"class": 1}, "input": {"classes": [0, 1], "truth": [0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "prediction": [0, 0, 0, 1, 0, 0, 1, 1, 1, 1]}, "expected": 0.6666666666666666}
    /// ```
    /// ```json example
    /// {"parameters": {"average": "macro"}, "input": {"classes": [0, 1, 2], "truth": [0, 0, 0, 1, 1, 1, 2, 2, 2, 2], "prediction": [0, 0, 1, 1, 1, 2, 2, 2, 0, 1]}, "expected": 0.611111111111111}
    /// ```
    /// ```lms pass
    /// recall(classifier, reviews.test, positive) >= 0.65 at 95%
    /// ```
    /// ```lms fail
    /// recall(classifier, reviews.test, average: macro) >= 0.95 at 95%
    /// ```
    "recall", version 1, equals "scikit-learn", reads Classes, Higher,
    "measure recall(model: model, split: split, class: class = none, average: text[binary, macro, micro, weighted] = binary, zero_division: text[undefined, skip, zero, one] = undefined) -> rate",
    |items, params| of_class(items, params, OfClass {
        quotient: |class| (class.hits, class.actual),
        hit: |class, truth, predicted| (truth == class).then_some(predicted == class),
        map: |share| share,
    })
}
