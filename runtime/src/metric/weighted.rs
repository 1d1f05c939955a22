//! A composite score: the weighted sum of other metrics on the same rows, with the author's weights as they stand.
//! Undefined as soon as one term is. On a resample all terms see the same rows, so their correlation is kept.

use super::{Confusion, Metric, Params};

/// A weighted sum of metrics.
#[derive(Clone, Debug)]
pub struct Weighted {
    /// (weight, metric, its parameters), in the author's order; summed in that order.
    pub terms: Vec<(f64, Metric, Params)>,
}

impl Weighted {
    /// The sum; `None` without terms or where a term is undefined.
    pub fn evaluate(&self, confusion: &Confusion) -> Option<f64> {
        if self.terms.is_empty() {
            return None;
        }
        self.terms.iter().map(|(weight, metric, params)| metric(confusion, params).map(|value| weight * value)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Target, accuracy::accuracy, recall::recall};

    #[test]
    fn worked_example() {
        let positive = Params::over(Target::Class(1));
        let score = Weighted { terms: vec![(0.5, accuracy, positive), (0.5, recall, positive)] };
        let confusion = Confusion::from_counts(2, vec![3, 1, 2, 2]).expect("two classes");
        assert_eq!(score.evaluate(&confusion), Some(0.5 * 0.625 + 0.5 * 0.5));
        let no_positives = Confusion::from_counts(2, vec![3, 1, 0, 0]).expect("two classes");
        assert_eq!(score.evaluate(&no_positives), None);
    }
}
