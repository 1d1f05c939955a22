//! Symbolic dimensions with a canonical form.
//!
//! A dimension is a polynomial with integer coefficients over atoms: symbols (`hidden_size`, `batch`) and quotients.
//! Two dimensions are the same exactly when their canonical forms are equal: terms are sorted, like terms are joined,
//! zero terms vanish. `Exact(a, b)` stands for `a / b` and is only ever made where `b` is known to divide `a`
//! (by arithmetic or by a stated fact), so that `Exact(a, b) * b` is `a` again; `Floor(a, b)` rounds down and does not
//! cancel. Nothing here guesses: what cannot be shown equal is different.
//!
//! Coefficients are checked: an overflow makes the dimension unusable (`None`), never wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// An indivisible part of a dimension.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
enum Atom {
    Symbol(Arc<str>),
    Exact(Arc<Dim>, Arc<Dim>),
    Floor(Arc<Dim>, Arc<Dim>),
}

/// A product of atoms, sorted; empty for a constant.
type Monomial = Vec<Atom>;

/// A dimension in canonical form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Default)]
pub struct Dim {
    terms: BTreeMap<Monomial, i64>,
}

impl From<i64> for Dim {
    fn from(value: i64) -> Self {
        Dim::term(Vec::new(), value)
    }
}

impl Dim {
    /// A symbol.
    pub fn symbol(name: &str) -> Dim {
        Dim::term(vec![Atom::Symbol(name.into())], 1)
    }

    fn term(monomial: Monomial, coefficient: i64) -> Dim {
        let mut terms = BTreeMap::new();
        if coefficient != 0 {
            terms.insert(monomial, coefficient);
        }
        Dim { terms }
    }

    /// The number it is, if it has no symbols.
    pub fn as_constant(&self) -> Option<i64> {
        match self.terms.len() {
            0 => Some(0),
            1 => self.terms.get(&Vec::new() as &Monomial).copied(),
            _ => None,
        }
    }

    /// The name it is, if it is a single symbol.
    pub fn as_symbol(&self) -> Option<&str> {
        match self.single()? {
            ([Atom::Symbol(name)], 1) => Some(name),
            _ => None,
        }
    }

    fn single(&self) -> Option<(&[Atom], i64)> {
        let mut terms = self.terms.iter();
        let (monomial, coefficient) = terms.next()?;
        terms.next().is_none().then_some((monomial.as_slice(), *coefficient))
    }

    /// The sum.
    pub fn add(&self, other: &Dim) -> Option<Dim> {
        let mut terms = self.terms.clone();
        for (monomial, coefficient) in &other.terms {
            let sum = terms.get(monomial).copied().unwrap_or(0).checked_add(*coefficient)?;
            if sum == 0 {
                terms.remove(monomial);
            } else {
                terms.insert(monomial.clone(), sum);
            }
        }
        Some(Dim { terms })
    }

    /// The difference.
    pub fn sub(&self, other: &Dim) -> Option<Dim> {
        self.add(&other.mul(&Dim::from(-1))?)
    }

    /// The product; a quotient times its divisor is its dividend again.
    pub fn mul(&self, other: &Dim) -> Option<Dim> {
        let mut sum = Dim::default();
        for (left, a) in &self.terms {
            for (right, b) in &other.terms {
                let mut atoms: Monomial = left.iter().chain(right).cloned().collect();
                atoms.sort();
                sum = sum.add(&cancel(atoms, a.checked_mul(*b)?)?)?;
            }
        }
        Some(sum)
    }

    /// `self / divisor` without remainder by arithmetic alone, if every term shows it.
    fn divided_termwise(&self, divisor: &Dim) -> Option<Dim> {
        let (atoms, coefficient) = divisor.single()?;
        let mut terms = BTreeMap::new();
        for (monomial, value) in &self.terms {
            if coefficient == 0 || value % coefficient != 0 {
                return None;
            }
            let mut rest = monomial.clone();
            for atom in atoms {
                rest.remove(rest.iter().position(|a| a == atom)?);
            }
            terms.insert(rest, value / coefficient);
        }
        Some(Dim { terms })
    }

    /// `self / divisor` where `divisor` is known to divide it, by arithmetic or by `facts`.
    pub fn exact_div(&self, divisor: &Dim, facts: &Facts) -> Option<Dim> {
        if let Some(quotient) = self.divided_termwise(divisor) {
            return Some(quotient);
        }
        if facts.divisible.iter().any(|(a, b)| a == self && b == divisor) {
            return Some(Dim::term(vec![Atom::Exact(Arc::new(self.clone()), Arc::new(divisor.clone()))], 1));
        }
        // c * a is divisible by b where a is: 3 * hidden / heads.
        let fact = facts.divisible.iter().find(|(a, b)| b == divisor && self.divided_termwise(a).is_some())?;
        fact.0.exact_div(divisor, facts)?.mul(&self.divided_termwise(&fact.0)?)
    }

    /// `self div divisor`, rounding down.
    pub fn floor_div(&self, divisor: &Dim, facts: &Facts) -> Option<Dim> {
        if let (Some(a), Some(b)) = (self.as_constant(), divisor.as_constant()) {
            return (b > 0).then(|| Dim::from(a.div_euclid(b)));
        }
        self.exact_div(divisor, facts)
            .or_else(|| Some(Dim::term(vec![Atom::Floor(Arc::new(self.clone()), Arc::new(divisor.clone()))], 1)))
    }

    /// `self % divisor`, where it is known.
    pub fn rem(&self, divisor: &Dim, facts: &Facts) -> Option<Dim> {
        match (self.as_constant(), divisor.as_constant()) {
            (Some(a), Some(b)) if b > 0 => Some(Dim::from(a.rem_euclid(b))),
            _ => self.exact_div(divisor, facts).map(|_| Dim::from(0)),
        }
    }

    /// The number it is under a binding of its symbols; `None` where a symbol is unbound, a quotient has a remainder,
    /// or the number leaves `i64`.
    pub fn evaluate(&self, binding: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
        let mut sum = 0i64;
        for (monomial, coefficient) in &self.terms {
            let mut product = *coefficient;
            for atom in monomial {
                product = product.checked_mul(evaluate_atom(atom, binding)?)?;
            }
            sum = sum.checked_add(product)?;
        }
        Some(sum)
    }

    /// The names of all symbols in it, in order.
    pub fn symbols(&self) -> Vec<Arc<str>> {
        let mut names: Vec<Arc<str>> = Vec::new();
        for atom in self.terms.keys().flatten() {
            match atom {
                Atom::Symbol(name) => names.push(name.clone()),
                Atom::Exact(a, b) | Atom::Floor(a, b) => {
                    names.extend(a.symbols());
                    names.extend(b.symbols());
                }
            }
        }
        names.sort();
        names.dedup();
        names
    }
}

fn evaluate_atom(atom: &Atom, binding: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
    match atom {
        Atom::Symbol(name) => binding(name),
        Atom::Exact(a, b) | Atom::Floor(a, b) => {
            let (a_value, b_value) = (a.evaluate(binding)?, b.evaluate(binding)?);
            let exact = matches!(atom, Atom::Exact(..));
            (b_value > 0 && !(exact && a_value % b_value != 0)).then(|| a_value.div_euclid(b_value))
        }
    }
}

/// A monomial with every `Exact(a, b) * b` replaced by `a`.
fn cancel(mut atoms: Monomial, coefficient: i64) -> Option<Dim> {
    for index in 0..atoms.len() {
        let Atom::Exact(dividend, divisor) = atoms[index].clone() else { continue };
        let Some((factors, scale)) = divisor.single() else { continue };
        let mut rest = atoms.clone();
        rest.remove(index);
        let all_there = factors.iter().all(|f| rest.iter().position(|a| a == f).map(|at| rest.remove(at)).is_some());
        if all_there && coefficient % scale == 0 {
            return cancel(rest, coefficient / scale)?.mul(&dividend);
        }
    }
    atoms.sort();
    Some(Dim::term(atoms, coefficient))
}

/// What is known about symbols beyond arithmetic.
#[derive(Clone, Default, Debug)]
pub struct Facts {
    /// Pairs (a, b) with `a % b == 0`.
    pub divisible: Vec<(Dim, Dim)>,
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.terms.is_empty() {
            return write!(f, "0");
        }
        // Constants last, as people write them: `hidden + 1`.
        let ordered =
            self.terms.iter().filter(|(m, _)| !m.is_empty()).chain(self.terms.get_key_value(&Vec::new() as &Monomial));
        for (position, (monomial, coefficient)) in ordered.enumerate() {
            let sign = if *coefficient < 0 { "-" } else { "+" };
            match (position, *coefficient < 0) {
                (0, true) => write!(f, "-")?,
                (0, false) => {}
                _ => write!(f, " {sign} ")?,
            }
            let size = coefficient.unsigned_abs();
            let mut parts: Vec<String> = monomial.iter().map(Atom::to_string).collect();
            if size != 1 || parts.is_empty() {
                parts.insert(0, size.to_string());
            }
            write!(f, "{}", parts.join(" * "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = |dim: &Dim| {
            let text = dim.to_string();
            if text.contains(' ') { format!("({text})") } else { text }
        };
        match self {
            Atom::Symbol(name) => write!(f, "{name}"),
            Atom::Exact(a, b) => write!(f, "{} / {}", group(a), group(b)),
            Atom::Floor(a, b) => write!(f, "{} div {}", group(a), group(b)),
        }
    }
}
