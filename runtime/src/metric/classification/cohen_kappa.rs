//! Cohen's kappa: agreement of truth and prediction beyond chance.

use super::table::{Table, classes, pairs};
use crate::metric::api::metric;
use crate::metric::score::{Law, Score};

/// How much a pair disagrees whose classes stand so far apart in the declared order.
type Disagreement = fn(f64) -> f64;

/// The words of the parameter `disagreement`.
const DISAGREEMENTS: &[(&str, Disagreement)] = &[
    ("nominal", |apart| if apart > 0.0 { 1.0 } else { 0.0 }),
    ("linear", |apart| apart),
    ("quadratic", |apart| apart * apart),
];

metric! {
    /// # Cohen's kappa
    ///
    /// ## Measures
    /// 1 - observed / chance disagreement of true and predicted classes; 1 is full agreement, 0 is chance, below 0 is
    /// worse than chance. Chance is what the shares of true and of predicted classes give if they do not depend on each
    /// other. `disagreement` says how much a wrong class counts: `nominal` (1, whichever it is), `linear` (how many
    /// places it is off in the declared order of classes), `quadratic` (the square of that).
    ///
    /// It has a seeded Bayesian bootstrap with rows added where it hurts.
    ///
    /// ## Why it matters
    /// It takes off what guessing by frequency would reach, and with `linear` or `quadratic` it counts a grade that is
    /// off by one less than one that is off by three.
    ///
    /// ## How to mend
    /// Look which classes are confused; with `quadratic`, mend the far misses first.
    ///
    /// ## Traps
    /// `linear` and `quadratic` use the order in which the classes are declared: it must be the order of the grades.
    /// Kappas with different disagreements do not compare. Where truth and prediction are all one and the same class,
    /// chance leaves no disagreement and there is no value. Kappa falls where a class is rare, for the same accuracy.
    ///
    /// ## References
    /// Cohen 1960; Cohen 1968 for weights; scikit-learn `cohen_kappa_score`.
    ///
    /// ```json example
    /// {"parameters": {"disagreement": "nominal"}, "input": {"classes": [0, 1], "truth": [0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "prediction": [0, 0, 0, 1, 0, 0, 1, 1, 1, 1]}, "expected": 0.4}
    /// ```
    /// ```json example
    /// {"parameters": {"disagreement": "quadratic"}, "input": {"classes": [0, 1, 2], "truth": [0, 0, 0, 1, 1, 1, 2, 2, 2, 2], "prediction": [0, 0, 1, 1, 1, 2, 2, 2, 0, 1]}, "expected": 0.46153846153846156}
    /// ```
    /// ```lms pass
    /// cohen_kappa(classifier, reviews.test) >= 0.3 at 95%
    /// ```
    /// ```lms fail
    /// cohen_kappa(classifier, reviews.test) >= 0.9 at 95%
    /// ```
    "cohen_kappa", version 1, equals "scikit-learn", reads Classes, Higher,
    "measure cohen_kappa(model: model, split: split, disagreement: text[nominal, linear, quadratic] = nominal) -> number",
    |items, params| {
        let classes = classes(items)?;
        let count = classes.classes;
        let disagreement = params.word("disagreement", DISAGREEMENTS)?;
        let score = Score::table(count, pairs(classes), Law::Table(count), move |weighed| {
            kappa(&Table::of(count, weighed), disagreement)
        })?;
        Ok(score.into())
    }
}

fn kappa(table: &Table<'_>, disagreement: Disagreement) -> Option<f64> {
    let counts = table.counts();
    let (mut observed, mut chance) = (0.0, 0.0);
    for (truth, row) in counts.iter().enumerate() {
        for (predicted, column) in counts.iter().enumerate() {
            let weight = disagreement(truth.abs_diff(predicted) as f64);
            observed += weight * table.cell(truth, predicted);
            chance += weight * row.actual * column.predicted;
        }
    }
    (chance > 0.0).then(|| 1.0 - observed * table.total() / chance)
}
