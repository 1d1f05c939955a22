//! `vocab.txt` of BERT and its kin: one piece a line, its line its id; the settings stand beside it.

use super::settings::{Settings, content};
use super::{Converted, bounded, template};
use crate::intake::error::IntakeError;
use crate::intake::vocabulary::malformed;
use serde_json::{Map, Value, json};

/// Reads the vocabulary and builds the tokenizer of BERT.
pub(super) fn convert(at: &str, bytes: &[u8], settings: &Settings) -> Result<Converted, IntakeError> {
    let vocab = lines(at, bytes)?;
    let unk = settings.named("unk_token", "[UNK]")?;
    let (cls, sep) = (settings.named("cls_token", "[CLS]")?, settings.named("sep_token", "[SEP]")?);
    // A vocabulary of the same make, without the tokens that BERT puts around texts and without a word about them.
    let bare =
        settings.value("tokenizer_class").is_none() && [&cls, &sep].iter().all(|token| !vocab.contains_key(*token));
    let defaults = [
        ("unk_token", "[UNK]"),
        ("sep_token", "[SEP]"),
        ("pad_token", "[PAD]"),
        ("cls_token", "[CLS]"),
        ("mask_token", "[MASK]"),
    ];
    let mut known = Vec::new();
    for (role, default) in defaults {
        let default = if bare && !vocab.contains_key(default) { None } else { Some(default) };
        known.extend(settings.role(role, default)?);
    }
    let id_of = |token: &str| vocab.get(token).and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
    let added = settings.added_tokens(&known, &id_of, bounded(vocab.len()))?;
    if !vocab.contains_key(&unk) {
        return Err(malformed(at, "the token for unknown words is not in the vocabulary")
            .because("a line with `unk_token`", unk));
    }
    let ids = |token: &str| {
        let added = added.iter().find(|one| content(one) == Some(token)).and_then(|one| one["id"].as_u64());
        added
            .or_else(|| id_of(token).map(u64::from))
            .ok_or_else(|| malformed(at, "a special token is not in the vocabulary"))
    };
    let post = match bare {
        true => Value::Null,
        false => {
            let special = [(cls.as_str(), ids(&cls)?), (sep.as_str(), ids(&sep)?)];
            template(&[(&cls, 0), ("$A", 0), (&sep, 0)], &special)
        }
    };
    let lower = settings.flag("do_lower_case", true)?;
    let accents = match settings.value("strip_accents") {
        None => Value::Null,
        Some(_) => settings.flag("strip_accents", lower)?.into(),
    };
    let root = json!({
        "version": "1.0",
        "added_tokens": added,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "strip_accents": accents, "lowercase": lower,
            "handle_chinese_chars": settings.flag("tokenize_chinese_chars", true)?},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": post,
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": unk, "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocab},
    });
    Ok(Converted::new(at, root))
}

/// The lines of a list and their numbers. Lines end as text files end them; a token twice would have two ids.
pub(super) fn lines(at: &str, bytes: &[u8]) -> Result<Map<String, Value>, IntakeError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| malformed(at, format!("it is not UTF-8 at byte {}", error.valid_up_to())))?;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let mut vocab = Map::new();
    for (number, line) in text.split('\n').enumerate() {
        if let Some(other) = vocab.insert(line.to_owned(), number.into()) {
            return Err(malformed(at, format!("line {} says what another line says", number + 1))
                .because("each token once", format!("line {}", other.as_u64().unwrap_or(0) + 1)));
        }
    }
    Ok(vocab)
}
