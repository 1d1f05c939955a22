//! The widest gap between groups in what is predicted.

use super::api::{Arguments, Seeds, measure};
use super::classification::over_predictions;
use super::fairness::{Grouped, Rates};
use super::reading::{Failure, Reading};
use crate::session::Predicted;

measure! {
    /// # Demographic parity difference
    ///
    /// ## Measures
    /// How far apart the groups of a column are in the share of their rows that the model predicts as a class: the
    /// greatest share less the least, 0 where all groups are treated alike. Equal to fairlearn's
    /// `demographic_parity_difference` for two classes, where it is the same for either class; of more classes the widest
    /// counts. Undefined, and so never a pass, where a declared group has no rows.
    ///
    /// The interval is simultaneous over all groups: Clopper and Pearson's for each share, Bonferroni's for their number.
    ///
    /// ## Why it matters
    /// A model may be accurate and still grant what it decides about to one group far more often than to another.
    ///
    /// ## How to mend
    /// Look whether the groups differ in the data in the same way; if they should not, balance the training data or
    /// choose the threshold anew. A wide interval wants more rows of the smallest group.
    ///
    /// ## References
    /// Dwork et al. 2012; Agarwal et al. 2018; ISO/IEC TR 24027:2021; fairlearn.
    ///
    /// ```lms pass
    /// demographic_parity_difference(classifier, grouped.test, by: half) <= 25% at 95%
    /// ```
    /// ```lms fail
    /// demographic_parity_difference(classifier, grouped.test, by: tone) <= 25% at 95%
    /// ```
    "demographic_parity_difference", Run, "measure demographic_parity_difference(model: model, split: split, by: group) -> score",
    |arguments, session| over_predictions(arguments, session, from_predictions), recompute from_predictions
}

fn from_predictions(arguments: &Arguments, predicted: &Predicted, _: &Seeds) -> Result<Reading, Failure> {
    let grouped = Grouped::new(arguments, predicted)?;
    let rates: Vec<Rates> = grouped.classes().map(|class| grouped.rates(class, None)).collect();
    Ok(grouped.widest(arguments, &rates))
}
