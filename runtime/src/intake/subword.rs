//! The model of a tokenizer, which cuts words into ids: built by its type, with what a word costs it.
//!
//! Files from before types were written are told by their fields, as the library tells them. What is charged for a word
//! is what the model can do with it at worst, so that its parameters need no bounds of their own.

use super::error::IntakeError;
use super::meter::{Meter, guarded};
use super::vocabulary::{limit, malformed};
use serde_json::{Map, Value};
use tokenizers::models::bpe::BPE;
use tokenizers::models::unigram::Unigram;
use tokenizers::models::wordlevel::WordLevel;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::{Model, ModelWrapper};

/// Longest token for unknown words, and longest addition to the parts of a word, in bytes: they are copied with each.
const AFFIX_BYTES: usize = 64;
/// Longest piece of a Unigram model in bytes, and most bytes of all: each is a node of a tree.
const PIECE_BYTES: usize = 256;
const ALL_PIECES_BYTES: usize = 12 << 20;
/// Units for a byte of a word that is looked up once, and for one that is merged.
const LOOKED_UP: u64 = 8;
const MERGED: u64 = 40;
/// Units for a step down the tree of pieces, and for a piece found there.
const STEP: u64 = 2;
const FOUND: u64 = 30;

/// A model and its cost.
#[derive(Debug)]
pub(super) struct Subword {
    model: ModelWrapper,
    cost: Cost,
}

/// What a word costs.
#[derive(Clone, Copy, Debug)]
enum Cost {
    /// Units a byte.
    Linear(u64),
    /// Every part of a word of at most so many characters is looked up.
    EveryPart(u64),
}

impl Subword {
    /// Builds a model; `at` is its place.
    pub(super) fn new(model: Value, at: &str) -> Result<Self, IntakeError> {
        let Value::Object(mut fields) = model else { return Err(malformed(at, "there is no model in the tokenizer")) };
        let kind = match fields.remove("type") {
            Some(Value::String(kind)) => kind,
            None => kind_of(&fields).to_owned(),
            Some(_) => return Err(malformed(at, "the model has no known type")),
        };
        for name in ["unk_token", "continuing_subword_prefix", "end_of_word_suffix"] {
            let length = fields.get(name).and_then(Value::as_str).map_or(0, str::len);
            if length > AFFIX_BYTES {
                return Err(limit(at, &format!("`{name}` is too long (bytes)"), AFFIX_BYTES, length));
            }
        }
        let cost = match kind.as_str() {
            "BPE" => Cost::Linear(bpe_cost(&fields)),
            "WordPiece" => {
                Cost::EveryPart(fields.get("max_input_chars_per_word").and_then(Value::as_u64).unwrap_or(u64::MAX))
            }
            "WordLevel" => Cost::Linear(LOOKED_UP),
            "Unigram" => Cost::Linear(unigram_cost(&fields, at)?),
            _ => return Err(malformed(at, "the model has no known type")),
        };
        let model: ModelWrapper = guarded("read", at, || {
            let fields = Value::Object(fields);
            Ok(match kind.as_str() {
                "BPE" => serde_json::from_value::<BPE>(fields)?.into(),
                "WordPiece" => serde_json::from_value::<WordPiece>(fields)?.into(),
                "WordLevel" => serde_json::from_value::<WordLevel>(fields)?.into(),
                _ => serde_json::from_value::<Unigram>(fields)?.into(),
            })
        })?;
        Ok(Self { model, cost })
    }

    /// The library's model.
    pub(super) fn model(&self) -> &ModelWrapper {
        &self.model
    }

    /// Cuts a word and appends its ids.
    pub(super) fn cut(&self, word: &str, meter: &Meter, ids: &mut Vec<u32>) -> tokenizers::Result<()> {
        meter.spend(self.cost(word))?;
        ids.extend(self.model.tokenize(word)?.iter().map(|token| token.id));
        Ok(())
    }

    fn cost(&self, word: &str) -> u64 {
        let bytes = word.len() as u64;
        match self.cost {
            Cost::Linear(units) => units.saturating_mul(bytes),
            Cost::EveryPart(longest) => match word.chars().count() as u64 {
                // Longer words are unknown as a whole.
                chars if chars > longest => bytes,
                // Each part is copied and hashed.
                chars => chars.saturating_mul(chars).saturating_mul(LOOKED_UP + bytes / 16),
            },
        }
    }
}

/// The type of a model that does not write it.
fn kind_of(fields: &Map<String, Value>) -> &'static str {
    if fields.contains_key("merges") {
        "BPE"
    } else if fields.contains_key("max_input_chars_per_word") {
        "WordPiece"
    } else if fields.get("vocab").is_some_and(Value::is_array) {
        "Unigram"
    } else {
        "WordLevel"
    }
}

/// Where bytes stand in for unknown characters, they do so for what is put around these too.
fn bpe_cost(fields: &Map<String, Value>) -> u64 {
    let around = ["continuing_subword_prefix", "end_of_word_suffix"];
    let around =
        around.iter().filter_map(|name| fields.get(*name)?.as_str()).map(|text| text.len() as u64).sum::<u64>();
    match fields.get("byte_fallback").and_then(Value::as_bool) {
        Some(true) => MERGED * (1 + around),
        _ => MERGED,
    }
}

/// From each place of a word the model goes down the tree of pieces and takes up each piece on the way.
fn unigram_cost(fields: &Map<String, Value>, at: &str) -> Result<u64, IntakeError> {
    let vocab = fields.get("vocab").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let pieces: Vec<&str> = vocab.iter().filter_map(|entry| entry.get(0)?.as_str()).collect();
    let longest = pieces.iter().map(|piece| piece.len()).max().unwrap_or(0);
    if longest > PIECE_BYTES {
        return Err(limit(at, "a piece of the vocabulary is too long (bytes)", PIECE_BYTES, longest));
    }
    let all = pieces.iter().map(|piece| piece.len()).sum::<usize>();
    if all > ALL_PIECES_BYTES {
        return Err(limit(at, "the pieces of the vocabulary are too long together (bytes)", ALL_PIECES_BYTES, all));
    }
    Ok(LOOKED_UP + STEP * longest as u64 + FOUND * nested(pieces))
}

/// Most pieces of which each begins the next.
fn nested(mut pieces: Vec<&str>) -> u64 {
    pieces.sort_unstable();
    let mut open: Vec<&str> = Vec::new();
    let mut most = 0;
    for piece in pieces {
        while open.last().is_some_and(|last| !piece.starts_with(*last)) {
            open.pop();
        }
        open.push(piece);
        most = most.max(open.len());
    }
    most as u64
}
