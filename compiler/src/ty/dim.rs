//! Symbolic dimensions with a canonical form.
//!
//! A dimension is a sum of terms, each a fraction times powers of atoms. An atom is a whole number: a symbol
//! (`hidden_size`, `batch`), a quotient rounded down, a minimum or a maximum. Powers may be negative: `hidden / heads`
//! is the term `hidden * heads^-1`, so that `hidden / heads * heads` is `hidden` again; such a term is only made where
//! the quotient is known to be whole. `div` and `%` round down for every divisor but zero, as Python's do.
//!
//! Terms are sorted, like terms are joined, zero terms vanish. So `+`, `-` and `*` are complete: what is equal by the
//! laws of rings, with the atoms as unknowns, has the same form. How much is known of the atoms stands in `atom`.
//!
//! The promise: equal forms are equal sizes, wherever both have a value. A form may have a value where what it was
//! made from has none (`n * m / m` is `n`, also for `m == 0`), never another. What cannot be shown equal is different.
//!
//! Everything is checked: a coefficient beyond 64 bits, a form heavier than [`MAX_WEIGHT`] or nested deeper than
//! [`MAX_DEPTH`] is `None`. Knows no facts about symbols.

use super::ratio::{Ratio, gcd};
use std::cmp::Ordering;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most terms and atoms of a form, those inside atoms counted too.
pub const MAX_WEIGHT: u32 = 4_096;
/// How deep atoms may nest.
pub const MAX_DEPTH: u32 = 64;
/// The most terms that a product adds up.
const MAX_PRODUCTS: usize = 65_536;
/// The most steps of a division with a rest.
const MAX_STEPS: usize = 4_096;
/// The most terms that a quotient by a sum may have.
const MAX_QUOTIENT: usize = 256;

/// An indivisible part of a dimension; a whole number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub(super) enum Atom {
    /// A name.
    Symbol(Arc<str>),
    /// The first divided by the second, rounded down.
    Floor(Arc<Dim>, Arc<Dim>),
    /// The least of two or more.
    Min(Arc<[Dim]>),
    /// The greatest of two or more.
    Max(Arc<[Dim]>),
}

/// A product of powers, sorted by atom, none of them zero; empty for a constant.
pub(super) type Monomial = Vec<(Atom, i32)>;

type Terms = BTreeMap<Monomial, Ratio>;

/// A dimension in canonical form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Default)]
pub struct Dim {
    terms: Terms,
    weight: u32,
    depth: u32,
}

/// Why a dimension has no number under a binding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NoValue {
    /// A symbol is unbound, a divisor is zero, or a quotient that must be whole is not.
    Undefined,
    /// A number leaves 128 bits.
    TooLarge,
}

impl From<i64> for Dim {
    fn from(value: i64) -> Self {
        Dim::measured((value != 0).then(|| (Monomial::new(), Ratio::from(value))).into_iter().collect())
    }
}

impl Dim {
    /// A symbol.
    pub fn symbol(name: &str) -> Dim {
        Dim::measured(Terms::from([(vec![(Atom::Symbol(name.into()), 1)], Ratio::ONE)]))
    }

    fn measured(terms: Terms) -> Dim {
        let (mut weight, mut depth) = (0u32, 0);
        for (atom, power) in terms.keys().flatten() {
            weight = weight.saturating_add(atom.weight().saturating_mul(power.unsigned_abs()));
            depth = depth.max(atom.depth());
        }
        let weight = weight.saturating_add(u32::try_from(terms.len()).unwrap_or(u32::MAX));
        Dim { terms, weight, depth }
    }

    /// A form within the limits.
    fn of(terms: Terms) -> Option<Dim> {
        let fits = terms.values().all(|coefficient| coefficient.fits());
        let dim = Dim::measured(terms);
        (fits && dim.weight <= MAX_WEIGHT && dim.depth <= MAX_DEPTH).then_some(dim)
    }

    /// The sum of terms.
    pub(super) fn sum_of(terms: impl Iterator<Item = (Monomial, Ratio)>) -> Option<Dim> {
        let mut sum = Terms::new();
        for (monomial, coefficient) in terms {
            accumulate(&mut sum, monomial, coefficient)?;
        }
        Dim::of(sum)
    }

    /// A single term.
    pub(super) fn term(monomial: Monomial, coefficient: Ratio) -> Option<Dim> {
        Dim::sum_of(std::iter::once((monomial, coefficient)))
    }

    /// Its terms; the constant one is the first.
    pub(super) fn terms(&self) -> impl Iterator<Item = (&Monomial, Ratio)> {
        self.terms.iter().map(|(monomial, coefficient)| (monomial, *coefficient))
    }

    /// The only term, if there is one only.
    pub(super) fn single(&self) -> Option<(&Monomial, Ratio)> {
        let mut terms = self.terms();
        let first = terms.next()?;
        terms.next().is_none().then_some(first)
    }

    /// What stands before a monomial.
    pub(super) fn coefficient(&self, monomial: &[(Atom, i32)]) -> Ratio {
        self.terms.get(monomial).copied().unwrap_or(Ratio::ZERO)
    }

    /// Terms and atoms in it, those inside atoms counted too.
    pub(super) fn weight(&self) -> u32 {
        self.weight
    }

    /// Whether it is the constant zero.
    pub(super) fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it is whole by its form: whole coefficients, no negative powers.
    pub(super) fn is_polynomial(&self) -> bool {
        self.terms()
            .all(|(monomial, coefficient)| coefficient.is_whole() && monomial.iter().all(|(_, power)| *power > 0))
    }

    /// The number it is, if it has no symbols.
    pub fn as_constant(&self) -> Option<i64> {
        match self.single() {
            Some((monomial, coefficient)) if monomial.is_empty() => coefficient.as_i64(),
            Some(_) => None,
            None => self.is_zero().then_some(0),
        }
    }

    /// The name it is, if it is a single symbol.
    pub fn as_symbol(&self) -> Option<&str> {
        let (monomial, coefficient) = self.single()?;
        match monomial.as_slice() {
            [(Atom::Symbol(name), 1)] if coefficient == Ratio::ONE => Some(name),
            _ => None,
        }
    }

    /// The sum.
    pub fn add(&self, other: &Dim) -> Option<Dim> {
        let mut terms = self.terms.clone();
        for (monomial, coefficient) in other.terms() {
            accumulate(&mut terms, monomial.clone(), coefficient)?;
        }
        Dim::of(terms)
    }

    /// The difference.
    pub fn sub(&self, other: &Dim) -> Option<Dim> {
        self.add(&other.negative()?)
    }

    /// Its opposite.
    pub(super) fn negative(&self) -> Option<Dim> {
        self.scaled(Ratio::whole(-1))
    }

    /// Every term times a fraction.
    pub(super) fn scaled(&self, by: Ratio) -> Option<Dim> {
        let mut terms = Terms::new();
        for (monomial, coefficient) in self.terms() {
            accumulate(&mut terms, monomial.clone(), coefficient.times(by)?)?;
        }
        Dim::of(terms)
    }

    /// The product; a quotient times its divisor is its dividend again.
    pub fn mul(&self, other: &Dim) -> Option<Dim> {
        if self.terms.len().saturating_mul(other.terms.len()) > MAX_PRODUCTS {
            return None;
        }
        let mut terms = Terms::new();
        for (left, a) in self.terms() {
            for (right, b) in other.terms() {
                accumulate(&mut terms, product(left, right)?, a.times(b)?)?;
            }
        }
        Dim::of(terms)
    }

    /// One over it, where it is a single term.
    fn inverse(&self) -> Option<Dim> {
        let (monomial, coefficient) = self.single()?;
        Dim::term(inverted(monomial), coefficient.inverse()?)
    }

    /// The leading term by [`lex`].
    pub(super) fn lead(&self) -> Option<Dim> {
        let (monomial, coefficient) = leading(&self.terms)?;
        Dim::term(monomial.clone(), coefficient)
    }

    /// The form `q` with `q * divisor == self`, if there is one. It need not be whole.
    pub(super) fn over(&self, divisor: &Dim) -> Option<Dim> {
        if let Some(inverse) = divisor.inverse() {
            return self.mul(&inverse);
        }
        let (lead, size) = leading(&divisor.terms)?;
        let (lead, size) = (inverted(lead), size.inverse()?);
        let (mut open, mut quotient) = (self.terms.clone(), Terms::new());
        // Where it comes out, every step finds one term of the quotient; where it does not, there is no end to find.
        for _ in 0..MAX_QUOTIENT {
            let Some((monomial, coefficient)) = leading(&open) else { return Dim::of(quotient) };
            let (step, factor) = (product(monomial, &lead)?, coefficient.times(size)?);
            take_away(&mut open, divisor, &step, factor)?;
            accumulate(&mut quotient, step, factor)?;
        }
        None
    }

    /// `(q, r)` with `self == q * divisor + r` for forms that are whole ([`Dim::is_polynomial`]), the divisor's leading
    /// coefficient positive. `r` is the same for all forms that differ by a multiple of the divisor.
    pub(super) fn divide(&self, divisor: &Dim) -> Option<(Dim, Dim)> {
        let (lead, size) = leading(&divisor.terms)?;
        let (lead, size) = (inverted(lead), size.inverse()?);
        let (mut open, mut quotient, mut rest) = (self.terms.clone(), Terms::new(), Terms::new());
        for _ in 0..MAX_STEPS {
            let Some((monomial, coefficient)) = leading(&open) else {
                return Some((Dim::of(quotient)?, Dim::of(rest)?));
            };
            let (monomial, step) = (monomial.clone(), product(monomial, &lead)?);
            let factor = Ratio::whole(coefficient.times(size)?.floor());
            if !factor.is_zero() && step.iter().all(|(_, power)| *power > 0) {
                take_away(&mut open, divisor, &step, factor)?;
                accumulate(&mut quotient, step, factor)?;
            }
            if let Some(left) = open.remove(&monomial) {
                rest.insert(monomial, left);
            }
        }
        None
    }

    /// `(q, r)` with `self == q * atom + r`, where the atom stands in no other way.
    pub(super) fn split_at(&self, atom: &Atom) -> Option<(Dim, Dim)> {
        let (mut factor, mut rest) = (Terms::new(), Terms::new());
        for (monomial, coefficient) in self.terms() {
            let mut monomial = monomial.clone();
            let Some(at) = monomial.iter().position(|(known, _)| known == atom) else {
                rest.insert(monomial, coefficient);
                continue;
            };
            if monomial.remove(at).1 != 1 {
                return None;
            }
            factor.insert(monomial, coefficient);
        }
        Some((Dim::of(factor)?, Dim::of(rest)?))
    }

    /// Both times the same, so that neither has a fraction or a negative power.
    pub(super) fn cleared(&self, other: &Dim) -> Option<(Dim, Dim)> {
        let mut scale = 1u128;
        let mut powers: BTreeMap<&Atom, i32> = BTreeMap::new();
        for (monomial, coefficient) in self.terms().chain(other.terms()) {
            let den = coefficient.den().unsigned_abs();
            scale = (scale / gcd(scale, den)).checked_mul(den)?;
            for (atom, power) in monomial.iter().filter(|(_, power)| *power < 0) {
                let deepest = powers.entry(atom).or_insert(0);
                *deepest = (*deepest).max(-power);
            }
        }
        let monomial = powers.into_iter().map(|(atom, power)| (atom.clone(), power)).collect();
        let factor = Dim::term(monomial, Ratio::whole(i128::try_from(scale).ok()?))?;
        Some((self.mul(&factor)?, other.mul(&factor)?))
    }

    /// The largest single term that divides every term of both, which are whole.
    pub(super) fn shared(&self, other: &Dim) -> Option<Dim> {
        let mut terms = self.terms().chain(other.terms());
        let (first, coefficient) = terms.next()?;
        let (mut monomial, mut size) = (first.clone(), coefficient.size());
        for (here, coefficient) in terms {
            size = gcd(size, coefficient.size());
            monomial.retain_mut(|(atom, power)| {
                *power = (*power).min(power_of(here, atom));
                *power > 0
            });
        }
        Dim::term(monomial, Ratio::whole(i128::try_from(size).ok()?))
    }

    /// The number it is under a binding of its symbols; `None` where a symbol is unbound, a divisor is zero, a quotient
    /// that must be whole is not, or the number leaves `i64`.
    pub fn evaluate(&self, binding: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
        self.value(binding).ok().and_then(Ratio::as_i64)
    }

    /// The fraction it is under a binding of its symbols.
    pub(super) fn value(&self, binding: &dyn Fn(&str) -> Option<i64>) -> Result<Ratio, NoValue> {
        let mut sum = Ratio::ZERO;
        for (monomial, coefficient) in self.terms() {
            let mut product = coefficient;
            for (atom, power) in monomial {
                let value = atom.value(binding)?;
                let factor = if *power < 0 { value.inverse().ok_or(NoValue::Undefined)? } else { value };
                for _ in 0..power.unsigned_abs() {
                    product = product.times(factor).ok_or(NoValue::TooLarge)?;
                }
            }
            sum = sum.plus(product).ok_or(NoValue::TooLarge)?;
        }
        Ok(sum)
    }

    /// The names of all symbols in it, in order.
    pub fn symbols(&self) -> Vec<Arc<str>> {
        let mut names = BTreeSet::new();
        self.collect_symbols(&mut names);
        names.into_iter().collect()
    }

    fn collect_symbols(&self, names: &mut BTreeSet<Arc<str>>) {
        for (atom, _) in self.terms.keys().flatten() {
            if let Atom::Symbol(name) = atom {
                names.insert(name.clone());
            }
            atom.parts().into_iter().for_each(|part| part.collect_symbols(names));
        }
    }
}

impl Atom {
    fn parts(&self) -> Vec<&Dim> {
        match self {
            Atom::Symbol(_) => Vec::new(),
            Atom::Floor(dividend, divisor) => vec![dividend.as_ref(), divisor.as_ref()],
            Atom::Min(elements) | Atom::Max(elements) => elements.iter().collect(),
        }
    }

    fn weight(&self) -> u32 {
        self.parts().iter().fold(1, |sum, part| sum.saturating_add(part.weight))
    }

    fn depth(&self) -> u32 {
        1 + self.parts().iter().map(|part| part.depth).max().unwrap_or(0)
    }

    fn value(&self, binding: &dyn Fn(&str) -> Option<i64>) -> Result<Ratio, NoValue> {
        match self {
            Atom::Symbol(name) => binding(name).map(Ratio::from).ok_or(NoValue::Undefined),
            Atom::Floor(dividend, divisor) => {
                let (dividend, divisor) = (dividend.value(binding)?, divisor.value(binding)?);
                let inverse = divisor.inverse().ok_or(NoValue::Undefined)?;
                let quotient = dividend.times(inverse).ok_or(NoValue::TooLarge)?;
                Ok(Ratio::whole(quotient.floor()))
            }
            Atom::Min(elements) | Atom::Max(elements) => {
                let mut values = Vec::with_capacity(elements.len());
                for element in elements.iter() {
                    let value = element.value(binding)?;
                    values.push(if value.is_whole() { value } else { return Err(NoValue::Undefined) });
                }
                let values = values.into_iter();
                let chosen = if matches!(self, Atom::Min(_)) { values.min() } else { values.max() };
                chosen.ok_or(NoValue::Undefined)
            }
        }
    }
}

/// The power of an atom in a monomial.
pub(super) fn power_of(monomial: &[(Atom, i32)], atom: &Atom) -> i32 {
    monomial.iter().find(|(known, _)| known == atom).map_or(0, |(_, power)| *power)
}

fn accumulate(terms: &mut Terms, monomial: Monomial, coefficient: Ratio) -> Option<()> {
    match terms.entry(monomial) {
        Entry::Vacant(free) => {
            if !coefficient.is_zero() {
                free.insert(coefficient);
            }
        }
        Entry::Occupied(mut known) => {
            let sum = known.get().plus(coefficient)?;
            if sum.is_zero() {
                known.remove();
            } else {
                known.insert(sum);
            }
        }
    }
    Some(())
}

/// `terms - factor * monomial * dim`.
fn take_away(terms: &mut Terms, dim: &Dim, monomial: &[(Atom, i32)], factor: Ratio) -> Option<()> {
    let factor = factor.negative()?;
    for (own, coefficient) in dim.terms() {
        accumulate(terms, product(own, monomial)?, coefficient.times(factor)?)?;
    }
    Some(())
}

fn product(left: &[(Atom, i32)], right: &[(Atom, i32)]) -> Option<Monomial> {
    let mut powers: BTreeMap<&Atom, i32> = left.iter().map(|(atom, power)| (atom, *power)).collect();
    for (atom, power) in right {
        let sum = powers.entry(atom).or_insert(0);
        *sum = sum.checked_add(*power)?;
    }
    Some(powers.into_iter().filter(|(_, power)| *power != 0).map(|(atom, power)| (atom.clone(), power)).collect())
}

fn inverted(monomial: &[(Atom, i32)]) -> Monomial {
    monomial.iter().map(|(atom, power)| (atom.clone(), -power)).collect()
}

fn leading(terms: &Terms) -> Option<(&Monomial, Ratio)> {
    let (monomial, coefficient) = terms.iter().max_by(|(left, _), (right, _)| lex(left, right))?;
    Some((monomial, *coefficient))
}

/// The lexicographic order by the powers of the atoms. Products keep it, unlike the order in which terms are stored:
/// that is what division by a sum needs.
fn lex(left: &[(Atom, i32)], right: &[(Atom, i32)]) -> Ordering {
    let mut rest = (left, right);
    loop {
        match rest {
            ([], []) => return Ordering::Equal,
            ([(a, p), left @ ..], [(b, q), right @ ..]) if a == b => {
                if p != q {
                    return p.cmp(q);
                }
                rest = (left, right);
            }
            ([(a, p), ..], [(b, _), ..]) if a < b => return p.cmp(&0),
            ([(_, p), ..], []) => return p.cmp(&0),
            (_, [(_, q), ..]) => return 0i32.cmp(q),
        }
    }
}
