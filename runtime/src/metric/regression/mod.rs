//! Metrics of numbers: regression and forecasts. Errors are in the unit of the target column.

pub mod mae;
pub mod mape;
pub mod pinball;
pub mod r2;
pub mod rmse;
pub mod smape;

use super::api::Refusal;
use super::items::{Items, Numbers};

/// The numbers of the items.
fn numbers(items: &Items) -> Result<&Numbers, Refusal> {
    match items {
        Items::Numbers(numbers) => Ok(numbers),
        _ => Err(Refusal::kind()),
    }
}

impl Numbers {
    /// Pairs of true and predicted numbers.
    pub fn pairs(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.truth.iter().copied().zip(self.predicted.iter().copied())
    }
}
