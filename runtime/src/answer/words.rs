//! A table of word vectors: the word that is to `c` what `b` is to `a`.

use super::{computed, output_of, width_of};
use crate::dataset::predict::{Answers, Replies};
use crate::exec::{Executable, Inputs};
use crate::intake::tokenizer::TextTokenizer;
use crate::value::{Array, ExecError};
use std::fmt;

/// A program that reads `a`, `b` and `c` and ranks all words by the output `analogy`.
pub struct WordTable {
    executable: Executable,
    tokenizer: TextTokenizer,
    output: String,
    width: usize,
    digest: String,
}

impl fmt::Debug for WordTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WordTable({})", self.digest)
    }
}

/// What it reads, in order.
pub const INPUTS: [&str; 3] = ["a", "b", "c"];

impl WordTable {
    /// Puts a program and a vocabulary together.
    ///
    /// # Errors
    /// Where the program ranks no words.
    pub fn new(executable: Executable, tokenizer: TextTokenizer, digest: String) -> Result<WordTable, ExecError> {
        let output = output_of(executable.graph(), "analogy")?;
        let width = width_of(executable.graph(), &output)?;
        Ok(WordTable { executable, tokenizer, output, width, digest })
    }
}

impl Answers for WordTable {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        None
    }

    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        let mut inputs = Inputs::new();
        for (place, name) in INPUTS.iter().enumerate() {
            let id = |row: &Vec<&str>| {
                let word = row.get(place).copied().unwrap_or_default();
                let unknown = || format!("the word `{}` is not in the vocabulary", crate::dataset::shown(word));
                self.tokenizer.id_of(word).map(f64::from).ok_or_else(unknown)
            };
            let data = rows.iter().map(id).collect::<Result<Vec<f64>, String>>()?;
            inputs.insert((*name).to_owned(), Array { shape: vec![rows.len()], data });
        }
        let scores = computed(&self.executable, &inputs, &self.output).map_err(|error| error.message)?;
        let word = |scores: &[f64]| {
            let best = crate::dataset::predictions::argmax(scores).and_then(|best| u32::try_from(best).ok());
            let best = best.ok_or("the model's output is not a finite number")?;
            self.tokenizer.token_of(best).ok_or_else(|| "the model answers with an id that has no word".to_owned())
        };
        Ok(Replies::Cells(scores.data.chunks(self.width.max(1)).map(word).collect::<Result<_, String>>()?))
    }
}
