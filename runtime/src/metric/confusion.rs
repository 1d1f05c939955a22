//! The confusion matrix: counts of (true class, predicted class), the state of every classification metric.
//! Adding and merging are exact and commute. Reference: `sklearn.metrics.confusion_matrix` with `labels` = the declared
//! classes, so that a class without rows keeps its row and column.

use super::Counts;
use crate::dataset::predictions::Predictions;

/// Most classes: the matrix has their square.
const MOST_CLASSES: usize = 4096;

/// Counts of (true class, predicted class).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Confusion {
    classes: usize,
    counts: Vec<u64>,
}

impl Confusion {
    /// No rows yet; `None` for more than 4,096 classes.
    pub fn new(classes: usize) -> Option<Confusion> {
        (classes <= MOST_CLASSES).then(|| Confusion { classes, counts: vec![0; classes * classes] })
    }

    /// From counts in row-major order (truth, prediction); `None` unless they are `classes` squared.
    pub fn from_counts(classes: usize, counts: Vec<u64>) -> Option<Confusion> {
        (classes <= MOST_CLASSES && counts.len() == classes * classes).then_some(Confusion { classes, counts })
    }

    /// Counts every row; `None` if a class index is out of range.
    pub fn from_predictions(classes: usize, predictions: &Predictions) -> Option<Confusion> {
        let mut confusion = Confusion::new(classes)?;
        let pairs = predictions.truth.iter().zip(&predictions.predicted);
        for (truth, predicted) in pairs {
            confusion.add(*truth as usize, *predicted as usize)?;
        }
        Some(confusion)
    }

    /// Counts one row; `None`, and nothing counted, if a class index is out of range or the count is full.
    pub fn add(&mut self, truth: usize, predicted: usize) -> Option<()> {
        let cell = self.cell(truth, predicted)?;
        self.counts[cell] = self.counts[cell].checked_add(1)?;
        Some(())
    }

    /// Adds another matrix of the same classes; `None`, and nothing added, if it does not fit.
    pub fn merge(&mut self, other: &Confusion) -> Option<()> {
        if self.classes != other.classes {
            return None;
        }
        let sums = self.counts.iter().zip(&other.counts).map(|(a, b)| a.checked_add(*b));
        self.counts = sums.collect::<Option<Vec<u64>>>()?;
        Some(())
    }

    /// Position of a pair in [`Confusion::counts`]; `None` out of range.
    pub fn cell(&self, truth: usize, predicted: usize) -> Option<usize> {
        (truth < self.classes && predicted < self.classes).then_some(truth * self.classes + predicted)
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Counts in row-major order (truth, prediction).
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Rows counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Rows whose prediction is right.
    pub fn hits(&self) -> u64 {
        (0..self.classes).map(|c| self.counts[c * self.classes + c]).sum()
    }

    /// Hits, predicted rows and actual rows of a class; zeros out of range.
    pub fn counts_of(&self, class: usize) -> Counts {
        if class >= self.classes {
            return Counts::default();
        }
        Counts {
            hits: self.counts[class * self.classes + class],
            predicted: (0..self.classes).map(|truth| self.counts[truth * self.classes + class]).sum(),
            actual: self.counts[class * self.classes..][..self.classes].iter().sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_example() {
        let mut confusion = Confusion::new(2).expect("two classes");
        for (truth, predicted) in [(0, 0), (0, 1), (1, 1), (1, 1)] {
            confusion.add(truth, predicted).expect("in range");
        }
        assert_eq!(confusion.counts(), [1, 1, 0, 2]);
        assert_eq!(confusion.counts_of(1), Counts { hits: 2, predicted: 3, actual: 2 });
        assert_eq!(confusion.add(2, 0), None);
        assert_eq!(confusion.total(), 4, "a pair out of range is not counted");
    }

    #[test]
    fn a_full_count_is_refused() {
        let mut full = Confusion::from_counts(1, vec![u64::MAX]).expect("one class");
        assert_eq!(full.add(0, 0), None);
        assert_eq!(full.merge(&full.clone()), None);
        assert_eq!(full.counts(), [u64::MAX]);
    }
}
