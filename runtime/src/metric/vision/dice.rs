//! Dice score of masks.

use super::{ZERO_DIVISION, quotients};
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::Score;

metric! {
    /// # Dice score
    ///
    /// ## Measures
    /// 2 x common area / (true area + predicted area), as a mean over cases; a row is a mask. `zero_division` says what
    /// a case has whose masks are both empty: `zero` or `one`. The interval is a seeded Bayesian bootstrap with rows
    /// added where it hurts.
    ///
    /// ## Why it matters
    /// Whether the region that the model marks is the region that is there: the common number for organs and lesions.
    /// It is the F1 of the pixels of a case.
    ///
    /// ## How to mend
    /// Look at the cases with the lowest numbers: missed small regions give 0 each. Where edges are wrong but regions
    /// are found, look at how the truth was drawn.
    ///
    /// ## Traps
    /// It is the mean over cases, not of pooled pixels: a small region counts as much as a large one. The rule for
    /// empty cases decides much where many are empty: under `zero` a right answer to a healthy scan is worth nothing,
    /// under `one` a model that never marks anything scores on every healthy scan. Of no rows there is none.
    ///
    /// ## References
    /// Dice 1945; Maier-Hein et al. 2024 (Metrics Reloaded); scikit-learn `f1_score` of the pixels.
    ///
    /// ```json example
    /// {"parameters": {"form": "masks", "zero_division": 1}, "input": {"truth": [[[1, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]]], "prediction": [[[1, 0, 0], [1, 0, 0]], [[0, 0, 0], [0, 0, 0]]]}, "expected": 0.75}
    /// ```
    /// ```lms pass
    /// dice(segmenter, scans.test) >= 0.4 at 95%
    /// ```
    /// ```lms fail
    /// dice(segmenter, scans.test) >= 0.999 at 95%
    /// ```
    "dice", version 1, equals "scikit-learn", reads Masks, Higher,
    "measure dice(model: model, split: split, zero_division: text[zero, one] = zero) -> score",
    bind
}

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let empty = params.word("zero_division", ZERO_DIVISION)?;
    let Items::Masks(masks) = items else { return Err(Refusal::kind()) };
    let shares = quotients(masks, empty, |areas| (2 * areas.common, areas.truth + areas.predicted));
    Ok(Score::mean(shares, 0.0, 1.0).into())
}
