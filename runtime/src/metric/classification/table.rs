//! What metrics of true and predicted classes share: the weighed table, the counts of a class, and the averages over
//! classes with a declared outcome for a zero denominator.

use crate::metric::api::{Params, Refusal, Scores};
use crate::metric::items::{Classes, Items};
use crate::metric::score::{Hit, Law, Score, Weighed};
use std::sync::Arc;

/// How much each pair of a true and a predicted class weighs.
#[derive(Clone, Copy, Debug)]
pub struct Table<'w> {
    classes: usize,
    cells: &'w [f64],
}

/// What one class has.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Counts {
    /// Rows of the class that were predicted as it: true positives.
    pub hits: f64,
    /// Rows predicted as the class.
    pub predicted: f64,
    /// Rows of the class.
    pub actual: f64,
    /// Rows of other classes that were predicted as it: false positives.
    pub alarms: f64,
    /// Rows of other classes.
    pub others: f64,
    /// All rows.
    pub total: f64,
}

impl Counts {
    /// The sums of both.
    fn plus(self, other: &Counts) -> Counts {
        Counts {
            hits: self.hits + other.hits,
            predicted: self.predicted + other.predicted,
            actual: self.actual + other.actual,
            alarms: self.alarms + other.alarms,
            others: self.others + other.others,
            total: self.total + other.total,
        }
    }
}

impl<'w> Table<'w> {
    /// The table that the weights of a [`Score::table`] are.
    pub fn of(classes: usize, weighed: &Weighed<'w>) -> Table<'w> {
        Table { classes, cells: weighed.weights() }
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Rows of class `truth` that were predicted as `predicted`; 0 out of range.
    pub fn cell(&self, truth: usize, predicted: usize) -> f64 {
        let inside = truth < self.classes && predicted < self.classes;
        if inside { self.cells.get(truth * self.classes + predicted).copied().unwrap_or(0.0) } else { 0.0 }
    }

    /// All rows.
    pub fn total(&self) -> f64 {
        self.cells.iter().sum()
    }

    /// Rows whose prediction is right.
    pub fn hits(&self) -> f64 {
        (0..self.classes).map(|class| self.cell(class, class)).sum()
    }

    /// The counts of every class. All are sums and none is a difference, so that what is 0 is exactly 0.
    pub fn counts(&self) -> Vec<Counts> {
        let total = self.total();
        let mut counts = vec![Counts { total, ..Counts::default() }; self.classes];
        for (truth, row) in self.cells.chunks(self.classes.max(1)).enumerate().take(self.classes) {
            counts[truth].actual = row.iter().sum();
            counts[truth].hits = row[truth];
            for (predicted, weight) in row.iter().enumerate() {
                counts[predicted].predicted += weight;
                counts[predicted].alarms += if predicted == truth { 0.0 } else { *weight };
            }
        }
        count_others(&mut counts);
        counts
    }
}

/// Rows of the classes before each, then of those after it.
fn count_others(counts: &mut [Counts]) {
    let (mut before, mut after) = (0.0, 0.0);
    for class in counts.iter_mut() {
        class.others = before;
        before += class.actual;
    }
    for class in counts.iter_mut().rev() {
        class.others += after;
        after += class.actual;
    }
}

/// What a quotient with a zero denominator is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ZeroDivision {
    /// No value: the metric, or the mean that it belongs to, is undefined.
    Undefined,
    /// No value, and left out of the mean that it belongs to.
    Skip,
    /// This value.
    Value(f64),
}

/// The words of the parameter `zero_division`.
pub const ZERO_DIVISION: &[(&str, ZeroDivision)] = &[
    ("undefined", ZeroDivision::Undefined),
    ("skip", ZeroDivision::Skip),
    ("zero", ZeroDivision::Value(0.0)),
    ("one", ZeroDivision::Value(1.0)),
];

/// What a metric of one class is taken over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Over {
    /// One class against the rest.
    Class(usize),
    /// The plain mean over all declared classes.
    Macro,
    /// From the sums of the counts over all classes.
    Micro,
    /// The mean over all declared classes, weighted by their true rows.
    Weighted,
}

/// The class or the average that a call names.
///
/// # Errors
/// Where it names both, or neither.
pub fn over(params: &Params, classes: usize) -> Result<Over, Refusal> {
    use crate::metric::api::Param;
    let words = [
        ("binary", None),
        ("macro", Some(Over::Macro)),
        ("micro", Some(Over::Micro)),
        ("weighted", Some(Over::Weighted)),
    ];
    let average = params.word("average", &words)?;
    match (params.get("class"), average) {
        (Param::Class(class, _), None) if (*class as usize) < classes => Ok(Over::Class(*class as usize)),
        (Param::Class(..), None) => Err(Refusal::new("there is no such class", "name a declared class")),
        (Param::None, Some(average)) => Ok(average),
        (Param::None, None) => Err(Refusal::new(
            "the class that counts as positive is not named",
            "name a class, or write `average: macro`, `micro` or `weighted`",
        )),
        _ => Err(Refusal::new("a class and an average exclude each other", "give one of the two")),
    }
}

/// Numerator and denominator of a metric of one class.
pub type Quotient = fn(&Counts) -> (f64, f64);

/// A quotient with its zero denominator.
pub fn divide((numerator, denominator): (f64, f64), zero: ZeroDivision) -> Option<f64> {
    match zero {
        _ if denominator > 0.0 => Some(numerator / denominator),
        ZeroDivision::Value(value) => Some(value),
        ZeroDivision::Undefined | ZeroDivision::Skip => None,
    }
}

/// The quotient over a class or averaged; of no rows there is none, whatever a zero denominator stands for.
pub fn average(
    counts: &[Counts],
    over: Over,
    zero: ZeroDivision,
    quotient: impl Fn(&Counts) -> (f64, f64),
) -> Option<f64> {
    if counts.iter().all(|class| class.total <= 0.0) {
        return None;
    }
    let mean = |weight: fn(&Counts) -> f64| {
        let (mut sum, mut weights) = (0.0, 0.0);
        for class in counts {
            match (divide(quotient(class), zero), zero) {
                (Some(value), _) => {
                    sum += weight(class) * value;
                    weights += weight(class);
                }
                (None, ZeroDivision::Skip) => {}
                (None, _) => return None,
            }
        }
        divide((sum, weights), zero)
    };
    match over {
        Over::Class(class) => divide(quotient(counts.get(class)?), zero),
        Over::Macro => mean(|_| 1.0),
        Over::Weighted => mean(|class| class.actual),
        Over::Micro => divide(quotient(&counts.iter().fold(Counts::default(), Counts::plus)), zero),
    }
}

/// A metric of one class: its quotient, and where it is a share of rows, which ones count and hit.
pub struct OfClass {
    /// Numerator and denominator.
    pub quotient: Quotient,
    /// Of (class, truth, predicted): whether a row counts and hits.
    pub hit: fn(usize, usize, usize) -> Option<bool>,
    /// From that share to the quotient; increasing.
    pub map: fn(f64) -> f64,
}

/// The scores of a metric of one class under `class`, `average` and `zero_division`.
///
/// # Errors
/// As [`of_quotient`].
pub fn of_class(items: &Items, params: &Params, metric: OfClass) -> Result<Scores, Refusal> {
    let OfClass { quotient, hit, map } = metric;
    of_quotient(items, params, quotient, |over| match over {
        Over::Class(class) => Some(Law::Rate { hit: cells(move |truth, predicted| hit(class, truth, predicted)), map }),
        _ => None,
    })
}

/// The scores of a quotient under `class`, `average` and `zero_division`. Where `law` knows no law for what it is taken
/// over, it is a function of the table.
///
/// # Errors
/// As [`over`] and [`Score::table`]; for items of another kind.
pub fn of_quotient(
    items: &Items,
    params: &Params,
    quotient: impl Fn(&Counts) -> (f64, f64) + Send + Sync + 'static,
    law: impl FnOnce(Over) -> Option<Law>,
) -> Result<Scores, Refusal> {
    let classes = classes(items)?;
    let over = over(params, classes.classes)?;
    let zero = params.word("zero_division", ZERO_DIVISION)?;
    let count = classes.classes;
    let law = law(over).unwrap_or(Law::Table(count));
    let score = Score::table(count, pairs(classes), law, move |weighed| {
        average(&Table::of(count, weighed).counts(), over, zero, &quotient)
    })?;
    Ok(score.into())
}

/// Most classes of which a share of all rows keeps the whole table, so that it can be summed with other functions of
/// it.
const TABLE_CLASSES: usize = 256;

/// The share of all rows whose pair of a true and a predicted class is a hit.
///
/// # Errors
/// As [`Score::table`].
pub fn share(classes: &Classes, hit: fn(usize, usize) -> bool) -> Result<Score, Refusal> {
    let count = classes.classes;
    if count > TABLE_CLASSES {
        return Ok(Score::rate(pairs(classes).map(|(truth, predicted)| Some(hit(truth as usize, predicted as usize)))));
    }
    let law = Law::Rate { hit: cells(move |truth, predicted| Some(hit(truth, predicted))), map: |share| share };
    Score::table(count, pairs(classes), law, move |weighed| {
        weighed.mean(|cell| f64::from(u8::from(hit(cell[0] as usize, cell[1] as usize))))
    })
}

/// A rule over cells as a rule over atoms.
pub fn cells(rule: impl Fn(usize, usize) -> Option<bool> + Send + Sync + 'static) -> Hit {
    Arc::new(move |atom: &[f64]| rule(atom[0] as usize, atom[1] as usize))
}

/// The classes of the items.
///
/// # Errors
/// For items of another kind.
pub fn classes(items: &Items) -> Result<&Classes, Refusal> {
    match items {
        Items::Classes(classes) => Ok(classes),
        _ => Err(Refusal::kind()),
    }
}

/// Pairs of true and predicted classes.
pub fn pairs(classes: &Classes) -> impl Iterator<Item = (u32, u32)> + '_ {
    classes.truth.iter().copied().zip(classes.predicted.iter().copied())
}
