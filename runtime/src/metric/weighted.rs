//! A composite score: the weighted sum of metrics on the same rows, with the author's weights as they stand. One metric
//! alone is the sum of one term. Undefined as soon as one term is.

use super::share::Share;
use super::{Confusion, Params, Row, Target};

/// One term of a sum.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// Its weight, above 0.
    pub weight: f64,
    /// The metric.
    pub row: Row,
    /// The metric's parameters.
    pub params: Params,
}

/// A weighted sum of metrics.
#[derive(Clone, Debug)]
pub struct Weighted {
    /// The terms in the author's order; summed in that order.
    pub terms: Vec<Term>,
}

impl Weighted {
    /// One metric over `target`, undefined where a denominator is zero.
    pub fn single(row: Row, target: Target) -> Weighted {
        Weighted { terms: vec![Term { weight: 1.0, row, params: Params::over(target) }] }
    }

    /// The sum; `None` without terms or where a term is undefined.
    pub fn evaluate(&self, confusion: &Confusion) -> Option<f64> {
        if self.terms.is_empty() {
            return None;
        }
        let value = |term: &Term| (term.row.run)(confusion, &term.params).map(|value| term.weight * value);
        self.terms.iter().map(value).sum()
    }

    /// The sum of the weights: the score of a model that is always right.
    pub fn scale(&self) -> f64 {
        self.terms.iter().map(|term| term.weight).sum()
    }

    /// The rate that every term is, if all are the same one.
    pub fn share(&self) -> Option<Share> {
        let mut shares = self.terms.iter().map(|term| (term.row.share)(term.params.target));
        let first = shares.next()??;
        shares.all(|share| share == Some(first)).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::find;

    fn term(weight: f64, id: &str, target: Target) -> Term {
        Term { weight, row: *find(id).expect("a metric"), params: Params::over(target) }
    }

    #[test]
    fn worked_example() {
        let positive = Target::Class(1);
        let score = Weighted { terms: vec![term(0.5, "accuracy", positive), term(0.5, "recall", positive)] };
        let confusion = Confusion::from_counts(2, vec![3, 1, 2, 2]).expect("two classes");
        assert_eq!(score.evaluate(&confusion), Some(0.5 * 0.625 + 0.5 * 0.5));
        let no_positives = Confusion::from_counts(2, vec![3, 1, 0, 0]).expect("two classes");
        assert_eq!(score.evaluate(&no_positives), None);
    }

    #[test]
    fn a_sum_of_one_rate_is_that_rate() {
        let same = Weighted { terms: vec![term(0.5, "accuracy", Target::Macro), term(0.7, "f1", Target::Micro)] };
        assert_eq!((same.share(), same.scale()), (Some(Share::Rows), 1.2));
        let both =
            Weighted { terms: vec![term(0.5, "accuracy", Target::Micro), term(0.5, "recall", Target::Class(1))] };
        assert_eq!(both.share(), None);
        assert_eq!(Weighted { terms: Vec::new() }.share(), None);
    }
}
