//! A classifier of the rows of a table: a multilayer perceptron.

use super::Starter;

/// The starter.
pub(super) const STARTER: Starter = Starter {
    kind: "tabular",
    about: "a classifier of rows of numbers: a perceptron",
    standard: include_str!("templates/tabular/standard.lms"),
    model: Some(include_str!("templates/tabular/model.lms")),
    config: include_str!("templates/tabular/config.json"),
    tokenizer: None,
    data: &[("test.csv", include_str!("templates/tabular/test.csv"))],
};
