//! Tails of the binomial law, through the regularised incomplete beta function (Abramowitz and Stegun 1964, 26.5.24).

use statrs::function::beta::checked_beta_reg;

/// P(B >= k) for B ~ Binomial(n, p); `None` where p is no probability.
pub(super) fn at_least(k: u64, n: u64, p: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    match k {
        0 => Some(1.0),
        k if k > n => Some(0.0),
        k => checked_beta_reg(k as f64, (n - k) as f64 + 1.0, p).ok(),
    }
}

/// P(B <= k) for B ~ Binomial(n, p): at least n - k of the n are on the other side.
pub(super) fn at_most(k: u64, n: u64, p: f64) -> Option<f64> {
    at_least(n.saturating_sub(k), n, 1.0 - p)
}
