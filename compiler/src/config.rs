//! A checkpoint's `config.json` bound to an architecture's config fields.
//!
//! A field is looked up under its own name, or under the keys after `from`, where all that are there must say the same:
//! readers differ in which of two they take. A missing field takes its default. Values must have the field's type
//! exactly (an integer is a real, one value a list of one, nothing else converts), lie in its range, and all stated facts
//! must hold. `null` counts as absent, as the public libraries write it, but an optional field that is null is not given
//! even if it has a default. A key that no field reads is a fault unless it is known to leave the computation as it is:
//! what is not understood may change what the model means.

mod harmless;

use crate::eval::{self, Value};
use indexmap::IndexMap;
use lmstd_grammar::ast::{Architecture, BinaryOp, ConfigField, Expr, ExprKind, Name};
use lmstd_grammar::source::SourceMap;
use lmstd_grammar::span::Spanned;
use serde_json::Value as Json;

/// Bound config fields, in the architecture's order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Config {
    fields: IndexMap<String, Value>,
    harmless: Vec<String>,
}

impl Config {
    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// The keys of the file that no field reads and that are known to leave the computation as it is.
    pub fn harmless(&self) -> &[String] {
        &self.harmless
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
        // An optional field that is null is not given; one that is absent may have a default.
        let stored = look_up(field, sources, object);
        if field.optional && stored.is_empty() && (field.default.is_none() || is_null(field, object)) {
            continue;
        }
        match bind_field(field, sources, &stored, &config) {
            Ok(value) => {
                config.fields.insert(field.name.value.clone(), value);
            }
            Err(fault) => faults.push(fault),
        }
    }
    let (harmless, unknown) = unread_keys(architecture, object);
    config.harmless = harmless;
    faults.extend(unknown);
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
    let text = sources.slice(fact.span).split_whitespace().collect::<Vec<_>>().join(" ");
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
    stored: &[(String, Json)],
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
    let typed = stored.iter().map(|(_, json)| {
        typed(field.ty.as_str(), json)
            .ok_or_else(|| fault(format!("`{name}` is not of type `{}`", field.ty.value), shorten(json)))
    });
    let typed: Vec<Value> = typed.collect::<Result<_, _>>()?;
    let value = match (typed.split_first(), &field.default) {
        (Some((value, others)), _) if others.iter().all(|other| other == value) => value.clone(),
        (Some(_), _) => {
            let told: Vec<String> = stored.iter().map(|(key, json)| format!("{key} = {}", shorten(json))).collect();
            return Err(fault(
                format!("`{name}` has two values, and readers differ in which they take"),
                told.join(", "),
            ));
        }
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
    if let Value::List(values) = value {
        return values.iter().all(|value| in_range(field, value, config));
    }
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
    if !fits(field.ty.as_str(), &value) {
        return Some(format!("`{name}` is `{}`, but its default is {}", field.ty.value, value.type_name()));
    }
    (!in_range(field, &value, &Config::default())).then(|| format!("the default of `{name}` is outside its range"))
}

/// Whether a value is of the type that `config` calls `ty`.
fn fits(ty: &str, value: &Value) -> bool {
    match (ty, value) {
        ("int", Value::Int(_)) | ("real", Value::Real(_) | Value::Int(_)) => true,
        ("bool", Value::Bool(_)) | ("text", Value::Text(_)) => true,
        (list, Value::List(values)) => {
            list.strip_suffix('s').is_some_and(|element| values.iter().all(|value| fits(element, value)))
        }
        _ => false,
    }
}

/// The value at a key, `a.b` where it is nested; null counts.
fn at<'j>(object: &'j serde_json::Map<String, Json>, path: &[&str]) -> Option<&'j Json> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(object.get(*first)?, |json, key| json.as_object()?.get(*key))
}

/// The keys that a field may stand under: those after `from`, or else its own name.
fn keys(field: &ConfigField) -> impl Iterator<Item = Vec<&str>> {
    let own = field.from.is_empty().then(|| vec![field.name.as_str()]);
    own.into_iter().chain(field.from.iter().filter_map(path_of))
}

/// Whether one of a field's keys says null.
fn is_null(field: &ConfigField, object: &serde_json::Map<String, Json>) -> bool {
    keys(field).any(|path| at(object, &path).is_some_and(Json::is_null))
}

/// The path that a source looks up, alone or inside `count` or `first`; in quotes where a key is no name.
pub(crate) fn path_of(source: &Expr) -> Option<Vec<&str>> {
    match &source.kind {
        ExprKind::Path(path) => Some(path.iter().map(Name::as_str).collect()),
        ExprKind::Text(path) => Some(path.split('.').collect()).filter(|path: &Vec<&str>| !path.contains(&"")),
        ExprKind::Call { arguments, .. } => path_of(&arguments.first()?.value),
        _ => None,
    }
}

/// The keys that no field reads: those that are known to leave the computation as it is, and a fault for each other. A
/// key inside an object counts alone where the architecture reads another key of that object.
fn unread_keys(architecture: &Architecture, object: &serde_json::Map<String, Json>) -> (Vec<String>, Vec<ConfigFault>) {
    let mut read: Vec<String> = Vec::new();
    for field in &architecture.config {
        read.extend(keys(field).map(|path| path.join(".")));
    }
    let ignored: Vec<&str> = architecture.ignored.iter().map(|pattern| pattern.as_str()).collect();
    let (mut harmless, mut faults) = (Vec::new(), Vec::new());
    let mut open: Vec<(String, &Json)> = object.iter().map(|(key, json)| (key.clone(), json)).collect();
    open.reverse();
    while let Some((key, json)) = open.pop() {
        let known = ignored.iter().any(|pattern| harmless::matches(pattern, &key))
            // The config of a part says the same harmless things as that of a whole.
            || harmless::COMMON.iter().any(|pattern| harmless::matches(pattern, key.rsplit('.').next().unwrap_or(&key)));
        if json.is_null() || read.contains(&key) {
            continue;
        }
        if known {
            harmless.push(key);
            continue;
        }
        let inside = format!("{key}.");
        match json.as_object() {
            Some(nested) if read.iter().any(|path| path.starts_with(&inside)) => {
                open.extend(nested.iter().rev().map(|(name, json)| (format!("{key}.{name}"), json)));
            }
            _ => faults.push(ConfigFault {
                message: format!("the architecture does not know the key `{key}`, which may change what is computed"),
                field: key,
                expected: "keys that the architecture reads or knows to be harmless".into(),
                found: shorten(json),
            }),
        }
    }
    (harmless, faults)
}

/// What is stored of a field: each of its keys that is there, as written, and the value.
fn look_up(field: &ConfigField, sources: &SourceMap, object: &serde_json::Map<String, Json>) -> Vec<(String, Json)> {
    let present = |path: &[&str]| at(object, path).filter(|json| !json.is_null());
    if field.from.is_empty() {
        let own = present(&[field.name.as_str()]);
        return own.map(|json| (field.name.value.clone(), json.clone())).into_iter().collect();
    }
    let stored = field.from.iter().filter_map(|source| {
        let json = present(&path_of(source)?)?;
        let value = match &source.kind {
            ExprKind::Call { callee, .. } if callee.as_str() == "count" => count(json),
            ExprKind::Call { callee, .. } if callee.as_str() == "first" => json.as_array()?.first().cloned(),
            _ => Some(json.clone()),
        };
        Some((sources.slice(source.span).to_string(), value?))
    });
    stored.collect()
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
        list => {
            let element = list.strip_suffix('s')?;
            // One value is a list of one, as some public configs write it.
            let one = std::slice::from_ref(json);
            let values = json.as_array().map_or(one, Vec::as_slice).iter().map(|json| typed(element, json));
            values.collect::<Option<Vec<Value>>>().map(Value::List)
        }
    }
}

fn shorten(json: &Json) -> String {
    let text = json.to_string();
    text.chars().take(80).collect()
}
