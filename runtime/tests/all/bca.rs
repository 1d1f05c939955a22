//! The percentile and BCa intervals against scipy's formulas on given distributions (`significance.py`, versions inside).

use lmstd_runtime::statistics::bootstrap::{acceleration, bca, bca_tails, bias, percentile};
use serde_json::Value;

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// The value below which a share of the sorted values lies, by scipy's rule: linear between neighbours.
fn linear(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let low = sorted[place.floor() as usize];
    low + place.fract() * (sorted[place.ceil() as usize] - low)
}

#[test]
fn bias_acceleration_and_tails_are_scipys() {
    let text = include_str!("../../../conformance-suite/tests/reference/significance.json");
    let goldens: Value = serde_json::from_str(text).unwrap();
    let mut compared = 0;
    for case in goldens["bca"].as_array().unwrap() {
        let mut distribution = list(&case["distribution"]);
        distribution.sort_by(f64::total_cmp);
        let value = case["value"].as_f64().unwrap();
        let tail = (1.0 - case["confidence"].as_f64().unwrap()) / 2.0;
        let Some(z0) = case["bias"].as_f64() else {
            assert_eq!(distribution.first(), distribution.last(), "all resamples are equal");
            continue;
        };
        let jackknife: Vec<(f64, f64)> = list(&case["jackknife"]).into_iter().map(|value| (value, 1.0)).collect();
        let ours = acceleration(&jackknife);
        assert!((ours - case["acceleration"].as_f64().unwrap()).abs() < 1e-9, "{ours} {case}");
        assert!((bias(&distribution, value) - z0).abs() < 1e-9);
        let tails = bca_tails(z0, ours, tail).unwrap();
        for (ours, theirs) in tails.iter().zip(list(&case["tails"])) {
            assert!((ours - theirs).abs() < 1e-9, "{tails:?} {}", case["tails"]);
        }
        // Our ends are resamples themselves, at most one rank from scipy's rule.
        let step = |end: f64| {
            let at = distribution.partition_point(|value| *value < end);
            (distribution[at.saturating_sub(2)], distribution[(at + 2).min(distribution.len() - 1)])
        };
        let both = [
            (percentile(&distribution, tail), "percentile", [tail, 1.0 - tail]),
            (bca(&distribution, value, ours, tail), "bca", tails),
        ];
        for (ends, name, shares) in both {
            for ((end, theirs), share) in ends.unwrap().into_iter().zip(list(&case[name])).zip(shares) {
                assert!((linear(&distribution, share) - theirs).abs() < 1e-9 * theirs.abs().max(1.0), "{name}");
                let (low, high) = step(theirs);
                assert!(low <= end && end <= high, "{name}: {end}, scipy has {theirs}");
            }
        }
        compared += 1;
    }
    assert!(compared >= 9, "{compared}");
}
