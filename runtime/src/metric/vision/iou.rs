//! Intersection over union of masks or boxes.

use super::{ZERO_DIVISION, overlap, quotients};
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::{Boxes, Items};
use crate::metric::score::Score;

metric! {
    /// # Intersection over union
    ///
    /// ## Measures
    /// The area that truth and prediction have in common over the area of either, as a mean over rows: over cases,
    /// where a row is a mask, or over boxes. A true box that stands for a crowd is held against the area of the
    /// prediction alone. `zero_division` says what a case has whose masks are both empty: `zero` or `one`. The interval
    /// is a seeded Bayesian bootstrap with rows added where it hurts.
    ///
    /// ## Why it matters
    /// Whether the region that the model marks is the region that is there: too much and too little both count.
    ///
    /// ## How to mend
    /// Look at the cases with the lowest numbers, and at small regions first: one row of pixels at the edge costs them
    /// most.
    ///
    /// ## Traps
    /// It is the mean over cases, not of pooled pixels: a small region counts as much as a large one. The rule for
    /// empty cases decides much where many are empty, so compare only numbers of one rule. Boxes that only touch have
    /// nothing in common. For one case it is D / (2 - D) with D the Dice score, but the means of the two are not so
    /// related. Of no rows there is none.
    ///
    /// ## References
    /// Jaccard 1901; Everingham et al. 2010; scikit-learn `jaccard_score` of the pixels, for boxes pycocotools
    /// `mask.iou`.
    ///
    /// ```json example
    /// {"parameters": {"form": "masks", "zero_division": 1}, "input": {"truth": [[[1, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]]], "prediction": [[[1, 0, 0], [1, 0, 0]], [[0, 0, 0], [0, 0, 0]]]}, "expected": 0.6666666666666666}
    /// ```
    /// ```json example
    /// {"parameters": {"form": "boxes"}, "input": {"truth": [0, 0, 4, 4], "prediction": [2, 2, 4, 4], "crowd": 1}, "expected": 0.25}
    /// ```
    /// ```lms pass
    /// iou(segmenter, scans.test) >= 0.3 at 95%
    /// ```
    /// ```lms fail
    /// iou(segmenter, scans.test) >= 0.999 at 95%
    /// ```
    "iou", version 1, equals "scikit-learn", reads Masks | Boxes, Higher,
    "measure iou(model: model, split: split, zero_division: text[zero, one] = zero) -> score",
    bind
}

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let empty = params.word("zero_division", ZERO_DIVISION)?;
    let shares = match items {
        Items::Masks(masks) => {
            quotients(masks, empty, |areas| (areas.common, areas.truth + areas.predicted - areas.common))
        }
        Items::Boxes(boxes) => of_boxes(boxes),
        _ => return Err(Refusal::kind()),
    };
    Ok(Score::mean(shares, 0.0, 1.0).into())
}

/// The overlap of each pair; where its last digit is rounded up, still at most 1.
fn of_boxes(boxes: &Boxes) -> Vec<f64> {
    let pairs = boxes.truth.iter().zip(&boxes.predicted).zip(&boxes.crowd);
    pairs.map(|((truth, predicted), crowd)| overlap(truth, predicted, *crowd).clamp(0.0, 1.0)).collect()
}
