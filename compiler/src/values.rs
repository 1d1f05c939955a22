//! Sets of values that a field, a column or a measured number may take, closed under "and", "or" and "not", so that a
//! value which one standard allows and another does not can be named. Whole numbers have closed ends, so that `x > 4` and
//! `x < 5` have nothing in common; what is not understood is no set. Knows no names and no standards.

use crate::eval::Value;
use crate::standard::Comparison;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// The two truth values, as the language writes them.
const TRUTH: [&str; 2] = ["false", "true"];

/// A place between numbers: just before `at`, or just after it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Cut {
    at: f64,
    after: bool,
}

/// The numbers between two places; never empty inside a [`Values`].
type Interval = (Cut, Cut);

impl Cut {
    const START: Cut = Cut { at: f64::NEG_INFINITY, after: false };
    const END: Cut = Cut { at: f64::INFINITY, after: true };

    // Adding zero makes -0 and 0 the same place.
    fn before(at: f64) -> Cut {
        Cut { at: at + 0.0, after: false }
    }

    fn behind(at: f64) -> Cut {
        Cut { at: at + 0.0, after: true }
    }

    fn order(self, other: Cut) -> Ordering {
        self.at.total_cmp(&other.at).then(self.after.cmp(&other.after))
    }
}

/// A set of values of one type.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Values {
    /// Every value, whatever the type.
    All,
    /// Numbers: intervals in order, none reaching into the next.
    Numbers(Vec<(Cut, Cut)>),
    /// Texts and truth values, as the language writes them.
    Words {
        /// These, or what is left out.
        listed: BTreeSet<String>,
        /// All but the listed ones.
        all_but: bool,
    },
}

impl Values {
    /// The numbers on the right side of a bar.
    pub(crate) fn of_bar(op: Comparison, bar: f64) -> Values {
        let below = (Cut::START, Cut::before(bar));
        let above = (Cut::behind(bar), Cut::END);
        numbers(match op {
            Comparison::Eq => vec![(Cut::before(bar), Cut::behind(bar))],
            Comparison::Ne => vec![below, above],
            Comparison::Lt => vec![below],
            Comparison::Le => vec![(Cut::START, Cut::behind(bar))],
            Comparison::Gt => vec![above],
            Comparison::Ge => vec![(Cut::before(bar), Cut::END)],
        })
    }

    /// `low..=high`, or `low..high`.
    pub(crate) fn between(low: f64, high: f64, inclusive: bool) -> Values {
        let end = if inclusive { Cut::behind(high) } else { Cut::before(high) };
        numbers(vec![(Cut::before(low), end)])
    }

    /// Exactly these; numbers compare by value, so that `1` and `1.0` are one.
    pub(crate) fn of_list(list: &[Value]) -> Values {
        match list.iter().map(Value::number).collect::<Option<Vec<f64>>>() {
            Some(mut points) => {
                points.sort_by(f64::total_cmp);
                points.dedup();
                numbers(points.into_iter().map(|at| (Cut::before(at), Cut::behind(at))).collect())
            }
            None => Values::Words { listed: list.iter().map(Value::to_string).collect(), all_but: false },
        }
    }

    /// What is not in it.
    pub(crate) fn complement(&self) -> Values {
        match self {
            Values::All => Values::Numbers(Vec::new()),
            Values::Numbers(list) => Values::Numbers(gaps(list)),
            Values::Words { listed, all_but: false } if listed.iter().any(|word| TRUTH.contains(&word.as_str())) => {
                let rest = TRUTH.into_iter().filter(|word| !listed.contains(*word)).map(str::to_owned);
                Values::Words { listed: rest.collect(), all_but: false }
            }
            Values::Words { listed, all_but } => Values::Words { listed: listed.clone(), all_but: !all_but },
        }
    }

    /// The values in both. Of two types, which no checked standard mixes, the first stays.
    pub(crate) fn meet(&self, other: &Values) -> Values {
        match (self, other) {
            (Values::All, values) => values.clone(),
            (Values::Numbers(a), Values::Numbers(b)) => Values::Numbers(common(a, b)),
            (Values::Words { listed: a, all_but: not_a }, Values::Words { listed: b, all_but: not_b }) => {
                let listed = match (not_a, not_b) {
                    (false, false) => a.intersection(b).cloned().collect(),
                    (false, true) => a.difference(b).cloned().collect(),
                    (true, false) => b.difference(a).cloned().collect(),
                    (true, true) => a.union(b).cloned().collect(),
                };
                Values::Words { listed, all_but: *not_a && *not_b }
            }
            (values, _) => values.clone(),
        }
    }

    /// The values in either; `None` for two types.
    pub(crate) fn join(&self, other: &Values) -> Option<Values> {
        match (self, other) {
            (Values::All, _) | (_, Values::All) => Some(Values::All),
            (Values::Numbers(_), Values::Words { .. }) | (Values::Words { .. }, Values::Numbers(_)) => None,
            _ => Some(self.complement().meet(&other.complement()).complement()),
        }
    }

    /// The values that `other` lacks.
    pub(crate) fn without(&self, other: &Values) -> Values {
        match other {
            Values::All => Values::Numbers(Vec::new()),
            _ => self.meet(&other.complement()),
        }
    }

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Values::All => false,
            Values::Numbers(list) => list.is_empty(),
            Values::Words { listed, all_but } => !all_but && listed.is_empty(),
        }
    }

    /// Whether `value` is in it.
    pub(crate) fn has(&self, value: &Value) -> bool {
        match (self, value.number()) {
            (Values::All, _) => true,
            (Values::Numbers(list), Some(number)) => list.iter().any(|interval| inside(*interval, number)),
            (Values::Words { listed, all_but }, None) => listed.contains(&value.to_string()) != *all_but,
            _ => false,
        }
    }

    /// Its whole numbers, so that nothing lies between neighbours.
    pub(crate) fn whole(self) -> Values {
        match self {
            Values::Numbers(list) => numbers(list.into_iter().map(whole).collect()),
            other => other,
        }
    }

    /// One of its numbers, as round as can be in the largest of `units` (descending) that is not too large.
    /// Without `fractions` only a whole one, or an end that an author wrote.
    pub(crate) fn number(&self, units: &[f64], fractions: bool) -> Option<f64> {
        let Values::Numbers(list) = self else { return None };
        list.iter().find_map(|interval| pick(*interval, units, fractions))
    }

    /// One of its values as the language writes it, if one is easily named.
    pub(crate) fn sample(&self, fractions: bool) -> Option<String> {
        match self {
            Values::Numbers(_) => self.number(&[1.0], fractions).map(plain),
            Values::Words { listed, all_but: false } => listed.first().cloned(),
            Values::Words { .. } | Values::All => None,
        }
    }
}

/// A number as authors write it.
pub(crate) fn plain(number: f64) -> String {
    if number == 0.0 || (1e-4..1e15).contains(&number.abs()) { format!("{number}") } else { format!("{number:e}") }
}

fn numbers(mut list: Vec<Interval>) -> Values {
    list.retain(|(low, high)| low.order(*high).is_lt());
    Values::Numbers(list)
}

fn gaps(list: &[Interval]) -> Vec<Interval> {
    let mut start = Cut::START;
    let mut gaps = Vec::new();
    for &(low, high) in list {
        if start.order(low).is_lt() {
            gaps.push((start, low));
        }
        start = high;
    }
    if start.order(Cut::END).is_lt() {
        gaps.push((start, Cut::END));
    }
    gaps
}

fn common(a: &[Interval], b: &[Interval]) -> Vec<Interval> {
    let (mut i, mut j) = (0, 0);
    let mut both = Vec::new();
    while let (Some(&(a_low, a_high)), Some(&(b_low, b_high))) = (a.get(i), b.get(j)) {
        let low = if a_low.order(b_low).is_lt() { b_low } else { a_low };
        let a_ends_first = a_high.order(b_high).is_lt();
        let high = if a_ends_first { a_high } else { b_high };
        if low.order(high).is_lt() {
            both.push((low, high));
        }
        if a_ends_first {
            i += 1;
        } else {
            j += 1;
        }
    }
    both
}

fn whole((low, high): Interval) -> Interval {
    let first = if low.after { low.at.floor() + 1.0 } else { low.at.ceil() };
    let last = if high.after { high.at.floor() } else { high.at.ceil() - 1.0 };
    // Beyond 2^53 the next whole number is no double of its own.
    let end = if last.abs() < 9e15 { Cut::before(last + 1.0) } else { Cut::behind(last) };
    (Cut::before(first), end)
}

fn inside((low, high): Interval, number: f64) -> bool {
    number.is_finite() && low.order(Cut::before(number)).is_le() && Cut::behind(number).order(high).is_le()
}

fn pick(interval: Interval, units: &[f64], fractions: bool) -> Option<f64> {
    let (low, high) = (interval.0.at, interval.1.at);
    let stride = |end: f64| if end == 0.0 { 1.0 } else { end.abs() };
    let middle = match (low.is_finite(), high.is_finite()) {
        (true, true) => low / 2.0 + high / 2.0,
        (true, false) => low + stride(low),
        (false, true) => high - stride(high),
        (false, false) => 0.0,
    };
    let unit = units.iter().copied().find(|unit| *unit <= middle.abs()).or(units.last().copied()).unwrap_or(1.0);
    let finest = if fractions { -18 } else { 0 };
    let mut round = (finest..=18).rev().map(|power| rounded(middle / unit, power) * unit + 0.0);
    let found = round.find(|number| low < *number && *number < high && inside(interval, *number));
    let mut ends = [low, high].into_iter().chain(fractions.then_some(middle));
    found.or_else(|| ends.find(|number| inside(interval, *number)))
}

/// The nearest multiple of a power of ten. Powers below one divide, so that the result is the double that is written.
fn rounded(number: f64, power: i32) -> f64 {
    let unit = 10_f64.powi(power.abs());
    if power >= 0 { (number / unit).round() * unit } else { (number * unit).round() / unit }
}
