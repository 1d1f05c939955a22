//! Vocabularies of whole words: lists of one word a line, as Keras and torchtext write them, and the `tokenizer.json` of
//! Keras, which is another file of that name.
//!
//! A list that begins with an empty line and `[UNK]` is that of a TextVectorization layer with its defaults: ASCII
//! letters made small, ASCII punctuation left out. Any other list takes words as they stand between blanks.

use super::Converted;
use super::wordpiece::lines;
use crate::intake::error::{IntakeError, printable};
use crate::intake::json;
use crate::intake::vocabulary::malformed;
use serde_json::{Map, Value, json};

/// Names that lists have for words they do not know.
const UNKNOWN: [&str; 6] = ["[UNK]", "<unk>", "<UNK>", "<OOV>", "[OOV]", "<oov>"];
/// What a TextVectorization layer leaves out, and the blanks between words.
const PUNCTUATION: &str = r##"[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']"##;
const BLANKS: &str = r"[ \t\n\x0B\x0C\r]+";
/// The name of what is left out of the ids, which no text can hold as a word.
const DROPPED: &str = "\u{0}";

/// Reads a list of words; `at` is its file.
pub(super) fn list(at: &str, bytes: &[u8]) -> Result<Converted, IntakeError> {
    let vocab = lines(at, bytes)?;
    let unknown: Vec<&&str> = UNKNOWN.iter().filter(|word| vocab.contains_key(**word)).collect();
    let unknown = match unknown.as_slice() {
        [] => None,
        [one] => Some(**one),
        _ => return Err(malformed(at, "two words stand for what is not known").because("one of them", "two")),
    };
    let layer = vocab.keys().take(2).eq(["", "[UNK]"]);
    let mut normalisers = Vec::new();
    if layer {
        let replace =
            |pattern: Value, content: String| json!({"type": "Replace", "pattern": pattern, "content": content});
        let letters = ('A'..='Z').map(|letter| (letter.to_string(), letter.to_ascii_lowercase().to_string()));
        normalisers.extend(letters.map(|(large, small)| replace(json!({"String": large}), small)));
        normalisers.push(replace(json!({"Regex": PUNCTUATION}), String::new()));
    }
    let cut = json!({"type": "Split", "pattern": {"Regex": BLANKS}, "behavior": "Removed", "invert": false});
    // Without a name for them, unknown words are an error of the text.
    let unknown = unknown.unwrap_or(DROPPED);
    Ok(Converted::new(at, root(normalisers, cut, vocab, unknown)))
}

fn root(normalisers: Vec<Value>, cut: Value, vocab: Map<String, Value>, unknown: &str) -> Value {
    json!({
        "version": "1.0",
        "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": normalisers},
        "pre_tokenizer": cut,
        "post_processor": null,
        "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocab, "unk_token": unknown},
    })
}

/// Whether a `tokenizer.json` is that of Keras.
pub(in crate::intake) fn is_keras(root: &Value) -> bool {
    root.get("class_name").and_then(Value::as_str) == Some("Tokenizer")
        && root.get("config").is_some_and(Value::is_object)
}

/// Reads the `tokenizer.json` of Keras.
pub(in crate::intake) fn keras(at: &str, root_value: &Value) -> Result<Converted, IntakeError> {
    let config = root_value.get("config").and_then(Value::as_object);
    let config = config.ok_or_else(|| malformed(at, "there is no `config`"))?;
    let flag = |name: &str, default: bool| match config.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(malformed(at, format!("`{name}` is neither true nor false"))),
    };
    let text = |name: &str, default: &str| match config.get(name) {
        None => Ok(default.to_owned()),
        Some(Value::String(value)) => Ok(value.clone()),
        Some(_) => Err(malformed(at, format!("`{name}` is not a text"))),
    };
    let (vocab, unknown) = keras_vocabulary(at, config)?;
    let (char_level, lower) = (flag("char_level", false)?, flag("lower", true)?);
    let filters = text("filters", "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n")?;
    let split = text("split", " ")?;
    if split.is_empty() {
        return Err(malformed(at, "`split` is empty"));
    }
    let mut normalisers = Vec::new();
    if lower {
        normalisers.push(json!({"type": "Lowercase"}));
    }
    let cut = if char_level {
        json!({"type": "Split", "pattern": {"Regex": r"(?s:.)"}, "behavior": "Isolated", "invert": false})
    } else {
        if !filters.is_empty() {
            let class: String = filters.chars().map(|c| format!("\\x{{{:X}}}", u32::from(c))).collect();
            normalisers.push(json!({"type": "Replace", "pattern": {"Regex": format!("[{class}]")}, "content": split}));
        }
        json!({"type": "Split", "pattern": {"String": split}, "behavior": "Removed", "invert": false})
    };
    let mut vocab = vocab;
    let dropped = unknown.is_none();
    if dropped {
        vocab.insert(DROPPED.to_owned(), 0.into());
    }
    let mut converted = Converted::new(at, root(normalisers, cut, vocab, unknown.as_deref().unwrap_or(DROPPED)));
    converted.dropped = dropped.then_some(0);
    Ok(converted)
}

/// The words below `num_words`, and the one that stands for all others.
fn keras_vocabulary(
    at: &str,
    config: &Map<String, Value>,
) -> Result<(Map<String, Value>, Option<String>), IntakeError> {
    // The dictionaries are JSON within the JSON.
    let inner = |name: &str| -> Result<Map<String, Value>, IntakeError> {
        let place = format!("{at}: config.{name}");
        match config.get(name) {
            Some(Value::Object(fields)) => Ok(fields.clone()),
            Some(Value::String(text)) => match json::parse(text.as_bytes(), &place, usize::MAX)? {
                Value::Object(fields) => Ok(fields),
                _ => Err(malformed(&place, "it is not an object")),
            },
            _ => Err(malformed(&place, "it is not an object")),
        }
    };
    let words = inner("word_index")?;
    let most = match config.get("num_words") {
        None | Some(Value::Null) => u64::MAX,
        Some(value) => value.as_u64().ok_or_else(|| malformed(at, "`num_words` is not a number"))?,
    };
    if config.contains_key("index_word") {
        let back = inner("index_word")?;
        let same = |(word, id): (&String, &Value)| back.get(&id.to_string()).and_then(Value::as_str) == Some(word);
        if back.len() != words.len() || !words.iter().all(same) {
            return Err(malformed(at, "`word_index` and `index_word` contradict each other"));
        }
    }
    let unknown = match config.get("oov_token") {
        None | Some(Value::Null) => None,
        Some(Value::String(word)) => Some(word.clone()),
        Some(_) => return Err(malformed(at, "`oov_token` is not a word")),
    };
    let mut vocab = Map::new();
    for (word, id) in words {
        match id.as_u64() {
            Some(0) | None => {
                return Err(malformed(at, format!("the word `{}` has no usable id", printable(&word)))
                    .because("1 or more", &id));
            }
            Some(number) if number >= most && unknown.as_ref() != Some(&word) => {}
            Some(_) => drop(vocab.insert(word, id)),
        }
    }
    if vocab.contains_key(DROPPED) {
        return Err(malformed(at, "a word is a character of control"));
    }
    match &unknown {
        Some(word) if !vocab.contains_key(word) => Err(malformed(at, "`oov_token` is not in the vocabulary")),
        _ => Ok((vocab, unknown)),
    }
}
