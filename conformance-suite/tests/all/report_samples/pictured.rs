//! A report whose measurements have pictures of every kind, some of them shared by several clauses.

use super::{clause, conforms, estimate, number};
use lmstd_conformance_suite::verdict::{ClauseReport, Figure, GroupValue, Level, Measured, Report};

/// Values by group; a calibration error in two clauses and a Brier score of the same answers; both curves; a number on a
/// scale of its own.
pub fn pictured() -> Report {
    let mut report = conforms();
    report.clauses.extend([
        one("FAIR-1", by_group()),
        one("CAL-1", calibration(0.05)),
        one("CAL-2", calibration(0.06)),
        one("CAL-3", brier()),
        one("RANK-1", ranking("roc_auc", 0.8521, Figure::Roc { points: roc() })),
        one("RANK-2", ranking("average_precision", 0.8377, Figure::PrecisionRecall { points: precision() })),
        one("LM-1", perplexity()),
    ]);
    report
}

fn one(id: &str, measured: Measured) -> ClauseReport {
    let bar = measured.bar.as_ref().map_or(0.0, |bar| bar.value);
    let bar = format!("{} held against {bar}", measured.measure);
    let mut clause = clause(id, Level::Should, "A number has its picture.", "数值附有图示。", &bar);
    clause.measured = vec![measured];
    clause
}

fn by_group() -> Measured {
    let group = |label: &str, n, value: Option<f64>| GroupValue {
        label: label.to_owned(),
        n,
        value,
        interval: value.map(|value| [value - 0.03, value + 0.03]),
    };
    let groups = vec![group("women", 1_000, Some(0.7858)), group("men", 990, Some(0.7612)), group("<b>&", 10, None)];
    let accuracy = number("accuracy(classifier, reviews.test) by gender", 0.7612, "", ">=", 0.7);
    Measured {
        figures: vec![Figure::Groups { groups }],
        ..estimate(accuracy, [0.7203, 0.7989], 2_000, "clopper-pearson")
    }
}

fn reliability() -> Figure {
    Figure::Reliability { bins: vec![[0.5, 0.6, 0.55, 0.5], [0.9, 1.0, 0.96, 0.94]], rows: vec![400, 1_600] }
}

fn calibration(bar: f64) -> Measured {
    let error = number("ece(classifier, reviews.test)", 0.026, "", "<=", bar);
    let histogram = Figure::Histogram { low: 0.01, high: 0.05, counts: vec![100, 900, 800, 200] };
    Measured { figures: vec![histogram, reliability()], ..estimate(error, [0.0151, 0.0433], 2_000, "bca-bootstrap") }
}

fn brier() -> Measured {
    let brier = number("brier(classifier, reviews.test)", 0.31, "", "<=", 0.4);
    Measured { figures: vec![reliability()], ..estimate(brier, [0.29, 0.33], 2_000, "bayesian-bootstrap") }
}

fn ranking(metric: &str, value: f64, figure: Figure) -> Measured {
    let area = number(&format!("{metric}(classifier, reviews.test)"), value, "", ">=", 0.8);
    Measured { figures: vec![figure], ..estimate(area, [value - 0.02, value + 0.02], 2_000, "bca-bootstrap") }
}

fn roc() -> Vec<[f64; 2]> {
    vec![[0.0, 0.0], [0.1, 0.6], [0.4, 0.9], [1.0, 1.0]]
}

fn precision() -> Vec<[f64; 2]> {
    vec![[0.2, 1.0], [0.6, 0.9], [1.0, 0.5]]
}

fn perplexity() -> Measured {
    let perplexity = number("perplexity(classifier, reviews.test)", 23.4, "", "<=", 30.0);
    estimate(perplexity, [21.9, 25.2], 2_000, "clustered-bca-bootstrap")
}
