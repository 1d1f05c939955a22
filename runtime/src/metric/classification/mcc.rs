//! Matthews' correlation coefficient of true and predicted classes.

use super::table::{Table, classes, pairs};
use crate::metric::api::metric;
use crate::metric::score::{Law, Score};

metric! {
    /// # Matthews correlation coefficient
    ///
    /// ## Measures
    /// The correlation of true and predicted classes, from -1 to 1; 0 is chance. With n rows, h right ones, t_k true
    /// and p_k predicted rows of class k: (h n - sum t_k p_k) / sqrt((n^2 - sum p_k^2) (n^2 - sum t_k^2)). Of two
    /// classes that is (TP TN - FP FN) / sqrt((TP + FP) (TP + FN) (TN + FP) (TN + FN)). There are no parameters.
    ///
    /// It has a seeded Bayesian bootstrap with rows added where it hurts.
    ///
    /// ## Why it matters
    /// One number that is high only where all classes are told apart, also where one is rare; a model that always gives
    /// one answer has 0, whatever its accuracy.
    ///
    /// ## How to mend
    /// Look at precision and recall of each class; the rare ones decide.
    ///
    /// ## Traps
    /// Where the rows have one true class only, or all predictions are one class, the formula has no value and the
    /// reference gives 0; so does this. It is not a share of rows, and 0.5 is not chance. Of no rows there is none.
    ///
    /// ## References
    /// Matthews 1975; Gorodkin 2004 for several classes; scikit-learn `matthews_corrcoef`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"classes": [0, 1], "truth": [0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "prediction": [0, 0, 0, 1, 0, 0, 1, 1, 1, 1]}, "expected": 0.408248290463863}
    /// ```
    /// ```json example
    /// {"parameters": {}, "input": {"classes": [0, 1, 2], "truth": [0, 0, 0, 1, 1, 1, 2, 2, 2, 2], "prediction": [0, 0, 1, 1, 1, 2, 2, 2, 0, 1]}, "expected": 0.4090909090909091}
    /// ```
    /// ```lms pass
    /// mcc(classifier, reviews.test) >= 0.3 at 95%
    /// ```
    /// ```lms fail
    /// mcc(classifier, reviews.test) >= 0.9 at 95%
    /// ```
    "mcc", version 1, equals "scikit-learn", reads Classes, Higher,
    "measure mcc(model: model, split: split) -> number",
    |items, _| {
        let classes = classes(items)?;
        let count = classes.classes;
        let score = Score::table(count, pairs(classes), Law::Table(count), move |weighed| {
            correlation(&Table::of(count, weighed))
        })?;
        Ok(score.into())
    }
}

fn correlation(table: &Table<'_>) -> Option<f64> {
    let (counts, total) = (table.counts(), table.total());
    if total <= 0.0 {
        return None;
    }
    let truth = spread(counts.iter().map(|class| class.actual));
    let predicted = spread(counts.iter().map(|class| class.predicted));
    if truth <= 0.0 || predicted <= 0.0 {
        return Some(0.0);
    }
    let together: f64 = counts.iter().map(|class| class.hits * total - class.actual * class.predicted).sum();
    Some(together / (truth.sqrt() * predicted.sqrt()))
}

/// The square of the sum less the sum of the squares, as twice the products of all pairs: exactly 0 where one number
/// stands alone.
fn spread(numbers: impl Iterator<Item = f64>) -> f64 {
    let (mut before, mut pairs) = (0.0, 0.0);
    for number in numbers {
        pairs += before * number;
        before += number;
    }
    2.0 * pairs
}
