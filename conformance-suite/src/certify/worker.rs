//! The worker's side: opens the submission, and when the parent has written down that a run over it begins, measures.

use super::describe;
use super::documents::Kept;
use super::job::{Ask, EncodedBlob, Job, Told};
use crate::evidence::attestation;
use crate::measure::api::Arguments;
use crate::measure::reading::{Failure, Reading};
use crate::measure::{self, api::failure};
use crate::session::opaque::Opaque;
use crate::session::{ClusterOf, Session, Setting, refused};
use crate::verdict::{FileReport, SubmissionReport};
use indexmap::IndexMap;
use lmstd_compiler::Compiled;
use lmstd_compiler::library::Library;
use lmstd_compiler::standard::{Measurement, Standard};
use lmstd_runtime::exec::Budget;
use lmstd_runtime::intake::attestation as attestations;
use lmstd_runtime::intake::card::read_card;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::worker::{self, Limits, Reach, confine};
use lmstd_runtime::world::{RealWorld, World};
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Progress is told at most this often.
const BETWEEN: Duration = Duration::from_millis(100);

/// Serves one job on standard input and output, then ends.
pub fn serve() {
    let mut opened: Option<Opened> = None;
    // Before anything is opened and while there is no other thread; a first request that names no files gets none.
    let limit = |ask: &Ask, tell: &mut dyn FnMut(&Told)| {
        let (limits, reach) = match ask {
            Ask::Open(job) => (job.limits, Reach { read: job.read.clone(), ..Reach::default() }),
            Ask::Same(job) => (job.limits, Reach { read: vec![job.a.clone(), job.b.clone()], ..Reach::default() }),
            Ask::Measure { .. } => (Limits::default(), Reach::default()),
        };
        tell(&Told::Limits(confine(&limits, &reach).into_iter().collect()));
    };
    worker::serve(limit, |ask: Ask, tell: &mut dyn FnMut(&Told)| match ask {
        Ask::Open(job) => match open(*job, tell) {
            Ok(ready) => {
                opened = Some(ready);
                ControlFlow::Continue(())
            }
            Err(failure) => {
                tell(&Told::Refused(failure));
                ControlFlow::Break(())
            }
        },
        Ask::Same(job) => {
            let told = same(&job, tell);
            tell(&told);
            ControlFlow::Break(())
        }
        Ask::Measure { nonce } => {
            if let Some(opened) = opened.take() {
                run(opened, nonce, tell);
            }
            ControlFlow::Break(())
        }
    });
}

/// Holds two submissions against each other.
fn same(job: &crate::same::Job, tell: &mut dyn FnMut(&Told)) -> Told {
    let tell = RefCell::new(tell);
    let tell = |message: &Told| (tell.borrow_mut())(message);
    let progress = throttled(&tell);
    match crate::same::worker::prove(job, &progress) {
        Ok(proof) => Told::Same(Box::new(proof)),
        Err(failure) => Told::Refused(failure),
    }
}

/// Tells progress, not too often: silence is how the parent knows a worker that hangs.
fn throttled(tell: &dyn Fn(&Told)) -> impl Fn(&str, u64, u64) {
    let last = Cell::new(Duration::ZERO);
    move |what, done, total| {
        let now = RealWorld.monotonic();
        if done >= total || now - last.get() >= BETWEEN {
            last.set(now);
            tell(&Told::Progress(what.into(), done, total));
        }
    }
}

/// A submission that waits to be measured.
struct Opened {
    job: Job,
    library: Library,
    compiled: Compiled,
    standard: Standard,
    submission: Submission,
}

fn open(job: Job, tell: &mut dyn FnMut(&Told)) -> Result<Opened, Failure> {
    let library = measure::library();
    let mut compiled = lmstd_compiler::compile(&job.name, &job.text, &library, &Kept(&job.documents));
    let standard = compiled
        .standard
        .take()
        .ok_or_else(|| failure("internal", "the standard does not compile in the worker", "", ""))?;
    let submission = Submission::open(&job.submission, &DoorLimits::default()).map_err(refused)?;
    let mut envelopes = Vec::new();
    let report = describe_submission(&submission, &job.submission, &standard, &mut |bytes: &[u8]| {
        envelopes.push(EncodedBlob::new(bytes));
    })?;
    tell(&Told::Opened(report, envelopes));
    Ok(Opened { job, library, compiled, standard, submission })
}

/// A submission's files, and what is stated about it; `envelope` is given every attestation that was looked at.
fn describe_submission(
    submission: &Submission,
    path: &Path,
    standard: &Standard,
    envelope: &mut dyn FnMut(&[u8]),
) -> Result<SubmissionReport, Failure> {
    let manifest = submission.manifest();
    let signers = attestation::signers(standard);
    let attested = attestation::examine(manifest, &signers, |file| {
        let bytes = attestations::read(submission, &file.path).map_err(refused)?;
        envelope(bytes.as_slice());
        Ok::<_, Failure>(bytes)
    })?;
    let file = |file: &lmstd_runtime::intake::manifest::FileEntry| FileReport {
        path: file.path.clone(),
        sha256: file.sha256.clone(),
        bytes: file.bytes,
    };
    Ok(SubmissionReport {
        name: super::name_of(path),
        root: manifest.root.clone(),
        files: manifest.files.iter().map(file).collect(),
        // A card that cannot be read declares nothing, which no clause passes on.
        declared: read_card(submission).unwrap_or_default(),
        attested: attested.facts,
        attestation_faults: attested.faults,
        opaque: None,
    })
}

/// Measures; the last thing told is whether the submission stayed the same.
fn run(opened: Opened, nonce: String, tell: &mut dyn FnMut(&Told)) {
    let Opened { job, library, compiled, standard, submission } = opened;
    // Measures report progress from inside.
    let tell = RefCell::new(tell);
    let tell = |message: &Told| (tell.borrow_mut())(message);
    let progress = throttled(&tell);
    let cluster = job.cluster.map(|url| ClusterOf {
        url,
        name: job.name.clone(),
        text: job.text.clone(),
        documents: job.documents.clone(),
        submission: std::path::absolute(&job.submission).unwrap_or_else(|_| job.submission.clone()),
    });
    let data = job.data.into_iter().collect();
    let given = job.given.into_iter().collect();
    let Limits { memory_bytes, cpu_seconds, .. } = job.limits;
    let budget = Budget { memory_bytes, cpu_seconds };
    let gathers = job.opaque.as_ref().is_some_and(|opaque| opaque.answers.is_none());
    let opaque = job.opaque.map(|opaque| match opaque.answers {
        None => Opaque::gathering(),
        Some(answers) => Opaque::Answered(answers.map(Arc::new)),
    });
    let setting = Setting { data, given, nonce, threads: job.threads, budget, cluster, opaque, progress: &progress };
    let session = Session::new(standard, compiled, library, submission, setting);
    if gathers {
        tell(&Told::Questions(session.questions()));
        tell(&ended(&session));
        return;
    }
    describe_all(&session, &tell);
    for stage in [measure::api::Stage::Header, measure::api::Stage::Weights, measure::api::Stage::Run] {
        for (index, measurement) in session.standard.measurements.iter().enumerate() {
            let Some(measure) = measure::find(&measurement.measure).filter(|measure| measure.stage == stage) else {
                continue;
            };
            if job.skip.contains(&(index as u32)) {
                continue;
            }
            tell(&Told::Started(index as u32));
            let reading = read(measure, measurement, &session);
            for blob in session.take_blobs() {
                tell(&Told::Predictions(blob.of, EncodedBlob::new(&blob.bytes)));
            }
            tell(&Told::Reading(index as u32, reading));
        }
    }
    tell(&ended(&session));
}

/// The last word: whether the submission is what it was.
fn ended(session: &Session) -> Told {
    match session.submission.rehash() {
        Ok(()) => Told::Finished,
        Err(error) => Told::Tampered(refused(error)),
    }
}

/// The reading of one measurement; one that breaks its own promises is a failure, never a value.
fn read(measure: &measure::api::Measure, measurement: &Measurement, session: &Session) -> Reading {
    let reading = (measure.run)(&Arguments { measurement }, session).unwrap_or_else(Reading::failed);
    match reading.check() {
        Ok(()) => reading,
        Err(why) => Reading::failed(failure(
            "internal",
            format!("the reading contradicts itself: {why}"),
            "",
            "report this as a bug",
        )),
    }
}

fn describe_all(session: &Session, tell: &dyn Fn(&Told)) {
    let names: Vec<String> = session.standard.models.keys().cloned().collect();
    for name in names {
        tell(&Told::Model(name.clone(), describe::model(session, &name)));
    }
    let datasets: IndexMap<_, _> = session.standard.datasets.clone();
    for (name, spec) in &datasets {
        tell(&Told::Dataset(name.clone(), describe::dataset(session, name, spec)));
    }
}
