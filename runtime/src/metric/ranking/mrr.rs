//! Mean reciprocal rank.

use super::{depth, mean, rankings};
use crate::metric::api::metric;

metric! {
    /// # MRR
    ///
    /// ## Measures
    /// The mean over queries of 1 / rank of the first relevant entry (grade above 0). `k` counts only the first k
    /// ranks: a query whose first relevant entry comes later has 0; `k: 0` counts all. A query without a relevant entry
    /// has 0.
    ///
    /// Interval: seeded Bayesian bootstrap with rows added where it hurts; a row is a query.
    ///
    /// ## Why it matters
    /// Where one right result is enough (an answer, a page that is looked for), it says how far down users find it.
    ///
    /// ## How to mend
    /// Look at the queries whose first relevant entry stands second or third: what stands before it shows what the
    /// ranking mistakes for relevant. If it is not among the entries at all, the step that gathers entries is at fault.
    ///
    /// ## Traps
    /// Only the first relevant entry counts. Rank 1 against rank 2 weighs as much as rank 2 against the end of the
    /// list. Entries of equal score have no order: here the relevant one is taken to stand last among them, its worst
    /// place, so that a model which gives all entries one score gains nothing by it. Libraries leave such orders to
    /// their sorting. Queries without a relevant entry count as 0.
    ///
    /// ## References
    /// Voorhees 1999 (TREC-8, question answering); torchmetrics 1.9.0 `retrieval_reciprocal_rank`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"relevance": [[0, 1, 0, 1], [1, 0, 0, 0]], "scores": [[0.9, 0.8, 0.7, 0.1], [0.7, 0.3, 0.2, 0.1]]}, "expected": 0.75}
    /// ```
    /// ```json example
    /// {"parameters": {"k": 2}, "input": {"relevance": [[0, 1, 0], [1, 0, 0]], "scores": [[0.9, 0.8, 0.7], [0.5, 0.5, 0.5]]}, "expected": 0.25}
    /// ```
    /// ```lms pass
    /// mrr(ranker, queries.test) >= 0.3 at 95%
    /// ```
    /// ```lms fail
    /// mrr(ranker, queries.test, k: 5) >= 0.995 at 95%
    /// ```
    "mrr", version 1, equals "torchmetrics", reads Rankings, Higher,
    "measure mrr(model: model, split: split, k: int = 0) -> score",
    |items, params| {
        let k = depth(params)?;
        Ok(mean(rankings(items)?, |relevance, scores| reciprocal_rank(relevance, scores, k)))
    }
}

/// 1 / rank of the first relevant entry at its worst place, or 0 where none is among the first `k`.
fn reciprocal_rank(relevance: &[f64], scores: &[f64], k: usize) -> f64 {
    let entries = || relevance.iter().zip(scores);
    let relevant = entries().filter(|(grade, _)| **grade > 0.0).map(|(_, score)| *score);
    let Some(best) = relevant.reduce(f64::max) else { return 0.0 };
    let before = entries().filter(|(grade, score)| **grade <= 0.0 && **score >= best).count();
    if before < k { 1.0 / (before as f64 + 1.0) } else { 0.0 }
}
