//! What the tests of formats share: a submission of one file, and its tensors.

use indexmap::IndexMap;
use lmstd_runtime::intake::checkpoint::{Checkpoint, read_tensor};
use lmstd_runtime::intake::door::{DoorLimits, FileHandle, Submission};
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::intake::tensor::TensorInfo;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tempfile::TempDir;

/// Type, shape and bytes of tensors by name.
pub type Read = BTreeMap<String, (String, Vec<u64>, Vec<u8>)>;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The bytes of a stored file of the tests.
pub fn stored(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

/// A submission of one file.
pub fn all(name: &str, bytes: &[u8]) -> (TempDir, Submission) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    let submission = Submission::open_unhashed(folder.path(), &DoorLimits::default()).unwrap();
    (folder, submission)
}

/// The tensors of a file as a reader gives them.
pub fn read_with(
    name: &str,
    bytes: &[u8],
    reader: &dyn Fn(&FileHandle) -> Result<IndexMap<String, TensorInfo>, IntakeError>,
) -> Result<Read, IntakeError> {
    let (_folder, submission) = all(name, bytes);
    let tensors = reader(submission.file(name).unwrap())?;
    read(&submission, &tensors)
}

fn read(submission: &Submission, tensors: &IndexMap<String, TensorInfo>) -> Result<Read, IntakeError> {
    let tensor = |(name, info): (&String, &TensorInfo)| {
        Ok((name.clone(), (info.dtype.to_string(), info.shape.clone(), read_tensor(submission, info)?)))
    };
    tensors.iter().map(tensor).collect()
}

/// The goldens beside the files of a folder.
pub fn goldens(folder: &str) -> Read {
    let (_folder, submission) = all("model.safetensors", &stored(&format!("{folder}/goldens.safetensors")));
    read(&submission, &Checkpoint::open(&submission).unwrap().tensors).unwrap()
}

/// The fault and the sentence of a refusal.
pub fn fault(result: Result<Read, IntakeError>) -> (String, String) {
    match result {
        Err(error) => (error.fault.to_string(), error.message.clone()),
        Ok(read) => panic!("{:?}", read.keys()),
    }
}
