//! Fleiss' kappa: agreement of a fixed number of raters.

use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::{Items, RaterCounts};
use crate::metric::score::{Law, Score, Sum, Weighed, sum};

metric! {
    /// # Fleiss' kappa
    ///
    /// ## Measures
    /// (observed - chance) / (1 - chance) agreement of raters who put each item into one of several categories.
    /// Observed is the share of pairs of raters of an item that agree, as a mean over items. Chance is under `method:
    /// fleiss` the sum of the squares of the categories' shares over all ratings, under `method: randolph` 1 / number
    /// of categories. A row is an item: how many raters chose each category. From 1, full agreement, over 0, that of
    /// chance, to below 0. It is a fact about these items, not an estimate: it has no interval.
    ///
    /// ## Why it matters
    /// A truth that raters do not agree on is no ground for a test: a model cannot be better than its labels.
    ///
    /// ## How to mend
    /// Look at the items with the lowest agreement, make the guideline for them clearer, merge categories that are
    /// taken for each other, and train the raters again.
    ///
    /// ## Traps
    /// All items need the same number of raters, at least two; else take `krippendorff_alpha`. If nearly all ratings
    /// are of one category, `fleiss` is low though raters agree nearly always; `randolph` is not, but rises with every
    /// category that nobody uses. Where chance alone agrees fully, as with one category, it is undefined. It knows no
    /// order of categories.
    ///
    /// ## References
    /// Fleiss 1971; Randolph 2005; statsmodels `inter_rater.fleiss_kappa`.
    ///
    /// ```json example
    /// {"parameters": {"method": "fleiss"}, "input": {"counts": [[3, 0], [1, 2], [0, 3], [2, 1]]}, "expected": 0.33333333333333326}
    /// ```
    /// ```lms pass
    /// fleiss_kappa(ratings.test) by rater_1 & rater_2 & rater_3 >= 0.4
    /// ```
    /// ```lms fail
    /// fleiss_kappa(ratings.test) by rater_1 & rater_2 & rater_3 >= 0.9
    /// ```
    "fleiss_kappa", version 1, equals "statsmodels", reads RaterCounts, Higher,
    "measure fleiss_kappa(split: split, by: columns, method: text[fleiss, randolph] = fleiss) -> number",
    bind
}

/// What two raters agree on by chance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Chance {
    /// The shares of the categories over all ratings.
    Shares,
    /// Each category alike.
    Uniform,
}

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let Items::RaterCounts(rows) = items else { return Err(Refusal::kind()) };
    let chance = params.word("method", &[("fleiss", Chance::Shares), ("randolph", Chance::Uniform)])?;
    same_raters(rows)?;
    let numbers = rows.counts.iter().map(|item| item.iter().map(|count| *count as f64).collect::<Vec<f64>>());
    Ok(Score::over_lists(numbers, Law::Sample, move |weighed| kappa(chance, weighed)).into())
}

/// Whether every item has as many raters, at least two.
fn same_raters(rows: &RaterCounts) -> Result<(), Refusal> {
    let raters = |item: &[u64]| item.iter().map(|count| u128::from(*count)).sum::<u128>();
    let first = rows.counts.first().map_or(2, |item| raters(item));
    if first < 2 {
        return Err(Refusal::new("an item has fewer than two raters (row 1)", "have each item rated by two or more"));
    }
    match rows.counts.iter().position(|item| raters(item) != first) {
        None => Ok(()),
        Some(row) => Err(Refusal::new(
            format!("the items differ in their number of raters (row {})", row + 1),
            "give each item as many raters, or measure `krippendorff_alpha`",
        )),
    }
}

fn kappa(chance: Chance, weighed: &Weighed<'_>) -> Option<f64> {
    let observed = weighed.mean(agreement)?;
    let chance = match chance {
        Chance::Uniform => 1.0 / weighed.iter().next()?.0.len() as f64,
        Chance::Shares => {
            let counts = categories(weighed);
            let all = sum(counts.iter().copied());
            sum(counts.iter().map(|count| (count / all).powi(2)))
        }
    };
    (chance < 1.0).then(|| (observed - chance) / (1.0 - chance))
}

/// The share of pairs of raters of an item that agree.
fn agreement(item: &[f64]) -> f64 {
    let raters: f64 = item.iter().sum();
    item.iter().map(|count| count * (count - 1.0)).sum::<f64>() / (raters * (raters - 1.0))
}

/// How much each category is chosen.
fn categories(weighed: &Weighed<'_>) -> Vec<f64> {
    let mut sums: Vec<Sum> = Vec::new();
    for (item, weight) in weighed.iter() {
        sums.resize(item.len(), Sum::default());
        sums.iter_mut().zip(item).for_each(|(sum, count)| sum.add(weight * count));
    }
    sums.into_iter().map(Sum::value).collect()
}
