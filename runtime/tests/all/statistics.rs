//! Metrics and statistics against scikit-learn, statsmodels and scipy (`tests/reference/metrics.py`, versions inside).

use lmstd_runtime::metric::items::Classes;
use lmstd_runtime::metric::{self, Items, Param, Params, Sampling, Score, composite};
use lmstd_runtime::statistics::bootstrap::Units;
use lmstd_runtime::statistics::{
    Bootstrap, clopper_pearson, nearest_rank, order_statistic_interval, rate_interval, samples_for_both_ends, wilson,
};
use serde_json::Value;
use statrs::distribution::{Binomial, Discrete};
use std::collections::HashMap;

fn reference() -> Value {
    serde_json::from_str(include_str!("../reference/metrics.json")).unwrap()
}

fn close(ours: Option<f64>, theirs: &Value, tolerance: f64, what: &str) {
    let (ours, theirs) = (ours.unwrap_or(f64::NAN), theirs.as_f64().unwrap());
    assert!((ours - theirs).abs() <= tolerance, "{what}: {ours} is not {theirs}");
}

/// Parameters by name.
fn params(given: &[(&str, Param)]) -> Params {
    Params(given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

/// A metric of rows that fall into the cells of a table so often.
fn of_counts(id: &str, given: &[(&str, Param)], counts: &[u64]) -> Score {
    let classes = counts.len().isqrt();
    let (mut truth, mut predicted) = (Vec::new(), Vec::new());
    for (cell, count) in counts.iter().enumerate() {
        truth.extend(std::iter::repeat_n((cell / classes) as u32, *count as usize));
        predicted.extend(std::iter::repeat_n((cell % classes) as u32, *count as usize));
    }
    let items = Items::Classes(Classes { classes, truth, predicted });
    metric::find(id).unwrap().of(&items, &params(given)).unwrap().0.remove(0).1
}

fn text(word: &str) -> Param {
    Param::Text(word.into())
}

#[test]
fn every_average_of_every_metric_is_scikit_learns() {
    let mut compared = 0;
    for case in reference()["confusions"].as_array().unwrap() {
        let lines = case["counts"].as_array().unwrap();
        let counts: Vec<u64> =
            lines.iter().flat_map(|line| line.as_array().unwrap()).map(|n| n.as_u64().unwrap()).collect();
        let run = |name: &str, given: &[(&str, Param)]| of_counts(name, given, &counts).value();
        close(run("accuracy", &[]), &case["accuracy"], 1e-12, "accuracy");
        for name in ["precision", "recall", "f1"] {
            for average in ["macro", "micro", "weighted"] {
                for (zero, word) in [(0, "zero"), (1, "one")] {
                    let key = format!("{name} {average} {zero}");
                    let ours = run(name, &[("average", text(average)), ("zero_division", text(word))]);
                    close(ours, &case[&key], 1e-12, &key);
                    compared += 1;
                }
            }
            for (class, value) in case[&format!("{name} each 0")].as_array().unwrap().iter().enumerate() {
                let of = Param::Class(class as u32, class.to_string());
                let ours = run(name, &[("class", of), ("zero_division", text("zero"))]);
                close(ours, value, 1e-12, &format!("{name} of class {class}"));
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "{compared}");
}

#[test]
fn an_undefined_metric_is_none_and_never_a_number() {
    let counts = [3, 0, 2, 0];
    let of = |given: &[(&str, Param)]| of_counts("precision", given, &counts).value();
    assert_eq!(of(&[("class", Param::Class(1, "1".into()))]), None, "nothing is predicted as class 1");
    assert_eq!(of(&[("average", text("macro"))]), None);
}

#[test]
fn clopper_and_pearsons_interval_is_statsmodels() {
    for row in reference()["exact"].as_array().unwrap() {
        let (low, high) = clopper_pearson(row[0].as_u64().unwrap(), row[1].as_u64().unwrap(), row[2].as_f64().unwrap());
        close(Some(low), &row[3], 1e-9, &format!("{row} low"));
        close(Some(high), &row[4], 1e-9, &format!("{row} high"));
    }
    assert_eq!(clopper_pearson(0, 0, 0.95), (0.0, 1.0), "nothing is known of no rows");
    assert_eq!(clopper_pearson(3, 2, 0.95), (0.0, 1.0), "nor of more hits than rows");
}

#[test]
fn wilsons_interval_is_statsmodels_and_stands_where_both_outcomes_are_many() {
    for row in reference()["wilson"].as_array().unwrap() {
        let (low, high) = wilson(row[0].as_u64().unwrap(), row[1].as_u64().unwrap(), row[2].as_f64().unwrap());
        close(Some(low), &row[3], 1e-9, &format!("{row} low"));
        close(Some(high), &row[4], 1e-9, &format!("{row} high"));
    }
    assert_eq!(wilson(0, 0, 0.95), (0.0, 1.0), "nothing is known of no rows");
    assert_eq!(rate_interval(10, 20, 0.95), (wilson(10, 20, 0.95), "wilson"));
    for (hits, n) in [(9, 2_000), (1_991, 2_000), (0, 0), (5, 5)] {
        assert_eq!(rate_interval(hits, n, 0.95), (clopper_pearson(hits, n, 0.95), "clopper-pearson"), "{hits} of {n}");
    }
}

/// No chance: the law of the number of hits is summed up.
#[test]
fn an_exact_interval_misses_on_neither_side_more_often_than_it_may() {
    for (n, confidence) in [(1, 0.95), (4, 0.95), (35, 0.95), (150, 0.999), (200, 0.95), (1_000, 0.95)] {
        let ends: Vec<(f64, f64)> = (0..=n).map(|hits| clopper_pearson(hits, n, confidence)).collect();
        for percent in (2..100).step_by(3) {
            let rate = f64::from(percent) / 100.0;
            let law = Binomial::new(rate, n).unwrap();
            let chance = |wrong: &dyn Fn(&(f64, f64)) -> bool| -> f64 {
                (0..=n).zip(&ends).map(|(hits, ends)| if wrong(ends) { law.pmf(hits) } else { 0.0 }).sum()
            };
            let (above, below) = (chance(&|ends| ends.0 > rate), chance(&|ends| ends.1 < rate));
            let side = (1.0 - confidence) / 2.0 + 1e-9;
            assert!(above <= side && below <= side, "{n} rows at {rate}: {above} and {below}, allowed {side}");
            let covered = 1.0 - above - below;
            assert!(n < 200 || !(20..=80).contains(&percent) || covered <= 0.975, "{n} rows at {rate}: {covered}");
        }
    }
}

#[test]
fn order_statistics_stand_at_the_ranks_of_the_binomial_law() {
    for row in reference()["order"].as_array().unwrap() {
        let n = row[0].as_u64().unwrap();
        let sorted: Vec<f64> = (1..=n).map(|rank| rank as f64).collect();
        let interval = order_statistic_interval(&sorted, row[1].as_f64().unwrap(), row[2].as_f64().unwrap());
        assert_eq!((interval.lo, interval.hi), (row[3].as_f64(), row[4].as_f64()), "{row}");
    }
    for row in reference()["needed"].as_array().unwrap() {
        let needed = samples_for_both_ends(row[0].as_f64().unwrap(), row[1].as_f64().unwrap());
        assert_eq!(needed, row[2].as_u64(), "{row}");
    }
    assert_eq!(samples_for_both_ends(1.0, 0.95), None);
    let sorted = [10.0, 20.0, 30.0, 40.0, 50.0];
    // Nearest rank, by hand: ceil(0.05 x 5) = 1, ceil(0.3 x 5) = 2, ceil(0.4 x 5) = 2, ceil(0.5 x 5) = 3, 5.
    let ranks: Vec<Option<f64>> = [0.05, 0.30, 0.40, 0.50, 1.0].iter().map(|p| nearest_rank(&sorted, *p)).collect();
    assert_eq!(ranks, [Some(10.0), Some(20.0), Some(20.0), Some(30.0), Some(50.0)]);
}

fn rate_of_hits(weights: &[f64]) -> Option<f64> {
    let rows: f64 = weights.iter().sum();
    (rows > 0.0).then(|| weights[1] / rows)
}

/// The bounded bootstrap of a rate of misses and hits, a miss added below and a hit above.
fn bounded(bootstrap: &Bootstrap, counts: &[u64], worst: usize, best: usize) -> Option<(f64, f64)> {
    let drawn = bootstrap.bounded(Units::Rows(counts), [&[(worst, 1.0)], &[(best, 1.0)]], &rate_of_hits)?;
    Some((drawn.low, drawn.high))
}

#[test]
fn the_bootstrap_is_reproducible_and_of_a_rate_the_exact_interval() {
    let draw = |counts: [u64; 2], seed, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| bounded(&Bootstrap::at(0.95, [seed; 32]), &counts, 0, 1).unwrap())
    };
    let rows = [460, 1_540];
    let (one, again, two_threads, other) = (draw(rows, 1, 1), draw(rows, 1, 1), draw(rows, 1, 2), draw(rows, 2, 1));
    assert_eq!((one, one), (again, two_threads), "neither the run nor the threads matter");
    assert_ne!(one, other);
    // The end of 2,000 resamples has a Monte Carlo error of sqrt(a/2 (1 - a/2) / 2000) over the density there: 0.0006 for
    // 2,000 rows, 0.01 for 10 rows without a miss. Four of them.
    for (counts, interval, error) in [(rows, one, 0.0024), (rows, other, 0.0024), ([0, 10], draw([0, 10], 3, 2), 0.04)]
    {
        let (low, high) = clopper_pearson(counts[1], counts[0] + counts[1], 0.95);
        let away = (interval.0 - low).abs().max((interval.1 - high).abs());
        assert!(away <= error, "{counts:?}: {interval:?} is not {low} to {high}");
    }
}

#[test]
fn a_bootstrap_that_would_be_chance_or_nonsense_gives_no_interval() {
    let interval = |counts: &[u64], place: usize, confidence: f64| {
        bounded(&Bootstrap::at(confidence, [7; 32]), counts, place, place)
    };
    assert!(interval(&[5, 5], 0, 0.9).is_some());
    assert_eq!(interval(&[0, 0], 0, 0.9), None, "no rows");
    assert_eq!(interval(&[5, 5], 2, 0.9), None, "no such place");
    assert_eq!(interval(&[5, 5], 0, 1.0), None, "no confidence");
    assert_eq!(interval(&[5, 5], 0, 0.999_999), None, "200,000 resamples do not reach so far");
    let none = Bootstrap::at(0.9, [7; 32]).bounded(Units::Rows(&[5, 5]), [&[], &[(1, 1.0)]], &rate_of_hits);
    assert_eq!(none, None, "no place for what was not seen");
    let undefined = Bootstrap::at(0.9, [7; 32]).bounded(Units::Rows(&[5, 5]), [&[(0, 1.0)], &[(1, 1.0)]], &|_| None);
    assert_eq!(undefined, None, "an undefined statistic");
    let alike = Bootstrap::at(0.9, [7; 32]).open(Units::Rows(&[0, 50]), &rate_of_hits);
    assert_eq!(alike, None, "rows that are all alike show no spread");
    assert_eq!(Bootstrap::at(0.9, [7; 32]).open(Units::Rows(&[1, 1]), &rate_of_hits), None, "two rows");
}

/// A score by name, of rows in the cells of a table.
type Made = Box<dyn Fn(&[u64]) -> Score>;

/// Every metric over every target, and the running example's composite.
fn scores() -> Vec<(String, Made, f64)> {
    let positive = || vec![("class", Param::Class(1, "1".into()))];
    let average = |word: &'static str| vec![("average", text(word))];
    let mut scores: Vec<(String, Made, f64)> =
        vec![("accuracy".into(), Box::new(|counts: &[u64]| of_counts("accuracy", &[], counts)), 1.0)];
    for id in ["f1", "precision", "recall"] {
        for (name, given) in [
            ("Micro", average("micro")),
            ("Macro", average("macro")),
            ("Weighted", average("weighted")),
            ("Class(1)", positive()),
        ] {
            scores.push((format!("{id} {name}"), Box::new(move |counts: &[u64]| of_counts(id, &given, counts)), 1.0));
        }
    }
    let example = move |counts: &[u64]| {
        let class = [("class", Param::Class(1, "1".into()))];
        let term = |weight, id, given: &[(&str, Param)]| (weight, of_counts(id, given, counts));
        composite(vec![term(0.5, "accuracy", &[]), term(0.3, "f1", &class), term(0.2, "recall", &class)]).unwrap()
    };
    scores.push(("composite".into(), Box::new(example), 1.0));
    let heavy = move |counts: &[u64]| {
        let macros = [("average", text("macro"))];
        composite(vec![(3.0, of_counts("accuracy", &[], counts)), (2.0, of_counts("f1", &macros, counts))]).unwrap()
    };
    scores.push(("weights that sum to 5".into(), Box::new(heavy), 5.0));
    scores
}

fn sampling(seed: u8) -> Sampling<'static> {
    Sampling { confidence: 0.95, seed: [seed; 32], clusters: None }
}

/// The first audit's finding: one right row gave [1, 1]. A model whose every row is right with probability t shows n rows
/// without an error with probability t^n; the bar that such a sample clears must make that improbable.
#[test]
fn a_small_sample_without_errors_clears_no_bar_by_chance() {
    for (classes, rows_of_each) in [(2, 1), (2, 2), (2, 5), (2, 20), (3, 4), (2, 60), (5, 60)] {
        let mut counts = vec![0; classes * classes];
        (0..classes).for_each(|class| counts[class * classes + class] = rows_of_each);
        for (name, made, scale) in scores() {
            let estimate = made(&counts).estimate(&sampling(5));
            let (low, high) = estimate.interval.unwrap_or_else(|| panic!("{name} on {counts:?}"));
            assert!((high - scale).abs() < 1e-12 && (estimate.value.unwrap() - scale).abs() < 1e-12, "{name}: {high}");
            let bar = low / scale;
            let right = match name.as_str() {
                // Of the rows that are of the class or predicted as it, where F1 is the bar.
                "f1 Class(1)" => bar / (2.0 - bar),
                _ => bar,
            };
            let by_chance = right.powi(i32::try_from(estimate.n).unwrap());
            // What one added row leaves of 2.5% at 60 rows a class, and four times the Monte Carlo error of the end.
            let allowed = 0.028 + 0.014;
            assert!(by_chance <= allowed, "{name} on {classes} x {rows_of_each} rows: {bar} by chance in {by_chance}");
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): reproducible rows.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// `n` rows, half of each class, each right with probability `right`: every score of the model is `right`.
    fn rows(&mut self, n: u64, right: f64) -> Vec<u64> {
        let mut counts = vec![0; 4];
        for row in 0..n {
            let truth = (row % 2) as usize;
            let predicted = if self.next() < right { truth } else { 1 - truth };
            counts[2 * truth + predicted] += 1;
        }
        counts
    }
}

/// How often the interval lies above the truth, and how often below, in `samples` samples.
fn misses(made: &Made, n: u64, right: f64, samples: u64) -> (f64, f64) {
    let mut chance = Chance(n);
    let mut known: HashMap<Vec<u64>, Option<(f64, f64)>> = HashMap::new();
    let (mut above, mut below) = (0, 0);
    for _ in 0..samples {
        let rows = chance.rows(n, right);
        let estimate = || made(&rows).estimate(&sampling(9)).interval;
        let Some((low, high)) = *known.entry(rows.clone()).or_insert_with(estimate) else { continue };
        above += u64::from(low > right);
        below += u64::from(high < right);
    }
    (above as f64 / samples as f64, below as f64 / samples as f64)
}

/// Balanced and right equally often in both classes, a model has one true value for all of these scores, so that one bar
/// is just missed by all of them.
#[test]
fn in_small_samples_a_bar_is_not_passed_by_chance() {
    let scores = scores();
    for name in ["f1 Micro", "f1 Class(1)", "precision Class(1)", "f1 Macro", "recall Macro", "composite"] {
        let score = &scores.iter().find(|(known, ..)| known == name).unwrap().1;
        for (n, right) in [(4, 0.5), (10, 0.9), (30, 0.8), (60, 0.95)] {
            let (above, below) = misses(score, n, right, 250);
            assert!(above <= 0.05 && below <= 0.05, "{name} on {n} rows at {right}: {above} and {below}");
        }
    }
}

#[test]
fn in_larger_samples_the_interval_covers_as_often_as_it_says() {
    let scores = scores();
    for (name, n, right) in [("composite", 200, 0.85), ("f1 Macro", 400, 0.75), ("f1 Class(1)", 400, 0.8)] {
        let score = &scores.iter().find(|(known, ..)| known == name).unwrap().1;
        let (above, below) = misses(score, n, right, 400);
        let covered = 1.0 - above - below;
        assert!((0.93..=0.975).contains(&covered), "{name} on {n} rows at {right}: {covered}");
    }
}
