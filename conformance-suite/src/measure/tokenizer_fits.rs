//! Tokenizer, embedding table and config agree on the vocabulary.

use super::api::{Arguments, check, facts, failure, measure};
use super::reading::{Failure, Reading};
use crate::session::Session;
use crate::verdict::Finding;
use lmstd_compiler::ir::graph::NodeKind;
use lmstd_runtime::intake::error::printable;

measure! {
    /// # Tokenizer fits
    ///
    /// ## Measures
    /// That every id the tokenizer can give has a row in the embedding table, that the table has as many rows as the
    /// config says, and that the special ids of the config (a number, or a list of numbers) lie in the vocabulary. A table
    /// with more rows than the tokenizer has tokens is padding, and fits. Not measured, and so never a pass, where the
    /// checkpoint is not that of the program, so that its table may be another.
    ///
    /// ## Why it matters
    /// An id without a row is an error at best and a read of foreign memory at worst; it shows only on the texts that
    /// contain that token.
    ///
    /// ## How to mend
    /// Submit the tokenizer that the model was trained with, or resize the table and train on.
    ///
    /// ## References
    /// The `tokenizer.json` of the tokenizers library.
    ///
    /// ```lms pass
    /// tokenizer_fits(classifier)
    /// ```
    /// ```lms fail vocabulary-too-small
    /// tokenizer_fits(bert)
    /// ```
    "tokenizer_fits", Header, "measure tokenizer_fits(model: model) -> check", run
}

const SPECIAL: &[&str] =
    &["pad_token_id", "bos_token_id", "eos_token_id", "unk_token_id", "sep_token_id", "cls_token_id"];

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let model = session.model(arguments.model()?);
    let tokenizer = session.tokenizer()?;
    let graph = model.program(session)?;
    let rows = graph.inputs().find_map(|(name, _, node)| match &node.kind {
        NodeKind::Input { range: Some((0, high)), .. } if name == "input_ids" => Some(*high),
        _ => None,
    });
    let rows = rows.ok_or_else(|| {
        failure("not_computed", "the architecture does not say how many ids it takes", "input_ids", "")
    })?;
    let mut findings = Vec::new();
    let mismatch = |at: String, message: String, expected: String, found: String| Finding {
        fault: "vocab_size_mismatch".into(),
        message,
        at,
        expected,
        found,
        mend: "submit the tokenizer and config that the model was trained with".into(),
    };
    if i64::from(tokenizer.max_id()) >= rows {
        let message = "the tokenizer gives ids that the embedding table has no row for".into();
        findings.push(mismatch(
            "tokenizer.json".into(),
            message,
            format!("ids below {rows}"),
            format!("id {}", tokenizer.max_id()),
        ));
    }
    let json = session.config()?;
    for key in SPECIAL {
        let outside = |id: &&serde_json::Value| id.as_i64().is_none_or(|id| !(0..rows).contains(&id));
        if let Some(id) = special_ids(json.get(key)).into_iter().find(outside) {
            let message = format!("`{key}` is outside the vocabulary");
            let found = printable(&id.to_string());
            findings.push(mismatch(format!("config.json: {key}"), message, format!("0..{rows}"), found));
        }
    }
    let inventory = model.inventory(session)?;
    let (tables, others): (Vec<_>, Vec<_>) =
        inventory.faults.iter().partition(|fault| fault.fault == "vocab_size_mismatch");
    findings.extend(
        tables.into_iter().map(|fault| {
            mismatch(fault.at.clone(), fault.message.clone(), fault.expected.clone(), fault.found.clone())
        }),
    );
    if let (Some(fault), true) = (others.first(), findings.is_empty()) {
        let message = format!("whether the tokenizer fits cannot be told: {}", fault.message);
        return Err(failure(fault.fault, message, &fault.at, &fault.mend));
    }
    let facts = facts([
        ("tokens", tokenizer.vocab_size().to_string()),
        ("largest id", tokenizer.max_id().to_string()),
        ("rows", rows.to_string()),
    ]);
    Ok(check(findings, facts))
}

/// The ids under a key of the config: none, one, or a list of them.
fn special_ids(value: Option<&serde_json::Value>) -> Vec<&serde_json::Value> {
    match value {
        None | Some(serde_json::Value::Null) => Vec::new(),
        Some(serde_json::Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
    }
}
