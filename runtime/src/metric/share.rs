//! Rates among the metrics. A metric that is the share of right ones among counted rows has an exact interval: given the
//! number of those rows, the right ones among them follow the binomial law. Means over classes and sums of metrics have none.

use super::Confusion;

/// The rows that a metric is a rate of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Share {
    /// All rows; right are those predicted as what they are.
    Rows,
    /// Those predicted as the class.
    Predicted(usize),
    /// Those of the class.
    Actual(usize),
}

impl Share {
    /// Hits, and the rows they are among.
    pub fn counts(self, confusion: &Confusion) -> (u64, u64) {
        match self {
            Share::Rows => (confusion.hits(), confusion.total()),
            Share::Predicted(class) => {
                let counts = confusion.counts_of(class);
                (counts.hits, counts.predicted)
            }
            Share::Actual(class) => {
                let counts = confusion.counts_of(class);
                (counts.hits, counts.actual)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{ALL, Params, Target};

    #[test]
    fn every_share_is_its_metric() {
        let confusion = Confusion::from_counts(3, vec![3, 1, 0, 2, 4, 5, 1, 0, 7]).expect("three classes");
        let targets = [Target::Micro, Target::Weighted, Target::Macro, Target::Class(0), Target::Class(2)];
        let mut shares = 0;
        for (row, target) in ALL.iter().flat_map(|row| targets.map(|target| (row, target))) {
            let Some(share) = (row.share)(target) else { continue };
            let (hits, rows) = share.counts(&confusion);
            let value = (row.run)(&confusion, &Params::over(target)).expect("defined");
            assert!((hits as f64 / rows as f64 - value).abs() < 1e-15, "{} {target:?}", row.id);
            shares += 1;
        }
        assert_eq!(shares, 5 + 1 + 3 + 4, "accuracy, F1, precision, recall");
    }
}
