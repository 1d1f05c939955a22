//! A language model: a pre-norm decoder with a causal mask and a tied head.

use super::Starter;

/// The starter.
pub(super) const STARTER: Starter = Starter {
    kind: "causal-lm",
    about: "a language model: a decoder with a causal mask",
    standard: include_str!("templates/causal-lm/standard.lms"),
    model: Some(include_str!("templates/causal-lm/model.lms")),
    config: include_str!("templates/causal-lm/config.json"),
    tokenizer: Some(include_str!("templates/causal-lm/tokenizer.json")),
    data: &[
        ("train.csv", include_str!("templates/causal-lm/train.csv")),
        ("test.csv", include_str!("templates/causal-lm/test.csv")),
    ],
};
