//! Metrics of scores and probabilities: how well they rank, how near to the truth they are, and whether they mean what
//! they say.

pub mod average_precision;
pub mod brier;
pub mod ece;
pub mod log_loss;
pub mod ranked;
pub mod roc_auc;
pub mod top_k_accuracy;

use super::api::Refusal;
use super::items::{Items, Scores};
use super::score::sum;

/// How far the probabilities of a row may be from summing to 1: models answer in 16 or 32 bits, and files round.
const SLACK: f64 = 1e-3;

/// The scores of the items, of two classes or more.
fn scores(items: &Items) -> Result<&Scores, Refusal> {
    match items {
        Items::Scores(scores) if scores.classes >= 2 => Ok(scores),
        Items::Scores(_) => Err(Refusal::new("there are fewer than two classes", "declare all classes of the target")),
        _ => Err(Refusal::kind()),
    }
}

/// The scores of the items where they are probabilities. A row of ones would win every loss that looks at the true
/// class alone, so what does not sum to 1 is refused.
fn probabilities(items: &Items) -> Result<&Scores, Refusal> {
    let scores = scores(items)?;
    match scores.scores.iter().position(|row| !is_distribution(row)) {
        None => Ok(scores),
        Some(row) => Err(Refusal::new(
            format!("the scores are not probabilities that sum to 1 (row {})", row + 1),
            "let the model answer with probabilities (softmax or sigmoid), not with logits",
        )),
    }
}

fn is_distribution(row: &[f64]) -> bool {
    let inside = row.iter().all(|one| (0.0..=1.0).contains(one));
    inside && (row.len() == 1 || (sum(row.iter().copied()) - 1.0).abs() <= SLACK)
}

/// The score of a class; one number is that of class 1 of two.
fn score_of(row: &[f64], class: usize) -> f64 {
    match (row, class) {
        ([one], 0) => 1.0 - one,
        ([one], _) => *one,
        (row, class) => row.get(class).copied().unwrap_or(0.0),
    }
}

impl Scores {
    /// The true class and the scores of each row.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &[f64])> {
        self.truth.iter().map(|truth| *truth as usize).zip(self.scores.iter().map(Vec::as_slice))
    }
}
