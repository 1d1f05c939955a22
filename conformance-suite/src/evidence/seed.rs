//! Seeds: what a run draws at random follows from the standard, the submission and a nonce that the log commits to
//! before anything is measured, so that anybody can draw it again and nobody can choose it.
//!
//! `seed(use) = SHA-256("lmstd seed v2\0" || lock || root || nonce || use)`, the first three as their 64 lower-case hex
//! digits and `use` as UTF-8. They have fixed lengths, so no two inputs share a text. Lock and root alone would not do:
//! who may add a blank line to a file could try roots until the draw pleases. The nonce is random, is drawn after the
//! root is known, and is kept: a later run over the same lock and root in the same log draws nothing new.
//! What no file can prevent is to begin with an empty folder; a certificate shows the log that it belongs to.

use super::{Fault, is_hex_digest};
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

/// The name under which the nonce stands among the seeds.
pub const NONCE: &str = "nonce";
/// What seeds are drawn for.
pub const USES: [&str; 4] = ["bootstrap", "perturbation", "probe", "rounding"];

/// A nonce out of 32 random bytes, as hex.
pub fn nonce(random: [u8; 32]) -> Result<String, Fault> {
    // A source of randomness that failed without saying so.
    if random.iter().all(|byte| *byte == random[0]) {
        return Err(Fault::new("nonce", "the random bytes are all the same", "check the machine's randomness"));
    }
    Ok(hex::encode(random))
}

/// The seed of one use, for example `bootstrap`. `lock` is the standard's lock, `root` the submission's root.
pub fn derive(lock: &str, root: &str, nonce: &str, purpose: &str) -> Result<[u8; 32], Fault> {
    let mut hash = Sha256::new().chain_update(b"lmstd seed v2\0");
    for (name, value) in [("lock", lock), ("root", root), (NONCE, nonce)] {
        if !is_hex_digest(value) {
            return Err(Fault::new(name, "a seed needs 64 lower-case hex digits here", ""));
        }
        hash.update(value);
    }
    Ok(hash.chain_update(purpose).finalize().into())
}

/// The nonce and the seed of every use, in hex: what a report shows, no more and no less.
pub fn all(lock: &str, root: &str, nonce: &str) -> Result<IndexMap<String, String>, Fault> {
    let mut seeds = IndexMap::from([(NONCE.to_owned(), nonce.to_owned())]);
    for purpose in USES {
        seeds.insert(purpose.to_owned(), hex::encode(derive(lock, root, nonce, purpose)?));
    }
    Ok(seeds)
}
