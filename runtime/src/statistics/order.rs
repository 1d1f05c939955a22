//! Percentiles of a sample, and an interval for the true percentile that assumes no distribution: between two order
//! statistics, by the binomial law of how many samples lie below it (Conover 1999, section 3.2; David and Nagaraja 2003).
//! Reference: ranks from `scipy.stats.binom`. The samples are taken as independent.

use super::binomial::{at_least, at_most};

/// An interval between order statistics; an end is `None` where the sample is too small to bound that side.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct OrderInterval {
    /// Lower end.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
}

/// The nearest-rank percentile: the smallest sample with at least `p` of the samples at or below it. `p` in (0, 1].
/// `None` without samples, for another `p`, or where the samples are not sorted numbers.
pub fn nearest_rank(sorted: &[f64], p: f64) -> Option<f64> {
    if !(p > 0.0 && p <= 1.0 && is_sorted(sorted)) {
        return None;
    }
    // 0.07 x 100 is a hair above 7 in binary; a rank must not jump for that.
    let rank = (p * sorted.len() as f64 - 1e-9).ceil().max(1.0) as usize;
    sorted.get(rank.min(sorted.len()).checked_sub(1)?).copied()
}

/// Interval for the `p` quantile, each side with at most half of 1 - `confidence`.
///
/// With B ~ Binomial(n, p): the lower end is the l-th smallest sample, l the largest with P(B <= l - 1) <= a/2; the upper
/// end is the u-th, u the smallest with P(B >= u) <= a/2. No such rank, no bound on that side.
pub fn order_statistic_interval(sorted: &[f64], p: f64, confidence: f64) -> OrderInterval {
    let none = OrderInterval { lo: None, hi: None };
    if !(inside(p) && inside(confidence) && is_sorted(sorted)) {
        return none;
    }
    let (n, tail) = (sorted.len() as u64, (1.0 - confidence) / 2.0);
    let ranks: Vec<u64> = (1..=n).collect();
    // Both probabilities are monotone in the rank, so the ranks are found by bisection.
    let below = ranks.partition_point(|&l| at_most(l - 1, n, p).is_some_and(|probability| probability <= tail));
    let above = ranks.partition_point(|&u| at_least(u, n, p).is_none_or(|probability| probability > tail));
    let sample = |rank: usize| sorted.get(rank.checked_sub(1)?).copied();
    OrderInterval { lo: sample(below), hi: sample(above + 1) }
}

/// The smallest number of samples for which [`order_statistic_interval`] has both ends: the largest sample bounds the
/// quantile from above once p^n <= a/2, the smallest from below once (1 - p)^n <= a/2. `None` where p or the confidence
/// is not between 0 and 1.
pub fn samples_for_both_ends(p: f64, confidence: f64) -> Option<u64> {
    if !(inside(p) && inside(confidence)) {
        return None;
    }
    let (p, tail) = (p.max(1.0 - p), (1.0 - confidence) / 2.0);
    let enough = |n: u64| at_least(n, n, p).is_some_and(|probability| probability <= tail);
    let estimate = (tail.ln() / p.ln()).ceil().max(1.0) as u64;
    // The logarithms may be off by one from the law that the interval goes by.
    (estimate.saturating_sub(2).max(1)..=estimate.saturating_add(2)).find(|&n| enough(n))
}

fn inside(probability: f64) -> bool {
    probability > 0.0 && probability < 1.0
}

fn is_sorted(samples: &[f64]) -> bool {
    samples.iter().all(|s| !s.is_nan()) && samples.is_sorted()
}
