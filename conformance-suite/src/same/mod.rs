//! Whether two submissions are one model: a conversion held against what was converted.
//!
//! Both are bound to the architecture that their configs name (a submission that holds none is read with the other's).
//! Parameter by parameter the numbers are equal, or those of one are the other's rounded to its narrower type, or they
//! differ. Where they are not all equal, both models are run in f64 on the same inputs, which nobody chose, and every value
//! of the program between input and output is compared, so that a difference has a place.
//!
//! Equal numbers under one program are one model. Rounded ones are, where the outputs also lie within what arithmetic of
//! the narrower type explains. Everything else is another model.

mod outputs;
pub mod page;
pub mod terminal;
mod told;
mod weights;
pub mod worker;

use crate::certify::job::{Ask, SILENCE, Told};
use crate::measure::reading::{Failure, OutputCloseness};
use crate::verdict::Finding;
use lmstd_runtime::weights::Relation;
use lmstd_runtime::worker::{Limits, Worker};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What the worker shall do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The first submission.
    pub a: PathBuf,
    /// The second one.
    pub b: PathBuf,
    /// What the worker may use.
    pub limits: Limits,
}

/// A submission of the two.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Side {
    /// Its name.
    pub name: String,
    /// The root of its manifest.
    pub root: String,
    /// The files that hold its weights.
    pub files: Vec<String>,
    /// Number types of its weights with how many tensors have them: `12 F32, 3 F16`.
    pub types: String,
}

/// A parameter in both.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name in the program.
    pub name: String,
    /// What both are to each other.
    #[serde(flatten)]
    pub relation: Relation,
}

/// The answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// All numbers are equal.
    Equal,
    /// What differs is explained by a narrower type.
    Within,
    /// They are two models.
    Different,
    /// A difference is within a few roundings.
    Unclear,
}

/// What was found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Proof {
    /// The first submission.
    pub a: Side,
    /// The second one.
    pub b: Side,
    /// The architecture of both.
    pub architecture: String,
    /// Every parameter, in the program's order.
    pub parameters: Vec<Parameter>,
    /// Every value that was compared, where numbers are not all equal.
    pub outputs: Vec<OutputCloseness>,
    /// Where the two diverge.
    pub findings: Vec<Finding>,
    /// The answer.
    pub answer: Answer,
}

impl Proof {
    /// How many parameters have a relation that `is` says.
    #[must_use]
    pub fn count(&self, is: impl Fn(&Relation) -> bool) -> usize {
        self.parameters.iter().filter(|parameter| is(&parameter.relation)).count()
    }
}

/// Holds two submissions against each other in a limited worker; `progress` is told what is being done, how much of it, of
/// how much.
///
/// # Errors
/// Why there is no answer: a submission that cannot be read, or is no instance of an architecture that is known.
pub fn prove(a: &Path, b: &Path, progress: &mut dyn FnMut(&str, u64, u64)) -> Result<Proof, Failure> {
    let limits = Limits::default();
    let job = Job { a: a.into(), b: b.into(), limits };
    let unable = |why: String| crate::measure::api::failure("worker_died", why, "", "run again");
    let mut worker = Worker::of_this_program("worker", limits).map_err(|error| unable(error.to_string()))?;
    worker.send(&Ask::Same(Box::new(job))).map_err(|error| unable(error.to_string()))?;
    loop {
        match worker.recv::<Told>(SILENCE).map_err(|error| unable(error.to_string()))? {
            Told::Progress(what, done, total) => progress(&what, done, total),
            Told::Same(proof) => return Ok(*proof),
            Told::Refused(failure) | Told::Tampered(failure) => return Err(failure),
            _ => {}
        }
    }
}
