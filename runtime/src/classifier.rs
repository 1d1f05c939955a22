//! A text classifier: tokenizer and program together, as the relational plan calls it.

use crate::batches;
use crate::dataset::predict::{Answers, Replies};
use crate::exec::{Executable, Inputs};
use crate::intake::error::IntakeError;
use crate::intake::tokenizer::{Encoding, TextTokenizer};
use crate::value::{Array, ExecError};
use rayon::prelude::*;
use std::fmt;

/// Most ids of one text.
const ENCODING_BUDGET: usize = 65_536;

/// A submission's model that reads texts and gives one logit a class.
pub struct TextClassifier {
    executable: Executable,
    tokenizer: TextTokenizer,
    output: String,
    labels: usize,
    pad_id: u32,
    digest: String,
}

impl fmt::Debug for TextClassifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextClassifier({})", self.digest)
    }
}

impl TextClassifier {
    /// Puts a program and a tokenizer together. The answer is the output `logits`, else the only output; it must have
    /// the shape `[batch, labels]`. `digest` identifies weights, config and tokenizer.
    pub fn new(
        executable: Executable,
        tokenizer: TextTokenizer,
        pad_id: u32,
        digest: String,
    ) -> Result<TextClassifier, ExecError> {
        let mut outputs = executable.graph().outputs.iter().filter(|output| !output.trace);
        let output = match (executable.graph().output("logits"), outputs.next(), outputs.next()) {
            (Some(logits), _, _) if !logits.trace => logits,
            (_, Some(only), None) => only,
            _ => return Err(ExecError::new("the architecture has no output `logits` to classify by")),
        };
        let axes = &executable.graph().nodes[output.node].ty.axes;
        let labels = match axes.as_slice() {
            [_, labels] => labels.dim.as_constant().and_then(|labels| usize::try_from(labels).ok()),
            _ => None,
        };
        let labels = labels.ok_or_else(|| ExecError::new("the output to classify by is not `[batch, labels]`"))?;
        let output = output.name.clone();
        Ok(TextClassifier { executable, tokenizer, output, labels, pad_id, digest })
    }

    /// Number of classes.
    pub fn labels(&self) -> usize {
        self.labels
    }

    /// The logits of a batch of texts, computed together. A text that cannot be encoded is told with the place of the
    /// fault.
    pub fn logits(&self, texts: &[&str]) -> Result<Vec<Vec<f64>>, ExecError> {
        let encode = |text: &&str| self.encode(text).map_err(|error| ExecError::new(error.to_string()));
        let encodings: Vec<Encoding> = texts.par_iter().map(encode).collect::<Result<_, _>>()?;
        self.logits_of(&encodings)
    }

    /// The logits of encoded texts, in batches of texts of like length on all threads. Shorter ones are padded on the
    /// right where the program takes a mask; where it takes none, all texts of a batch have the same length, since padding
    /// would be read as text.
    pub fn logits_of(&self, encodings: &[Encoding]) -> Result<Vec<Vec<f64>>, ExecError> {
        let lengths: Vec<usize> = encodings.iter().map(|encoding| encoding.ids.len()).collect();
        batches::run(&lengths, self.takes_mask(), |rows| {
            let batch: Vec<&Encoding> = rows.iter().map(|&row| &encodings[row]).collect();
            self.together(&batch)
        })
    }

    /// The logits of texts in one batch.
    fn together(&self, encodings: &[&Encoding]) -> Result<Vec<Vec<f64>>, ExecError> {
        let length = encodings.iter().map(|encoding| encoding.ids.len()).max().unwrap_or(0);
        let inputs = self.inputs(encodings, length);
        let results = self.executable.run(&inputs, &|name| name == self.output, None)?;
        let computed = results.get(&self.output).ok_or_else(|| ExecError::new("the program gave no answer"))?;
        Ok(computed.values.data.chunks(self.labels).map(<[f64]>::to_vec).collect())
    }

    /// Encodes one text. A refusal is the tokenizer's own, with its fault id and place.
    pub fn encode(&self, text: &str) -> Result<Encoding, IntakeError> {
        self.tokenizer.encode(text, ENCODING_BUDGET)
    }

    /// Whether the program takes an attention mask.
    pub fn takes_mask(&self) -> bool {
        self.executable.graph().inputs().any(|(name, _, _)| name == "attention_mask")
    }

    /// The id that padding uses.
    pub fn pad_id(&self) -> u32 {
        self.pad_id
    }

    fn inputs(&self, encodings: &[&Encoding], length: usize) -> Inputs {
        let shape = vec![encodings.len(), length];
        let gather = |column: fn(&Encoding) -> &[u32], fill: u32| -> Array {
            let mut data = Vec::with_capacity(encodings.len() * length);
            for encoding in encodings {
                let values = column(encoding);
                data.extend(values.iter().map(|&value| f64::from(value)));
                data.extend(std::iter::repeat_n(f64::from(fill), length - values.len()));
            }
            Array { shape: shape.clone(), data }
        };
        let mut inputs = Inputs::new();
        for (name, _, _) in self.executable.graph().inputs() {
            let array = match name {
                "input_ids" => gather(|e| &e.ids, self.pad_id),
                "attention_mask" => gather(|e| &e.mask, 0),
                "token_type_ids" => gather(|e| &e.type_ids, 0),
                _ => continue,
            };
            inputs.insert(name.into(), array);
        }
        inputs
    }
}

impl Answers for TextClassifier {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        Some(self.labels)
    }

    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        let texts: Vec<&str> = rows.iter().filter_map(|row| row.first().copied()).collect();
        self.logits(&texts).map(Replies::Logits).map_err(|error| error.message)
    }
}
