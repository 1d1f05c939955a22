//! What stands beside a vocabulary: `tokenizer_config.json`, `special_tokens_map.json`, `added_tokens.json`, and the
//! kind of model in `config.json`.
//!
//! Two of these files may say the same thing; where they say different things, neither is believed.

use super::FILE_BYTES;
use crate::intake::door::Submission;
use crate::intake::error::{IntakeError, fault, printable};
use crate::intake::json;
use crate::intake::vocabulary::malformed;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};

/// The file of settings.
pub(super) const CONFIG: &str = "tokenizer_config.json";
const SPECIAL: &str = "special_tokens_map.json";
const ADDED: &str = "added_tokens.json";
/// Roles that a token may have, in the order in which new ones are numbered.
const ROLES: [&str; 7] = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/// Kinds of model and the tokenizer that is theirs.
const CLASSES: [(&str, &str); 26] = [
    ("albert", "Albert"),
    ("bart", "Bart"),
    ("bert", "Bert"),
    ("camembert", "Camembert"),
    ("clip", "CLIP"),
    ("clip_text_model", "CLIP"),
    ("distilbert", "DistilBert"),
    ("electra", "Electra"),
    ("gemma", "Gemma"),
    ("gpt2", "GPT2"),
    ("gpt_neo", "GPT2"),
    ("llama", "Llama"),
    ("longformer", "Longformer"),
    ("marian", "Marian"),
    ("mistral", "Llama"),
    ("mobilebert", "MobileBert"),
    ("mt5", "T5"),
    ("opt", "GPT2"),
    ("pegasus", "Pegasus"),
    ("qwen2", "Qwen2"),
    ("roberta", "Roberta"),
    ("t5", "T5"),
    ("umt5", "T5"),
    ("xlm-roberta", "XLMRoberta"),
    ("xlnet", "XLNet"),
    ("whisper", "Whisper"),
];

/// The settings of a tokenizer.
#[derive(Debug, Default)]
pub(super) struct Settings {
    config: Map<String, Value>,
    special: Map<String, Value>,
    /// Added tokens by id.
    added: BTreeMap<u32, Value>,
    model_type: Option<String>,
}

impl Settings {
    /// Reads what is there.
    pub(super) fn read(submission: &Submission) -> Result<Self, IntakeError> {
        let config = object(submission, CONFIG)?;
        if config.contains_key("auto_map") {
            return Err(IntakeError::new(fault::CUSTOM_CODE, CONFIG, "`auto_map` asks the loader to run code")
                .because("a tokenizer that needs no code of its own", "auto_map")
                .mend("remove `auto_map` and name a tokenizer of the library"));
        }
        let special = object(submission, SPECIAL)?;
        let model_type = match submission.file("config.json") {
            Some(_) => {
                object(submission, "config.json")?.remove("model_type").and_then(|kind| Some(kind.as_str()?.to_owned()))
            }
            None => None,
        };
        let mut settings = Self { config, special, added: BTreeMap::new(), model_type };
        settings.take_added(object(submission, ADDED)?)?;
        Ok(settings)
    }

    /// `added_tokens_decoder` of the settings, and the list of tokens with their ids.
    fn take_added(&mut self, listed: Map<String, Value>) -> Result<(), IntakeError> {
        if let Some(decoder) = self.config.get("added_tokens_decoder") {
            let at = "tokenizer_config.json: added_tokens_decoder";
            let decoder = decoder.as_object().ok_or_else(|| malformed(at, "it is not an object"))?;
            for (id, token) in decoder {
                let id = id.parse::<u32>().map_err(|_| malformed(at, format!("`{}` is not an id", printable(id))))?;
                content(token).ok_or_else(|| malformed(at, "an added token has no content"))?;
                if self.added.insert(id, token.clone()).is_some() {
                    return Err(malformed(at, format!("two added tokens have the id {id}")));
                }
            }
        }
        let roles: HashSet<String> =
            self.specials()?.iter().filter_map(|token| Some(content(token)?.to_owned())).collect();
        for (token, id) in listed {
            let id = id.as_u64().and_then(|id| u32::try_from(id).ok());
            let id = id.ok_or_else(|| malformed(ADDED, format!("`{}` has no usable id", printable(&token))))?;
            match self.added.get(&id) {
                Some(other) if content(other) != Some(&token) => {
                    return Err(differ(ADDED, CONFIG, &format!("the token with the id {id}")));
                }
                Some(_) => {}
                None => {
                    let special = roles.contains(&token);
                    self.added.insert(id, json!({"content": token, "special": special, "normalized": !special}));
                }
            }
        }
        Ok(())
    }

    /// The class of the tokenizer, without `Tokenizer` and `Fast`: as the settings say, or as the kind of model has it.
    pub(super) fn class(&self) -> Option<&str> {
        if let Some(class) = self.config.get("tokenizer_class").and_then(Value::as_str) {
            let class = class.trim_end_matches("Fast").trim_end_matches("Tokenizer");
            if !matches!(class, "PreTrained" | "Tokenizers" | "TokenizersBackend" | "Auto") {
                return Some(class);
            }
        }
        let kind = self.model_type.as_deref()?;
        CLASSES.iter().find(|(name, _)| *name == kind).map(|(_, class)| *class)
    }

    /// A value of the settings that is not null.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.config.get(name).filter(|value| !value.is_null())
    }

    /// A setting that is true or false; `default` where it is left out or null.
    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, IntakeError> {
        match self.value(name) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(*value),
            Some(other) => {
                Err(malformed(CONFIG, format!("`{name}` is neither true nor false")).because("true or false", other))
            }
        }
    }

    /// A setting that is a number of at most `most`.
    pub(super) fn number(&self, name: &str, default: u64, most: u64) -> Result<u64, IntakeError> {
        match self.value(name) {
            None => Ok(default),
            Some(value) => value.as_u64().filter(|number| *number <= most).ok_or_else(|| {
                malformed(CONFIG, format!("`{name}` is not a usable number")).because(format!("0 to {most}"), value)
            }),
        }
    }

    /// The token of a role: as the two files say, or else `default`; none where they say null.
    pub(super) fn role(&self, role: &str, default: Option<&str>) -> Result<Option<Value>, IntakeError> {
        match (self.special.get(role), self.config.get(role)) {
            (None, None) => Ok(default.map(|token| json!({"content": token}))),
            (Some(one), None) | (None, Some(one)) => token(role, one),
            (Some(one), Some(other)) => {
                let (one, other) = (token(role, one)?, token(role, other)?);
                if one.as_ref().and_then(content) != other.as_ref().and_then(content) {
                    return Err(differ(SPECIAL, CONFIG, &format!("`{role}`")));
                }
                // The one with more to say about the token.
                Ok(if one.as_ref().is_some_and(|one| one.get("lstrip").is_some()) { one } else { other })
            }
        }
    }

    /// The text of the token of a role that there must be.
    pub(super) fn named(&self, role: &str, default: &str) -> Result<String, IntakeError> {
        let token = self.role(role, Some(default))?;
        let token = token.as_ref().and_then(content).filter(|token| !token.is_empty());
        token.map(str::to_owned).ok_or_else(|| malformed(CONFIG, format!("there is no `{role}`")))
    }

    /// All tokens of roles and the further special ones, as the files have them.
    fn specials(&self) -> Result<Vec<Value>, IntakeError> {
        let mut all = Vec::new();
        for role in ROLES {
            all.extend(self.role(role, None)?);
        }
        for list in [
            self.special.get("additional_special_tokens"),
            self.config.get("additional_special_tokens"),
            self.config.get("extra_special_tokens"),
        ] {
            for one in list.and_then(Value::as_array).into_iter().flatten() {
                all.extend(token("additional_special_tokens", one)?);
            }
        }
        Ok(all)
    }

    /// The added tokens in the form of `tokenizer.json`. `known` are further special tokens, which are added where the
    /// files leave them out; `id_of` is the vocabulary, of which `size` ids are taken.
    pub(super) fn added_tokens(
        &self,
        known: &[Value],
        id_of: &dyn Fn(&str) -> Option<u32>,
        size: u32,
    ) -> Result<Vec<Value>, IntakeError> {
        let mut tokens: BTreeMap<u32, Value> = BTreeMap::new();
        let mut seen: HashSet<String> = HashSet::new();
        for (id, token) in &self.added {
            let token = written(*id, token);
            seen.extend(content(&token).map(str::to_owned));
            tokens.insert(*id, token);
        }
        let mut next = tokens.keys().next_back().map_or(size, |last| size.max(last.saturating_add(1)));
        for token in known.iter().chain(&self.specials()?) {
            let Some(name) = content(token).filter(|name| !seen.contains(*name)) else { continue };
            seen.insert(name.to_owned());
            let id = id_of(name).unwrap_or(next);
            if id == next {
                next = next.saturating_add(1);
            }
            let mut special = token.clone();
            if let Some(fields) = special.as_object_mut() {
                fields.entry("special").or_insert(Value::Bool(true));
            }
            if let Some(other) = tokens.insert(id, written(id, &special)) {
                return Err(malformed(CONFIG, format!("two added tokens have the id {id}"))
                    .because(content(&other).unwrap_or_default(), name));
            }
        }
        Ok(tokens.into_values().collect())
    }
}

/// A token as `tokenizer.json` writes it.
fn written(id: u32, token: &Value) -> Value {
    let flag = |name: &str, default: bool| token.get(name).and_then(Value::as_bool).unwrap_or(default);
    let special = flag("special", false);
    json!({"id": id, "content": content(token), "single_word": flag("single_word", false), "lstrip": flag("lstrip", false),
        "rstrip": flag("rstrip", false), "normalized": flag("normalized", !special), "special": special})
}

/// The text of a token, written plainly or with its ways.
pub(super) fn content(token: &Value) -> Option<&str> {
    token.as_str().or_else(|| token.get("content")?.as_str())
}

/// A token of a role with its ways; none where there is none. What a file says of `special` does not count: it is.
fn token(role: &str, value: &Value) -> Result<Option<Value>, IntakeError> {
    if value.is_null() {
        return Ok(None);
    }
    let text = content(value).ok_or_else(|| malformed(CONFIG, format!("`{role}` is not a token")))?;
    let mut token = value.as_object().cloned().unwrap_or_default();
    token.insert("content".into(), text.into());
    token.insert("special".into(), true.into());
    if !value.is_object() {
        token.remove("special");
    }
    Ok(Some(Value::Object(token)))
}

fn object(submission: &Submission, name: &str) -> Result<Map<String, Value>, IntakeError> {
    let Some(file) = submission.file(name) else { return Ok(Map::new()) };
    match json::parse(&file.read_all(FILE_BYTES)?, name, usize::MAX)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(malformed(name, "the file is not an object")),
    }
}

/// The error for two files that do not agree.
pub(super) fn differ(at: &str, other: &str, what: &str) -> IntakeError {
    IntakeError::new(fault::AMBIGUOUS_FILES, at, format!("`{other}` says another thing of {what}"))
        .mend("save the tokenizer again, so that its files agree, or leave one of them out")
}
