//! A score with the interval that its rows allow, by the law that the metric states: the exact one of a rate
//! ([`crate::statistics::rate`]); the metric's own; a bootstrap with units added where it hurts where the extremes of a row
//! are known (tables of classes, bounded means), else BCa ([`crate::statistics::bootstrap`]). Rows that come in clusters
//! are resampled by cluster, whatever the law.
//!
//! Where it hurts, in a table of classes: for the lower end the error that lowers the score most, for the upper end the hit
//! that raises it most. A class of fewer than 50 true or predicted rows gets rows of its own: its errors may all be missing
//! from the sample, and the worst of one class does not speak for them. From 50 rows on one row is enough: K classes of m
//! rows without an error clear a bar that the mean of their true rates does not reach with a probability of at most
//! e^(-m (1 - a^(1/m))), which for a = 2.5% is 2.9% at m = 50 whatever K is, and goes to a with m.

use super::classification::table::Table;
use super::score::{Hit, Law, Score};
use crate::statistics::bootstrap::{Added, Bootstrap, Histogram, Units};
use crate::statistics::rate_interval;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// True or predicted rows of a class below which it gets added rows of its own.
const FEW: f64 = 50.0;

/// How an estimate is made.
#[derive(Clone, Copy, Debug)]
pub struct Sampling<'c> {
    /// Confidence of the interval, in (0, 1).
    pub confidence: f64,
    /// What draws the resamples.
    pub seed: [u8; 32],
    /// The cluster of each row, where rows come in clusters: several answers to one item, several rows of one author.
    pub clusters: Option<&'c [u32]>,
}

/// A value and what the rows say about it.
#[derive(Clone, PartialEq, Debug)]
pub struct Estimate {
    /// The score on these rows; `None` where it is undefined.
    pub value: Option<f64>,
    /// Lower and upper end; `None` where there is no value or no interval.
    pub interval: Option<(f64, f64)>,
    /// The rows that the score is taken over.
    pub n: u64,
    /// How the interval is made: `wilson`, `clopper-pearson`, `bayesian-bootstrap`, `bca-bootstrap`, one of these with
    /// `clustered-` before it, or a metric's own; empty for a fact.
    pub method: &'static str,
    /// The distribution that a bootstrap drew.
    pub histogram: Option<Histogram>,
}

impl Score {
    /// The value and its interval.
    pub fn estimate(&self, sampling: &Sampling) -> Estimate {
        let counts = self.counts();
        let value = self.at(&counts);
        let n = self.len() as u64;
        let mut estimate = Estimate { value, interval: None, n, method: "", histogram: None };
        if value.is_none() {
            return estimate;
        }
        match (self.law(), sampling.clusters) {
            (Law::Exact, _) => {}
            (Law::Rate { hit, map }, None) if whole(&counts) => {
                let (hits, rows) = self.share(hit, &counts);
                let ((low, high), method) = rate_interval(hits, rows, sampling.confidence);
                let ends = (map(low).min(map(high)), map(low).max(map(high)));
                estimate = Estimate { interval: Some(ends), n: rows, method, ..estimate };
            }
            (Law::Own(own), None) => {
                if let Some(interval) = own(&self.weighed(&counts), sampling.confidence) {
                    estimate =
                        Estimate { interval: Some((interval.low, interval.high)), method: interval.method, ..estimate };
                }
            }
            _ => self.resampled(sampling, &counts, &mut estimate),
        }
        estimate
    }

    /// Hits, and the rows that count.
    fn share(&self, hit: &Hit, counts: &[f64]) -> (u64, u64) {
        let (mut hits, mut rows) = (0.0, 0.0);
        for (atom, weight) in self.weighed(counts).iter() {
            if let Some(right) = hit(atom) {
                rows += weight;
                hits += if right { weight } else { 0.0 };
            }
        }
        (hits as u64, rows as u64)
    }

    fn resampled(&self, sampling: &Sampling, counts: &[f64], estimate: &mut Estimate) {
        let bootstrap = Bootstrap::at(sampling.confidence, sampling.seed);
        let statistic = |weights: &[f64]| self.at(weights);
        let each = sampling.clusters.map(|clusters| self.clusters(clusters)).or_else(|| self.weighty_rows());
        let rows: Vec<u64> = counts.iter().map(|count| *count as u64).collect();
        let units = match &each {
            Some(units) => Units::Each { kinds: counts.len(), units },
            None => Units::Rows(&rows),
        };
        let clustered = sampling.clusters.is_some();
        let drawn = match self.extremes(counts) {
            Some([worst, best]) => {
                let size = each.as_ref().map_or(1.0, |units| largest(units));
                let added = |kinds: Vec<usize>| kinds.into_iter().map(|kind| (kind, size)).collect::<Vec<Added>>();
                estimate.method = if clustered { "clustered-bayesian-bootstrap" } else { "bayesian-bootstrap" };
                bootstrap.bounded(units, [&added(worst), &added(best)], &statistic)
            }
            None => {
                estimate.method = if clustered { "clustered-bca-bootstrap" } else { "bca-bootstrap" };
                bootstrap.open(units, &statistic)
            }
        };
        estimate.interval = drawn.as_ref().map(|drawn| (drawn.low, drawn.high));
        estimate.histogram = drawn.map(|drawn| drawn.histogram);
    }

    /// What each cluster adds, clusters in the order of their numbers.
    fn clusters(&self, clusters: &[u32]) -> Vec<Vec<(u32, f64)>> {
        let mut units: BTreeMap<u32, BTreeMap<u32, f64>> = BTreeMap::new();
        for (row, cluster) in clusters.iter().enumerate().take(self.len()) {
            *units.entry(*cluster).or_default().entry(self.rows()[row]).or_default() += self.weight(row);
        }
        units.into_values().map(|unit| unit.into_iter().collect()).collect()
    }

    /// What each row adds, where rows have weights: sorted, so that their order does not matter.
    fn weighty_rows(&self) -> Option<Vec<Vec<(u32, f64)>>> {
        self.is_weighted().then(|| {
            let mut rows: Vec<(u32, f64)> = (0..self.len()).map(|row| (self.rows()[row], self.weight(row))).collect();
            rows.retain(|(_, weight)| *weight > 0.0);
            rows.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            rows.into_iter().map(|row| vec![row]).collect()
        })
    }

    /// Atoms one more row of which stands for the worst, and for the best, that the sample may have missed.
    fn extremes(&self, counts: &[f64]) -> Option<[Vec<usize>; 2]> {
        match self.law() {
            Law::Table(classes) => Some([self.worst(*classes, counts)?, self.best(*classes, counts)?]),
            Law::Mean(low, high) => Some([vec![self.atom(&[*low])?], vec![self.atom(&[*high])?]]),
            Law::Rate { hit, map } => {
                let first =
                    |right: bool| (0..self.atoms().len()).find(|&atom| hit(self.atoms().get(atom)) == Some(right));
                let rises = map(1.0) >= map(0.0);
                Some([vec![first(!rises)?], vec![first(rises)?]])
            }
            Law::Own(_) | Law::Sample | Law::Exact => None,
        }
    }

    /// Cells whose further row makes an error; none where there is one class, and so no error.
    fn worst(&self, classes: usize, counts: &[f64]) -> Option<Vec<usize>> {
        if classes < 2 {
            return None;
        }
        let next = |class: usize| class * classes + (class + 1) % classes;
        let previous = |class: usize| (class + classes - 1) % classes * classes + class;
        let mut cells = BTreeSet::new();
        for (class, counts) in Table::of(classes, &self.weighed(counts)).counts().iter().enumerate() {
            if counts.actual < FEW {
                cells.insert(next(class));
            }
            if counts.predicted < FEW {
                cells.insert(previous(class));
            }
        }
        // The class that suffers most from a miss, then the class that suffers most from taking the row.
        let missed = self.least(counts, (0..classes).map(next).collect(), 1.0)? / classes;
        let taking = (0..classes).filter(|class| *class != missed).map(|class| missed * classes + class);
        cells.insert(self.least(counts, taking.collect(), 1.0)?);
        Some(cells.into_iter().collect())
    }

    /// Cells whose further row is a hit.
    fn best(&self, classes: usize, counts: &[f64]) -> Option<Vec<usize>> {
        let hit = |class: usize| class * classes + class;
        let table = Table::of(classes, &self.weighed(counts)).counts();
        let few = |class: &usize| table[*class].actual.min(table[*class].predicted) < FEW;
        let mut cells: BTreeSet<usize> = (0..classes).filter(few).map(hit).collect();
        cells.insert(self.least(counts, (0..classes).map(hit).collect(), -1.0)?);
        Some(cells.into_iter().collect())
    }

    /// The first of the cells at which one row more gives the least `sign` x score.
    fn least(&self, counts: &[f64], cells: Vec<usize>, sign: f64) -> Option<usize> {
        let with = |&cell: &usize| {
            let mut more = counts.to_vec();
            *more.get_mut(cell)? += 1.0;
            self.at(&more).map(|value| sign * value)
        };
        let values: Vec<f64> = cells.par_iter().map(with).collect::<Option<_>>()?;
        let at = values.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1))?.0;
        cells.get(at).copied()
    }
}

fn whole(counts: &[f64]) -> bool {
    counts.iter().all(|count| count.fract() == 0.0)
}

/// What the largest unit weighs.
fn largest(units: &[Vec<(u32, f64)>]) -> f64 {
    units.iter().map(|unit| unit.iter().map(|(_, weight)| weight).sum()).fold(0.0, f64::max)
}
