//! Normalised discounted cumulative gain.

use super::{Tie, depth, mean, rankings, ties};
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::{Items, Rankings};
use crate::metric::score::sum;

/// A grade from which on 2^grade is no float64.
const TOO_LARGE: f64 = 1024.0;

metric! {
    /// # nDCG
    ///
    /// ## Measures
    /// The mean over queries of DCG / best DCG. DCG = sum over ranks of gain / log2(rank + 1), the best DCG is that of
    /// the entries in the order of their grades. `gain: linear` takes the grade as gain, `gain: exponential` takes
    /// 2^grade - 1; `k` counts only the first k ranks, `k: 0` all. `ties: averaged` takes the mean over all orders of
    /// entries of equal score: each of them has the mean gain of them all. A query without a relevant entry has 0.
    ///
    /// Interval: seeded Bayesian bootstrap with rows added where it hurts; a row is a query.
    ///
    /// ## Why it matters
    /// Users look at the first results. This counts what good results stand where, with more than two grades.
    ///
    /// ## How to mend
    /// Look at the queries with the lowest values: if the good entries are far down, the ranking needs training on such
    /// queries; if none was among the entries, the step that gathers entries is at fault.
    ///
    /// ## Traps
    /// Linear and exponential gain are two metrics, and so is every k: name them. Queries without a relevant entry
    /// count as 0, as in the reference, though no ranking can do better there. Queries with few entries are easy. A
    /// query with fewer than two entries cannot be ranked and is refused, as are grades of 1024 and above where the
    /// gain is exponential.
    ///
    /// ## References
    /// Järvelin and Kekäläinen 2002; McSherry and Najork 2008 for ties; scikit-learn 1.9.1 `ndcg_score`.
    ///
    /// ```json example
    /// {"parameters": {"gain": "linear", "ties": "averaged", "k": 0}, "input": {"relevance": [[3, 0, 2, 0], [0, 1, 0, 0]], "scores": [[0.9, 0.8, 0.7, 0.1], [0.2, 0.4, 0.4, 0.4]]}, "expected": 0.8244336849513327}
    /// ```
    /// ```json example
    /// {"parameters": {"gain": "exponential", "ties": "averaged", "k": 2}, "input": {"relevance": [[3, 0, 2, 0], [0, 1, 0, 0]], "scores": [[0.9, 0.8, 0.7, 0.1], [0.2, 0.4, 0.4, 0.4]]}, "expected": 0.6653989270907288}
    /// ```
    /// ```lms pass
    /// ndcg(ranker, queries.test) >= 0.4 at 95%
    /// ```
    /// ```lms fail
    /// ndcg(ranker, queries.test, gain: exponential, k: 3) >= 0.995 at 95%
    /// ```
    "ndcg", version 1, equals "scikit-learn", reads Rankings, Higher,
    "measure ndcg(model: model, split: split, gain: text[linear, exponential] = linear, k: int = 0, ties: text[averaged] = averaged) -> score",
    bind
}

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let rankings = rankings(items)?;
    let exponential = params.word("gain", &[("linear", false), ("exponential", true)])?;
    params.word("ties", &[("averaged", ())])?;
    let k = depth(params)?;
    check(rankings, exponential)?;
    Ok(mean(rankings, |grades, scores| ndcg(&gains(grades, exponential), scores, k)))
}

fn check(rankings: &Rankings, exponential: bool) -> Result<(), Refusal> {
    for (row, grades) in rankings.relevance.iter().enumerate() {
        let (fault, mend) = match grades.as_slice() {
            [] | [_] => ("a query has fewer than two entries", "leave the query out: one entry has no order"),
            grades if exponential && grades.iter().any(|grade| *grade >= TOO_LARGE) => {
                ("a grade is too large for an exponential gain", "write `gain: linear`, or smaller grades")
            }
            _ => continue,
        };
        return Err(Refusal::new(format!("{fault} (row {})", row + 1), mend));
    }
    Ok(())
}

/// The gains in units of the largest, which nDCG does not depend on and which keeps sums finite.
fn gains(grades: &[f64], exponential: bool) -> Vec<f64> {
    let gain = |grade: &f64| if exponential { grade.exp2() - 1.0 } else { *grade };
    let largest = grades.iter().map(gain).fold(0.0, f64::max);
    grades.iter().map(|grade| if largest > 0.0 { gain(grade) / largest } else { 0.0 }).collect()
}

fn ndcg(gains: &[f64], scores: &[f64], k: usize) -> f64 {
    let best = dcg(&ties(gains, gains), k);
    if best > 0.0 { (dcg(&ties(gains, scores), k) / best).min(1.0) } else { 0.0 }
}

/// The discounted gain of the first `k` ranks.
fn dcg(ties: &[Tie], k: usize) -> f64 {
    let mut rank = 0;
    sum(ties.iter().map(|tie| {
        let ranks = rank + 1..=k.min(rank + tie.entries);
        rank += tie.entries;
        tie.gain / tie.entries as f64 * sum(ranks.map(|rank| 1.0 / (rank as f64 + 1.0).log2()))
    }))
}
