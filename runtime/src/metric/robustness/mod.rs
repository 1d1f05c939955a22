//! Metrics of robustness: what a model answers to rows that were changed in a way that should not matter, and the
//! changes.

pub mod accuracy_drop;
pub mod dialect;
pub mod flip_rate;
pub mod perturb;

use super::api::Refusal;
use super::items::{Items, Perturbed};

/// The perturbed rows of the items.
fn perturbed(items: &Items) -> Result<&Perturbed, Refusal> {
    match items {
        Items::Perturbed(perturbed) => Ok(perturbed),
        _ => Err(Refusal::kind()),
    }
}
