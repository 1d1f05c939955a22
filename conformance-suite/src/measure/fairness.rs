//! What the measures of fairness share: rates by group, the widest gap between two groups, and its interval.
//!
//! The interval is simultaneous. Each of the m rates that may decide gets Clopper and Pearson's interval with the m-th part
//! of the error (Bonferroni), so that all of them hold together; the gap then lies between the least and the greatest that
//! the intervals allow. It is wider than a bootstrap's, and true at any size.

use super::api::{Arguments, failure};
use super::reading::{Content, Failure, ReadValue, Reading};
use crate::session::Predicted;
use indexmap::IndexMap;
use lmstd_runtime::statistics::clopper_pearson;

/// Of the rows that count, how many are predicted as the class.
#[derive(Clone, Copy, Default)]
pub struct Rate {
    hits: u64,
    n: u64,
}

/// One rate for each group, in the order of the labels.
pub struct Rates {
    /// What is compared, as facts for readers: the predicted class, and the true one where that matters.
    pub of: Vec<(&'static str, String)>,
    groups: Vec<Rate>,
}

/// The rows of a split by group.
pub struct Grouped<'p> {
    predicted: &'p Predicted,
    labels: &'p [String],
    group: Vec<usize>,
}

impl<'p> Grouped<'p> {
    /// The rows by the labels of the column that the call names; every row must have one.
    pub fn new(arguments: &Arguments, predicted: &'p Predicted) -> Result<Grouped<'p>, Failure> {
        let column = arguments.group()?;
        let position = predicted.classes.groups.iter().position(|(name, _)| name == column);
        let position = position.ok_or_else(|| {
            failure("internal", format!("the predictions have no column `{column}`"), "", "measure again")
        })?;
        let group = |(row, groups): (usize, &Vec<Option<u32>>)| {
            groups.get(position).copied().flatten().map(|group| group as usize).ok_or_else(|| {
                let message = format!("a row has no declared value in `{column}`, so that its group is not known");
                let at = format!("row {}", predicted.predictions.rows.get(row).map_or(0, |row| row + 1));
                failure("missing_value", message, &at, "fill the column, or declare the value as a label")
            })
        };
        let group: Vec<usize> = predicted.predictions.groups.iter().enumerate().map(group).collect::<Result<_, _>>()?;
        Ok(Grouped { predicted, labels: &predicted.classes.groups[position].1, group })
    }

    /// Among the rows of each group, of the true class `truth` where one is given: the share predicted as `class`.
    pub fn rates(&self, class: usize, truth: Option<usize>) -> Rates {
        let mut groups = vec![Rate::default(); self.labels.len()];
        let rows = self.predicted.predictions.truth.iter().zip(&self.predicted.predictions.predicted);
        for ((actual, predicted), group) in rows.zip(&self.group) {
            if truth.is_none_or(|truth| truth == *actual as usize)
                && let Some(rate) = groups.get_mut(*group)
            {
                rate.n += 1;
                rate.hits += u64::from(*predicted as usize == class);
            }
        }
        let label = |index: usize| self.predicted.classes.labels.get(index).cloned().unwrap_or_default();
        let mut of = vec![("predicted class", label(class))];
        of.extend(truth.map(|truth| ("true class", label(truth))));
        Rates { of, groups }
    }

    /// The classes whose rates are compared: of two, one tells of both.
    pub fn classes(&self) -> std::ops::Range<usize> {
        match self.predicted.classes.labels.len() {
            2 => 1..2,
            more => 0..more,
        }
    }

    /// The widest gap among all rates, undefined where a group has no rows that count. The definition is fairlearn's for
    /// two classes, for which alone fairlearn has one.
    pub fn widest(&self, arguments: &Arguments, all: &[Rates]) -> Reading {
        let source = if self.predicted.classes.labels.len() == 2 { "fairlearn" } else { "lmstd" };
        let definition = format!("{}@{source}", arguments.measurement.measure);
        let rates: usize = all.iter().map(|rates| rates.groups.len()).sum();
        let error = (1.0 - arguments.confidence()) / rates.max(1) as f64;
        let gaps: Option<Vec<Gap>> = all.iter().map(|rates| rates.gap(1.0 - error)).collect();
        let gaps = gaps.filter(|gaps| !gaps.is_empty());
        let most = |part: fn(&Gap) -> f64| gaps.iter().flatten().map(part).fold(0.0, f64::max);
        let value = gaps.is_some().then(|| most(|gap| gap.value));
        let interval = value.map(|_| [Some(most(|gap| gap.low)), Some(most(|gap| gap.high))]);
        let mut facts = IndexMap::from([("definition".to_owned(), definition)]);
        let widest = all.iter().zip(gaps.iter().flatten()).find(|(_, gap)| Some(gap.value) == value);
        if let Some(rates) = widest.map(|(rates, _)| rates).or(all.first()) {
            facts.extend(rates.of.iter().map(|(name, label)| ((*name).to_owned(), label.clone())));
            let shares = self.labels.iter().zip(&rates.groups);
            facts.extend(shares.map(|(label, rate)| (label.clone(), format!("{}/{}", rate.hits, rate.n))));
        }
        let content = Content::Number {
            value,
            interval,
            confidence: interval.map(|_| arguments.confidence()),
            n: Some(self.group.len() as u64),
            needs: None,
            method: interval.map_or(String::new(), |_| "simultaneous-clopper-pearson".to_owned()),
            exact: false,
        };
        let value = ReadValue { result: None, content, facts, confusion: None };
        Reading { values: vec![value], ..Reading::default() }
    }
}

/// The difference between the greatest and the least rate, and how small or large it may be.
struct Gap {
    value: f64,
    low: f64,
    high: f64,
}

impl Rates {
    fn gap(&self, confidence: f64) -> Option<Gap> {
        let share = |rate: &Rate| (rate.n > 0).then(|| rate.hits as f64 / rate.n as f64);
        let shares: Vec<f64> = self.groups.iter().map(share).collect::<Option<_>>()?;
        let bounds: Vec<(f64, f64)> =
            self.groups.iter().map(|rate| clopper_pearson(rate.hits, rate.n, confidence)).collect();
        let most = shares.iter().copied().fold(0.0, f64::max);
        let least = shares.iter().copied().fold(1.0, f64::min);
        let mut gap = Gap { value: most - least, low: 0.0, high: 0.0 };
        for (one, above) in bounds.iter().enumerate() {
            for (_, below) in bounds.iter().enumerate().filter(|(other, _)| *other != one) {
                gap.low = gap.low.max(above.0 - below.1);
                gap.high = gap.high.max(above.1 - below.0);
            }
        }
        (shares.len() > 1).then_some(gap)
    }
}
