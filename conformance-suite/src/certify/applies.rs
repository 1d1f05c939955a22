//! Whether a clause's `when` holds, from the report's own facts, so that verification decides the same; and which part
//! of it is false, for the reader of a clause that does not apply.

use crate::verdict::{ModelReport, Text};
use indexmap::IndexMap;
use lmstd_compiler::eval::{self, Value};
use lmstd_compiler::standard::Condition;
use std::cell::RefCell;

/// Whether the condition holds. Where it cannot be decided the clause applies: what cannot be excluded is required.
pub fn applies(condition: &Condition, models: &IndexMap<String, ModelReport>) -> bool {
    decide(condition, models).unwrap_or(true)
}

/// Why the clause does not apply: the part of its condition that is false, one sentence. None where it applies.
pub fn refusal(condition: &Condition, models: &IndexMap<String, ModelReport>) -> Option<Text> {
    if applies(condition, models) {
        return None;
    }
    let part = because(condition, false, models);
    Some(Text {
        en: format!("The clause does not apply: {}.", part.en), zh: format!("本条款不适用：{}。", part.zh)
    })
}

/// What makes the condition true (`holds`) or false: a clause without its full stop.
fn because(condition: &Condition, holds: bool, models: &IndexMap<String, ModelReport>) -> Text {
    match condition {
        Condition::All(parts) => deciding(parts, holds, holds, models),
        Condition::Any(parts) => deciding(parts, holds, !holds, models),
        Condition::Not(part) => because(part, !holds, models),
        Condition::HasField { dataset, field, .. } if holds => {
            Text { en: format!("`{dataset}` has the column `{field}`"), zh: format!("`{dataset}` 有 `{field}` 列") }
        }
        Condition::HasField { dataset, field, .. } => {
            Text { en: format!("`{dataset}` has no column `{field}`"), zh: format!("`{dataset}` 没有 `{field}` 列") }
        }
        Condition::HasPart { part, .. } => {
            let (en, zh) = part_words(part);
            let (has, you) = if holds { ("has", "具有") } else { ("has no", "不具有") };
            Text { en: format!("the model {has} {en}"), zh: format!("模型{you}{zh}") }
        }
        Condition::Config { model, expr, text } => {
            let (en, zh) = if holds { ("holds", "成立") } else { ("does not hold", "不成立") };
            let config = models.get(model).map(|model| &model.config);
            let named = RefCell::new(Vec::new());
            // Evaluated only to see which fields it asks for; what it comes to is known already.
            let _ = eval::holds(expr, &|name| {
                let value = config?.get(name)?;
                named.borrow_mut().push(format!("{name} = {value}"));
                Some(value_of(value))
            });
            let mut values: Vec<String> = named.into_inner();
            values.dedup();
            let values = values.join(", ");
            if values.is_empty() {
                return Text { en: format!("`{text}` {en}"), zh: format!("`{text}` {zh}") };
            }
            Text { en: format!("`{text}` {en} (`{values}`)"), zh: format!("`{text}` {zh}（`{values}`）") }
        }
    }
}

/// The parts whose answer is `holds`: all of them where it took `all`, else the first that decided.
fn deciding(parts: &[Condition], holds: bool, all: bool, models: &IndexMap<String, ModelReport>) -> Text {
    let mut told = parts.iter().filter(|part| decide(part, models) == Some(holds));
    let chosen: Vec<Text> = if all {
        told.map(|part| because(part, holds, models)).collect()
    } else {
        told.next().map(|part| because(part, holds, models)).into_iter().collect()
    };
    Text {
        en: chosen.iter().map(|part| part.en.as_str()).collect::<Vec<_>>().join(", and "),
        zh: chosen.iter().map(|part| part.zh.as_str()).collect::<Vec<_>>().join("，且"),
    }
}

/// What a part of a submission is.
fn part_words(part: &str) -> (&'static str, &'static str) {
    match part {
        "tokenizer" => ("tokenizer", "分词器"),
        "claims" => ("claimed outputs", "声明的输出"),
        "texts" => ("claimed token ids of texts", "声明的文本词元编号"),
        "counts" => ("sizes that it tells of itself", "自述的规模"),
        "generations" => ("claimed continuations", "声明的续写"),
        "ids" => ("input of token ids", "词元编号输入"),
        "mask" => ("attention mask that alone says which words count", "单独决定哪些词计入的注意力掩码"),
        _ => ("order of reading from left to right", "自左向右的阅读顺序"),
    }
}

fn decide(condition: &Condition, models: &IndexMap<String, ModelReport>) -> Option<bool> {
    match condition {
        Condition::All(parts) => fold(parts, models, false),
        Condition::Any(parts) => fold(parts, models, true),
        Condition::Not(part) => decide(part, models).map(|holds| !holds),
        Condition::HasField { holds, .. } => Some(*holds),
        Condition::HasPart { model, part } => Some(models.get(model)?.parts.iter().any(|held| held == part)),
        Condition::Config { model, expr, .. } => {
            // Of a config that could not be read nothing is known, not even that a field is absent.
            let config = Some(&models.get(model)?.config).filter(|config| !config.is_empty())?;
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
