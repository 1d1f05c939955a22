//! Mean cosine of two vectors.

use crate::metric::api::{Refusal, metric};
use crate::metric::items::Items;
use crate::metric::score::{Score, sum};
use rayon::prelude::*;

/// Ten times the rounding unit of float64: the reference takes a shorter vector for a zero vector.
const SHORTEST: f64 = 10.0 * f64::EPSILON;

metric! {
    /// # Cosine similarity
    ///
    /// ## Measures
    /// The mean over rows of a b / (|a| |b|), a the true and b the predicted vector: 1 where they point the same way, 0
    /// where they stand at right angles or one of them is zero, -1 where they point opposite ways.
    ///
    /// Interval: seeded Bayesian bootstrap with rows added where it hurts.
    ///
    /// ## Why it matters
    /// Searches compare vectors by their cosine. It says how far the vectors of a model that was compressed, or put
    /// anew on other machines, are those of the model that was accepted.
    ///
    /// ## How to mend
    /// Look at the rows with the lowest cosine: long or rare inputs point to how inputs are cut or pooled; a drop in
    /// all rows points to a layer or a normalisation that differs.
    ///
    /// ## Traps
    /// A mean near 1 may hide rows that are far off. In many models all vectors point roughly the same way, so that
    /// unrelated pairs have a cosine of 0.7 or more: compare with the value of shuffled pairs before setting a bar. A
    /// vector shorter than 2.2e-15 counts as zero, with a cosine of 0, as in the reference. Vectors whose length is
    /// beyond float64 have their true cosine here.
    ///
    /// ## References
    /// Salton, Wong and Yang 1975; scikit-learn 1.9.1 `pairwise.cosine_similarity`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [[1.0, 2.0], [1.0, 0.0]], "prediction": [[2.0, 1.0], [0.0, 1.0]]}, "expected": 0.4}
    /// ```
    /// ```lms pass
    /// cosine(encoder, pairs.test) >= 0.1 at 95%
    /// ```
    /// ```lms fail
    /// cosine(encoder, pairs.test) >= 0.99999 at 95%
    /// ```
    "cosine", version 1, equals "scikit-learn", reads Vectors, Higher,
    "measure cosine(model: model, split: split) -> number",
    |items, _| {
        let Items::Vectors(vectors) = items else { return Err(Refusal::kind()) };
        let pairs = vectors.truth.par_iter().zip(&vectors.predicted);
        let cosines: Vec<f64> = pairs.map(|(truth, predicted)| cosine(truth, predicted)).collect();
        Ok(Score::mean(cosines, -1.0, 1.0).into())
    }
}

fn cosine(one: &[f64], two: &[f64]) -> f64 {
    match (unit(one), unit(two)) {
        (Some(one), Some(two)) => sum(one.iter().zip(&two).map(|(a, b)| a * b)).clamp(-1.0, 1.0),
        _ => 0.0,
    }
}

/// The vector of length 1 of that direction; `None` where it is too short to have one. Numbers are divided by the
/// largest first, so that no square is beyond float64.
fn unit(vector: &[f64]) -> Option<Vec<f64>> {
    let largest = vector.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    if largest == 0.0 {
        return None;
    }
    let length = sum(vector.iter().map(|number| (number / largest).powi(2))).sqrt();
    let long = largest * length >= SHORTEST;
    long.then(|| vector.iter().map(|number| number / largest / length).collect())
}
