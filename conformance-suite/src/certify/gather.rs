//! The parent's side of measuring: workers are started, heard and, where they die, started again; all that they tell is
//! recorded as it comes.
//!
//! The run begins in the log when a worker says what the submission is (or that it cannot be opened), before anything is
//! measured. A worker hashes everything once more when it is done, and only then are its readings known to be of what
//! it opened. So of a worker that died nothing counts: the next one measures again, all but what the dead ones were
//! busy with, and finds the same submission and the same data, or no reading counts at all.

use super::job::{Ask, EncodedBlob, Job, OpaqueJob, Questions, SILENCE, Told};
use super::{Request, opaque};
use crate::evidence::{Fault, Recorder, attestation, seed};
use crate::measure::api::failure;
use crate::measure::reading::{Failure, Reading};
use crate::verdict::{DatasetReport, ModelReport, OpaqueReport, SubmissionReport};
use indexmap::IndexMap;
use lmstd_compiler::standard::{ColumnType, FieldSpec, MeasurementId};
use lmstd_runtime::opaque::ask::Answered;
use lmstd_runtime::worker::{Worker, WorkerError};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// How often a worker that died is started again for the measurements that are left.
const RESTARTS: usize = 3;

/// Told what is being done, how much of it, of how much.
pub(super) type Progress<'p> = dyn FnMut(&str, u64, u64) + 'p;

/// What the workers told, recorded.
pub(super) struct Gathered {
    /// The run's record.
    pub(super) recorder: Recorder,
    /// The submission; without files where it could not be opened.
    pub(super) submission: SubmissionReport,
    /// The limits that held.
    pub(super) limits: IndexMap<String, String>,
    /// Facts about models.
    pub(super) models: IndexMap<String, ModelReport>,
    /// Facts about data.
    pub(super) datasets: IndexMap<String, DatasetReport>,
    /// A reading of every measurement.
    pub(super) readings: HashMap<u32, Reading>,
    /// Whether submission or data changed, so that nothing counts.
    pub(super) changed: bool,
    /// How often what had been measured was thrown away and measured again.
    pub(super) discarded: u64,
    /// Digest of the standard's text, `sha256:…`.
    pub(super) standard: String,
}

/// How a worker ended.
enum Ended {
    /// It measured everything, and the submission stayed the same.
    Finished,
    /// It could not open the submission.
    Refused(Failure),
    /// Submission or data are not what they were.
    Changed(Failure),
    /// It died, perhaps over a measurement.
    Died(Failure, Option<u32>),
}

/// Takes every measurement of the standard, or says why there is none.
pub(super) fn gather(request: &Request, progress: &mut Progress) -> Result<Gathered, Fault> {
    let mut run = Run {
        request,
        gathered: None,
        limits: IndexMap::new(),
        fatal: BTreeMap::new(),
        questions: None,
        answers: None,
        opaque: None,
        limit: None,
    };
    for _ in 0..=RESTARTS {
        match run.work(progress)? {
            Ended::Finished if request.opaque.is_some() && run.answers.is_none() => run.ask(progress)?,
            Ended::Finished => return run.end(None),
            Ended::Refused(failure) => return run.end(Some(failure)),
            Ended::Changed(failure) => {
                run.changed(&failure)?;
                return run.end(Some(failure));
            }
            Ended::Died(failure, during) => {
                run.discard(&failure)?;
                match during {
                    // What was under way is what failed; the rest gets another worker.
                    Some(index) => drop(run.fatal.insert(index, failure)),
                    None => return run.end(Some(failure)),
                }
            }
        }
    }
    let mend = "look at the failures of the other measurements";
    run.end(Some(failure("worker_died", "the worker died again and again", "", mend)))
}

/// A run under way.
struct Run<'r> {
    request: &'r Request<'r>,
    /// What was told so far; none until the run has begun in the log.
    gathered: Option<Gathered>,
    limits: IndexMap<String, String>,
    /// Measurements that a worker did not survive.
    fatal: BTreeMap<u32, Failure>,
    /// What a model that is only asked shall be asked.
    questions: Option<Result<Questions, Failure>>,
    /// Its answers.
    answers: Option<Result<Answered, Failure>>,
    /// What the report says of it.
    opaque: Option<OpaqueReport>,
    /// What limited the asking.
    limit: Option<opaque::Limit>,
}

impl Run<'_> {
    /// Runs one worker to its end. Only a fault of the record is an error.
    fn work(&mut self, progress: &mut Progress) -> Result<Ended, Fault> {
        let mut started = None;
        let mut worker = match self.spawn() {
            Ok(worker) => worker,
            Err(error) => return Ok(Ended::Died(died(&error), None)),
        };
        loop {
            let told = match worker.recv::<Told>(SILENCE) {
                Ok(told) => told,
                Err(error) => return Ok(Ended::Died(died(&error), started)),
            };
            match told {
                Told::Limits(limits) => self.limits = limits,
                Told::Progress(what, done, total) => progress(&what, done, total),
                Told::Started(index) => started = Some(index),
                Told::Refused(failure) if self.gathered.is_none() => return Ok(Ended::Refused(failure)),
                Told::Refused(failure) | Told::Tampered(failure) => return Ok(Ended::Changed(failure)),
                Told::Finished => return Ok(Ended::Finished),
                Told::Opened(submission, envelopes) => {
                    let Some(nonce) = self.opened(submission, &envelopes)? else { return Ok(changed("submission")) };
                    if let Err(error) = worker.send(&Ask::Measure { nonce }) {
                        return Ok(Ended::Died(died(&error), None));
                    }
                }
                told => {
                    if matches!(&told, Told::Reading(..)) {
                        started = None;
                    }
                    if let Some(ended) = self.take(told)? {
                        return Ok(ended);
                    }
                }
            }
        }
    }

    fn spawn(&self) -> Result<Worker, WorkerError> {
        let Request { name, text, documents, submission, data, given, limits, cluster, opaque, .. } = self.request;
        let unable = |error: std::io::Error| WorkerError::Protocol(error.to_string());
        let mut worker = Worker::of_this_program("worker", *limits).map_err(unable)?;
        worker.send(&Ask::Open(Box::new(Job {
            name: (*name).into(),
            text: (*text).into(),
            documents: documents.clone(),
            submission: (*submission).into(),
            data: data.clone(),
            given: given.clone(),
            opaque: opaque.map(|_| OpaqueJob { answers: self.answers.clone() }),
            cluster: cluster.clone(),
            threads: super::threads(),
            skip: self.fatal.keys().copied().collect(),
            limits: *limits,
            read: readable(self.request),
        })))?;
        Ok(worker)
    }

    /// A worker has opened the submission: the first one begins the run, every other one must see the same. Gives the
    /// nonce, or none where it is another submission.
    fn opened(&mut self, submission: SubmissionReport, envelopes: &[EncodedBlob]) -> Result<Option<String>, Fault> {
        if let Some(gathered) = &self.gathered {
            let same = gathered.submission == submission;
            return Ok(same.then(|| gathered.recorder.nonce().to_owned()));
        }
        let world = self.request.world;
        let mut gathered = self.begin(submission)?;
        for envelope in envelopes {
            let bytes = envelope.decode().map_err(|why| Fault::new("worker", why, "report this as a bug"))?;
            gathered.recorder.blob(&bytes, attestation::MEDIA, &world.now_utc())?;
        }
        let nonce = gathered.recorder.nonce().to_owned();
        self.gathered = Some(gathered);
        Ok(Some(nonce))
    }

    /// Begins the run in the log.
    fn begin(&self, submission: SubmissionReport) -> Result<Gathered, Fault> {
        let Request { standard, name, text, documents, out, world, .. } = self.request;
        let mut fresh = [0u8; 32];
        world.random(&mut fresh).map_err(|error| Fault::new("nonce", error.to_string(), "run again"))?;
        let mut recorder = Recorder::start(out, &standard.lock, &submission.root, fresh, &world.now_utc())?;
        let standard = recorder.blob(text.as_bytes(), super::media_of(name), &world.now_utc())?;
        for (target, text) in documents {
            recorder.document(target, text.as_bytes(), super::media_of(target), &world.now_utc())?;
        }
        Ok(Gathered {
            recorder,
            submission,
            limits: IndexMap::new(),
            models: IndexMap::new(),
            datasets: IndexMap::new(),
            readings: HashMap::new(),
            changed: false,
            discarded: 0,
            standard,
        })
    }

    /// Takes what a worker told about an opened submission; says how the worker ended, if that ends it.
    fn take(&mut self, told: Told) -> Result<Option<Ended>, Fault> {
        let Request { standard, world, .. } = self.request;
        let now = world.now_utc();
        let protocol = |why: &str| Ok(Some(Ended::Died(died(&WorkerError::Protocol(why.into())), None)));
        if let Told::Questions(questions) = told {
            self.questions = Some(questions);
            return Ok(None);
        }
        let Some(gathered) = &mut self.gathered else { return protocol("it measures before it has opened") };
        match told {
            Told::Model(name, model) => {
                let known = gathered.models.insert(name, model.clone());
                return Ok(known.filter(|known| *known != model).map(|_| changed("model")));
            }
            Told::Dataset(name, dataset) => {
                let known = gathered.datasets.insert(name, dataset.clone());
                return Ok(known.filter(|known| *known != dataset).map(|_| changed("data")));
            }
            Told::Predictions(of, blob) => match blob.decode() {
                Ok(bytes) => gathered.recorder.predictions(of, &bytes, &now)?,
                Err(why) => return protocol(&why),
            },
            Told::Reading(index, reading) => {
                let Some(measurement) = standard.measurements.get(index as usize) else {
                    return protocol("it reads what the standard does not measure");
                };
                if let Err(why) = reading.check() {
                    return protocol(&why);
                }
                gathered.recorder.reading(MeasurementId(index), &measurement.display, &reading, &now)?;
                gathered.readings.insert(index, reading);
            }
            _ => return protocol("it says what cannot be said here"),
        }
        Ok(None)
    }

    /// Asks the model what a worker has gathered, and keeps its answers: no later worker asks again.
    fn ask(&mut self, progress: &mut Progress) -> Result<(), Fault> {
        let Request { standard, opaque, world, .. } = self.request;
        let (Some(model), Some(gathered)) = (opaque, &mut self.gathered) else { return Ok(()) };
        let seed = seed::derive(&standard.lock, &gathered.submission.root, gathered.recorder.nonce(), "probe")?;
        let unasked = || Err(failure("internal", "the worker gathered no questions", "", "report this as a bug"));
        let answers = match self.questions.take().unwrap_or_else(unasked) {
            Ok(questions) => model.ask(&questions, seed, progress).map(|(answered, limit)| {
                self.limit = Some(limit);
                answered
            }),
            Err(failure) => Err(failure),
        };
        if let Ok(answered) = &answers {
            let bytes = serde_json::to_vec(answered)
                .map_err(|error| Fault::new("answers", error.to_string(), "report this as a bug"))?;
            let digest = gathered.recorder.blob(&bytes, opaque::MEDIA, &world.now_utc())?;
            self.opaque = Some(model.report(answered, digest));
        }
        self.answers = Some(answers);
        Ok(())
    }

    /// Nothing counts, not even what earlier workers did not survive.
    fn changed(&mut self, why: &Failure) -> Result<(), Fault> {
        self.fatal.clear();
        let Some(gathered) = &mut self.gathered else { return Ok(()) };
        gathered.readings.clear();
        gathered.changed = true;
        gathered.recorder.changed(&why.message, &self.request.world.now_utc())
    }

    /// Nothing that was read so far counts.
    fn discard(&mut self, why: &Failure) -> Result<(), Fault> {
        let Some(gathered) = &mut self.gathered else { return Ok(()) };
        gathered.readings.clear();
        gathered.discarded += 1;
        gathered.recorder.discard(&why.message, &self.request.world.now_utc())
    }

    /// Ends the run: measurements without a reading failed as a worker died over them, or for `failure`.
    fn end(mut self, failure: Option<Failure>) -> Result<Gathered, Fault> {
        let mut gathered = match self.gathered.take() {
            Some(gathered) => gathered,
            None => self.begin(super::unlisted(self.request.submission))?,
        };
        gathered.limits = std::mem::take(&mut self.limits);
        gathered.limits.extend(self.limit.take().map(|(name, held)| (name.into(), held.into())));
        gathered.submission.opaque = self.opaque.take();
        if let Some(model) = self.request.opaque {
            gathered.submission.name = model.shown();
        }
        for (index, measurement) in (0..).zip(&self.request.standard.measurements) {
            if gathered.readings.contains_key(&index) {
                continue;
            }
            let own = self.fatal.remove(&index).or_else(|| failure.clone());
            let reading = Reading::failed(own.unwrap_or_else(|| not_measured(&measurement.display)));
            let now = self.request.world.now_utc();
            gathered.recorder.reading(MeasurementId(index), &measurement.display, &reading, &now)?;
            gathered.readings.insert(index, reading);
        }
        Ok(gathered)
    }
}

/// The files that a worker needs: the submission, the data, the answers, and where cells of the data name pictures or
/// recordings, the folder in which these lie.
fn readable(request: &Request) -> Vec<PathBuf> {
    let mut read = vec![request.submission.to_owned()];
    for ((dataset, _), source) in &request.data {
        let medium = |field: &FieldSpec| matches!(field.ty, ColumnType::Image | ColumnType::Audio);
        let named = request.standard.datasets.get(dataset).is_some_and(|spec| spec.fields.iter().any(medium));
        let folder = source.path.parent().filter(|_| named && source.path.is_file());
        // The parent of a bare name is empty, which is the folder that the process stands in.
        read.extend(folder.map(|folder| if folder.as_os_str().is_empty() { ".".into() } else { folder.to_owned() }));
        read.push(source.path.clone());
    }
    read.extend(request.given.iter().map(|(_, source)| source.path.clone()));
    read
}

fn died(error: &WorkerError) -> Failure {
    let (fault, mend) = match error {
        WorkerError::TimedOut { .. } => ("worker_timed_out", "submit a smaller model or data, or raise the limits"),
        _ => ("worker_died", "if the submission is sound, raise the limits and run again"),
    };
    failure(fault, error.to_string(), "", mend)
}

fn changed(what: &str) -> Ended {
    let message = format!("the {what} changed while it was checked: another worker found it otherwise");
    Ended::Changed(failure("tampered", message, "", "check a copy that nothing writes to"))
}

fn not_measured(display: &str) -> Failure {
    failure("not_measured", format!("`{display}` was not measured"), "", "run again")
}
