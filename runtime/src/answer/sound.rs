//! A classifier of recordings.

use super::{computed, output_of, reads, width_of};
use crate::dataset::predict::{Answers, Replies};
use crate::exec::{Executable, Inputs};
use crate::prepare::Preparation;
use crate::value::{Array, ExecError};
use std::fmt;

/// A program that reads `input_values: float[batch, samples]`.
pub struct SoundClassifier {
    executable: Executable,
    preparation: Preparation,
    output: String,
    labels: usize,
    digest: String,
}

impl fmt::Debug for SoundClassifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoundClassifier({})", self.digest)
    }
}

impl SoundClassifier {
    /// Puts a program, the preparation of recordings and their folder together.
    ///
    /// # Errors
    /// Where the program reads no samples or gives no logits.
    pub fn new(executable: Executable, preparation: Preparation, digest: String) -> Result<SoundClassifier, ExecError> {
        if !reads(executable.graph(), "input_values") {
            return Err(ExecError::new("the architecture reads no `input_values`"));
        }
        let output = output_of(executable.graph(), "logits")?;
        let labels = width_of(executable.graph(), &output)?;
        Ok(SoundClassifier { executable, preparation, output, labels, digest })
    }

    fn one(&self, path: &str) -> Result<Vec<f64>, String> {
        let samples = self.preparation.samples(path)?;
        let shape = vec![1, samples.len()];
        let data = samples.iter().map(|sample| f64::from(*sample)).collect();
        let inputs = Inputs::from([("input_values".to_owned(), Array { shape, data })]);
        Ok(computed(&self.executable, &inputs, &self.output).map_err(|error| error.message)?.data)
    }
}

impl Answers for SoundClassifier {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        Some(self.labels)
    }

    /// One recording at a time: padding would be heard.
    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        let paths = rows.iter().filter_map(|row| row.first());
        Ok(Replies::Logits(paths.map(|path| self.one(path)).collect::<Result<_, _>>()?))
    }
}
