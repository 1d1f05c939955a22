//! Choosing the next id from unnormalised log-probabilities.
//!
//! Ids are first scaled by the temperature, then cut to the `top_k` likeliest, then to the smallest set of likeliest ids
//! whose probabilities reach `top_p`; of these one is drawn by its probability. The order is that of the Hugging Face
//! library (`TemperatureLogitsWarper`, `TopKLogitsWarper`, `TopPLogitsWarper`; Holtzman et al. 2020 for top-p).

use crate::value::ExecError;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// How the next id is chosen.
pub enum Sampler {
    /// The likeliest; of equals the lowest.
    Greedy,
    /// One drawn by its probability.
    Drawn {
        /// Which ids, and how they weigh.
        shape: Shape,
        /// Where chance comes from.
        random: Box<ChaCha8Rng>,
    },
}

/// What is drawn from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Shape {
    /// Log-probabilities are divided by it; above 0.
    pub temperature: f64,
    /// Ids that stay, likeliest first; all if none. Ids as likely as the last of them stay too.
    pub top_k: Option<usize>,
    /// The probability that the ids that stay together have at least, in (0, 1].
    pub top_p: f64,
}

impl Default for Shape {
    fn default() -> Shape {
        Shape { temperature: 1.0, top_k: None, top_p: 1.0 }
    }
}

impl Sampler {
    /// Draws from `seed`.
    ///
    /// # Errors
    /// Where the shape leaves nothing to draw from.
    pub fn drawn(shape: Shape, seed: [u8; 32]) -> Result<Sampler, ExecError> {
        let sound = shape.temperature > 0.0
            && shape.temperature.is_finite()
            && shape.top_k != Some(0)
            && shape.top_p > 0.0
            && shape.top_p <= 1.0;
        if !sound {
            return Err(ExecError::new("a temperature is above 0, top_k at least 1 and top_p in (0, 1]"));
        }
        Ok(Sampler::Drawn { shape, random: Box::new(ChaCha8Rng::from_seed(seed)) })
    }

    /// The next id.
    ///
    /// # Errors
    /// Where a log-probability is not a number, or there are none.
    pub fn choose(&mut self, logits: &[f64]) -> Result<u32, ExecError> {
        if logits.is_empty() || logits.iter().any(|logit| logit.is_nan()) {
            return Err(ExecError::new("the model gives no numbers to choose the next id by"));
        }
        let chosen = match self {
            Sampler::Greedy => (0..logits.len()).reduce(|best, at| if logits[at] > logits[best] { at } else { best }),
            Sampler::Drawn { shape, random } => {
                let shares = probabilities(logits, shape);
                // Uniform in [0, 1), from 53 bits.
                let mut left = (random.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0;
                let last = shares.iter().rposition(|share| *share > 0.0);
                let drawn = shares.iter().position(|share| {
                    left -= share;
                    *share > 0.0 && left < 0.0
                });
                drawn.or(last)
            }
        };
        let chosen = chosen.and_then(|id| u32::try_from(id).ok());
        chosen.ok_or_else(|| ExecError::new("there is no id to choose"))
    }
}

/// The probability of each id under a shape; 0 for those that do not stay.
pub fn probabilities(logits: &[f64], shape: &Shape) -> Vec<f64> {
    let scaled: Vec<f64> = logits.iter().map(|logit| logit / shape.temperature).collect();
    let mut order: Vec<usize> = (0..scaled.len()).collect();
    order.sort_by(|a, b| scaled[*b].total_cmp(&scaled[*a]));
    let floor = shape.top_k.and_then(|k| order.get(k.saturating_sub(1))).map_or(f64::NEG_INFINITY, |id| scaled[*id]);
    order.retain(|id| scaled[*id] >= floor);
    let stay: Vec<f64> = order.iter().map(|id| scaled[*id]).collect();
    let (total, mut before) = (log_sum_exp(&stay), 0.0);
    // An id stays as long as those before it do not reach the bar; the likeliest always does.
    order.retain(|id| {
        // At 1 all stay, also those that come when the sum has rounded to 1.
        let stays = shape.top_p >= 1.0 || before < shape.top_p;
        before += (scaled[*id] - total).exp();
        stays
    });
    let stay: Vec<f64> = order.iter().map(|id| scaled[*id]).collect();
    let total = log_sum_exp(&stay);
    let mut shares = vec![0.0; logits.len()];
    for id in order {
        shares[id] = (scaled[id] - total).exp();
    }
    shares
}

/// `log(Σ exp(x))`, without overflow.
pub fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest.is_infinite() {
        return largest;
    }
    largest + values.iter().map(|value| (value - largest).exp()).sum::<f64>().ln()
}
