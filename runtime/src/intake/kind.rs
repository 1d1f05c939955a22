//! What a file is to a program that loads models: weights of some format, a pickle, code, or nothing of the kind.
//!
//! Told by the first bytes, and by the name, since programs choose by it. Nothing is parsed: a file is looked at to be
//! named in a report, not to be trusted.

use super::door::FileHandle;
use super::error::IntakeError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What some program would do with a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Load it as weights, and run what code it holds while doing so.
    Pickle,
    /// Load it as weights.
    Weights,
    /// Run it.
    Code,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pickle => "pickle",
            Self::Weights => "weights",
            Self::Code => "code",
        })
    }
}

/// Ends of names.
const NAMES: [(Kind, &[&str]); 3] = [
    (Kind::Pickle, &[".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".dill"]),
    (
        Kind::Weights,
        &[
            ".safetensors",
            ".gguf",
            ".ggml",
            ".onnx",
            ".h5",
            ".hdf5",
            ".keras",
            ".npy",
            ".npz",
            ".msgpack",
            ".pb",
            ".tflite",
            ".mlmodel",
            ".ot",
        ],
    ),
    (
        Kind::Code,
        &[
            ".py", ".pyc", ".pyd", ".pyx", ".ipynb", ".so", ".dll", ".dylib", ".exe", ".sh", ".bat", ".ps1", ".js",
            ".wasm", ".jar",
        ],
    ),
];

/// First bytes.
const STARTS: [(Kind, &[u8]); 10] = [
    (Kind::Pickle, b"\x80\x02"),
    (Kind::Pickle, b"\x80\x03"),
    (Kind::Pickle, b"\x80\x04"),
    (Kind::Pickle, b"\x80\x05"),
    (Kind::Weights, b"GGUF"),
    (Kind::Weights, b"\x89HDF\r\n\x1a\n"),
    (Kind::Weights, b"\x93NUMPY"),
    (Kind::Code, b"#!"),
    (Kind::Code, b"\x7fELF"),
    (Kind::Code, b"\0asm"),
];

/// Bytes looked at. An archive of PyTorch names its pickle within them.
const HEAD: u64 = 128;

/// What the file is; none where it is neither weights nor code.
///
/// # Errors
/// Those of [`FileHandle::read_at`].
pub(super) fn kind(file: &FileHandle) -> Result<Option<Kind>, IntakeError> {
    let head = file.read_at(0, file.entry().bytes.min(HEAD))?;
    if head.starts_with(b"PK\x03\x04") && head.windows(8).any(|part| part == b"data.pkl") {
        return Ok(Some(Kind::Pickle));
    }
    let path = file.entry().path.to_lowercase();
    let by_start = STARTS.iter().find(|(_, start)| head.starts_with(start)).map(|(kind, _)| *kind);
    let by_name = NAMES.iter().find(|(_, ends)| ends.iter().any(|end| path.ends_with(end))).map(|(kind, _)| *kind);
    Ok(by_start.or(by_name))
}
