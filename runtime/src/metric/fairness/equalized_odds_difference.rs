//! The widest gap between groups in what is predicted for rows of the same class.

use super::groups::{Comparison, Form, Rates};
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;

metric! {
    /// # Equalized odds difference
    ///
    /// ## Measures
    /// How far apart the groups of a column are in what the model predicts for rows of the same true class. Of two
    /// classes there are two gaps, in the true-positive and in the false-positive rate of the second in the declared
    /// order; of more classes there is one for each pair of a true and a predicted class. A gap is the greatest rate
    /// less the least (`method: between_groups`), or the largest distance of a group's rate from that of all rows
    /// (`method: to_overall`). `agg: worst_case` takes the widest gap, `agg: mean` their mean. Undefined where a group
    /// has no rows of a class. A declared group without rows, or with fewer rows than `minimum`, makes the value
    /// undefined, and so never a pass; so do fewer than two declared groups.
    ///
    /// The interval is simultaneous: Clopper and Pearson's for each rate, Bonferroni's for their number; the gap lies
    /// between the least and the greatest that they allow together. Rows whose weights are not whole numbers have none.
    ///
    /// ## Why it matters
    /// It asks whether errors fall on one group more than on another, whatever the groups' own rates are.
    ///
    /// ## How to mend
    /// Look at which true class and in which group the rate stands apart, and add training data there. A wide interval
    /// wants more rows of the rarest class in the smallest group.
    ///
    /// ## Traps
    /// The reference library takes the rate of a group without rows of a class as 0, and gives 0 where there is one
    /// group only; here both are undefined, since nothing is known of such a group. Other tools add both gaps up under
    /// the same name.
    ///
    /// ## References
    /// Hardt, Price and Srebro 2016; ISO/IEC TR 24027:2021; fairlearn `equalized_odds_difference`.
    ///
    /// ```json example
    /// {"parameters": {"method": "between_groups", "agg": "mean"}, "input": {"truth": [1, 0, 1, 0, 1, 0, 1, 0, 0], "prediction": [1, 1, 1, 0, 1, 0, 0, 0, 1], "groups": ["a", "a", "a", "a", "b", "b", "b", "b", "b"]}, "expected": 0.33333333333333337}
    /// ```
    /// ```lms pass
    /// equalized_odds_difference(classifier, reviews.test, by: half) <= 65% at 95%
    /// ```
    /// ```lms fail
    /// equalized_odds_difference(classifier, reviews.test, by: tone) <= 1% at 95%
    /// ```
    "equalized_odds_difference", version 1, equals "fairlearn", reads Groups, Lower,
    "measure equalized_odds_difference(model: model, split: split, by: group, method: text[between_groups, to_overall] = between_groups, agg: text[worst_case, mean] = worst_case, minimum: int = 1) -> score",
    bind
}

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let mut comparison = Comparison::new(items, params, Rates::Odds, Form::Difference)?;
    comparison.mean = params.word("agg", &[("worst_case", false), ("mean", true)])?;
    comparison.score(items)
}
