//! Metrics of rankings: a row is a query with entries, each with a grade (0 is not relevant) and the score that ranks
//! it. All are means over queries. Entries of equal score have no order of their own: each metric says what it makes of
//! them.

pub mod mrr;
pub mod ndcg;
pub mod recall_at_k;

use super::api::{Params, Refusal, Scores};
use super::items::{Items, Rankings};
use super::score::{Score, sum};
use rayon::prelude::*;

/// The rankings of the items.
///
/// # Errors
/// For items of another kind.
pub fn rankings(items: &Items) -> Result<&Rankings, Refusal> {
    match items {
        Items::Rankings(rankings) => Ok(rankings),
        _ => Err(Refusal::kind()),
    }
}

/// The mean over queries of a number in 0..=1 that is made of the grades and the scores of a query's entries.
fn mean(rankings: &Rankings, of: impl Fn(&[f64], &[f64]) -> f64 + Send + Sync) -> Scores {
    let queries = rankings.relevance.par_iter().zip(&rankings.scores);
    let values: Vec<f64> = queries.map(|(relevance, scores)| of(relevance, scores)).collect();
    Score::mean(values, 0.0, 1.0).into()
}

/// How many of the first entries count; all of them where `k` is 0.
fn depth(params: &Params) -> Result<usize, Refusal> {
    Ok(match params.whole("k", 0, 0)? {
        0 => usize::MAX,
        k => k,
    })
}

/// Entries of one score.
struct Tie {
    /// How many there are; at least one.
    entries: usize,
    /// The sum of their gains.
    gain: f64,
}

/// The entries by falling score, those of one score together.
fn ties(gains: &[f64], scores: &[f64]) -> Vec<Tie> {
    let mut entries: Vec<(f64, f64)> = scores.iter().copied().zip(gains.iter().copied()).collect();
    // The gains decide among equal scores, so that the given order of the entries cannot change a bit of their sum.
    entries.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let tied = entries.chunk_by(|a, b| a.0 == b.0);
    tied.map(|tie| Tie { entries: tie.len(), gain: sum(tie.iter().map(|entry| entry.1)) }).collect()
}
