//! A config that meets some constraints and breaks another, found by trying values that the constraints themselves
//! mention. What is found is a counterexample; that nothing is found proves nothing.

use super::config::own_values;
use crate::eval::{self, Value};
use indexmap::IndexMap;
use lmstd_grammar::ast::{Architecture, ConfigField, Expr, ExprKind};

/// Fields whose values are tried together; the others have their defaults.
const FIELDS: usize = 3;

/// Numbers that are tried besides those that are mentioned.
const USUAL: [i64; 8] = [1, 2, 3, 4, 8, 12, 64, 100];

/// Values tried for one field.
const VALUES: usize = 24;

/// The fields of `breaks` with values under which it does not hold, while `meets`, the facts and the ranges of the
/// architecture do: `hidden_size = 100, num_attention_heads = 3`.
pub(super) fn config(program: &Architecture, meets: &[&Expr], breaks: &Expr) -> Option<String> {
    let (mut names, mut mentioned) = (Vec::new(), Vec::new());
    gather(breaks, &mut names, &mut mentioned);
    for expr in meets.iter().copied().chain(&program.facts) {
        let mut more = Vec::new();
        gather(expr, &mut more, &mut mentioned);
        more.retain(|name| !names.contains(name));
        // Fields that stand beside one of them have to go along with it.
        if names.len() + more.len() <= FIELDS && joins(expr, &names) {
            names.extend(more);
        }
    }
    if names.len() > FIELDS {
        return None;
    }
    let field = |name: &String| program.config.iter().find(|field| field.name.as_str() == name);
    let fields: Vec<&ConfigField> = names.iter().map(field).collect::<Option<_>>()?;
    let candidates: Vec<Vec<Value>> = fields.iter().map(|field| candidates(field, &mentioned)).collect();
    let mut config: IndexMap<&str, Value> = program.config.iter().filter_map(default).collect();
    let total: usize = candidates.iter().map(Vec::len).product();
    for choice in 0..total {
        let mut rest = choice;
        for (field, values) in fields.iter().zip(&candidates) {
            config.insert(field.name.as_str(), values[rest % values.len()].clone());
            rest /= values.len();
        }
        let holds = |expr: &Expr| eval::holds(expr, &|name| config.get(name).cloned());
        let mut kept = meets.iter().copied().chain(&program.facts);
        if holds(breaks) == Ok(false) && kept.all(|expr| holds(expr) == Ok(true)) {
            let shown = fields.iter().filter_map(|field| {
                let name = field.name.as_str();
                Some(format!("{name} = {}", config.get(name)?))
            });
            return Some(shown.collect::<Vec<_>>().join(", "));
        }
    }
    None
}

fn default(field: &ConfigField) -> Option<(&str, Value)> {
    let value = eval::value(field.default.as_ref()?, &|_| None).ok()?;
    Some((field.name.as_str(), value))
}

/// Values of the field's type and range, those next to what is mentioned first.
fn candidates(field: &ConfigField, mentioned: &[Value]) -> Vec<Value> {
    let own = own_values(field);
    let numbers = mentioned.iter().filter_map(Value::number);
    let near = numbers.flat_map(|number| [number, number - 1.0, number + 1.0]);
    let near: Vec<f64> = near.chain(USUAL.iter().map(|number| *number as f64)).collect();
    let words = default(field).map(|(_, value)| value).into_iter().chain(mentioned.iter().cloned());
    let all: Vec<Value> = match field.ty.as_str() {
        "int" => near.iter().filter(|number| number.fract() == 0.0).map(|number| Value::Int(*number as i64)).collect(),
        "real" => near.into_iter().map(Value::Real).collect(),
        "bool" => vec![Value::Bool(false), Value::Bool(true)],
        _ => words.filter(|value| matches!(value, Value::Text(_))).collect(),
    };
    let mut kept: Vec<Value> = Vec::new();
    for value in all {
        if kept.len() < VALUES && own.has(&value) && !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

/// Whether an expression speaks of one of the fields.
fn joins(expr: &Expr, names: &[String]) -> bool {
    let mut own = Vec::new();
    gather(expr, &mut own, &mut Vec::new());
    own.iter().any(|name| names.contains(name))
}

/// The fields and the constants of an expression.
fn gather(expr: &Expr, names: &mut Vec<String>, constants: &mut Vec<Value>) {
    match &expr.kind {
        ExprKind::Path(path) => {
            let name = eval::dotted(path);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        ExprKind::Unary { operand, .. } => gather(operand, names, constants),
        ExprKind::Binary { left, right, .. } | ExprKind::Range { low: left, high: right, .. } => {
            gather(left, names, constants);
            gather(right, names, constants);
        }
        ExprKind::Set(elements) => elements.iter().for_each(|element| gather(element, names, constants)),
        _ => constants.extend(eval::value(expr, &|_| None).ok()),
    }
}
