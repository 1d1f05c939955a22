//! Quantities: what kind a number is of and how its unit scales. A percentage is a fraction written differently;
//! a bare number is never silently taken for a quantity with a unit, nor the other way round.

use serde::{Deserialize, Serialize};

/// What a measured number is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A proportion of counted items in 0..=1 (binomial interval).
    Rate,
    /// A score in 0..=1 that is not a simple proportion (bootstrap interval).
    Score,
    /// A fraction that may exceed 1, such as errors by words.
    Ratio,
    /// Any other number, of either sign: an error in the unit of what is predicted, a score on a scale of its own.
    Number,
    /// A number of things.
    Count,
    /// A duration; base unit: second.
    Time,
    /// A size; base unit: byte.
    Bytes,
}

/// A unit: its spelling, its kind and how many base units it is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Unit {
    /// As written.
    pub name: &'static str,
    /// What it measures.
    pub kind: Kind,
    /// Base units in one.
    pub scale: f64,
}

const fn unit(name: &'static str, kind: Kind, scale: f64) -> Unit {
    Unit { name, kind, scale }
}

/// All units, by kind.
pub const UNITS: &[Unit] = &[
    unit("ns", Kind::Time, 1e-9),
    unit("us", Kind::Time, 1e-6),
    unit("ms", Kind::Time, 1e-3),
    unit("s", Kind::Time, 1.0),
    unit("min", Kind::Time, 60.0),
    unit("h", Kind::Time, 3600.0),
    unit("B", Kind::Bytes, 1.0),
    unit("kB", Kind::Bytes, 1e3),
    unit("MB", Kind::Bytes, 1e6),
    unit("GB", Kind::Bytes, 1e9),
    unit("KiB", Kind::Bytes, 1024.0),
    unit("MiB", Kind::Bytes, 1_048_576.0),
    unit("GiB", Kind::Bytes, 1_073_741_824.0),
    unit("%", Kind::Rate, 0.01),
];

impl Unit {
    /// `number` of this unit in base units. Scales below one divide, so that `87.7%` is exactly the double `0.877`.
    pub fn to_base(&self, number: f64) -> f64 {
        if self.scale < 1.0 { number / (1.0 / self.scale).round() } else { number * self.scale }
    }
}

/// Looks a unit up by its spelling.
pub fn find(name: &str) -> Option<&'static Unit> {
    UNITS.iter().find(|unit| unit.name == name)
}

impl Kind {
    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Rate => "a rate (a fraction in 0..=1)",
            Kind::Score => "a score (a fraction in 0..=1)",
            Kind::Ratio => "a ratio (a fraction that may exceed 1)",
            Kind::Number => "a number",
            Kind::Count => "a count",
            Kind::Time => "a duration",
            Kind::Bytes => "a size in bytes",
        }
    }

    /// Whether values are fractions in 0..=1, so that `%` may be written.
    pub fn is_fraction(self) -> bool {
        matches!(self, Kind::Rate | Kind::Score)
    }

    /// Whether `%` may be written: a fraction, whether or not it may exceed 1.
    pub fn is_share(self) -> bool {
        self.is_fraction() || self == Kind::Ratio
    }

    /// The base unit's name in results; empty for pure numbers.
    pub fn base_unit(self) -> &'static str {
        match self {
            Kind::Time => "s",
            Kind::Bytes => "B",
            Kind::Rate | Kind::Score | Kind::Ratio | Kind::Number | Kind::Count => "",
        }
    }

    /// Looks a kind up by the word that measure signatures use.
    pub fn of_word(word: &str) -> Option<Kind> {
        Some(match word {
            "rate" => Kind::Rate,
            "score" => Kind::Score,
            "ratio" => Kind::Ratio,
            "number" => Kind::Number,
            "count" => Kind::Count,
            "time" => Kind::Time,
            "bytes" => Kind::Bytes,
            _ => return None,
        })
    }
}
