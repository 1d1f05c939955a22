//! No text makes the compiler panic, and no text with an error gives a standard.

use crate::support::compiled;
use lmstd_compiler::diag::Severity;
use lmstd_compiler::diag::render::{render, to_json};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const SAMPLE: &str = include_str!("../../../examples/sentiment/standard.lms");

/// Pieces that an author could put in a wrong place.
const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "and",
    "or",
    "not",
    "in",
    "at 95%",
    "within derived",
    ">= 0.5",
    "50 ms",
    "-1",
    "1e308 * 1e308",
    "9223372036854775807 + 1",
    "1 % 0",
    "declared",
    "reviews.test",
    "classifier",
    "quality",
    "quality(classifier)",
    "{1, \"a\"}",
    "0..0",
    "inf",
    "when",
    "\"",
    "balance(reviews.test).p95",
    "模型",
    "accuracy",
    "rows < 0",
    "a.b.c.d",
];

fn check(text: &str) {
    let compiled = compiled("standard.lms", text);
    let faulty = compiled.diagnostics.iter().any(|d| d.severity == Severity::Error);
    assert!(
        !(faulty && (compiled.standard.is_some() || compiled.plan.is_some())),
        "an error must withhold the standard"
    );
    assert!(faulty || compiled.standard.is_some() || compiled.architectures.is_empty());
    let shown = render(&compiled.diagnostics, &compiled.sources, false, 100);
    assert_eq!(shown.is_empty(), compiled.diagnostics.is_empty());
    assert!(to_json(&compiled.diagnostics, &compiled.sources).is_array());
}

proptest! {
    // The gate does not depend on luck; the fuzz target looks further.
    #![proptest_config(ProptestConfig {
        cases: 192,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_126),
        ..ProptestConfig::default()
    })]

    #[test]
    fn words_of_the_sample_replaced(places in prop::collection::vec((0usize..400, 0..PIECES.len()), 1..6)) {
        let words: Vec<&str> = SAMPLE.split_inclusive(' ').collect();
        let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        for (place, piece) in places {
            let place = place % words.len();
            words[place] = format!("{} ", PIECES[piece]);
        }
        check(&words.concat());
    }

    #[test]
    fn the_sample_cut_anywhere(cut in 0..SAMPLE.len()) {
        let cut = (0..=cut).rev().find(|&at| SAMPLE.is_char_boundary(at)).unwrap_or(0);
        check(&SAMPLE[..cut]);
    }
}
