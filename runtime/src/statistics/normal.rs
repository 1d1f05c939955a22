//! The normal law: quantiles and tails.

use statrs::distribution::{ContinuousCDF, Normal};

/// The number below which a normal number lies with this probability; `None` outside of (0, 1).
pub fn quantile(probability: f64) -> Option<f64> {
    (probability > 0.0 && probability < 1.0).then(|| Normal::standard().inverse_cdf(probability))
}

/// The probability that a normal number lies above `z`.
pub fn upper_tail(z: f64) -> f64 {
    Normal::standard().sf(z)
}
