//! A compiled standard over a submission: plan, run, judge, record, sign.
//!
//! The parent process compiles, decides and writes; a limited worker process reads the submission and the data and runs
//! the model ([`job`] is their talk). Whatever becomes of the worker is a verdict, never a crash and never a pass.

mod applies;
mod asker;
pub(crate) mod boxes;
pub mod data;
mod describe;
pub mod documents;
mod examine;
mod gather;
pub mod given;
pub mod job;
pub mod opaque;
mod recompute;
mod worker;

pub use asker::serve as serve_asker;
pub use recompute::Again;
pub use worker::serve;

use crate::evidence::attest::{self, Statement};
use crate::evidence::{Fault, NO_ROOT, Recorder, facts, key, seed};
use crate::judge::{clause_report, multiplicity};
use crate::report::{self, Format, Lang};
use crate::verdict::{ClauseReport, Outcome, Report, SignerReport, StandardReport, SubmissionReport, Text, ToolReport};
use ed25519_dalek::SigningKey;
use gather::{Gathered, gather};
use indexmap::IndexMap;
use lmstd_compiler::standard::Standard;
use lmstd_runtime::worker::Limits;
use lmstd_runtime::world::{World, write_atomic};
use std::path::Path;

/// What is asked for.
pub struct Request<'a> {
    /// The checked standard.
    pub standard: &'a Standard,
    /// Name of its text; tells the spelling.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The texts of other documents that it uses, by target; see [`documents::of`].
    pub documents: IndexMap<String, String>,
    /// The submission.
    pub submission: &'a Path,
    /// The model, where it is only asked: then the submission is its description.
    pub opaque: Option<&'a opaque::OpaqueModel>,
    /// Files of the splits.
    pub data: Vec<data::SplitFile>,
    /// Answers that were handed in.
    pub given: Vec<given::GivenAnswers>,
    /// Where everything is written.
    pub out: &'a Path,
    /// The key that signs, and whether it was made for this run only.
    pub key: (SigningKey, bool),
    /// Language of `report.html`.
    pub lang: Lang,
    /// Limits of the worker.
    pub limits: Limits,
    /// The scheduler of a cluster that runs the plans, `http://HOST:PORT`; none where the worker does.
    pub cluster: Option<String>,
    /// The clock, and chance for the nonce.
    pub world: &'a dyn World,
}

/// Certifies: every measurement, every verdict, the report and the certificate in `out`. `progress` is told what is
/// being done, how much of it, of how much.
pub fn certify(request: Request, progress: &mut dyn FnMut(&str, u64, u64)) -> Result<Report, Fault> {
    let mut gathered = gather(&request, progress)?;
    let clauses = decide(request.standard, &gathered);
    let verdicts = clauses.iter().map(|clause| (clause.id.clone(), clause.verdict)).collect();
    gathered.recorder.verdicts(verdicts, &request.world.now_utc())?;
    let (report, recorder) = compose(&request, gathered, clauses)?;
    write(&request, &report, recorder)?;
    Ok(report)
}

/// The verdict of every clause, in the standard's order.
fn decide(standard: &Standard, gathered: &Gathered) -> Vec<ClauseReport> {
    let facts = facts(&gathered.submission, gathered.changed, gathered.recorder.started());
    let decide = |clause: &lmstd_compiler::standard::ClauseSpec| {
        let refusal = clause.when.as_ref().and_then(|when| applies::refusal(when, &gathered.models));
        clause_report(clause, refusal, &|id| gathered.readings.get(&id.0), &facts, standard)
    };
    standard.clauses.iter().map(decide).collect()
}

/// Everything in one value, and the record, which is still to be ended.
fn compose(request: &Request, gathered: Gathered, clauses: Vec<ClauseReport>) -> Result<(Report, Recorder), Fault> {
    let Gathered { recorder, submission, limits, models, datasets, discarded, standard: digest, .. } = gathered;
    let Request { standard, .. } = request;
    let report = Report {
        outcome: Outcome::of(&clauses),
        date: recorder.started().into(),
        attempt: recorder.runs(&standard.lock, Some(&submission.root)),
        runs: recorder.runs(&standard.lock, None),
        discarded,
        standard: StandardReport {
            id: standard.id.clone(),
            version: standard.version.clone(),
            lock: standard.lock.clone(),
            sha256: digest.replace("sha256:", ""),
            title: text(&standard.title),
        },
        seeds: seed::all(&standard.lock, &submission.root, recorder.nonce())?,
        submission,
        datasets,
        models,
        tool: tool(limits),
        signer: SignerReport { key: bare(&key::public_text(&request.key.0.verifying_key())), one_time: request.key.1 },
        multiplicity: multiplicity(standard, &clauses),
        clauses,
    };
    Ok((report, recorder))
}

/// The record ends first, then report, page and certificate replace those of the run before: a run that is broken off
/// leaves those as they were.
fn write(request: &Request, report: &Report, recorder: Recorder) -> Result<(), Fault> {
    let fault = |name: &str, why: String| Fault::new(name, why, "make room and run again");
    let render =
        |format| report::render(report, format, request.lang).map_err(|error| fault("report", error.to_string()));
    let put = |name: &str, bytes: &[u8]| {
        write_atomic(&request.out.join(name), bytes)
            .map_err(|error| fault(name, format!("it cannot be written ({error})")))
    };
    let (json, page) = (render(Format::Json)?, render(Format::Html)?);
    let finished = recorder.finish(&json, &request.world.now_utc())?;
    let certificate = Statement::of(report, &json, &finished).sign(&request.key.0)?;
    put("report.json", &json)?;
    put("report.html", &page)?;
    put(attest::NAME, &certificate)
}

fn text(text: &lmstd_compiler::standard::Text) -> Text {
    Text { en: text.en.clone(), zh: text.zh.clone() }
}

/// Media type under which a standard's text is kept: it tells the spelling.
pub fn media_of(name: &str) -> &'static str {
    match lmstd_grammar::source::Spelling::of_name(name) {
        lmstd_grammar::source::Spelling::Lms => "text/vnd.lmstd.standard",
        lmstd_grammar::source::Spelling::Yaml => "application/yaml",
    }
}

fn unlisted(path: &Path) -> SubmissionReport {
    SubmissionReport {
        name: name_of(path),
        root: NO_ROOT.into(),
        files: Vec::new(),
        declared: IndexMap::new(),
        attested: Vec::new(),
        attestation_faults: Vec::new(),
        opaque: None,
    }
}

/// The last part of a path, for people.
pub(crate) fn name_of(path: &Path) -> String {
    let name =
        path.canonicalize().ok().and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    lmstd_runtime::intake::error::printable(&name.unwrap_or_else(|| "submission".into()))
}

pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A key's base64 without the word in front.
fn bare(key: &str) -> String {
    key.rsplit(':').next().unwrap_or(key).into()
}

fn tool(limits: IndexMap<String, String>) -> ToolReport {
    ToolReport {
        name: "lmstd-check".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        threads: threads() as u64,
        limits,
    }
}
