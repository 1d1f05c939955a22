//! A classifier of pictures.

use super::{computed, output_of, reads, width_of};
use crate::dataset::predict::{Answers, Replies};
use crate::exec::{Executable, Inputs};
use crate::prepare::Preparation;
use crate::value::{Array, ExecError};
use rayon::prelude::*;
use std::fmt;

/// Pictures that go through the program together.
const TOGETHER: usize = 16;

/// A program that reads `pixel_values: float[batch, channels, height, width]`.
pub struct PictureClassifier {
    executable: Executable,
    preparation: Preparation,
    output: String,
    labels: usize,
    digest: String,
}

impl fmt::Debug for PictureClassifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PictureClassifier({})", self.digest)
    }
}

impl PictureClassifier {
    /// Puts a program, the preparation of pictures and their folder together.
    ///
    /// # Errors
    /// Where the program reads no pictures or gives no logits.
    pub fn new(
        executable: Executable,
        preparation: Preparation,
        digest: String,
    ) -> Result<PictureClassifier, ExecError> {
        if !reads(executable.graph(), "pixel_values") {
            return Err(ExecError::new("the architecture reads no `pixel_values`"));
        }
        let output = output_of(executable.graph(), "logits")?;
        let labels = width_of(executable.graph(), &output)?;
        Ok(PictureClassifier { executable, preparation, output, labels, digest })
    }
}

impl Answers for PictureClassifier {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        Some(self.labels)
    }

    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        let paths: Vec<&str> = rows.iter().filter_map(|row| row.first().copied()).collect();
        let prepared = paths.par_iter().map(|path| self.preparation.planes(path));
        let pictures = prepared.collect::<Result<Vec<_>, String>>()?;
        let mut logits = Vec::with_capacity(rows.len());
        for some in pictures.chunks(TOGETHER) {
            let shape = &some[0].shape;
            if some.iter().any(|picture| picture.shape != *shape) {
                return Err("the pictures have different sizes; let `prepare` resize or crop them".to_owned());
            }
            let data = some.iter().flat_map(|picture| picture.data.iter().map(|value| f64::from(*value))).collect();
            let shape = std::iter::once(some.len()).chain(shape.iter().copied()).collect();
            let inputs = Inputs::from([("pixel_values".to_owned(), Array { shape, data })]);
            let answer = computed(&self.executable, &inputs, &self.output).map_err(|error| error.message)?;
            logits.extend(answer.data.chunks(self.labels.max(1)).map(<[f64]>::to_vec));
        }
        Ok(Replies::Logits(logits))
    }
}
