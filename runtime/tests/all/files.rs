//! What the tests of formats share: a submission of one file, its tensors, and files that are changed at random.

use indexmap::IndexMap;
use lmstd_runtime::intake::checkpoint::{Checkpoint, read_tensor};
use lmstd_runtime::intake::door::{DoorLimits, FileHandle, Submission};
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::intake::tensor::TensorInfo;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
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

/// A file changed once: a bit, a number that becomes large, a piece that is cut out, doubled or moved, an end that is
/// missing; near one of the marks more often than not.
pub fn mutate(whole: &[u8], marks: &[usize], chance: &mut ChaCha8Rng, round: u32) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let mut below = |limit: usize| chance.next_u32() as usize % limit.max(1);
    let at = match round % 3 {
        0 => below(bytes.len()),
        _ => (marks[below(marks.len())] + below(96)).min(bytes.len() - 1),
    };
    match below(6) {
        0 => bytes[at] ^= 1 << below(8),
        1 => bytes[at] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF][below(6)],
        2 => {
            let number = [0, 1, u64::MAX, u64::MAX - 7, 1 << 40, whole.len() as u64, at as u64][below(7)];
            let width = [1, 2, 4, 8][below(4)].min(bytes.len() - at);
            bytes[at..at + width].copy_from_slice(&number.to_le_bytes()[..width]);
        }
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..(at + 1 + below(16)).min(whole.len()))),
        _ => {
            let (from, length) = (below(whole.len()), 1 + below(64));
            let piece = whole[from..(from + length).min(whole.len())].to_vec();
            let end = (at + piece.len()).min(bytes.len());
            let length = end - at;
            bytes[at..end].copy_from_slice(&piece[..length]);
        }
    }
    bytes
}
