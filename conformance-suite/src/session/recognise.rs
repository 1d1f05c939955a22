//! Which architecture a submission says it is an instance of: `model submission = any`.
//!
//! An architecture says by two config fields which checkpoints it is for: `model_type`, the family, and `architecture`,
//! the class of the public library, which checkpoints name first under `architectures`. Of several that a config names
//! (a config may leave the class out), the one is taken whose parameters are those that are stored, and then the one
//! whose outputs are those that are claimed; the order of the library decides what is left. A config that none accepts
//! is told by the findings of the architecture that has least to say against it.

use super::Session;
use super::model::{ModelParts, bind, known};
use crate::verdict::Finding;
use lmstd_compiler::diag::did_you_mean;
use lmstd_compiler::eval::{self, Value};
use lmstd_grammar::ast::{Architecture, ConfigField, ExprKind};
use lmstd_runtime::intake::error::printable;

/// The field that names the family.
const FAMILY: &str = "model_type";
/// The field that names the class.
const CLASS: &str = "architecture";

/// The model as an instance of the architecture that its config names, or why there is none.
pub fn recognise(session: &Session, name: &str, json: &serde_json::Value) -> Result<ModelParts, Vec<Finding>> {
    let text = |value: Option<&serde_json::Value>| value.and_then(serde_json::Value::as_str).map(str::to_owned);
    let family = text(json.get(FAMILY));
    let class = text(json.get("architectures").and_then(|classes| classes.get(0)));
    let relatives: Vec<(&str, &Architecture)> =
        known(session).filter(|(_, own)| accepts(own, FAMILY, family.as_deref()) == Some(true)).collect();
    if relatives.is_empty() {
        return Err(vec![unknown_family(session, family.as_deref())]);
    }
    let named = relatives.iter().filter(|(_, own)| accepts(own, CLASS, class.as_deref()) != Some(false));
    let mut bound: Vec<ModelParts> =
        named.map(|(own, _)| ModelParts::of(name, (*own).to_owned(), bind(session, own, name, json))).collect();
    if bound.is_empty() {
        return Err(vec![unknown_class(&relatives, class.as_deref())]);
    }
    let least = bound.iter().map(|parts| parts.config.as_ref().err().map_or(0, Vec::len)).min();
    bound.retain(|parts| Some(parts.config.as_ref().err().map_or(0, Vec::len)) == least);
    if bound.len() > 1 && least == Some(0) {
        bound.sort_by_key(|parts| misfit(session, parts));
    }
    Ok(bound.remove(0))
}

/// Whether the field of an architecture takes a text; none where it has no such field, or nothing is said.
fn accepts(architecture: &Architecture, field: &str, given: Option<&str>) -> Option<bool> {
    let field = architecture.config.iter().find(|own| own.name.as_str() == field)?;
    let given = given?;
    Some(words(field).iter().any(|word| word == given))
}

/// The texts that a field may be.
fn words(field: &ConfigField) -> Vec<String> {
    let Some(ExprKind::Set(elements)) = field.range.as_ref().map(|range| &range.kind) else { return Vec::new() };
    let word = |element| match eval::value(element, &|_| None) {
        Ok(Value::Text(word)) => Some(word),
        _ => None,
    };
    elements.iter().filter_map(word).collect()
}

/// How far what is stored and claimed is from what the architecture says: faults of the inventory, then outputs that
/// are not claimed.
fn misfit(session: &Session, parts: &ModelParts) -> (usize, usize) {
    let faults = parts.inventory(session).map_or(usize::MAX, |inventory| inventory.faults.len());
    let claimed = session.claimed().ok().flatten();
    let unclaimed = parts.program(session).map_or(usize::MAX, |graph| {
        let outputs = graph.outputs.iter().filter(|output| !output.trace);
        outputs.filter(|output| claimed.as_ref().is_some_and(|c| !c.tensors.contains_key(&output.name))).count()
    });
    (faults, unclaimed)
}

fn finding(message: String, at: &str, found: Option<&str>, known: Vec<String>) -> Finding {
    let near = found.and_then(|found| did_you_mean(found, known.iter().map(String::as_str)));
    let mend = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name an architecture in the standard, or describe this one in a document of its own".into(),
    };
    Finding {
        fault: "unknown_architecture".into(),
        message,
        at: format!("config.json: {at}"),
        expected: known.join(", "),
        found: found.map_or_else(|| "nothing".into(), printable),
        mend,
    }
}

fn unknown_family(session: &Session, family: Option<&str>) -> Finding {
    let mut families: Vec<String> = known(session).flat_map(|(_, own)| all(own, FAMILY)).collect();
    families.sort_unstable();
    families.dedup();
    let message = match family {
        Some(_) => "no known architecture is of this family",
        None => "the config does not say which family of architectures the model is of",
    };
    finding(message.into(), FAMILY, family, families)
}

fn unknown_class(relatives: &[(&str, &Architecture)], class: Option<&str>) -> Finding {
    let classes: Vec<String> = relatives.iter().flat_map(|(_, own)| all(own, CLASS)).collect();
    finding("no known architecture of this family is of this class".into(), "architectures", class, classes)
}

fn all(architecture: &Architecture, field: &str) -> Vec<String> {
    architecture.config.iter().find(|own| own.name.as_str() == field).map(words).unwrap_or_default()
}
