//! A checkpoint's `config.json` bound to an architecture's config fields.
//!
//! A field is looked up under its own name, then under each `from`; a missing field takes its default. Values must
//! have the field's type exactly (an integer is a real, nothing else converts), lie in its range, and all stated facts
//! must hold. `null` counts as absent, as the public libraries write it.

use crate::eval::{self, Value};
use indexmap::IndexMap;
use lmstd_grammar::ast::{Architecture, BinaryOp, ConfigField, Expr, ExprKind};
use lmstd_grammar::source::SourceMap;
use lmstd_grammar::span::Spanned;
use serde_json::Value as Json;

/// Bound config fields, in the architecture's order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Config {
    fields: IndexMap<String, Value>,
}

impl Config {
    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// All fields.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// A config that is no instance of the architecture.
#[derive(Clone, PartialEq, Debug)]
pub struct ConfigFault {
    /// The field, or the fact as written.
    pub field: String,
    /// What is wrong, one sentence.
    pub message: String,
    /// What the architecture expects.
    pub expected: String,
    /// What the config says.
    pub found: String,
}

/// Binds a config; all faults at once.
pub fn bind(architecture: &Architecture, sources: &SourceMap, json: &Json) -> Result<Config, Vec<ConfigFault>> {
    let mut config = Config::default();
    let mut faults = Vec::new();
    let Some(object) = json.as_object() else {
        let message = "config.json does not hold an object".to_string();
        return Err(vec![ConfigFault {
            field: "config.json".into(),
            message,
            expected: "{ … }".into(),
            found: "another value".into(),
        }]);
    };
    for field in &architecture.config {
        if field.optional && look_up(field, object).is_none() {
            continue;
        }
        match bind_field(field, sources, object, &config) {
            Ok(value) => {
                config.fields.insert(field.name.value.clone(), value);
            }
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        faults.extend(architecture.facts.iter().filter_map(|fact| check_fact(fact, sources, &config)));
    }
    if faults.is_empty() { Ok(config) } else { Err(faults) }
}

/// Whether an expression over the fields holds.
pub fn holds(expr: &Expr, config: &Config) -> Result<bool, eval::EvalError> {
    eval::holds(expr, &|name| config.get(name).cloned())
}

fn check_fact(fact: &Expr, sources: &SourceMap, config: &Config) -> Option<ConfigFault> {
    let text = sources.slice(fact.span).to_string();
    let (message, found) = match holds(fact, config) {
        Ok(true) => return None,
        Ok(false) => (format!("`{text}` does not hold"), values_of(fact, config)),
        Err(error) => (format!("`{text}` cannot be decided: {error}"), values_of(fact, config)),
    };
    Some(ConfigFault { field: text.clone(), message, expected: text, found })
}

/// The fields that an expression names, with their values: `hidden_size = 32, num_attention_heads = 5`.
pub fn values_of(expr: &Expr, config: &Config) -> String {
    let mut names = Vec::new();
    collect_names(expr, &mut names);
    let shown = names.iter().filter_map(|name| config.get(name).map(|value| format!("{name} = {value}")));
    shown.collect::<Vec<_>>().join(", ")
}

fn collect_names(expr: &Expr, names: &mut Vec<String>) {
    match &expr.kind {
        ExprKind::Path(path) => {
            let name = eval::dotted(path);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        ExprKind::Unary { operand, .. } => collect_names(operand, names),
        ExprKind::Binary { left, right, .. } => {
            collect_names(left, names);
            collect_names(right, names);
        }
        _ => {}
    }
}

fn bind_field(
    field: &ConfigField,
    sources: &SourceMap,
    object: &serde_json::Map<String, Json>,
    config: &Config,
) -> Result<Value, ConfigFault> {
    let name = field.name.as_str();
    let fault = |message: String, found: String| ConfigFault {
        field: name.into(),
        message,
        expected: format!(
            "{}{}",
            field.ty.value,
            field.range.as_ref().map(|r| format!(" in {}", sources.slice(r.span))).unwrap_or_default()
        ),
        found,
    };
    let stored = look_up(field, object);
    let value = match (&stored, &field.default) {
        (Some(json), _) => typed(field.ty.as_str(), json)
            .ok_or_else(|| fault(format!("`{name}` is not of type `{}`", field.ty.value), shorten(json)))?,
        (None, Some(default)) => eval::value(default, &|name| config.get(name).cloned())
            .map_err(|error| fault(format!("the default of `{name}` has no value: {error}"), String::new()))?,
        (None, None) => return Err(fault(format!("`{name}` is missing"), "nothing".into())),
    };
    if in_range(field, &value, config) {
        Ok(value)
    } else {
        Err(fault(format!("`{name}` is outside its range"), value.to_string()))
    }
}

fn in_range(field: &ConfigField, value: &Value, config: &Config) -> bool {
    let Some(range) = &field.range else { return true };
    let inside = Expr {
        span: range.span,
        kind: ExprKind::Binary {
            op: Spanned::new(BinaryOp::In, range.span),
            left: Box::new(Expr { span: field.name.span, kind: ExprKind::Path(vec![field.name.clone()]) }),
            right: Box::new(range.clone()),
        },
    };
    let known =
        |asked: &str| if asked == field.name.as_str() { Some(value.clone()) } else { config.get(asked).cloned() };
    eval::holds(&inside, &known) == Ok(true)
}

/// What is wrong with a field's default, if anything: not of the field's type, or outside its range.
pub fn default_fault(field: &ConfigField) -> Option<String> {
    let value = eval::value(field.default.as_ref()?, &|_| None).ok()?;
    let name = &field.name.value;
    let fits = matches!(
        (field.ty.as_str(), &value),
        ("int", Value::Int(_))
            | ("real", Value::Real(_) | Value::Int(_))
            | ("bool", Value::Bool(_))
            | ("text", Value::Text(_))
    );
    if !fits {
        return Some(format!("`{name}` is `{}`, but its default is {}", field.ty.value, value.type_name()));
    }
    (!in_range(field, &value, &Config::default())).then(|| format!("the default of `{name}` is outside its range"))
}

/// The stored value of a field under its own name or one of its other sources.
fn look_up(field: &ConfigField, object: &serde_json::Map<String, Json>) -> Option<Json> {
    let present = |name: &str| object.get(name).filter(|json| !json.is_null());
    if let Some(json) = present(field.name.as_str()) {
        return Some(json.clone());
    }
    field.from.iter().find_map(|source| match &source.kind {
        ExprKind::Path(path) => present(&eval::dotted(path)).cloned(),
        ExprKind::Call { callee, arguments } if callee.as_str() == "count" => match arguments.as_slice() {
            [argument] => match &argument.value.kind {
                ExprKind::Path(path) => present(&eval::dotted(path)).and_then(count),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

fn count(json: &Json) -> Option<Json> {
    let entries = json.as_object().map(serde_json::Map::len).or_else(|| json.as_array().map(Vec::len))?;
    Some(Json::from(entries))
}

fn typed(ty: &str, json: &Json) -> Option<Value> {
    match ty {
        "int" => json.as_i64().map(Value::Int),
        "real" => json.as_f64().filter(|value| value.is_finite()).map(Value::Real),
        "bool" => json.as_bool().map(Value::Bool),
        "text" => json.as_str().map(|text| Value::Text(text.into())),
        _ => None,
    }
}

fn shorten(json: &Json) -> String {
    let text = json.to_string();
    text.chars().take(80).collect()
}
