//! How many rows a comparison of two models by McNemar's test needs (Connor 1987, Lachin 1992; here summed up exactly).
//!
//! The two models disagree on a share of the rows, and of these the first is right `odds` times as often as the second.
//! So the discordant pairs among n are D ~ Binomial(n, share), and of D pairs the better model is the wrong one in
//! C ~ Binomial(D, 1 / (1 + odds)), odds above 1. The power is the sum over d of P(D = d) P(C <= c(d)), c(d) the largest
//! count with which [`mcnemar`] has p <= alpha; a significant difference the wrong way round is not counted. Reference:
//! `scipy.stats.binom` over `statsmodels.stats.contingency_tables.mcnemar`.
//!
//! Power is a sawtooth in n, so the number of pairs is one from which it stays. No answer where the odds are even, where
//! something is no probability, and above a million pairs.

use super::binomial::at_most;
use super::mcnemar::mcnemar;
use super::search::first;
use std::collections::HashMap;

/// The most pairs that are looked at.
pub const MOST_PAIRS: u64 = 1_000_000;
/// Pairs beyond the answer that must have the power too.
const WINDOW: u64 = 32;
/// What is left out of the law of D, beside its likeliest number.
const NEGLIGIBLE: f64 = 1e-16;

/// A comparison of two models on the same rows.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Comparison {
    /// The share of rows that only one of the models gets right, in (0, 1].
    pub discordant: f64,
    /// Of these rows, those that only the first gets right over those that only the second does; above 0 and not 1.
    pub odds: f64,
    /// The level of the two-sided test, in (0, 0.5).
    pub alpha: f64,
}

impl Comparison {
    /// The chance that `pairs` independent rows show which model is better, in 0..=1; `None` where there is no answer (see
    /// above) or are no pairs.
    pub fn power(&self, pairs: u64) -> Option<f64> {
        let is_known = self.is_sound() && (1..=MOST_PAIRS).contains(&pairs);
        is_known.then(|| self.summed(pairs, &mut HashMap::new()))
    }

    /// The number of pairs from which the comparison has this `power`, in (0, 1), while with one pair less it has not;
    /// `None` where there is no answer (see above).
    pub fn pairs(&self, power: f64) -> Option<u64> {
        if !(self.is_sound() && power > 0.0 && power < 1.0) {
            return None;
        }
        let mut known = HashMap::new();
        let mut reaches = |pairs: u64| self.summed(pairs, &mut known) >= power;
        first(1..=MOST_PAIRS, |pairs| (pairs..=pairs + WINDOW).all(&mut reaches))
    }

    fn is_sound(&self) -> bool {
        let shares = self.discordant > 0.0 && self.discordant <= 1.0 && self.alpha > 0.0 && self.alpha < 0.5;
        shares && self.odds > 0.0 && self.odds.is_finite() && self.odds != 1.0
    }

    /// The power; `known` keeps it for each number of discordant pairs.
    fn summed(&self, pairs: u64, known: &mut HashMap<u64, f64>) -> f64 {
        let (mut sum, mut total) = (0.0, 0.0);
        for (discordant, weight) in law(pairs, self.discordant) {
            sum += weight * *known.entry(discordant).or_insert_with(|| self.given(discordant));
            total += weight;
        }
        sum / total
    }

    /// The chance that so many discordant pairs show which model is better.
    fn given(&self, discordant: u64) -> f64 {
        let is_no_proof = |wrong: u64| mcnemar(discordant - wrong, wrong).is_none_or(|test| test.p > self.alpha);
        let proven = first(0..=discordant / 2, is_no_proof).and_then(|wrong| wrong.checked_sub(1));
        let share = 1.0 / (1.0 + self.odds.max(1.0 / self.odds));
        proven.and_then(|wrong| at_most(wrong, discordant, share)).unwrap_or(0.0)
    }
}

/// The numbers that Binomial(n, share) takes, each with its chance over that of the likeliest.
fn law(n: u64, share: f64) -> Vec<(u64, f64)> {
    let likeliest = (((n + 1) as f64 * share).floor() as u64).min(n);
    let odds = share / (1.0 - share);
    let mut law = vec![(likeliest, 1.0)];
    let mut weight = 1.0;
    for below in (0..likeliest).rev() {
        weight *= (below + 1) as f64 / (n - below) as f64 / odds;
        if weight < NEGLIGIBLE {
            break;
        }
        law.push((below, weight));
    }
    weight = 1.0;
    for above in likeliest + 1..=n {
        weight *= (n - above + 1) as f64 / above as f64 * odds;
        if weight < NEGLIGIBLE {
            break;
        }
        law.push((above, weight));
    }
    law
}
