//! A classifier of recordings: an encoder over frames of log-mel energies.

use super::Starter;

/// The starter.
pub(super) const STARTER: Starter = Starter {
    kind: "speech",
    about: "a classifier of recordings: an encoder over log-mel frames",
    standard: include_str!("templates/speech/standard.lms"),
    model: Some(include_str!("templates/speech/model.lms")),
    config: include_str!("templates/speech/config.json"),
    tokenizer: None,
    data: &[],
};
