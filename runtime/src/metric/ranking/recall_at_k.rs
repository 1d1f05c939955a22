//! Recall among the first k entries.

use super::{mean, rankings, ties};
use crate::metric::api::metric;

metric! {
    /// # Recall at k
    ///
    /// ## Measures
    /// The mean over queries of the relevant entries (grade above 0) among the first k over all relevant entries of the
    /// query; `k` is at least 1. A query without a relevant entry has 0.
    ///
    /// Interval: seeded Bayesian bootstrap with rows added where it hurts; a row is a query.
    ///
    /// ## Why it matters
    /// What a search hands on to a reader or to a language model is k entries: what is not among them is lost for good.
    ///
    /// ## How to mend
    /// Look at the relevant entries that stand below k. A larger k is the plain remedy where the next step can bear it;
    /// otherwise train on the queries that fail.
    ///
    /// ## Traps
    /// A query with more relevant entries than k cannot reach 1. Irrelevant entries among the first k cost nothing:
    /// look at the precision as well. Entries of equal score have no order: here the value is the mean over all their
    /// orders, so that of 4 tied entries for 2 places each counts half. Libraries leave such orders to their sorting.
    /// Queries without a relevant entry count as 0. Only entries that are in the row are known: relevant ones that were
    /// never gathered are missing from the denominator.
    ///
    /// ## References
    /// Manning, Raghavan and Schütze 2008, chapter 8; torchmetrics 1.9.0 `retrieval_recall`.
    ///
    /// ```json example
    /// {"parameters": {"k": 2}, "input": {"relevance": [[0, 1, 0, 1], [1, 0, 0, 0]], "scores": [[0.9, 0.8, 0.7, 0.1], [0.7, 0.3, 0.2, 0.1]]}, "expected": 0.75}
    /// ```
    /// ```json example
    /// {"parameters": {"k": 2}, "input": {"relevance": [[0, 1, 0, 1]], "scores": [[0.9, 0.8, 0.8, 0.1]]}, "expected": 0.25}
    /// ```
    /// ```lms pass
    /// recall_at_k(ranker, queries.test, k: 8) >= 0.4 at 95%
    /// ```
    /// ```lms fail
    /// recall_at_k(ranker, queries.test, k: 1) >= 0.99 at 95%
    /// ```
    "recall_at_k", version 1, equals "torchmetrics", reads Rankings, Higher,
    "measure recall_at_k(model: model, split: split, k: int = 10) -> score",
    |items, params| {
        let k = params.whole("k", 10, 1)?;
        Ok(mean(rankings(items)?, |relevance, scores| recall(relevance, scores, k)))
    }
}

/// The relevant entries that are expected among the first `k`, over all relevant ones.
fn recall(relevance: &[f64], scores: &[f64], k: usize) -> f64 {
    let marks: Vec<f64> = relevance.iter().map(|grade| f64::from(u8::from(*grade > 0.0))).collect();
    let (mut places, mut found) = (k, 0.0);
    for tie in ties(&marks, scores) {
        let taken = places.min(tie.entries);
        found += tie.gain * taken as f64 / tie.entries as f64;
        places -= taken;
    }
    let relevant: f64 = marks.iter().sum();
    if relevant > 0.0 { found / relevant } else { 0.0 }
}
