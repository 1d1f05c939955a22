//! F-beta of a class, or its average over classes.

use super::table::of_quotient;
use crate::metric::api::{Refusal, metric};

metric! {
    /// # F-beta
    ///
    /// ## Measures
    /// The harmonic mean of precision and recall in which recall weighs beta^2 as much as precision:
    /// (1 + b^2) TP / ((1 + b^2) TP + FP + b^2 FN), with b the parameter `beta` (above 0; 1 is F1). It is taken of one
    /// named class, or `average: macro` (the plain mean over all declared classes), `micro` (from the summed counts),
    /// `weighted` (the mean weighted by the true rows of each class). `zero_division` says what a class that is neither
    /// true nor predicted has: `undefined` (then so is the mean), `skip` (left out of the mean), `zero`, `one`.
    ///
    /// It has a seeded Bayesian bootstrap with rows added where it hurts: misses and false alarms weigh differently, so
    /// that it is no share of rows.
    ///
    /// ## Why it matters
    /// A missed case and a false alarm seldom cost the same; beta says how much more recall counts.
    ///
    /// ## How to mend
    /// Look which of precision and recall is low. With beta above 1 a lower threshold helps, with beta below 1 a higher
    /// one.
    ///
    /// ## Traps
    /// F-beta of different beta do not compare. The average over classes is the mean of the classes' F-beta. Micro
    /// F-beta over all classes is accuracy, whatever beta is. Of no rows there is none, whatever `zero_division` says.
    ///
    /// ## References
    /// van Rijsbergen 1979; ISO/IEC TS 4213:2022, 6.2; scikit-learn `fbeta_score` with all declared classes as
    /// `labels`.
    ///
    /// ```json example
    /// {"parameters": {"class": 1, "beta": 2}, "input": {"classes": [0, 1], "truth": [0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "prediction": [0, 0, 0, 1, 0, 0, 1, 1, 1, 1]}, "expected": 0.6896551724137931}
    /// ```
    /// ```lms pass
    /// f_beta(classifier, reviews.test, positive, beta: 2) >= 0.65 at 95%
    /// ```
    /// ```lms fail
    /// f_beta(classifier, reviews.test, average: macro, beta: 2) >= 0.95 at 95%
    /// ```
    "f_beta", version 1, equals "scikit-learn", reads Classes, Higher,
    "measure f_beta(model: model, split: split, class: class = none, beta: real = 1, average: text[binary, macro, micro, weighted] = binary, zero_division: text[undefined, skip, zero, one] = undefined) -> score",
    |items, params| {
        let beta = params.number("beta", 1.0)?;
        if beta <= 0.0 {
            return Err(Refusal::new("`beta` is not above 0", "write for example `beta: 2`"));
        }
        let square = beta * beta;
        of_quotient(
            items,
            params,
            move |class| ((1.0 + square) * class.hits, class.predicted + square * class.actual),
            |_| None,
        )
    }
}
