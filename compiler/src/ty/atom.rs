//! How quotients, remainders, minima and maxima are made, each in one canonical form.
//!
//! Known of `div`, `%` and `ceil_div`, so that both sides have the same form, for all forms `a`, `b`, `q`, `c`:
//! - `(a + q * b) div b == q + a div b`, also where `b` is a sum and where a fact says that `q` is whole;
//! - `k * a div (k * b) == a div b` for a number or a product of atoms `k`, which may be negative;
//! - `a div b div c == a div (b * c)` where `c` is known to be positive;
//! - `b * (a div b) + a % b == a` and `ceil_div(a, b) == (a + b - 1) div b`: neither `%` nor `ceil_div` is an atom.
//!
//! Known of `min`, and likewise of `max`: order, brackets and repetition do not matter; what differs by a number is
//! decided, `min(n, n + 1) == n`; `min(a + t, b + t) == min(a, b) + t` for whole sums `t` of products of symbols;
//! `min(k * a, k * b) == k * min(a, b)` for positive whole numbers `k`.
//!
//! Not known, so that equal sizes stay different here (`Facts::decide_eq` may still tell): common factors that are
//! sums, `-n div 3` against `-ceil_div(n, 3)`, sums of several quotients inside a quotient, `min` against `max`
//! (`min(a, b) + max(a, b) == a + b`), a symbol times a minimum, and what follows from ranges alone.

use super::dim::{Atom, Dim, Monomial};
use super::facts::Facts;
use super::ratio::{Ratio, gcd};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most elements of a minimum or maximum.
const MAX_ELEMENTS: usize = 64;

impl Dim {
    /// `self / divisor` where `divisor` is known to divide it, by arithmetic or by `facts`. The quotient times the
    /// divisor has the form of `self` again.
    pub fn exact_div(&self, divisor: &Dim, facts: &Facts) -> Option<Dim> {
        self.over(divisor).filter(|_| facts.prove_divisible(self, divisor))
    }

    /// `self div divisor`, rounding down; `None` for a divisor of zero or a form that is too large.
    pub fn floor_div(&self, divisor: &Dim, facts: &Facts) -> Option<Dim> {
        if let Some(exact) = self.exact_div(divisor, facts) {
            return Some(exact);
        }
        let known = known_whole(self, divisor, facts)?;
        let (dividend, divisor) = self.sub(&known.mul(divisor)?)?.cleared(divisor)?;
        let mirrored = divisor.lead()?.single()?.1.is_negative();
        let (dividend, divisor) =
            if mirrored { (dividend.negative()?, divisor.negative()?) } else { (dividend, divisor) };
        let (quotient, rest) = dividend.divide(&divisor)?;
        let whole = known.add(&quotient)?;
        if rest.is_zero() || rest.as_constant().is_some() && divisor.as_constant().is_some() {
            // Two numbers: the rest is less than the divisor.
            return Some(whole);
        }
        let shared = rest.shared(&divisor)?;
        let (rest, divisor) = (rest.over(&shared)?, divisor.over(&shared)?);
        match nested(&rest, &divisor, facts) {
            Some((dividend, divisor)) => whole.add(&dividend.floor_div(&divisor, facts)?),
            None => whole.add(&Dim::term(vec![(Atom::Floor(Arc::new(rest), Arc::new(divisor)), 1)], Ratio::ONE)?),
        }
    }

    /// `self % divisor`: what [`Dim::floor_div`] leaves; `None` for a divisor of zero or a form that is too large.
    pub fn rem(&self, divisor: &Dim, facts: &Facts) -> Option<Dim> {
        self.sub(&divisor.mul(&self.floor_div(divisor, facts)?)?)
    }

    /// `ceil_div(self, divisor)`: the quotient rounded up, for a divisor that is positive or a negative number. For a
    /// symbol it is `(self + divisor - 1) div divisor`.
    pub fn ceil_div(&self, divisor: &Dim, facts: &Facts) -> Option<Dim> {
        if divisor.as_constant().is_some_and(|size| size < 0) {
            return self.negative()?.ceil_div(&divisor.negative()?, facts);
        }
        self.exact_div(divisor, facts).or_else(|| self.add(divisor)?.sub(&Dim::from(1))?.floor_div(divisor, facts))
    }

    /// `min(self, other)`. Not called `min`, which is a method of every ordered type and compares forms.
    pub fn minimum(&self, other: &Dim) -> Option<Dim> {
        extreme(Side::Least, self, other)
    }

    /// `max(self, other)`.
    pub fn maximum(&self, other: &Dim) -> Option<Dim> {
        extreme(Side::Greatest, self, other)
    }
}

/// The part of `dividend / divisor` that facts show to be whole, beyond what division finds.
fn known_whole(dividend: &Dim, divisor: &Dim, facts: &Facts) -> Option<Dim> {
    let mut known = Dim::default();
    if divisor.single().is_none() {
        return Some(known);
    }
    let quotient = dividend.over(divisor)?;
    for (monomial, coefficient) in quotient.terms() {
        let term = Dim::term(monomial.clone(), coefficient)?;
        let unit = Dim::term(monomial.clone(), Ratio::ONE)?;
        if facts.is_whole(&term) {
            known = known.add(&term)?;
        } else if facts.is_whole(&unit) {
            known = known.add(&unit.scaled(Ratio::whole(coefficient.floor()))?)?;
        }
    }
    Some(known)
}

/// `(a div b + m) div c` is `(a + m * b) div (b * c)` where `c` is positive. With two quotients in the dividend it is
/// not clear which one to open, so none is.
fn nested(dividend: &Dim, divisor: &Dim, facts: &Facts) -> Option<(Dim, Dim)> {
    let mut quotients = dividend.terms().filter(|(monomial, coefficient)| {
        *coefficient == Ratio::ONE && matches!(monomial.as_slice(), [(Atom::Floor(..), 1)])
    });
    let (Some((monomial, one)), None) = (quotients.next(), quotients.next()) else { return None };
    let [(Atom::Floor(inner, by), _)] = monomial.as_slice() else { return None };
    facts.range(divisor).low.filter(|low| *low > 0)?;
    let others = dividend.sub(&Dim::term(monomial.clone(), one)?)?;
    Some((inner.add(&others.mul(by)?)?, by.mul(divisor)?))
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Least,
    Greatest,
}

impl Side {
    /// The one of two forms that differ by a number.
    fn of<'a>(self, a: &'a Dim, b: &'a Dim) -> Option<&'a Dim> {
        let gap = b.sub(a)?.as_constant()?;
        Some(if (gap >= 0) == (self == Side::Least) { a } else { b })
    }

    /// The elements in a term that only adds: `k * min(a, b)` is the least of `k * a` and `k * b` for a positive `k`.
    fn elements(self, monomial: &Monomial, coefficient: Ratio) -> Option<&Arc<[Dim]>> {
        match (self, monomial.as_slice()) {
            (Side::Least, [(Atom::Min(elements), 1)]) | (Side::Greatest, [(Atom::Max(elements), 1)]) => {
                (coefficient.is_whole() && !coefficient.is_negative()).then_some(elements)
            }
            _ => None,
        }
    }

    fn atom(self, elements: Arc<[Dim]>) -> Atom {
        match self {
            Side::Least => Atom::Min(elements),
            Side::Greatest => Atom::Max(elements),
        }
    }
}

fn extreme(side: Side, a: &Dim, b: &Dim) -> Option<Dim> {
    if let Some(decided) = side.of(a, b) {
        return Some(decided.clone());
    }
    let mut kept: Vec<Dim> = Vec::new();
    for element in opened(side, a)?.into_iter().chain(opened(side, b)?) {
        keep(side, &mut kept, element);
    }
    if let [only] = kept.as_slice() {
        return Some(only.clone());
    }
    let shift = common_sum(&kept)?;
    let mut elements = kept.iter().map(|element| element.sub(&shift)).collect::<Option<Vec<Dim>>>()?;
    let scale = common_factor(&elements)?;
    elements = elements.iter().map(|element| element.scaled(scale.inverse()?)).collect::<Option<Vec<Dim>>>()?;
    elements.sort();
    shift.add(&Dim::term(vec![(side.atom(elements.into()), 1)], scale)?)
}

/// The elements of a form: `min(a, b) + 2 * min(c, d)` is the least of four sums.
fn opened(side: Side, dim: &Dim) -> Option<Vec<Dim>> {
    let plain = dim.terms().filter(|(monomial, coefficient)| side.elements(monomial, *coefficient).is_none());
    let mut sums = vec![Dim::sum_of(plain.map(|(monomial, coefficient)| (monomial.clone(), coefficient)))?];
    for (monomial, coefficient) in dim.terms() {
        let Some(elements) = side.elements(monomial, coefficient) else { continue };
        if sums.len().saturating_mul(elements.len()) > MAX_ELEMENTS {
            return None;
        }
        let mut grown = Vec::new();
        for element in elements.iter() {
            let element = element.scaled(coefficient)?;
            grown.extend(sums.iter().map(|sum| sum.add(&element)).collect::<Option<Vec<Dim>>>()?);
        }
        sums = grown;
    }
    Some(sums)
}

/// Adds an element, unless one that differs by a number makes it idle or is made idle by it.
fn keep(side: Side, kept: &mut Vec<Dim>, element: Dim) {
    for known in kept.iter_mut() {
        if let Some(better) = side.of(known, &element) {
            let better = better.clone();
            *known = better;
            return;
        }
    }
    kept.push(element);
}

/// The largest whole sum of numbers and products of symbols that is in all elements.
fn common_sum(elements: &[Dim]) -> Option<Dim> {
    let plain =
        |monomial: &Monomial| monomial.iter().all(|(atom, power)| matches!(atom, Atom::Symbol(_)) && *power > 0);
    let terms = elements.iter().flat_map(|element| element.terms().map(|(monomial, _)| monomial));
    let monomials: BTreeSet<&Monomial> = terms.filter(|monomial| plain(monomial)).collect();
    let least = |monomial: &Monomial| elements.iter().map(|element| element.coefficient(monomial).floor()).min();
    let shared = monomials.into_iter().filter_map(|monomial| Some((monomial.clone(), Ratio::whole(least(monomial)?))));
    Dim::sum_of(shared)
}

/// The largest whole number that divides every coefficient; one where some are fractions, so that elements stay whole.
fn common_factor(elements: &[Dim]) -> Option<Ratio> {
    if !elements.iter().all(Dim::is_polynomial) {
        return Some(Ratio::ONE);
    }
    let coefficients = elements.iter().flat_map(|element| element.terms().map(|(_, coefficient)| coefficient.size()));
    Some(Ratio::whole(i128::try_from(coefficients.fold(0, gcd)).ok()?))
}
