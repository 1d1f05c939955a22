//! The solver of size constraints: can these relations hold for some values of the symbols?
//!
//! Three steps, each sound alone: ranges are narrowed until nothing changes; values that break a relation by themselves
//! are struck out; what is left is tried, value by value, where there are at most [`MAX_ASSIGNMENTS`] assignments.
//! Beyond that only a part is tried, and only a success counts: the answer is otherwise `Unknown`, never a guess. For
//! finite domains within the limits the answer is never `Unknown`.
//!
//! A relation holds where both sides have a value and it is true of them; with a divisor of zero it does not hold.
//! The same input gives the same answer: everything is sorted, and work is counted in steps, not in seconds.
//!
//! `hidden % heads == 0` with `hidden in {128, 256}` and `heads == 3` is rejected, and the answer says by which
//! relations and which domains: a core from which nothing can be dropped.

use super::dim::{Atom, Dim, Monomial, NoValue};
use super::facts::{Facts, Values};
use super::ratio::Ratio;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most assignments that are all tried.
pub const MAX_ASSIGNMENTS: u64 = 100_000;
/// How many assignments are tried where there are more.
const MAX_PROBES: u64 = 4_096;
/// The most values of one symbol that are tested one by one while narrowing.
const MAX_LIST: u64 = 4_096;
/// How often all relations are used for narrowing.
const MAX_ROUNDS: usize = 64;
/// The heaviest relation that narrows ranges.
const MAX_NARROWING: u32 = 256;
/// The steps of one answer; a step is a term or an atom evaluated.
const MAX_STEPS: u64 = 8_000_000;
/// The steps of one answer about two dimensions, of which a program asks many.
const MAX_DECISION_STEPS: u64 = 100_000;

/// A relation between two dimensions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Relation {
    /// The first equals the second.
    Eq(Dim, Dim),
    /// The first differs from the second.
    Ne(Dim, Dim),
    /// The first is less than the second.
    Lt(Dim, Dim),
    /// The first is at most the second.
    Le(Dim, Dim),
    /// The first divides the second.
    Divides(Dim, Dim),
    /// The first, which is not zero, does not divide the second.
    DividesNot(Dim, Dim),
}

/// What the solver found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Values of all symbols for which every relation and every fact holds.
    Satisfiable(BTreeMap<Arc<str>, i64>),
    /// There are none.
    Unsatisfiable(Core),
    /// Neither was found within the limits.
    Unknown,
}

/// A smallest conflict: without any one of its parts the solver finds none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Core {
    /// Places in the list of relations that was asked about.
    pub relations: Vec<usize>,
    /// Places in [`Facts::divisible`].
    pub facts: Vec<usize>,
    /// The symbols whose values matter.
    pub symbols: Vec<Arc<str>>,
}

/// Where a rule comes from. Facts go last, so that a core is searched without them first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Relation(usize),
    Fact(usize),
}

/// A relation at work.
struct Rule {
    source: Source,
    relation: Relation,
    names: Vec<Arc<str>>,
}

enum Outcome {
    Found(BTreeMap<Arc<str>, i64>),
    Empty,
    Unknown,
}

impl Relation {
    fn sides(&self) -> (&Dim, &Dim) {
        match self {
            Relation::Eq(a, b)
            | Relation::Ne(a, b)
            | Relation::Lt(a, b)
            | Relation::Le(a, b)
            | Relation::Divides(a, b)
            | Relation::DividesNot(a, b) => (a, b),
        }
    }

    fn weight(&self) -> u32 {
        let (a, b) = self.sides();
        a.weight().saturating_add(b.weight())
    }

    /// Whether it holds under a binding; `None` where a number is too large to tell.
    pub fn holds(&self, binding: &dyn Fn(&str) -> Option<i64>) -> Option<bool> {
        let (a, b) = self.sides();
        let (a, b) = match (a.value(binding), b.value(binding)) {
            (Ok(a), Ok(b)) => (a, b),
            (Err(NoValue::Undefined), _) | (_, Err(NoValue::Undefined)) => return Some(false),
            _ => return None,
        };
        let whole = |by: Ratio| b.times(by).map(Ratio::is_whole);
        Some(match self {
            Relation::Eq(..) => a == b,
            Relation::Ne(..) => a != b,
            Relation::Lt(..) => a < b,
            Relation::Le(..) => a <= b,
            Relation::Divides(..) => a.inverse().map_or(Some(false), whole)?,
            Relation::DividesNot(..) => !a.inverse().map_or(Some(true), whole)?,
        })
    }
}

impl Rule {
    fn new(source: Source, relation: Relation) -> Rule {
        let (a, b) = relation.sides();
        let names: BTreeSet<Arc<str>> = a.symbols().into_iter().chain(b.symbols()).collect();
        Rule { source, names: names.into_iter().collect(), relation }
    }

    fn shares(&self, other: &Rule) -> bool {
        self.names.iter().any(|name| other.names.contains(name))
    }

    /// Whether it holds, counted in `steps`; `None` where that cannot be told.
    fn test(&self, assignment: &BTreeMap<Arc<str>, i64>, steps: &mut u64) -> Option<bool> {
        *steps = steps.checked_sub(u64::from(self.relation.weight()))?;
        self.relation.holds(&|name| assignment.get(name).copied())
    }
}

impl Facts {
    /// Whether relations, known values and divisibilities can hold together.
    pub fn satisfiable(&self, constraints: &[Relation]) -> Verdict {
        let rules = self.rules(constraints);
        let (mut witness, mut unknown, mut steps) = (BTreeMap::new(), false, MAX_STEPS);
        for group in connected(&rules) {
            match solve(&group, &self.values, &mut steps) {
                Outcome::Found(values) => witness.extend(values),
                Outcome::Empty => return Verdict::Unsatisfiable(core(group, &self.values)),
                Outcome::Unknown => unknown = true,
            }
        }
        if unknown { Verdict::Unknown } else { Verdict::Satisfiable(witness) }
    }

    /// Whether two dimensions are equal: `Some(true)` for all allowed values, `Some(false)` for none.
    pub fn decide_eq(&self, a: &Dim, b: &Dim) -> Option<bool> {
        let range = self.range(&a.sub(b)?);
        match (range.low, range.high) {
            (Some(0), Some(0)) => Some(true),
            (Some(low), _) if low > 0 => Some(false),
            (_, Some(high)) if high < 0 => Some(false),
            _ => self.decide(Relation::Eq(a.clone(), b.clone()), Relation::Ne(a.clone(), b.clone())),
        }
    }

    /// Whether the first is at most the second: `Some(true)` for all allowed values, `Some(false)` for none.
    pub fn decide_le(&self, a: &Dim, b: &Dim) -> Option<bool> {
        let range = self.range(&b.sub(a)?);
        match (range.low, range.high) {
            (Some(low), _) if low >= 0 => Some(true),
            (_, Some(high)) if high < 0 => Some(false),
            _ => self.decide(Relation::Le(a.clone(), b.clone()), Relation::Lt(b.clone(), a.clone())),
        }
    }

    /// Whether `divisor` divides `dividend` for all allowed values: by arithmetic, by facts, or by trying all values.
    pub fn prove_divisible(&self, dividend: &Dim, divisor: &Dim) -> bool {
        self.divisible.iter().any(|(a, b)| a == dividend && b == divisor)
            || dividend.over(divisor).is_some_and(|quotient| self.is_whole(&quotient))
            || self.refuted(Relation::DividesNot(divisor.clone(), dividend.clone()))
    }

    /// Whether `divisor` divides `dividend` for no allowed values.
    pub fn never_divides(&self, dividend: &Dim, divisor: &Dim) -> bool {
        self.refuted(Relation::Divides(divisor.clone(), dividend.clone()))
    }

    fn decide(&self, relation: Relation, opposite: Relation) -> Option<bool> {
        match (self.refuted(opposite), self.refuted(relation)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            // Neither, or nothing is allowed at all.
            _ => None,
        }
    }

    fn refuted(&self, relation: Relation) -> bool {
        let rules = self.rules(&[relation]);
        let mut steps = MAX_DECISION_STEPS;
        connected(&rules).iter().any(|group| matches!(solve(group, &self.values, &mut steps), Outcome::Empty))
    }

    /// The constraints, and the facts that bear on their symbols.
    fn rules(&self, constraints: &[Relation]) -> Vec<Rule> {
        let asked = constraints.iter().enumerate();
        let mut rules: Vec<Rule> =
            asked.map(|(at, relation)| Rule::new(Source::Relation(at), relation.clone())).collect();
        let facts = self.divisible.iter().enumerate();
        let mut open: Vec<Rule> =
            facts.map(|(at, (a, b))| Rule::new(Source::Fact(at), Relation::Divides(b.clone(), a.clone()))).collect();
        loop {
            let (near, far): (Vec<Rule>, Vec<Rule>) =
                open.into_iter().partition(|fact| rules.iter().any(|rule| rule.shares(fact)));
            if near.is_empty() {
                return rules;
            }
            rules.extend(near);
            open = far;
        }
    }
}

/// The rules in groups that have no symbols in common, each to be solved alone.
fn connected(rules: &[Rule]) -> Vec<Vec<&Rule>> {
    let mut groups: Vec<Vec<&Rule>> = Vec::new();
    for rule in rules {
        let (near, far): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.iter().any(|other| other.shares(rule)));
        groups = far;
        groups.push(near.into_iter().flatten().chain([rule]).collect());
    }
    groups
}

/// A conflict from which every rule and every domain has been dropped that it does not need.
fn core(mut rules: Vec<&Rule>, values: &BTreeMap<Arc<str>, Values>) -> Core {
    let mut steps = MAX_STEPS;
    rules.sort_by_key(|rule| rule.source);
    for at in (0..rules.len()).rev() {
        let mut fewer = rules.clone();
        fewer.remove(at);
        if matches!(solve(&fewer, values, &mut steps), Outcome::Empty) {
            rules = fewer;
        }
    }
    let mut values = values.clone();
    let mut core = Core::default();
    for name in rules.iter().flat_map(|rule| &rule.names).collect::<BTreeSet<_>>() {
        let mut freer = values.clone();
        if freer.remove(name).is_none() {
            continue;
        }
        if matches!(solve(&rules, &freer, &mut steps), Outcome::Empty) {
            values = freer;
        } else {
            core.symbols.push(name.clone());
        }
    }
    for rule in rules {
        match rule.source {
            Source::Relation(at) => core.relations.push(at),
            Source::Fact(at) => core.facts.push(at),
        }
    }
    core
}

fn solve(rules: &[&Rule], values: &BTreeMap<Arc<str>, Values>, steps: &mut u64) -> Outcome {
    let mut known = Facts::default();
    for name in rules.iter().flat_map(|rule| &rule.names) {
        known.restrict(name, values.get(name).unwrap_or(&Values::default()));
    }
    if narrow(rules, &mut known, steps).is_none() {
        return Outcome::Empty;
    }
    search(rules, &known.values, steps)
}

/// Makes the domains smaller until nothing changes; `None` where one is empty or a relation cannot hold.
fn narrow(rules: &[&Rule], known: &mut Facts, steps: &mut u64) -> Option<()> {
    for _ in 0..MAX_ROUNDS {
        let before = known.values.clone();
        for rule in rules {
            if rule.relation.weight() <= MAX_NARROWING {
                let (a, b) = rule.relation.sides();
                match rule.relation {
                    Relation::Eq(..) => at_least(known, a, b, 0).and_then(|()| at_least(known, b, a, 0))?,
                    Relation::Lt(..) => at_least(known, b, a, 1)?,
                    Relation::Le(..) => at_least(known, b, a, 0)?,
                    Relation::Ne(..) | Relation::Divides(..) | Relation::DividesNot(..) => {}
                }
            }
            strike_out(rule, known, steps)?;
        }
        if known.values.values().any(|values| values.count() == Some(0)) {
            return None;
        }
        if known.values == before {
            break;
        }
    }
    Some(())
}

/// Narrows by `more - less >= gap`: each term must make up for what the others leave open.
fn at_least(known: &mut Facts, more: &Dim, less: &Dim, gap: i64) -> Option<()> {
    let Some(dim) = more.sub(less).and_then(|dim| dim.sub(&Dim::from(gap))) else { return Some(()) };
    if known.range(&dim).high.is_some_and(|high| high < 0) {
        return None;
    }
    for (monomial, coefficient) in dim.terms().filter(|(monomial, _)| !monomial.is_empty()) {
        let others = Dim::term(monomial.clone(), coefficient).and_then(|term| dim.sub(&term));
        let high = others.and_then(|others| known.bounds(&others).high.number());
        let end = high.and_then(|high| high.times(coefficient.inverse()?)).and_then(Ratio::negative);
        match end {
            Some(end) if coefficient.is_negative() => at_most(known, monomial, end.floor()),
            Some(end) => {
                if let [(Atom::Symbol(name), 1)] = monomial.as_slice() {
                    known.restrict(name, &Values::between(saturated(end.ceil()), None));
                }
            }
            None => {}
        }
    }
    Some(())
}

/// Narrows by `monomial <= end`: a symbol, or a product of symbols of which none is below one.
fn at_most(known: &mut Facts, monomial: &Monomial, end: i128) {
    if let [(Atom::Symbol(name), 1)] = monomial.as_slice() {
        known.restrict(name, &Values::between(None, saturated(end)));
        return;
    }
    let mut lows: Vec<(&Arc<str>, i128)> = Vec::new();
    for (atom, power) in monomial {
        let Atom::Symbol(name) = atom else { return };
        let low = known.values.get(name).and_then(|values| values.low).map_or(0, i128::from);
        if *power < 0 || low < 1 {
            return;
        }
        lows.extend((0..*power).map(|_| (name, low)));
    }
    for (at, (name, _)) in lows.iter().enumerate() {
        let others = lows.iter().enumerate().filter(|(other, _)| *other != at);
        let Some(others) = others.map(|(_, (_, low))| *low).try_fold(1i128, i128::checked_mul) else { return };
        known.restrict(name, &Values::between(None, saturated(end.div_euclid(others))));
    }
}

/// The nearest number of 64 bits: no value of a symbol lies beyond.
fn saturated(value: i128) -> Option<i64> {
    let end = if value < 0 { i64::MIN } else { i64::MAX };
    Some(i64::try_from(value).unwrap_or(end))
}

/// Tests a rule value by value where it leaves one symbol open; `None` where it does not hold for any.
fn strike_out(rule: &Rule, known: &mut Facts, steps: &mut u64) -> Option<()> {
    let mut assignment = BTreeMap::new();
    let mut open = Vec::new();
    for name in &rule.names {
        match known.values.get(name).and_then(Values::single) {
            Some(value) => {
                assignment.insert(name.clone(), value);
            }
            None => open.push(name),
        }
    }
    let Some((name, others)) = open.split_first() else {
        return if rule.test(&assignment, steps) == Some(false) { None } else { Some(()) };
    };
    let values = known.values.get(*name).filter(|values| values.count().is_some_and(|count| count <= MAX_LIST));
    let (true, Some(values)) = (others.is_empty(), values) else { return Some(()) };
    let mut left = Vec::new();
    for value in values.first(usize::MAX) {
        assignment.insert((*name).clone(), value);
        if rule.test(&assignment, steps) != Some(false) {
            left.push(value);
        }
    }
    if left.is_empty() {
        return None;
    }
    known.restrict(name, &Values::one_of(&left));
    Some(())
}

/// Tries assignments, symbol by symbol; a rule is tested as soon as all its symbols have values.
fn search(rules: &[&Rule], values: &BTreeMap<Arc<str>, Values>, steps: &mut u64) -> Outcome {
    let assignments = values.values().fold(1u64, |all, own| all.saturating_mul(own.count().unwrap_or(u64::MAX)));
    let complete = assignments <= MAX_ASSIGNMENTS;
    let width = if complete { usize::MAX } else { probe_width(values) };
    let mut columns: Vec<(&Arc<str>, Vec<i64>)> = values.iter().map(|(name, own)| (name, own.first(width))).collect();
    // Short columns first: the tree of assignments stays narrow near its root.
    columns.sort_by_key(|(_, column)| column.len());
    let mut tests: Vec<Vec<&Rule>> = vec![Vec::new(); columns.len() + 1];
    for rule in rules {
        let last = columns.iter().rposition(|(name, _)| rule.names.contains(name));
        tests[last.map_or(0, |at| at + 1)].push(rule);
    }
    let (mut assignment, mut places, mut told) = (BTreeMap::new(), Vec::new(), true);
    loop {
        let holds = test_all(&tests[places.len()], &assignment, steps);
        told &= holds.is_some();
        if holds != Some(true) {
            advance(&mut places);
        } else if places.len() == columns.len() {
            return Outcome::Found(assignment);
        } else {
            places.push(0);
        }
        if !settle(&columns, &mut places, &mut assignment) {
            return if complete && told { Outcome::Empty } else { Outcome::Unknown };
        }
    }
}

/// How many values of each symbol can be tried within [`MAX_PROBES`].
fn probe_width(values: &BTreeMap<Arc<str>, Values>) -> usize {
    let open = values.values().filter(|own| own.single().is_none()).count().max(1);
    let open = u32::try_from(open).unwrap_or(u32::MAX);
    let fits = |width: &usize| (*width as u64).checked_pow(open).is_some_and(|probes| probes <= MAX_PROBES);
    (2..usize::MAX).take_while(fits).last().unwrap_or(1)
}

fn test_all(rules: &[&Rule], assignment: &BTreeMap<Arc<str>, i64>, steps: &mut u64) -> Option<bool> {
    let mut told = true;
    for rule in rules {
        match rule.test(assignment, steps) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => told = false,
        }
    }
    told.then_some(true)
}

/// Moves the last symbol to its next value.
fn advance(places: &mut [usize]) {
    if let Some(last) = places.last_mut() {
        *last += 1;
    }
}

/// Gives the last symbol its value; where it has none left, goes back to the symbol before. False at the end.
fn settle(
    columns: &[(&Arc<str>, Vec<i64>)],
    places: &mut Vec<usize>,
    assignment: &mut BTreeMap<Arc<str>, i64>,
) -> bool {
    while let Some(place) = places.last() {
        let (name, column) = &columns[places.len() - 1];
        if let Some(value) = column.get(*place) {
            assignment.insert((*name).clone(), *value);
            return true;
        }
        places.pop();
        advance(places);
    }
    false
}
