//! Whether one and the same model has answered, told by answers alone: some questions are put again and again over a run,
//! and a permutation test asks whether earlier and later answers to them differ more than answers of one time do.
//!
//! The statistic: for each cut between two rounds, the mean distance of answers across the cut less that of answers on the
//! same side, averaged over the probes; the largest over all cuts. Were the model the same throughout, the rounds of a
//! probe could be exchanged without anybody noticing, so each of [`SHUFFLES`] shuffles exchanges them, of each probe for
//! itself, and p = (shuffles at least as far + 1) / (shuffles + 1). The run is rejected at p <= [`ALPHA`], which a model
//! that stays itself meets in one run of a thousand.
//!
//! The power is simulated at the times at which the probes were really put: a model that answers a given share of the
//! probes otherwise takes over at a moment drawn evenly from the run. It holds against a swap, not against one that keeps
//! the earlier model for questions it has seen: that would have to be known to be one.
//!
//! Drawing: ChaCha20 under the seed, stream `r` for shuffle `r`; simulations use streams of their own.

use super::protocol::Reply;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Shuffles of the test.
pub const SHUFFLES: u64 = 1_999;
/// At or below this chance the answers count as changed.
pub const ALPHA: f64 = 0.001;
/// Shares of the probes that the other model of a simulation answers otherwise.
pub const DIFFERENCES: [f64; 3] = [0.1, 0.25, 0.5];
/// Simulated runs for each difference.
const SIMULATIONS: u64 = 100;
/// Shuffles of a simulated test: the fewest that can reach [`ALPHA`].
const FEWER: u64 = 999;
/// What rounding may take away from a statistic.
const ROUNDING: f64 = 1e-9;

/// A question that was put in every round.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Probe {
    /// Its place among the questions.
    pub question: usize,
    /// The answers by round; none where there was none.
    pub answers: Vec<Option<Reply>>,
    /// When each was asked for, as a share of the run.
    pub times: Vec<f64>,
}

/// What the probes tell.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Identity {
    /// Questions that were put again.
    pub probes: u64,
    /// How often each was put.
    pub rounds: u64,
    /// How far a probe's answers lie apart on average, from 0 (always the same) to 1.
    pub spread: f64,
    /// The chance of answers that change as much over the run, were the model always the same; none where nothing was
    /// asked again.
    pub p: Option<f64>,
    /// For each of [`DIFFERENCES`] the simulated chance that such a swap would have been seen.
    pub power: Vec<(f64, f64)>,
}

impl Identity {
    /// Tests the probes of a run.
    pub fn of(probes: &[Probe], seed: [u8; 32]) -> Identity {
        let rounds = probes.first().map_or(0, |probe| probe.answers.len());
        let tables: Vec<Table> = probes.iter().map(|probe| Table::of(&probe.answers)).collect();
        let spread = tables.iter().map(Table::mean).sum::<f64>() / (tables.len().max(1) as f64);
        let enough = rounds >= 3 && !tables.is_empty();
        let p = enough.then(|| chance(&tables, rounds, seed, SHUFFLES, None));
        let power = if enough { simulated(probes, spread, seed) } else { Vec::new() };
        Identity { probes: probes.len() as u64, rounds: rounds as u64, spread, p, power }
    }

    /// Whether the answers changed more than chance explains.
    pub fn changed(&self) -> bool {
        self.p.is_some_and(|p| p <= ALPHA)
    }
}

/// Distances between the answers of one probe, by round.
struct Table {
    rounds: usize,
    distances: Vec<f64>,
}

impl Table {
    fn of(answers: &[Option<Reply>]) -> Table {
        Table::new(answers.len(), |i, j| match (&answers[i], &answers[j]) {
            (Some(one), Some(two)) => distance(one, two),
            (None, None) => 0.0,
            _ => 1.0,
        })
    }

    fn new(rounds: usize, mut between: impl FnMut(usize, usize) -> f64) -> Table {
        let mut distances = vec![0.0; rounds * rounds];
        for i in 0..rounds {
            for j in i + 1..rounds {
                let distance = between(i, j);
                distances[i * rounds + j] = distance;
                distances[j * rounds + i] = distance;
            }
        }
        Table { rounds, distances }
    }

    fn mean(&self) -> f64 {
        let pairs = self.rounds * self.rounds.saturating_sub(1);
        if pairs == 0 { 0.0 } else { self.distances.iter().sum::<f64>() / pairs as f64 }
    }

    /// Adds what the table says at each cut, its rounds in this order.
    fn add(&self, order: &[usize], cuts: &mut [f64]) {
        let at = |i: usize, j: usize| self.distances[order[i] * self.rounds + order[j]];
        let all: f64 = self.distances.iter().sum::<f64>() / 2.0;
        let pairs = self.rounds * (self.rounds - 1) / 2;
        let mut across = 0.0;
        for (cut, told) in cuts.iter_mut().enumerate() {
            // Round `cut` moves to the early side: its distances to earlier ones are across no more, those to later ones are.
            across -= (0..cut).map(|i| at(i, cut)).sum::<f64>();
            across += (cut + 1..self.rounds).map(|j| at(cut, j)).sum::<f64>();
            let over = (cut + 1) * (self.rounds - cut - 1);
            *told += across / over as f64 - (all - across) / (pairs - over).max(1) as f64;
        }
    }
}

/// How far two answers to one question lie apart, from 0 to 1.
pub fn distance(one: &Reply, two: &Reply) -> f64 {
    match (one, two) {
        (Reply::Label(a), Reply::Label(b)) => f64::from(u8::from(a != b)),
        (Reply::Scores(a), Reply::Scores(b)) => variation(&softmax(a), &softmax(b)),
        (Reply::Probabilities(a), Reply::Probabilities(b)) => variation(a, b),
        (Reply::Cell(a), Reply::Cell(b)) if a == b => 0.0,
        (Reply::Cell(a), Reply::Cell(b)) => match (list(a), list(b)) {
            (Some(a), Some(b)) if a.len() == b.len() => {
                let sum: f64 = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).sum();
                (sum / a.len().max(1) as f64).min(1.0)
            }
            _ => 1.0 - shared_words(a, b),
        },
        _ => 1.0,
    }
}

fn list(cell: &str) -> Option<Vec<f64>> {
    serde_json::from_str::<Vec<f64>>(cell).ok()
}

fn softmax(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raised: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = raised.iter().sum();
    raised.iter().map(|share| share / sum).collect()
}

/// The total variation between two distributions.
fn variation(one: &[f64], two: &[f64]) -> f64 {
    (one.iter().zip(two).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2.0).clamp(0.0, 1.0)
}

/// Dice's coefficient of the words of two texts, each as often as it stands; 0 where neither has any.
fn shared_words(one: &str, two: &str) -> f64 {
    let mut counts: HashMap<&str, i64> = HashMap::new();
    let (mut total, mut shared) = (0, 0);
    for word in one.split_whitespace() {
        *counts.entry(word).or_default() += 1;
        total += 1;
    }
    for word in two.split_whitespace() {
        total += 1;
        if let Some(left) = counts.get_mut(word).filter(|left| **left > 0) {
            *left -= 1;
            shared += 2;
        }
    }
    if total == 0 { 0.0 } else { f64::from(shared) / f64::from(total) }
}

/// The p-value of the tables; with `most`, 1 as soon as more shuffles than that reach the statistic.
fn chance(tables: &[Table], rounds: usize, seed: [u8; 32], shuffles: u64, most: Option<u64>) -> f64 {
    let mut cuts = vec![0.0; rounds - 1];
    let mut order: Vec<usize> = (0..rounds).collect();
    let mut statistic = |cipher: Option<&mut ChaCha20Rng>| {
        cuts.fill(0.0);
        let mut cipher = cipher;
        for table in tables {
            if let Some(cipher) = cipher.as_deref_mut() {
                mix(&mut order, cipher);
            }
            table.add(&order, &mut cuts);
        }
        cuts.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    };
    let observed = statistic(None) - ROUNDING;
    let mut reached = 0;
    for shuffle in 0..shuffles {
        let mut cipher = ChaCha20Rng::from_seed(seed);
        cipher.set_stream(shuffle);
        reached += u64::from(statistic(Some(&mut cipher)) >= observed);
        if most.is_some_and(|most| reached > most) {
            return 1.0;
        }
    }
    (reached as f64 + 1.0) / (shuffles as f64 + 1.0)
}

/// Fisher and Yates's shuffle.
pub(super) fn mix<T>(items: &mut [T], cipher: &mut ChaCha20Rng) {
    for last in (1..items.len()).rev() {
        let chosen = (cipher.next_u64() % (last as u64 + 1)) as usize;
        items.swap(last, chosen);
    }
}

/// A number drawn evenly from 0 to 1.
fn even(cipher: &mut ChaCha20Rng) -> f64 {
    (cipher.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// How often a swap is seen, for each difference.
fn simulated(probes: &[Probe], spread: f64, seed: [u8; 32]) -> Vec<(f64, f64)> {
    let most = (ALPHA * (FEWER as f64 + 1.0) + ROUNDING) as u64;
    let seen = |(place, difference): (u64, f64)| {
        let one = |simulation: u64| {
            let mut cipher = ChaCha20Rng::from_seed(seed);
            cipher.set_stream((1 << 40) + place * SIMULATIONS + simulation);
            let swapped = even(&mut cipher);
            let table = |probe: &Probe| {
                let differs = even(&mut cipher) < difference;
                Table::new(probe.times.len(), |i, j| {
                    let across = (probe.times[i] < swapped) != (probe.times[j] < swapped);
                    let apart = (differs && across) || even(&mut cipher) < spread;
                    f64::from(u8::from(apart))
                })
            };
            let tables: Vec<Table> = probes.iter().map(table).collect();
            let rounds = probes.first().map_or(0, |probe| probe.times.len());
            let mut own = [0; 32];
            cipher.fill_bytes(&mut own);
            u64::from(chance(&tables, rounds, own, FEWER, most.checked_sub(1)) <= ALPHA)
        };
        let seen: u64 = (0..SIMULATIONS).into_par_iter().map(one).sum();
        (difference, seen as f64 / SIMULATIONS as f64)
    };
    (0..).zip(DIFFERENCES).map(seen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probes(count: usize, rounds: usize, answer: impl Fn(usize, usize) -> usize) -> Vec<Probe> {
        let probe = |question: usize| Probe {
            question,
            answers: (0..rounds).map(|round| Some(Reply::Label(answer(question, round)))).collect(),
            times: (0..rounds).map(|round| round as f64 / (rounds - 1) as f64).collect(),
        };
        (0..count).map(probe).collect()
    }

    #[test]
    fn a_model_that_stays_is_not_rejected_and_a_swap_is_seen() {
        let same = Identity::of(&probes(24, 10, |question, _| question % 2), [1; 32]);
        assert_eq!((same.p, same.changed(), same.spread), (Some(1.0), false, 0.0));
        // At each of these moments a model takes over that answers a quarter of the probes otherwise.
        for swap in [2, 3, 5, 7, 8] {
            let swapped = probes(24, 10, |question, round| usize::from(round >= swap && question % 4 == 0));
            assert!(Identity::of(&swapped, [2; 32]).changed(), "swap at {swap}");
        }
        // One answer that differs once is chance.
        let once = probes(24, 10, |question, round| usize::from(question == 3 && round == 4));
        assert!(!Identity::of(&once, [3; 32]).changed());
        let power: Vec<f64> = same.power.iter().map(|(_, power)| *power).collect();
        assert!(power[2] >= 0.95 && power[1] >= 0.6 && power[0] < power[2], "{power:?}");
    }

    #[test]
    fn noise_alone_is_rejected_about_as_often_as_the_test_says() {
        let mut rejected = 0;
        for seed in 0..200_u8 {
            let mut cipher = ChaCha20Rng::from_seed([seed; 32]);
            let drawn: Vec<usize> = (0..12 * 8).map(|_| (cipher.next_u32() % 3) as usize).collect();
            let tables: Vec<Table> = probes(12, 8, |question, round| drawn[question * 8 + round])
                .iter()
                .map(|probe| Table::of(&probe.answers))
                .collect();
            rejected += u32::from(chance(&tables, 8, [seed; 32], 199, None) <= 0.05);
        }
        // Binomial(200, 0.05): more than 20 has a chance below 0.2 %.
        assert!(rejected <= 20, "{rejected} of 200 at 5 %");
    }

    #[test]
    fn distances() {
        let cell = |text: &str| Reply::Cell(text.into());
        assert_eq!(distance(&cell("a b c"), &cell("a b d")), 1.0 - 2.0 / 3.0);
        assert_eq!(distance(&cell("[-1,-2]"), &cell("[-1.5,-2]")), 0.25);
        assert_eq!(distance(&Reply::Probabilities(vec![1.0, 0.0]), &Reply::Probabilities(vec![0.5, 0.5])), 0.5);
        assert_eq!(distance(&Reply::Scores(vec![0.0, 0.0]), &Reply::Scores(vec![7.0, 7.0])), 0.0);
        assert_eq!(distance(&Reply::Label(0), &cell("0")), 1.0);
    }
}
