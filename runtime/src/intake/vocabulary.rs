//! What can be said of the ids and lengths of a `tokenizer.json` before the library sees it.
//!
//! Every id names one token, numbers are not left out at will, nothing pads to a length that nobody asked for, and
//! nothing is left to chance.

use super::error::{IntakeError, fault, printable};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Largest id, and most ids that may be left out below it.
const IDS: u64 = 4_000_000;
const GAPS: u64 = 65_536;
/// Most added tokens, longest of one, and most bytes of all: a text is searched for all of them at once.
const ADDED: usize = 100_000;
const ADDED_BYTES: usize = 256;
const ALL_ADDED_BYTES: usize = 2 << 20;
/// Longest padding, and longest that a truncation may leave.
pub(super) const LENGTH: u64 = 1 << 20;

/// The ids of a tokenizer.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// The largest id.
    pub(super) max_id: u32,
    /// The added tokens with the ids that the file gives them.
    pub(super) added: Vec<(String, u32)>,
}

/// Checks the file; `at` is its name.
pub(super) fn inspect(root: &Value, at: &str) -> Result<Vocabulary, IntakeError> {
    let model = root
        .get("model")
        .and_then(Value::as_object)
        .ok_or_else(|| malformed(at, "there is no model in the tokenizer"))?;
    if model.get("dropout").is_some_and(|dropout| !dropout.is_null() && dropout.as_f64() != Some(0.0)) {
        return Err(malformed(at, "the tokenizer splits words at random (`dropout`)").mend("set `dropout` to null"));
    }
    let mut owners = model_ids(model, at)?;
    if owners.is_empty() {
        return Err(malformed(at, "the vocabulary is empty"));
    }
    let mut added = Vec::new();
    let entries = list(root, "added_tokens", at)?;
    if entries.len() > ADDED {
        return Err(limit(at, "there are too many added tokens", ADDED, entries.len()));
    }
    let mut bytes = 0_usize;
    for entry in entries {
        let content = entry.get("content").and_then(Value::as_str).filter(|content| !content.is_empty());
        let content = content.ok_or_else(|| malformed(at, "an added token has no content"))?;
        if content.len() > ADDED_BYTES {
            return Err(limit(at, "an added token is too long (bytes)", ADDED_BYTES, content.len()));
        }
        bytes += content.len();
        if bytes > ALL_ADDED_BYTES {
            return Err(limit(at, "the added tokens are too long together (bytes)", ALL_ADDED_BYTES, bytes));
        }
        let id = checked_id(content, entry.get("id").unwrap_or(&Value::Null), at)?;
        own(&mut owners, content, id, at)?;
        added.push((content.to_owned(), id));
    }
    // A token with two ids: the added one would be overruled in silence.
    let mut ids_of: HashMap<&str, u32> = HashMap::with_capacity(owners.len());
    for (id, content) in &owners {
        if let Some(other) = ids_of.insert(content, *id) {
            return Err(malformed(at, format!("the token `{}` has two ids", printable(content)))
                .because("one id", format!("{other} and {id}")));
        }
    }
    let max_id = owners.keys().copied().max().ok_or_else(|| malformed(at, "the vocabulary is empty"))?;
    let missing = u64::from(max_id) + 1 - owners.len() as u64;
    if missing > GAPS {
        return Err(malformed(at, "the ids leave out too many numbers")
            .because(format!("at most {GAPS} unused ids below the largest"), missing));
    }
    check_lengths(root, at)?;
    Ok(Vocabulary { max_id, added })
}

/// Ids of the model's own tokens: an object of ids, or (Unigram) a list whose places are the ids.
fn model_ids<'v>(model: &'v Map<String, Value>, at: &str) -> Result<HashMap<u32, &'v str>, IntakeError> {
    let mut owners = HashMap::new();
    match model.get("vocab") {
        Some(Value::Object(vocab)) => {
            for (token, id) in vocab {
                own(&mut owners, token, checked_id(token, id, at)?, at)?;
            }
        }
        Some(Value::Array(vocab)) => {
            for (id, entry) in vocab.iter().enumerate() {
                let token = entry.get(0).and_then(Value::as_str);
                let score = entry.get(1).and_then(Value::as_f64).filter(|score| score.is_finite());
                let (Some(token), Some(_)) = (token, score) else {
                    return Err(malformed(at, format!("entry {id} of the vocabulary is not a token and its score")));
                };
                own(&mut owners, token, checked_id(token, &Value::from(id), at)?, at)?;
            }
        }
        _ => return Err(malformed(at, "the model has no vocabulary")),
    }
    Ok(owners)
}

fn own<'v>(owners: &mut HashMap<u32, &'v str>, token: &'v str, id: u32, at: &str) -> Result<(), IntakeError> {
    match owners.insert(id, token) {
        Some(other) if other != token => Err(malformed(at, format!("two tokens have the id {id}"))
            .because("one token for an id", format!("`{other}` and `{token}`"))),
        _ => Ok(()),
    }
}

fn checked_id(token: &str, id: &Value, at: &str) -> Result<u32, IntakeError> {
    id.as_u64().filter(|id| *id < IDS).and_then(|id| u32::try_from(id).ok()).ok_or_else(|| {
        malformed(at, format!("the token `{}` has no usable id", printable(token)))
            .because(format!("a number from 0 to {}", IDS - 1), id)
    })
}

/// Bounds the lengths to which the file pads and cuts.
fn check_lengths(root: &Value, at: &str) -> Result<(), IntakeError> {
    let lengths = [
        ("/padding/strategy/Fixed", 1),
        ("/padding/pad_to_multiple_of", 1),
        ("/truncation/max_length", 1),
        ("/truncation/stride", 0),
    ];
    for (pointer, least) in lengths {
        let Some(value) = root.pointer(pointer).filter(|value| !value.is_null()) else { continue };
        if value.as_u64().is_none_or(|length| length < least || length > LENGTH) {
            return Err(malformed(at, format!("`{}` is not a usable length", pointer.trim_start_matches('/')))
                .because(format!("{least} to {LENGTH}"), value));
        }
    }
    Ok(())
}

/// A list of the file; empty where it is left out.
pub(super) fn list<'v>(root: &'v Value, name: &str, at: &str) -> Result<&'v [Value], IntakeError> {
    match root.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(malformed(at, format!("`{name}` is not a list"))),
    }
}

/// The error for a tokenizer that contradicts itself.
pub(super) fn malformed(at: &str, message: impl Into<String>) -> IntakeError {
    IntakeError::new(fault::MALFORMED_TOKENIZER, at, message)
        .mend("save the tokenizer again with the tokenizers library")
}

/// The error for a tokenizer with too much of something.
pub(super) fn limit(
    at: &str,
    message: &str,
    most: impl std::fmt::Display,
    found: impl std::fmt::Display,
) -> IntakeError {
    IntakeError::new(fault::LIMIT_EXCEEDED, at, message)
        .because(format!("at most {most}"), found)
        .mend("simplify the tokenizer")
}
