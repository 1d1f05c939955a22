//! The Bayesian bootstrap (Rubin 1981) with one row added where it hurts, seeded so that anybody can draw it again.
//!
//! A resample weighs the rows: Rubin's weights are Dirichlet(1, …, 1), so that a kind of row that stands k times weighs
//! Gamma(k). For the lower end of the interval one row is added at each of the `worst` places, for the upper end at each of
//! the `best`. The added row stands for what the sample had no room to show, so that no interval has width 0 for want of
//! errors. Of a rate with one miss added the lower end is the quantile of Beta(hits, misses + 1), which is Clopper and
//! Pearson's; of a mean of bounded values it is the bound of Gaffke (2005) and of Learned-Miller and Thomas (2020). In large
//! samples one row does not count, and the interval is the bootstrap's.
//!
//! Drawing, exactly: resample `r` (from 0) reads ChaCha20 (Bernstein's: 64-bit block counter from 0, 64-bit nonce = `r`,
//! both little-endian; key = the 32-byte seed) as little-endian 32-bit words `x`. A row weighs -ln u, u = (x + 1) / 2^32.
//! The kinds take their words in order, one a row; then the `worst` rows, then the `best` ones. Weights become whole numbers
//! that sum to about 2^50, so that statistics of counts are statistics of weights. Each resample has its own stream, so
//! threads cannot change the result.
//!
//! The interval: of B values in order, the k-th smallest of the lower and the k-th largest of the upper values, with
//! k = floor((B + 1) a/2), a = 1 - confidence. A score of many classes is biased on a sample, and its resamples are biased
//! once more. So each end is taken at the bias-corrected rank floor((B + 1) Phi(Phi^-1(a/2) ± 2 z)) where that lies further
//! out; z is the normal quantile of the share of resamples, without added rows, that lie below the value (ties count half;
//! Efron and Tibshirani 1993, 14.3). It never moves an end inwards.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

/// Resamples that are wished for beyond each end, and those without which an end is chance.
const BEYOND: f64 = 50.0;
const BEYOND_LEAST: usize = 5;
/// Fewest and most resamples that are chosen.
const FEWEST: f64 = 2_000.0;
const MOST: f64 = 200_000.0;
/// What the weights of a resample sum to, about: twice of it is still exact in a float.
const WHOLE: f64 = 1_125_899_906_842_624.0;
/// Rows whose uniforms are multiplied before the logarithm is taken: 2^-(32 x 16) is still an ordinary float.
const CHUNK: u64 = 16;

/// How to resample.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// Number of resamples, B.
    pub resamples: u32,
    /// Key of the stream cipher.
    pub seed: [u8; 32],
    /// Confidence of the interval, in (0, 1).
    pub confidence: f64,
}

/// A sample as counts.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Rows of each kind.
    pub counts: &'a [u64],
    /// Kinds of which one row more stands for the worst that the sample may have missed; at least one.
    pub worst: &'a [usize],
    /// The same for the best.
    pub best: &'a [usize],
}

impl Bootstrap {
    /// With as many resamples as the confidence needs: 2,000 up to 95%, 100,000 at 99.9%, 200,000 at the most.
    pub fn at(confidence: f64, seed: [u8; 32]) -> Bootstrap {
        let wished = BEYOND / ((1.0 - confidence) / 2.0);
        Bootstrap { resamples: wished.ceil().clamp(FEWEST, MOST) as u32, seed, confidence }
    }

    /// Interval of a statistic of the counts of a sample, (lower end, upper end).
    ///
    /// `None` without rows or places, where a place is no kind, where the confidence is no probability or more than the
    /// resamples can bear (fewer than 5 beyond each end), and where the statistic is undefined or not finite on the sample
    /// or on a resample.
    pub fn interval(&self, sample: &Sample, statistic: &Statistic) -> Option<(f64, f64)> {
        let places = [sample.worst, sample.best];
        let known = |places: &[usize]| !places.is_empty() && places.iter().all(|&kind| kind < sample.counts.len());
        if !places.into_iter().all(known) || sample.counts.iter().all(|&count| count == 0) {
            return None;
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return None;
        }
        let value = statistic(sample.counts).filter(|value| value.is_finite())?;
        let rank = self.rank(0.0);
        if rank < BEYOND_LEAST {
            return None;
        }
        let one = |r: u32| self.resample(r, sample, statistic);
        let values: Option<Vec<Resample>> = (0..self.resamples).into_par_iter().map(one).collect();
        let values = values?;
        let shift = 2.0 * bias(&values, value);
        let sorted = |side: fn(&Resample) -> f64| {
            let mut side: Vec<f64> = values.iter().map(side).collect();
            side.sort_by(f64::total_cmp);
            side
        };
        let (lower, upper) = (sorted(|resample| resample.worst), sorted(|resample| resample.best));
        let (below, above) = (rank.min(self.rank(shift)).max(1), rank.min(self.rank(-shift)).max(1));
        Some((*lower.get(below - 1)?, *upper.get(upper.len().checked_sub(above)?)?))
    }

    /// How many resamples lie beyond an end, the normal quantile of whose tail is moved by `shift`.
    fn rank(&self, shift: f64) -> usize {
        let tail = (1.0 - self.confidence) / 2.0;
        let normal = Normal::standard();
        let tail = if shift == 0.0 { tail } else { normal.cdf(normal.inverse_cdf(tail) + shift) };
        // (1 - 0.95) is a hair above 0.05; a rank must not jump for that.
        ((f64::from(self.resamples) + 1.0) * tail + 1e-9).floor() as usize
    }

    fn resample(&self, r: u32, sample: &Sample, statistic: &Statistic) -> Option<Resample> {
        let mut cipher = ChaCha20Rng::from_seed(self.seed);
        cipher.set_stream(u64::from(r));
        let rows: Vec<f64> = sample.counts.iter().map(|&count| weight(&mut cipher, count)).collect();
        let mut with = |places: &[usize]| {
            let mut weights = rows.clone();
            for &kind in places {
                weights[kind] += weight(&mut cipher, 1);
            }
            statistic(&whole(&weights)).filter(|value| value.is_finite())
        };
        Some(Resample { plain: with(&[])?, worst: with(sample.worst)?, best: with(sample.best)? })
    }
}

/// A statistic of how much each kind of row weighs.
pub type Statistic<'s> = dyn Fn(&[u64]) -> Option<f64> + Sync + 's;

/// The statistic on one resample: as it is, with the worst rows added, with the best.
struct Resample {
    plain: f64,
    worst: f64,
    best: f64,
}

/// The normal quantile of the share of resamples that lie below the value; 0 where half of them do.
fn bias(values: &[Resample], value: f64) -> f64 {
    let count =
        |test: fn(f64, f64) -> bool| values.iter().filter(|resample| test(resample.plain, value)).count() as f64;
    let below = count(|resample, value| resample < value) + count(|resample, value| resample == value) / 2.0;
    let all = values.len() as f64;
    Normal::standard().inverse_cdf(below.clamp(0.5, all - 0.5) / all)
}

/// The weight of `rows` rows together: Gamma(rows), as the sum of as many exponentials; 0 only without rows.
fn weight(cipher: &mut ChaCha20Rng, rows: u64) -> f64 {
    let mut sum = 0.0_f64;
    let mut left = rows;
    while left > 0 {
        let taken = left.min(CHUNK);
        let mut product = 1.0_f64;
        for _ in 0..taken {
            product *= (f64::from(cipher.next_u32()) + 1.0) / 4_294_967_296.0;
        }
        sum -= product.ln();
        left -= taken;
    }
    if rows == 0 { 0.0 } else { sum.max(f64::MIN_POSITIVE) }
}

/// Weights as whole numbers: what weighs anything stays at least 1, so that no denominator vanishes.
fn whole(weights: &[f64]) -> Vec<u64> {
    let total: f64 = weights.iter().sum();
    let scaled = |&weight: &f64| if weight > 0.0 { ((weight / total * WHOLE).round() as u64).max(1) } else { 0 };
    weights.iter().map(scaled).collect()
}
