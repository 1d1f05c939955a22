//! Config fields before a config is known: their types, ranges and defaults checked, their values as symbols, and what
//! an architecture says of sizes.

use super::value::{Environment, List, Value};
use crate::config;
use crate::diag::{Diagnostic, Sink, code};
use crate::eval;
use crate::ty::dim::Dim;
use crate::ty::facts::{Facts, Values};
use crate::ty::solve::Relation;
use crate::typeck::config::{Fields, Type, condition, type_of};
use lmstd_grammar::ast::{Architecture, BinaryOp, ConfigField, Expr, ExprKind};

/// What an architecture states of its sizes: `require a % b == 0`, and the ranges of whole fields.
pub fn facts(architecture: &Architecture) -> Facts {
    let mut facts = Facts::default();
    for field in architecture.config.iter().filter(|field| field.ty.as_str() == "int" && !field.optional) {
        if let Some(values) = field.range.as_ref().and_then(values) {
            facts.restrict(field.name.as_str(), &values);
        }
    }
    for relation in architecture.facts.iter().flat_map(relations) {
        if let Relation::Divides(divisor, dividend) = relation {
            facts.divisible.push((dividend, divisor));
        }
    }
    facts
}

/// The whole numbers of a range or a set of constants.
pub fn values(expr: &Expr) -> Option<Values> {
    let whole = |expr: &Expr| dim(expr)?.as_constant();
    match &expr.kind {
        ExprKind::Range { low, high, inclusive } => {
            let high = whole(high)?.checked_sub(i64::from(!inclusive))?;
            Some(Values::between(Some(whole(low)?), Some(high)))
        }
        ExprKind::Set(elements) => Some(Values::one_of(&elements.iter().map(whole).collect::<Option<Vec<_>>>()?)),
        _ => None,
    }
}

/// The relations between sizes that a condition asks for; what is not about sizes is left out.
pub fn relations(expr: &Expr) -> Vec<Relation> {
    let ExprKind::Binary { op, left, right } = &expr.kind else { return Vec::new() };
    if op.value == BinaryOp::And {
        return relations(left).into_iter().chain(relations(right)).collect();
    }
    if let (ExprKind::Binary { op: rem, left: dividend, right: divisor }, ExprKind::Int(0)) = (&left.kind, &right.kind)
        && rem.value == BinaryOp::Rem
        && let (Some(dividend), Some(divisor)) = (dim(dividend), dim(divisor))
    {
        match op.value {
            BinaryOp::Eq => return vec![Relation::Divides(divisor, dividend)],
            BinaryOp::Ne => return vec![Relation::DividesNot(divisor, dividend)],
            _ => {}
        }
    }
    let (Some(a), Some(b)) = (dim(left), dim(right)) else { return Vec::new() };
    match op.value {
        BinaryOp::Eq => vec![Relation::Eq(a, b)],
        BinaryOp::Ne => vec![Relation::Ne(a, b)],
        BinaryOp::Lt => vec![Relation::Lt(a, b)],
        BinaryOp::Le => vec![Relation::Le(a, b)],
        BinaryOp::Gt => vec![Relation::Lt(b, a)],
        BinaryOp::Ge => vec![Relation::Le(b, a)],
        _ => Vec::new(),
    }
}

/// An expression over fields as a size.
fn dim(expr: &Expr) -> Option<Dim> {
    let none = Facts::default();
    match &expr.kind {
        ExprKind::Int(value) => Some(Dim::from(*value)),
        ExprKind::Path(names) if names.len() == 1 => Some(Dim::symbol(names[0].as_str())),
        ExprKind::Binary { op, left, right } => {
            let (a, b) = (dim(left)?, dim(right)?);
            match op.value {
                BinaryOp::Add => a.add(&b),
                BinaryOp::Sub => a.sub(&b),
                BinaryOp::Mul => a.mul(&b),
                BinaryOp::FloorDiv => a.floor_div(&b, &none),
                BinaryOp::Rem => a.rem(&b, &none),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The value of a bound field.
pub(super) fn value_of(name: &str, value: &eval::Value) -> Value {
    match value {
        eval::Value::Int(value) => Value::Int(Dim::from(*value)),
        eval::Value::Real(value) => Value::Real(Some(*value)),
        eval::Value::Bool(value) => Value::Bool(Some(*value)),
        eval::Value::Text(value) => Value::Text(Some(value.clone())),
        eval::Value::List(values) => {
            let element = match values.first() {
                Some(eval::Value::Real(_)) => Type::Real,
                Some(eval::Value::Bool(_)) => Type::Bool,
                Some(eval::Value::Text(_)) => Type::Text,
                _ => Type::Int,
            };
            let values = Some(values.iter().map(|value| value_of(name, value)).collect());
            Value::List(List { name: name.into(), element, values })
        }
    }
}

/// The fields as symbols; what is wrong with their declarations is reported.
pub(super) fn symbolic(architecture: &Architecture, sink: &mut Sink) -> Environment {
    let mut fields = Environment::default();
    let names = Fields::of(architecture);
    for field in &architecture.config {
        let value = match field.ty.as_str() {
            "int" => Value::Int(Dim::symbol(field.name.as_str())),
            "real" => Value::Real(None),
            "bool" => Value::Bool(None),
            "text" => Value::Text(None),
            word if Type::of_word(word).is_some_and(|ty| ty.element().is_some()) => {
                let element = Type::of_word(word).and_then(Type::element).unwrap_or(Type::Int);
                Value::List(List { name: field.name.value.clone(), element, values: None })
            }
            other => {
                let message = format!("a config field cannot be `{other}`");
                let fault = Diagnostic::error(&code::CONFIG_FIELD_TYPE, field.ty.span, message);
                sink.push(
                    fault.help("use `int`, `real`, `bool`, `text`, or `ints`, `reals`, `bools`, `texts` for a list"),
                );
                Value::Poison
            }
        };
        declaration(field, &names, sink);
        if fields.get(field.name.as_str()).is_some() {
            let message = format!("config field `{}` is defined twice", field.name.value);
            sink.push(Diagnostic::error(&code::DUPLICATE_NAME, field.name.span, message));
        }
        let value = if field.optional { Value::Maybe(Box::new(value)) } else { value };
        fields.bind(field.name.as_str(), value);
    }
    architecture.facts.iter().for_each(|fact| condition(fact, &names, sink));
    fields
}

fn declaration(field: &ConfigField, names: &Fields, sink: &mut Sink) {
    let Some(ty) = Type::of_word(field.ty.as_str()) else { return };
    let bounds: Vec<&Expr> = match field.range.as_ref().map(|range| &range.kind) {
        Some(ExprKind::Range { low, high, .. }) => vec![low, high],
        Some(ExprKind::Set(elements)) => elements.iter().collect(),
        Some(ExprKind::Error) | None => Vec::new(),
        Some(_) => {
            let span = field.range.as_ref().map_or(field.span, |range| range.span);
            let fault = Diagnostic::error(&code::CONFIG_FIELD_TYPE, span, "`in` needs a range or a set");
            sink.push(fault.help("write `in 1..=8` or `in {1, 2, 4}`"));
            Vec::new()
        }
    };
    let mut sound = true;
    // The range of a list is that of its elements.
    let bounds = bounds.into_iter().map(|bound| (bound, ty.element().unwrap_or(ty)));
    for (expr, ty) in bounds.chain(field.default.iter().map(|default| (default, ty))) {
        match type_of(expr, names, sink) {
            Some(found) if found.is(ty) => {}
            // An empty list is a list of anything.
            Some(_) if ty.element().is_some() && matches!(&expr.kind, ExprKind::List(none) if none.is_empty()) => {}
            Some(found) => {
                let message = format!("`{}` is `{}`, but this is {}", field.name.value, field.ty.value, found.words());
                let fault = Diagnostic::error(&code::CONFIG_FIELD_TYPE, expr.span, message);
                sink.push(fault.label(field.ty.span, "declared here"));
                sound = false;
            }
            None => sound = false,
        }
    }
    for source in &field.from {
        if !is_source(source) {
            let message = "this is no place of a value in `config.json`";
            let fault = Diagnostic::error(&code::CONFIG_FIELD_TYPE, source.span, message);
            sink.push(fault.help(
                "write a key, `count(KEY)` for the number of its entries, or `first(KEY)` for the first of them",
            ));
        }
    }
    if let (true, Some(message)) = (sound, config::default_fault(field)) {
        let span = field.default.as_ref().map_or(field.span, |default| default.span);
        let fault = Diagnostic::error(&code::CONFIG_FIELD_TYPE, span, message);
        sink.push(fault.label(field.name.span, "the default of this field"));
    }
}

fn is_source(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Error => true,
        ExprKind::Call { callee, arguments } => {
            let key = |argument: &lmstd_grammar::ast::Argument| argument.name.is_none() && is_key(&argument.value);
            matches!(callee.as_str(), "count" | "first") && arguments.len() == 1 && arguments.iter().all(key)
        }
        _ => is_key(expr),
    }
}

/// A path, as it is or in quotes.
fn is_key(expr: &Expr) -> bool {
    !matches!(expr.kind, ExprKind::Call { .. }) && config::path_of(expr).is_some()
}
