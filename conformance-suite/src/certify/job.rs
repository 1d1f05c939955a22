//! What parent and worker say to each other.
//!
//! The parent asks twice: first to open the submission, then, when the log knows the submission's root and has given a
//! nonce for it, to measure. So nothing is measured that the log does not know to have begun.

use crate::evidence::log::PredictionsOf;
use crate::measure::reading::{Failure, Reading};
use crate::verdict::{DatasetReport, ModelReport, SubmissionReport};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use lmstd_runtime::opaque::ask::Answered;
use lmstd_runtime::opaque::protocol::{Question, Task};
use lmstd_runtime::worker::Limits;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Longest silence of a worker before it is given up.
pub(crate) const SILENCE: Duration = Duration::from_secs(900);

/// What the parent asks, in this order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Ask {
    /// Open the submission and tell what it is.
    Open(Box<Job>),
    /// Measure, with seeds that follow from this nonce (64 hex digits).
    Measure {
        /// See [`crate::evidence::seed`].
        nonce: String,
    },
    /// Hold two submissions against each other; nothing else is asked then.
    Same(Box<crate::same::Job>),
}

/// What the worker shall do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// Name of the standard's text.
    pub name: String,
    /// The standard's text; the worker compiles it again.
    pub text: String,
    /// The texts of other documents that it uses, by target.
    pub documents: IndexMap<String, String>,
    /// The submission.
    pub submission: PathBuf,
    /// Files of the splits.
    pub data: Vec<super::data::SplitFile>,
    /// Answers that were handed in, by (model, dataset, split).
    pub given: Vec<super::given::GivenAnswers>,
    /// The model is only asked: its answers, or none where its questions are still to be gathered.
    pub opaque: Option<OpaqueJob>,
    /// The scheduler of a cluster that runs the plans, `http://HOST:PORT`.
    pub cluster: Option<String>,
    /// Threads for data and models.
    pub threads: usize,
    /// Measurements that are not to be tried again: an earlier worker did not survive them.
    pub skip: Vec<u32>,
    /// What the worker may use.
    pub limits: Limits,
    /// The files and folders that it may read. All texts come with the job.
    pub read: Vec<PathBuf>,
}

/// A model that is only asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpaqueJob {
    /// Its answers, or why there are none; nothing where its questions are to be gathered.
    pub answers: Option<Result<Answered, Failure>>,
}

/// What a model that is only asked shall be asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Questions {
    /// What each dataset asks.
    pub tasks: Vec<Task>,
    /// The questions, each once.
    pub questions: Vec<Question>,
}

/// What the worker tells, in this order as far as it gets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Told {
    /// The limits that hold, by name.
    Limits(IndexMap<String, String>),
    /// The submission could not be opened; nothing follows.
    Refused(Failure),
    /// The submission's files, declarations and attestations, and the envelopes that those stand in.
    Opened(SubmissionReport, Vec<EncodedBlob>),
    /// What a model that is only asked shall be asked, or why that cannot be told.
    Questions(Result<Questions, Failure>),
    /// Facts about a model.
    Model(String, ModelReport),
    /// Facts about a dataset.
    Dataset(String, DatasetReport),
    /// A measurement begins.
    Started(u32),
    /// How far it is: what, done, total.
    Progress(String, u64, u64),
    /// Predictions that readings rest on.
    Predictions(PredictionsOf, EncodedBlob),
    /// A measurement ended.
    Reading(u32, Reading),
    /// The submission changed while it was read; no reading counts.
    Tampered(Failure),
    /// What two submissions are to each other.
    Same(Box<crate::same::Proof>),
    /// All is done.
    Finished,
}

/// Bytes on their way through JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EncodedBlob {
    base64: String,
}

impl EncodedBlob {
    /// Packs bytes.
    pub fn new(bytes: &[u8]) -> EncodedBlob {
        EncodedBlob { base64: STANDARD.encode(bytes) }
    }

    /// The bytes.
    pub fn decode(&self) -> Result<Vec<u8>, String> {
        STANDARD.decode(&self.base64).map_err(|error| error.to_string())
    }
}
