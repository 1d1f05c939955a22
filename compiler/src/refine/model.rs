//! Models: one architecture, and constraints over its config. Constraints on one field are compared as sets of values,
//! all others by what they imply together with the facts of the architecture.

use super::config::{self, Atom};
use super::entail::{self, Formula, Miss};
use super::words::{self, Who};
use super::{Gap, Pair, Part, search};
use crate::standard::{ANY, Constraint, ModelSpec};
use crate::values::Values;
use indexmap::IndexMap;
use lmstd_grammar::ast::Expr;
use lmstd_grammar::span::Span;

/// The constraints of a model, by what they speak of.
struct Constraints<'a> {
    /// All of them, and the facts of the architecture.
    all: Formula<Atom<'a>>,
    /// As they stand.
    exprs: Vec<&'a Expr>,
    /// Those on one field each.
    fields: IndexMap<String, OnField<'a>>,
    /// All others.
    others: Vec<(Formula<Atom<'a>>, &'a Constraint)>,
}

/// What the constraints on one field leave.
struct OnField<'a> {
    values: Values,
    texts: Vec<&'a str>,
    span: Span,
}

impl<'a> Constraints<'a> {
    fn of(pair: &Pair<'a>, model: &'a str, spec: &'a ModelSpec) -> Self {
        let (exprs, fields, others) = (Vec::new(), IndexMap::new(), Vec::new());
        let mut own = Constraints { all: Formula::constant(true), exprs, fields, others };
        let facts = pair.shared.get(model).copied().into_iter().flat_map(|program| program.facts.iter());
        let mut all: Vec<_> = facts.map(|fact| config::formula(model, fact, true)).collect();
        for constraint in &spec.constraints {
            let formula = config::formula(model, &constraint.expr, true);
            own.exprs.push(&constraint.expr);
            match config::on_fields(&formula) {
                Some(sets) => sets.into_iter().for_each(|(name, values)| own.narrow(name, values, constraint)),
                None => own.others.push((formula.clone(), constraint)),
            }
            all.push(formula);
        }
        own.all = Formula::all(all);
        own
    }

    fn narrow(&mut self, name: &str, values: &Values, constraint: &'a Constraint) {
        let span = constraint.expr.span;
        let new = || OnField { values: Values::All, texts: Vec::new(), span };
        let field = self.fields.entry(name.to_owned()).or_insert_with(new);
        field.values = field.values.meet(values);
        field.texts.push(&constraint.text);
    }
}

/// The parts in which two models of one name differ.
pub(super) fn parts<'a>(pair: &Pair<'a>, name: &'a str, old: &'a ModelSpec, new: &'a ModelSpec) -> Vec<Part> {
    if old.architecture != new.architecture || pair.is_reprogrammed(name) {
        let gap = || Some(Gap { example: None });
        // Of any architecture, or of this one: the second allows less.
        let of_one = |a: &ModelSpec, b: &ModelSpec| a.architecture == ANY && b.architecture != ANY;
        let (tighter, looser) = (of_one(old, new), of_one(new, old));
        let (from, to) = (old.architecture.clone(), new.architecture.clone());
        let (loose, tight) = (if tighter { None } else { gap() }, if looser { None } else { gap() });
        return vec![Part { from, to, loose, tight, span: None }];
    }
    let (before, after) = (Constraints::of(pair, name, old), Constraints::of(pair, name, new));
    let names: Vec<&String> =
        before.fields.keys().chain(after.fields.keys().filter(|field| !before.fields.contains_key(*field))).collect();
    let mut parts: Vec<Part> =
        names.into_iter().filter_map(|field| field_part(pair, (name, field.as_str()), &before, &after)).collect();
    let (loosened, tightened) = (pair.names.loosened(), pair.names.tightened());
    for (formula, constraint) in &before.others {
        if let Some(loose) = other_gap(pair, (name, &after), (formula, *constraint), loosened) {
            let from = constraint.text.clone();
            parts.push(Part { from, to: String::new(), loose: Some(loose), tight: None, span: None });
        }
    }
    for (formula, constraint) in &after.others {
        if let Some(tight) = other_gap(pair, (name, &before), (formula, *constraint), tightened) {
            let (to, span) = (constraint.text.clone(), Some(constraint.expr.span));
            parts.push(Part { from: String::new(), to, loose: None, tight: Some(tight), span });
        }
    }
    parts
}

/// A model in one line.
pub(super) fn written(spec: &ModelSpec) -> String {
    let constraints: Vec<&str> = spec.constraints.iter().map(|constraint| constraint.text.as_str()).collect();
    match constraints.is_empty() {
        true => spec.architecture.clone(),
        false => format!("{} {{ {} }}", spec.architecture, constraints.join("; ")),
    }
}

/// The constraints that stand in one of two equivalent models only.
pub(super) fn reworded(old: &ModelSpec, new: &ModelSpec) -> Option<(String, String)> {
    let lacking = |spec: &ModelSpec, other: &ModelSpec| {
        let texts = spec.constraints.iter().map(|constraint| constraint.text.as_str());
        let texts = texts.filter(|text| other.constraints.iter().all(|constraint| constraint.text != *text));
        texts.collect::<Vec<_>>().join("; ")
    };
    let pair = (lacking(old, new), lacking(new, old));
    (pair != (String::new(), String::new())).then_some(pair)
}

/// One field of the model: its name and the field's.
type Field<'a, 'f> = (&'a str, &'f str);

fn field_part<'a>(
    pair: &Pair<'a>,
    field: Field<'a, '_>,
    before: &Constraints<'a>,
    after: &Constraints<'a>,
) -> Option<Part> {
    let (old, new) = (before.fields.get(field.1), after.fields.get(field.1));
    let loose = old.and_then(|old| field_gap(pair, field, (&after.all, &old.values), pair.names.loosened()));
    let tight = new.and_then(|new| field_gap(pair, field, (&before.all, &new.values), pair.names.tightened()));
    if loose.is_none() && tight.is_none() {
        return None;
    }
    let texts = |on: Option<&OnField>| on.map(|on| on.texts.join("; ")).unwrap_or_default();
    Some(Part { from: texts(old), to: texts(new), loose, tight, span: new.map(|new| new.span) })
}

/// What all constraints of the one leave of a field, and what the other wants it to be.
fn field_gap<'a>(
    pair: &Pair<'a>,
    (model, name): Field<'a, '_>,
    (given, wanted): (&Formula<Atom<'a>>, &Values),
    who: Who,
) -> Option<Gap> {
    let goal = Formula::Leaf(Atom::Field { model, name: name.to_owned(), values: wanted.clone() });
    let miss = missed(pair, given, &goal)?;
    let left = config::left_over(&pair.shared, &miss.given, (model, name), wanted);
    let value = config::sample(&pair.shared, (model, name), &left);
    Some(Gap { example: value.map(|value| words::allowed(name, &value, who)) })
}

/// A constraint of one that the constraints of the other do not imply.
fn other_gap<'a>(
    pair: &Pair<'a>,
    (model, given): (&'a str, &Constraints<'a>),
    (wanted, constraint): (&Formula<Atom<'a>>, &Constraint),
    who: Who,
) -> Option<Gap> {
    missed(pair, &given.all, wanted)?;
    let program = pair.shared.get(model);
    let found = program.and_then(|program| search::config(program, &given.exprs, &constraint.expr));
    Some(Gap { example: found.map(|fields| words::config(&fields, who)) })
}

/// `None` if every config that meets `given` meets `goal`.
fn missed<'f, 'a>(
    pair: &Pair<'a>,
    given: &'f Formula<Atom<'a>>,
    goal: &'f Formula<Atom<'a>>,
) -> Option<Miss<'f, Atom<'a>>> {
    let miss = entail::miss(given, goal, |given, goal| config::implied(&pair.shared, given, goal));
    let undefined = || (!config::is_defined(&pair.shared, given, goal)).then(Miss::unknown);
    miss.or_else(undefined)
}
