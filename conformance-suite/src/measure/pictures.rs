//! What pictures of a metric show, out of the rows that it read: points of curves and bins, few enough for a report.

use crate::report::figure::{POINTS_MAX, thinned};
use crate::verdict::Figure;
use lmstd_runtime::metric::Items;
use lmstd_runtime::metric::items::Scores;

/// Bins of a reliability diagram.
const BINS: usize = 10;

/// The pictures that belong to a metric, of the rows that count.
pub fn of(id: &str, items: &Items, rows: &[usize]) -> Vec<Figure> {
    let Items::Scores(all) = items else { return Vec::new() };
    let truth = rows.iter().filter_map(|&row| all.truth.get(row).copied()).collect();
    let kept = rows.iter().filter_map(|&row| all.scores.get(row).cloned()).collect();
    let scores = &Scores { classes: all.classes, truth, scores: kept };
    match id {
        "ece" | "brier" | "log_loss" => vec![reliability(scores)],
        "roc_auc" => roc(scores).into_iter().collect(),
        "average_precision" => precision_recall(scores).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Probability of a class in a row; of one number a row that is class 1's.
fn probability(row: &[f64], class: usize) -> f64 {
    match row {
        [only] if class == 0 => 1.0 - only,
        [only] => *only,
        many => many.get(class).copied().unwrap_or(0.0),
    }
}

/// Rows by how sure the model was of its answer, in bins of equal width; a confidence on an edge is in the lower bin.
fn reliability(scores: &Scores) -> Figure {
    let mut sums = [[0.0_f64; 2]; BINS];
    let mut counts = [0_u64; BINS];
    for (truth, row) in scores.truth.iter().zip(&scores.scores) {
        let (mut top, mut confidence) = (0, f64::NEG_INFINITY);
        for class in 0..scores.classes {
            let sure = probability(row, class);
            if sure > confidence {
                (top, confidence) = (class, sure);
            }
        }
        let bin = ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
        sums[bin][0] += confidence;
        sums[bin][1] += f64::from(u8::from(top == *truth as usize));
        counts[bin] += 1;
    }
    let edge = |bin: usize| bin as f64 / BINS as f64;
    let full = (0..BINS).filter(|&bin| counts[bin] > 0);
    let bin = |bin: usize| {
        let rows = counts[bin] as f64;
        [edge(bin), edge(bin + 1), sums[bin][0] / rows, sums[bin][1] / rows]
    };
    Figure::Reliability { bins: full.clone().map(bin).collect(), rows: full.map(|bin| counts[bin]).collect() }
}

/// Running counts of (negatives, positives) by falling score of class 1, ties together; both totals above 0.
fn ranked(scores: &Scores) -> Option<(Vec<[f64; 2]>, [f64; 2])> {
    if scores.classes != 2 {
        return None;
    }
    let row = |(truth, row): (&u32, &Vec<f64>)| (probability(row, 1), *truth == 1);
    let mut rows: Vec<(f64, bool)> = scores.truth.iter().zip(&scores.scores).map(row).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut counts = [0.0_f64; 2];
    let mut steps = Vec::new();
    for tie in rows.chunk_by(|a, b| a.0 == b.0) {
        tie.iter().for_each(|(_, positive)| counts[usize::from(*positive)] += 1.0);
        steps.push(counts);
    }
    (counts[0] > 0.0 && counts[1] > 0.0).then_some((steps, counts))
}

fn roc(scores: &Scores) -> Option<Figure> {
    let (steps, [negatives, positives]) = ranked(scores)?;
    let points = steps.into_iter().map(|[false_alarms, hits]| [false_alarms / negatives, hits / positives]);
    let points: Vec<[f64; 2]> = std::iter::once([0.0, 0.0]).chain(points).collect();
    Some(Figure::Roc { points: thinned(&points, POINTS_MAX) })
}

fn precision_recall(scores: &Scores) -> Option<Figure> {
    let (steps, [_, positives]) = ranked(scores)?;
    let points = steps.into_iter().map(|[false_alarms, hits]| [hits / positives, hits / (hits + false_alarms)]);
    Some(Figure::PrecisionRecall { points: thinned(&points.collect::<Vec<_>>(), POINTS_MAX) })
}
