//! Wilson's score interval for a proportion (E. B. Wilson 1927; Brown, Cai and DasGupta 2001 recommend it for all n).
//! Reference: `statsmodels.stats.proportion.proportion_confint(method="wilson")`.

use statrs::distribution::{ContinuousCDF, Normal};

/// Two-sided interval for `successes` out of `n` at `confidence` in (0, 1), inside 0..=1.
///
/// With z the normal quantile of (1 + confidence) / 2 and p = successes / n:
/// (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n). Nothing is known where `n` is 0, `successes` exceed `n` or
/// the confidence is no probability: (0, 1).
pub fn wilson(successes: u64, n: u64, confidence: f64) -> (f64, f64) {
    if n == 0 || successes > n || !(confidence > 0.0 && confidence < 1.0) {
        return (0.0, 1.0);
    }
    let z = Normal::standard().inverse_cdf((1.0 + confidence) / 2.0);
    let (p, n_real) = (successes as f64 / n as f64, n as f64);
    let denominator = 1.0 + z * z / n_real;
    let centre = (p + z * z / (2.0 * n_real)) / denominator;
    let half = z * (p * (1.0 - p) / n_real + z * z / (4.0 * n_real * n_real)).sqrt() / denominator;
    // At the ends the formula gives 0 and 1 exactly, rounding aside.
    let low = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if successes == n { 1.0 } else { (centre + half).min(1.0) };
    (low, high)
}
