//! Marian: a SentencePiece model cuts the text, and a list beside it, which two languages may share, numbers the pieces.
//!
//! Pieces that the list leaves out are unknown. A language code such as `>>de<<` is one token; transformers looks for it
//! only at the start of a text, the tokenizer here anywhere.

use super::proto::Model;
use super::settings::Settings;
use super::{Converted, Outside, spiece, vocabulary};
use crate::intake::error::{IntakeError, printable};
use crate::intake::vocabulary::malformed;
use std::collections::HashMap;

/// Builds the tokenizer of the source language.
pub(super) fn convert(at: &str, model: &Model, vocab: &[u8], settings: &Settings) -> Result<Converted, IntakeError> {
    let list = "vocab.json";
    let mut outside = Outside::default();
    for (token, id) in vocabulary(list, vocab)? {
        let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
        let id = id.ok_or_else(|| malformed(list, format!("the token `{}` has no usable id", printable(&token))))?;
        if let Some(other) = outside.tokens.insert(id, token.clone()) {
            return Err(malformed(list, format!("two tokens have the id {id}")).because("one token for an id", other));
        }
        outside.ids.insert(token, id);
    }
    let (eos, unk) = (settings.named("eos_token", "</s>")?, settings.named("unk_token", "<unk>")?);
    let unknown =
        *outside.ids.get(&unk).ok_or_else(|| malformed(list, "the token for unknown pieces is not in the list"))?;
    let mut special = vec![eos.clone(), unk, settings.named("pad_token", "<pad>")?];
    let mut codes: Vec<&String> =
        outside.ids.keys().filter(|token| token.starts_with(">>") && token.ends_with("<<")).collect();
    codes.sort_unstable();
    special.extend(codes.into_iter().cloned());
    let mut converted = spiece::source(at, model, &special, &eos)?;
    let mut own: Vec<(u64, String)> = converted.ids().into_iter().map(|(token, id)| (id, token.to_owned())).collect();
    own.sort_unstable();
    let places: HashMap<u64, u32> =
        own.iter().map(|(id, token)| (*id, outside.ids.get(token).copied().unwrap_or(unknown))).collect();
    let size = own.last().map_or(0, |(id, _)| id.saturating_add(1));
    outside.numbers = (0..size).map(|id| places.get(&id).copied().unwrap_or(unknown)).collect();
    converted.outside = Some(outside);
    Ok(converted)
}
