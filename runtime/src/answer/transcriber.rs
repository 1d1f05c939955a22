//! Speech to text by an encoder and a decoder, greedily, as Whisper is run.

use crate::dataset::predict::{Answers, Replies};
use crate::decode::Decoder;
use crate::exec::Inputs;
use crate::intake::tokenizer::TextTokenizer;
use crate::prepare::Preparation;
use crate::value::Array;
use rayon::prelude::*;
use std::fmt;

/// With which ids writing begins and ends, and which are never written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Prompt {
    /// The first ids: what to do, in which language.
    pub begin: Vec<u32>,
    /// The ids that end a text.
    pub ends: Vec<u32>,
    /// Never written.
    pub suppressed: Vec<u32>,
    /// Never written first.
    pub suppressed_first: Vec<u32>,
    /// Most ids that are written.
    pub most: usize,
}

/// A program that reads `input_features` and writes ids.
pub struct Transcriber {
    decoder: Decoder,
    tokenizer: TextTokenizer,
    preparation: Preparation,
    prompt: Prompt,
    digest: String,
}

impl fmt::Debug for Transcriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transcriber({})", self.digest)
    }
}

impl Transcriber {
    /// Puts a program, a tokenizer, the preparation of recordings and their folder together.
    pub fn new(
        decoder: Decoder,
        tokenizer: TextTokenizer,
        preparation: Preparation,
        prompt: Prompt,
        digest: String,
    ) -> Transcriber {
        Transcriber { decoder, tokenizer, preparation, prompt, digest }
    }

    fn one(&self, path: &str) -> Result<String, String> {
        let features = self.preparation.planes(path)?;
        let shape = std::iter::once(1).chain(features.shape.iter().copied()).collect();
        let data = features.data.iter().map(|value| f64::from(*value)).collect();
        let inputs = Inputs::from([("input_features".to_owned(), Array { shape, data })]);
        let mut reading = self.decoder.open(&inputs).map_err(|error| error.message)?;
        let Some((last, before)) = self.prompt.begin.split_last() else {
            return Err("the config does not say with which id writing begins".to_owned());
        };
        reading.skip(before).map_err(|error| error.message)?;
        let (mut next, mut written) = (*last, Vec::new());
        while written.len() < self.prompt.most {
            let mut logits = reading.read(&[next]).map_err(|error| error.message)?.data;
            let first = if written.is_empty() { self.prompt.suppressed_first.as_slice() } else { &[] };
            for id in self.prompt.suppressed.iter().chain(first) {
                if let Some(logit) = logits.get_mut(*id as usize) {
                    *logit = f64::MIN;
                }
            }
            let best = crate::dataset::predictions::argmax(&logits).and_then(|best| u32::try_from(best).ok());
            next = best.ok_or("the model's output is not a finite number")?;
            if self.prompt.ends.contains(&next) {
                break;
            }
            written.push(next);
        }
        self.tokenizer.decode(&written).map(|text| text.trim().to_owned()).map_err(|error| error.to_string())
    }
}

impl Answers for Transcriber {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        None
    }

    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        let paths: Vec<&str> = rows.iter().filter_map(|row| row.first().copied()).collect();
        Ok(Replies::Cells(paths.par_iter().map(|path| self.one(path)).collect::<Result<_, String>>()?))
    }
}
