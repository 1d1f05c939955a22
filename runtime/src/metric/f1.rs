//! F1 of a class: 2 x hits / (rows predicted as it + rows of it), the harmonic mean of precision and recall; or its average.
//! Reference: `sklearn.metrics.f1_score` with `labels` = all declared classes and the given `average`.
//! Trap: the mean of per-class F1, not F1 of the mean precision and recall; a class that is neither predicted nor true has none.

use super::{Confusion, Counts, Params, Share, Target, average};

/// F1; `None` where undefined.
pub fn f1(confusion: &Confusion, params: &Params) -> Option<f64> {
    average(confusion, params, quotient)
}

/// Twice the hits over predicted and actual rows.
fn quotient(class: Counts) -> (u64, u64) {
    (2 * class.hits, class.predicted + class.actual)
}

/// Over all classes together it is the rate of right rows, since each row is one prediction and one truth.
pub fn share(target: Target) -> Option<Share> {
    (target == Target::Micro).then_some(Share::Rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::ZeroDivision;

    #[test]
    fn worked_example() {
        let confusion = Confusion::from_counts(2, vec![3, 1, 2, 4]).expect("two classes");
        assert_eq!(f1(&confusion, &Params::over(Target::Class(1))), Some(8.0 / 11.0));
        assert_eq!(f1(&confusion, &Params::over(Target::Micro)), Some(0.7));
        assert_eq!(f1(&confusion, &Params::over(Target::Class(2))), None, "no such class");
    }

    #[test]
    fn a_zero_denominator_is_as_declared() {
        let none = Confusion::from_counts(2, vec![5, 0, 0, 0]).expect("two classes");
        for (zero_division, expected) in [
            (ZeroDivision::Undefined, None),
            (ZeroDivision::Value(0.0), Some(0.0)),
            (ZeroDivision::Value(1.0), Some(1.0)),
        ] {
            assert_eq!(f1(&none, &Params { target: Target::Class(1), zero_division }), expected);
        }
        assert_eq!(f1(&none, &Params::over(Target::Macro)), None, "a mean over an undefined class is undefined");
    }
}
