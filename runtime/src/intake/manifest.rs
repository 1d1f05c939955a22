//! The list of a submission's files with their digests, and the one digest that stands for all of them.
//!
//! The root is the SHA-256 of this text, lines ended by `\n`:
//!
//! ```text
//! lmstd-manifest/1 <number of files>
//! <bytes of path> <path> <sha256 in lower-case hex> <size in bytes>
//! ```
//!
//! with one such line a file in the order of the paths' bytes, numbers in decimal. The first line separates this use
//! of SHA-256 from every other; the length before the path makes a path with blanks or digits mean one thing only.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One file of a submission.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FileEntry {
    /// Path inside the submission, with `/` between its parts.
    pub path: String,
    /// SHA-256 of the contents in lower-case hex.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// All files of a submission.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The files by the bytes of their paths.
    pub files: Vec<FileEntry>,
    /// The root, in lower-case hex; the head of this file defines it.
    pub root: String,
}

impl Manifest {
    /// The manifest of these files, in any order.
    #[must_use]
    pub fn new(mut files: Vec<FileEntry>) -> Self {
        files.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        let root = root_of(&files);
        Self { files, root }
    }

    /// Whether the files are in order, each once, and hash to the root.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.files.windows(2).all(|pair| pair[0].path.as_bytes() < pair[1].path.as_bytes())
            && root_of(&self.files) == self.root
    }

    /// Size of all files in bytes.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.bytes))
    }
}

fn root_of(files: &[FileEntry]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("lmstd-manifest/1 {}\n", files.len()));
    for file in files {
        hash.update(format!("{} {} {} {}\n", file.path.len(), file.path, file.sha256, file.bytes));
    }
    hex::encode(hash.finalize())
}
