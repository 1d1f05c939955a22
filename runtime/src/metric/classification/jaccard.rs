//! Jaccard index of a class or a label, or its average.

use super::marks::of_marks;
use super::table::{Counts, OfClass, of_class};
use crate::metric::api::metric;
use crate::metric::items::Items;

metric! {
    /// # Jaccard index
    ///
    /// ## Measures
    /// TP / (TP + FP + FN): of the rows that are of a class or predicted as it the share that are both. It is taken of
    /// one named class, or `average: macro` (the plain mean over all declared classes), `micro` (from the summed
    /// counts), `weighted` (the mean weighted by the true rows of each class). Of rows with several marks each label is
    /// a class, and `average: samples` is the mean over rows of the marks that are true and predicted / the marks that
    /// are either. `zero_division` says what a class, label or row has that is neither true nor predicted: `undefined`
    /// (then so is the mean), `skip` (left out of the mean), `zero`, `one`.
    ///
    /// Of a class it has an exact interval of a rate (Wilson's, or Clopper and Pearson's for few rows); averages over
    /// classes, and `samples` with `zero` or `one`, have a seeded Bayesian bootstrap with rows added where it hurts;
    /// all others of marks have a seeded bootstrap, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// It leaves out the rows and marks that are absent in both, which make accuracy look good where most are absent.
    ///
    /// ## How to mend
    /// Look which of precision and recall is low, and mend that one.
    ///
    /// ## Traps
    /// It is never above F1, of which it is F1 / (2 - F1): a bar for one is not a bar for the other. A row without any
    /// true or predicted mark is right, but has no Jaccard index: `zero_division: one` counts it as right, `zero` as
    /// wrong. `samples` is for several marks only. Of no rows there is none, whatever `zero_division` says.
    ///
    /// ## References
    /// Jaccard 1901; ISO/IEC TS 4213:2022, clause 6; scikit-learn `jaccard_score` with all declared classes as
    /// `labels`.
    ///
    /// ```json example
    /// {"parameters": {"class": 1}, "input": {"classes": [0, 1], "truth": [0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "prediction": [0, 0, 0, 1, 0, 0, 1, 1, 1, 1]}, "expected": 0.5714285714285714}
    /// ```
    /// ```json example
    /// {"parameters": {"average": "samples", "zero_division": 0}, "input": {"truth": [[1, 0, 1], [0, 1, 0], [1, 1, 0]], "prediction": [[1, 0, 0], [0, 1, 0], [1, 0, 1]]}, "expected": 0.611111111111111}
    /// ```
    /// ```lms pass
    /// jaccard(classifier, reviews.test, positive) >= 0.5 at 95%
    /// ```
    /// ```lms fail
    /// jaccard(classifier, reviews.test, average: macro) >= 0.9 at 95%
    /// ```
    "jaccard", version 1, equals "scikit-learn", reads Classes | Marks, Higher,
    "measure jaccard(model: model, split: split, class: class = none, average: text[binary, macro, micro, weighted] = binary, zero_division: text[undefined, skip, zero, one] = undefined) -> score",
    |items, params| match items {
        Items::Marks(marks) => of_marks(marks, params, quotient),
        _ => of_class(items, params, OfClass {
            quotient,
            hit: |class, truth, predicted| (truth == class || predicted == class).then_some(truth == predicted),
            map: |share| share,
        }),
    }
}

fn quotient(class: &Counts) -> (f64, f64) {
    (class.hits, class.predicted + (class.actual - class.hits))
}
