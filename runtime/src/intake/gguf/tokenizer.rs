//! What `tokenizer.json` would say of a GGUF file: its tokens, how they are merged, and what is put around them.
//!
//! Byte pairs (`gpt2`), SentencePiece with bytes for unknown characters (`llama`), and words in pieces (`bert`). What the
//! value says is checked again where tokenizers are built; here it is seen to that the lists fit each other.

use super::super::error::{IntakeError, fault, printable};
use super::super::vocabulary::malformed;
use super::Gguf;
use super::metadata::{Numbers, Texts};
use super::pretokenizer::PreTokenizer;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

const MODEL: &str = "tokenizer.ggml.model";
const PRE: &str = "tokenizer.ggml.pre";
const TOKENS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";
const SCORES: &str = "tokenizer.ggml.scores";
const MERGES: &str = "tokenizer.ggml.merges";
/// The kinds of tokens, by the numbers that the format gives them.
const UNKNOWN: i128 = 2;
const CONTROL: i128 = 3;
const OWN: i128 = 4;
const BYTE: i128 = 6;
/// Most tokens and most merges; the largest vocabularies in use have 262,144 and about 600,000.
const MOST: usize = 1_000_000;
/// Longest token of SentencePiece in bytes: each is looked at in all its parts.
const PIECE_BYTES: usize = 256;
/// What SentencePiece writes for a blank.
const BLANK: char = '\u{2581}';
/// Longest word that is cut into pieces, as in the published BERT.
const WORD_CHARS: usize = 100;

/// The tokenizer of a file, an object; none where the file has none.
///
/// # Errors
/// `unsupported_format` for kinds of tokenizers that are not read; `malformed_header` for keys of the wrong type;
/// `malformed_tokenizer` for lists that do not fit each other; `limit_exceeded`.
pub(in super::super) fn tokenizer(gguf: &Gguf) -> Result<Option<Value>, IntakeError> {
    let kind = match gguf.metadata.text(MODEL)? {
        None | Some("none" | "no_vocab") => return Ok(None),
        Some(kind) => kind,
    };
    let words = Words::new(gguf)?;
    match kind {
        "gpt2" => byte_pairs(&words),
        "llama" => sentence_pieces(&words),
        "bert" => word_pieces(&words),
        _ => Err(words.unsupported(MODEL, "tokenizers of this kind are not read from GGUF", kind)),
    }
    .map(Some)
}

/// The tokens of a file, with their kinds.
struct Words<'g> {
    gguf: &'g Gguf,
    tokens: &'g Texts,
    kinds: Option<&'g Numbers>,
}

impl<'g> Words<'g> {
    /// Checks that every list has an item a token, and that tokens for bytes name bytes.
    fn new(gguf: &'g Gguf) -> Result<Self, IntakeError> {
        let tokens = gguf.metadata.texts(TOKENS)?.ok_or_else(|| gguf.metadata.missing(TOKENS))?;
        let words = Self { gguf, tokens, kinds: gguf.metadata.numbers(TYPES)? };
        if tokens.len() > MOST {
            return Err(words.too_many(TOKENS, "the file has too many tokens", tokens.len()));
        }
        words.check_length(TYPES, words.kinds)?;
        if let Some(kinds) = words.kinds
            && let Some(place) = kinds.integers().position(|kind| !kind.is_some_and(|kind| (0..=6).contains(&kind)))
        {
            return Err(words.wrong(TYPES, format!("token {place} has no known type")));
        }
        for (token, kind) in words.typed() {
            let inner = token.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
            let is_byte = inner.is_some_and(|inner| inner.len() == 2 && inner.bytes().all(|c| c.is_ascii_hexdigit()));
            if (kind == BYTE || inner.is_some()) && !is_byte {
                return Err(words.wrong(TOKENS, "a token for a byte names no byte").because("<0x00> to <0xFF>", token));
            }
        }
        Ok(words)
    }

    fn check_length(&self, key: &str, numbers: Option<&Numbers>) -> Result<(), IntakeError> {
        match numbers {
            Some(numbers) if numbers.len() != self.tokens.len() => {
                Err(self.wrong(key, "the list does not have an item a token").because(self.tokens.len(), numbers.len()))
            }
            _ => Ok(()),
        }
    }

    /// The tokens with their kinds; where there are none, all are ordinary.
    fn typed(&self) -> impl Iterator<Item = (&'g str, i128)> {
        let mut kinds = self.kinds.map(Numbers::integers);
        self.tokens
            .iter()
            .map(move |token| (token, kinds.as_mut().and_then(|kinds| kinds.next().flatten()).unwrap_or(1)))
    }

    fn at(&self, key: &str) -> String {
        format!("{}: {key}", self.gguf.path)
    }

    fn wrong(&self, key: &str, message: impl Into<String>) -> IntakeError {
        malformed(&self.at(key), message).mend("convert the model again with llama.cpp's converter")
    }

    fn too_many(&self, key: &str, message: &str, found: usize) -> IntakeError {
        IntakeError::new(fault::LIMIT_EXCEEDED, &self.at(key), message).because(format!("at most {MOST}"), found)
    }

    fn unsupported(&self, key: &str, message: &str, found: &str) -> IntakeError {
        IntakeError::new(fault::UNSUPPORTED_FORMAT, &self.at(key), message)
            .because("a tokenizer that is known here", found)
            .mend("submit the model as safetensors with its tokenizer.json")
    }

    fn truth(&self, name: &str) -> Result<Option<bool>, IntakeError> {
        self.gguf.metadata.truth(&format!("tokenizer.ggml.{name}"))
    }

    /// The id that a key names, with its token.
    fn special(&self, name: &str, otherwise: Option<u64>) -> Result<Option<(u64, &'g str)>, IntakeError> {
        let most = (self.tokens.len() as u64).saturating_sub(1);
        let id = self.gguf.metadata.whole(&format!("tokenizer.ggml.{name}_token_id"), 0..=most)?.or(otherwise);
        Ok(id.and_then(|id| Some((id, self.tokens.get(usize::try_from(id).ok()?)?))))
    }

    /// The ids of the tokens, spelled by `spell`.
    fn vocabulary(&self, spell: impl Fn(&str) -> String) -> Result<Map<String, Value>, IntakeError> {
        let mut vocabulary = Map::new();
        for (id, token) in self.tokens.iter().enumerate() {
            if vocabulary.insert(spell(token), id.into()).is_some() {
                let message = format!("the token `{}` stands twice", printable(token));
                return Err(self.wrong(TOKENS, message));
            }
        }
        Ok(vocabulary)
    }

    /// The tokens that are looked for in texts as they are.
    fn added(&self, is: impl Fn(&str, i128) -> bool) -> Vec<Value> {
        let typed = self.typed().enumerate().filter(|(_, (token, kind))| is(token, *kind));
        typed
            .map(|(id, (token, kind))| {
                let special = kind != OWN;
                json!({"id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": special})
            })
            .collect()
    }

    /// What is put around a text: its first and its last token.
    fn around(&self, first: Option<(u64, &str)>, last: Option<(u64, &str)>) -> Value {
        let token = |(_, token): (u64, &str), text: u8| json!({"SpecialToken": {"id": token, "type_id": text}});
        let text = |name: &str, text: u8| {
            let body = json!({"Sequence": {"id": name, "type_id": text}});
            [first.map(|first| token(first, text)), Some(body), last.map(|last| token(last, text))]
                .into_iter()
                .flatten()
        };
        let single: Vec<Value> = text("A", 0).collect();
        let pair: Vec<Value> = text("A", 0).chain(text("B", 1)).collect();
        let mut special = Map::new();
        for (id, token) in [first, last].into_iter().flatten() {
            special.insert(token.to_owned(), json!({"id": token, "ids": [id], "tokens": [token]}));
        }
        json!({"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": special})
    }

    /// The first and the last token, where the file or its kind asks for them.
    fn first_and_last(&self, begins: bool, ids: [Option<u64>; 2]) -> Result<Value, IntakeError> {
        let mut around = [None, None];
        let asked = [("bos", begins), ("eos", false)];
        for ((place, (name, otherwise)), id) in around.iter_mut().zip(asked).zip(ids) {
            let flag = format!("add_{name}_token");
            if self.truth(&flag)?.unwrap_or(otherwise) {
                let special = self.special(name, id)?;
                let key = format!("tokenizer.ggml.{name}_token_id");
                *place = Some(special.ok_or_else(|| self.wrong(&key, "the token to put around texts is not named"))?);
            }
        }
        Ok(self.around(around[0], around[1]))
    }

    /// The merges that the file lists: two tokens each, which make a third.
    fn listed_merges(&self, vocabulary: &Map<String, Value>) -> Result<Option<Vec<Value>>, IntakeError> {
        let Some(merges) = self.gguf.metadata.texts(MERGES)? else { return Ok(None) };
        if merges.len() > MOST {
            return Err(self.too_many(MERGES, "the file has too many merges", merges.len()));
        }
        let parts = |merge: &str| {
            let (left, right) = merge.split_once(' ').filter(|(_, right)| !right.contains(' '))?;
            let is_token = |token: &str| vocabulary.contains_key(token);
            (is_token(left) && is_token(right) && is_token(&format!("{left}{right}"))).then(|| json!([left, right]))
        };
        let whole = |(place, merge)| {
            let wrong = || self.wrong(MERGES, format!("merge {place} is not two tokens that make a third"));
            parts(merge).ok_or_else(wrong)
        };
        merges.iter().enumerate().map(whole).collect::<Result<_, _>>().map(Some)
    }
}

/// A `tokenizer.json` of these parts.
fn whole(added: Vec<Value>, steps: [Value; 4], model: Value) -> Value {
    let [normalizer, pre_tokenizer, post_processor, decoder] = steps;
    json!({"version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "decoder": decoder, "model": model})
}

/// Byte pairs.
fn byte_pairs(words: &Words) -> Result<Value, IntakeError> {
    let name = words.gguf.metadata.text(PRE)?.unwrap_or("default");
    let pre = PreTokenizer::of(name)
        .ok_or_else(|| words.unsupported(PRE, "this way of cutting texts is not read from GGUF", name))?;
    let vocabulary = words.vocabulary(str::to_owned)?;
    let merges = words.listed_merges(&vocabulary)?.ok_or_else(|| words.gguf.metadata.missing(MERGES))?;
    let model = json!({"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
        "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "ignore_merges": pre.whole_tokens,
        "vocab": vocabulary, "merges": merges});
    let added = words.added(|_, kind| matches!(kind, UNKNOWN | CONTROL | OWN));
    let decoder = json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true});
    let steps = [Value::Null, pre.steps(), words.first_and_last(pre.begins, [None; 2])?, decoder];
    Ok(whole(added, steps, model))
}

/// SentencePiece: pieces by their scores, and bytes where there is no piece.
fn sentence_pieces(words: &Words) -> Result<Value, IntakeError> {
    // Some files spell the pieces of blanks as blanks; they are no tokens to be looked for then.
    let is_blank = |token: &str| !token.is_empty() && token.bytes().all(|byte| byte == b' ');
    let spell = |token: &str| if is_blank(token) { token.replace(' ', &BLANK.to_string()) } else { token.to_owned() };
    let vocabulary = words.vocabulary(spell)?;
    let merges = match words.listed_merges(&vocabulary)? {
        Some(merges) => merges,
        None => scored_merges(words, &vocabulary)?,
    };
    let unknown = words.typed().find(|(_, kind)| *kind == UNKNOWN).map(|(token, _)| token);
    let prefix = words.truth("add_space_prefix")?.unwrap_or(true);
    let blank = BLANK.to_string();
    let mut before = vec![json!({"type": "Replace", "pattern": {"String": " "}, "content": blank})];
    let mut after = vec![
        json!({"type": "Replace", "pattern": {"String": blank}, "content": " "}),
        json!({"type": "ByteFallback"}),
        json!({"type": "Fuse"}),
    ];
    if prefix {
        before.insert(0, json!({"type": "Prepend", "prepend": blank}));
        after.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
    }
    let model = json!({"type": "BPE", "dropout": null, "unk_token": unknown, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": true, "ignore_merges": false,
        "vocab": vocabulary, "merges": merges});
    let added = words.added(|token, kind| matches!(kind, UNKNOWN | CONTROL) || kind == OWN && !is_blank(token));
    let normalizer = json!({"type": "Sequence", "normalizers": before});
    let decoder = json!({"type": "Sequence", "decoders": after});
    let around = words.first_and_last(true, [Some(1), Some(2)])?;
    Ok(whole(added, [normalizer, Value::Null, around, decoder], model))
}

/// The merges that lead to each piece, the best score first; pieces of one score in the order that shorter parts on the
/// left come last, as in the public converter. Gemma's scores do not follow its order, and its order counts.
fn scored_merges(words: &Words, vocabulary: &Map<String, Value>) -> Result<Vec<Value>, IntakeError> {
    let scores = words.gguf.metadata.numbers(SCORES)?.ok_or_else(|| words.gguf.metadata.missing(SCORES))?;
    words.check_length(SCORES, Some(scores))?;
    let ids: HashMap<&str, usize> = vocabulary.keys().enumerate().map(|(id, token)| (token.as_str(), id)).collect();
    let by_place = words.gguf.metadata.text("general.architecture")?.is_some_and(|name| name.starts_with("gemma"));
    let mut merges = Vec::new();
    for ((place, token), score) in vocabulary.keys().enumerate().zip(scores.reals()) {
        let score = score.filter(|score| score.is_finite());
        let score = score.ok_or_else(|| words.wrong(SCORES, format!("token {place} has no score")))?;
        let score = if by_place { -(place as f64) } else { score };
        if token.len() > PIECE_BYTES {
            return Err(IntakeError::new(fault::LIMIT_EXCEEDED, &words.at(TOKENS), "a token is too long (bytes)")
                .because(format!("at most {PIECE_BYTES}"), token.len()));
        }
        let start = merges.len();
        for (cut, _) in token.char_indices().skip(1) {
            let (left, right) = token.split_at(cut);
            if let (Some(a), Some(b)) = (ids.get(left), ids.get(right)) {
                merges.push((score, left, right, *a, *b));
            }
        }
        merges[start..].sort_by_key(|(.., a, b)| (*a, *b));
        if merges.len() > MOST {
            return Err(words.too_many(TOKENS, "the tokens make too many merges", merges.len()));
        }
    }
    let rank = |(score, left, right, ..): &(f64, &str, &str, usize, usize)| {
        (*score, left.chars().count(), right.chars().count())
    };
    merges.sort_by(|a, b| {
        let ((a, left, right), (b, other_left, other_right)) = (rank(a), rank(b));
        b.total_cmp(&a).then(other_left.cmp(&left)).then(other_right.cmp(&right))
    });
    Ok(merges.into_iter().map(|(_, left, right, ..)| json!([left, right])).collect())
}

/// Words in pieces. The format marks those that begin a word, the file they stand for those that do not.
fn word_pieces(words: &Words) -> Result<Value, IntakeError> {
    let spell = |token: &str| match token.strip_prefix(BLANK) {
        Some(word) => word.to_owned(),
        None if token.starts_with('[') && token.ends_with(']') => token.to_owned(),
        None => format!("##{token}"),
    };
    let special = |name: &str| words.special(name, None);
    let first = special("cls")?.or(special("bos")?);
    let last = special("seperator")?.or(special("eos")?);
    let unknown = special("unknown")?.map_or("[UNK]", |(_, token)| token);
    let model = json!({"type": "WordPiece", "unk_token": unknown, "continuing_subword_prefix": "##",
        "max_input_chars_per_word": WORD_CHARS, "vocab": words.vocabulary(spell)?});
    let plain = |token: &str| spell(token) == token;
    let added = words.added(|token, kind| matches!(kind, UNKNOWN | CONTROL) && plain(token));
    let normalizer = json!({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
        "strip_accents": null, "lowercase": true});
    let decoder = json!({"type": "WordPiece", "prefix": "##", "cleanup": true});
    let steps = [normalizer, json!({"type": "BertPreTokenizer"}), words.around(first, last), decoder];
    Ok(whole(added, steps, model))
}
