//! What is known of the symbols in dimensions: values they may have, and what divides what.
//!
//! From this follow ranges of whole dimensions ([`Facts::range`]) and quotients that must be whole. Ranges are sound,
//! not tight: a product is bounded from the ranges of its factors as if these were independent. Tight where it matters
//! for sizes: `a % b`, `min` and `max` anywhere in a sum, and `a div b` beside `a`.
//!
//! Nothing is assumed that is not said: a symbol without values may also be zero or negative. Knows no relations
//! beyond divisibility; `solve` decides those.

use super::bounds::{Bounds, End};
use super::dim::{Atom, Dim, power_of};
use super::ratio::{Ratio, gcd};
use super::view::{Part, View};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// How many cases a range may distinguish, and how many facts a proof may try.
const MAX_CASES: u32 = 64;
/// How many facts a proof may need one after another.
const MAX_CHAIN: u32 = 8;
/// How many values of a list are written out.
const MAX_SHOWN: usize = 8;

/// The values a symbol may have: whole numbers from `low` to `high`, and of the list where there is one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Values {
    /// The least.
    pub low: Option<i64>,
    /// The greatest.
    pub high: Option<i64>,
    /// All that are allowed, in ascending order.
    pub only: Option<Vec<i64>>,
}

/// The whole numbers from `low` to `high`; `None` is no bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Interval {
    /// The least.
    pub low: Option<i64>,
    /// The greatest.
    pub high: Option<i64>,
}

/// What is known about symbols beyond arithmetic.
#[derive(Clone, Default, Debug)]
pub struct Facts {
    /// Pairs (a, b) with `a % b == 0`.
    pub divisible: Vec<(Dim, Dim)>,
    /// The values of symbols; others may be any whole number.
    pub values: BTreeMap<Arc<str>, Values>,
}

impl Values {
    /// One number.
    pub fn exactly(value: i64) -> Values {
        Values { low: Some(value), high: Some(value), only: Some(vec![value]) }
    }

    /// The numbers from `low` to `high`; `None` is no bound.
    pub fn between(low: Option<i64>, high: Option<i64>) -> Values {
        Values { low, high, only: None }
    }

    /// The numbers of a list.
    pub fn one_of(values: &[i64]) -> Values {
        Values { only: Some(values.to_vec()), ..Values::default() }.meet(&Values::default())
    }

    /// The values in both, the list sorted and the ends at its ends.
    pub fn meet(&self, other: &Values) -> Values {
        let low = self.low.into_iter().chain(other.low).max();
        let high = self.high.into_iter().chain(other.high).min();
        let mut met = Values { low, high, only: None };
        let mut list: Vec<i64> = match (&self.only, &other.only) {
            (Some(a), Some(b)) => a.iter().copied().filter(|value| b.contains(value)).collect(),
            (Some(list), None) | (None, Some(list)) => list.clone(),
            (None, None) => return met,
        };
        list.retain(|value| met.contains(*value));
        list.sort_unstable();
        list.dedup();
        if let (Some(first), Some(last)) = (list.first(), list.last()) {
            (met.low, met.high) = (Some(*first), Some(*last));
        }
        met.only = Some(list);
        met
    }

    /// Whether a number is among them.
    pub fn contains(&self, value: i64) -> bool {
        self.encloses(value) && self.only.as_ref().is_none_or(|list| list.contains(&value))
    }

    fn encloses(&self, value: i64) -> bool {
        self.low.is_none_or(|low| low <= value) && self.high.is_none_or(|high| value <= high)
    }

    /// How many there are; `None` where there is no end.
    pub fn count(&self) -> Option<u64> {
        match (&self.only, self.low, self.high) {
            (Some(list), ..) => Some(list.iter().filter(|value| self.encloses(**value)).count() as u64),
            (None, Some(low), Some(high)) => {
                let count = i128::from(high) - i128::from(low) + 1;
                u64::try_from(count.clamp(0, i128::from(u64::MAX))).ok()
            }
            _ => None,
        }
    }

    /// The only one, if there is one only.
    pub fn single(&self) -> Option<i64> {
        let first = self.first(2);
        if let [only] = first.as_slice() { Some(*only) } else { None }
    }

    /// At most `count` of them: the least ones, else the greatest, else from zero up.
    pub fn first(&self, count: usize) -> Vec<i64> {
        if let Some(list) = &self.only {
            return list.iter().copied().filter(|value| self.encloses(*value)).take(count).collect();
        }
        let (start, step) = match (self.low, self.high) {
            (Some(low), _) => (low, 1),
            (None, Some(high)) => (high, -1),
            (None, None) => (0, 1),
        };
        std::iter::successors(Some(start), |value: &i64| value.checked_add(step))
            .take_while(|value| self.encloses(*value))
            .take(count)
            .collect()
    }

    fn bounds(&self) -> Bounds {
        let list = self.only.as_deref().unwrap_or_default();
        let low = self.low.into_iter().chain(list.first().copied()).max();
        let high = self.high.into_iter().chain(list.last().copied()).min();
        Bounds::between(low, high)
    }

    /// A number that divides all of them: the greatest where they are listed, else one.
    fn divisor(&self) -> Ratio {
        let Some(list) = &self.only else { return Ratio::ONE };
        let greatest = list.iter().fold(0, |all, value| gcd(all, u128::from(value.unsigned_abs())));
        i128::try_from(greatest).map_or(Ratio::ONE, Ratio::whole)
    }
}

impl Facts {
    /// Adds what is known of a symbol's values to what was known before.
    pub fn restrict(&mut self, symbol: &str, values: &Values) {
        let known = self.values.entry(symbol.into()).or_default();
        *known = known.meet(values);
    }

    /// The least range, of those this can find, that holds all values of a dimension.
    pub fn range(&self, dim: &Dim) -> Interval {
        let bounds = self.bounds(dim);
        let end = |end: End, rounded: fn(Ratio) -> i128| end.number().and_then(|at| i64::try_from(rounded(at)).ok());
        Interval { low: end(bounds.low, Ratio::ceil), high: end(bounds.high, Ratio::floor) }
    }

    /// The same before rounding, so that it also holds for a part that is not whole alone.
    pub(super) fn bounds(&self, dim: &Dim) -> Bounds {
        let (mut cases, mut mirrored_cases) = (MAX_CASES, MAX_CASES);
        let low = self.low(dim, &mut cases);
        let mirrored = dim.negative().map_or(End::Below, |mirrored| self.low(&mirrored, &mut mirrored_cases));
        let above = Bounds { low: mirrored, high: End::Above }.negative();
        Bounds { low, high: above.high }
    }

    fn low(&self, dim: &Dim, cases: &mut u32) -> End {
        let plain = self.sum(dim).low;
        if *cases == 0 {
            return plain;
        }
        *cases -= 1;
        self.low_by_cases(dim, cases).map_or(plain, |low| low.max(plain))
    }

    /// The lower end by cases of the first atom that stands alone in a term: a quotient lies close to its fraction,
    /// a minimum is one of its elements and below all others.
    fn low_by_cases(&self, dim: &Dim, cases: &mut u32) -> Option<End> {
        let (monomial, coefficient) = dim.terms().find(|(monomial, _)| {
            matches!(monomial.as_slice(), [(Atom::Floor(..) | Atom::Min(_) | Atom::Max(_), 1)])
        })?;
        let rest = dim.sub(&Dim::term(monomial.clone(), coefficient)?)?;
        let (atom, _) = monomial.first()?;
        let mut with = |value: &Dim| Some(self.low(&rest.add(&value.scaled(coefficient)?)?, cases));
        match atom {
            Atom::Symbol(_) => None,
            Atom::Floor(dividend, divisor) if coefficient.is_negative() => with(&dividend.over(divisor)?),
            Atom::Floor(dividend, divisor) => {
                let size = divisor.as_constant().filter(|size| *size > 0)?;
                with(&dividend.sub(&Dim::from(size - 1))?.over(divisor)?)
            }
            Atom::Min(elements) | Atom::Max(elements) => {
                let ends = elements.iter().map(with).collect::<Option<Vec<End>>>()?;
                let every = matches!(atom, Atom::Min(_)) != coefficient.is_negative();
                if every { ends.into_iter().min() } else { ends.into_iter().max() }
            }
        }
    }

    /// The bounds of a sum from those of its terms.
    fn sum(&self, dim: &Dim) -> Bounds {
        let view = View::of(dim);
        view.parts.iter().fold(self.polynomial(&view.plain), |sum, (factor, part)| {
            sum.plus(self.polynomial(factor).times(self.part(part)))
        })
    }

    fn polynomial(&self, dim: &Dim) -> Bounds {
        let mut sum = Bounds::point(Ratio::ZERO);
        for (monomial, coefficient) in dim.terms() {
            let mut product = Bounds::point(coefficient);
            for (atom, power) in monomial {
                let atom = self.atom(atom);
                let base = if *power < 0 { atom.inverse() } else { atom };
                product = product.times(base.power(power.unsigned_abs()));
            }
            sum = sum.plus(product);
        }
        sum
    }

    fn atom(&self, atom: &Atom) -> Bounds {
        match atom {
            Atom::Symbol(name) => self.values.get(name).map_or(Bounds::ALL, Values::bounds),
            Atom::Floor(dividend, divisor) => self.sum(dividend).times(self.sum(divisor).inverse()).floor(),
            Atom::Min(elements) | Atom::Max(elements) => {
                let all: Vec<Bounds> = elements.iter().map(|element| self.sum(element)).collect();
                let (lows, highs) = (all.iter().map(|bounds| bounds.low), all.iter().map(|bounds| bounds.high));
                let ends = if matches!(atom, Atom::Min(_)) {
                    lows.min().zip(highs.min())
                } else {
                    lows.max().zip(highs.max())
                };
                ends.map_or(Bounds::ALL, |(low, high)| Bounds { low, high })
            }
        }
    }

    fn part(&self, part: &Part) -> Bounds {
        match part {
            Part::Rest(dividend, divisor) => rest(self.sum(dividend), self.sum(divisor)),
            Part::Up(start, divisor) => {
                let (start, size) = (self.sum(start), self.sum(divisor));
                let one = Bounds::point(Ratio::ONE);
                if size.low >= one.low {
                    start.times(size.inverse()).ceil()
                } else {
                    start.plus(one.negative()).times(size.inverse()).floor().plus(one)
                }
            }
        }
    }

    /// Whether a form is whole for all allowed values: by its form, by lists of values, and by what divides what.
    pub(super) fn is_whole(&self, dim: &Dim) -> bool {
        let mut tries = MAX_CASES;
        self.follows(dim, MAX_CHAIN, &mut tries)
    }

    fn follows(&self, dim: &Dim, chain: u32, tries: &mut u32) -> bool {
        let open = dim.terms().filter(|(monomial, coefficient)| !self.is_whole_term(monomial, *coefficient));
        let Some(open) = Dim::sum_of(open.map(|(monomial, coefficient)| (monomial.clone(), coefficient))) else {
            return false;
        };
        if open.is_zero() {
            return true;
        }
        if chain == 0 || *tries == 0 {
            return false;
        }
        *tries -= 1;
        self.divisible.iter().any(|fact| match reduced(&open, fact) {
            Some((factor, rest)) => self.follows(&factor, chain - 1, tries) && self.follows(&rest, chain - 1, tries),
            None => false,
        })
    }

    fn is_whole_term(&self, monomial: &[(Atom, i32)], coefficient: Ratio) -> bool {
        if monomial.iter().any(|(_, power)| *power < 0) {
            return false;
        }
        let mut size = Some(coefficient);
        for (atom, power) in monomial {
            let Atom::Symbol(name) = atom else { continue };
            let divisor = self.values.get(name).map_or(Ratio::ONE, Values::divisor);
            for _ in 0..power.unsigned_abs() {
                size = size.and_then(|size| size.times(divisor));
            }
        }
        coefficient.is_whole() || size.is_some_and(Ratio::is_whole)
    }
}

/// `a % b` has the sign of `b` and is closer to zero than `b`.
fn rest(dividend: Bounds, divisor: Bounds) -> Bounds {
    let (zero, one) = (Bounds::point(Ratio::ZERO), Bounds::point(Ratio::ONE));
    let low = divisor.plus(one).low.min(zero.low);
    let high = divisor.plus(one.negative()).high.max(zero.high);
    if divisor.low < one.low {
        Bounds { low, high }
    } else if dividend.low < zero.low {
        Bounds { low: zero.low, high }
    } else if dividend.high < divisor.low {
        // Smaller than the divisor, it is the dividend itself.
        dividend
    } else {
        Bounds { low: zero.low, high: high.min(dividend.high) }
    }
}

/// `(factor, rest)` with `open == factor * (a / b) + rest` for a fact `a % b == 0`, where the leading term of `open` is
/// in the product. Only facts about what stands in that term are of use.
fn reduced(open: &Dim, (dividend, divisor): &(Dim, Dim)) -> Option<(Dim, Dim)> {
    let fact = dividend.over(divisor)?;
    let (lead, part) = (open.lead()?, fact.lead()?);
    let ((monomial, _), (wanted, _)) = (lead.single()?, part.single()?);
    if wanted.iter().any(|(atom, power)| *power > power_of(monomial, atom).max(0)) {
        return None;
    }
    let factor = lead.over(&part)?;
    let rest = open.sub(&factor.mul(&fact)?)?;
    Some((factor, rest))
}

impl fmt::Display for Values {
    /// As it follows a name: `= 3`, `in {128, 256}`, `in 1..=8`, `>= 1`; nothing where every value is allowed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.single(), &self.only, self.low, self.high) {
            (Some(value), ..) => write!(f, "= {value}"),
            (None, Some(list), ..) => {
                let shown: Vec<String> = list.iter().take(MAX_SHOWN).map(i64::to_string).collect();
                let more = if list.len() > MAX_SHOWN { ", …" } else { "" };
                write!(f, "in {{{}{more}}}", shown.join(", "))
            }
            (None, None, Some(low), Some(high)) => write!(f, "in {low}..={high}"),
            (None, None, Some(low), None) => write!(f, ">= {low}"),
            (None, None, None, Some(high)) => write!(f, "<= {high}"),
            (None, None, None, None) => Ok(()),
        }
    }
}
