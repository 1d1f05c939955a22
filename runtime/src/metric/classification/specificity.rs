//! Specificity of a class, or its average over classes.

use super::table::{OfClass, of_class};
use crate::metric::api::metric;

metric! {
    /// # Specificity
    ///
    /// ## Measures
    /// Of the rows that are not of a class the share that are not predicted as it: TN / (TN + FP), of one named class,
    /// or `average: macro` (the plain mean over all declared classes), `micro` (from the summed counts), `weighted`
    /// (the mean weighted by the true rows of each class). `zero_division` says what a class has where all rows are of
    /// it: `undefined` (then so is the mean), `skip` (left out of the mean), `zero`, `one`. Another name is true
    /// negative rate.
    ///
    /// Of a class it has an exact interval of a rate (Wilson's, or Clopper and Pearson's for few rows); an average has
    /// a seeded Bayesian bootstrap with rows added where it hurts.
    ///
    /// ## Why it matters
    /// 1 - specificity of the rows without the condition raise a false alarm, however rare the condition is.
    ///
    /// ## How to mend
    /// Raise the threshold of the class, which costs recall; add training rows of what is taken for it.
    ///
    /// ## Traps
    /// A model that never predicts the class has specificity 1: ask for recall beside it. Of a rare class specificity
    /// is high nearly always, while most alarms may still be false: that is what precision shows. With many classes it
    /// is high for every class, since most rows are of others. scikit-learn has only the counts; averages are taken as
    /// for recall. Of no rows there is none, whatever `zero_division` says.
    ///
    /// ## References
    /// Yerushalmy 1947; ISO/IEC TS 4213:2022, 6.2; scikit-learn `multilabel_confusion_matrix`.
    ///
    /// ```json example
    /// {"parameters": {"class": 1}, "input": {"classes": [0, 1], "truth": [0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "prediction": [0, 0, 0, 1, 0, 0, 1, 1, 1, 1]}, "expected": 0.75}
    /// ```
    /// ```json example
    /// {"parameters": {"average": "macro"}, "input": {"classes": [0, 1, 2], "truth": [0, 0, 0, 1, 1, 1, 2, 2, 2, 2], "prediction": [0, 0, 1, 1, 1, 2, 2, 2, 0, 1]}, "expected": 0.8015873015873015}
    /// ```
    /// ```lms pass
    /// specificity(classifier, reviews.test, positive) >= 0.65 at 95%
    /// ```
    /// ```lms fail
    /// specificity(classifier, reviews.test, average: macro) >= 0.95 at 95%
    /// ```
    "specificity", version 1, equals "scikit-learn", reads Classes, Higher,
    "measure specificity(model: model, split: split, class: class = none, average: text[binary, macro, micro, weighted] = binary, zero_division: text[undefined, skip, zero, one] = undefined) -> rate",
    |items, params| of_class(items, params, OfClass {
        // The rows of the others are summed in another order than the alarms: the difference must not go below 0.
        quotient: |class| ((class.others - class.alarms).max(0.0), class.others),
        hit: |class, truth, predicted| (truth != class).then_some(predicted != class),
        map: |share| share,
    })
}
