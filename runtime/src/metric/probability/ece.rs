//! Expected calibration error: whether a confidence of 80 % means right in 80 % of cases.

use super::{probabilities, score_of};
use crate::metric::api::{Refusal, metric};
use crate::metric::items::{Items, Scores};
use crate::metric::score::{Law, Score, Weighed};

/// Most bins: more than any data set can fill.
const MOST_BINS: usize = 10_000;

/// Where the bins end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edges {
    RightClosed,
    Torchmetrics,
    Adaptive,
}

/// The words of the parameter `edges`.
const EDGES: &[(&str, Edges)] =
    &[("right_closed", Edges::RightClosed), ("torchmetrics", Edges::Torchmetrics), ("adaptive", Edges::Adaptive)];

metric! {
    /// # Expected calibration error
    ///
    /// ## Measures
    /// The sum over bins of (rows of the bin / rows) x |accuracy of the bin - mean confidence of the bin|; lower is
    /// better. The confidence is the highest probability of the row, and the row is right where its class is the true
    /// one (of equal probabilities the class declared first); or both are given. `bins` is how many bins there are
    /// (10). `edges` says where they end: `right_closed` (equal widths; a confidence on an edge is in the lower bin,
    /// and 0 in the first), `torchmetrics` (equal widths; a confidence on an edge is in the upper bin, and 1 has a bin
    /// of its own), `adaptive` (rows sorted by confidence and cut into parts of equal size, of which the first ones are
    /// one row larger).
    ///
    /// It has a seeded bootstrap, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// Whoever acts on a confidence, by asking a person below a threshold for example, needs it to be true.
    ///
    /// ## How to mend
    /// Scale the temperature, or fit an isotonic regression, on a split that is neither trained on nor measured.
    ///
    /// ## Traps
    /// Values with other bins or edges do not compare: the edge rules alone change it. It is biased upward where bins
    /// hold few rows, and a model that always gives its mean accuracy has none, so ask for `brier` beside it. Only the
    /// class on top is looked at. Under `adaptive`, rows of equal confidence that a cut goes through are shared between
    /// both parts in proportion, so that the order of the rows changes nothing; the reference for whole parts takes
    /// them as they stand in the file. Rows with weights are cut by weight. Probabilities that do not sum to 1 within
    /// 0.001 are refused, and so are more than 10,000 bins.
    ///
    /// ## References
    /// Naeini, Cooper and Hauskrecht 2015; Guo and others 2017; Nguyen and O'Connor 2015 for `adaptive`; torchmetrics
    /// `calibration_error` in float64 for `torchmetrics`, of which the others are variants with other bins.
    ///
    /// ```json example
    /// {"parameters": {"bins": 10, "edges": "right_closed"}, "input": {"confidence": [0.95, 0.9, 0.7, 0.65, 0.6], "correct": [1, 1, 1, 0, 1]}, "expected": 0.18000000000000002}
    /// ```
    /// ```json example
    /// {"parameters": {"bins": 10, "edges": "torchmetrics"}, "input": {"confidence": [0.95, 0.9, 0.7, 0.65, 0.6], "correct": [1, 1, 1, 0, 1]}, "expected": 0.14}
    /// ```
    /// ```json example
    /// {"parameters": {"bins": 2, "edges": "adaptive"}, "input": {"confidence": [0.95, 0.9, 0.7, 0.65, 0.6], "correct": [1, 1, 1, 0, 1]}, "expected": 0.039999999999999945}
    /// ```
    /// ```lms pass
    /// ece(classifier, reviews.test) <= 0.45 at 95%
    /// ```
    /// ```lms fail
    /// ece(classifier, reviews.test) <= 0.0001 at 95%
    /// ```
    "ece", version 1, equals "torchmetrics", reads Scores | Confidences, Lower,
    "measure ece(model: model, split: split, bins: int = 10, edges: text[right_closed, torchmetrics, adaptive] = right_closed) -> score",
    |items, params| {
        let bins = params.whole("bins", 10, 1)?;
        if bins > MOST_BINS {
            let message = format!("there are more than {MOST_BINS} bins");
            return Err(Refusal::new(message, "write fewer, for example `bins: 10`"));
        }
        let edges = params.word("edges", EDGES)?;
        let rows = confident(items)?;
        let score = match edges {
            Edges::Adaptive => Score::over(rows, Law::Sample, move |weighed| equal_parts(weighed, bins)),
            _ => {
                let place = places(edges, bins);
                let rows = rows.into_iter().map(|[confidence, right]| [place(confidence) as f64, right - confidence]);
                Score::over(rows, Law::Sample, equal_widths)
            }
        };
        Ok(score.into())
    }
}

/// Of each row the confidence, and 1 where it is right.
fn confident(items: &Items) -> Result<Vec<[f64; 2]>, Refusal> {
    let row = |confidence: f64, right: bool| [confidence, f64::from(u8::from(right))];
    match items {
        Items::Confidences(rows) => {
            Ok(rows.confidence.iter().zip(&rows.correct).map(|(confidence, right)| row(*confidence, *right)).collect())
        }
        _ => {
            let scores = probabilities(items)?;
            let tops = scores.rows().map(|(truth, scored)| (truth, top(scores, scored)));
            Ok(tops.map(|(truth, (class, confidence))| row(confidence, class == truth)).collect())
        }
    }
}

/// The class of the highest probability, the first of equal ones, and that probability.
fn top(scores: &Scores, row: &[f64]) -> (usize, f64) {
    let all = (0..scores.classes).map(|class| (class, score_of(row, class)));
    all.fold((0, f64::NEG_INFINITY), |best, one| if one.1 > best.1 { one } else { best })
}

/// The bin of a confidence. The edges are those that the libraries compute in float64, to the last bit: NumPy's for
/// `right_closed`; torch's, which counts down from 1 in the upper half with one rounding, for `torchmetrics`.
fn places(edges: Edges, bins: usize) -> impl Fn(f64) -> usize {
    let step = 1.0 / bins as f64;
    let numpy = |at: usize| if at == bins { 1.0 } else { at as f64 * step };
    let torch =
        |at: usize| if at < bins.div_ceil(2) { at as f64 * step } else { (-step).mul_add((bins - at) as f64, 1.0) };
    let right_closed = edges == Edges::RightClosed;
    let ends: Vec<f64> = (0..=bins).map(|at| if right_closed { numpy(at) } else { torch(at) }).collect();
    move |confidence| match right_closed {
        true => ends.partition_point(|end| *end < confidence).saturating_sub(1).min(bins - 1),
        false => ends.partition_point(|end| *end <= confidence).saturating_sub(1),
    }
}

/// Of atoms [bin, right - confidence], which stand in the order of the bins.
fn equal_widths(weighed: &Weighed<'_>) -> Option<f64> {
    let (mut bin, mut gap, mut sum) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (atom, weight) in weighed.iter() {
        if atom[0] != bin {
            sum += gap.abs();
            (bin, gap) = (atom[0], 0.0);
        }
        gap += weight * atom[1];
    }
    let total = weighed.total();
    (total > 0.0).then(|| (sum + gap.abs()) / total)
}

/// Rows of one confidence.
struct Tie {
    confidence: f64,
    weight: f64,
    /// The weighted sum of right - confidence.
    gap: f64,
}

/// Of atoms [confidence, right], which stand in the order of confidence.
fn equal_parts(weighed: &Weighed<'_>, bins: usize) -> Option<f64> {
    let (ties, total) = (ties(weighed), weighed.total());
    let cut = cuts(weighed, total, bins);
    let (mut part, mut filled, mut gap, mut sum) = (1, 0.0_f64, 0.0_f64, 0.0_f64);
    for tie in ties {
        let (mut left, each) = (tie.weight, tie.gap / tie.weight);
        // Each turn ends a part; the last one takes what is left.
        while part < bins && cut(part) - filled <= left {
            let room = (cut(part) - filled).max(0.0);
            sum += (gap + room * each).abs();
            (gap, left, filled) = (0.0, left - room, cut(part));
            part += 1;
        }
        gap += left * each;
        filled += left;
    }
    (total > 0.0).then(|| (sum + gap.abs()) / total)
}

fn ties(weighed: &Weighed<'_>) -> Vec<Tie> {
    let mut ties: Vec<Tie> = Vec::new();
    for (atom, weight) in weighed.iter() {
        let (confidence, gap) = (atom[0], weight * (atom[1] - atom[0]));
        match ties.last_mut() {
            Some(tie) if tie.confidence == confidence => {
                tie.weight += weight;
                tie.gap += gap;
            }
            _ => ties.push(Tie { confidence, weight, gap }),
        }
    }
    ties
}

/// How much weight the first parts hold together. In units of one row, as in NumPy's `array_split`: all parts hold the
/// whole part of the mean, and the first ones one more until the weight is spent. Where weights are fractions that do
/// not even give each part a unit, parts are of equal weight, or all rows would be in the first few.
fn cuts(weighed: &Weighed<'_>, total: f64, bins: usize) -> impl Fn(usize) -> f64 {
    let mean = total / bins as f64;
    let units = mean >= 1.0 || weighed.iter().all(|(_, weight)| weight.fract() == 0.0);
    let base = mean.floor();
    let more = total - base * bins as f64;
    move |part| {
        let part = part as f64;
        if units { base * part + part.min(more) } else { mean * part }
    }
}
