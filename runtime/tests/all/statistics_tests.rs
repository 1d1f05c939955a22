//! Tests, plans and powers against scipy and statsmodels (`conformance-suite/tests/reference/significance.py`).

use lmstd_runtime::metric::{Sampling, Score};
use lmstd_runtime::statistics::acceptance::{Decision, Levels, Plan};
use lmstd_runtime::statistics::holm::{bonferroni, holm};
use lmstd_runtime::statistics::mcnemar::{Test, mcnemar};
use lmstd_runtime::statistics::pairs::Comparison;
use lmstd_runtime::statistics::power::{Bar, chance_to_clear, detectable_share, rows_for_distance, rows_to_clear};
use lmstd_runtime::statistics::randomisation::Randomisation;
use lmstd_runtime::statistics::rate_interval;
use serde_json::Value;
use std::path::Path;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance-suite/tests").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The cases of one part of the reference.
fn cases(part: &str) -> Vec<Value> {
    let reference: Value = serde_json::from_str(&file("reference/significance.json")).unwrap();
    let cases = reference[part].as_array().unwrap().clone();
    assert!(cases.len() >= 6, "{part}");
    cases
}

fn real(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn reals(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(real).collect()
}

fn whole(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

#[track_caller]
fn close(ours: Option<f64>, theirs: &Value, what: &Value) {
    let Some(theirs) = theirs.as_f64() else { return assert_eq!(ours, None, "{what}") };
    let ours = ours.unwrap_or(f64::NAN);
    assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1e-6), "{ours} is not {theirs}: {what}");
}

#[test]
fn mcnemars_test_is_statsmodels() {
    let mut compared = 0;
    for line in file("vectors/mcnemar.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let (counts, expected) = (&case["input"]["counts"], &case["expected"]);
        let (first_only, second_only) = (whole(&counts[0][1]), whole(&counts[1][0]));
        let tests = [Test::Exact, Test::Corrected, Test::Uncorrected];
        let test = tests.into_iter().find(|test| case["parameters"]["test"] == test.name()).unwrap();
        let ours = test.run(first_only, second_only);
        if first_only + second_only == 0 && test != Test::Exact {
            assert_eq!(ours, None, "a division by zero is no test: {case}");
            continue;
        }
        close(ours.map(|ours| ours.statistic), &expected["statistic"], &case);
        close(ours.map(|ours| ours.p), &expected["p"], &case);
        compared += 1;
    }
    assert!(compared > 40, "{compared}");
    assert_eq!(mcnemar(16, 8), Test::Exact.run(16, 8), "24 discordant pairs are few");
    assert_eq!(mcnemar(16, 9), Test::Corrected.run(16, 9), "25 are enough");
    assert_eq!(mcnemar(0, 0).map(|test| test.p), Some(1.0));
    assert_eq!(mcnemar(u64::MAX, 1), None);
}

#[test]
fn adjusted_p_values_are_statsmodels() {
    for case in cases("adjusted") {
        let p = reals(&case["p"]);
        for (ours, name) in [(holm(&p), "holm"), (bonferroni(&p), "bonferroni")] {
            let theirs = reals(&case[name]);
            let ours = ours.unwrap();
            assert_eq!(ours.len(), theirs.len());
            assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() <= 1e-12 * b), "{name}: {ours:?} {case}");
        }
    }
    assert_eq!((holm(&[]), bonferroni(&[])), (Some(vec![]), Some(vec![])));
    for wrong in [f64::NAN, -0.1, 1.1] {
        assert_eq!((holm(&[0.5, wrong]), bonferroni(&[0.5, wrong])), (None, None));
    }
}

fn levels(case: &Value) -> Levels {
    let numbers = reals(&case["levels"]);
    Levels { bar: numbers[0], worse: numbers[1], alpha: numbers[2], beta: numbers[3] }
}

#[test]
fn acceptance_plans_are_the_smallest_and_decide_as_they_say() {
    for case in cases("plans") {
        let levels = levels(&case);
        let plan = levels.plan().unwrap();
        assert_eq!(plan, Plan { rows: whole(&case["rows"]), misses: whole(&case["misses"]) }, "{case}");
        for point in case["curve"].as_array().unwrap() {
            close(plan.acceptance(real(&point[0])), &point[1], &case);
        }
        for misses in 0..=plan.rows {
            let expected = if misses <= plan.misses { Decision::Accept } else { Decision::Reject };
            assert_eq!(levels.decide(plan.rows - misses, plan.rows), Some(expected), "{misses} misses: {case}");
        }
    }
    for case in cases("decisions") {
        let says = match levels(&case).decide(whole(&case["hits"]), whole(&case["rows"])).unwrap() {
            Decision::Accept => "accept",
            Decision::Reject => "reject",
            Decision::Undecided => "undecided",
        };
        assert_eq!(says, case["says"], "{case}");
    }
}

#[test]
fn levels_that_say_nothing_have_no_plan() {
    let sound = Levels { bar: 0.9, worse: 0.8, alpha: 0.05, beta: 0.05 };
    assert_eq!((sound.decide(0, 0), sound.decide(2, 1)), (None, None));
    let unsound = [
        Levels { worse: 0.9, ..sound },
        Levels { bar: 1.1, ..sound },
        Levels { worse: -0.1, ..sound },
        Levels { bar: f64::NAN, ..sound },
        Levels { alpha: 0.0, ..sound },
        Levels { beta: 1.0, ..sound },
    ];
    for levels in unsound {
        assert_eq!((levels.plan(), levels.decide(1, 2)), (None, None), "{levels:?}");
    }
    // More than a million rows; both ends of the scale, where a search could be endless.
    for (bar, worse) in [(0.5, 0.4999), (1.0, 1.0 - 1e-12), (1e-9, 0.0)] {
        assert_eq!(Levels { bar, worse, ..sound }.plan(), None, "{bar} {worse}");
    }
    assert_eq!(Plan { rows: 1, misses: 2 }.acceptance(0.5), None);
    assert_eq!(Plan { rows: 2, misses: 1 }.acceptance(1.5), None);
}

fn bar(case: &Value) -> Bar {
    let bar = real(&case["bar"]);
    if case["side"] == "at least" { Bar::AtLeast(bar) } else { Bar::AtMost(bar) }
}

#[test]
fn rows_are_as_many_as_stay_beyond_the_bar() {
    for case in cases("rows") {
        let ours = rows_to_clear(real(&case["share"]), bar(&case), real(&case["confidence"]));
        assert_eq!(ours, case["rows"].as_u64(), "{case}");
    }
    assert_eq!(rows_to_clear(0.9, Bar::AtLeast(0.9), 0.95), None, "not beyond the bar");
    assert_eq!(rows_to_clear(0.9, Bar::AtMost(0.5), 0.95), None, "on the wrong side");
    assert_eq!(rows_to_clear(0.9, Bar::AtLeast(0.5), 1.0), None, "no confidence");
    assert_eq!(rows_to_clear(f64::NAN, Bar::AtLeast(0.5), 0.95), None);
    assert_eq!(rows_to_clear(0.900_000_1, Bar::AtLeast(0.9), 0.95), None, "too many");
    // The promise itself, row by row.
    let clears = |rows: u64| rate_interval(rows - rows.div_ceil(20), rows, 0.95).0.0 >= 0.9;
    let rows = rows_to_clear(0.95, Bar::AtLeast(0.9), 0.95).unwrap();
    assert!(!clears(rows - 1) && (rows..rows + 2_000).all(clears), "{rows}");
}

#[test]
fn chances_to_clear_a_bar_are_summed_up_exactly() {
    for case in cases("chances") {
        let (rows, share, confidence) = (whole(&case["rows"]), real(&case["share"]), real(&case["confidence"]));
        close(chance_to_clear(rows, share, bar(&case), confidence), &case["chance"], &case);
    }
    for case in cases("detectable") {
        let (rows, confidence, power) = (whole(&case["rows"]), real(&case["confidence"]), real(&case["power"]));
        close(detectable_share(rows, bar(&case), confidence, power), &case["share"], &case);
    }
    let bar = Bar::AtLeast(0.9);
    assert_eq!((chance_to_clear(0, 0.9, bar, 0.95), chance_to_clear(9, 1.1, bar, 0.95)), (None, None));
    assert_eq!((detectable_share(0, bar, 0.95, 0.8), detectable_share(100, bar, 0.95, 1.0)), (None, None));
}

#[test]
fn other_scores_need_rows_by_the_square_of_the_distance() {
    assert_eq!(rows_for_distance(100, 0.04, 0.02), Some(400));
    assert_eq!(rows_for_distance(200, 0.01, 0.02), Some(50));
    assert_eq!(rows_for_distance(200, 0.0, 0.02), Some(1));
    assert_eq!(rows_for_distance(200, 3.0, 7.0), Some(37), "36.7");
    let wrong = [(0, 0.1, 0.1), (9, -0.1, 0.1), (9, 0.1, 0.0), (9, f64::NAN, 0.1), (9, 1.0, 1e-9)];
    for (rows, half_width, distance) in wrong {
        assert_eq!(rows_for_distance(rows, half_width, distance), None, "{half_width} {distance}");
    }
}

#[test]
fn the_power_of_a_comparison_is_summed_up_exactly() {
    for case in cases("paired") {
        let (discordant, odds) = (real(&case["discordant"]), real(&case["odds"]));
        let comparison = Comparison { discordant, odds, alpha: real(&case["alpha"]) };
        assert_eq!(comparison.pairs(real(&case["power"])), case["pairs"].as_u64(), "{case}");
        for example in case["examples"].as_array().unwrap() {
            close(comparison.power(whole(&example[0])), &example[1], &case);
        }
    }
    let even = Comparison { discordant: 0.2, odds: 1.0, alpha: 0.05 };
    assert_eq!((even.pairs(0.8), even.power(100)), (None, None), "models that are alike");
    let sound = Comparison { odds: 2.0, ..even };
    assert_eq!((sound.pairs(1.0), sound.power(0)), (None, None));
    assert_eq!(Comparison { discordant: 1e-9, ..sound }.pairs(0.8), None, "more than a million");
}

/// F1 of the rows that `guess` and `truth` call true.
fn f1(truth: &[bool], guess: impl Iterator<Item = bool>) -> Option<f64> {
    let (mut hits, mut called) = (0_u32, 0_u32);
    for (truth, guess) in truth.iter().zip(guess) {
        hits += u32::from(*truth && guess);
        called += u32::from(*truth) + u32::from(guess);
    }
    (called > 0).then(|| 2.0 * f64::from(hits) / f64::from(called))
}

#[test]
fn shuffles_are_drawn_as_documented_on_any_number_of_threads() {
    for case in cases("randomised") {
        let seed: Vec<u8> = case["seed"].as_array().unwrap().iter().map(|byte| whole(byte) as u8).collect();
        let test = Randomisation { shuffles: whole(&case["shuffles"]) as u32, seed: seed.try_into().unwrap() };
        let is_mean = case["score"] == "mean";
        let number = |value: &Value| value.as_f64().unwrap_or_else(|| f64::from(u8::from(value.as_bool().unwrap())));
        let list = |name: &str| -> Vec<f64> { case[name].as_array().unwrap().iter().map(number).collect() };
        let (first, second) = (list("first"), list("second"));
        let truth: Vec<bool> = if is_mean { vec![] } else { list("truth").iter().map(|truth| *truth > 0.5).collect() };
        let difference = |swap: &[bool]| {
            let pick = |row: usize, other: bool| if swap[row] == other { first[row] } else { second[row] };
            let score = |other: bool| {
                let picked = (0..first.len()).map(|row| pick(row, other));
                match is_mean {
                    true => Some(picked.sum::<f64>() / first.len() as f64),
                    false => f1(&truth, picked.map(|guess| guess > 0.5)),
                }
            };
            Some(score(false)? - score(true)?)
        };
        close(difference(&vec![false; first.len()]), &case["difference"], &case["score"]);
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let p = pool.install(|| test.p(first.len(), &difference));
            close(p, &case["p"], &case["score"]);
            // Five standard deviations of the number of shuffles.
            let away = case["exact"].as_f64().map(|exact| (p.unwrap() - exact).abs());
            assert!(away.is_none_or(|away| away <= 5.0 * (0.25 / f64::from(test.shuffles)).sqrt()), "{away:?}");
        }
    }
}

#[test]
fn a_randomisation_without_an_answer_gives_none() {
    let test = Randomisation { shuffles: 99, seed: [1; 32] };
    assert_eq!(test.p(5, &|_| Some(0.0)), Some(1.0), "no difference is no more than any");
    assert_eq!(test.p(0, &|_| Some(0.0)), None, "no rows");
    assert_eq!(test.p(5, &|_| None), None, "undefined");
    assert_eq!(test.p(5, &|swap| swap[0].then_some(1.0)), None, "undefined as it was observed");
    assert_eq!(test.p(5, &|swap| (!swap[0]).then_some(1.0)), None, "undefined on a shuffle");
    assert_eq!(test.p(5, &|_| Some(f64::INFINITY)), None);
    assert_eq!(Randomisation { shuffles: 0, ..test }.p(5, &|_| Some(0.0)), None);
}

#[test]
fn the_interval_of_a_difference_of_shares_agrees_with_mcnemars_exact_test() {
    let mut outside = [0, 0];
    for first in 0..30_u64 {
        for second in 0..=first {
            let rows = [(-1.0, first), (1.0, second), (0.0, 200 - first - second)];
            let rows = rows.into_iter().flat_map(|(side, times)| (0..times).map(move |_| side));
            let sampling = Sampling { confidence: 0.95, seed: [7; 32], clusters: None };
            let (low, high) = Score::mean(rows, -1.0, 1.0).estimate(&sampling).interval.unwrap();
            let value = (second as f64 - first as f64) / 200.0;
            assert!(low <= value && value <= high, "{low} {value} {high}");
            let p = Test::Exact.run(first, second).unwrap().p;
            // An end of 2,000 resamples lies at 2.5 % give or take four times 0.35 %, and so at 5 % of p give or take 2.8 %.
            if high < 0.0 {
                assert!(p <= 0.078, "{first} {second}: {p}");
                outside[0] += 1;
            }
            outside[1] += u64::from(p <= 0.05);
        }
    }
    // Hence most that the test refuses the interval leaves out.
    assert!(outside[0] * 10 > outside[1] * 8, "{outside:?}");
}
