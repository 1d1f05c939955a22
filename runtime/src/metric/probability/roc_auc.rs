//! Area under the receiver operating characteristic curve.

use super::ranked::{Ranked, by_class, of_class_1, of_classes, ties, weight_of, weights};
use super::{probabilities, scores};
use crate::metric::api::{Refusal, metric};
use crate::metric::score::Weighed;

/// What is held against what.
#[derive(Clone, Copy)]
enum Form {
    Binary,
    OneAgainstRest,
    OneAgainstOne,
}

metric! {
    /// # Area under the ROC curve
    ///
    /// ## Measures
    /// The share of pairs of a positive and a negative row in which the positive one has the higher score; ties count
    /// half. 1 is a perfect order, 0.5 is chance. `form: binary` is for two classes, of which the second declared one
    /// is positive. For more classes `form: ovr` holds each class against the rest, by the score of that class, and
    /// `form: ovo` each pair of classes, as the mean of both directions. `average` then says how they are averaged:
    /// `macro` (plainly) or `weighted` (by the true rows of the class, or of both classes of the pair).
    ///
    /// It has a seeded bootstrap, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// It tells whether the model can tell the classes apart before a threshold is chosen.
    ///
    /// ## How to mend
    /// Look at positive rows with the lowest scores and negative ones with the highest: wrong labels are often among
    /// them. A threshold does not change it.
    ///
    /// ## Traps
    /// It says nothing of the values of the scores: for those ask `ece`, `brier` or `log_loss`. With a rare positive
    /// class it is high while most alarms are false: ask for `average_precision` too. With one class among the rows
    /// there is no value. `ovr` with `macro` has none where a declared class has no rows; `weighted` and `ovo` leave
    /// such a class out. `ovr` and `ovo` take probabilities only, as the reference does. The reference takes no weights
    /// of rows for `ovo`; here they count as repeated rows.
    ///
    /// ## References
    /// Hanley and McNeil 1982; Hand and Till 2001 for `ovo`; scikit-learn `roc_auc_score`.
    ///
    /// ```json example
    /// {"parameters": {"form": "binary"}, "input": {"truth": [0, 0, 1, 1, 1], "scores": [0.1, 0.6, 0.35, 0.6, 0.9]}, "expected": 0.75}
    /// ```
    /// ```json example
    /// {"parameters": {"form": "ovo", "average": "macro"}, "input": {"classes": [0, 1, 2], "truth": [0, 1, 2, 0], "scores": [[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.3, 0.4, 0.3], [0.5, 0.4, 0.1]]}, "expected": 0.9166666666666666}
    /// ```
    /// ```lms pass
    /// roc_auc(classifier, reviews.test) >= 0.65 at 95%
    /// ```
    /// ```lms fail
    /// roc_auc(classifier, reviews.test) >= 0.995 at 95%
    /// ```
    "roc_auc", version 1, equals "scikit-learn", reads Scores, Higher,
    "measure roc_auc(model: model, split: split, form: text[binary, ovr, ovo] = binary, average: text[macro, weighted] = macro) -> score",
    |items, params| {
        let forms = [("binary", Form::Binary), ("ovr", Form::OneAgainstRest), ("ovo", Form::OneAgainstOne)];
        let form = params.word("form", &forms)?;
        let by_rows = params.word("average", &[("macro", false), ("weighted", true)])?;
        let classes = scores(items)?.classes;
        let score = match form {
            Form::Binary if classes == 2 => of_class_1(scores(items)?, binary),
            Form::Binary => {
                let mend = "write `form: ovr` (each class against the rest) or `form: ovo` (each pair)";
                return Err(Refusal::new("there are more than two classes", mend));
            }
            Form::OneAgainstRest => {
                of_classes(probabilities(items)?, move |weighed| one_against_rest(weighed, classes, by_rows))
            }
            Form::OneAgainstOne => {
                of_classes(probabilities(items)?, move |weighed| one_against_one(weighed, classes, by_rows))
            }
        };
        Ok(score.into())
    }
}

fn binary(rows: &[Ranked]) -> Option<f64> {
    against_rest(rows, 1, &[weight_of(rows, 0), weight_of(rows, 1)])
}

/// Of a class against all others; `rows` are ranked by its score, `weights` are those of the classes.
fn against_rest(rows: &[Ranked], class: usize, weights: &[f64]) -> Option<f64> {
    let own = weights.get(class)?;
    let others: f64 = weights.iter().enumerate().filter(|(other, _)| *other != class).map(|(_, weight)| weight).sum();
    (*own > 0.0 && others > 0.0)
        .then(|| pairs_in_order(rows, class, weights.len()).iter().sum::<f64>() / (own * others))
}

/// For each other class the pairs with a row of `class` in which that row ranks higher, ties half.
fn pairs_in_order(rows: &[Ranked], class: usize, classes: usize) -> Vec<f64> {
    let (mut pairs, mut above) = (vec![0.0; classes], 0.0);
    for tie in ties(rows) {
        let here = weight_of(tie, class);
        for row in tie.iter().filter(|row| row.class != class) {
            if let Some(sum) = pairs.get_mut(row.class) {
                *sum += row.weight * (above + here / 2.0);
            }
        }
        above += here;
    }
    pairs
}

fn one_against_rest(weighed: &Weighed<'_>, classes: usize, by_rows: bool) -> Option<f64> {
    let weights = weights(weighed, classes);
    let (mut sum, mut total) = (0.0, 0.0);
    for (class, own) in weights.iter().enumerate() {
        let weight = if by_rows { *own } else { 1.0 };
        if weight > 0.0 {
            sum += weight * against_rest(&by_class(weighed, class), class, &weights)?;
            total += weight;
        }
    }
    (total > 0.0).then(|| sum / total)
}

/// Each direction of each pair of classes that have rows. A pair counts in both directions alike, so that the mean of
/// all directions is the mean over pairs of the mean of both.
fn one_against_one(weighed: &Weighed<'_>, classes: usize, by_rows: bool) -> Option<f64> {
    let weights = weights(weighed, classes);
    let (mut sum, mut total) = (0.0, 0.0);
    for (class, own) in weights.iter().enumerate().filter(|(_, own)| **own > 0.0) {
        let pairs = pairs_in_order(&by_class(weighed, class), class, classes);
        for (other, (pairs, rest)) in pairs.iter().zip(&weights).enumerate() {
            if other != class && *rest > 0.0 {
                let weight = if by_rows { own + rest } else { 1.0 };
                sum += weight * pairs / (own * rest);
                total += weight;
            }
        }
    }
    (total > 0.0).then(|| sum / total)
}
