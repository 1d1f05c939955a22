//! Population stability index.

use super::{counts, over_counts, shares};
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::{Law, sum};

metric! {
    /// # Population stability index
    ///
    /// ## Measures
    /// How far the shares of categories (or of bins of a number) have moved: the sum over categories of (c - r) ln(c /
    /// r), r the share in the reference and c the share now. It is 0 where nothing has moved, and has no upper end.
    /// `epsilon` is the least share that a category is taken to have, so that an empty one gives a number; the shares
    /// are not made to sum to 1 again. Undefined where one side has no rows.
    ///
    /// It is a fact about these rows, not an estimate: it has no interval.
    ///
    /// ## Why it matters
    /// A model is good for the data that it was accepted on. Where these change, its quality is no longer known.
    ///
    /// ## How to mend
    /// Look which category moved most. If the world changed, collect new data, measure the model again and train it
    /// anew; if not, look for a fault in how the data are read.
    ///
    /// ## Traps
    /// A category that is empty on one side gives a value that `epsilon` decides: the smaller it is, the larger the
    /// index. The bins must be declared once, from the reference, and stay. Bars such as 0.1 and 0.25 are custom, not
    /// theory, and small samples exceed them by chance alone (Yurdakul 2018).
    ///
    /// ## References
    /// Kullback and Leibler 1951 (the J-divergence); Siddiqi 2006; Yurdakul 2018; scipy `special.rel_entr` both ways.
    ///
    /// ```json example
    /// {"parameters": {"epsilon": 0.0001}, "input": {"reference": [10, 20, 30], "current": [20, 20, 20]}, "expected": 0.1831020481113516}
    /// ```
    /// ```lms pass
    /// psi(live.june, against: live.march, of: channel) <= 0.2
    /// ```
    /// ```lms fail
    /// psi(live.june, against: live.march, of: channel) <= 0.001
    /// ```
    "psi", version 1, equals "scipy", reads Counts, Lower,
    "measure psi(split: split, against: split, of: column, epsilon: real = 0.0001) -> number",
    bind
}

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let epsilon = params.number("epsilon", 0.0001)?;
    if !(epsilon > 0.0 && epsilon < 1.0) {
        return Err(Refusal::new("`epsilon` is not between 0 and 1", "write for example `epsilon: 0.0001`"));
    }
    let score = over_counts(counts(items)?, Law::Exact, move |weighed| {
        let term = |shares: [f64; 2]| {
            let [reference, current] = shares.map(|share| share.max(epsilon));
            (current - reference) * (current / reference).ln()
        };
        Some(sum(shares(weighed)?.into_iter().map(term)))
    })?;
    Ok(score.into())
}
