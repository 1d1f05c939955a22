//! Whether a clause's `when` holds, from the report's own facts, so that verification decides the same.

use crate::verdict::ModelReport;
use indexmap::IndexMap;
use lmstd_compiler::eval::{self, Value};
use lmstd_compiler::standard::Condition;

/// Whether the condition holds. Where it cannot be decided the clause applies: what cannot be excluded is required.
pub fn applies(condition: &Condition, models: &IndexMap<String, ModelReport>) -> bool {
    decide(condition, models).unwrap_or(true)
}

fn decide(condition: &Condition, models: &IndexMap<String, ModelReport>) -> Option<bool> {
    match condition {
        Condition::All(parts) => fold(parts, models, false),
        Condition::Any(parts) => fold(parts, models, true),
        Condition::Not(part) => decide(part, models).map(|holds| !holds),
        Condition::HasField { holds, .. } => Some(*holds),
        Condition::Config { model, expr, .. } => {
            let config = &models.get(model)?.config;
            eval::holds(expr, &|name| config.get(name).map(|text| value_of(text))).ok()
        }
    }
}

/// `Any` where `decisive` is true, `All` where it is false; an unknown part leaves the answer unknown unless another
/// part decides it.
fn fold(parts: &[Condition], models: &IndexMap<String, ModelReport>, decisive: bool) -> Option<bool> {
    let mut unknown = false;
    for part in parts {
        match decide(part, models) {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(!decisive) }
}

/// A config value from its text in the report: a quoted text, a truth value, a whole or a real number.
fn value_of(text: &str) -> Value {
    if let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Value::Text(inner.into());
    }
    match (text.parse::<bool>(), text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(value), _, _) => Value::Bool(value),
        (_, Ok(value), _) => Value::Int(value),
        (_, _, Ok(value)) if value.is_finite() => Value::Real(value),
        _ => Value::Text(text.into()),
    }
}
