//! Which parameters a stored tensor is, as the architecture's rules say: under other names, laid out anew, or several.

use super::{Expected, WeightFault, is_float};
use crate::intake::error::printable;
use crate::intake::tensor::TensorInfo;
use lmstd_compiler::stored::Rule;
use lmstd_grammar::ast::WeightRule;

/// The text that `*` of a pattern stands for in `name`.
fn matched<'n>(pattern: &str, name: &'n str) -> Option<&'n str> {
    match pattern.split_once('*') {
        Some((head, tail)) => name.strip_prefix(head)?.strip_suffix(tail),
        None => (pattern == name).then_some(""),
    }
}

/// Whether the rules say that a stored tensor is no parameter.
pub(super) fn is_ignored(rules: &[WeightRule], name: &str) -> bool {
    rules
        .iter()
        .any(|rule| matches!(rule, WeightRule::Ignore { pattern, .. } if matched(pattern.as_str(), name).is_some()))
}

/// The program's names of a stored tensor, and what of it each of them is: each rule in turn is applied to what the ones
/// before it made of it.
pub(super) fn programs(expected: &Expected, tensor: &TensorInfo) -> Result<Vec<(String, TensorInfo)>, WeightFault> {
    let mut programs = vec![(tensor.name.clone(), tensor.clone())];
    for rule in expected.rules {
        let mut next = Vec::with_capacity(programs.len());
        for (name, tensor) in programs {
            match rule {
                WeightRule::Rename { from, to, added, .. } => next.push(match matched(from.as_str(), &name) {
                    Some(rest) => {
                        let added = added.as_ref().map_or(0, |added| added.value);
                        (to.as_str().replacen('*', rest, 1), raised(tensor, added)?)
                    }
                    None => (name, tensor),
                }),
                WeightRule::Relay { from, stored, to, result, sizes, .. } => match matched(from.as_str(), &name) {
                    Some(rest) => {
                        let rule = Rule { stored, parts: to.len(), result, sizes };
                        for (part, to) in to.iter().enumerate() {
                            next.push((to.as_str().replacen('*', rest, 1), relaid(&rule, part, &tensor, expected)?));
                        }
                    }
                    None => next.push((name, tensor)),
                },
                _ => next.push((name, tensor)),
            }
        }
        programs = next;
    }
    Ok(programs)
}

/// A stored tensor to whose numbers something is added.
fn raised(tensor: TensorInfo, added: i64) -> Result<TensorInfo, WeightFault> {
    if added == 0 {
        return Ok(tensor);
    }
    let fault = |fault, message, expected: &str, found: String| WeightFault {
        fault,
        message,
        at: printable(&tensor.name),
        expected: expected.into(),
        found,
        mend: "save the weight as a floating-point number, or mend the architecture's rules".into(),
    };
    let name = printable(&tensor.name);
    if !is_float(tensor.dtype) {
        let message = format!("`{name}` holds no numbers that the architecture's rule could add to");
        return Err(fault("wrong_dtype", message, "a floating-point type", tensor.dtype.to_string()));
    }
    if tensor.added != 0 {
        let message = format!("two rules of the architecture add to the numbers of `{name}`");
        return Err(fault("ambiguous_tensor", message, "one rule", "two".into()));
    }
    Ok(TensorInfo { added, ..tensor })
}

/// The parameter number `part` of a stored tensor.
fn relaid(rule: &Rule, part: usize, tensor: &TensorInfo, expected: &Expected) -> Result<TensorInfo, WeightFault> {
    let found = match &tensor.relaid {
        None => rule.relay(part, &tensor.shape, expected.config),
        Some(_) => Err("two rules of the architecture lay it out anew".into()),
    };
    let relaid = found.map_err(|why| WeightFault {
        fault: "wrong_shape",
        message: format!("`{}` cannot be laid out as the architecture says: {why}", printable(&tensor.name)),
        at: printable(&tensor.name),
        expected: "the axes that the architecture's rule names".into(),
        found: format!("{:?}", tensor.shape),
        mend: "declare the sizes that are stored, or save the right weights".into(),
    })?;
    Ok(TensorInfo { shape: relaid.shape.clone(), relaid: Some(relaid), ..tensor.clone() })
}
