//! Tokenizer, embedding table and config agree on the vocabulary.

use super::api::{Arguments, check, facts, failure, measure};
use super::reading::{Failure, Reading};
use crate::session::{Session, finding_of, refused};
use crate::verdict::Finding;
use lmstd_compiler::ir::graph::NodeKind;
use lmstd_runtime::intake::error::printable;
use lmstd_runtime::intake::json;
use lmstd_runtime::intake::tokenizer::TextTokenizer;
use serde_json::Value;

measure! {
    /// # Tokenizer fits
    ///
    /// ## Measures
    /// That every id the tokenizer can give has a row in the embedding table, that the table has as many rows as the
    /// config says, and that the special ids of `config.json` and `generation_config.json` (a number, or a list of numbers)
    /// lie in the vocabulary and are those of the tokens that the tokenizer's own files name. Vocabularies beside
    /// `tokenizer.json` give tokens the same ids, both sides of padding are one, and texts are not cut beyond the positions
    /// that the model has. A table with more rows than the tokenizer has tokens is padding, and fits. Not measured, and so
    /// never a pass, where the checkpoint is not that of the program, so that its table may be another.
    ///
    /// ## Why it matters
    /// An id without a row is an error at best and a read of foreign memory at worst; it shows only on the texts that
    /// contain that token.
    ///
    /// ## How to mend
    /// Submit the tokenizer that the model was trained with, or resize the table and train on.
    ///
    /// ## References
    /// The `tokenizer.json` of the tokenizers library; `tokenizer_config.json`, `special_tokens_map.json` and
    /// `generation_config.json` of the transformers library.
    ///
    /// ```lms pass
    /// tokenizer_fits(classifier)
    /// ```
    /// ```lms fail vocabulary-too-small
    /// tokenizer_fits(bert)
    /// ```
    "tokenizer_fits", Header, "measure tokenizer_fits(model: model) -> check", run
}

/// Roles of special tokens; `pad` is `pad_token` of the tokenizer and `pad_token_id` of the config.
const ROLES: [&str; 7] = ["pad", "bos", "eos", "unk", "sep", "cls", "mask"];
/// Further ids that a decoder begins with.
const STARTS: [&str; 3] = ["decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id"];
/// Inputs of ids; a speech model has the second only.
const INPUTS: [&str; 2] = ["input_ids", "decoder_input_ids"];
/// Fields that say how many positions there are.
const POSITIONS: [&str; 3] = ["max_position_embeddings", "n_positions", "max_target_positions"];
/// Lengths from here on mean that there is no longest.
const ENDLESS: f64 = 1e9;
const FILE_BYTES: u64 = 48 << 20;

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let model = session.model(arguments.model()?);
    let tokenizer = session.tokenizer()?;
    let graph = model.program(session)?;
    let rows = graph.inputs().filter_map(|(name, _, node)| match &node.kind {
        NodeKind::Input { range: Some((0, high)), .. } if INPUTS.contains(&name) => Some(*high),
        _ => None,
    });
    let rows = rows.min().ok_or_else(|| {
        failure("not_computed", "the architecture does not say how many ids it takes", "input_ids", "")
    })?;
    let mut findings = Vec::new();
    if i64::from(tokenizer.max_id()) >= rows {
        let message = "the tokenizer gives ids that the embedding table has no row for".into();
        let found = format!("id {}", tokenizer.max_id());
        findings.push(mismatch(tokenizer.file().into(), message, format!("ids below {rows}"), found));
    }
    let config = session.config()?;
    let generation = object(session, "generation_config.json")?;
    let own = [object(session, "tokenizer_config.json")?, object(session, "special_tokens_map.json")?];
    for (file, json) in [("config.json", &*config), ("generation_config.json", &generation)] {
        findings.extend(outside(file, json, rows));
        findings.extend(other_tokens(file, json, &own, &tokenizer));
    }
    let beside = tokenizer.contradictions(&session.submission).map_err(refused)?;
    findings.extend(beside.into_iter().map(|error| finding_of(&refused(error))));
    findings.extend(own[0].get("auto_map").map(|_| Finding {
        fault: "custom_code".into(),
        message: "`auto_map` asks the loader of the tokenizer to run code".into(),
        at: "tokenizer_config.json".into(),
        expected: "a tokenizer that needs no code of its own".into(),
        found: "auto_map".into(),
        mend: "remove `auto_map` and name a tokenizer of the library".into(),
    }));
    findings.extend(padding_side(session, &own[0])?);
    findings.extend(too_long(&config, &own[0]));
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

fn mismatch(at: String, message: String, expected: String, found: String) -> Finding {
    let mend = "submit the tokenizer and config that the model was trained with".into();
    Finding { fault: "vocab_size_mismatch".into(), message, at, expected, found, mend }
}

/// Two files that say different things.
fn differ(at: String, message: String, expected: String, found: String) -> Finding {
    let mend = "let both files say the same, or leave it to one of them".into();
    Finding { fault: "ambiguous_files".into(), message, at, expected, found, mend }
}

/// A file of the submission that is an object, or null where it is not there.
fn object(session: &Session, name: &str) -> Result<Value, Failure> {
    match session.submission.file(name) {
        Some(file) => json::parse(&file.read_all(FILE_BYTES).map_err(refused)?, name, usize::MAX).map_err(refused),
        None => Ok(Value::Null),
    }
}

/// Special ids that the table has no row for.
fn outside(file: &str, json: &Value, rows: i64) -> Vec<Finding> {
    let keys = ROLES.iter().map(|role| format!("{role}_token_id")).chain(STARTS.map(str::to_owned));
    let one = |key: String| {
        let outside = |id: &&Value| id.as_i64().is_none_or(|id| !(0..rows).contains(&id));
        let id = special_ids(json.get(&key)).into_iter().find(outside)?;
        let message = format!("`{key}` is outside the vocabulary");
        Some(mismatch(format!("{file}: {key}"), message, format!("0..{rows}"), printable(&id.to_string())))
    };
    keys.filter_map(one).collect()
}

/// Special ids that are not those of the tokens that the tokenizer's files name.
fn other_tokens(file: &str, json: &Value, own: &[Value], tokenizer: &TextTokenizer) -> Vec<Finding> {
    let one = |role: &&str| {
        let (key, name) = (format!("{role}_token_id"), format!("{role}_token"));
        let ids = special_ids(json.get(&key));
        let mut named = own.iter().filter_map(|file| {
            let token = file.get(&name)?;
            token.as_str().or_else(|| token.get("content")?.as_str())
        });
        let wrong = |token: &&str| {
            let id = tokenizer.id_of(token).map(i64::from);
            !ids.is_empty() && !ids.iter().any(|given| given.as_i64() == id)
        };
        let token = named.find(wrong)?;
        let message = format!("`{key}` is not the id of `{name}`, `{}`", printable(token));
        let expected = tokenizer.id_of(token).map_or("a token of the vocabulary".to_owned(), |id| id.to_string());
        let found: Vec<String> = ids.iter().take(8).map(|id| printable(&id.to_string())).collect();
        Some(differ(format!("{file}: {key}"), message, expected, found.join(", ")))
    };
    ROLES.iter().filter_map(one).collect()
}

/// Two files that pad on different sides.
fn padding_side(session: &Session, own: &Value) -> Result<Option<Finding>, Failure> {
    let Some(side) = own.get("padding_side").and_then(Value::as_str) else { return Ok(None) };
    let file = object(session, "tokenizer.json")?;
    let other = file.pointer("/padding/direction").and_then(Value::as_str);
    Ok(other.filter(|other| !other.eq_ignore_ascii_case(side)).map(|other| {
        let message = "`tokenizer.json` pads on the other side".to_owned();
        differ("tokenizer_config.json: padding_side".into(), message, printable(other), printable(side))
    }))
}

/// Texts that are cut where the model has no positions left.
fn too_long(config: &Value, own: &Value) -> Option<Finding> {
    let longest = own.get("model_max_length").and_then(Value::as_f64).filter(|longest| *longest < ENDLESS)?;
    let (key, positions) = POSITIONS.iter().find_map(|key| Some((key, config.get(*key)?.as_f64()?)))?;
    (longest > positions).then(|| {
        let message = format!("texts may be longer than `{key}` of the config");
        differ(
            "tokenizer_config.json: model_max_length".into(),
            message,
            format!("at most {positions}"),
            longest.to_string(),
        )
    })
}

/// The ids under a key of the config: none, one, or a list of them.
fn special_ids(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
    }
}
