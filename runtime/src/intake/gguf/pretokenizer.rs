//! How texts are cut before byte pairs are merged: what `tokenizer.ggml.pre` names, as llama.cpp cuts them.
//!
//! Patterns are applied one after another; what lies between matches is a piece too. Those with `(?i:…)` and classes of
//! letters are spelled as in the models' own tokenizers, of which llama.cpp has equal forms for its own engine.

use serde_json::{Value, json};

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)";
const DIGIT: &str = r"\p{N}";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN35: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const GPT4O: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const SIGNS: &str = r"[\p{P}\$\+<=>\^~\|]+";
const SIGNS_AND_GRAVE: &str = r"[\p{P}\$\+<=>\^~\|`]+";
const NUMBER: &str = r"\p{N}+";
const THREE: &str = r"[0-9][0-9][0-9]";

/// The way of one vocabulary.
pub(super) struct PreTokenizer {
    patterns: &'static [&'static str],
    /// Whether a piece that is a token is not cut, whatever the merges say.
    pub(super) whole_tokens: bool,
    /// Whether the first token stands before a text unless the file says otherwise.
    pub(super) begins: bool,
}

impl PreTokenizer {
    /// The way of this name; none where it is not known.
    pub(super) fn of(name: &str) -> Option<Self> {
        let patterns: &'static [&'static str] = match name {
            "default" => &[SIGNS, GPT2, NUMBER, THREE],
            "gpt-2" | "phi-2" | "jina-es" | "jina-de" | "jina-v2-es" | "jina-v2-de" | "gigachat" | "mpt" | "olmo"
            | "jais" | "trillion" => &[GPT2],
            "smollm" | "starcoder" | "refact" | "command-r" | "codeshell" | "exaone" | "minerva-7b" => &[DIGIT, GPT2],
            "llama3" | "llama-v3" | "llama-bpe" | "falcon3" | "falcon-h1" | "pixtral" | "midm-2.0" | "lfm2"
            | "dbrx" | "smaug-bpe" => &[LLAMA3],
            "qwen2" | "deepseek-r1-qwen" | "kormo" | "stablelm2" | "hunyuan" => &[QWEN2],
            "qwen35" => &[QWEN35],
            "falcon" => &[SIGNS_AND_GRAVE, GPT2, THREE],
            "tekken" => &[TEKKEN],
            "gpt-4o" | "llama4" => &[GPT4O],
            _ => return None,
        };
        let like_llama3 = patterns == [LLAMA3] && !matches!(name, "dbrx" | "smaug-bpe") || name == "tekken";
        Some(Self { patterns, whole_tokens: like_llama3, begins: like_llama3 })
    }

    /// The steps as `tokenizer.json` has them.
    pub(super) fn steps(&self) -> Value {
        let cut = |pattern: &&str| json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false});
        let mut steps: Vec<Value> = self.patterns.iter().map(cut).collect();
        steps.push(json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}));
        json!({"type": "Sequence", "pretokenizers": steps})
    }
}
