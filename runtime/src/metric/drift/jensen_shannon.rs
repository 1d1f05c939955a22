//! Jensen-Shannon distance and divergence.

use super::{counts, over_counts, shares};
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::{Law, sum};

metric! {
    /// # Jensen-Shannon distance
    ///
    /// ## Measures
    /// How far the shares of categories have moved. The divergence is the mean of the relative entropies of both sides
    /// to their mean, (sum r ln(r / m) + sum c ln(c / m)) / 2, where r is the share in the reference, c the share now
    /// and m the mean of the two. `form: distance` is its square root, `form: divergence` the divergence itself. `base`
    /// is the base of the logarithm: with 2 both forms lie in 0..1, and 0 stands for e. Undefined where one side has no
    /// rows.
    ///
    /// It is a fact about these rows, not an estimate: it has no interval.
    ///
    /// ## Why it matters
    /// Unlike the population stability index it has a fixed scale (0 is no change, 1 is nothing in common) and needs no
    /// floor for a category that is empty on one side.
    ///
    /// ## How to mend
    /// Look which category moved most. If the world changed, collect new data, measure the model again and train it
    /// anew; if not, look for a fault in how the data are read.
    ///
    /// ## Traps
    /// Distance and divergence carry one name in many tools: the distance is the root, so that 0.1 of one is 0.01 of
    /// the other. The base changes the number too. On small samples it is above 0 by chance alone.
    ///
    /// ## References
    /// Lin 1991; Endres and Schindelin 2003; scipy `spatial.distance.jensenshannon`.
    ///
    /// ```json example
    /// {"parameters": {"form": "distance", "base": 2}, "input": {"reference": [10, 20, 30], "current": [20, 20, 20]}, "expected": 0.1803606400066241}
    /// ```
    /// ```lms pass
    /// jensen_shannon(live.june, against: live.march, of: channel) <= 0.3
    /// ```
    /// ```lms fail
    /// jensen_shannon(live.june, against: live.march, of: channel) <= 0.001
    /// ```
    "jensen_shannon", version 1, equals "scipy", reads Counts, Lower,
    "measure jensen_shannon(split: split, against: split, of: column, form: text[distance, divergence] = distance, base: real = 2) -> number",
    bind
}

/// The divergence, or its root.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Distance,
    Divergence,
}

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let form = params.word("form", &[("distance", Form::Distance), ("divergence", Form::Divergence)])?;
    let base = params.number("base", 0.0)?;
    if base != 0.0 && base <= 1.0 {
        return Err(Refusal::new("`base` is not above 1", "write `base: 2`, or `base: 0` for e"));
    }
    let unit = if base == 0.0 { 1.0 } else { base.ln() };
    let score = over_counts(counts(items)?, Law::Exact, move |weighed| {
        let divergence = sum(shares(weighed)?.into_iter().map(term)).max(0.0) / unit;
        Some(if form == Form::Distance { divergence.sqrt() } else { divergence })
    })?;
    Ok(score.into())
}

/// What a category adds to the divergence. With m the mean share and d = (r - c) / (r + c) it is
/// m ((1 + d) ln(1 + d) + (1 - d) ln(1 - d)) / 2, which keeps its digits where both shares are close.
fn term([reference, current]: [f64; 2]) -> f64 {
    let mean = f64::midpoint(reference, current);
    let apart = (reference - current) / (reference + current);
    let part = |apart: f64| if apart > -1.0 { (1.0 + apart) * apart.ln_1p() } else { 0.0 };
    mean * f64::midpoint(part(apart), part(-apart))
}
