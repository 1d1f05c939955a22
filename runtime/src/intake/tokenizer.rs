//! From text to ids, as the submission itself defines it: by its `tokenizer.json`, or by what was before that (`forms`).
//!
//! The form is read strictly, its ids are checked (`vocabulary`), and it is built part by part from the tokenizers
//! library (`pipeline`, `subword`), with patterns of our own (`pattern`), so that the work on each text can be counted
//! and ended (`meter`). The library may still panic on bad bytes inside a step; that is a refusal here. Knows no model.

use super::decoding::Decoding;
use super::door::Submission;
use super::error::{IntakeError, fault, printable};
use super::forms::{self, Converted, FILE_BYTES, Outside};
use super::meter::{Meter, guarded};
use super::pipeline::{Steps, processor};
use super::subword::Subword;
use super::vocabulary::{LENGTH, Vocabulary, inspect, list, malformed};
use super::{gguf, json};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use tokenizers::{
    AddedToken, AddedVocabulary, Model, NormalizedString, Normalizer, OffsetReferential, OffsetType, PaddingDirection,
    PaddingParams, PaddingStrategy, PostProcessor, PostProcessorWrapper, Token, TruncationDirection, TruncationParams,
    TruncationStrategy,
};

const FILE: &str = "tokenizer.json";
/// Longest text in bytes.
const TEXT_BYTES: usize = 1 << 20;

/// A checked tokenizer. Clones share everything but the length to which they cut.
#[derive(Clone, Debug)]
pub struct TextTokenizer {
    parts: Arc<Parts>,
    truncation: Option<TruncationParams>,
}

#[derive(Debug)]
struct Parts {
    /// The file.
    at: String,
    steps: Steps,
    added: AddedVocabulary,
    subword: Subword,
    processor: Option<PostProcessorWrapper>,
    padding: Option<PaddingParams>,
    decoder: Option<Decoding>,
    vocab_size: usize,
    max_id: u32,
    /// The id that stands for words without one, which are left out.
    dropped: Option<u32>,
    /// Ids that a list beside the vocabulary gives.
    outside: Option<Outside>,
}

/// One encoded text. The three lists have the same length.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Encoding {
    /// Token ids, special tokens and padding included.
    pub ids: Vec<u32>,
    /// 1 where the id counts, 0 at padding.
    pub mask: Vec<u32>,
    /// The segment of each id, as the template says.
    pub type_ids: Vec<u32>,
}

impl TextTokenizer {
    /// Reads the tokenizer of a submission: `tokenizer.json`, or else `vocab.txt`, `vocab.json` with `merges.txt`, a
    /// SentencePiece model, a list of words, or the vocabulary of a GGUF file; none where there is none of them.
    ///
    /// # Errors
    /// Those of the GGUF reader; `malformed_json`, `duplicate_key`, `malformed_tokenizer`, `unsupported_format`,
    /// `missing_file`, `ambiguous_files`, `limit_exceeded`.
    pub fn open(submission: &Submission) -> Result<Option<Self>, IntakeError> {
        match submission.file(FILE) {
            Some(file) => Self::from_bytes(&file.read_all(FILE_BYTES)?).map(Some),
            None => match (forms::open(submission)?, gguf::find(submission)?) {
                (Some(older), _) => Self::built(older).map(Some),
                (None, Some(gguf)) => {
                    gguf::tokenizer(&gguf)?.map(|root| Self::from_value(root, &gguf.path)).transpose()
                }
                (None, None) => Ok(None),
            },
        }
    }

    /// Whether a submission has the files of a tokenizer, whatever is in them.
    #[must_use]
    pub fn is_there(submission: &Submission) -> bool {
        submission.file(FILE).is_some() || forms::present(submission) || gguf::may_have_tokenizer(submission)
    }

    /// What the older forms beside the submission's `tokenizer.json` say otherwise than it, each as its own error.
    ///
    /// # Errors
    /// Those of the door.
    pub fn contradictions(&self, submission: &Submission) -> Result<Vec<IntakeError>, IntakeError> {
        match submission.file(FILE) {
            Some(_) => forms::contradictions(submission, &|token| self.id_of(token)),
            None => Ok(Vec::new()),
        }
    }

    /// Reads the text of a `tokenizer.json`, that of the tokenizers library or that of Keras.
    ///
    /// # Errors
    /// As [`TextTokenizer::open`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IntakeError> {
        let root = json::parse(bytes, FILE, FILE_BYTES as usize)?;
        match forms::is_keras(&root) {
            true => Self::built(forms::keras(FILE, &root)?),
            false => Self::from_value(root, FILE),
        }
    }

    /// Builds what is in the form of `tokenizer.json`; `at` is the file it comes from.
    ///
    /// # Errors
    /// As [`TextTokenizer::open`].
    pub fn from_value(root: Value, at: &str) -> Result<Self, IntakeError> {
        Self::built(Converted { at: at.to_owned(), root, dropped: None, outside: None })
    }

    fn built(converted: Converted) -> Result<Self, IntakeError> {
        let Converted { at, mut root, dropped, outside } = converted;
        if root.get("version").is_some_and(|version| version.as_str() != Some("1.0")) {
            return Err(malformed(&at, "the tokenizer is of an unknown version").because("1.0", &root["version"]));
        }
        let vocabulary = inspect(&root, &at)?;
        let steps = Steps::new(&root, &at)?;
        let processor = processor(&root, &at)?;
        let padding = setting(&root, "padding", &at)?;
        let decoder = Decoding::new(&root, &at)?;
        let own: Option<TruncationParams> = setting(&root, "truncation", &at)?;
        let model = root.get_mut("model").map_or(Value::Null, Value::take);
        let subword = Subword::new(model, &format!("{at}: model"))?;
        let added = added(&root, &vocabulary, &steps, &subword, &at)?;
        let model = subword.model();
        let beyond = added.get_vocab().keys().filter(|token| model.token_to_id(token).is_none()).count();
        let (mut vocab_size, mut max_id) = (model.get_vocab_size() + beyond, vocabulary.max_id);
        if let Some(outside) = &outside {
            vocab_size = outside.ids.len();
            max_id = outside.tokens.keys().copied().max().unwrap_or(0);
        }
        let parts =
            Parts { at, steps, added, subword, processor, padding, decoder, vocab_size, max_id, dropped, outside };
        let mut tokenizer = Self { parts: Arc::new(parts), truncation: None };
        if let Some(own) = own {
            tokenizer.truncate(own)?;
        }
        Ok(tokenizer)
    }

    /// Number of tokens, added ones included.
    #[must_use]
    pub fn vocab_size(&self) -> usize {
        self.parts.vocab_size
    }

    /// The file that it is read from.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.parts.at
    }

    /// The largest id that the file gives out.
    #[must_use]
    pub fn max_id(&self) -> u32 {
        self.parts.max_id
    }

    /// Most ids of a text, special tokens included: what the file says, or else [`TextTokenizer::limit_length`].
    #[must_use]
    pub fn truncation(&self) -> Option<usize> {
        self.truncation.as_ref().map(|cut| cut.max_length)
    }

    /// The length to which the file pads every text.
    #[must_use]
    pub fn padding(&self) -> Option<usize> {
        match self.parts.padding.as_ref()?.strategy {
            PaddingStrategy::Fixed(length) => Some(length),
            PaddingStrategy::BatchLongest => None,
        }
    }

    /// Whether long texts are cut.
    #[must_use]
    pub fn truncates(&self) -> bool {
        self.truncation.is_some()
    }

    /// Cuts texts to `max_length` ids, special tokens included, on the right; a file that truncates keeps its own way.
    ///
    /// # Errors
    /// `malformed_tokenizer` where `max_length` has no room for the special tokens and one more.
    pub fn limit_length(&mut self, max_length: usize) -> Result<(), IntakeError> {
        if self.truncates() {
            return Ok(());
        }
        self.truncate(TruncationParams { max_length, ..TruncationParams::default() })
    }

    /// Encodes one text with its special tokens, truncated and padded as the file says.
    ///
    /// # Errors
    /// `limit_exceeded` where the text is too long, takes too much work, or has more than `budget` ids;
    /// `malformed_tokenizer` where the tokenizer fails on the text or gives an id that its vocabulary does not have.
    pub fn encode(&self, text: &str, budget: usize) -> Result<Encoding, IntakeError> {
        if text.len() > TEXT_BYTES {
            return Err(self.too_long("the text is too long to encode (bytes)", TEXT_BYTES, text.len()));
        }
        let meter = Meter::new(text.len());
        let encoding = guarded("applied to a text", &self.parts.at, || {
            let mut ids = self.ids(text, &meter)?;
            self.cut(&mut ids)?;
            self.finished(ids)
        })?;
        let encoding = self.numbered(encoding);
        if encoding.ids.len() > budget {
            return Err(self.too_long("the encoded text is too long (ids)", budget, encoding.ids.len()));
        }
        if let Some(id) = encoding.ids.iter().find(|id| **id > self.parts.max_id) {
            return Err(malformed(&self.parts.at, "the tokenizer gives an id that its vocabulary does not have")
                .because(format!("at most {}", self.parts.max_id), id));
        }
        Ok(encoding)
    }

    /// Encodes words that stand apart, with special tokens around all of them, cut where the file says so; also where the
    /// first id of each word stands, of as many words as are kept.
    ///
    /// # Errors
    /// As [`TextTokenizer::encode`]; `malformed_tokenizer` where a word has no id at all.
    pub fn encode_words(&self, words: &[&str]) -> Result<(Encoding, Vec<usize>), IntakeError> {
        let bytes: usize = words.iter().map(|word| word.len()).sum();
        if bytes > TEXT_BYTES {
            return Err(self.too_long("the text is too long to encode (bytes)", TEXT_BYTES, bytes));
        }
        let meter = Meter::new(bytes);
        guarded("applied to words", &self.parts.at, || {
            let (mut ids, mut starts) = (Vec::new(), Vec::new());
            for word in words {
                let own = self.ids(word, &meter)?;
                if own.is_empty() {
                    return Err("a word has no id".into());
                }
                starts.push(ids.len());
                ids.extend(own);
            }
            self.cut(&mut ids)?;
            starts.retain(|start| *start < ids.len());
            let encoding = self.finished(ids.clone())?;
            // Special tokens stand before the words.
            let shift = encoding.ids.windows(ids.len().max(1)).position(|window| window == ids.as_slice());
            let shift = shift.ok_or("the ids of the words do not stand together")?;
            starts.iter_mut().for_each(|start| *start += shift);
            Ok((self.numbered(encoding), starts))
        })
    }

    /// The text of ids, special tokens left out.
    ///
    /// # Errors
    /// `malformed_tokenizer` where an id has no token, or the decoder of the file fails.
    pub fn decode(&self, ids: &[u32]) -> Result<String, IntakeError> {
        guarded("applied to ids", &self.parts.at, || {
            let mut tokens = Vec::with_capacity(ids.len());
            for id in ids {
                let token = self.token_of(*id).ok_or("an id has no token")?;
                if !self.parts.added.is_special_token(&token) {
                    tokens.push(token);
                }
            }
            match &self.parts.decoder {
                Some(decoder) => decoder.text(tokens),
                None => Ok(tokens.join(" ")),
            }
        })
    }

    /// The id of a token, if it has one.
    #[must_use]
    pub fn id_of(&self, token: &str) -> Option<u32> {
        if let Some(outside) = &self.parts.outside {
            return outside.ids.get(token).copied();
        }
        self.parts.added.token_to_id(token, self.parts.subword.model())
    }

    /// The token of an id, if it has one.
    #[must_use]
    pub fn token_of(&self, id: u32) -> Option<String> {
        if let Some(outside) = &self.parts.outside {
            return outside.tokens.get(&id).cloned();
        }
        self.parts.added.simple_id_to_token(id).or_else(|| self.parts.subword.model().id_to_token(id))
    }

    /// The ids of the text itself, or more of them than are kept.
    fn ids(&self, text: &str, meter: &Meter) -> tokenizers::Result<Vec<u32>> {
        let enough = match &self.truncation {
            Some(cut) if matches!(cut.direction, TruncationDirection::Right) => cut.max_length,
            _ => usize::MAX,
        };
        let words = self.parts.steps.words(&self.parts.added, text, meter)?;
        let mut ids = Vec::new();
        for (word, _, tokens) in words.get_splits(OffsetReferential::Normalized, OffsetType::Byte) {
            match tokens {
                Some(tokens) => ids.extend(tokens.iter().map(|token| token.id)),
                None => self.parts.subword.cut(word, meter, &mut ids)?,
            }
            ids.retain(|id| Some(*id) != self.parts.dropped);
            if ids.len() > enough {
                break;
            }
        }
        Ok(ids)
    }

    /// The ids as the list beside the vocabulary has them, where there is one.
    fn numbered(&self, mut encoding: Encoding) -> Encoding {
        if let Some(outside) = &self.parts.outside {
            encoding.ids.iter_mut().for_each(|id| *id = outside.numbers.get(*id as usize).copied().unwrap_or(u32::MAX));
        }
        encoding
    }

    /// Special tokens that are put around a text.
    fn special(&self) -> usize {
        self.parts.processor.as_ref().map_or(0, |step| step.added_tokens(false))
    }

    /// Leaves as many ids as there is room for. Overlapping windows are not made: only the first would be used.
    fn cut(&self, ids: &mut Vec<u32>) -> tokenizers::Result<()> {
        let Some(cut) = &self.truncation else { return Ok(()) };
        let room = cut.max_length.saturating_sub(self.special());
        let Some(excess) = ids.len().checked_sub(room).filter(|excess| *excess > 0) else { return Ok(()) };
        match (cut.strategy, cut.direction) {
            (TruncationStrategy::OnlySecond, _) => Err("it cuts only the second of two texts".into()),
            (_, TruncationDirection::Right) => {
                ids.truncate(room);
                Ok(())
            }
            (_, TruncationDirection::Left) => {
                ids.drain(..excess);
                Ok(())
            }
        }
    }

    /// The ids with the special tokens around them, padded.
    fn finished(&self, ids: Vec<u32>) -> tokenizers::Result<Encoding> {
        let tokens = ids.into_iter().map(|id| Token::new(id, String::new(), (0, 0))).collect();
        let mut whole = tokenizers::Encoding::from_tokens(tokens, 0);
        if let Some(step) = &self.parts.processor {
            whole = step.process(whole, None, true)?;
        }
        let mut encoding = Encoding {
            ids: whole.get_ids().to_vec(),
            mask: whole.get_attention_mask().to_vec(),
            type_ids: whole.get_type_ids().to_vec(),
        };
        if let Some(padding) = &self.parts.padding {
            pad(&mut encoding, padding);
        }
        Ok(encoding)
    }

    fn too_long(&self, message: &str, most: usize, found: usize) -> IntakeError {
        IntakeError::new(fault::LIMIT_EXCEEDED, &self.parts.at, message)
            .because(format!("at most {most}"), found)
            .mend("shorten the text, or let tokenizer.json truncate")
    }

    /// Sets a truncation that leaves room for the special tokens.
    fn truncate(&mut self, params: TruncationParams) -> Result<(), IntakeError> {
        let special = self.special();
        if params.max_length <= special || params.max_length as u64 > LENGTH {
            return Err(malformed(&self.parts.at, "texts cannot be cut to this length")
                .because(format!("{} to {LENGTH} ids", special + 1), params.max_length));
        }
        self.truncation = Some(params);
        Ok(())
    }
}

fn pad(encoding: &mut Encoding, padding: &PaddingParams) {
    let mut length = match padding.strategy {
        PaddingStrategy::Fixed(length) => length,
        PaddingStrategy::BatchLongest => encoding.ids.len(),
    };
    if let Some(multiple) = padding.pad_to_multiple_of.filter(|multiple| *multiple > 0) {
        length = length.next_multiple_of(multiple);
    }
    let missing = length.saturating_sub(encoding.ids.len());
    let fills = [padding.pad_id, 0, padding.pad_type_id];
    for (column, fill) in [&mut encoding.ids, &mut encoding.mask, &mut encoding.type_ids].into_iter().zip(fills) {
        column.resize(column.len() + missing, fill);
        if matches!(padding.direction, PaddingDirection::Left) {
            column.rotate_right(missing);
        }
    }
}

/// A part of the file that the library reads by itself.
fn setting<T: DeserializeOwned>(root: &Value, name: &str, at: &str) -> Result<Option<T>, IntakeError> {
    let value = root.get(name).cloned().unwrap_or_default();
    guarded("read", &format!("{at}: {name}"), || Ok(serde_json::from_value(value)?))
}

/// The added tokens, each with the id that the file gives it.
fn added(
    root: &Value,
    vocabulary: &Vocabulary,
    steps: &Steps,
    subword: &Subword,
    at: &str,
) -> Result<AddedVocabulary, IntakeError> {
    let entries = list(root, "added_tokens", at)?;
    let at = format!("{at}: added_tokens");
    let meter = Meter::new(vocabulary.added.iter().map(|(token, _)| token.len()).sum());
    let added = guarded("read", &at, || {
        let normaliser = steps.normaliser(&meter);
        let mut tokens = Vec::with_capacity(entries.len());
        for entry in entries {
            let token = AddedToken::deserialize(entry)?;
            let mut matched = NormalizedString::from(token.content.as_str());
            if token.normalized {
                normaliser.normalize(&mut matched)?;
            }
            // Around each of many blanks all others would be looked through.
            let blank = matched.get().trim().is_empty();
            if blank && (token.lstrip || token.rstrip) {
                return Err("an added token of blanks takes in the blanks around it".into());
            }
            tokens.push(token);
        }
        let mut added = AddedVocabulary::new();
        added.add_tokens(tokens, subword.model(), Some(&normaliser))?;
        Ok(added)
    })?;
    for (token, id) in &vocabulary.added {
        let given = added.token_to_id(token, subword.model());
        if given != Some(*id) {
            let given = given.map_or("no id".to_owned(), |given| given.to_string());
            return Err(malformed(&at, format!("the added token `{}` does not get its id", printable(token)))
                .because(id, given)
                .mend("number the added tokens from the end of the vocabulary without gaps"));
        }
    }
    Ok(added)
}
