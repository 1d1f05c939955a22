//! Dimensions as people read them.
//!
//! The canonical form has neither `%` nor `ceil_div`: `a % b` is `a - b * (a div b)`, and `ceil_div(a, b)` is
//! `(a + b - 1) div b`. That is what makes `b * (a div b) + a % b` the same as `a` without a rule, and it is not what
//! a reader wants to see. A view finds both again, once for messages and once for ranges (`n % 3` lies in `0..=2`,
//! which `n - 3 * (n div 3)` hides). Equal forms have equal views, so equal dimensions print alike.

use super::dim::{Atom, Dim, Monomial};
use super::ratio::Ratio;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// What a view finds.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// `a % b`.
    Rest(Arc<Dim>, Arc<Dim>),
    /// `ceil_div(a, b)`: `(a + b - 1) div b`.
    Up(Arc<Dim>, Arc<Dim>),
}

/// A dimension as `plain` plus the sum of factors times parts.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// What is left.
    pub(super) plain: Dim,
    /// Factors and what they multiply.
    pub(super) parts: Vec<(Dim, Part)>,
}

impl View {
    /// The view of `dim`.
    pub(super) fn of(dim: &Dim) -> View {
        let atoms: BTreeSet<&Atom> =
            dim.terms().flat_map(|(monomial, _)| monomial.iter().map(|(atom, _)| atom)).collect();
        let mut view = View { plain: dim.clone(), parts: Vec::new() };
        for atom in atoms {
            if let Some((plain, factor, part)) = found(&view.plain, atom) {
                view.plain = plain;
                view.parts.push((factor, part));
            }
        }
        view
    }
}

/// `(rest, factor, part)` with `dim == rest + factor * part`, where `atom` is the quotient in the part.
fn found(dim: &Dim, atom: &Atom) -> Option<(Dim, Dim, Part)> {
    let Atom::Floor(dividend, divisor) = atom else { return None };
    let (factor, rest) = dim.split_at(atom).filter(|(factor, _)| !factor.is_zero())?;
    remainder(&factor, &rest, dividend, divisor).or_else(|| raised(factor, rest, dividend, divisor))
}

/// `t * a - t * b * (a div b)` is `t * (a % b)`.
fn remainder(factor: &Dim, rest: &Dim, dividend: &Arc<Dim>, divisor: &Arc<Dim>) -> Option<(Dim, Dim, Part)> {
    let times = factor.negative()?.over(divisor).filter(Dim::is_polynomial)?;
    let whole = times.mul(dividend)?;
    if !covers(rest, &whole) {
        return None;
    }
    Some((rest.sub(&whole)?, times, Part::Rest(dividend.clone(), divisor.clone())))
}

/// `(a + b - 1) div b` is `ceil_div(a, b)`; for a symbol `b`, where a one comes out, `1 + (a - 1) div b` is.
fn raised(factor: Dim, rest: Dim, dividend: &Dim, divisor: &Arc<Dim>) -> Option<(Dim, Dim, Part)> {
    let least = divisor.as_constant().map_or(-1, |size| size - 1);
    if dividend.as_constant().is_some() || dividend.coefficient(&[]) != Ratio::from(least) {
        return None;
    }
    let start = Arc::new(dividend.sub(&Dim::from(least))?);
    if divisor.as_constant().is_some() {
        return Some((rest, factor, Part::Up(start, divisor.clone())));
    }
    if !covers(&rest, &factor) {
        return None;
    }
    Some((rest.sub(&factor)?, factor, Part::Up(start, divisor.clone())))
}

/// Whether `dim` has all of `part`: to take it away only makes `dim` smaller.
fn covers(dim: &Dim, part: &Dim) -> bool {
    part.terms().all(|(monomial, wanted)| {
        let here = dim.coefficient(monomial);
        if wanted.is_negative() { here <= wanted } else { here >= wanted }
    })
}

/// A factor of a term as text; one with an operator inside needs brackets beside others.
struct Factor {
    text: String,
    infix: bool,
}

/// A term with its sign apart.
struct Signed {
    negative: bool,
    factors: Vec<Factor>,
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = View::of(self);
        let constant = view.plain.coefficient(&[]);
        let unit = Monomial::new();
        let names = view.plain.terms().filter(|(monomial, _)| !monomial.is_empty());
        let mut terms = over_denominators(names.chain((!constant.is_whole()).then_some((&unit, constant))));
        terms.extend(view.parts.iter().map(|(factor, part)| part.times(factor)));
        // A constant comes last, as people write it: `hidden + 1`.
        if constant.is_whole() && (!constant.is_zero() || terms.is_empty()) {
            terms.push(numerator(&[], constant));
        }
        f.write_str(&sum(&terms))
    }
}

/// The terms as texts; those over one denominator stand over it together.
fn over_denominators<'a>(terms: impl Iterator<Item = (&'a Monomial, Ratio)>) -> Vec<Signed> {
    let mut groups: Vec<(String, Vec<Signed>)> = Vec::new();
    for (monomial, coefficient) in terms {
        let (below, above) = (denominator(monomial, coefficient), numerator(monomial, coefficient));
        match groups.iter_mut().find(|(known, _)| *known == below) {
            Some((_, group)) => group.push(above),
            None => groups.push((below, vec![above])),
        }
    }
    let mut all = Vec::new();
    for (below, mut group) in groups {
        if below.is_empty() {
            all.append(&mut group);
        } else {
            let (negative, above) = match group.as_slice() {
                [term] => (term.negative, product(&term.factors)),
                terms => (false, format!("({})", sum(terms))),
            };
            all.push(Signed { negative, factors: vec![Factor { text: format!("{above} / {below}"), infix: true }] });
        }
    }
    all
}

fn numerator(monomial: &[(Atom, i32)], coefficient: Ratio) -> Signed {
    let mut term = signed(monomial, coefficient);
    if term.factors.is_empty() {
        term.factors.push(number(coefficient.size()));
    }
    term
}

/// What stands above the line, without a factor of one.
fn signed(monomial: &[(Atom, i32)], coefficient: Ratio) -> Signed {
    let size = (coefficient.size() != 1).then(|| number(coefficient.size()));
    Signed { negative: coefficient.is_negative(), factors: size.into_iter().chain(powers(monomial, 1)).collect() }
}

fn number(value: impl ToString) -> Factor {
    Factor { text: value.to_string(), infix: false }
}

/// What a term is divided by; empty for one.
fn denominator(monomial: &[(Atom, i32)], coefficient: Ratio) -> String {
    let mut factors = powers(monomial, -1);
    if !coefficient.is_whole() {
        factors.insert(0, number(coefficient.den()));
    }
    if factors.len() > 1 { format!("({})", product(&factors)) } else { product(&factors) }
}

/// The atoms whose powers have a sign, as often as they stand there.
fn powers(monomial: &[(Atom, i32)], sign: i32) -> Vec<Factor> {
    let mut factors = Vec::new();
    for (atom, power) in monomial.iter().filter(|(_, power)| power.signum() == sign) {
        factors.extend((0..power.unsigned_abs()).map(|_| atom.factor()));
    }
    factors
}

/// Factors side by side.
fn product(factors: &[Factor]) -> String {
    let grouped = |factor: &Factor| if factor.infix { format!("({})", factor.text) } else { factor.text.clone() };
    factors.iter().map(grouped).collect::<Vec<_>>().join(" * ")
}

fn sum(terms: &[Signed]) -> String {
    let mut text = String::new();
    for (position, term) in terms.iter().enumerate() {
        text.push_str(match (position, term.negative) {
            (0, true) => "-",
            (0, false) => "",
            (_, true) => " - ",
            (_, false) => " + ",
        });
        match term.factors.as_slice() {
            // `-(n div 3)`, for a sign binds closer than `div`.
            [only] if position > 0 || !term.negative => text.push_str(&only.text),
            factors => text.push_str(&product(factors)),
        }
    }
    text
}

impl Dim {
    /// As an operand of `div` or `%`, or as a factor: in brackets, unless it is a name, a call or a number.
    pub(super) fn as_operand(&self) -> String {
        let name = match self.single() {
            Some((monomial, Ratio::ONE)) => {
                matches!(monomial.as_slice(), [(Atom::Symbol(_) | Atom::Min(_) | Atom::Max(_), 1)])
            }
            _ => false,
        };
        let number = self.as_constant().is_some_and(|value| value >= 0);
        if name || number { self.to_string() } else { format!("({self})") }
    }
}

/// `NAME(a, b, …)`, constants last.
fn function(name: &str, arguments: &[Dim]) -> Factor {
    let (constants, others): (Vec<&Dim>, Vec<&Dim>) = arguments.iter().partition(|dim| dim.as_constant().is_some());
    let all: Vec<String> = others.into_iter().chain(constants).map(Dim::to_string).collect();
    Factor { text: format!("{name}({})", all.join(", ")), infix: false }
}

fn infix(left: &Dim, op: &str, right: &Dim) -> Factor {
    Factor { text: format!("{} {op} {}", left.as_operand(), right.as_operand()), infix: true }
}

impl Atom {
    fn factor(&self) -> Factor {
        match self {
            Atom::Symbol(name) => Factor { text: name.to_string(), infix: false },
            Atom::Floor(dividend, divisor) => infix(dividend, "div", divisor),
            Atom::Min(elements) => function("min", elements),
            Atom::Max(elements) => function("max", elements),
        }
    }
}

impl Part {
    fn times(&self, factor: &Dim) -> Signed {
        let own = match self {
            Part::Rest(dividend, divisor) => infix(dividend, "%", divisor),
            Part::Up(start, divisor) => Factor { text: format!("ceil_div({start}, {divisor})"), infix: false },
        };
        let mut term = match factor.single() {
            Some((monomial, coefficient)) if factor.is_polynomial() => signed(monomial, coefficient),
            _ => Signed { negative: false, factors: vec![Factor { text: factor.as_operand(), infix: false }] },
        };
        term.factors.push(own);
        term
    }
}
