//! `vocab.json` and `merges.txt`: pairs of bytes joined again and again, as GPT-2 does, in the ways of RoBERTa, CLIP and
//! Qwen too. Which way is the word of the settings; without one it is told by the special tokens, or not at all.

use super::settings::{Settings, content};
use super::{Converted, bounded, template, unknown_class, vocabulary};
use crate::intake::error::IntakeError;
use crate::intake::vocabulary::malformed;
use serde_json::{Map, Value, json};

/// The pattern by which CLIP cuts texts, and that of Qwen.
const CLIP: &str =
    concat!(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|", r"[^\s\p{L}\p{N}]+");
const QWEN: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|",
    r"\s+(?!\S)|\s+"
);

/// The ways of byte-level tokenizers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Gpt2,
    Roberta,
    Clip,
    Qwen,
}

/// Reads the vocabulary and the merges and builds the tokenizer.
pub(super) fn convert(vocab: &[u8], merges: &[u8], settings: &Settings) -> Result<Converted, IntakeError> {
    let at = "vocab.json";
    let vocab = vocabulary(at, vocab)?;
    let merges = pairs(merges)?;
    let way = way(&vocab, settings)?;
    let roles: &[(&str, &str)] = match way {
        Way::Gpt2 => &[("unk_token", "<|endoftext|>"), ("bos_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>")],
        Way::Roberta => &[
            ("bos_token", "<s>"),
            ("eos_token", "</s>"),
            ("unk_token", "<unk>"),
            ("sep_token", "</s>"),
            ("pad_token", "<pad>"),
            ("cls_token", "<s>"),
            ("mask_token", "<mask>"),
        ],
        Way::Clip => &[
            ("bos_token", "<|startoftext|>"),
            ("eos_token", "<|endoftext|>"),
            ("unk_token", "<|endoftext|>"),
            ("pad_token", "<|endoftext|>"),
        ],
        Way::Qwen => &[("eos_token", "<|endoftext|>"), ("pad_token", "<|endoftext|>")],
    };
    let mut known = Vec::new();
    for (role, default) in roles {
        known.extend(settings.role(role, Some(default))?);
    }
    let id_of = |token: &str| vocab.get(token).and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
    let added = settings.added_tokens(&known, &id_of, bounded(vocab.len()))?;
    let ids = |token: &str| {
        let added = added.iter().find(|one| content(one) == Some(token)).and_then(|one| one["id"].as_u64());
        added
            .or_else(|| id_of(token).map(u64::from))
            .ok_or_else(|| malformed(at, "a special token is not in the vocabulary"))
    };
    let post = around(way, settings, &ids)?;
    let prefix = way != Way::Clip && settings.flag("add_prefix_space", false)?;
    let bytes = |regex: bool| json!({"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": true, "use_regex": regex});
    let split = |pattern: &str, behavior: &str, invert: bool| {
        let pattern = json!({"Regex": pattern});
        json!({"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert})
    };
    let (normalizer, cut) = match way {
        Way::Clip => (
            json!({"type": "Sequence", "normalizers": [{"type": "NFC"},
                {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}, {"type": "Lowercase"}]}),
            json!({"type": "Sequence", "pretokenizers": [split(CLIP, "Removed", true), bytes(true)]}),
        ),
        Way::Qwen => (
            json!({"type": "NFC"}),
            json!({"type": "Sequence", "pretokenizers": [split(QWEN, "Isolated", false), bytes(false)]}),
        ),
        Way::Gpt2 | Way::Roberta => (Value::Null, bytes(true)),
    };
    let (suffix, unk) = match way {
        Way::Clip => ("</w>", Value::from(settings.named("unk_token", "<|endoftext|>")?)),
        _ => ("", Value::Null),
    };
    let root = json!({
        "version": "1.0",
        "added_tokens": added,
        "normalizer": normalizer,
        "pre_tokenizer": cut,
        "post_processor": post,
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "dropout": null, "unk_token": unk, "continuing_subword_prefix": "",
            "end_of_word_suffix": suffix, "fuse_unk": false, "byte_fallback": false, "vocab": vocab, "merges": merges},
    });
    Ok(Converted::new(at, root))
}

/// What is put around a text.
fn around(way: Way, settings: &Settings, ids: &dyn Fn(&str) -> Result<u64, IntakeError>) -> Result<Value, IntakeError> {
    let (first, last) = match way {
        Way::Roberta => (settings.named("cls_token", "<s>")?, settings.named("sep_token", "</s>")?),
        Way::Clip => (settings.named("bos_token", "<|startoftext|>")?, settings.named("eos_token", "<|endoftext|>")?),
        Way::Gpt2 if settings.flag("add_bos_token", false)? => {
            let bos = settings.named("bos_token", "<|endoftext|>")?;
            return Ok(template(&[(&bos, 0), ("$A", 0)], &[(&bos, ids(&bos)?)]));
        }
        Way::Gpt2 | Way::Qwen => {
            return Ok(
                json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true}),
            );
        }
    };
    Ok(json!({"type": "RobertaProcessing", "sep": [last, ids(&last)?], "cls": [first, ids(&first)?],
        "trim_offsets": way == Way::Roberta, "add_prefix_space": false}))
}

fn way(vocab: &Map<String, Value>, settings: &Settings) -> Result<Way, IntakeError> {
    match settings.class() {
        Some("GPT2") => Ok(Way::Gpt2),
        Some("Roberta" | "Bart" | "Longformer" | "LED") => Ok(Way::Roberta),
        Some("CLIP") => Ok(Way::Clip),
        Some("Qwen2") => Ok(Way::Qwen),
        Some(other) => Err(unknown_class("vocab.json", other)),
        None if ["<s>", "</s>", "<mask>"].iter().all(|token| vocab.contains_key(*token)) => Ok(Way::Roberta),
        None if vocab.contains_key("<|startoftext|>") => Ok(Way::Clip),
        None if vocab.contains_key("<|endoftext|>") => Ok(Way::Gpt2),
        None => Err(unknown_class("vocab.json", "")),
    }
}

/// The merges, one a line, after a first line that may name the version.
fn pairs(bytes: &[u8]) -> Result<Vec<Value>, IntakeError> {
    let at = "merges.txt";
    let text = std::str::from_utf8(bytes)
        .map_err(|error| malformed(at, format!("it is not UTF-8 at byte {}", error.valid_up_to())))?;
    let mut pairs = Vec::new();
    for (number, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() || line.starts_with("#version") {
            continue;
        }
        match line.split_once(' ') {
            Some((left, right)) if !left.is_empty() && !right.is_empty() && !right.contains(' ') => {
                pairs.push(json!([left, right]));
            }
            _ => return Err(malformed(at, format!("line {} is not two pieces with a blank between them", number + 1))),
        }
    }
    Ok(pairs)
}
