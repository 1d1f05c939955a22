//! A number against a bar: decided on the bound, not on the point. Knows no clause and no words.
//!
//! With an interval `[low, high]`, `>=` passes when `low >= bar` and fails when `high < bar`; the other comparisons
//! likewise: all of the interval must meet the bar, or none of it. What lies between is undecided, and [`More`] says
//! how many further samples with the same result would decide.

use crate::measure::reading::Content;
use lmstd_compiler::standard::Comparison;
use lmstd_runtime::statistics::power::{Bar, rows_to_clear};

/// The parts of [`Content::Number`].
pub(super) struct Number<'a> {
    pub(super) value: Option<f64>,
    pub(super) interval: Option<[Option<f64>; 2]>,
    /// The ends; a side that nothing bounds is infinite.
    pub(super) ends: Option<[f64; 2]>,
    /// Samples from which both sides are bounded, where one is not.
    needs: Option<u64>,
    pub(super) confidence: Option<f64>,
    pub(super) n: Option<u64>,
    pub(super) method: &'a str,
    pub(super) exact: bool,
}

/// Whether a number meets a bar.
pub(super) enum Answer {
    Yes,
    No,
    Straddles(More),
    Cannot(Why),
}

/// Why a number cannot be held against a bar.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Why {
    /// The value is undefined.
    Undefined,
    /// The bar is not a number.
    BadBar,
    /// An estimate from no samples.
    NoSamples,
    /// An estimate without an interval.
    NoInterval,
    /// The interval was made for less confidence than the clause asks: (asked, given).
    TooWeak(f64, f64),
}

impl Why {
    /// Stable fault id.
    pub(super) fn fault(self) -> &'static str {
        match self {
            Why::Undefined => "value_undefined",
            Why::BadBar => "bar_undefined",
            Why::NoSamples => "no_samples",
            Why::NoInterval => "interval_missing",
            Why::TooWeak(..) => "confidence_too_low",
        }
    }
}

/// How many further samples with the same result would decide.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum More {
    /// About so many.
    Samples(u64),
    /// At least so many in all, before that side is bounded.
    Bound(u64),
    /// More than [`LIMIT`].
    TooMany,
    /// None: the value lies on the bar itself.
    Never,
    /// The interval does not tell.
    Unknown,
}

/// Beyond so many samples the number is no advice.
const LIMIT: f64 = 1e12;

impl<'a> Number<'a> {
    /// The number of `content`, if it is one.
    pub(super) fn of(content: &'a Content) -> Option<Self> {
        let Content::Number { value, interval, confidence, n, needs, method, exact } = content else { return None };
        let ends = interval.map(|[low, high]| [low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY)]);
        let (value, interval, confidence, n, needs) = (*value, *interval, *confidence, *n, *needs);
        Some(Number { value, interval, ends, confidence, n, needs, method, exact: *exact })
    }
}

/// Decides `number OP bar`; `confidence` is what the clause asks for, if it asks.
pub(super) fn decide(number: &Number, op: Comparison, bar: f64, confidence: Option<f64>) -> Answer {
    let Some(point) = number.value.filter(|value| value.is_finite()) else {
        return Answer::Cannot(Why::Undefined);
    };
    if !bar.is_finite() {
        return Answer::Cannot(Why::BadBar);
    }
    if number.exact {
        return if op.holds(point, bar) { Answer::Yes } else { Answer::No };
    }
    if number.n == Some(0) {
        return Answer::Cannot(Why::NoSamples);
    }
    let (Some(interval), Some(given)) = (number.ends, number.confidence) else {
        return Answer::Cannot(Why::NoInterval);
    };
    if let Some(asked) = confidence.filter(|asked| given + 1e-12 < *asked || !asked.is_finite()) {
        return Answer::Cannot(Why::TooWeak(asked, given));
    }
    match whole(interval, op, bar) {
        Some(true) => Answer::Yes,
        Some(false) => Answer::No,
        None => Answer::Straddles(more(number, point, interval, bar)),
    }
}

/// Whether all of the interval meets the bar, none of it, or (`None`) some.
fn whole([low, high]: [f64; 2], op: Comparison, bar: f64) -> Option<bool> {
    let at = |edge: f64| op.holds(edge, bar);
    let inside = low <= bar && bar <= high;
    match op {
        Comparison::Eq if !inside => Some(false),
        Comparison::Ne if !inside => Some(true),
        // An interval of one point that is the bar.
        Comparison::Eq | Comparison::Ne if low == high => Some(op == Comparison::Eq),
        Comparison::Eq | Comparison::Ne => None,
        _ if at(low) && at(high) => Some(true),
        _ if !at(low) && !at(high) => Some(false),
        _ => None,
    }
}

/// Further samples until the bound that faces the bar reaches it, at the same point: of a rate by its own interval
/// ([`rows_to_clear`]); other intervals shrink by `1/sqrt(n)`.
fn more(number: &Number, point: f64, [low, high]: [f64; 2], bar: f64) -> More {
    let Some(n) = number.n else { return More::Unknown };
    let (n, gap) = (n as f64, point - bar);
    if gap == 0.0 {
        return More::Never;
    }
    let bound = if gap > 0.0 { low } else { high };
    if bound.is_infinite() {
        return number.needs.map_or(More::Unknown, More::Bound);
    }
    let rate = matches!(number.method, "wilson" | "clopper-pearson") && (0.0..=1.0).contains(&bar);
    if let (true, Some(confidence)) = (rate, number.confidence) {
        let bar = if gap > 0.0 { Bar::AtLeast(bar) } else { Bar::AtMost(bar) };
        return match rows_to_clear(point, bar, confidence) {
            Some(rows) => More::Samples(rows.saturating_sub(number.n.unwrap_or(0)).max(1)),
            None => More::TooMany,
        };
    }
    let needed = n * ((point - bound) / gap).powi(2);
    if !needed.is_finite() || needed < 0.0 {
        More::Unknown
    } else if needed > LIMIT {
        More::TooMany
    } else {
        More::Samples((needed.ceil() - n).max(1.0) as u64)
    }
}
