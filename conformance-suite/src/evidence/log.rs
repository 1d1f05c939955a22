//! The record of every run in an OUT folder: `OUT/evidence/log.jsonl`, only ever appended to, each line chained to the
//! one before by SHA-256. Knows what happened, not whether it was good.
//!
//! A line is `{"seq":N,"prev":"HEX","at":"UTC","event":{…}}`, compact JSON with fields in this order, ended by `\n`.
//! `seq` counts from 0; `prev` is the SHA-256 of the previous line without its `\n`, 64 zeros for the first.
//! Every line is on the disk before [`Log::append`] returns.
//!
//! A run writes `run_started` before anything is measured and every reading as it comes, so that a run that was broken
//! off counts as an attempt and shows how far it got. A certificate names where the log ended; later runs only append.
//!
//! Torn tail. A crash can leave the beginning of a line without `\n`. That line was never acknowledged. The next run
//! cuts it off and says so in a `recovered` event; the `run_started` of the run that died stays, so no attempt is
//! hidden. A complete line that is wrong is no crash but a change, and refused for ever.

use super::{Fault, is_hex_digest, read_file, sha256_hex};
use crate::verdict::Verdict;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The longest log that is read, in bytes (256 MiB).
const LIMIT: u64 = 256 << 20;
/// Its name in messages.
pub(crate) const NAME: &str = "evidence/log.jsonl";

/// What happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// A run started.
    RunStarted {
        /// Lock of the standard.
        lock: String,
        /// Root of the submission.
        root: String,
        /// What its seeds depend on beside the two, 64 hex digits: drawn once for a lock and a root.
        nonce: String,
    },
    /// A blob is about to be kept.
    Blob {
        /// `sha256:…`
        digest: String,
        /// Media type.
        media: String,
        /// Length.
        bytes: u64,
    },
    /// The blob that was just kept is another document that the standard uses.
    Document {
        /// How the standard names it.
        target: String,
        /// Digest of the blob, `sha256:…`.
        digest: String,
    },
    /// The blob that was just kept holds predictions.
    Predictions {
        /// Whose, of what.
        of: PredictionsOf,
        /// Digest of the blob, `sha256:…`.
        digest: String,
    },
    /// A measurement was read.
    Reading {
        /// Its number in the standard.
        index: u32,
        /// As a reader would write it.
        measurement: String,
        /// Digest of the reading's blob, `sha256:…`.
        digest: String,
    },
    /// No reading and no predictions of this run so far count: the process that made them did not live to see that the
    /// submission had stayed the same. They are taken again.
    Discarded {
        /// What happened, one sentence.
        why: String,
    },
    /// Submission or data changed while they were checked: nothing of this run counts.
    Changed {
        /// What happened, one sentence.
        why: String,
    },
    /// Clauses were decided.
    Verdicts {
        /// Verdict by clause id, in the standard's order.
        verdicts: IndexMap<String, Verdict>,
    },
    /// The run ended with a report.
    RunFinished {
        /// SHA-256 of `report.json`, in hex.
        report: String,
    },
    /// A line that an earlier run had not finished writing was cut off.
    Recovered {
        /// Length of what was cut off.
        bytes: u64,
        /// Its SHA-256, in hex.
        sha256: String,
    },
}

/// What predictions are of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictionsOf {
    /// The model's name in the standard.
    pub model: String,
    /// The dataset's.
    pub dataset: String,
    /// The split's.
    pub split: String,
    /// SHA-256 of the split's file, in hex.
    pub data: String,
    /// SHA-256 of the file in which they were handed in, in hex; none where the model gave them here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// How the rows were perturbed before the model read them, if they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perturbed: Option<String>,
}

/// One line.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Number of the line, from 0.
    pub seq: u64,
    /// SHA-256 of the previous line.
    pub prev: String,
    /// UTC time, RFC 3339.
    pub at: String,
    /// What happened.
    pub event: Event,
}

/// Where a log ends.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// SHA-256 of the last line; 64 zeros for an empty log.
    pub head: String,
    /// Number of lines.
    pub length: u64,
}

/// A log as read: whole lines whose chain is good, and the torn tail, if any.
#[derive(Clone, PartialEq, Debug)]
pub struct Chain {
    /// Its lines.
    pub entries: Vec<Entry>,
    /// Where it ends.
    pub head: Head,
    /// Bytes after the last whole line.
    pub torn: Vec<u8>,
}

impl Chain {
    /// Reads and checks the log of `out`.
    pub fn read(out: &Path) -> Result<Chain, Fault> {
        Chain::parse(&read_file(&path(out), NAME, LIMIT)?)
    }

    /// Checks the text of a log.
    pub fn parse(text: &[u8]) -> Result<Chain, Fault> {
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let mut chain =
            Chain { entries: Vec::new(), head: Head { head: "0".repeat(64), length: 0 }, torn: text[whole..].to_vec() };
        for line in text[..whole].split_inclusive(|byte| *byte == b'\n') {
            let line = &line[..line.len() - 1];
            let fault = |why: &str| {
                let message = format!("line {}: {why}", chain.head.length + 1);
                Fault::new(NAME, message, "the log was changed after it was written; use an untouched copy")
            };
            let entry: Entry = serde_json::from_slice(line).map_err(|_| fault("it is not an entry of a log"))?;
            if !serde_json::to_vec(&entry).is_ok_and(|canonical| canonical == line) {
                return Err(fault("it is not written as this program writes it"));
            }
            if entry.seq != chain.head.length {
                return Err(fault("its number is out of order"));
            }
            if entry.prev != chain.head.head {
                return Err(fault("it does not follow from the line before it"));
            }
            chain.head = Head { head: sha256_hex(line), length: entry.seq + 1 };
            chain.entries.push(entry);
        }
        Ok(chain)
    }

    /// The entries up to where the log ended at `head`; none if it never ended there.
    pub fn until(&self, head: &Head) -> Option<&[Entry]> {
        let length = usize::try_from(head.length).ok().filter(|length| (1..=self.entries.len()).contains(length))?;
        // Each line names its predecessor, so the next one, or the end, tells the digest of this one.
        let digest = self.entries.get(length).map_or(&self.head.head, |next| &next.prev);
        (*digest == head.head).then(|| &self.entries[..length])
    }

    /// Digests of blobs that must exist: all that are named, except where a run ended right after naming one.
    pub fn kept_blobs(&self) -> Vec<&str> {
        let followed = |index: usize| {
            let next = self.entries.get(index + 1).map(|entry| &entry.event);
            next.is_some_and(|event| !matches!(event, Event::RunStarted { .. } | Event::Recovered { .. }))
        };
        let kept = |(index, entry): (usize, &'_ Entry)| match entry.event {
            Event::Blob { .. } => followed(index),
            _ => false,
        };
        let indexed = self.entries.iter().enumerate();
        indexed.filter(|(index, entry)| kept((*index, entry))).filter_map(|(_, entry)| digest(&entry.event)).collect()
    }
}

fn digest(event: &Event) -> Option<&str> {
    if let Event::Blob { digest, .. } = event { Some(digest) } else { None }
}

/// How many runs over this standard's lock and, where given, this submission's root have started.
pub fn runs(entries: &[Entry], lock: &str, root: Option<&str>) -> u64 {
    let same = |entry: &&Entry| match &entry.event {
        Event::RunStarted { lock: l, root: r, .. } => l == lock && root.is_none_or(|root| root == r),
        _ => false,
    };
    entries.iter().filter(same).count() as u64
}

/// The nonce that was drawn for this lock and root, if there was a run over them.
pub fn nonce<'e>(entries: &'e [Entry], lock: &str, root: &str) -> Option<&'e str> {
    entries.iter().find_map(|entry| match &entry.event {
        Event::RunStarted { lock: l, root: r, nonce } if l == lock && r == root => Some(nonce.as_str()),
        _ => None,
    })
}

/// The entries of the last run, from its `run_started` on.
pub fn last_run(entries: &[Entry]) -> &[Entry] {
    let start = entries.iter().rposition(|entry| matches!(entry.event, Event::RunStarted { .. }));
    start.map_or(&[], |start| &entries[start..])
}

/// Digests of the blobs that `entries` name, sorted, each once.
pub fn blobs(entries: &[Entry]) -> Vec<String> {
    let mut digests: Vec<String> = entries.iter().filter_map(|entry| digest(&entry.event)).map(str::to_owned).collect();
    digests.sort();
    digests.dedup();
    digests
}

fn path(out: &Path) -> PathBuf {
    out.join("evidence").join("log.jsonl")
}

/// A log that is being written; holds the file's lock, so that two runs cannot interleave.
#[derive(Debug)]
pub struct Log {
    file: File,
    chain: Chain,
}

impl Log {
    /// Opens the log of `out` (whose `evidence` folder exists) for appending; makes it if absent. A torn tail is cut
    /// off and recorded, at the time `now`.
    pub fn open(out: &Path, now: &str) -> Result<Log, Fault> {
        let path = path(out);
        let fault =
            |error: std::io::Error| Fault::new(NAME, format!("it cannot be written ({error})"), "check the folder");
        if std::fs::symlink_metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(Fault::new(NAME, "it is not a regular file", "choose another --out"));
        }
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(fault)?;
        file.try_lock().map_err(|_| {
            Fault::new(NAME, "another run is writing into this folder", "wait for it to end or choose another --out")
        })?;
        let mut chain = Chain::parse(&read_file(&path, NAME, LIMIT)?)?;
        let torn = std::mem::take(&mut chain.torn);
        if !torn.is_empty() {
            let length = file.metadata().map_err(fault)?.len();
            file.set_len(length - torn.len() as u64).map_err(fault)?;
        }
        file.seek(SeekFrom::End(0)).map_err(fault)?;
        File::open(out.join("evidence")).and_then(|folder| folder.sync_all()).map_err(fault)?;
        let mut log = Log { file, chain };
        if !torn.is_empty() {
            log.append(now, Event::Recovered { bytes: torn.len() as u64, sha256: sha256_hex(&torn) })?;
        }
        Ok(log)
    }

    /// Adds a line and flushes it to the disk.
    pub fn append(&mut self, now: &str, event: Event) -> Result<(), Fault> {
        if let Event::Blob { digest, .. }
        | Event::Document { digest, .. }
        | Event::Predictions { digest, .. }
        | Event::Reading { digest, .. } = &event
            && !digest.strip_prefix("sha256:").is_some_and(is_hex_digest)
        {
            return Err(Fault::new(NAME, "an event names no SHA-256 digest", "report this as a bug"));
        }
        let Head { head: prev, length: seq } = self.chain.head.clone();
        let entry = Entry { seq, prev, at: now.into(), event };
        let mut line = serde_json::to_vec(&entry).map_err(|error| Fault::new(NAME, error.to_string(), ""))?;
        let head = sha256_hex(&line);
        line.push(b'\n');
        let write = |file: &mut File| file.write_all(&line).and_then(|()| file.sync_data());
        write(&mut self.file)
            .map_err(|error| Fault::new(NAME, format!("it cannot be written ({error})"), "make room and run again"))?;
        self.chain.head = Head { head, length: seq + 1 };
        self.chain.entries.push(entry);
        Ok(())
    }

    /// Where the log ends now.
    pub fn head(&self) -> Head {
        self.chain.head.clone()
    }

    /// Its lines so far.
    pub fn entries(&self) -> &[Entry] {
        &self.chain.entries
    }
}
