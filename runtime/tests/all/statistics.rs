//! Metrics and statistics against scikit-learn, statsmodels and scipy (`tests/reference/metrics.py`, versions inside).

use lmstd_runtime::metric::{self, Confusion, Params, Target, ZeroDivision};
use lmstd_runtime::statistics::{Bootstrap, nearest_rank, order_statistic_interval, wilson};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("../reference/metrics.json")).unwrap()
}

fn close(ours: Option<f64>, theirs: &Value, tolerance: f64, what: &str) {
    let (ours, theirs) = (ours.unwrap_or(f64::NAN), theirs.as_f64().unwrap());
    assert!((ours - theirs).abs() <= tolerance, "{what}: {ours} is not {theirs}");
}

#[test]
fn every_average_of_every_metric_is_scikit_learns() {
    let mut compared = 0;
    for case in reference()["confusions"].as_array().unwrap() {
        let lines = case["counts"].as_array().unwrap();
        let counts = lines.iter().flat_map(|line| line.as_array().unwrap()).map(|n| n.as_u64().unwrap()).collect();
        let confusion = Confusion::from_counts(lines.len(), counts).unwrap();
        let run = |name: &str, target, zero: f64| {
            let params = Params { target, zero_division: ZeroDivision::Value(zero) };
            (metric::find(name).unwrap().run)(&confusion, &params)
        };
        close(run("accuracy", Target::Micro, 0.0), &case["accuracy"], 1e-12, "accuracy");
        for name in ["precision", "recall", "f1"] {
            for (average, target) in
                [("macro", Target::Macro), ("micro", Target::Micro), ("weighted", Target::Weighted)]
            {
                for zero in [0, 1] {
                    let key = format!("{name} {average} {zero}");
                    close(run(name, target, f64::from(zero)), &case[&key], 1e-12, &key);
                    compared += 1;
                }
            }
            for (class, value) in case[&format!("{name} each 0")].as_array().unwrap().iter().enumerate() {
                close(run(name, Target::Class(class), 0.0), value, 1e-12, &format!("{name} of class {class}"));
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "{compared}");
}

#[test]
fn an_undefined_metric_is_none_and_never_a_number() {
    let confusion = Confusion::from_counts(2, vec![3, 0, 2, 0]).unwrap();
    let precision = metric::find("precision").unwrap().run;
    assert_eq!(precision(&confusion, &Params::over(Target::Class(1))), None, "nothing is predicted as class 1");
    assert_eq!(precision(&confusion, &Params::over(Target::Macro)), None);
}

#[test]
fn wilsons_interval_is_statsmodels() {
    for row in reference()["wilson"].as_array().unwrap() {
        let (low, high) = wilson(row[0].as_u64().unwrap(), row[1].as_u64().unwrap(), row[2].as_f64().unwrap());
        close(Some(low), &row[3], 1e-9, &format!("{row} low"));
        close(Some(high), &row[4], 1e-9, &format!("{row} high"));
    }
    assert_eq!(wilson(0, 0, 0.95), (0.0, 1.0), "nothing is known of no rows");
}

#[test]
fn order_statistics_stand_at_the_ranks_of_the_binomial_law() {
    for row in reference()["order"].as_array().unwrap() {
        let n = row[0].as_u64().unwrap();
        let sorted: Vec<f64> = (1..=n).map(|rank| rank as f64).collect();
        let interval = order_statistic_interval(&sorted, row[1].as_f64().unwrap(), row[2].as_f64().unwrap());
        assert_eq!((interval.lo, interval.hi), (row[3].as_f64(), row[4].as_f64()), "{row}");
    }
    let sorted = [10.0, 20.0, 30.0, 40.0, 50.0];
    // Nearest rank, by hand: ceil(0.05 x 5) = 1, ceil(0.3 x 5) = 2, ceil(0.4 x 5) = 2, ceil(0.5 x 5) = 3, 5.
    let ranks: Vec<Option<f64>> = [0.05, 0.30, 0.40, 0.50, 1.0].iter().map(|p| nearest_rank(&sorted, *p)).collect();
    assert_eq!(ranks, [Some(10.0), Some(20.0), Some(20.0), Some(30.0), Some(50.0)]);
}

#[test]
fn the_bootstrap_is_reproducible_and_of_the_right_width() {
    let kinds: Vec<u32> = (0..2_000).map(|row| u32::from(row % 100 < 77)).collect();
    let mean = |counts: &[u64]| Some(counts[1] as f64 / 2_000.0);
    let draw = |seed, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let bootstrap = Bootstrap { resamples: 2_000, seed: [seed; 32], confidence: 0.95, range: (0.0, 1.0) };
        pool.install(|| bootstrap.interval_of_counts(&kinds, 2, mean).unwrap())
    };
    let (one, again, two_threads, other) = (draw(1, 1), draw(1, 1), draw(1, 2), draw(2, 1));
    assert_eq!((one, one), (again, two_threads), "neither the run nor the threads matter");
    assert_ne!(one, other);
    // Of a rate the interval is close to the normal one, 0.77 +- 1.96 sqrt(0.77 x 0.23 / 2000) = 0.77 +- 0.01844; the
    // end of 2,000 resamples has a Monte Carlo error of about 0.0006, so three of them and the grid of 1 / 2000.
    for (ours, normal) in [(one.lo, 0.75156), (one.hi, 0.78844), (other.lo, 0.75156), (other.hi, 0.78844)] {
        assert!((ours - normal).abs() <= 0.0023, "{ours} {normal}");
    }
}
