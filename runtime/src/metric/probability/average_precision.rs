//! Average precision: the area under the steps of precision over recall.

use super::ranked::{Ranked, by_class, of_class_1, of_classes, pooled, ties, weight_of, weights};
use super::scores;
use crate::metric::api::{Refusal, metric};
use crate::metric::score::Weighed;

/// What is averaged over.
#[derive(Clone, Copy)]
enum Form {
    Binary,
    Macro,
    Micro,
    Weighted,
}

metric! {
    /// # Average precision
    ///
    /// ## Measures
    /// The sum over thresholds, from the highest score down, of (R_n - R_(n-1)) P_n, with P_n and R_n precision and
    /// recall of the rows that score at least the threshold; rows of equal score enter together. `form: binary` is for
    /// two classes, of which the second declared one is positive. For more classes each is held against the rest by its
    /// own score: `form: macro` is the plain mean over classes, `weighted` the mean weighted by the true rows of each
    /// class, and `micro` ranks all pairs of a row and a class in one list.
    ///
    /// It has a seeded bootstrap, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// It tells how clean the top of the list is, over all thresholds: of a rare class it shows what `roc_auc` hides.
    ///
    /// ## How to mend
    /// Look at the negative rows with the highest scores: each one costs at every positive row below it.
    ///
    /// ## Traps
    /// Chance is not 0.5 but the share of positive rows: values on data with other shares do not compare. It is a sum
    /// of steps and not the area by trapezoids, which is higher. A class without true rows has 0, as in the reference,
    /// and so it lowers `macro`; without any row there is no value. `micro` needs scores of classes that compare with
    /// each other.
    ///
    /// ## References
    /// Su, Yuan and Zhu 2015, "A Relationship between the Average Precision and the Area Under the ROC Curve";
    /// scikit-learn `average_precision_score`.
    ///
    /// ```json example
    /// {"parameters": {"form": "binary"}, "input": {"truth": [0, 0, 1, 1, 1], "scores": [0.1, 0.6, 0.35, 0.6, 0.9]}, "expected": 0.8055555555555556}
    /// ```
    /// ```json example
    /// {"parameters": {"form": "macro"}, "input": {"classes": [0, 1, 2], "truth": [0, 1, 2, 0], "scores": [[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.3, 0.4, 0.3], [0.5, 0.4, 0.1]]}, "expected": 0.8333333333333334}
    /// ```
    /// ```lms pass
    /// average_precision(classifier, reviews.test) >= 0.55 at 95%
    /// ```
    /// ```lms fail
    /// average_precision(classifier, reviews.test) >= 0.995 at 95%
    /// ```
    "average_precision", version 1, equals "scikit-learn", reads Scores, Higher,
    "measure average_precision(model: model, split: split, form: text[binary, macro, micro, weighted] = binary) -> score",
    |items, params| {
        let forms =
            [("binary", Form::Binary), ("macro", Form::Macro), ("micro", Form::Micro), ("weighted", Form::Weighted)];
        let form = params.word("form", &forms)?;
        let scores = scores(items)?;
        let classes = scores.classes;
        let score = match form {
            Form::Binary if classes == 2 => of_class_1(scores, binary),
            Form::Binary => {
                let mend = "write `form: macro`, `micro` or `weighted`";
                return Err(Refusal::new("there are more than two classes", mend));
            }
            Form::Micro => of_classes(scores, |weighed| binary(&pooled(weighed))),
            Form::Macro => of_classes(scores, move |weighed| mean(weighed, classes, false)),
            Form::Weighted => of_classes(scores, move |weighed| mean(weighed, classes, true)),
        };
        Ok(score.into())
    }
}

fn binary(rows: &[Ranked]) -> Option<f64> {
    (!rows.is_empty()).then(|| steps(rows, 1))
}

/// The mean over classes, plain or by their true rows.
fn mean(weighed: &Weighed<'_>, classes: usize, by_rows: bool) -> Option<f64> {
    let weights = weights(weighed, classes);
    if weights.iter().all(|own| *own <= 0.0) {
        return None;
    }
    let (mut sum, mut total) = (0.0, 0.0);
    for (class, own) in weights.iter().enumerate() {
        let weight = if by_rows { *own } else { 1.0 };
        if weight > 0.0 {
            sum += weight * steps(&by_class(weighed, class), class);
            total += weight;
        }
    }
    Some(sum / total)
}

/// The sum of the steps; 0 without rows of the class.
fn steps(rows: &[Ranked], class: usize) -> f64 {
    let positives = weight_of(rows, class);
    let (mut hits, mut entered, mut sum) = (0.0, 0.0, 0.0);
    for tie in ties(rows) {
        let here = weight_of(tie, class);
        hits += here;
        entered += tie.iter().map(|row| row.weight).sum::<f64>();
        if here > 0.0 {
            sum += here * hits / entered;
        }
    }
    if positives > 0.0 { sum / positives } else { 0.0 }
}
