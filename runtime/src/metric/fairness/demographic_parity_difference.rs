//! The widest gap between groups in what is predicted.

use super::groups::{Comparison, Form, Rates};
use crate::metric::api::metric;

metric! {
    /// # Demographic parity difference
    ///
    /// ## Measures
    /// How far apart the groups of a column are in the share of their rows that the model predicts as a class: the
    /// greatest share less the least (`method: between_groups`), or the largest distance of a group's share from that
    /// of all rows (`method: to_overall`). It is 0 where all groups are treated alike. Of two classes it is the same
    /// for either; of more classes the widest gap counts. A declared group without rows, or with fewer rows than
    /// `minimum`, makes the value undefined, and so never a pass; so do fewer than two declared groups.
    ///
    /// The interval is simultaneous: Clopper and Pearson's for each rate, Bonferroni's for their number; the gap lies
    /// between the least and the greatest that they allow together. Rows whose weights are not whole numbers have none.
    ///
    /// ## Why it matters
    /// A model may be accurate and still grant what it decides about to one group far more often than to another.
    ///
    /// ## How to mend
    /// Look whether the groups differ in the data in the same way; if they should not, balance the training data or
    /// choose the threshold anew. A wide interval wants more rows of the smallest group.
    ///
    /// ## Traps
    /// The reference library gives 0 where there is one group only, and knows only the groups that it sees: one that
    /// has no rows is not missed. Here both are undefined. Equal shares can hide unequal errors: see
    /// `equalized_odds_difference`.
    ///
    /// ## References
    /// Dwork et al. 2012; Agarwal et al. 2018; ISO/IEC TR 24027:2021; fairlearn `demographic_parity_difference`.
    ///
    /// ```json example
    /// {"parameters": {"method": "between_groups"}, "input": {"truth": [1, 0, 1, 0, 1, 0, 1, 0], "prediction": [1, 1, 1, 0, 1, 0, 0, 0], "groups": ["a", "a", "a", "a", "b", "b", "b", "b"]}, "expected": 0.5}
    /// ```
    /// ```lms pass
    /// demographic_parity_difference(classifier, reviews.test, by: half) <= 45% at 95%
    /// ```
    /// ```lms fail
    /// demographic_parity_difference(classifier, reviews.test, by: tone) <= 1% at 95%
    /// ```
    "demographic_parity_difference", version 1, equals "fairlearn", reads Groups, Lower,
    "measure demographic_parity_difference(model: model, split: split, by: group, method: text[between_groups, to_overall] = between_groups, minimum: int = 1) -> score",
    |items, params| Comparison::new(items, params, Rates::Selection, Form::Difference)?.score(items)
}
