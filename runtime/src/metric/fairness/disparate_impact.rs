//! The four-fifths rule: selection rates over that of a reference group.

use super::groups::{Against, Comparison, Form, Rates, groups};
use crate::metric::api::{Param, Params, Refusal, Scores, metric};
use crate::metric::items::Items;

metric! {
    /// # Disparate impact
    ///
    /// ## Measures
    /// The least selection rate of a group over that of the `reference` group, where the selection rate is the share of
    /// the group's rows that the model predicts as the second of two declared classes. `reference` is the name of a
    /// group; `reference: highest`, the default, takes the group with the highest rate. It is at most 1: 1 where no
    /// group has a lower rate than the reference. Of more than two classes each is taken in turn, and the least ratio
    /// counts. Undefined where the rate of the reference is 0. A declared group without rows, or with fewer rows than
    /// `minimum`, makes the value undefined, and so never a pass; so do fewer than two declared groups.
    ///
    /// The interval is simultaneous: Clopper and Pearson's for each rate, Bonferroni's for their number; the ratio lies
    /// between the least and the greatest that they allow together. Rows whose weights are not whole numbers have none.
    ///
    /// ## Why it matters
    /// US agencies regard a selection rate below four fifths (80 %) of the highest as evidence of adverse impact on a
    /// group.
    ///
    /// ## How to mend
    /// Look which group has the low rate, and at which feature parts it from the reference. Choose the threshold anew,
    /// or balance the training data, and check that those who are selected still are the right ones.
    ///
    /// ## Traps
    /// The favourable outcome must be the second declared class: the ratio of those refused is another number. A named
    /// reference hides that a third group fares better; the rule itself takes the highest. A group named `highest`
    /// cannot be named as the reference. It is a rule of thumb: in small groups a difference may be chance, so ask for
    /// a `minimum` and for a confidence (`at 95%`).
    ///
    /// ## References
    /// EEOC Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D; Feldman et al. 2015. With the highest
    /// group as the reference it equals fairlearn's `demographic_parity_ratio`.
    ///
    /// ```json example
    /// {"parameters": {"reference": "a"}, "input": {"truth": [1, 0, 1, 0, 1, 0, 1, 0, 1], "prediction": [1, 1, 1, 0, 1, 1, 0, 0, 1], "groups": ["a", "a", "a", "a", "b", "b", "b", "b", "c"]}, "expected": 0.6666666666666666}
    /// ```
    /// ```lms pass
    /// disparate_impact(classifier, reviews.test, by: half) >= 35% at 95%
    /// ```
    /// ```lms fail
    /// disparate_impact(classifier, reviews.test, by: tone) >= 99% at 95%
    /// ```
    "disparate_impact", version 1, equals "eeoc-four-fifths", reads Groups, Higher,
    "measure disparate_impact(model: model, split: split, by: group, reference: text = highest, minimum: int = 1) -> score",
    bind
}

/// The reference that means the group with the highest rate: the least ratio of any two groups.
const HIGHEST: &str = "highest";

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let mut comparison = Comparison::new(items, params, Rates::Selection, Form::Ratio)?;
    comparison.against = match params.get("reference") {
        Param::None => Against::EachOther,
        Param::Text(name) if name == HIGHEST => Against::EachOther,
        Param::Text(name) => Against::Group(group(items, name)?),
        _ => return Err(Refusal::new("`reference` is not a text", "write the name of a group, or `highest`")),
    };
    comparison.score(items)
}

/// The index of the group of that name.
fn group(items: &Items, name: &str) -> Result<usize, Refusal> {
    let names = &groups(items)?.names;
    names.iter().position(|known| known == name).ok_or_else(|| {
        let message = format!("`reference` names no declared group: `{name}`");
        Refusal::new(message, format!("write one of {}, or `{HIGHEST}`", names.join(", ")))
    })
}
