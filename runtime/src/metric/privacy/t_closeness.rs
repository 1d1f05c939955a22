//! t-closeness, with equal distances between secrets.

use super::{by_class, by_secret, over_records};
use crate::metric::api::metric;
use crate::metric::score::Weighed;

metric! {
    /// # t-closeness
    ///
    /// ## Measures
    /// How far the shares of the secret values among rows with one combination of identifying values may lie from their
    /// shares in the whole table: the greatest, over all combinations, of the earth mover's distance where any two
    /// secrets are equally far apart, which is half of the sum over secrets of |share in the combination - share
    /// overall|. From 0, where a combination tells nothing, to 1. Undefined without rows, and refused where no secret
    /// column or no identifying column is named.
    ///
    /// It is a fact about this table, not an estimate: it has no interval.
    ///
    /// ## Why it matters
    /// A combination can hold several secrets and still give one away as far more likely than elsewhere.
    ///
    /// ## How to mend
    /// Make the identifying columns coarser, so that each combination holds about the mix of the whole table.
    ///
    /// ## Traps
    /// Secrets are taken as kinds without an order: of numbers (salaries) the distance does not say how far apart they
    /// are, and the ordered distance of the paper gives other values. A lower value hides more and leaves less to learn
    /// from the table.
    ///
    /// ## References
    /// Li, Li and Venkatasubramanian 2007 (ICDE), equal ground distance.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"identifiers": [["130**"], ["130**"], ["130**"], ["148**"], ["148**"], ["148**"]], "secret": ["flu", "cancer", "flu", "flu", "cancer", "asthma"]}, "expected": 0.16666666666666666}
    /// ```
    /// ```lms pass
    /// t_closeness(patients.test, secret: diagnosis) by age_band & region & sex <= 0.6
    /// ```
    /// ```lms fail
    /// t_closeness(patients.test, secret: diagnosis) by age_band & region & sex <= 0.01
    /// ```
    "t_closeness", version 1, equals "li-2007", reads Records, Lower,
    "measure t_closeness(split: split, by: columns, secret: column) -> score",
    |items, _| Ok(over_records(items, true, farthest)?.into())
}

/// The greatest distance of a class from the whole. What a class has too much of one secret it has too little of
/// others, so that the sum of the one is half of the sum of both, and secrets that the class lacks need not be looked
/// at.
fn farthest(weighed: &Weighed<'_>) -> Option<f64> {
    let classes = by_class(weighed);
    let secrets = by_secret(&classes);
    let all: f64 = secrets.values().sum();
    let overall = |secret: f64| secrets.get(&(secret as u64)).copied().unwrap_or(0.0) / all;
    let distance = |class: &[(f64, f64)]| {
        let rows: f64 = class.iter().map(|(_, weight)| weight).sum();
        class.iter().map(|(secret, weight)| (weight / rows - overall(*secret)).max(0.0)).sum::<f64>()
    };
    classes.iter().map(|class| distance(class)).reduce(f64::max)
}
