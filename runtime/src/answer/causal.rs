//! A causal language model: how likely it thinks the tokens of a text, or each of several continuations.

use super::numbers;
use crate::dataset::predict::{Answers, Replies};
use crate::decode::Decoder;
use crate::exec::Inputs;
use crate::intake::tokenizer::TextTokenizer;
use serde_json::Value;
use std::fmt;

/// Most ids of one text.
const BUDGET: usize = 65_536;
/// Most continuations of one text.
const MOST_CHOICES: usize = 256;

/// What is asked of the model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// The log-likelihood of each token of a text but the first.
    Tokens,
    /// The log-likelihood of each choice after a text.
    Choices,
}

/// A program that reads on, and its tokenizer.
pub struct CausalModel {
    decoder: Decoder,
    tokenizer: TextTokenizer,
    asked: Asked,
    digest: String,
}

impl fmt::Debug for CausalModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CausalModel({})", self.digest)
    }
}

impl CausalModel {
    /// Puts a program and a tokenizer together.
    pub fn new(decoder: Decoder, tokenizer: TextTokenizer, asked: Asked, digest: String) -> CausalModel {
        CausalModel { decoder, tokenizer, asked, digest }
    }

    fn ids(&self, text: &str) -> Result<Vec<u32>, String> {
        Ok(self.tokenizer.encode(text, BUDGET).map_err(|error| error.to_string())?.ids)
    }

    fn tokens(&self, text: &str) -> Result<String, String> {
        let ids = self.ids(text)?;
        let Some((first, rest)) = ids.split_first().filter(|(_, rest)| !rest.is_empty()) else {
            return Err("the text has fewer than two tokens, so that none follows another".to_owned());
        };
        let mut reading = self.decoder.open(&Inputs::new()).map_err(|error| error.message)?;
        let told = reading.log_likelihoods(*first, rest).map_err(|error| error.message)?;
        Ok(numbers(&told))
    }

    /// As lm-evaluation-harness parts them: the tokens of the whole text behind those of its beginning.
    fn choices(&self, context: &str, choices: &str) -> Result<String, String> {
        let wrong = "the choices are no JSON object with `choices` and `truth`";
        let parsed: Value = serde_json::from_str(choices).map_err(|_| wrong)?;
        let list = parsed.get("choices").and_then(Value::as_array).filter(|list| list.len() <= MOST_CHOICES);
        let before = self.ids(context)?;
        let mut told = Vec::new();
        for choice in list.ok_or(wrong)? {
            let whole = self.ids(&format!("{context}{}", choice.as_str().ok_or(wrong)?))?;
            let from = before.len().min(whole.len().saturating_sub(1)).max(1);
            if whole.len() <= from {
                return Err("a choice adds no token to the text".to_owned());
            }
            let mut reading = self.decoder.open(&Inputs::new()).map_err(|error| error.message)?;
            reading.skip(&whole[..from - 1]).map_err(|error| error.message)?;
            let each = reading.log_likelihoods(whole[from - 1], &whole[from..]).map_err(|error| error.message)?;
            told.push(each.iter().sum());
        }
        Ok(numbers(&told))
    }
}

impl Answers for CausalModel {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        None
    }

    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        let one = |row: &Vec<&str>| match (self.asked, row.as_slice()) {
            (Asked::Tokens, [text, ..]) => self.tokens(text),
            (Asked::Choices, [context, choices]) => self.choices(context, choices),
            _ => Err("the row has not what the model reads".to_owned()),
        };
        Ok(Replies::Cells(rows.iter().map(one).collect::<Result<_, _>>()?))
    }
}
