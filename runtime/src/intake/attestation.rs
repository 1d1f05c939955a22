//! Attestations as they lie in a submission: `attestations/NAME.json`, few and small; nothing of them is believed here.
//!
//! Who signed them and what they state is decided elsewhere, from strict JSON ([`super::json`]): this file knows no key
//! and no signature.

use super::door::Submission;
use super::error::{IntakeError, fault};
use super::json;
use super::manifest::{FileEntry, Manifest};
use serde::de::DeserializeOwned;

const FOLDER: &str = "attestations/";
/// Most files.
const FILES: usize = 64;
/// Most bytes of one.
const BYTES: u64 = 64 << 10;

/// The attestations of a submission, in the manifest's order; folders inside theirs are not looked into.
///
/// # Errors
/// `limit_exceeded` for more than 64 files, or one of more than 64 KiB.
pub fn listed(manifest: &Manifest) -> Result<Vec<&FileEntry>, IntakeError> {
    let files: Vec<&FileEntry> = manifest.files.iter().filter(|file| is_attestation(&file.path)).collect();
    if files.len() > FILES {
        return Err(IntakeError::new(fault::LIMIT_EXCEEDED, FOLDER, "there are too many attestations")
            .because(format!("at most {FILES}"), files.len())
            .mend("hand in only those that the standard asks for"));
    }
    match files.iter().find(|file| file.bytes > BYTES) {
        None => Ok(files),
        Some(file) => Err(IntakeError::new(fault::LIMIT_EXCEEDED, &file.path, "the attestation is too large (bytes)")
            .because(format!("at most {BYTES}"), file.bytes)
            .mend("state the facts alone, and name only the files that they are about")),
    }
}

fn is_attestation(path: &str) -> bool {
    path.strip_prefix(FOLDER).is_some_and(|name| name.ends_with(".json") && !name.contains('/'))
}

/// The bytes of one that is [`listed`].
///
/// # Errors
/// `missing_file`, `limit_exceeded`, `tampered`, `unreadable`.
pub fn read(submission: &Submission, path: &str) -> Result<Vec<u8>, IntakeError> {
    let missing = || IntakeError::new(fault::MISSING_FILE, path, "the attestation is not there");
    submission.file(path).ok_or_else(missing)?.read_all(BYTES)
}

/// One value of a known form out of an attestation, read as strictly as any JSON of a submission: `T` should deny
/// unknown fields. `at` names the place.
///
/// # Errors
/// Those of [`json::parse_as`].
pub fn parse<T: DeserializeOwned>(bytes: &[u8], at: &str) -> Result<T, IntakeError> {
    json::parse_as(bytes, at, usize::try_from(BYTES).unwrap_or(usize::MAX))
}
