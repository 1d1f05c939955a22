//! Seeds: what a run draws at random follows from the standard and the submission, so that neither side can choose it
//! and anybody can draw it again.
//!
//! `seed(use) = SHA-256("lmstd seed v1\0" || lock || root || use)`, with lock and root as their 64 lower-case hex
//! digits and `use` as UTF-8. The first two have fixed lengths, so no two inputs share a text.

use super::{Fault, is_hex_digest};
use sha2::{Digest, Sha256};

/// The seed of one use, for example `bootstrap`. `lock` is the standard's lock, `root` the submission's root.
pub fn derive(lock: &str, root: &str, purpose: &str) -> Result<[u8; 32], Fault> {
    for (name, value) in [("lock", lock), ("root", root)] {
        if !is_hex_digest(value) {
            return Err(Fault::new(name, "a seed needs 64 lower-case hex digits here", ""));
        }
    }
    let hash = Sha256::new().chain_update(b"lmstd seed v1\0").chain_update(lock).chain_update(root);
    Ok(hash.chain_update(purpose).finalize().into())
}
