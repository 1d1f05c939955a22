//! The chi-square test of counts against shares.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// The chance of counts at least as far from `shares` as these, by drawing alone. `None` where no rows are, fewer than two
/// shares are above 0, or something was counted whose share is 0.
pub fn fit(counts: &[u64], shares: &[f64]) -> Option<f64> {
    let n = counts.iter().sum::<u64>() as f64;
    let positive = shares.iter().filter(|share| **share > 0.0).count();
    let impossible = counts.iter().zip(shares).any(|(count, share)| *count > 0 && *share <= 0.0);
    if n == 0.0 || positive < 2 || impossible {
        return None;
    }
    let term = |(count, share): (&u64, &f64)| {
        let expected = n * share;
        if expected > 0.0 { (*count as f64 - expected).powi(2) / expected } else { 0.0 }
    };
    let squared: f64 = counts.iter().zip(shares).map(term).sum();
    let law = ChiSquared::new((positive - 1) as f64).ok()?;
    Some(law.sf(squared))
}
