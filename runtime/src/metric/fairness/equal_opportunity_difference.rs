//! The widest gap between groups in recall.

use super::groups::{Comparison, Form, Rates};
use crate::metric::api::metric;

metric! {
    /// # Equal opportunity difference
    ///
    /// ## Measures
    /// How far apart the groups of a column are in recall, the share of the rows of a true class that are predicted as
    /// it: the greatest less the least (`method: between_groups`), or the largest distance of a group's recall from
    /// that of all rows (`method: to_overall`). Of two classes it is that of the second in the declared order; of more
    /// classes the widest gap counts. Undefined where a group has no rows of the class. A declared group without rows,
    /// or with fewer rows than `minimum`, makes the value undefined, and so never a pass; so do fewer than two declared
    /// groups.
    ///
    /// The interval is simultaneous: Clopper and Pearson's for each rate, Bonferroni's for their number; the gap lies
    /// between the least and the greatest that they allow together. Rows whose weights are not whole numbers have none.
    ///
    /// ## Why it matters
    /// Those who deserve the good outcome should get it equally often, whichever group they belong to.
    ///
    /// ## How to mend
    /// Look at the misses of the group with the least recall, and add training data of that kind. A wide interval wants
    /// more rows of the class in the smallest group.
    ///
    /// ## Traps
    /// The reference library takes the recall of a group without rows of the class as 0, and gives 0 where there is one
    /// group only; here both are undefined, since nothing is known of such a group. False alarms do not count: see
    /// `equalized_odds_difference`.
    ///
    /// ## References
    /// Hardt, Price and Srebro 2016; ISO/IEC TR 24027:2021; fairlearn `equal_opportunity_difference`.
    ///
    /// ```json example
    /// {"parameters": {"method": "between_groups"}, "input": {"truth": [1, 0, 1, 0, 1, 0, 1, 0], "prediction": [1, 1, 1, 0, 1, 0, 0, 0], "groups": ["a", "a", "a", "a", "b", "b", "b", "b"]}, "expected": 0.5}
    /// ```
    /// ```lms pass
    /// equal_opportunity_difference(classifier, reviews.test, by: half) <= 60% at 95%
    /// ```
    /// ```lms fail
    /// equal_opportunity_difference(classifier, reviews.test, by: tone) <= 1% at 95%
    /// ```
    "equal_opportunity_difference", version 1, equals "fairlearn", reads Groups, Lower,
    "measure equal_opportunity_difference(model: model, split: split, by: group, method: text[between_groups, to_overall] = between_groups, minimum: int = 1) -> score",
    |items, params| Comparison::new(items, params, Rates::Recall, Form::Difference)?.score(items)
}
