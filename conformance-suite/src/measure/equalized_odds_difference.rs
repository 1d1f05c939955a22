//! The widest gap between groups in what is predicted for rows of the same class.

use super::api::{Arguments, Seeds, measure};
use super::classification::over_predictions;
use super::fairness::{Grouped, Rates};
use super::reading::{Failure, Reading};
use crate::session::Predicted;

measure! {
    /// # Equalized odds difference
    ///
    /// ## Measures
    /// How far apart the groups of a column are in what the model predicts for rows of the same true class: the widest
    /// gap, over all true and predicted classes, between the groups' shares. For two classes that is the wider one of the
    /// gaps in true-positive and in false-positive rate, equal to fairlearn's `equalized_odds_difference`
    /// (`agg="worst_case"`). Undefined, and so never a pass, where a declared group has no rows of a class.
    ///
    /// The interval is simultaneous over all shares: Clopper and Pearson's for each, Bonferroni's for their number.
    ///
    /// ## Why it matters
    /// It asks whether errors fall on one group more than on another, whatever the groups' own rates are.
    ///
    /// ## How to mend
    /// The facts name the class and the groups where the gap is widest: add training data there. A wide interval wants
    /// more rows of the rarest class in the smallest group.
    ///
    /// ## References
    /// Hardt, Price and Srebro 2016; ISO/IEC TR 24027:2021; fairlearn.
    ///
    /// ```lms pass
    /// equalized_odds_difference(classifier, grouped.test, by: half) <= 25% at 95%
    /// ```
    /// ```lms fail
    /// equalized_odds_difference(classifier, grouped.test, by: strength) <= 5% at 95%
    /// ```
    "equalized_odds_difference", Run, "measure equalized_odds_difference(model: model, split: split, by: group) -> score",
    |arguments, session| over_predictions(arguments, session, from_predictions), recompute from_predictions
}

fn from_predictions(arguments: &Arguments, predicted: &Predicted, _: &Seeds) -> Result<Reading, Failure> {
    let grouped = Grouped::new(arguments, predicted)?;
    let true_classes = 0..predicted.classes.labels.len();
    let of_class = |truth: usize| grouped.classes().map(move |class| (class, truth));
    let rates: Vec<Rates> =
        true_classes.flat_map(of_class).map(|(class, truth)| grouped.rates(class, Some(truth))).collect();
    Ok(grouped.widest(arguments, &rates))
}
