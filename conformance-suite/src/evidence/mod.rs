//! What a run leaves behind, so that its verdicts can be recomputed by anybody, without the model and offline.
//!
//! ```text
//! OUT/certificate.json     in-toto statement in a DSSE envelope, Ed25519            attest, key
//! OUT/report.json          what the statement is about                              (written by certify)
//! OUT/report.html          the same for readers, if written                         (written by certify)
//! OUT/evidence/log.jsonl   append-only, hash-chained record of every run            log
//! OUT/evidence/HEX         blobs by their SHA-256; never overwritten, never deleted  store
//! ```
//!
//! Order of writing. The log names a blob before the blob is written, so a run that dies half-way leaves no blob that
//! the log does not know, and at most the last blob it names may be missing. The certificate comes last: a folder whose
//! run did not finish has none, or one that no longer fits, and never one that claims too much.
//! Nothing here asks for the time or for randomness; both are arguments.

pub mod attest;
pub mod key;
pub mod log;
pub mod seed;
pub mod store;
pub mod verify;

use crate::measure::reading::Reading;
use crate::verdict::Verdict;
use indexmap::IndexMap;
use lmstd_compiler::standard::MeasurementId;
use log::{Event, Head, Log};
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::Read;
use std::path::Path;
use store::Store;

/// The root that stands for a submission that could not be opened.
pub const NO_ROOT: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A fault in an OUT folder, a key or a certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The file, relative to the OUT folder where it lies in one.
    pub at: String,
    /// One plain sentence.
    pub message: String,
    /// What mends it; empty if nothing does.
    pub mend: String,
}

impl Fault {
    pub(crate) fn new(at: impl Into<String>, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Fault { at: at.into(), message: message.into(), mend: mend.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)?;
        if self.mend.is_empty() { Ok(()) } else { write!(f, "; {}", self.mend) }
    }
}

impl std::error::Error for Fault {}

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Whether `text` is 64 lower-case hex digits.
pub(crate) fn is_hex_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reads a regular file of at most `limit` bytes, not through a link; `name` is for the fault.
pub(crate) fn read_file(path: &Path, name: &str, limit: u64) -> Result<Vec<u8>, Fault> {
    let fault = |message: String| Fault::new(name, message, "use the OUT folder as the run left it");
    let metadata = std::fs::symlink_metadata(path).map_err(|error| fault(format!("it cannot be read ({error})")))?;
    if !metadata.is_file() {
        return Err(fault("it is not a regular file".into()));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| fault(format!("it cannot be opened ({error})")))?;
    // One byte past the limit tells a file that is too long, whatever length it claims.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| fault(format!("it cannot be read ({error})")))?;
    if bytes.len() as u64 > limit {
        return Err(fault(format!("it is longer than {limit} bytes")));
    }
    Ok(bytes)
}

/// A run that is being recorded: the log and the store, in the right order.
pub struct Recorder {
    store: Store,
    log: Log,
}

impl Recorder {
    /// Opens the OUT folder (made if absent) for one run and writes down that the run starts. One run at a time.
    pub fn start(out: &Path, lock: &str, root: &str, now: &str) -> Result<Recorder, Fault> {
        let store = Store::create(out)?;
        let mut log = Log::open(out, now)?;
        log.append(now, Event::RunStarted { lock: lock.into(), root: root.into() })?;
        Ok(Recorder { store, log })
    }

    /// How often this folder's log has seen this lock and root, this run included.
    pub fn attempt(&self, lock: &str, root: &str) -> u64 {
        self.log.attempts(lock, root)
    }

    /// Keeps `bytes`; gives their digest, `sha256:…`.
    pub fn blob(&mut self, bytes: &[u8], media: &str, now: &str) -> Result<String, Fault> {
        let digest = format!("sha256:{}", sha256_hex(bytes));
        self.log.append(now, Event::Blob { digest: digest.clone(), media: media.into(), bytes: bytes.len() as u64 })?;
        self.store.put(bytes)?;
        Ok(digest)
    }

    /// Keeps the reading of a measurement (its number in the standard, and as a reader would write it).
    pub fn reading(&mut self, id: MeasurementId, display: &str, reading: &Reading, now: &str) -> Result<String, Fault> {
        let bytes = reading
            .to_json()
            .map_err(|why| Fault::new(display, format!("its reading cannot be kept: {why}"), "report this as a bug"))?;
        let digest = self.blob(&bytes, MEDIA_READING, now)?;
        let measurement = display.into();
        self.log.append(now, Event::Reading { index: id.0, measurement, digest: digest.clone() })?;
        Ok(digest)
    }

    /// Writes down the verdict of every clause.
    pub fn verdicts(&mut self, verdicts: IndexMap<String, Verdict>, now: &str) -> Result<(), Fault> {
        self.log.append(now, Event::Verdicts { verdicts })
    }

    /// Ends the run, about the bytes of `report.json`; gives what the certificate binds.
    pub fn finish(mut self, report: &[u8], now: &str) -> Result<Finished, Fault> {
        self.log.append(now, Event::RunFinished { report: sha256_hex(report) })?;
        Ok(Finished { head: self.log.head(), evidence: log::blobs(self.log.last_run()) })
    }
}

/// Media type of a stored reading.
pub const MEDIA_READING: &str = "application/vnd.lmstd.reading+json";

/// What a finished run leaves for its certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finished {
    /// Head of the log.
    pub head: Head,
    /// Digests of every blob of the run, `sha256:…`, sorted.
    pub evidence: Vec<String>,
}
