//! What the metrics of fairness share: rates by group, how far they are apart, and an interval for that.
//!
//! The interval is simultaneous. Each of the m rates that may decide has Clopper and Pearson's interval with the m-th
//! part of the error (Bonferroni), so that all of them hold together; the gap, or the ratio, then lies between the
//! least and the greatest that the intervals allow. It is wider than a bootstrap's, and true at any size.
//!
//! Where a declared group has no rows that count there is no value: nothing that is not there is equal.

use crate::metric::api::{Params, Refusal, Scores};
use crate::metric::items::{Groups, Items};
use crate::metric::score::{Interval, Law, Score, Weighed};
use crate::statistics::clopper_pearson;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Most groups whose pairs are compared.
pub const MOST_GROUPS: usize = 1_024;
/// Most rates that are compared: the groups times the rates of each.
pub const MOST_RATES: usize = 65_536;
/// Whole numbers up to here are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Which rates are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rates {
    /// For each class the share of the rows that are predicted as it.
    Selection,
    /// For each pair of classes the share of the rows of the one that are predicted as the other.
    Odds,
    /// For each class the share of its rows that are predicted as it.
    Recall,
}

/// How two rates are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// One less the other.
    Difference,
    /// One over the other.
    Ratio,
}

/// What the rate of a group is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Against {
    /// The rate of every other group.
    EachOther,
    /// The rate of all rows.
    Overall,
    /// The rate of one group, by its index.
    Group(usize),
}

/// A comparison of the groups of a column.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// Which rates.
    pub rates: Rates,
    /// How two of them are compared.
    pub form: Form,
    /// With what.
    pub against: Against,
    /// Whether the mean over the classes is taken, and not the worst of them.
    pub mean: bool,
    /// Fewest rows of a group.
    pub minimum: usize,
    classes: usize,
    groups: usize,
}

/// How much the rows that count weigh, and those of them that are predicted as the class.
#[derive(Clone, Copy, Default, Debug)]
struct Rate {
    hits: f64,
    rows: f64,
}

/// The least and the greatest that a rate, or what is made of rates, may be.
type Bounds = (f64, f64);

impl Comparison {
    /// The comparison that the parameters `method` and `minimum` ask for.
    ///
    /// # Errors
    /// For items of another kind and parameters that are not allowed, and where there are too many groups or rates.
    pub fn new(items: &Items, params: &Params, rates: Rates, form: Form) -> Result<Comparison, Refusal> {
        let rows = groups(items)?;
        let words = [("between_groups", Against::EachOther), ("to_overall", Against::Overall)];
        let (against, minimum) = (params.word("method", &words)?, params.whole("minimum", 1, 1)?);
        let (classes, groups) = (rows.classes.classes, rows.names.len());
        let comparison = Comparison { rates, form, against, mean: false, minimum, classes, groups };
        let cells = comparison.kinds().saturating_mul(groups);
        if groups > MOST_GROUPS || cells > MOST_RATES {
            let message = format!("there are more than {MOST_GROUPS} groups, or {MOST_RATES} rates to compare");
            return Err(Refusal::new(message, "compare fewer groups, or fewer classes"));
        }
        Ok(comparison)
    }

    /// The score of the rows under the comparison. An atom is a true class, a predicted class and a group.
    ///
    /// # Errors
    /// For items of another kind.
    pub fn score(self, items: &Items) -> Result<Scores, Refusal> {
        let rows = groups(items)?;
        let classes = rows.classes.truth.iter().zip(&rows.classes.predicted);
        let row = |((truth, predicted), group): ((&u32, &u32), &u32)| [*truth, *predicted, *group].map(f64::from);
        let own = move |weighed: &Weighed<'_>, confidence: f64| self.interval(weighed, confidence);
        let rows = classes.zip(&rows.group).map(row);
        Ok(Score::over(rows, Law::Own(Arc::new(own)), move |weighed| self.value(&self.table(weighed)?)).into())
    }

    /// The classes whose rates are compared: of two, one tells of both.
    fn told(&self) -> Range<usize> {
        if self.classes == 2 { 1..2 } else { 0..self.classes }
    }

    /// How many denominators a group has.
    fn blocks(&self) -> usize {
        if self.rates == Rates::Selection { 1 } else { self.classes }
    }

    /// How many numerators a group has.
    fn kinds(&self) -> usize {
        if self.rates == Rates::Odds { self.classes.saturating_mul(self.classes) } else { self.classes }
    }

    /// The rates that are compared, each as its denominator and its place among all of them.
    fn sets(&self) -> Vec<(usize, usize)> {
        match self.rates {
            Rates::Selection => self.told().map(|class| (0, class)).collect(),
            Rates::Recall => self.told().map(|class| (class, class)).collect(),
            Rates::Odds => (0..self.classes)
                .flat_map(|truth| self.told().map(move |class| (truth, class)))
                .map(|(truth, class)| (truth, truth * self.classes + class))
                .collect(),
        }
    }

    /// Into which denominator a row goes, and into which numerator.
    fn place(&self, truth: usize, predicted: usize) -> (usize, Option<usize>) {
        match self.rates {
            Rates::Selection => (0, Some(predicted)),
            Rates::Recall => (truth, (truth == predicted).then_some(truth)),
            Rates::Odds => (truth, Some(truth * self.classes + predicted)),
        }
    }

    /// How many rates of one kind stand side by side: those of the groups, then that of all rows where it counts.
    fn width(&self) -> usize {
        self.groups + usize::from(self.against == Against::Overall)
    }

    /// The rates, [`Comparison::width`] of a kind. `None` where there are fewer than two groups, a group has fewer rows
    /// than the minimum, or a rate has no rows.
    fn table(&self, weighed: &Weighed<'_>) -> Option<Vec<Rate>> {
        let groups = self.groups;
        let mut members = vec![0.0; groups];
        let mut rows = vec![0.0; self.blocks() * groups];
        let mut hits = vec![0.0; self.kinds() * groups];
        for (atom, weight) in weighed.iter() {
            let &[truth, predicted, group] = atom else { continue };
            let group = group as usize;
            let (block, hit) = self.place(truth as usize, predicted as usize);
            add(&mut members, group, weight);
            add(&mut rows, block * groups + group, weight);
            hit.into_iter().for_each(|hit| add(&mut hits, hit * groups + group, weight));
        }
        let least = if self.minimum > 1 { self.minimum as f64 } else { 0.0 };
        if groups < 2 || members.iter().any(|rows| *rows <= 0.0 || *rows < least) {
            return None;
        }
        let mut table = Vec::new();
        for (block, hit) in self.sets() {
            let of = |group: usize| Rate { hits: hits[hit * groups + group], rows: rows[block * groups + group] };
            let set: Vec<Rate> = (0..groups).map(of).collect();
            let overall = set.iter().fold(Rate::default(), |sum, rate| sum.and(rate));
            table.extend(set.into_iter().chain([overall]).take(self.width()));
        }
        (!table.is_empty() && table.iter().all(|rate| rate.rows > 0.0)).then_some(table)
    }

    fn value(&self, table: &[Rate]) -> Option<f64> {
        let shares: Vec<Bounds> = table.iter().map(|rate| (rate.share(), rate.share())).collect();
        let defined = |set: &[Bounds]| self.form == Form::Difference || self.has_denominator(set);
        if !shares.chunks(self.width()).all(defined) {
            return None;
        }
        Some(self.joined(&shares).0)
    }

    /// The bounds of the value where those of every rate are given.
    fn joined(&self, bounds: &[Bounds]) -> Bounds {
        let spreads: Vec<Bounds> = bounds.chunks(self.width()).map(|set| self.spread(set)).collect();
        let ends = |end: fn(&Bounds) -> f64| {
            let ends = spreads.iter().map(end);
            match (self.mean, self.form) {
                (true, _) => ends.sum::<f64>() / spreads.len() as f64,
                (false, Form::Difference) => ends.fold(0.0, f64::max),
                (false, Form::Ratio) => ends.fold(1.0, f64::min),
            }
        };
        (ends(|spread| spread.0), ends(|spread| spread.1))
    }

    /// The bounds of the largest difference, or of the smallest ratio, of two rates of one kind.
    fn spread(&self, set: &[Bounds]) -> Bounds {
        let pairs = self.pairs().filter_map(|(one, other)| Some((*set.get(one)?, *set.get(other)?)));
        match self.form {
            Form::Difference => pairs.fold((0.0, 0.0), |(low, high), (one, other)| {
                (f64::max(low, one.0 - other.1), f64::max(high, one.1 - other.0))
            }),
            // Of a rate 0 over a rate 0 nothing is known: `min` passes it over.
            Form::Ratio => pairs.fold((1.0, 1.0), |(low, high), (one, other)| {
                (f64::min(low, one.0 / other.1), f64::min(high, one.1 / other.0))
            }),
        }
    }

    /// The pairs of rates that are compared, by their place in a set.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let (against, groups) = (self.against, self.groups);
        (0..groups).flat_map(move |one| {
            let (others, back) = match against {
                Against::EachOther => (0..groups, None),
                Against::Overall => (groups..groups + 1, Some((groups, one))),
                Against::Group(reference) => (reference..reference + 1, None),
            };
            others.filter(move |other| *other != one).map(move |other| (one, other)).chain(back)
        })
    }

    /// Whether a ratio of the set has a denominator above 0.
    fn has_denominator(&self, set: &[Bounds]) -> bool {
        match self.against {
            Against::Group(reference) => set.get(reference).is_some_and(|share| share.0 > 0.0),
            Against::EachOther | Against::Overall => set.iter().any(|share| share.0 > 0.0),
        }
    }

    /// The simultaneous interval; none where the rows do not weigh whole numbers.
    fn interval(&self, weighed: &Weighed<'_>, confidence: f64) -> Option<Interval> {
        let table = self.table(weighed)?;
        self.value(&table)?;
        let each = 1.0 - (1.0 - confidence) / table.len() as f64;
        let bounds: Option<Vec<Bounds>> = table.par_iter().map(|rate| rate.bounds(each)).collect();
        let (low, high) = self.joined(&bounds?);
        Some(Interval { low, high, method: "simultaneous-clopper-pearson" })
    }
}

impl Rate {
    fn share(&self) -> f64 {
        self.hits / self.rows
    }

    fn and(&self, other: &Rate) -> Rate {
        Rate { hits: self.hits + other.hits, rows: self.rows + other.rows }
    }

    fn bounds(&self, confidence: f64) -> Option<Bounds> {
        Some(clopper_pearson(whole(self.hits)?, whole(self.rows)?, confidence))
    }
}

/// A weight that is a whole number but for rounding.
fn whole(weight: f64) -> Option<u64> {
    let rounded = weight.round();
    ((weight - rounded).abs() <= 1e-9 && (0.0..=EXACT).contains(&rounded)).then_some(rounded as u64)
}

fn add(sums: &mut [f64], place: usize, weight: f64) {
    if let Some(sum) = sums.get_mut(place) {
        *sum += weight;
    }
}

/// The groups of the items.
///
/// # Errors
/// For items of another kind.
pub fn groups(items: &Items) -> Result<&Groups, Refusal> {
    match items {
        Items::Groups(groups) => Ok(groups),
        _ => Err(Refusal::kind()),
    }
}
