//! Expressions over the config fields of a model, as formulas whose leaves are single comparisons: what a model's
//! constraints and a clause's `when` are made of. A comparison of one field with constants is a set of values; any
//! other comparison implies only itself. Knows no clauses.

use super::Shared;
use super::entail::Formula;
use crate::eval::{self, Value};
use crate::standard::{Comparison, Condition, ModelSpec};
use crate::values::Values;
use lmstd_grammar::ast::{BinaryOp, ConfigField, Expr, ExprKind, UnaryOp};

/// One comparison over the config fields of one model.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Atom<'s> {
    /// A field is one of these values.
    Field {
        /// The model.
        model: &'s str,
        /// The field.
        name: String,
        /// What it may be.
        values: Values,
    },
    /// Any other comparison, or that it does not hold.
    Other {
        /// The model.
        model: &'s str,
        /// The comparison.
        expr: &'s Expr,
        /// Whether it is to hold.
        holds: bool,
    },
}

/// What `expr` says of the config of `model`, or what its negation says.
pub(super) fn formula<'s>(model: &'s str, expr: &'s Expr, holds: bool) -> Formula<Atom<'s>> {
    match &expr.kind {
        ExprKind::Binary { op, left, right } if matches!(op.value, BinaryOp::And | BinaryOp::Or) => {
            let (left, right) = (formula(model, left, holds), formula(model, right, holds));
            if (op.value == BinaryOp::And) == holds { Formula::all([left, right]) } else { either(left, right) }
        }
        ExprKind::Unary { op, operand } if op.value == UnaryOp::Not => formula(model, operand, !holds),
        ExprKind::Bool(answer) => Formula::constant(*answer == holds),
        _ => Formula::Leaf(match simple(expr) {
            Some((name, values)) if holds => Atom::Field { model, name, values },
            Some((name, values)) => Atom::Field { model, name, values: values.complement() },
            None => Atom::Other { model, expr, holds },
        }),
    }
}

/// When a clause applies, or when it does not. That a dataset has a column was decided when the standard was checked.
pub(super) fn condition(condition: &Condition, wanted: bool) -> Formula<Atom<'_>> {
    match condition {
        Condition::All(list) if wanted => Formula::all(conditions(list, wanted)),
        Condition::Any(list) if !wanted => Formula::all(conditions(list, wanted)),
        Condition::All(list) | Condition::Any(list) => Formula::any(conditions(list, wanted)),
        Condition::Not(part) => self::condition(part, !wanted),
        Condition::HasField { holds, .. } => Formula::constant(*holds == wanted),
        // As a field that is true or false.
        Condition::HasPart { model, part } => Formula::Leaf(Atom::Field {
            model,
            name: format!("has {part}"),
            values: Values::of_list(&[Value::Bool(wanted)]),
        }),
        Condition::Config { model, expr, .. } => formula(model, expr, wanted),
    }
}

fn conditions(list: &[Condition], wanted: bool) -> Vec<Formula<Atom<'_>>> {
    list.iter().map(|part| condition(part, wanted)).collect()
}

/// Either of two; two sets of one field's values are one set.
fn either<'s>(left: Formula<Atom<'s>>, right: Formula<Atom<'s>>) -> Formula<Atom<'s>> {
    if let Formula::Leaf(Atom::Field { model, name, values }) = &left
        && let Formula::Leaf(Atom::Field { model: other_model, name: other_name, values: more }) = &right
        && model == other_model
        && name == other_name
        && let Some(values) = values.join(more)
    {
        return Formula::Leaf(Atom::Field { model, name: name.clone(), values });
    }
    Formula::any([left, right])
}

/// The fields and their values, if a formula is nothing but those.
pub(super) fn on_fields<'f>(formula: &'f Formula<Atom<'_>>) -> Option<Vec<(&'f str, &'f Values)>> {
    match formula {
        Formula::All(parts) => parts.iter().map(on_field).collect(),
        other => on_field(other).map(|only| vec![only]),
    }
}

fn on_field<'f>(part: &'f Formula<Atom<'_>>) -> Option<(&'f str, &'f Values)> {
    match part {
        Formula::Leaf(Atom::Field { name, values, .. }) => Some((name.as_str(), values)),
        _ => None,
    }
}

/// What the constraints of a model that speak of one field alone leave of it.
pub(super) fn limits(spec: &ModelSpec, field: &str) -> Values {
    let mut limits = Values::All;
    for constraint in &spec.constraints {
        for (name, values) in on_fields(&formula("", &constraint.expr, true)).into_iter().flatten() {
            if name == field {
                limits = limits.meet(values);
            }
        }
    }
    limits
}

/// Whether all of `given` together imply `goal`.
pub(super) fn implied(shared: &Shared, given: &[&Atom], goal: &Atom) -> bool {
    match goal {
        Atom::Field { model, name, values } => left_over(shared, given, (*model, name.as_str()), values).is_empty(),
        Atom::Other { .. } => given.contains(&goal),
    }
}

/// The values of a field that `given` leaves and `wanted` does not.
pub(super) fn left_over(shared: &Shared, given: &[&Atom], (model, name): (&str, &str), wanted: &Values) -> Values {
    let field = field(shared, model, name);
    let mut known = field.map_or(Values::All, own_values);
    for atom in given {
        if let Atom::Field { model: its_model, name: its_name, values } = atom
            && *its_model == model
            && its_name == name
        {
            known = known.meet(values);
        }
    }
    let rest = known.without(wanted);
    if field.is_some_and(|field| field.ty.as_str() == "int") { rest.whole() } else { rest }
}

/// One value of a field out of a set, as the language writes it.
pub(super) fn sample(shared: &Shared, (model, name): (&str, &str), values: &Values) -> Option<String> {
    let fractions = field(shared, model, name).is_some_and(|field| field.ty.as_str() == "real");
    values.sample(fractions)
}

/// Whether what `goal` says always has a value where `given` is met, so that it cannot come to nothing. All parts of a
/// constraint are evaluated: a field that the config need not have, or a division by nothing, breaks it.
pub(super) fn is_defined(shared: &Shared, given: &Formula<Atom>, goal: &Formula<Atom>) -> bool {
    let known = given.leaves();
    goal.leaves().into_iter().all(|leaf| match leaf {
        Atom::Field { model, name, .. } => {
            let stands = |atom: &&Atom| matches!(atom, Atom::Field { name: its, .. } if its == name);
            field(shared, model, name).is_some_and(|field| !field.optional) || known.iter().any(stands)
        }
        Atom::Other { expr, .. } => {
            known.iter().any(|atom| matches!(atom, Atom::Other { expr: its, .. } if its == expr))
        }
    })
}

fn field<'a>(shared: &Shared<'a>, model: &str, name: &str) -> Option<&'a ConfigField> {
    shared.get(model)?.config.iter().find(|field| field.name.as_str() == name)
}

/// The values that the architecture itself allows, as far as they are constants.
pub(crate) fn own_values(field: &ConfigField) -> Values {
    // The range of a list is that of its elements.
    let own = field.range.as_ref().filter(|_| !field.ty.as_str().ends_with('s')).and_then(set);
    let truth = || Values::of_list(&[Value::Bool(false), Value::Bool(true)]);
    own.unwrap_or_else(|| if field.ty.as_str() == "bool" { truth() } else { Values::All })
}

/// The field and its values, if `expr` compares one field with constants.
pub(crate) fn simple(expr: &Expr) -> Option<(String, Values)> {
    match &expr.kind {
        ExprKind::Path(path) => Some((eval::dotted(path), Values::of_list(&[Value::Bool(true)]))),
        ExprKind::Binary { op, left, right } if op.value == BinaryOp::In => Some((path(left)?, set(right)?)),
        ExprKind::Binary { op, left, right } => {
            let op = Comparison::of(op.value)?;
            match (path(left), path(right)) {
                (Some(name), None) => Some((name, compared(op, constant(right)?)?)),
                (None, Some(name)) => Some((name, compared(op.mirrored(), constant(left)?)?)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn path(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Path(path) => Some(eval::dotted(path)),
        _ => None,
    }
}

fn constant(expr: &Expr) -> Option<Value> {
    eval::value(expr, &|_| None).ok()
}

/// The values of a range or a set of constants.
fn set(expr: &Expr) -> Option<Values> {
    match &expr.kind {
        ExprKind::Range { low, high, inclusive } => {
            Some(Values::between(constant(low)?.number()?, constant(high)?.number()?, *inclusive))
        }
        ExprKind::Set(elements) => {
            let values: Vec<Value> = elements.iter().map(constant).collect::<Option<_>>()?;
            Some(Values::of_list(&values))
        }
        _ => None,
    }
}

fn compared(op: Comparison, constant: Value) -> Option<Values> {
    match (constant.number(), op) {
        (Some(number), op) => Some(Values::of_bar(op, number)),
        (None, Comparison::Eq) => Some(Values::of_list(&[constant])),
        (None, Comparison::Ne) => Some(Values::of_list(&[constant]).complement()),
        _ => None,
    }
}
