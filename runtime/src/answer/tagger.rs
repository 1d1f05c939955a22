//! A model that tags the words of a sentence: the first piece of each word counts, as the public taggers are trained.

use super::{computed, output_of, reads, width_of};
use crate::batches;
use crate::dataset::predict::{Answers, Replies};
use crate::exec::{Executable, Inputs};
use crate::intake::tokenizer::{Encoding, TextTokenizer};
use crate::value::{Array, ExecError};
use serde_json::Value;
use std::fmt;

/// A program that gives logits for every token, and the tags that they stand for.
pub struct Tagger {
    executable: Executable,
    tokenizer: TextTokenizer,
    tags: Vec<String>,
    output: String,
    pad_id: u32,
    digest: String,
}

impl fmt::Debug for Tagger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tagger({})", self.digest)
    }
}

/// A sentence on its way: its ids, and where the first piece of each word stands.
struct Sentence {
    encoding: Encoding,
    firsts: Vec<usize>,
}

impl Tagger {
    /// Puts a program, a tokenizer and the names of the tags together.
    ///
    /// # Errors
    /// Where the program does not give a logit for each tag.
    pub fn new(
        executable: Executable,
        tokenizer: TextTokenizer,
        tags: Vec<String>,
        pad_id: u32,
        digest: String,
    ) -> Result<Tagger, ExecError> {
        let output = output_of(executable.graph(), "logits")?;
        let width = width_of(executable.graph(), &output)?;
        if width != tags.len() {
            let message = format!("the config names {} tags, and the model tells {width} apart", tags.len());
            return Err(ExecError::new(message));
        }
        Ok(Tagger { executable, tokenizer, tags, output, pad_id, digest })
    }

    fn sentence(&self, cell: &str) -> Result<Sentence, String> {
        let words = words(cell).ok_or("the sentence is no list of words")?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (encoding, firsts) = self.tokenizer.encode_words(&words).map_err(|error| error.to_string())?;
        if firsts.len() < words.len() {
            return Err(format!("the sentence has {} words, and the model reads {}", words.len(), firsts.len()));
        }
        Ok(Sentence { encoding, firsts })
    }

    fn together(&self, sentences: &[&Sentence]) -> Result<Vec<String>, ExecError> {
        let length = sentences.iter().map(|one| one.encoding.ids.len()).max().unwrap_or(0);
        let graph = self.executable.graph();
        let mut inputs = Inputs::new();
        for (name, pick, fill) in [
            ("input_ids", (|e: &Encoding| e.ids.clone()) as fn(&Encoding) -> Vec<u32>, self.pad_id),
            ("attention_mask", |e: &Encoding| e.mask.clone(), 0),
            ("token_type_ids", |e: &Encoding| e.type_ids.clone(), 0),
        ] {
            if !reads(graph, name) {
                continue;
            }
            let mut data = Vec::with_capacity(sentences.len() * length);
            for sentence in sentences {
                let values = pick(&sentence.encoding);
                data.extend(values.iter().map(|value| f64::from(*value)));
                data.extend(std::iter::repeat_n(f64::from(fill), length - values.len()));
            }
            inputs.insert(name.to_owned(), Array { shape: vec![sentences.len(), length], data });
        }
        let logits = computed(&self.executable, &inputs, &self.output)?;
        let width = self.tags.len();
        let tag = |row: usize, place: usize| {
            let start = (row * length + place) * width;
            let logits = logits.data.get(start..start + width).unwrap_or_default();
            let best = crate::dataset::predictions::argmax(logits);
            best.map(|best| Value::from(self.tags[best].as_str()))
                .ok_or_else(|| ExecError::new("the model's output is not a finite number"))
        };
        let tagged = |(row, sentence): (usize, &&Sentence)| {
            let tags = sentence.firsts.iter().map(|place| tag(row, *place)).collect::<Result<Vec<Value>, _>>()?;
            Ok(Value::from(tags).to_string())
        };
        sentences.iter().enumerate().map(tagged).collect()
    }
}

/// The words of a cell: between blanks, or a JSON list.
pub(crate) fn words(cell: &str) -> Option<Vec<String>> {
    if !cell.trim_start().starts_with('[') {
        return Some(cell.split_whitespace().map(str::to_owned).collect());
    }
    match serde_json::from_str(cell).ok()? {
        Value::Array(list) => list.into_iter().map(|word| word.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

impl Answers for Tagger {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        None
    }

    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        let cells = rows.iter().filter_map(|row| row.first());
        let sentences = cells.map(|cell| self.sentence(cell)).collect::<Result<Vec<_>, String>>()?;
        let lengths: Vec<usize> = sentences.iter().map(|one| one.encoding.ids.len()).collect();
        let masked = reads(self.executable.graph(), "attention_mask");
        let tagged = batches::run(&lengths, masked, |places| {
            let some: Vec<&Sentence> = places.iter().map(|place| &sentences[*place]).collect();
            self.together(&some)
        });
        tagged.map(Replies::Cells).map_err(|error| error.message)
    }
}
