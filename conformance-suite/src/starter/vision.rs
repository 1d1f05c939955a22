//! A classifier of images: a small vision Transformer.

use super::Starter;

/// The starter.
pub(super) const STARTER: Starter = Starter {
    kind: "vision",
    about: "a classifier of images: a vision Transformer",
    standard: include_str!("templates/vision/standard.lms"),
    model: Some(include_str!("templates/vision/model.lms")),
    config: include_str!("templates/vision/config.json"),
    tokenizer: None,
    data: &[],
};
