//! What a submitter claims the model gives: tensors in `golden.safetensors`, texts in `texts.json`, continuations in
//! `generations.json`.
//!
//! Claims are inputs to a comparison, never evidence by themselves. Knows no model.

use super::checkpoint::GOLDEN_FILE;
use super::door::Submission;
use super::error::{IntakeError, fault};
use super::json;
use super::safetensors;
use super::tensor::TensorInfo;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

const TEXTS_FILE: &str = "texts.json";
const GENERATIONS_FILE: &str = "generations.json";
const TEXTS_BYTES: u64 = 64 << 20;
/// Most texts; most bytes of one; most ids and logits of one.
const TEXTS: usize = 10_000;
const TEXT_BYTES: usize = 1 << 20;
const NUMBERS: usize = 1 << 20;

/// Claimed inputs and outputs by name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Claimed {
    /// The tensors, in the order of the file.
    pub tensors: IndexMap<String, TensorInfo>,
}

impl Claimed {
    /// Reads the header of `golden.safetensors`; none where there is no such file.
    ///
    /// # Errors
    /// Those of [`safetensors::read_header`].
    pub fn open(submission: &Submission) -> Result<Option<Self>, IntakeError> {
        let Some(file) = submission.file(GOLDEN_FILE) else { return Ok(None) };
        Ok(Some(Self { tensors: safetensors::read_header(file)?.tensors }))
    }
}

/// One text with the ids, and perhaps the outputs, that are claimed for it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimedText {
    /// The text.
    pub text: String,
    /// The token ids, special tokens included.
    pub ids: Vec<u32>,
    /// The tokens' spellings, for people.
    #[serde(default)]
    pub tokens: Option<Vec<String>>,
    /// The outputs for the text alone, finite.
    #[serde(default)]
    pub logits: Option<Vec<f64>>,
}

/// A continuation that is claimed for a prompt.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimedGeneration {
    /// The ids read first: for an encoder and decoder, those that the decoder begins with.
    pub prompt: Vec<u32>,
    /// The ids that follow.
    pub continuation: Vec<u32>,
    /// Whether each of them is the likeliest at its place.
    #[serde(default = "yes")]
    pub greedy: bool,
    /// The natural logarithm of the probability of each, after all before it.
    #[serde(default)]
    pub log_likelihoods: Option<Vec<f64>>,
    /// The row of the claimed inputs that an encoder reads.
    #[serde(default)]
    pub row: Option<usize>,
}

fn yes() -> bool {
    true
}

/// Reads `generations.json`; none where there is no such file.
///
/// # Errors
/// `malformed_json`, `duplicate_key`, `limit_exceeded`.
pub fn read_generations(submission: &Submission) -> Result<Option<Vec<ClaimedGeneration>>, IntakeError> {
    let Some(file) = submission.file(GENERATIONS_FILE) else { return Ok(None) };
    let claims: Vec<ClaimedGeneration> = json::parse_as(&file.read_all(TEXTS_BYTES)?, GENERATIONS_FILE, usize::MAX)?;
    if claims.is_empty() {
        return Err(IntakeError::new(fault::MALFORMED_JSON, GENERATIONS_FILE, "there are no continuations")
            .mend("claim at least one continuation, or leave the file out"));
    }
    if claims.len() > TEXTS {
        return Err(limit(GENERATIONS_FILE, "there are too many continuations", TEXTS, claims.len()));
    }
    for (row, claim) in claims.iter().enumerate() {
        let at = format!("{GENERATIONS_FILE}: entry {}", row + 1);
        let ids = claim.prompt.len().saturating_add(claim.continuation.len());
        if ids > NUMBERS {
            return Err(limit(&at, "there are too many ids", NUMBERS, ids));
        }
        let likelihoods = claim.log_likelihoods.as_deref();
        let sound = |claimed: &[f64]| {
            claimed.len() == claim.continuation.len() && claimed.iter().all(|likelihood| likelihood.is_finite())
        };
        if claim.prompt.is_empty() || claim.continuation.is_empty() || !likelihoods.is_none_or(sound) {
            let message = "there are no ids, or not one finite log-likelihood for each id of the continuation";
            return Err(IntakeError::new(fault::MALFORMED_JSON, &at, message).mend("write what the model gives"));
        }
    }
    Ok(Some(claims))
}

/// Reads `texts.json`; none where there is no such file.
///
/// # Errors
/// `malformed_json`, `duplicate_key`, `limit_exceeded`.
pub fn read_texts(submission: &Submission) -> Result<Option<Vec<ClaimedText>>, IntakeError> {
    let Some(file) = submission.file(TEXTS_FILE) else { return Ok(None) };
    let texts: Vec<ClaimedText> = json::parse_as(&file.read_all(TEXTS_BYTES)?, TEXTS_FILE, usize::MAX)?;
    if texts.is_empty() {
        return Err(IntakeError::new(fault::MALFORMED_JSON, TEXTS_FILE, "there are no texts")
            .mend("claim at least one text, or leave the file out"));
    }
    if texts.len() > TEXTS {
        return Err(limit(TEXTS_FILE, "there are too many texts", TEXTS, texts.len()));
    }
    for (row, text) in texts.iter().enumerate() {
        let at = format!("{TEXTS_FILE}: text {}", row + 1);
        if text.text.len() > TEXT_BYTES {
            return Err(limit(&at, "the text is too long (bytes)", TEXT_BYTES, text.text.len()));
        }
        let logits = text.logits.as_deref().unwrap_or_default();
        let numbers = text.ids.len().max(logits.len());
        if numbers > NUMBERS {
            return Err(limit(&at, "there are too many ids or logits", NUMBERS, numbers));
        }
        if text.ids.is_empty() || logits.iter().any(|logit| !logit.is_finite()) {
            return Err(IntakeError::new(fault::MALFORMED_JSON, &at, "there are no ids, or a logit is not finite")
                .mend("write what the model gives for the text"));
        }
        if text.tokens.as_ref().is_some_and(|tokens| tokens.len() != text.ids.len()) {
            return Err(IntakeError::new(fault::MALFORMED_JSON, &at, "there are not as many tokens as ids")
                .mend("write the tokens that the ids stand for, or leave them out"));
        }
    }
    Ok(Some(texts))
}

fn limit(at: &str, message: &str, most: usize, found: usize) -> IntakeError {
    IntakeError::new(fault::LIMIT_EXCEEDED, at, message)
        .because(format!("at most {most}"), found)
        .mend("claim fewer and shorter texts")
}
