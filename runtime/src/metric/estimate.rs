//! A score with the interval that its rows allow. A rate has Wilson's interval over its own rows, the exact one where
//! these are few ([`crate::statistics::rate`]); any other score has the Bayesian bootstrap over all rows, with one row added where it hurts ([`crate::statistics::bootstrap`]).
//!
//! Where it hurts: for the lower end the error that lowers the score most, for the upper end the hit that raises it most.
//! A class of fewer than 50 true or predicted rows gets rows of its own: its errors may all be missing from the sample, and
//! the worst of one class does not speak for them. From 50 rows on one row is enough: K classes of m rows without an error
//! clear a bar that the mean of their true rates does not reach with a probability of at most e^(-m (1 - a^(1/m))), which for
//! a = 2.5% is 2.9% at m = 50 whatever K is, and goes to a with m.

use super::Confusion;
use super::weighted::Weighted;
use crate::statistics::bootstrap::{Bootstrap, Sample};
use crate::statistics::rate_interval;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// True or predicted rows of a class below which it gets added rows of its own.
const FEW: u64 = 50;

/// A value and what the rows say about it.
#[derive(Clone, PartialEq, Debug)]
pub struct Estimate {
    /// The score on these rows; `None` where it is undefined.
    pub value: Option<f64>,
    /// Lower and upper end; `None` where there is no value or no interval.
    pub interval: Option<(f64, f64)>,
    /// The rows that the score is taken over.
    pub n: u64,
    /// How the interval is made: `wilson`, `clopper-pearson` or `bayesian-bootstrap`.
    pub method: &'static str,
}

impl Weighted {
    /// The score and its interval at `confidence`; `seed` draws the resamples where there are any.
    pub fn estimate(&self, confusion: &Confusion, confidence: f64, seed: [u8; 32]) -> Estimate {
        let value = self.evaluate(confusion).filter(|value| value.is_finite());
        if let Some(share) = self.share() {
            let (hits, n) = share.counts(confusion);
            let ((low, high), method) = rate_interval(hits, n, confidence);
            let interval = value.map(|_| (self.scale() * low, self.scale() * high));
            return Estimate { value, interval, n, method };
        }
        let interval = value.and_then(|_| self.resampled(confusion, &Bootstrap::at(confidence, seed)));
        Estimate { value, interval, n: confusion.total(), method: "bayesian-bootstrap" }
    }

    fn resampled(&self, confusion: &Confusion, bootstrap: &Bootstrap) -> Option<(f64, f64)> {
        let classes = confusion.classes();
        let worst = self.worst(confusion)?;
        let best = self.best(confusion)?;
        let sample = Sample { counts: confusion.counts(), worst: &worst, best: &best };
        bootstrap.interval(&sample, &|counts| {
            Confusion::from_counts(classes, counts.to_vec()).and_then(|resample| self.evaluate(&resample))
        })
    }

    /// Cells whose further row makes an error; none where there is one class, and so no error.
    fn worst(&self, confusion: &Confusion) -> Option<Vec<usize>> {
        let classes = confusion.classes();
        if classes < 2 {
            return None;
        }
        let next = |class: usize| class * classes + (class + 1) % classes;
        let previous = |class: usize| (class + classes - 1) % classes * classes + class;
        let mut cells = BTreeSet::new();
        for class in 0..classes {
            let counts = confusion.counts_of(class);
            if counts.actual < FEW {
                cells.insert(next(class));
            }
            if counts.predicted < FEW {
                cells.insert(previous(class));
            }
        }
        // The class that suffers most from a miss, then the class that suffers most from taking the row.
        let missed = self.least(confusion, (0..classes).map(next).collect(), 1.0)? / classes;
        let taking = (0..classes).filter(|class| *class != missed).map(|class| missed * classes + class);
        cells.insert(self.least(confusion, taking.collect(), 1.0)?);
        Some(cells.into_iter().collect())
    }

    /// Cells whose further row is a hit.
    fn best(&self, confusion: &Confusion) -> Option<Vec<usize>> {
        let classes = confusion.classes();
        let hit = |class: usize| class * classes + class;
        let few = |class: &usize| {
            let counts = confusion.counts_of(*class);
            counts.actual.min(counts.predicted) < FEW
        };
        let mut cells: BTreeSet<usize> = (0..classes).filter(few).map(hit).collect();
        cells.insert(self.least(confusion, (0..classes).map(hit).collect(), -1.0)?);
        Some(cells.into_iter().collect())
    }

    /// The first of the cells at which one row more gives the least `sign` x score.
    fn least(&self, confusion: &Confusion, cells: Vec<usize>, sign: f64) -> Option<usize> {
        let values: Option<Vec<f64>> =
            cells.par_iter().map(|&cell| self.with(confusion, cell).map(|value| sign * value)).collect();
        let values = values?;
        let at = values.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1))?.0;
        cells.get(at).copied()
    }

    /// The score with one row more in a cell.
    fn with(&self, confusion: &Confusion, cell: usize) -> Option<f64> {
        let mut counts = confusion.counts().to_vec();
        let count = counts.get_mut(cell)?;
        *count = count.checked_add(1)?;
        self.evaluate(&Confusion::from_counts(confusion.classes(), counts)?)
    }
}
