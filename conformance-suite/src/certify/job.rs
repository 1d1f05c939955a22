//! What parent and worker say to each other.

use crate::measure::reading::{Failure, Reading};
use crate::verdict::{DatasetReport, ModelReport, SubmissionReport};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use lmstd_runtime::worker::Limits;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What the worker shall do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// Name of the standard's text.
    pub name: String,
    /// The standard's text; the worker compiles it again.
    pub text: String,
    /// The submission.
    pub submission: PathBuf,
    /// Files of the splits.
    pub data: Vec<super::data::SplitFile>,
    /// Threads for data and models.
    pub threads: usize,
    /// Measurements that have a reading already.
    pub done: Vec<u32>,
    /// What the worker may use.
    pub limits: Limits,
}

/// What the worker tells, in this order as far as it gets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Told {
    /// The limits that hold, by name.
    Limits(IndexMap<String, String>),
    /// The submission could not be opened; nothing follows.
    Refused(Failure),
    /// The submission's files and declarations.
    Opened(SubmissionReport),
    /// Facts about a model.
    Model(String, ModelReport),
    /// Facts about a dataset.
    Dataset(String, DatasetReport),
    /// A measurement begins.
    Started(u32),
    /// How far it is: what, done, total.
    Progress(String, u64, u64),
    /// Evidence that the next reading rests on.
    Blob(EncodedBlob),
    /// A measurement ended.
    Reading(u32, Reading),
    /// The submission changed while it was read; no reading counts.
    Tampered(Failure),
    /// All is done.
    Finished,
}

/// Bytes on their way through JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EncodedBlob {
    base64: String,
    media: String,
}

impl EncodedBlob {
    /// Packs bytes.
    pub fn new(bytes: &[u8], media: &str) -> EncodedBlob {
        EncodedBlob { base64: STANDARD.encode(bytes), media: media.into() }
    }

    /// The bytes and their media type.
    pub fn decode(self) -> Result<(Vec<u8>, String), String> {
        let bytes = STANDARD.decode(&self.base64).map_err(|error| error.to_string())?;
        Ok((bytes, self.media))
    }
}
