//! The worker's side: opens the submission, measures, tells.

use super::describe;
use super::job::{EncodedBlob, Job, Told};
use crate::measure::api::Arguments;
use crate::measure::reading::{Failure, Reading};
use crate::measure::{self, api::failure};
use crate::session::{DataPaths, Session, refused};
use crate::verdict::{FileReport, SubmissionReport};
use indexmap::IndexMap;
use lmstd_compiler::standard::Measurement;
use lmstd_runtime::intake::card::read_card;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::worker::{self, confine};
use lmstd_runtime::world::{RealWorld, World};
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::time::Duration;

/// Progress is told at most this often.
const BETWEEN: Duration = Duration::from_millis(100);

/// Serves one job on standard input and output, then ends.
pub fn serve() {
    worker::serve(|job: Job, tell: &mut dyn FnMut(&Told)| {
        tell(&Told::Limits(confine(&job.limits).into_iter().collect()));
        if let Err(failure) = run(&job, tell) {
            tell(&Told::Refused(failure));
        }
        ControlFlow::Break(())
    });
}

fn run(job: &Job, tell: &mut dyn FnMut(&Told)) -> Result<(), Failure> {
    let library = measure::library();
    let compiled = lmstd_compiler::compile(&job.name, &job.text, &library);
    let standard =
        compiled.standard.ok_or_else(|| failure("internal", "the standard does not compile in the worker", "", ""))?;
    let submission = Submission::open(&job.submission, &DoorLimits::default()).map_err(refused)?;
    // A card that cannot be read declares nothing, which no clause passes on.
    let declared = read_card(&submission).unwrap_or_default();
    tell(&Told::Opened(SubmissionReport {
        name: super::name_of(&job.submission),
        root: submission.manifest().root.clone(),
        files: submission
            .manifest()
            .files
            .iter()
            .map(|file| FileReport { path: file.path.clone(), sha256: file.sha256.clone(), bytes: file.bytes })
            .collect(),
        declared,
    }));
    let data: DataPaths = job.data.iter().cloned().collect();
    // Measures report progress from inside, at once: silence is how the parent knows a worker that hangs.
    let (tell, last) = (RefCell::new(tell), Cell::new(Duration::ZERO));
    let tell = |message: &Told| (tell.borrow_mut())(message);
    let progress = |what: &str, done: u64, total: u64| {
        let now = RealWorld.monotonic();
        if done >= total || now - last.get() >= BETWEEN {
            last.set(now);
            tell(&Told::Progress(what.into(), done, total));
        }
    };
    let sources = (compiled.architectures, compiled.sources);
    let session = Session::new(standard, library, sources, submission, data, (job.threads, &progress));
    describe_all(&session, &tell);
    for stage in [measure::api::Stage::Header, measure::api::Stage::Weights, measure::api::Stage::Run] {
        for (index, measurement) in session.standard.measurements.iter().enumerate() {
            let Some(measure) = measure::find(&measurement.measure).filter(|measure| measure.stage == stage) else {
                continue;
            };
            if job.done.contains(&(index as u32)) {
                continue;
            }
            tell(&Told::Started(index as u32));
            let reading = read(measure, measurement, &session);
            for blob in session.take_blobs() {
                tell(&Told::Blob(EncodedBlob::new(&blob.bytes, blob.media)));
            }
            tell(&Told::Reading(index as u32, reading));
        }
    }
    match session.submission.rehash() {
        Ok(()) => tell(&Told::Finished),
        Err(error) => tell(&Told::Tampered(refused(error))),
    }
    Ok(())
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
