//! What holds for every metric, on the inputs of the published vectors: the examples in its manual, merging and permuting
//! change no bit, weights scale out, bounds contain the point.

use crate::vectors::{params, scores, vectors};
use lmstd_runtime::metric::{self, Items, Metric, Param, Sampling, Score};
use serde_json::Value;

/// Vectors of each metric that are looked at.
const LOOKED_AT: usize = 40;

/// Every score of the first vectors of every metric, with what they are of.
fn all() -> Vec<(&'static Metric, Value, Score)> {
    let mut all = Vec::new();
    for metric in metric::ALL {
        let path = crate::vectors::folder().join(format!("{}.jsonl", metric.id));
        if !path.exists() {
            continue;
        }
        let cases = vectors(metric.id);
        // Edge cases stand first, random ones last: some of both.
        let step = (cases.len() / LOOKED_AT).max(1);
        for vector in cases.into_iter().step_by(step) {
            let Some(found) = scores(metric, &vector) else { continue };
            all.extend(found.0.into_iter().map(|(_, score)| (*metric, vector.clone(), score)));
        }
    }
    assert!(all.len() > 1_500, "{}", all.len());
    all
}

/// The worked examples in the manual of a metric.
fn examples(metric: &Metric) -> Vec<Value> {
    let mut lines = metric.doc.lines().map(str::trim);
    let mut examples = Vec::new();
    while lines.any(|line| line == "```json example") {
        let example = lines.next().unwrap();
        examples.push(serde_json::from_str(example).unwrap_or_else(|error| panic!("{}: {error}", metric.id)));
    }
    examples
}

#[test]
fn every_example_of_a_manual_has_its_value() {
    for metric in metric::ALL {
        let examples = examples(metric);
        assert!(!examples.is_empty(), "{} has no example", metric.id);
        for example in examples {
            let items = Items::from_json(metric.reads, &example["input"]).unwrap();
            let found = metric.of(&items, &params(&example["parameters"], &example["input"])).unwrap();
            for (name, score) in found.0 {
                let expected = name.map_or(&example["expected"], |name| &example["expected"][name]);
                let ours = score.value();
                let equal = match (ours, expected.as_f64()) {
                    (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-9 * (1.0 + theirs.abs()),
                    (ours, theirs) => ours.is_none() && theirs.is_none(),
                };
                assert!(equal, "{} {name:?}: {ours:?}, not {expected}", metric.id);
            }
        }
    }
}

#[test]
fn the_words_of_a_signature_are_those_that_the_metric_knows() {
    let mut lists = 0;
    for metric in metric::ALL {
        let mut rest = metric.signature;
        while let Some((before, after)) = rest.split_once(": text[") {
            let name = before.rsplit([' ', '(']).next().unwrap();
            let (words, after) = after.split_once(']').unwrap();
            rest = after;
            // The session perturbs the texts, not the metric.
            if name == "perturbation" {
                continue;
            }
            let example = &examples(metric)[0];
            let items = Items::from_json(metric.reads, &example["input"]).unwrap();
            let mut params = params(&example["parameters"], &example["input"]);
            params.0.insert(name.to_owned(), Param::Text("nonsense".to_owned()));
            let Err(refusal) = metric.of(&items, &params) else { panic!("{}: `{name}` may be nonsense", metric.id) };
            assert!(refusal.message.contains("`nonsense`"), "{}: {}", metric.id, refusal.message);
            let mut known: Vec<&str> = refusal.mend.split('`').skip(1).step_by(2).collect();
            let mut words: Vec<&str> = words.split(", ").map(|word| word.trim_matches('"')).collect();
            known.sort_unstable();
            words.sort_unstable();
            assert_eq!(known, words, "{}: `{name}`", metric.id);
            lists += 1;
        }
    }
    assert!(lists > 40, "{lists}");
}

#[test]
fn every_manual_has_its_headings() {
    for metric in metric::ALL {
        for heading in ["# ", "## Measures", "## Why it matters", "## How to mend", "## Traps", "## References"] {
            assert!(metric.doc.lines().any(|line| line.trim().starts_with(heading)), "{} lacks {heading}", metric.id);
        }
        let parameters = metric.signature.split_once('(').unwrap().1.rsplit_once(") ->").unwrap().0;
        // Before each colon stands a name; behind the last one a type.
        let before = parameters.rsplit_once(": ").unwrap().0;
        for parameter in before.split(": ").filter_map(|part| part.rsplit([' ', '(']).next()) {
            let implicit =
                ["model", "split", "class", "average", "by", "against", "of", "secret", "perturbation", "rate"];
            assert!(
                implicit.contains(&parameter) || metric.doc.contains(&format!("`{parameter}")),
                "{}: the manual does not tell of `{parameter}`",
                metric.id
            );
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The rows in another order.
fn shuffled(rows: usize, state: &mut u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    for place in (1..rows).rev() {
        order.swap(place, (next(state) % (place as u64 + 1)) as usize);
    }
    order
}

fn bits(score: &Score) -> Option<u64> {
    score.value().map(f64::to_bits)
}

#[test]
fn parts_merge_to_the_same_bits_in_any_order_and_partition() {
    let mut state = 1;
    for (metric, vector, score) in all() {
        let order = shuffled(score.len(), &mut state);
        let parts = 1 + (next(&mut state) % 4) as usize;
        let mut pieces: Vec<Score> = (0..parts)
            .map(|part| score.of_rows(&order.iter().copied().skip(part).step_by(parts).collect::<Vec<_>>()))
            .collect();
        if next(&mut state).is_multiple_of(2) {
            pieces.reverse();
        }
        let merged = pieces.iter().skip(1).fold(pieces[0].clone(), |all, piece| all.merge(piece));
        assert_eq!(merged.len(), score.len());
        assert_eq!(bits(&merged), bits(&score), "{} in {parts} parts: {vector}", metric.id);
    }
}

#[test]
fn the_order_of_the_rows_changes_no_bit() {
    let mut state = 2;
    for (metric, vector, score) in all() {
        let order = shuffled(score.len(), &mut state);
        assert_eq!(bits(&score.of_rows(&order)), bits(&score), "{}: {vector}", metric.id);
    }
}

/// Statistics of tests grow with the sample, and so do not scale, nor do those that take away a degree of freedom or cut
/// the rows into parts of whole rows.
#[test]
fn weights_scale_out() {
    // BLEU smooths orders without a match by counts of its own.
    let grow = ["bleu", "chi_square", "ks", "krippendorff_alpha", "r2"];
    let scales = |metric: &Metric, vector: &Value| {
        // Errors against no reference at all are told as their number.
        let told = vector["why"] != "an empty reference";
        told && !grow.contains(&metric.id) && vector["parameters"]["edges"] != "adaptive"
    };
    for (metric, vector, score) in all().into_iter().filter(|(metric, vector, _)| scales(metric, vector)) {
        let counts = score.counts();
        let times = |factor: f64| score.at(&counts.iter().map(|count| count * factor).collect::<Vec<_>>());
        let (once, twice, thrice) = (score.value(), times(2.0), times(3.0));
        let close = |other: Option<f64>| match (once, other) {
            (Some(once), Some(other)) => (once - other).abs() <= 1e-12 * (1.0 + once.abs()),
            (once, other) => once.is_none() == other.is_none(),
        };
        assert!(close(twice) && close(thrice), "{}: {once:?} {twice:?} {thrice:?}: {vector}", metric.id);
    }
}

#[test]
fn bounds_contain_the_point_and_their_own_narrower_bounds() {
    let mut known = 0;
    for (index, (metric, vector, score)) in all().into_iter().enumerate() {
        // A bootstrap of each of them would take minutes: one in nine.
        if index % 9 != 0 {
            continue;
        }
        let at = |confidence| score.estimate(&Sampling { confidence, seed: [3; 32], clusters: None });
        let (narrow, wide) = (at(0.8), at(0.95));
        assert_eq!(narrow.value, score.value());
        for estimate in [&narrow, &wide] {
            let Some((low, high)) = estimate.interval else { continue };
            let value = estimate.value.unwrap();
            let slack = 1e-12 * (1.0 + value.abs());
            assert!(low <= value + slack && value <= high + slack, "{}: {low} {value} {high}: {vector}", metric.id);
            known += 1;
        }
        if let (Some(narrow), Some(wide)) = (narrow.interval, wide.interval) {
            assert!(wide.0 <= narrow.0 + 1e-9 && narrow.1 <= wide.1 + 1e-9, "{}: {narrow:?} {wide:?}", metric.id);
        }
    }
    assert!(known > 150, "{known}");
}
