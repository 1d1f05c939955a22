//! What was hashed, block by block, so that bytes read later are known to be the same.
//!
//! SHA-256 of a whole file is what a certificate speaks of, but it says nothing of a part that is read again. So each
//! block gets a fingerprint while the file is hashed: 64 bits under a key that the process draws and tells nobody. It is
//! no cryptographic digest; but who rewrites a file during a run sees neither key nor fingerprints and has one guess.
//!
//! What else is asked of all bytes is answered on the same pass: which exponents a block has, so that a checkpoint's
//! numbers are known to be finite without being read again.

use super::exponents::{Float, Ones};
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Bytes of a block: what a read of one byte costs, against 8 bytes of memory for each block of a file.
pub(super) const BLOCK: usize = 1 << 16;

/// The fingerprints of one file's blocks; the last block may be short.
#[derive(Debug)]
pub(super) struct Blocks {
    /// None where the file was not hashed.
    key: Option<u64>,
    marks: Vec<u64>,
    ones: Vec<Ones>,
}

impl Blocks {
    /// Of a file that is about to be hashed, under a key.
    pub(super) fn new(key: u64) -> Self {
        Self { key: Some(key), marks: Vec::new(), ones: Vec::new() }
    }

    /// Of a file that is not hashed: nothing is known of its bytes.
    pub(super) fn none() -> Self {
        Self { key: None, marks: Vec::new(), ones: Vec::new() }
    }

    /// Whether nothing is known.
    pub(super) fn is_none(&self) -> bool {
        self.key.is_none()
    }

    /// Takes the next bytes of the file: whole blocks, but for the file's last.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        if let Some(key) = self.key {
            for block in bytes.chunks(BLOCK) {
                self.marks.push(xxh3_64_with_seed(block, key));
                self.ones.push(Ones::of(block));
            }
        }
    }

    /// Whether `bytes`, which stand at `at` where a block begins, are those that were taken; yes where nothing is known.
    pub(super) fn hold(&self, bytes: &[u8], at: u64) -> bool {
        let Some(key) = self.key else { return true };
        let Ok(first) = usize::try_from(at / BLOCK as u64) else { return false };
        let marks = self.marks.get(first..).unwrap_or_default();
        let mut blocks = bytes.chunks(BLOCK).zip(marks);
        bytes.len().div_ceil(BLOCK) <= marks.len() && blocks.all(|(block, mark)| xxh3_64_with_seed(block, key) == *mark)
    }

    /// Whether the numbers of that type in those bytes, of which one begins at the first, are known to be finite.
    pub(super) fn are_finite(&self, float: Float, bytes: Range<u64>) -> bool {
        let block = BLOCK as u64;
        let (first, end) = (bytes.start / block, bytes.end.div_ceil(block));
        let blocks = usize::try_from(first).ok().zip(usize::try_from(end).ok());
        let ones = blocks.and_then(|(first, end)| self.ones.get(first..end));
        ones.is_some_and(|ones| ones.iter().all(|ones| float.is_finite(*ones, bytes.start)))
    }
}
