//! The smallest ratio between groups in what is predicted.

use super::groups::{Comparison, Form, Rates};
use crate::metric::api::metric;

metric! {
    /// # Demographic parity ratio
    ///
    /// ## Measures
    /// How alike the groups of a column are in the share of their rows that the model predicts as a class: the least
    /// share over the greatest (`method: between_groups`), or the smallest ratio of a group's share and that of all
    /// rows, the smaller over the greater (`method: to_overall`). It is 1 where all groups are treated alike and 0
    /// where one is never chosen. Of two classes the second in the declared order is the one that is chosen; of more
    /// classes the smallest ratio counts. Undefined where no row is predicted as the class. A declared group without
    /// rows, or with fewer rows than `minimum`, makes the value undefined, and so never a pass; so do fewer than two
    /// declared groups.
    ///
    /// The interval is simultaneous: Clopper and Pearson's for each rate, Bonferroni's for their number; the ratio lies
    /// between the least and the greatest that they allow together. Rows whose weights are not whole numbers have none.
    ///
    /// ## Why it matters
    /// A gap of 5 points is small where half of all are chosen, and large where one in ten is: the ratio tells both
    /// apart.
    ///
    /// ## How to mend
    /// Look whether the groups differ in the data in the same way; if they should not, balance the training data or
    /// choose the threshold anew. A wide interval wants more rows of the smallest group.
    ///
    /// ## Traps
    /// It depends on which class is the second: the ratio of those chosen is not that of those refused. The reference
    /// library gives 1 where there is one group only, and knows only the groups that it sees; here both are undefined.
    ///
    /// ## References
    /// Feldman et al. 2015; Agarwal et al. 2018; ISO/IEC TR 24027:2021; fairlearn `demographic_parity_ratio`.
    ///
    /// ```json example
    /// {"parameters": {"method": "between_groups"}, "input": {"truth": [1, 0, 1, 0, 1, 0, 1, 0], "prediction": [1, 1, 1, 0, 1, 0, 0, 0], "groups": ["a", "a", "a", "a", "b", "b", "b", "b"]}, "expected": 0.3333333333333333}
    /// ```
    /// ```lms pass
    /// demographic_parity_ratio(classifier, reviews.test, by: half) >= 35% at 95%
    /// ```
    /// ```lms fail
    /// demographic_parity_ratio(classifier, reviews.test, by: tone) >= 99% at 95%
    /// ```
    "demographic_parity_ratio", version 1, equals "fairlearn", reads Groups, Higher,
    "measure demographic_parity_ratio(model: model, split: split, by: group, method: text[between_groups, to_overall] = between_groups, minimum: int = 1) -> score",
    |items, params| Comparison::new(items, params, Rates::Selection, Form::Ratio)?.score(items)
}
