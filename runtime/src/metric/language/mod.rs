//! Metrics of language models: how likely a text is to them, and whether they choose or restore what is right. The
//! logarithms of probabilities are natural ones.

pub mod bits_per_byte;
pub mod byte_perplexity;
pub mod choice_accuracy;
pub mod masked_accuracy;
pub mod perplexity;
pub mod word_perplexity;

use super::api::{Refusal, Scores};
use super::items::{Items, Likelihoods};
use super::score::{Law, Score, sum};
use rayon::prelude::*;

/// The texts of the items. One without the likelihood of any token would count as certain, and so it is refused.
fn likelihoods(items: &Items) -> Result<&Likelihoods, Refusal> {
    let Items::Likelihoods(rows) = items else { return Err(Refusal::kind()) };
    match rows.loglikelihoods.iter().position(Vec::is_empty) {
        None => Ok(rows),
        Some(row) => Err(Refusal::new(
            format!("a text has no log-likelihood of any token (row {})", row + 1),
            "leave the text out, or give the log-likelihood of each of its tokens",
        )),
    }
}

/// A metric of the nats that the texts have for each unit: all their nats over all their units. `units` counts those of
/// a text with its tokens, `value` makes the metric of the quotient.
fn per_unit(
    items: &Items,
    units: impl Fn(&str, &[f64]) -> usize + Sync,
    value: fn(f64) -> f64,
) -> Result<Scores, Refusal> {
    let rows = likelihoods(items)?;
    let texts = rows.texts.par_iter().zip(&rows.loglikelihoods);
    let atoms: Vec<[f64; 2]> = texts.map(|(text, tokens)| [nats(tokens), units(text, tokens) as f64]).collect();
    let score = Score::over(atoms, Law::Sample, move |weighed| {
        let [nats, units] = weighed.sums();
        (units > 0.0).then(|| value(nats / units))
    });
    Ok(score.into())
}

/// How unlikely a text is, in nats: its negative log-likelihood.
fn nats(tokens: &[f64]) -> f64 {
    -sum(tokens.iter().copied())
}
