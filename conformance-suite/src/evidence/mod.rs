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
//! the log does not know, and at most the last blob it names may be missing. The report is a blob of its run, and a run
//! begins by keeping the certificate that it finds; then nothing outside `evidence` changes until the run is over, and
//! the certificate comes last. So a run that was broken off leaves the certificate before it as good as it was.
//! Nothing here asks for the time or for randomness; both are arguments.

pub mod attest;
pub mod attestation;
pub mod key;
pub mod log;
pub mod seed;
pub mod store;
pub mod verify;

use crate::judge::Facts;
use crate::measure::reading::Reading;
use crate::verdict::{SubmissionReport, Verdict};
use indexmap::IndexMap;
use lmstd_compiler::standard::MeasurementId;
use lmstd_runtime::world::read_bounded;
use log::{Event, Head, Log, PredictionsOf};
use sha2::{Digest, Sha256};
use std::fmt;
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

/// Reads a regular file of at most `limit` bytes, not through a link and without waiting; `name` is for the fault.
pub fn read_file(path: &Path, name: &str, limit: u64) -> Result<Vec<u8>, Fault> {
    read_bounded(path, limit).map_err(|error| {
        Fault::new(name, format!("it cannot be read ({error})"), "use the OUT folder as the run left it")
    })
}

/// What the judge needs to know of a submission besides readings, for a run that started at `date`.
pub fn facts<'a>(submission: &'a SubmissionReport, changed: bool, date: &'a str) -> Facts<'a> {
    let opened = (submission.root != NO_ROOT).then_some(submission);
    Facts { submission: opened, changed, today: date.get(..10).unwrap_or_default() }
}

/// A run that is being recorded: the log and the store, in the right order.
pub struct Recorder {
    store: Store,
    log: Log,
    nonce: String,
    started: String,
}

impl Recorder {
    /// Opens the OUT folder (made if absent) for one run and writes down that the run starts, before anything is
    /// measured. One run at a time. `fresh` becomes the nonce unless this log has one for this lock and root.
    pub fn start(out: &Path, lock: &str, root: &str, fresh: [u8; 32], now: &str) -> Result<Recorder, Fault> {
        let store = Store::create(out)?;
        let mut log = Log::open(out, now)?;
        let known = log::nonce(log.entries(), lock, root).map(str::to_owned);
        let nonce = known.map_or_else(|| seed::nonce(fresh), Ok)?;
        log.append(now, Event::RunStarted { lock: lock.into(), root: root.into(), nonce: nonce.clone() })?;
        let mut recorder = Recorder { store, log, nonce, started: now.into() };
        recorder.keep_certificate(out, now)?;
        Ok(recorder)
    }

    /// Keeps the certificate of an earlier run, which this run will replace; its report is kept already.
    fn keep_certificate(&mut self, out: &Path, now: &str) -> Result<(), Fault> {
        let path = out.join(attest::NAME);
        match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            _ => self.blob(&read_file(&path, attest::NAME, LIMIT)?, MEDIA_CERTIFICATE, now).map(drop),
        }
    }

    /// When the run started.
    pub fn started(&self) -> &str {
        &self.started
    }

    /// What the seeds of this run depend on beside lock and root.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// How often this folder's log has seen this lock and, where given, this root; this run included.
    pub fn runs(&self, lock: &str, root: Option<&str>) -> u64 {
        log::runs(self.log.entries(), lock, root)
    }

    /// Keeps `bytes`; gives their digest, `sha256:…`.
    pub fn blob(&mut self, bytes: &[u8], media: &str, now: &str) -> Result<String, Fault> {
        let digest = format!("sha256:{}", sha256_hex(bytes));
        self.log.append(now, Event::Blob { digest: digest.clone(), media: media.into(), bytes: bytes.len() as u64 })?;
        self.store.put(bytes)?;
        Ok(digest)
    }

    /// Keeps another document that the standard uses, and writes down how it is named.
    pub fn document(&mut self, target: &str, bytes: &[u8], media: &str, now: &str) -> Result<(), Fault> {
        let digest = self.blob(bytes, media, now)?;
        self.log.append(now, Event::Document { target: target.into(), digest })
    }

    /// Keeps predictions, and writes down what they are of.
    pub fn predictions(&mut self, of: PredictionsOf, bytes: &[u8], now: &str) -> Result<(), Fault> {
        let digest = self.blob(bytes, MEDIA_PREDICTIONS, now)?;
        self.log.append(now, Event::Predictions { of, digest })
    }

    /// Keeps the reading of a measurement (its number in the standard, and as a reader would write it).
    pub fn reading(&mut self, id: MeasurementId, display: &str, reading: &Reading, now: &str) -> Result<(), Fault> {
        let bytes = reading
            .to_json()
            .map_err(|why| Fault::new(display, format!("its reading cannot be kept: {why}"), "report this as a bug"))?;
        let digest = self.blob(&bytes, MEDIA_READING, now)?;
        self.log.append(now, Event::Reading { index: id.0, measurement: display.into(), digest })
    }

    /// Writes down that what was read so far in this run does not count, and why.
    pub fn discard(&mut self, why: &str, now: &str) -> Result<(), Fault> {
        self.log.append(now, Event::Discarded { why: why.into() })
    }

    /// Writes down that submission or data changed, so that nothing of this run counts.
    pub fn changed(&mut self, why: &str, now: &str) -> Result<(), Fault> {
        self.log.append(now, Event::Changed { why: why.into() })
    }

    /// Writes down the verdict of every clause.
    pub fn verdicts(&mut self, verdicts: IndexMap<String, Verdict>, now: &str) -> Result<(), Fault> {
        self.log.append(now, Event::Verdicts { verdicts })
    }

    /// Keeps the bytes of `report.json` and ends the run with them; gives what the certificate binds.
    pub fn finish(mut self, report: &[u8], now: &str) -> Result<Finished, Fault> {
        self.blob(report, MEDIA_REPORT, now)?;
        self.log.append(now, Event::RunFinished { report: sha256_hex(report) })?;
        Ok(Finished { head: self.log.head(), evidence: log::blobs(log::last_run(self.log.entries())) })
    }
}

/// The longest certificate, report or page that is read, in bytes (64 MiB).
const LIMIT: u64 = 64 << 20;
/// Media type of a kept certificate.
pub const MEDIA_CERTIFICATE: &str = "application/vnd.lmstd.certificate+json";
/// Media type of a kept report.
pub const MEDIA_REPORT: &str = "application/vnd.lmstd.report+json";
/// Media type of kept predictions.
pub const MEDIA_PREDICTIONS: &str = "application/vnd.apache.parquet";
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
