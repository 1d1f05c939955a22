//! The percentile bootstrap (Efron and Tibshirani 1993, chapter 13), seeded so that anybody can draw the same resamples.
//!
//! Drawing, exactly: resample `r` (from 0) of `n` items reads ChaCha20 (Bernstein's: 64-bit block counter from 0, 64-bit
//! nonce = `r`, both little-endian; key = the 32-byte seed) as little-endian 32-bit words `x`. An index is the high 32
//! bits of `x * n`; the word is skipped where the low 32 bits are below `2^32 mod n` (Lemire 2019: no bias). `n` indices
//! make a resample. Each resample has its own stream, so threads cannot change the result.
//!
//! The interval: of B values in order, the k-th smallest and the k-th largest, k = max(1, floor((B + 1)(1 - confidence) / 2));
//! always values that occurred. A resample on which the statistic is undefined counts against: as the worst value when
//! the lower end is taken, as the best when the upper end is.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// How to resample.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// Number of resamples, B; 2,000 is usual.
    pub resamples: u32,
    /// Key of the stream cipher.
    pub seed: [u8; 32],
    /// Confidence of the interval, in (0, 1).
    pub confidence: f64,
    /// The least and the greatest value the statistic can have; stand in for undefined values.
    pub range: (f64, f64),
}

/// A bootstrap interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interval {
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// `bootstrap-percentile`.
    pub method: &'static str,
    /// Resamples drawn.
    pub resamples: u32,
    /// Resamples on which the statistic was undefined.
    pub undefined: u32,
}

impl Bootstrap {
    /// Interval of a statistic of `items` items, given a resample as `items` indices below `items`.
    ///
    /// `None` without items or resamples, or where the confidence is no probability. NaN counts as undefined.
    pub fn interval(&self, items: u32, statistic: impl Fn(&[u32]) -> Option<f64> + Sync) -> Option<Interval> {
        let values = self.resample(
            items,
            || vec![0; items as usize],
            |drawn, slot, index| drawn[slot] = index,
            |d| statistic(d),
        )?;
        self.percentiles(values)
    }

    /// Interval of a statistic of how often each kind of item was drawn: `kinds[i]` is the kind of item `i`. The
    /// same draws as [`Bootstrap::interval`], without keeping them; for metrics that are functions of counts.
    ///
    /// `None` as there, and where a kind is not below `kinds_count` or there are more than 2³² - 1 items.
    pub fn interval_of_counts(
        &self,
        kinds: &[u32],
        kinds_count: usize,
        statistic: impl Fn(&[u64]) -> Option<f64> + Sync,
    ) -> Option<Interval> {
        if kinds.iter().any(|&k| k as usize >= kinds_count) {
            return None;
        }
        let items = u32::try_from(kinds.len()).ok()?;
        let count = |counts: &mut Vec<u64>, _: usize, index: u32| counts[kinds[index as usize] as usize] += 1;
        let values = self.resample(items, || vec![0; kinds_count], count, |counts| statistic(counts))?;
        self.percentiles(values)
    }

    /// One value a resample, in the order of the resamples.
    fn resample<S>(
        &self,
        items: u32,
        empty: impl Fn() -> S + Sync,
        take: impl Fn(&mut S, usize, u32) + Sync,
        statistic: impl Fn(&S) -> Option<f64> + Sync,
    ) -> Option<Vec<Option<f64>>> {
        if items == 0 || self.resamples == 0 || !(self.confidence > 0.0 && self.confidence < 1.0) {
            return None;
        }
        let one = |r: u32| {
            let mut drawn = empty();
            draw(&self.seed, r, items, |slot, index| take(&mut drawn, slot, index));
            statistic(&drawn).filter(|value| !value.is_nan())
        };
        Some((0..self.resamples).into_par_iter().map(one).collect())
    }

    fn percentiles(&self, values: Vec<Option<f64>>) -> Option<Interval> {
        let b = values.len();
        // (1 - 0.95) is a hair above 0.05; a rank must not jump for that.
        let rank = ((b as f64 + 1.0) * (1.0 - self.confidence) / 2.0 + 1e-9).floor().max(1.0) as usize;
        let sorted = |stand_in: f64| {
            let mut values: Vec<f64> = values.iter().map(|v| v.unwrap_or(stand_in)).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let lo = *sorted(self.range.0).get(rank - 1)?;
        let hi = *sorted(self.range.1).get(b.checked_sub(rank)?)?;
        let undefined = u32::try_from(values.iter().filter(|v| v.is_none()).count()).ok()?;
        Some(Interval { lo, hi, method: "bootstrap-percentile", resamples: self.resamples, undefined })
    }
}

/// The indices of resample `r`, as the head of this file defines them.
pub fn indices(seed: &[u8; 32], r: u32, items: u32) -> Vec<u32> {
    let mut drawn = Vec::new();
    draw(seed, r, items, |_, index| drawn.push(index));
    drawn
}

fn draw(seed: &[u8; 32], r: u32, items: u32, mut take: impl FnMut(usize, u32)) {
    if items == 0 {
        return;
    }
    let mut cipher = ChaCha20Rng::from_seed(*seed);
    cipher.set_stream(u64::from(r));
    let threshold = items.wrapping_neg() % items;
    let mut slot = 0;
    while slot < items as usize {
        let product = u64::from(cipher.next_u32()) * u64::from(items);
        if product as u32 >= threshold {
            take(slot, (product >> 32) as u32);
            slot += 1;
        }
    }
}
