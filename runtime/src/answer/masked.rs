//! A masked language model: the word that it thinks most likely behind each mask of a text.

use super::{computed, output_of, reads, width_of};
use crate::dataset::predict::{Answers, Replies};
use crate::exec::{Executable, Inputs};
use crate::intake::tokenizer::TextTokenizer;
use crate::value::{Array, ExecError};
use serde_json::Value;
use std::fmt;

/// Most ids of one text.
const BUDGET: usize = 65_536;
/// What a mask is called, by family.
const MASKS: [&str; 2] = ["[MASK]", "<mask>"];

/// A program that gives logits over the vocabulary for every token.
pub struct MaskedModel {
    executable: Executable,
    tokenizer: TextTokenizer,
    output: String,
    width: usize,
    mask: u32,
    digest: String,
}

impl fmt::Debug for MaskedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MaskedModel({})", self.digest)
    }
}

impl MaskedModel {
    /// Puts a program and a tokenizer with a mask together.
    ///
    /// # Errors
    /// Where the tokenizer has no mask or the program no logits.
    pub fn new(executable: Executable, tokenizer: TextTokenizer, digest: String) -> Result<MaskedModel, ExecError> {
        let mask = MASKS.iter().find_map(|mask| tokenizer.id_of(mask));
        let mask = mask.ok_or_else(|| ExecError::new("the tokenizer has no token `[MASK]` or `<mask>`"))?;
        let output = output_of(executable.graph(), "logits")?;
        let width = width_of(executable.graph(), &output)?;
        Ok(MaskedModel { executable, tokenizer, output, width, mask, digest })
    }

    fn one(&self, text: &str) -> Result<String, String> {
        let encoding = self.tokenizer.encode(text, BUDGET).map_err(|error| error.to_string())?;
        let shape = vec![1, encoding.ids.len()];
        let row = |values: &[u32]| Array { shape: shape.clone(), data: values.iter().map(|v| f64::from(*v)).collect() };
        let mut inputs = Inputs::from([("input_ids".to_owned(), row(&encoding.ids))]);
        for (name, values) in [("attention_mask", &encoding.mask), ("token_type_ids", &encoding.type_ids)] {
            if reads(self.executable.graph(), name) {
                inputs.insert(name.to_owned(), row(values));
            }
        }
        let logits = computed(&self.executable, &inputs, &self.output).map_err(|error| error.message)?;
        let masked = encoding.ids.iter().zip(logits.data.chunks(self.width.max(1)));
        let masked = masked.filter(|(id, _)| **id == self.mask);
        let word = |(_, logits): (&u32, &[f64])| {
            let best = crate::dataset::predictions::argmax(logits).and_then(|best| u32::try_from(best).ok());
            let best = best.ok_or("the model's output is not a finite number")?;
            let word = self.tokenizer.token_of(best).ok_or("the model answers with an id that has no word")?;
            Ok(Value::from(word))
        };
        let words = masked.map(word).collect::<Result<Vec<Value>, String>>()?;
        if words.is_empty() {
            return Err("the text has no mask, or the model does not read so far".to_owned());
        }
        Ok(Value::from(words).to_string())
    }
}

impl Answers for MaskedModel {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        None
    }

    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        let texts = rows.iter().filter_map(|row| row.first());
        Ok(Replies::Cells(texts.map(|text| self.one(text)).collect::<Result<_, _>>()?))
    }
}
