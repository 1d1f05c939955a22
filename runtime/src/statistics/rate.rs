//! The interval of a rate: Wilson's where the sample shows enough of both outcomes, else the exact one.
//!
//! Wilson's interval is the shorter one and keeps its confidence where hits and misses are both many. With few of either it
//! clears bars that the true rate does not reach more often than its confidence allows (Brown, Cai and DasGupta 2001, who
//! recommend it, show both), and that is where a certificate would be won by chance. So fewer than [`ENOUGH`] hits or
//! misses take Clopper and Pearson's.

use super::binomial::{at_least, at_most};
use super::clopper_pearson::clopper_pearson;
use super::wilson::wilson;

/// Hits, and misses, from which Wilson's interval is taken.
pub const ENOUGH: u64 = 10;

/// Two-sided interval for `hits` out of `n` at `confidence` in (0, 1), inside 0..=1, and the name of its method.
pub fn rate_interval(hits: u64, n: u64, confidence: f64) -> ((f64, f64), &'static str) {
    if hits >= ENOUGH && n.saturating_sub(hits) >= ENOUGH {
        (wilson(hits, n, confidence), "wilson")
    } else {
        (clopper_pearson(hits, n, confidence), "clopper-pearson")
    }
}

/// The chance of a result at least as good as `hits` out of `n` where the true rate is `bar`: of as many hits or more, or
/// (`fewer`) of as many or fewer. `None` where `bar` is no probability.
pub fn chance_at_bar(hits: u64, n: u64, bar: f64, fewer: bool) -> Option<f64> {
    if fewer { at_most(hits, n, bar) } else { at_least(hits, n, bar) }
}
