//! Chi-square test of two rows of counts.

use super::{categories, counts, over_counts, totals};
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::{Counts, Items};
use crate::metric::score::{Law, Weighed, sum};
use statrs::function::gamma::checked_gamma_ur;

metric! {
    /// # Chi-square test
    ///
    /// ## Measures
    /// Whether the counts of categories (or of bins of a number) in the reference and now can come from one law.
    /// `statistic` is the sum over both sides and all categories of (observed - expected)^2 / expected, expected being
    /// the side's rows times the category's rows over all rows. `degrees` is the number of categories less 1. `p` is
    /// the chance that the chi-square law with those degrees gives at least the statistic. `correction: yes` moves each
    /// count by up to 0.5 towards the expected one (Yates) where there is one degree of freedom, and nothing elsewhere.
    /// Undefined where there are no rows.
    ///
    /// They are facts about these counts, not estimates: they have no interval.
    ///
    /// ## Why it matters
    /// A small `p` says that the move of a column is more than chance: the model now sees other data than it was
    /// accepted on.
    ///
    /// ## How to mend
    /// Look which category adds most to the statistic. Measure the model again on new data before it is trusted there.
    ///
    /// ## Traps
    /// With many rows the smallest move has a small `p`: it tells whether there is a move, not how large it is (use
    /// `jensen_shannon` or `psi` for that). Where an expected count is below 5 the chi-square law fits badly. A
    /// category that neither side has is refused, since the expected count is 0. The reference library corrects unless
    /// told not to; here it must be asked for.
    ///
    /// ## References
    /// Pearson 1900; Yates 1934; scipy `stats.chi2_contingency`.
    ///
    /// ```json example
    /// {"parameters": {"correction": false}, "input": {"reference": [10, 20, 30], "current": [20, 20, 20]}, "expected": {"statistic": 5.333333333333334, "p": 0.0694834512228015, "degrees": 2}}
    /// ```
    /// ```lms pass
    /// chi_square(live.june, against: live.march, of: channel).statistic <= 50
    /// ```
    /// ```lms fail
    /// chi_square(live.june, against: live.march, of: channel).p >= 0.05
    /// ```
    "chi_square", version 1, equals "scipy", reads Counts, Lower,
    "measure chi_square(split: split, against: split, of: column, correction: text[no, yes] = no) -> {statistic: number, p: score, degrees: count}",
    bind
}

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let counts = counts(items)?;
    check(counts)?;
    let degrees = counts.reference.len().saturating_sub(1) as f64;
    let yates = params.flag("correction", false)? && degrees == 1.0;
    let statistic = over_counts(counts, Law::Exact, move |weighed| distance(weighed, yates))?;
    let p = statistic.also(Law::Exact, move |weighed| tail(distance(weighed, yates)?, degrees));
    let freedom = statistic.also(Law::Exact, move |_| Some(degrees));
    Ok(Scores::named([("statistic", statistic), ("p", p), ("degrees", freedom)]))
}

/// Counts without any rows are undefined; an empty side or category beside others makes an expected count 0.
fn check(counts: &Counts) -> Result<(), Refusal> {
    let empty = |side: &[u64]| side.iter().all(|count| *count == 0);
    if counts.reference.is_empty() {
        return Err(Refusal::new("there are no categories", "count at least one category"));
    }
    match (empty(&counts.reference), empty(&counts.current)) {
        (true, true) => return Ok(()),
        (false, false) => {}
        _ => return Err(Refusal::new("one side has no rows", "count rows of both sides")),
    }
    match counts.reference.iter().zip(&counts.current).position(|(one, two)| *one == 0 && *two == 0) {
        None => Ok(()),
        Some(category) => {
            let message = format!("category {} has no rows on either side", category + 1);
            Err(Refusal::new(message, "leave the category out, or join it with another"))
        }
    }
}

fn distance(weighed: &Weighed<'_>, yates: bool) -> Option<f64> {
    let categories = categories(weighed);
    let totals = totals(&categories)?;
    let all = totals[0] + totals[1];
    let term = |sides: &[f64; 2], side: usize| {
        let expected = totals[side] * (sides[0] + sides[1]) / all;
        let apart = (sides[side] - expected).abs();
        let apart = if yates { (apart - 0.5).max(0.0) } else { apart };
        apart * apart / expected
    };
    Some(sum(categories.iter().map(|sides| term(sides, 0) + term(sides, 1))))
}

/// The chance that the chi-square law gives at least the statistic.
fn tail(statistic: f64, degrees: f64) -> Option<f64> {
    match statistic > 0.0 && degrees > 0.0 {
        true => checked_gamma_ur(degrees / 2.0, statistic / 2.0).ok(),
        false => Some(1.0),
    }
}
