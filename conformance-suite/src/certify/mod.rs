//! A compiled standard over a submission: plan, run, judge, record, sign.
//!
//! The parent process compiles, decides and writes; a limited worker process reads the submission and the data and runs
//! the model ([`job`] is their talk). Whatever becomes of the worker is a verdict, never a crash and never a pass.

mod applies;
pub mod data;
mod describe;
pub mod job;
mod recompute;
mod worker;

pub use recompute::Again;
pub use worker::serve;

use crate::evidence::attest::Statement;
use crate::evidence::{Fault, NO_ROOT, Recorder, key, seed};
use crate::judge::judge;
use crate::measure::api::failure;
use crate::measure::reading::{Failure, Reading};
use crate::report::{self, Format, Lang};
use crate::verdict::{
    ClauseReport, Level, Outcome, Report, SignerReport, StandardReport, SubmissionReport, Text, ToolReport, Trust,
    Verdict,
};
use ed25519_dalek::SigningKey;
use indexmap::IndexMap;
use job::{Job, Told};
use lmstd_compiler::standard::{ClauseSpec, MeasurementId, Standard};
use lmstd_grammar::ast;
use lmstd_runtime::worker::{Limits, Worker, WorkerError};
use lmstd_runtime::world::{World, write_atomic};
use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How often a worker that died is started again for the measurements that are left.
const RESTARTS: usize = 3;
/// Longest silence of a worker before it is given up.
const SILENCE: Duration = Duration::from_secs(900);

/// What is asked for.
pub struct Request<'a> {
    /// The checked standard.
    pub standard: &'a Standard,
    /// Name of its text; tells the spelling.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The submission.
    pub submission: &'a Path,
    /// Files of the splits.
    pub data: Vec<data::SplitFile>,
    /// Where everything is written.
    pub out: &'a Path,
    /// The key that signs, and whether it was made for this run only.
    pub key: (SigningKey, bool),
    /// Language of `report.html`.
    pub lang: Lang,
    /// Limits of the worker.
    pub limits: Limits,
    /// The clock.
    pub world: &'a dyn World,
}

/// What the worker told, put together.
#[derive(Default)]
struct Findings {
    limits: IndexMap<String, String>,
    submission: Option<SubmissionReport>,
    models: IndexMap<String, crate::verdict::ModelReport>,
    datasets: IndexMap<String, crate::verdict::DatasetReport>,
    readings: HashMap<u32, Reading>,
    blobs: Vec<(Vec<u8>, String)>,
}

/// Certifies: every measurement, every verdict, the report and the certificate in `out`. `progress` is told what is
/// being done, how much of it, of how much.
pub fn certify(request: Request, progress: &mut dyn FnMut(&str, u64, u64)) -> Result<Report, Fault> {
    let mut found = measure(&request, progress);
    let submission = found.submission.take().unwrap_or_else(|| unlisted(request.submission));
    let now = request.world.now_utc();
    let mut recorder = Recorder::start(request.out, &request.standard.lock, &submission.root, &now)?;
    let standard_digest = recorder.blob(request.text.as_bytes(), media_of(request.name), &now)?;
    for (bytes, media) in &found.blobs {
        recorder.blob(bytes, media, &now)?;
    }
    for (index, measurement) in request.standard.measurements.iter().enumerate() {
        let reading = found.readings.entry(index as u32).or_insert_with(|| not_run(&measurement.display));
        recorder.reading(MeasurementId(index as u32), &measurement.display, reading, &now)?;
    }
    let clauses: Vec<ClauseReport> =
        request.standard.clauses.iter().map(|clause| decide(clause, &request, &found, &submission)).collect();
    recorder.verdicts(clauses.iter().map(|clause| (clause.id.clone(), clause.verdict)).collect(), &now)?;
    let report = Report {
        outcome: Outcome::of(&clauses),
        date: now.clone(),
        attempt: recorder.attempt(&request.standard.lock, &submission.root),
        standard: StandardReport {
            id: request.standard.id.clone(),
            version: request.standard.version.clone(),
            lock: request.standard.lock.clone(),
            sha256: standard_digest.replace("sha256:", ""),
            title: text(&request.standard.title),
        },
        seeds: seeds(&request.standard.lock, &submission.root)?,
        submission,
        datasets: found.datasets,
        models: found.models,
        tool: tool(found.limits),
        signer: SignerReport { key: bare(&key::public_text(&request.key.0.verifying_key())), one_time: request.key.1 },
        clauses,
    };
    write(&request, &report, recorder, &now)?;
    Ok(report)
}

/// Report first, certificate last: a folder whose run did not finish has no certificate that fits.
fn write(request: &Request, report: &Report, recorder: Recorder, now: &str) -> Result<(), Fault> {
    let fault = |name: &str, why: String| Fault::new(name, why, "make room and run again");
    let render =
        |format| report::render(report, format, request.lang).map_err(|error| fault("report", error.to_string()));
    let put = |name: &str, bytes: &[u8]| {
        write_atomic(&request.out.join(name), bytes)
            .map_err(|error| fault(name, format!("it cannot be written ({error})")))
    };
    let json = render(Format::Json)?;
    put("report.json", &json)?;
    put("report.html", &render(Format::Html)?)?;
    let finished = recorder.finish(&json, now)?;
    put("certificate.json", &Statement::of(report, &json, &finished).sign(&request.key.0)?)
}

/// Runs workers until every measurement has a reading or no worker lives long enough to give one.
fn measure(request: &Request, progress: &mut dyn FnMut(&str, u64, u64)) -> Findings {
    let mut found = Findings::default();
    for _ in 0..=RESTARTS {
        let mut started: Option<u32> = None;
        let ended = run_worker(request, &mut found, &mut started, progress);
        let Err(error) = ended else { return found };
        let failure = died(&error);
        match started {
            // The measurement that was under way is the one that failed; the others get another worker.
            Some(index) if !found.readings.contains_key(&index) => {
                found.readings.insert(index, Reading::failed(failure));
            }
            _ => {
                fail_all(request.standard, &mut found, &failure);
                return found;
            }
        }
    }
    let failure =
        failure("worker_died", "the worker died again and again", "", "look at the failures of the other measurements");
    fail_all(request.standard, &mut found, &failure);
    found
}

fn fail_all(standard: &Standard, found: &mut Findings, failure: &Failure) {
    for index in 0..standard.measurements.len() as u32 {
        found.readings.entry(index).or_insert_with(|| Reading::failed(failure.clone()));
    }
}

fn run_worker(
    request: &Request,
    found: &mut Findings,
    started: &mut Option<u32>,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<(), WorkerError> {
    let program = std::env::current_exe().map_err(|error| WorkerError::Protocol(error.to_string()))?;
    let mut command = Command::new(program);
    command.arg("worker");
    let mut worker =
        Worker::spawn(&mut command, request.limits).map_err(|error| WorkerError::Protocol(error.to_string()))?;
    worker.send(&Job {
        name: request.name.into(),
        text: request.text.into(),
        submission: request.submission.into(),
        data: request.data.clone(),
        threads: threads(),
        done: found.readings.keys().copied().collect(),
        limits: request.limits,
    })?;
    loop {
        match worker.recv::<Told>(SILENCE)? {
            Told::Limits(limits) => found.limits = limits,
            Told::Opened(submission) => found.submission = Some(submission),
            Told::Model(name, model) => {
                found.models.insert(name, model);
            }
            Told::Dataset(name, dataset) => {
                found.datasets.insert(name, dataset);
            }
            Told::Started(index) => *started = Some(index),
            Told::Progress(what, done, total) => progress(&what, done, total),
            Told::Blob(blob) => found.blobs.push(blob.decode().map_err(WorkerError::Protocol)?),
            Told::Reading(index, reading) => {
                found.readings.insert(index, reading);
            }
            Told::Refused(failure) => {
                fail_all(request.standard, found, &failure);
                return Ok(());
            }
            Told::Tampered(failure) => {
                found.readings.clear();
                fail_all(request.standard, found, &failure);
                return Ok(());
            }
            Told::Finished => return Ok(()),
        }
    }
}

fn died(error: &WorkerError) -> Failure {
    let (fault, mend) = match error {
        WorkerError::TimedOut { .. } => ("worker_timed_out", "submit a smaller model or data, or raise the limits"),
        _ => ("worker_died", "if the submission is sound, raise the limits and run again"),
    };
    failure(fault, error.to_string(), "", mend)
}

fn not_run(display: &str) -> Reading {
    Reading::failed(failure("not_measured", format!("`{display}` was not measured"), "", "run again"))
}

/// The verdict of one clause.
fn decide(clause: &ClauseSpec, request: &Request, found: &Findings, submission: &SubmissionReport) -> ClauseReport {
    let mut decided = ClauseReport {
        id: clause.id.clone(),
        level: match clause.level {
            ast::Level::Must => Level::Must,
            ast::Level::Should => Level::Should,
            ast::Level::May => Level::May,
        },
        verdict: Verdict::NotApplicable,
        trust: Trust::None,
        text: text(&clause.text),
        reason: Text { en: "Its condition does not hold.".into(), zh: "其适用条件不成立。".into() },
        measured: Vec::new(),
        bar: clause.bar.clone(),
        findings: Vec::new(),
        controls: clause.satisfies.clone(),
        evidence: Vec::new(),
    };
    if clause.when.as_ref().is_some_and(|when| !applies::applies(when, &found.models)) {
        return decided;
    }
    let declared = |key: &str| submission.declared.get(key).map(String::as_str);
    let opened = submission.root != NO_ROOT;
    let judged = judge(clause, &|id| found.readings.get(&id.0), opened.then_some(&declared as _), request.standard);
    decided.verdict = judged.verdict;
    decided.trust = judged.trust;
    decided.reason = judged.reason;
    decided.measured = judged.measured;
    decided.findings = judged.findings;
    decided.evidence = judged.evidence;
    decided
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
    SubmissionReport { name: name_of(path), root: NO_ROOT.into(), files: Vec::new(), declared: IndexMap::new() }
}

/// The last part of a path, for people.
fn name_of(path: &Path) -> String {
    let name =
        path.canonicalize().ok().and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    lmstd_runtime::intake::error::printable(&name.unwrap_or_else(|| "submission".into()))
}

fn seeds(lock: &str, root: &str) -> Result<IndexMap<String, String>, Fault> {
    ["bootstrap", "probe", "rounding"]
        .into_iter()
        .map(|name| Ok((name.to_string(), hex::encode(seed::derive(lock, root, name)?))))
        .collect()
}

fn threads() -> usize {
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
