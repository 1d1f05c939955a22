//! Precision of a class: rows of it predicted as it / rows predicted as it; or its average over classes.
//! Reference: `sklearn.metrics.precision_score` with `labels` = all declared classes and the given `average`.
//! Trap: a class that is never predicted has no precision; scikit-learn's NaN would drop it from the mean, here the mean is undefined.

use super::{Confusion, Counts, Params, Share, Target, average};

/// Precision; `None` where undefined.
pub fn precision(confusion: &Confusion, params: &Params) -> Option<f64> {
    average(confusion, params, quotient)
}

/// Hits over predicted rows.
fn quotient(class: Counts) -> (u64, u64) {
    (class.hits, class.predicted)
}

/// Of a class the rate of the rows predicted as it; over all classes together that of all rows.
pub fn share(target: Target) -> Option<Share> {
    match target {
        Target::Class(class) => Some(Share::Predicted(class)),
        Target::Micro => Some(Share::Rows),
        Target::Macro | Target::Weighted => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::ZeroDivision;

    #[test]
    fn worked_example() {
        let confusion = Confusion::from_counts(2, vec![3, 1, 2, 4]).expect("two classes");
        assert_eq!(precision(&confusion, &Params::over(Target::Class(1))), Some(4.0 / 5.0));
        assert_eq!(precision(&confusion, &Params::over(Target::Micro)), Some(0.7));
        assert_eq!(precision(&confusion, &Params::over(Target::Class(2))), None, "no such class");
    }

    #[test]
    fn a_zero_denominator_is_as_declared() {
        let none = Confusion::from_counts(2, vec![3, 0, 2, 0]).expect("two classes");
        for (zero_division, expected) in [
            (ZeroDivision::Undefined, None),
            (ZeroDivision::Value(0.0), Some(0.0)),
            (ZeroDivision::Value(1.0), Some(1.0)),
        ] {
            assert_eq!(precision(&none, &Params { target: Target::Class(1), zero_division }), expected);
        }
        assert_eq!(precision(&none, &Params::over(Target::Macro)), None, "a mean over an undefined class is undefined");
    }
}
