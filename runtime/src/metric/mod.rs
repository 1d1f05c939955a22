//! Metrics of classification, each one file with its formula, the public reference it must equal and its traps. All are
//! functions of one mergeable state, the [`Confusion`] matrix, whose counts are integers: how the rows were split among
//! threads or machines cannot change a result. Knows no bars.
//!
//! An undefined value is `None`, never a number that could pass.

pub mod accuracy;
pub mod aggregate;
pub mod confusion;
pub mod estimate;
pub mod f1;
pub mod precision;
pub mod recall;
pub mod share;
pub mod weighted;

pub use confusion::Confusion;
pub use estimate::Estimate;
pub use share::Share;
pub use weighted::{Term, Weighted};

/// What a per-class metric is taken over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// One class against the rest, by its index in the standard's order.
    Class(usize),
    /// The plain mean over all declared classes.
    Macro,
    /// From the sums of the counts over all classes.
    Micro,
    /// The mean over all declared classes, weighted by their true rows.
    Weighted,
}

/// What a quotient with a zero denominator is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ZeroDivision {
    /// No value: the metric, or the mean it belongs to, is undefined.
    Undefined,
    /// This value, as scikit-learn's `zero_division`.
    Value(f64),
}

/// Parameters of a metric.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Params {
    /// What it is taken over; accuracy ignores it.
    pub target: Target,
    /// What a zero denominator gives.
    pub zero_division: ZeroDivision,
}

impl Params {
    /// Over `target`, undefined where a denominator is zero.
    pub fn over(target: Target) -> Params {
        Params { target, zero_division: ZeroDivision::Undefined }
    }
}

/// A metric's code: `None` where it is undefined.
pub type Metric = fn(&Confusion, &Params) -> Option<f64>;

/// A metric by its ids.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Name in the language.
    pub id: &'static str,
    /// Id of its exact definition: the name and the library it equals.
    pub definition: &'static str,
    /// Its code.
    pub run: Metric,
    /// The rate that it is over a target, if it is one.
    pub share: fn(Target) -> Option<Share>,
}

/// Every metric, by name.
pub const ALL: &[Row] = &[
    Row { id: "accuracy", definition: "accuracy@sklearn", run: accuracy::accuracy, share: accuracy::share },
    Row { id: "f1", definition: "f1@sklearn", run: f1::f1, share: f1::share },
    Row { id: "precision", definition: "precision@sklearn", run: precision::precision, share: precision::share },
    Row { id: "recall", definition: "recall@sklearn", run: recall::recall, share: recall::share },
];

/// The metric of that name.
pub fn find(id: &str) -> Option<&'static Row> {
    ALL.iter().find(|row| row.id == id)
}

/// Numerator, denominator: exact until the one division.
pub(crate) type Quotient = (u64, u64);

/// Divides, or gives what a zero denominator stands for.
fn divide((numerator, denominator): Quotient, zero: ZeroDivision) -> Option<f64> {
    match (denominator, zero) {
        (0, ZeroDivision::Undefined) => None,
        (0, ZeroDivision::Value(value)) => Some(value),
        // Counts stay far below 2^53, where integers are exact.
        _ => Some(numerator as f64 / denominator as f64),
    }
}

/// Averages a quotient of (true positives, predicted, actual) as `params` asks.
pub(crate) fn average(confusion: &Confusion, params: &Params, quotient: fn(Counts) -> Quotient) -> Option<f64> {
    let classes = confusion.classes();
    let zero = params.zero_division;
    let of = |class: usize| divide(quotient(confusion.counts_of(class)), zero);
    match params.target {
        Target::Class(class) => (class < classes).then(|| of(class)).flatten(),
        Target::Macro => {
            let sum = (0..classes).map(of).sum::<Option<f64>>()?;
            (classes > 0).then(|| sum / classes as f64)
        }
        Target::Micro => {
            let sum = (0..classes).map(|c| confusion.counts_of(c)).fold(Counts::default(), |a, b| Counts {
                hits: a.hits + b.hits,
                predicted: a.predicted + b.predicted,
                actual: a.actual + b.actual,
            });
            divide(quotient(sum), zero)
        }
        Target::Weighted => {
            let total = confusion.total();
            if total == 0 {
                return divide((0, 0), zero);
            }
            // A class without true rows has weight zero, but an undefined value there is still undefined.
            let term = |c: usize| of(c).map(|value| value * confusion.counts_of(c).actual as f64);
            Some((0..classes).map(term).sum::<Option<f64>>()? / total as f64)
        }
    }
}

/// One class's counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Rows of the class that were predicted as it.
    pub hits: u64,
    /// Rows predicted as the class.
    pub predicted: u64,
    /// Rows of the class.
    pub actual: u64,
}
