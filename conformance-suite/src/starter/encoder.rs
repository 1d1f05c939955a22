//! A classifier of texts over the built-in BERT.

use super::Starter;

/// The starter.
pub(super) const STARTER: Starter = Starter {
    kind: "encoder",
    about: "a classifier of texts: the built-in BERT",
    standard: include_str!("templates/encoder/standard.lms"),
    model: None,
    config: include_str!("templates/encoder/config.json"),
    tokenizer: Some(include_str!("templates/encoder/tokenizer.json")),
    data: &[
        ("train.csv", include_str!("templates/encoder/train.csv")),
        ("test.csv", include_str!("templates/encoder/test.csv")),
    ],
};
