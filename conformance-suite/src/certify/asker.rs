//! The process that asks an endpoint: it alone may use the network, starts no programs, reads no submission and no data,
//! and hands nothing on but checked answers. Its death is a failure like any other.

use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::opaque::http::{Endpoint, Spec};
use lmstd_runtime::opaque::protocol::{Question, Reply};
use lmstd_runtime::opaque::{Source, fault};
use lmstd_runtime::worker::{self, Limits, Reach, Worker, WorkerError, confine};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::Duration;

/// What is told where the system does not grant all limits.
const NOT_ALL: &str = "asked by a process of its own, which the system does not limit in all ways";

/// What the parent wants.
#[derive(Serialize, Deserialize)]
enum Want {
    /// Take this endpoint, with this key.
    Open(Box<Spec>, Option<String>),
    /// Put these questions.
    Put(Vec<Question>),
}

/// Answers, what the endpoint says of itself, and how often a question was put again.
type Answers = (Vec<Option<Reply>>, Vec<String>, u64);

/// What the process tells.
#[derive(Serialize, Deserialize)]
enum Told {
    /// The endpoint has an address, and whether the process is limited; or why it has none.
    Opened(Result<bool, IntakeError>),
    /// What was answered, or why nothing counts.
    Answers(Result<Answers, IntakeError>),
}

/// Serves on standard input and output.
pub fn serve() {
    let mut endpoint: Option<Endpoint> = None;
    let is_limited = Cell::new(false);
    // A first request that names no endpoint gets no network.
    let limit = |want: &Want, _: &mut dyn FnMut(&Told)| {
        let limits = if let Want::Open(spec, _) = want { limits(spec) } else { Limits::default() };
        let held = confine(&limits, &Reach::default());
        let limited = |(name, line): &(String, String)| name == "network" || !line.starts_with("not limited");
        is_limited.set(held.iter().all(limited));
    };
    worker::serve(limit, |want: Want, tell: &mut dyn FnMut(&Told)| match want {
        Want::Open(spec, key) => {
            let limited = is_limited.get();
            match Endpoint::open(*spec, key) {
                Ok(opened) => {
                    endpoint = Some(opened);
                    tell(&Told::Opened(Ok(limited)));
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    tell(&Told::Opened(Err(error)));
                    ControlFlow::Break(())
                }
            }
        }
        Want::Put(questions) => {
            let Some(endpoint) = &mut endpoint else { return ControlFlow::Break(()) };
            let questions: Vec<&Question> = questions.iter().collect();
            let told = endpoint.ask(&questions).map(|answers| (answers, endpoint.claims(), endpoint.retries()));
            let goes_on = told.is_ok();
            tell(&Told::Answers(told));
            if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        }
    });
}

fn limits(spec: &Spec) -> Limits {
    let all = spec.patience.all.as_secs().saturating_add(600);
    Limits {
        memory_bytes: 4 << 30,
        cpu_seconds: all,
        wall_seconds: all,
        open_files: 128,
        file_size_bytes: 0,
        network: true,
    }
}

/// The parent's side.
pub(super) struct Asker {
    worker: Worker,
    authority: String,
    patience: Duration,
    claims: Vec<String>,
    retries: u64,
    /// Whether the system granted all of its limits.
    limited: bool,
}

impl Asker {
    /// Starts the process.
    ///
    /// # Errors
    /// `address_refused` and `no_answer` of the endpoint; `no_answer` where the process does not live.
    pub(super) fn start(spec: &Spec, key: Option<&str>) -> Result<Asker, IntakeError> {
        let authority = spec.place.authority();
        let unable = |error: std::io::Error| died(&authority, &WorkerError::Protocol(error.to_string()));
        let worker = Worker::of_this_program("asker", limits(spec)).map_err(unable)?;
        let mut asker = Asker {
            worker,
            authority: authority.clone(),
            patience: spec.patience.all,
            claims: Vec::new(),
            retries: 0,
            limited: false,
        };
        match asker.told(&Want::Open(Box::new(spec.clone()), key.map(str::to_owned)))? {
            Told::Opened(opened) => {
                asker.limited = opened?;
                Ok(asker)
            }
            Told::Answers(_) => Err(died(&authority, &WorkerError::Protocol("it answers unasked".to_owned()))),
        }
    }

    /// What limits it, for the report.
    pub(super) fn held(&self) -> &'static str {
        if self.limited { "asked by a process of its own, which alone may use the network" } else { NOT_ALL }
    }

    fn told(&mut self, want: &Want) -> Result<Told, IntakeError> {
        let sent = self.worker.send(want);
        let told = sent.and_then(|()| self.worker.recv::<Told>(self.patience));
        told.map_err(|error| died(&self.authority, &error))
    }
}

impl Source for Asker {
    fn ask(&mut self, questions: &[&Question]) -> Result<Vec<Option<Reply>>, IntakeError> {
        let put = questions.iter().map(|question| (*question).clone()).collect();
        match self.told(&Want::Put(put))? {
            Told::Answers(told) => {
                let (answers, claims, retries) = told?;
                (self.claims, self.retries) = (claims, retries);
                Ok(answers)
            }
            Told::Opened(_) => Err(died(&self.authority, &WorkerError::Protocol("it opens twice".to_owned()))),
        }
    }

    fn claims(&self) -> Vec<String> {
        self.claims.clone()
    }

    fn retries(&self) -> u64 {
        self.retries
    }
}

fn died(at: &str, error: &WorkerError) -> IntakeError {
    IntakeError::new(fault::NO_ANSWER, at, error.to_string()).mend("run again")
}
