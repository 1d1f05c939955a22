//! Weights in formats that hold a model in one file, told by content: GGUF, what Keras writes and other HDF5, NumPy, and
//! ONNX, which holds a graph beside them.
//!
//! They are looked for where there is neither safetensors nor an archive of PyTorch. Several such files are a refusal: which
//! of them is the model is not for the checker to choose. Knows no architecture.

use super::checkpoint::{Checkpoint, OwnGraph};
use super::door::{FileHandle, Submission};
use super::error::{IntakeError, fault};
use super::{gguf, keras, npy};
use crate::onnx;
use indexmap::IndexMap;

/// A format.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Gguf,
    Keras,
    Numpy,
    Onnx,
}

/// The format of a file, if it is one of these.
fn tell(file: &FileHandle) -> Result<Option<Format>, IntakeError> {
    Ok(if gguf::is_gguf(file)? {
        Some(Format::Gguf)
    } else if keras::is_hdf5(file)? || keras::is_keras(file)? {
        Some(Format::Keras)
    } else if npy::is_npy(file)? || npy::is_npz(file)? {
        Some(Format::Numpy)
    } else if onnx::is_onnx(file)? {
        Some(Format::Onnx)
    } else {
        None
    })
}

/// The weights, if one file of the submission's folder holds them.
///
/// # Errors
/// `ambiguous_files` for several; those of the format's reader.
pub(super) fn find(submission: &Submission) -> Result<Option<Checkpoint>, IntakeError> {
    let mut found = Vec::new();
    for file in submission.files().filter(|file| !file.entry().path.contains('/')) {
        found.extend(tell(file)?.map(|format| (file, format)));
    }
    match found.as_slice() {
        [] => Ok(None),
        [(file, format)] => read(submission, file, *format).map(Some),
        several => {
            let names: Vec<&str> = several.iter().map(|(file, _)| file.entry().path.as_str()).collect();
            Err(IntakeError::new(fault::AMBIGUOUS_FILES, names[0], "there are several files of weights")
                .because("one", names.join(", "))
                .mend("submit the one that is meant"))
        }
    }
}

fn read(submission: &Submission, file: &FileHandle, format: Format) -> Result<Checkpoint, IntakeError> {
    let files = vec![file.entry().path.clone()];
    let (tensors, metadata) = match format {
        Format::Gguf => {
            let gguf = gguf::read(file)?;
            let metadata = gguf.described();
            (gguf.tensors, metadata)
        }
        Format::Keras => {
            let model = keras::read(file)?;
            let mut metadata = IndexMap::new();
            metadata.extend(model.version.map(|version| ("keras_version".to_owned(), version)));
            if !model.skipped.is_empty() {
                metadata.insert("no weights, and skipped".to_owned(), model.skipped.join(", "));
            }
            (model.tensors, metadata)
        }
        Format::Numpy => (npy::read(file)?, IndexMap::new()),
        Format::Onnx => return graph(submission, file),
    };
    Ok(Checkpoint { tensors, metadata, files, ..Checkpoint::default() })
}

/// The weights of a graph, under the names of parameters where these can be told.
fn graph(submission: &Submission, file: &FileHandle) -> Result<Checkpoint, IntakeError> {
    let model = onnx::open(submission, file)?;
    let (opset, ir) = model.versions();
    let mut metadata =
        IndexMap::from([("opset".to_owned(), opset.to_string()), ("ir_version".to_owned(), ir.to_string())]);
    if !model.producer().is_empty() {
        metadata.insert("producer".to_owned(), model.producer().to_owned());
    }
    let (tensors, files) = (model.parameters(), model.files().to_vec());
    let graph = OwnGraph { file: file.entry().path.clone(), reads: model.read_of(&tensors) };
    Ok(Checkpoint { tensors, metadata, files, graph: Some(graph), ..Checkpoint::default() })
}
