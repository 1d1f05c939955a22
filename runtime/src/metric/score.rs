//! A metric bound to its rows: what each row says as a short list of numbers, and the metric as a function of how much
//! each distinct list weighs.
//!
//! The state is a multiset. Rows that say the same are one *atom*; atoms stand in one order, which does not depend on the
//! order of the rows. So parts that were made on other threads or machines merge exactly ([`Score::merge`]), and the value,
//! which goes through the atoms in their order, has the same bits however the rows were parted or permuted. A resample, a
//! slice, a cluster or a left-out row are other weights of the same atoms.

use super::api::Refusal;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Most classes of a table of true and predicted classes: it has their square.
pub const MOST_CLASSES: usize = 4096;

/// A metric as a function of the weighed atoms; `None` where it is undefined.
pub type Value = Arc<dyn Fn(&Weighed<'_>) -> Option<f64> + Send + Sync>;

/// Whether an atom's rows count in a rate, and whether they are hits.
pub type Hit = Arc<dyn Fn(&[f64]) -> Option<bool> + Send + Sync>;

/// The distinct lists, in lexicographic order (or, of classes, the cells of the table row by row).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Atoms {
    /// Where each list begins in `numbers`, and where the last one ends.
    starts: Vec<usize>,
    numbers: Vec<f64>,
}

/// What is known of the metric beside its value: which interval fits.
#[derive(Clone)]
pub enum Law {
    /// A share of rows that count, mapped by a monotone function: it has an exact interval.
    Rate {
        /// Which rows count and hit.
        hit: Hit,
        /// From the share to the value.
        map: fn(f64) -> f64,
    },
    /// A function of a table of true and predicted classes, of so many classes.
    Table(usize),
    /// The mean of one number a row, each between these.
    Mean(f64, f64),
    /// It has an interval of its own.
    Own(Own),
    /// Any other function of a sample of independent rows.
    Sample,
    /// A fact about these rows, not an estimate from a sample: it has no interval.
    Exact,
}

/// An interval that a metric makes itself: from the weighed atoms and the confidence.
pub type Own = Arc<dyn Fn(&Weighed<'_>, f64) -> Option<Interval> + Send + Sync>;

/// An interval and how it was made.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The method's name.
    pub method: &'static str,
}

/// A metric bound to its rows.
#[derive(Clone)]
pub struct Score {
    atoms: Arc<Atoms>,
    /// The atom of each row.
    rows: Arc<Vec<u32>>,
    /// How often each row counts; once where absent.
    weights: Option<Arc<Vec<f64>>>,
    value: Value,
    law: Law,
    /// How many classes there are, where the atoms are the cells of a table of classes.
    classes: Option<usize>,
}

impl fmt::Debug for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Score({} rows, {} atoms)", self.rows.len(), self.atoms.len())
    }
}

/// Atoms and how much each weighs: what a metric's value is a function of.
#[derive(Clone, Copy, Debug)]
pub struct Weighed<'a> {
    atoms: &'a Atoms,
    weights: &'a [f64],
}

impl<'a> Weighed<'a> {
    /// Every atom that weighs anything, with its weight, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [f64], f64)> + use<'a> {
        let atoms = self.atoms;
        let weighty = self.weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0);
        weighty.map(|(index, weight)| (atoms.get(index), *weight))
    }

    /// The weight of all rows together.
    pub fn total(&self) -> f64 {
        sum(self.weights.iter().copied())
    }

    /// The weighted sum of a number of each atom.
    pub fn sum(&self, of: impl Fn(&[f64]) -> f64) -> f64 {
        sum(self.iter().map(|(atom, weight)| weight * of(atom)))
    }

    /// The weighted mean of a number of each atom; `None` without rows.
    pub fn mean(&self, of: impl Fn(&[f64]) -> f64) -> Option<f64> {
        let total = self.total();
        (total > 0.0).then(|| self.sum(of) / total)
    }

    /// The weighted sums of the first `N` numbers of the atoms.
    pub fn sums<const N: usize>(&self) -> [f64; N] {
        let mut sums = [Sum::default(); N];
        for (atom, weight) in self.iter() {
            sums.iter_mut().zip(atom).for_each(|(sum, number)| sum.add(weight * number));
        }
        sums.map(|sum| sum.value())
    }

    /// Weights by atom; of a table of classes, by cell.
    pub fn weights(&self) -> &'a [f64] {
        self.weights
    }
}

/// A compensated sum (Neumaier 1974).
#[derive(Clone, Copy, Default, Debug)]
pub struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    /// Adds a number.
    pub fn add(&mut self, number: f64) {
        let sum = self.sum + number;
        let (large, small) = if self.sum.abs() >= number.abs() { (self.sum, number) } else { (number, self.sum) };
        self.lost += (large - sum) + small;
        self.sum = sum;
    }

    /// The sum so far.
    pub fn value(self) -> f64 {
        if self.sum.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

/// The compensated sum of numbers.
pub fn sum(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sum = Sum::default();
    numbers.for_each(|number| sum.add(number));
    sum.value()
}

impl Atoms {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The list of that index; empty where there is none.
    pub fn get(&self, index: usize) -> &[f64] {
        match (self.starts.get(index), self.starts.get(index + 1)) {
            (Some(&from), Some(&to)) => &self.numbers[from..to],
            _ => &[],
        }
    }

    fn push(&mut self, list: impl IntoIterator<Item = f64>) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        // One zero, so that equal numbers are equal bits.
        self.numbers.extend(list.into_iter().map(|number| if number == 0.0 { 0.0 } else { number }));
        self.starts.push(self.numbers.len());
    }

    /// The distinct ones in order, and for each of `self` its place among them.
    fn settled(self) -> (Atoms, Vec<u32>) {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        rayon::slice::ParallelSliceMut::par_sort_unstable_by(order.as_mut_slice(), |a, b| {
            compare(self.get(*a as usize), self.get(*b as usize))
        });
        let (mut distinct, mut place) = (Atoms::default(), vec![0; self.len()]);
        for index in order {
            let list = self.get(index as usize);
            if distinct.is_empty() || distinct.get(distinct.len() - 1) != list {
                distinct.push(list.iter().copied());
            }
            place[index as usize] = distinct.len() as u32 - 1;
        }
        (distinct, place)
    }
}

fn compare(a: &[f64], b: &[f64]) -> Ordering {
    let differ = a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
    differ.unwrap_or_else(|| a.len().cmp(&b.len()))
}

impl Score {
    /// A function of rows, each a list of `N` finite numbers.
    pub fn over<const N: usize>(
        rows: impl IntoIterator<Item = [f64; N]>,
        law: Law,
        value: impl Fn(&Weighed<'_>) -> Option<f64> + Send + Sync + 'static,
    ) -> Score {
        Score::of_lists(rows.into_iter().map(|row| row.into_iter()), law, value)
    }

    /// A function of rows, each a list of finite numbers.
    pub fn over_lists(
        rows: impl IntoIterator<Item = Vec<f64>>,
        law: Law,
        value: impl Fn(&Weighed<'_>) -> Option<f64> + Send + Sync + 'static,
    ) -> Score {
        Score::of_lists(rows.into_iter().map(Vec::into_iter), law, value)
    }

    fn of_lists(
        rows: impl Iterator<Item = impl IntoIterator<Item = f64>>,
        law: Law,
        value: impl Fn(&Weighed<'_>) -> Option<f64> + Send + Sync + 'static,
    ) -> Score {
        let mut all = Atoms::default();
        rows.for_each(|row| all.push(row));
        let (atoms, rows) = all.settled();
        Score {
            atoms: Arc::new(atoms),
            rows: Arc::new(rows),
            weights: None,
            value: Arc::new(value),
            law,
            classes: None,
        }
    }

    /// The share of hits among the rows that count: `None` is a row that does not count.
    pub fn rate(rows: impl IntoIterator<Item = Option<bool>>) -> Score {
        let list = |row: Option<bool>| [f64::from(u8::from(row.is_some())), f64::from(u8::from(row == Some(true)))];
        let hit: Hit = Arc::new(|atom: &[f64]| (atom[0] > 0.0).then_some(atom[1] > 0.0));
        let extremes = [list(Some(false)), list(Some(true))];
        let score =
            Score::over(rows.into_iter().map(list).chain(extremes), Law::Rate { hit, map: |share| share }, |weighed| {
                let [counted, hits] = weighed.sums();
                (counted > 0.0).then(|| hits / counted)
            });
        score.without_last(extremes.len())
    }

    /// The mean of one number a row, each in `low..=high`; ends that are infinite mean that no bound is known.
    pub fn mean(rows: impl IntoIterator<Item = f64>, low: f64, high: f64) -> Score {
        let bounded = low.is_finite() && high.is_finite();
        let (law, extremes) = if bounded { (Law::Mean(low, high), vec![low, high]) } else { (Law::Sample, Vec::new()) };
        let added = extremes.len();
        let rows = rows.into_iter().chain(extremes).map(|number| [number]);
        Score::over(rows, law, |weighed| weighed.mean(|atom| atom[0])).without_last(added)
    }

    /// The same atoms without the last rows, which were there for their atoms alone: the extremes that a row can show.
    fn without_last(mut self, added: usize) -> Score {
        let mut rows = self.rows.to_vec();
        rows.truncate(rows.len().saturating_sub(added));
        self.rows = Arc::new(rows);
        self
    }

    /// A function of the table of true and predicted classes: its atoms are all cells, row by row, and the weights that
    /// the function is given are the table.
    ///
    /// # Errors
    /// Where there are more than [`MOST_CLASSES`] classes.
    pub fn table(
        classes: usize,
        pairs: impl Iterator<Item = (u32, u32)>,
        law: Law,
        value: impl Fn(&Weighed<'_>) -> Option<f64> + Send + Sync + 'static,
    ) -> Result<Score, Refusal> {
        if classes > MOST_CLASSES {
            let message = format!("there are more than {MOST_CLASSES} classes");
            return Err(Refusal::new(message, "measure the top classes, or group them"));
        }
        let mut atoms = Atoms::default();
        for truth in 0..classes {
            (0..classes).for_each(|predicted| atoms.push([truth as f64, predicted as f64]));
        }
        let rows = pairs.map(|(truth, predicted)| truth * classes as u32 + predicted).collect();
        let (atoms, rows) = (Arc::new(atoms), Arc::new(rows));
        Ok(Score { atoms, rows, weights: None, value: Arc::new(value), law, classes: Some(classes) })
    }

    /// The same rows and atoms under another function: another result of the same metric.
    #[must_use]
    pub fn also(&self, law: Law, value: impl Fn(&Weighed<'_>) -> Option<f64> + Send + Sync + 'static) -> Score {
        Score { value: Arc::new(value), law, ..self.clone() }
    }

    /// The same score with a weight for each row, which must be as many, finite and not negative.
    ///
    /// # Errors
    /// Where they are not.
    pub fn weighted(self, weights: Vec<f64>) -> Result<Score, Refusal> {
        if weights.len() != self.rows.len() || weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
            return Err(Refusal::new(
                "the weights of the rows are not one number of at least 0 each",
                "mend the weights",
            ));
        }
        Ok(Score { weights: Some(Arc::new(weights)), ..self })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many classes there are, where the atoms are the cells of a table of true and predicted classes.
    pub fn classes(&self) -> Option<usize> {
        self.classes
    }

    /// What is known of the metric's law.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// The distinct lists.
    pub fn atoms(&self) -> &Atoms {
        &self.atoms
    }

    /// The atom of each row.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The place of a list among the atoms.
    pub fn atom(&self, list: &[f64]) -> Option<usize> {
        (0..self.atoms.len()).find(|&index| self.atoms.get(index) == list)
    }

    /// Whether rows have weights of their own.
    pub fn is_weighted(&self) -> bool {
        self.weights.is_some()
    }

    /// How much a row counts: 1 unless it has a weight; 0 out of range.
    pub fn weight(&self, row: usize) -> f64 {
        let own = self.weights.as_ref().map(|weights| weights.get(row).copied().unwrap_or(0.0));
        own.unwrap_or_else(|| f64::from(u8::from(row < self.rows.len())))
    }

    /// How much each atom weighs when row `i` counts `times(i)` times its own weight.
    pub fn weigh(&self, times: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut weights = vec![0.0; self.atoms.len()];
        let Some(own) = &self.weights else {
            self.rows.iter().enumerate().for_each(|(row, atom)| weights[*atom as usize] += times(row));
            return weights;
        };
        // Sums of fractions depend on their order; this one is the same for every order of the rows.
        let mut each: Vec<(u32, f64)> =
            self.rows.iter().enumerate().map(|(row, atom)| (*atom, own[row] * times(row))).collect();
        each.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        each.into_iter().for_each(|(atom, weight)| weights[atom as usize] += weight);
        weights
    }

    /// How much each atom weighs.
    pub fn counts(&self) -> Vec<f64> {
        self.weigh(|_| 1.0)
    }

    /// The value where atoms weigh so much; `None` where it is undefined or not finite.
    pub fn at(&self, weights: &[f64]) -> Option<f64> {
        (self.value)(&Weighed { atoms: &self.atoms, weights }).filter(|value| value.is_finite())
    }

    /// The atoms under those weights.
    pub fn weighed<'a>(&'a self, weights: &'a [f64]) -> Weighed<'a> {
        Weighed { atoms: &self.atoms, weights }
    }

    /// The value on these rows.
    pub fn value(&self) -> Option<f64> {
        self.at(&self.counts())
    }

    /// The same metric over some of the rows: those of these indices, in their order.
    #[must_use]
    pub fn of_rows(&self, rows: &[usize]) -> Score {
        let pick = |rows: &[usize], from: &[f64]| rows.iter().map(|&row| from[row]).collect::<Vec<f64>>();
        Score {
            rows: Arc::new(rows.iter().map(|&row| self.rows[row]).collect()),
            weights: self.weights.as_ref().map(|weights| Arc::new(pick(rows, weights))),
            ..self.clone()
        }
    }

    /// Rows of this score, then those of another part of the same data under the same metric, parameters and dictionaries.
    /// Exact: parts may be merged in any order.
    #[must_use]
    pub fn merge(&self, other: &Score) -> Score {
        if self.classes.is_some() {
            return self.joined(other, Arc::clone(&self.atoms), |row| row, |row| row);
        }
        let mut all = Atoms::default();
        for atoms in [&self.atoms, &other.atoms] {
            (0..atoms.len()).for_each(|index| all.push(atoms.get(index).iter().copied()));
        }
        let (atoms, place) = all.settled();
        let shift = self.atoms.len();
        self.joined(other, Arc::new(atoms), |row| place[row as usize], |row| place[row as usize + shift])
    }

    fn joined(&self, other: &Score, atoms: Arc<Atoms>, one: impl Fn(u32) -> u32, two: impl Fn(u32) -> u32) -> Score {
        let rows = self.rows.iter().map(|row| one(*row)).chain(other.rows.iter().map(|row| two(*row))).collect();
        let own = |score: &Score| score.weights.as_ref().map_or_else(|| vec![1.0; score.len()], |own| own.to_vec());
        let weighted = self.weights.is_some() || other.weights.is_some();
        let weights = weighted.then(|| Arc::new([own(self), own(other)].concat()));
        Score { atoms, rows: Arc::new(rows), weights, ..self.clone() }
    }
}
