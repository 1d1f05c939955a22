//! The Bayesian bootstrap (Rubin 1981), seeded so that anybody can draw it again, with two intervals.
//!
//! A resample weighs what was sampled independently, the *units*: rows, or clusters of rows. Rubin's weights are
//! Dirichlet(1, …, 1), so that a kind of row that stands k times weighs Gamma(k). No unit ever weighs nothing, so a
//! statistic that is defined on the sample is defined on every resample. Weights are scaled to sum to the rows.
//!
//! Where the extremes of a unit are known ([`Bootstrap::bounded`]), one unit is added where it hurts: for the lower end at
//! each of the `worst` places, for the upper end at each of the `best`. It stands for what the sample had no room to show,
//! so that no interval has width 0 for want of errors. Of a rate with one miss added the lower end is the quantile of
//! Beta(hits, misses + 1), which is Clopper and Pearson's; of a mean of bounded values it is the bound of Gaffke (2005) and
//! of Learned-Miller and Thomas (2020). Each end is also taken at the bias-corrected rank where that lies further out.
//!
//! Otherwise ([`Bootstrap::open`]) the ends are bias-corrected and accelerated (BCa; Efron 1987, Efron and Tibshirani 1993,
//! 14.3), at Hesterberg's expanded tails (2015): with n units, Phi(-sqrt(n / (n - 1)) t) in place of a/2, t the quantile of
//! Student's t with n - 1 degrees, since resamples of few units spread too little. The acceleration is that of the
//! jackknife; above 1,000 kinds or clusters, of the jackknife by 1,000 blocks. A sample whose resamples are all equal has no
//! interval: it shows no spread, which is not the same as having none.
//!
//! Drawing, exactly: resample `r` (from 0) reads ChaCha20 (Bernstein's: 64-bit block counter from 0, 64-bit nonce = `r`,
//! both little-endian; key = the 32-byte seed) as little-endian 32-bit words `x`. A unit weighs -ln u, u = (x + 1) / 2^32.
//! Units take their words in order; then the `worst`, then the `best` ones. A kind of more than 16 rows weighs Gamma(k) by
//! Marsaglia and Tsang (2000) with normals by the polar method (Marsaglia and Bray 1964), each uniform from one word.
//! Each resample has its own stream, so threads cannot change the result; logarithms are those of the crate `libm`.
//!
//! Ranks: of B values in order an end is the k-th smallest or largest, k = floor((B + 1) tail), as few as 5 beyond it.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Resamples that are wished for beyond each end, and those without which an end is chance.
const BEYOND: f64 = 50.0;
const BEYOND_LEAST: usize = 5;
/// Fewest and most resamples that are chosen.
const FEWEST: f64 = 2_000.0;
const MOST: f64 = 200_000.0;
/// Rows whose uniforms are multiplied before the logarithm is taken: 2^-(32 x 16) is still an ordinary float.
const CHUNK: u64 = 16;
/// Parts that the jackknife leaves out, at the most.
const BLOCKS: usize = 1_000;
/// Bars of a histogram.
const BARS: usize = 40;

/// How to resample.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// Number of resamples, B; as many as the confidence needs where absent.
    pub resamples: Option<u32>,
    /// Key of the stream cipher.
    pub seed: [u8; 32],
    /// Confidence of the interval, in (0, 1).
    pub confidence: f64,
}

/// What was sampled independently.
#[derive(Clone, Copy, Debug)]
pub enum Units<'a> {
    /// Rows, of each kind so many.
    Rows(&'a [u64]),
    /// Rows or clusters with weights: of each unit what it adds, as (kind, weight).
    Each {
        /// How many kinds there are.
        kinds: usize,
        /// The units.
        units: &'a [Vec<(u32, f64)>],
    },
}

/// A unit that is added to the sample: the kind it is of, and what it weighs beside a row's 1.
pub type Added = (usize, f64);

/// A statistic of how much each kind weighs.
pub type Statistic<'s> = dyn Fn(&[f64]) -> Option<f64> + Sync + 's;

/// An interval and the distribution that it was read off.
#[derive(Clone, PartialEq, Debug)]
pub struct Drawn {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The resamples without added rows.
    pub histogram: Histogram,
}

/// How often values fell into equal parts of a range.
#[derive(Clone, PartialEq, Debug)]
pub struct Histogram {
    /// Where the first part begins.
    pub low: f64,
    /// Where the last part ends.
    pub high: f64,
    /// Counts by part.
    pub counts: Vec<u64>,
}

impl Units<'_> {
    fn len(&self) -> u64 {
        match self {
            Units::Rows(counts) => counts.iter().sum(),
            Units::Each { units, .. } => units.len() as u64,
        }
    }

    fn kinds(&self) -> usize {
        match self {
            Units::Rows(counts) => counts.len(),
            Units::Each { kinds, .. } => *kinds,
        }
    }

    /// How much each kind weighs in the sample itself.
    fn counts(&self) -> Vec<f64> {
        match self {
            Units::Rows(counts) => counts.iter().map(|count| *count as f64).collect(),
            Units::Each { units, kinds } => {
                let mut weights = vec![0.0; *kinds];
                units.iter().flatten().for_each(|(kind, weight)| weights[*kind as usize] += weight);
                weights
            }
        }
    }

    fn known(&self) -> bool {
        match self {
            Units::Rows(_) => true,
            Units::Each { units, kinds } => units.iter().flatten().all(|(kind, _)| (*kind as usize) < *kinds),
        }
    }

    /// Weights of one resample.
    fn draw(&self, cipher: &mut ChaCha20Rng) -> Vec<f64> {
        match self {
            Units::Rows(counts) => counts.iter().map(|&count| gamma(cipher, count)).collect(),
            Units::Each { units, kinds } => {
                let mut weights = vec![0.0; *kinds];
                for unit in *units {
                    let times = gamma(cipher, 1);
                    unit.iter().for_each(|(kind, weight)| weights[*kind as usize] += times * weight);
                }
                weights
            }
        }
    }

    /// The sample without each of its parts in turn, and how many units such a part stands for.
    fn left_out(&self) -> Vec<(Vec<f64>, f64)> {
        let counts = self.counts();
        let without = |part: &mut dyn Iterator<Item = (usize, f64)>| {
            let mut left = counts.clone();
            part.for_each(|(kind, weight)| left[kind] = (left[kind] - weight).max(0.0));
            left
        };
        match self {
            Units::Rows(rows) => {
                let kinds: Vec<usize> = (0..rows.len()).filter(|&kind| rows[kind] > 0).collect();
                if kinds.len() <= BLOCKS {
                    let one = |&kind: &usize| (without(&mut std::iter::once((kind, 1.0))), rows[kind] as f64);
                    return kinds.iter().map(one).collect();
                }
                let block = |first: usize| {
                    let own = kinds.iter().skip(first).step_by(BLOCKS);
                    (without(&mut own.map(|&kind| (kind, rows[kind] as f64))), 1.0)
                };
                (0..BLOCKS).map(block).collect()
            }
            Units::Each { units, .. } => {
                let blocks = units.len().min(BLOCKS);
                let block = |first: usize| {
                    let own = units.iter().skip(first).step_by(blocks).flatten();
                    (without(&mut own.map(|(kind, weight)| (*kind as usize, *weight))), 1.0)
                };
                (0..blocks).map(block).collect()
            }
        }
    }
}

impl Bootstrap {
    /// With as many resamples as the confidence needs: 2,000 up to 95%, 100,000 at 99.9%, 200,000 at the most.
    pub fn at(confidence: f64, seed: [u8; 32]) -> Bootstrap {
        Bootstrap { resamples: None, seed, confidence }
    }

    fn resamples(&self, tail: f64) -> u32 {
        self.resamples.unwrap_or_else(|| (BEYOND / tail).ceil().clamp(FEWEST, MOST) as u32)
    }

    fn tail(&self) -> Option<f64> {
        (self.confidence > 0.0 && self.confidence < 1.0).then_some((1.0 - self.confidence) / 2.0)
    }

    /// Interval of a statistic, one unit added for each end: at each of the `worst`, and at each of the `best`.
    ///
    /// `None` without units or places, where a place is no kind, where the confidence is no probability or more than the
    /// resamples can bear (fewer than 5 beyond each end), and where the statistic is undefined on the sample or a resample.
    pub fn bounded(&self, units: Units, [worst, best]: [&[Added]; 2], statistic: &Statistic) -> Option<Drawn> {
        let known = |places: &[Added]| !places.is_empty() && places.iter().all(|(kind, _)| *kind < units.kinds());
        if !known(worst) || !known(best) || units.len() == 0 || !units.known() {
            return None;
        }
        let tail = self.tail()?;
        let value = statistic(&units.counts())?;
        let resamples = self.resamples(tail);
        let rank = rank(resamples, tail);
        if rank < BEYOND_LEAST {
            return None;
        }
        let total: f64 = units.counts().iter().sum();
        let one = |r: u32| {
            let mut cipher = stream(self.seed, r);
            let rows = units.draw(&mut cipher);
            let mut with = |places: &[Added]| {
                let mut weights = rows.clone();
                let mut rows = total;
                for &(kind, size) in places {
                    weights[kind] += size * gamma(&mut cipher, 1);
                    rows += size;
                }
                statistic(&scaled(weights, rows))
            };
            Some([with(&[])?, with(worst)?, with(best)?])
        };
        let values: Vec<[f64; 3]> = (0..resamples).into_par_iter().map(one).collect::<Option<_>>()?;
        let column = |side: usize| sorted(values.iter().map(|resample| resample[side]));
        let (plain, lower, upper) = (column(0), column(1), column(2));
        let shift = 2.0 * bias(&plain, value);
        let moved = |shift: f64| rank.min(self::rank(resamples, moved(tail, shift))).max(1);
        let (below, above) = (moved(shift), moved(-shift));
        let low = lower.get(below - 1)?.min(value);
        let high = upper.get(upper.len().checked_sub(above)?)?.max(value);
        Some(Drawn { low, high, histogram: histogram(&plain) })
    }

    /// Interval of a statistic of units whose extremes are not known: BCa at expanded tails.
    ///
    /// `None` for fewer than two units, as [`Bootstrap::bounded`], and where all resamples are equal.
    pub fn open(&self, units: Units, statistic: &Statistic) -> Option<Drawn> {
        let n = units.len() as f64;
        if n < 2.0 || !units.known() {
            return None;
        }
        let value = statistic(&units.counts())?;
        let student = StudentsT::new(0.0, 1.0, n - 1.0).ok()?;
        let normal = Normal::standard();
        let tail = normal.cdf((n / (n - 1.0)).sqrt() * student.inverse_cdf(self.tail()?));
        if rank(MOST as u32, tail) < BEYOND_LEAST {
            return None;
        }
        let resamples = self.resamples(tail);
        let total: f64 = units.counts().iter().sum();
        let one = |r: u32| statistic(&scaled(units.draw(&mut stream(self.seed, r)), total));
        let plain = sorted((0..resamples).into_par_iter().map(one).collect::<Option<Vec<f64>>>()?.into_iter());
        if plain.first()? == plain.last()? {
            return None;
        }
        let jackknife: Vec<(f64, f64)> = units
            .left_out()
            .into_par_iter()
            .filter_map(|(weights, times)| Some((statistic(&weights)?, times)))
            .collect();
        let [low, high] = bca(&plain, value, acceleration(&jackknife), tail)?;
        Some(Drawn { low: low.min(value), high: high.max(value), histogram: histogram(&plain) })
    }
}

/// The percentile interval of a sorted distribution: the ends at equal tails.
pub fn percentile(sorted: &[f64], tail: f64) -> Option<[f64; 2]> {
    ends(sorted, tail, 1.0 - tail)
}

/// The bias-corrected and accelerated interval of a sorted distribution (Efron 1987).
pub fn bca(sorted: &[f64], value: f64, acceleration: f64, tail: f64) -> Option<[f64; 2]> {
    let [low, high] = bca_tails(bias(sorted, value), acceleration, tail)?;
    ends(sorted, low, high)
}

/// The shares of the distribution that lie below the ends, by its bias and acceleration; `None` where that is no share.
pub fn bca_tails(bias: f64, acceleration: f64, tail: f64) -> Option<[f64; 2]> {
    let normal = Normal::standard();
    let at = |z: f64| {
        let shifted = bias + z;
        let scale = 1.0 - acceleration * shifted;
        (scale > 0.0).then(|| normal.cdf(bias + shifted / scale))
    };
    let z = normal.inverse_cdf(tail);
    Some([at(z)?, at(-z)?])
}

/// The values with a share of `low` below, and of `high`; at least the last ones.
fn ends(sorted: &[f64], low: f64, high: f64) -> Option<[f64; 2]> {
    let resamples = u32::try_from(sorted.len()).ok()?;
    let (below, above) = (rank(resamples, low).max(1), rank(resamples, 1.0 - high).max(1));
    Some([*sorted.get(below - 1)?, *sorted.get(sorted.len().checked_sub(above)?)?])
}

/// The acceleration: the skewness of the jackknife values, each of which stands for so many equal ones, over 6.
pub fn acceleration(jackknife: &[(f64, f64)]) -> f64 {
    let total: f64 = jackknife.iter().map(|(_, times)| times).sum();
    let mean = jackknife.iter().map(|(value, times)| times * value).sum::<f64>() / total;
    let moment = |power: i32| jackknife.iter().map(|(value, times)| times * (mean - value).powi(power)).sum::<f64>();
    let spread = moment(2);
    if spread > 0.0 { moment(3) / (6.0 * spread.powf(1.5)) } else { 0.0 }
}

/// The normal quantile of the share of resamples that lie below the value, ties counting half; 0 where half of them do.
pub fn bias(sorted: &[f64], value: f64) -> f64 {
    let less = sorted.partition_point(|resample| *resample < value);
    let up_to = sorted.partition_point(|resample| *resample <= value);
    let (below, all) = ((less + up_to) as f64 / 2.0, sorted.len() as f64);
    Normal::standard().inverse_cdf(below.clamp(0.5, (all - 0.5).max(0.5)) / all)
}

/// The tail whose normal quantile is moved by `shift`.
fn moved(tail: f64, shift: f64) -> f64 {
    let normal = Normal::standard();
    if shift == 0.0 { tail } else { normal.cdf(normal.inverse_cdf(tail) + shift) }
}

/// How many of the resamples lie beyond an end.
fn rank(resamples: u32, tail: f64) -> usize {
    // (1 - 0.95) is a hair above 0.05; a rank must not jump for that.
    ((f64::from(resamples) + 1.0) * tail + 1e-9).floor() as usize
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.par_sort_unstable_by(f64::total_cmp);
    values
}

fn histogram(sorted: &[f64]) -> Histogram {
    let (low, high) = (sorted.first().copied().unwrap_or(0.0), sorted.last().copied().unwrap_or(0.0));
    let mut counts = vec![0; BARS];
    for value in sorted {
        let place = if high > low { (value - low) / (high - low) * BARS as f64 } else { 0.0 };
        counts[(place as usize).min(BARS - 1)] += 1;
    }
    Histogram { low, high, counts }
}

/// The stream of resample `r`.
fn stream(seed: [u8; 32], r: u32) -> ChaCha20Rng {
    let mut cipher = ChaCha20Rng::from_seed(seed);
    cipher.set_stream(u64::from(r));
    cipher
}

/// A uniform number in (0, 1].
fn uniform(cipher: &mut ChaCha20Rng) -> f64 {
    (f64::from(cipher.next_u32()) + 1.0) / 4_294_967_296.0
}

/// Gamma(`rows`): what so many rows of one kind weigh; 0 only without rows.
fn gamma(cipher: &mut ChaCha20Rng, rows: u64) -> f64 {
    match rows {
        0 => 0.0,
        1..=CHUNK => {
            let product: f64 = (0..rows).map(|_| uniform(cipher)).product();
            (-libm::log(product)).max(f64::MIN_POSITIVE)
        }
        _ => large_gamma(cipher, rows as f64),
    }
}

/// Gamma(`shape`) for a shape above 1 (Marsaglia and Tsang 2000).
fn large_gamma(cipher: &mut ChaCha20Rng, shape: f64) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(cipher);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && libm::log(uniform(cipher)) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return d * v;
        }
    }
}

/// A normal number by the polar method; the second one of each pair is not used.
fn normal(cipher: &mut ChaCha20Rng) -> f64 {
    loop {
        let (x, y) = (2.0 * uniform(cipher) - 1.0, 2.0 * uniform(cipher) - 1.0);
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            return x * (-2.0 * libm::log(square) / square).sqrt();
        }
    }
}

/// Weights that sum to `rows`.
fn scaled(mut weights: Vec<f64>, rows: f64) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight *= rows / total);
    weights
}
