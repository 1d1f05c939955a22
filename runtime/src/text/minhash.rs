//! Near duplicates: MinHash signatures of word 5-grams, banded for locality-sensitive hashing, and the exact check.
//!
//! A. Z. Broder, "On the resemblance and containment of documents" (1997); the banding is chosen as by Leskovec,
//! Rajaraman and Ullman, "Mining of Massive Datasets", 3.4, and by the library datasketch. A shingle is a run of five
//! words in lower case; a text of one to four words is one shingle. Signatures only propose pairs: `jaccard` decides.
//! It keeps no index and knows no rows.

use super::words::{hashes, mix, runs};
use pulp::{Arch, NullaryFnOnce};

/// How many permutations a signature holds.
pub const PERMUTATIONS: usize = 128;
/// Words in a shingle.
pub const SHINGLE_WORDS: usize = 5;

/// The permutations: x -> FACTORS x + ADDENDS modulo 2^32, the factors odd. The low halves of SplitMix64's numbers from
/// a fixed seed, so that a signature is the same in every run.
static FACTORS: [u32; PERMUTATIONS] = constants(0, 1);
static ADDENDS: [u32; PERMUTATIONS] = constants(PERMUTATIONS as u64, 0);

const fn constants(first: u64, odd: u32) -> [u32; PERMUTATIONS] {
    const SEED: u64 = 0x6c6d_7374_642d_6d68;
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut numbers = [0; PERMUTATIONS];
    let mut at = 0;
    while at < PERMUTATIONS {
        let state = SEED.wrapping_add(STEP.wrapping_mul(first + at as u64 + 1));
        numbers[at] = mix(state) as u32 | odd;
        at += 1;
    }
    numbers
}

/// The lowest place of any shingle under each permutation; 512 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(pub [u32; PERMUTATIONS]);

impl Signature {
    /// The share of permutations with the same lowest place: an unbiased estimate of the Jaccard similarity of the sets
    /// of shingles, binomial over 128 trials.
    pub fn similarity(&self, other: &Signature) -> f64 {
        let same = self.0.iter().zip(&other.0).filter(|(left, right)| left == right).count();
        same as f64 / PERMUTATIONS as f64
    }
}

/// The signature of a text, or nothing for a text without a word.
pub fn sign(text: &str) -> Option<Signature> {
    let shingles = shingles(text);
    if shingles.is_empty() { None } else { Some(Signature(Arch::new().dispatch(Lowest(&shingles)))) }
}

/// The inner loop, which compilers turn into vector instructions.
struct Lowest<'s>(&'s [u64]);

impl NullaryFnOnce for Lowest<'_> {
    type Output = [u32; PERMUTATIONS];

    #[inline(always)]
    fn call(self) -> [u32; PERMUTATIONS] {
        let mut lowest = [u32::MAX; PERMUTATIONS];
        for shingle in self.0 {
            let shingle = *shingle as u32;
            for lane in 0..PERMUTATIONS {
                let place = shingle.wrapping_mul(FACTORS[lane]).wrapping_add(ADDENDS[lane]);
                lowest[lane] = lowest[lane].min(place);
            }
        }
        lowest
    }
}

/// The hashes of a text's shingles in order, with repetitions.
fn shingles(text: &str) -> Vec<u64> {
    let words = hashes(text);
    runs(&words, words.len().min(SHINGLE_WORDS))
}

/// The set of a text's shingles: hashes of 64 bits, sorted, each once.
pub fn shingle_set(text: &str) -> Vec<u64> {
    let mut set = shingles(text);
    set.sort_unstable();
    set.dedup();
    set
}

/// The Jaccard similarity of two sets of shingles: shared ones over all; 0 when both are empty, since texts without a
/// word resemble nothing.
pub fn jaccard_of(left: &[u64], right: &[u64]) -> f64 {
    let (mut at, mut to, mut shared) = (0, 0, 0_usize);
    while let (Some(one), Some(other)) = (left.get(at), right.get(to)) {
        shared += usize::from(one == other);
        at += usize::from(one <= other);
        to += usize::from(other <= one);
    }
    let all = left.len() + right.len() - shared;
    if all == 0 { 0.0 } else { shared as f64 / all as f64 }
}

/// The Jaccard similarity of two texts, exact but for two shingles with one hash of 64 bits.
pub fn jaccard(left: &str, right: &str) -> f64 {
    jaccard_of(&shingle_set(left), &shingle_set(right))
}

/// How many bands of how many rows find pairs from `threshold` on: of all divisions of 128 permutations that with the
/// least integral of wrong proposals below the threshold plus missed pairs above it, both with the same weight, as
/// datasketch chooses. It misses many pairs close to the threshold: at 0.8 six of ten. A threshold outside 0 to 1
/// counts as the nearer end.
pub fn bands(threshold: f64) -> (usize, usize) {
    let threshold = threshold.clamp(0.0, 1.0);
    least(|bands, rows| {
        let wrong = integral(|s| proposal(s, bands, rows), 0.0, threshold);
        Some(wrong + integral(|s| 1.0 - proposal(s, bands, rows), threshold, 1.0))
    })
}

/// The division with the fewest wrong proposals of those that propose a pair of similarity `threshold` with probability
/// `recall` at least: for counts, where the exact check follows and a missed pair is an error. Where none does,
/// 128 bands of one row.
pub fn bands_finding(threshold: f64, recall: f64) -> (usize, usize) {
    let threshold = threshold.clamp(0.0, 1.0);
    let wrong = |bands, rows| integral(|s| proposal(s, bands, rows), 0.0, threshold);
    least(|bands, rows| (proposal(threshold, bands, rows) >= recall).then(|| wrong(bands, rows)))
}

/// The probability that bands propose a pair of Jaccard similarity `similarity`: 1 - (1 - s^rows)^bands.
pub fn proposal(similarity: f64, bands: usize, rows: usize) -> f64 {
    1.0 - (1.0 - similarity.powi(rows as i32)).powi(bands as i32)
}

/// The first division of all permutations with the least cost.
fn least(cost: impl Fn(usize, usize) -> Option<f64>) -> (usize, usize) {
    let mut best = (PERMUTATIONS, 1);
    let mut least = f64::INFINITY;
    for bands in 1..=PERMUTATIONS {
        for rows in 1..=PERMUTATIONS / bands {
            if let Some(cost) = cost(bands, rows).filter(|cost| *cost < least) {
                (least, best) = (cost, (bands, rows));
            }
        }
    }
    best
}

/// Simpson's rule over 400 parts.
fn integral(of: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    const PARTS: usize = 400;
    let step = (high - low) / PARTS as f64;
    let inner: f64 = (1..PARTS).map(|at| of(low + step * at as f64) * if at % 2 == 1 { 4.0 } else { 2.0 }).sum();
    (of(low) + of(high) + inner) * step / 3.0
}

/// One hash a band of a signature: two texts with the same hash are a pair to check. The number of the band is in the
/// hash, so one table can hold all bands. Bands beyond the 128 permutations are left out.
pub fn band_hashes(signature: &Signature, bands: usize, rows: usize) -> impl Iterator<Item = u64> {
    let all = signature.0.chunks_exact(rows.max(1)).take(bands).enumerate();
    all.map(|(band, places)| places.iter().fold(mix(band as u64 + 1), |hash, place| mix(hash ^ u64::from(*place))))
}
