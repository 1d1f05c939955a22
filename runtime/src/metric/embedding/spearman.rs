//! Spearman's rank correlation.

use crate::metric::api::{Refusal, metric};
use crate::metric::items::Items;
use crate::metric::score::{Law, Score, Weighed, sum};

metric! {
    /// # Spearman's rank correlation
    ///
    /// ## Measures
    /// The correlation (Pearson's) of the ranks of the true and of the predicted numbers; equal numbers share the mean
    /// of their ranks. 1 where both put the rows in the same order, -1 where in opposite orders.
    ///
    /// Interval: seeded bootstrap, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// Similarities of words and sentences are held against people's judgement by it: the order must agree, the numbers
    /// need not, as the two have no common unit.
    ///
    /// ## How to mend
    /// Look at the rows whose two ranks lie furthest apart: they show which pairs the model takes for too alike (often
    /// opposites and words of one topic) or for too different.
    ///
    /// ## Traps
    /// It says nothing about the size of errors: a forecast that is twice too high everywhere has 1. It is undefined
    /// where all true or all predicted numbers are equal, also for one row. Over a narrow range of true values it is
    /// low for good models too.
    ///
    /// ## References
    /// Spearman 1904; SciPy 1.17.1 `stats.spearmanr`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [1.0, 2.0, 3.0, 4.0], "prediction": [10.0, 30.0, 20.0, 30.0]}, "expected": 0.632455532033676}
    /// ```
    /// ```lms pass
    /// spearman(forecaster, demand.test) >= 0.3 at 95%
    /// ```
    /// ```lms fail
    /// spearman(forecaster, demand.test) >= 0.99999 at 95%
    /// ```
    "spearman", version 1, equals "scipy", reads Numbers, Higher,
    "measure spearman(model: model, split: split) -> number",
    |items, _| {
        let Items::Numbers(numbers) = items else { return Err(Refusal::kind()) };
        let rows = numbers.pairs().map(|(truth, predicted)| [truth, predicted]);
        Ok(Score::over(rows, Law::Sample, spearman).into())
    }
}

fn spearman(weighed: &Weighed<'_>) -> Option<f64> {
    let atoms: Vec<(&[f64], f64)> = weighed.iter().collect();
    let (truth, predicted) = (ranks(&atoms, 0)?, ranks(&atoms, 1)?);
    let products = |one: &[f64], two: &[f64]| {
        sum(atoms.iter().zip(one.iter().zip(two)).map(|((_, weight), (one, two))| weight * one * two))
    };
    let scale = products(&truth, &truth).sqrt() * products(&predicted, &predicted).sqrt();
    (scale > 0.0).then(|| (products(&truth, &predicted) / scale).clamp(-1.0, 1.0))
}

/// How far the rank of each atom's number in a column lies from the mean rank; `None` where all numbers are equal.
///
/// A rank is the weight below the number and half the weight of its ties: the mean rank of rows that are repeated as
/// often as they weigh, up to a constant.
fn ranks(atoms: &[(&[f64], f64)], column: usize) -> Option<Vec<f64>> {
    let number = |index: usize| atoms[index].0[column];
    let mut order: Vec<usize> = (0..atoms.len()).collect();
    // Stable, so that weights are added in the one order of the atoms.
    order.sort_by(|a, b| number(*a).total_cmp(&number(*b)));
    if number(*order.first()?) == number(*order.last()?) {
        return None;
    }
    let total = sum(atoms.iter().map(|(_, weight)| *weight));
    let (mut ranks, mut below) = (vec![0.0; atoms.len()], 0.0);
    for tie in order.chunk_by(|a, b| number(*a) == number(*b)) {
        let weight = sum(tie.iter().map(|index| atoms[*index].1));
        tie.iter().for_each(|index| ranks[*index] = below + (weight - total) / 2.0);
        below += weight;
    }
    Some(ranks)
}
