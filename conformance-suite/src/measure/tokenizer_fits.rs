//! Tokenizer, embedding table and config agree on the vocabulary.

use super::api::{Arguments, check, facts, failure, measure};
use super::reading::{Failure, Reading};
use crate::session::{Session, refused};
use crate::verdict::Finding;
use lmstd_compiler::ir::graph::NodeKind;
use lmstd_runtime::intake::tokenizer::TextTokenizer;

measure! {
    /// # Tokenizer fits
    ///
    /// ## Measures
    /// That every id the tokenizer can give has a row in the embedding table, that the table has as many rows as the
    /// config says, and that the special ids of the config lie in the vocabulary. A table with more rows than the
    /// tokenizer has tokens is padding, and fits.
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
    let tokenizer = TextTokenizer::open(&session.submission).map_err(refused)?.ok_or_else(|| {
        failure(
            "missing_file",
            "the submission has no tokenizer.json",
            "tokenizer.json",
            "add the tokenizer the model was trained with",
        )
    })?;
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
        match json.get(key).and_then(serde_json::Value::as_i64) {
            Some(id) if !(0..rows).contains(&id) => {
                let message = format!("`{key}` is outside the vocabulary");
                findings.push(mismatch(format!("config.json: {key}"), message, format!("0..{rows}"), id.to_string()));
            }
            _ => {}
        }
    }
    let inventory = model.inventory(session)?;
    let tables = inventory.faults.iter().filter(|fault| fault.fault == "vocab_size_mismatch");
    findings.extend(
        tables.map(|fault| {
            mismatch(fault.at.clone(), fault.message.clone(), fault.expected.clone(), fault.found.clone())
        }),
    );
    let facts = facts([
        ("tokens", tokenizer.vocab_size().to_string()),
        ("largest id", tokenizer.max_id().to_string()),
        ("rows", rows.to_string()),
    ]);
    Ok(check(findings, facts))
}
