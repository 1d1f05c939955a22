//! Numbers of a standard in words: never rounded, because a bar is what is signed. Knows no language.

use crate::number;
use lmstd_compiler::ty::unit::{self, Kind};

/// A quantity in base units, in a unit of fitting size where that is exact: `75%`, `200 ms`, `50 MiB`, `1,000`.
pub(super) fn amount(value: f64, kind: Kind) -> String {
    let short = match kind.is_fraction() {
        true => number::percent(value),
        false => number::quantity(value, kind.base_unit()),
    };
    if read(&short) == Some(value) {
        return short;
    }
    format!("{value} {}", kind.base_unit()).trim_end().to_owned()
}

/// What a written quantity is in base units.
fn read(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || "-.,".contains(c))).unwrap_or(text.len());
    let number: f64 = text[..end].replace(',', "").parse().ok()?;
    match text[end..].trim() {
        "" => Some(number),
        "µs" => unit::find("us").map(|unit| unit.to_base(number)),
        name => unit::find(name).map(|unit| unit.to_base(number)),
    }
}

/// A plain number with thousands grouped.
pub(super) fn plain(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    if value.fract() != 0.0 || value.abs() >= 9e15 {
        return value.to_string();
    }
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}", number::count(value.abs() as u64))
}

/// A small distance: `1e-4`.
pub(super) fn distance(value: f64) -> String {
    if value < 1e-3 { format!("{value:e}") } else { value.to_string() }
}

/// The largest probability of an error in percent, rounded up, so that it stays a bound.
pub(super) fn at_most(error: f64) -> String {
    number::percent(ceiling(error))
}

/// The probability in percent that is left beside an error.
pub(super) fn left(error: f64) -> String {
    number::percent(1.0 - ceiling(error))
}

/// Up to hundredths of a percent; decimal fractions such as 0.05 are not pushed up by their binary rest.
fn ceiling(probability: f64) -> f64 {
    ((probability * 1e4 - 1e-6).ceil() / 1e4).clamp(1e-4, 1.0)
}
