//! `tokenizer.json`: from text to ids, as the submission itself defines it.
//!
//! The file is read strictly and bounded (`vocabulary`) before the tokenizers library sees it, and what the library
//! made of it is compared with what the file says. The library may still panic on bad bytes inside a step; that is a
//! refusal here. Its backtracking regular expressions stop after a fixed number of steps; the text is then split no
//! further, which shows as ids that differ from the claimed ones. Knows no model.

use super::door::Submission;
use super::error::{IntakeError, fault, printable};
use super::json;
use super::vocabulary::{LENGTH, Vocabulary, inspect, malformed};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokenizers::{PostProcessor, Tokenizer, TruncationParams};

const FILE: &str = "tokenizer.json";
const FILE_BYTES: u64 = 64 << 20;
/// Longest text in bytes.
const TEXT_BYTES: usize = 4 << 20;

/// A checked tokenizer.
#[derive(Debug)]
pub struct TextTokenizer {
    inner: Tokenizer,
    vocab_size: usize,
    max_id: u32,
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
    /// Reads `tokenizer.json`; none where there is no such file.
    ///
    /// # Errors
    /// `malformed_json`, `duplicate_key`, `malformed_tokenizer`, `limit_exceeded`.
    pub fn open(submission: &Submission) -> Result<Option<Self>, IntakeError> {
        match submission.file(FILE) {
            Some(file) => Self::from_bytes(&file.read_all(FILE_BYTES)?).map(Some),
            None => Ok(None),
        }
    }

    /// Reads the text of a `tokenizer.json`.
    ///
    /// # Errors
    /// As [`TextTokenizer::open`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IntakeError> {
        let Vocabulary { max_id, added } = inspect(&json::parse(bytes, FILE, FILE_BYTES as usize)?, FILE)?;
        let mut inner = guarded("read", || Tokenizer::from_bytes(bytes))?;
        for (token, id) in added {
            let given = inner.token_to_id(&token);
            if given != Some(id) {
                let given = given.map_or("no id".to_owned(), |given| given.to_string());
                return Err(malformed(FILE, format!("the added token `{}` does not get its id", printable(&token)))
                    .because(id, given)
                    .mend("number the added tokens from the end of the vocabulary without gaps"));
            }
        }
        if let Some(own) = inner.get_truncation().cloned() {
            truncate(&mut inner, own)?;
        }
        let vocab_size = inner.get_vocab_size(true);
        Ok(Self { inner, vocab_size, max_id })
    }

    /// Number of tokens, added ones included.
    #[must_use]
    pub fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// The largest id that the file gives out.
    #[must_use]
    pub fn max_id(&self) -> u32 {
        self.max_id
    }

    /// Whether the file itself cuts long texts.
    #[must_use]
    pub fn truncates(&self) -> bool {
        self.inner.get_truncation().is_some()
    }

    /// Cuts texts to `max_length` ids, special tokens included, on the right; a file that truncates keeps its own way.
    ///
    /// # Errors
    /// `malformed_tokenizer` where `max_length` has no room for the special tokens and one more.
    pub fn limit_length(&mut self, max_length: usize) -> Result<(), IntakeError> {
        if self.truncates() {
            return Ok(());
        }
        truncate(&mut self.inner, TruncationParams { max_length, ..TruncationParams::default() })
    }

    /// Encodes one text with its special tokens, truncated and padded as the file says.
    ///
    /// # Errors
    /// `limit_exceeded` where the text is too long or the result has more than `budget` ids; `malformed_tokenizer`
    /// where the tokenizer fails on the text or gives an id that its vocabulary does not have.
    pub fn encode(&self, text: &str, budget: usize) -> Result<Encoding, IntakeError> {
        if text.len() > TEXT_BYTES {
            return Err(too_long("the text is too long to encode (bytes)", TEXT_BYTES, text.len()));
        }
        let encoded = guarded("applied to a text", || self.inner.encode_fast(text, true))?;
        let ids = encoded.get_ids();
        if ids.len() > budget {
            return Err(too_long("the encoded text is too long (ids)", budget, ids.len()));
        }
        if let Some(id) = ids.iter().find(|id| **id > self.max_id) {
            return Err(malformed(FILE, "the tokenizer gives an id that its vocabulary does not have")
                .because(format!("at most {}", self.max_id), id));
        }
        Ok(Encoding {
            ids: ids.to_vec(),
            mask: encoded.get_attention_mask().to_vec(),
            type_ids: encoded.get_type_ids().to_vec(),
        })
    }
}

/// Sets a truncation that leaves room for the special tokens: the library subtracts without asking. Overlapping
/// windows are dropped: only the first is used, and it does not depend on the stride.
fn truncate(inner: &mut Tokenizer, params: TruncationParams) -> Result<(), IntakeError> {
    let special = inner.get_post_processor().map_or(0, |step| step.added_tokens(false));
    if params.max_length <= special || params.max_length as u64 > LENGTH {
        return Err(malformed(FILE, "texts cannot be cut to this length")
            .because(format!("{} to {LENGTH} ids", special + 1), params.max_length));
    }
    guarded("set up", || inner.with_truncation(Some(TruncationParams { stride: 0, ..params })).map(drop))
}

/// Runs the library; an error or a panic of it is a refusal.
fn guarded<T>(doing: &str, run: impl FnOnce() -> tokenizers::Result<T>) -> Result<T, IntakeError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            Err(malformed(FILE, format!("the tokenizer cannot be {doing}: {}", printable(&error.to_string()))))
        }
        Err(_) => Err(malformed(FILE, format!("the tokenizer cannot be {doing}: the library gave up"))),
    }
}

fn too_long(message: &str, most: usize, found: usize) -> IntakeError {
    IntakeError::new(fault::LIMIT_EXCEEDED, FILE, message)
        .because(format!("at most {most}"), found)
        .mend("shorten the text, or let tokenizer.json truncate")
}
