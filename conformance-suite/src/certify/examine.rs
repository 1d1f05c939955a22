//! A submission as it is now, for verification: opened and described in a limited worker as for a run, and nothing measured.

use super::job::{Ask, Job, OpaqueJob, SILENCE, Told};
use crate::evidence::verify::Examined;
use crate::measure::api::failure;
use crate::verdict::SubmissionReport;
use indexmap::IndexMap;
use lmstd_compiler::standard::Standard;
use lmstd_runtime::worker::{Limits, Worker};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A standard as it was kept: its text and those of the documents that it uses.
pub(super) struct Text {
    /// What it compiles to.
    pub standard: Standard,
    /// Its name, which tells the spelling.
    pub name: &'static str,
    /// The text.
    pub text: String,
    /// The other documents, by target.
    pub documents: IndexMap<String, String>,
}

/// What the worker of `program` tells of a submission; `is_asked` says that it only describes a model that is asked.
pub(super) fn examine(program: &Path, kept: &Text, submission: &Path, is_asked: bool) -> Result<Examined, String> {
    let limits = Limits::default();
    let unasked = failure("internal", "nothing is asked of the model", "", "");
    let job = Job {
        name: kept.name.into(),
        text: kept.text.clone(),
        documents: kept.documents.clone(),
        submission: submission.into(),
        data: Vec::new(),
        given: Vec::new(),
        opaque: is_asked.then_some(OpaqueJob { answers: Some(Err(unasked)) }),
        cluster: None,
        threads: super::threads(),
        skip: (0..).zip(&kept.standard.measurements).map(|(index, _)| index).collect(),
        limits,
        read: vec![PathBuf::from(submission)],
    };
    let mut worker = Worker::spawn(Command::new(program).arg("worker"), limits).map_err(|error| error.to_string())?;
    worker.send(&Ask::Open(Box::new(job))).map_err(|error| error.to_string())?;
    let (mut stated, mut models) = (None::<SubmissionReport>, IndexMap::new());
    loop {
        match worker.recv::<Told>(SILENCE).map_err(|error| error.to_string())? {
            Told::Opened(submission, _) => {
                stated = Some(submission);
                let ask = Ask::Measure { nonce: String::new() };
                worker.send(&ask).map_err(|error| error.to_string())?;
            }
            Told::Model(name, model) => drop(models.insert(name, model)),
            Told::Refused(failure) | Told::Tampered(failure) => return Err(failure.message),
            Told::Finished => {
                let submission = stated.ok_or("the worker ends before it has opened the submission")?;
                return Ok(Examined { submission, models });
            }
            _ => {}
        }
    }
}
