//! Accuracy: right predictions / all rows. Reference: `sklearn.metrics.accuracy_score`.
//! Trap: of no rows there is no accuracy; `zero_division` does not change that.

use super::{Confusion, Params, Share, Target, ZeroDivision, divide};

/// The share of rows whose prediction is right; `None` without rows. The parameters do not matter.
pub fn accuracy(confusion: &Confusion, _: &Params) -> Option<f64> {
    divide((confusion.hits(), confusion.total()), ZeroDivision::Undefined)
}

/// The rate of all rows, whatever the target.
pub fn share(_: Target) -> Option<Share> {
    Some(Share::Rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example() {
        let params = Params::over(Target::Macro);
        let confusion = Confusion::from_counts(2, vec![3, 1, 2, 4]).expect("two classes");
        assert_eq!(accuracy(&confusion, &params), Some(0.7));
        assert_eq!(accuracy(&Confusion::new(2).expect("two classes"), &params), None);
    }
}
