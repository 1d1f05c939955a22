//! McNemar's test (1947): whether two models are right equally often, from the rows on which only one of them is right.
//!
//! With b rows that only the first gets right and c that only the second does, b + c the *discordant* pairs:
//! exact, two-sided: p = min(1, 2 P(B <= min(b, c))), B ~ Binomial(b + c, 1/2);
//! chi-square of one degree: (|b - c| - 1)^2 / (b + c) with the continuity correction of Edwards (1948), (b - c)^2 / (b + c)
//! without. Reference: `statsmodels.stats.contingency_tables.mcnemar`.
//!
//! Without discordant pairs the exact test has p = 1 and the others have no answer: statsmodels then divides by zero and
//! gives the corrected one p = 0. Rows must be paired by what they are, and be independent of each other.

use super::binomial::at_most;
use statrs::function::erf::erfc;

/// Discordant pairs from which the approximation is good enough.
const ENOUGH: u64 = 25;

/// Which form of the test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Test {
    /// By the binomial law.
    Exact,
    /// Chi-square with continuity correction.
    Corrected,
    /// Chi-square as it is.
    Uncorrected,
}

/// The outcome of a test.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct McNemar {
    /// The smaller of both counts for the exact test, else chi-square.
    pub statistic: f64,
    /// The chance, were both models right equally often, of a difference at least as large; in 0..=1.
    pub p: f64,
    /// The form that was taken.
    pub test: Test,
}

/// The test as it is commonly advised: exact with fewer than 25 discordant pairs, else with continuity correction.
///
/// `first_only` and `second_only` count the rows that only that model gets right. `None` where both together are no `u64`.
pub fn mcnemar(first_only: u64, second_only: u64) -> Option<McNemar> {
    let discordant = first_only.checked_add(second_only)?;
    let test = if discordant < ENOUGH { Test::Exact } else { Test::Corrected };
    test.run(first_only, second_only)
}

impl Test {
    /// As reports write it: `exact`, `corrected` or `uncorrected`.
    pub fn name(self) -> &'static str {
        match self {
            Test::Exact => "exact",
            Test::Corrected => "corrected",
            Test::Uncorrected => "uncorrected",
        }
    }

    /// This form of the test. `None` for a chi-square without discordant pairs, and where both counts together are no
    /// `u64`.
    pub fn run(self, first_only: u64, second_only: u64) -> Option<McNemar> {
        let discordant = first_only.checked_add(second_only)?;
        if self == Test::Exact {
            let smaller = first_only.min(second_only);
            let p = (2.0 * at_most(smaller, discordant, 0.5)?).min(1.0);
            return Some(McNemar { statistic: smaller as f64, p, test: self });
        }
        if discordant == 0 {
            return None;
        }
        let correction = if self == Test::Corrected { 1.0 } else { 0.0 };
        // The correction is taken from a difference of 0 too, as statsmodels does.
        let distance = first_only.abs_diff(second_only) as f64 - correction;
        let statistic = distance * distance / discordant as f64;
        // The square of a normal number has one degree of freedom.
        Some(McNemar { statistic, p: erfc((statistic / 2.0).sqrt()), test: self })
    }
}
