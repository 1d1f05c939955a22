//! Checks an OUT folder offline: signature, report, log, blobs, and every verdict again from the stored readings.
//!
//! The plot: envelope and signature first; nothing of the statement is believed before. Then the statement is made
//! again from report and log and must come out the same, byte for byte. Then what the digests cover is looked at, and
//! at last readings and verdicts are recomputed. Nothing fails open: a check that needs what an earlier one could not
//! establish is not good, and what was not checked because it was not given is told. What verification cannot show:
//! that the readings which need the model were honest (run the model again for that), and who holds a key that nobody
//! vouched for (give `trust`).

mod agreement;
mod given;
mod opaque;
mod recompute;

use super::attest::{self, Envelope, Statement};
use super::log::{self, Chain, Entry, Event, PredictionsOf};
use super::store::Store;
use super::{Fault, LIMIT, key, read_file};
use crate::measure::reading::Reading;
use crate::session::SplitSource;
use crate::verdict::{ModelReport, Report, SubmissionReport, Text};
use ed25519_dalek::VerifyingKey;
use indexmap::IndexMap;
use lmstd_compiler::standard::{Condition, Measurement, Standard};
use std::collections::HashMap;
use std::path::Path;

/// Names files for splits of a standard, each as (dataset, split).
pub type Splits<'a> = dyn Fn(&Standard) -> Result<Vec<((String, String), SplitSource)>, String> + 'a;

/// What the certificate is held against besides itself. What is not given is not checked, and told.
#[derive(Default)]
pub struct VerifyOptions<'a> {
    /// The submission that must have been checked.
    pub submission: Option<&'a Path>,
    /// The data that it must have been checked on.
    pub data: Option<&'a Splits<'a>>,
    /// Text of the standard that must have been applied.
    pub standard_text: Option<&'a [u8]>,
    /// The only key whose signature counts.
    pub trust: Option<VerifyingKey>,
}

/// A submission as it is now, as far as no data and no run of the model is needed.
#[derive(Clone, PartialEq, Debug)]
pub struct Examined {
    /// Its files, declarations and attestations.
    pub submission: SubmissionReport,
    /// Facts about the report's models.
    pub models: IndexMap<String, ModelReport>,
}

/// What verification needs from the rest of the program.
pub trait Recompute {
    /// Compiles the text of a standard, of the media type under which it was kept, with the texts of the other documents
    /// that it uses, by target.
    fn compile(&mut self, text: &[u8], media: &str, documents: &IndexMap<String, String>) -> Result<Standard, String>;

    /// Computes the reading of `measurement` again from blobs (by digest, `sha256:…`; `stored.evidence` lists them) and
    /// the report's seeds and data. `None`: that needs the model or the data.
    fn recompute(
        &mut self,
        measurement: &Measurement,
        stored: &Reading,
        blobs: &dyn Fn(&str) -> Option<Vec<u8>>,
        report: &Report,
    ) -> Result<Option<Reading>, String>;

    /// Why a clause with this `when` does not apply, for the config fields in the report; none where it does.
    fn refusal(&mut self, when: &Condition, report: &Report) -> Option<Text>;

    /// The submission as it is now, under the standard that was compiled last.
    fn examine(&mut self, submission: &Path, report: &Report) -> Result<Examined, String>;

    /// The bytes of `report.json`.
    fn json(&mut self, report: &Report) -> Option<Vec<u8>>;

    /// The bytes of `report.html`, in the language of `page`.
    fn html(&mut self, report: &Report, page: &[u8]) -> Option<Vec<u8>>;
}

/// What came of a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It is good.
    Good,
    /// It is not, or could not be established.
    Bad,
    /// Not checked: what it needs was not given.
    NotGiven,
}

/// One check and what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// Stable name, for example `signature`.
    pub name: &'static str,
    /// What came of it.
    pub state: State,
    /// What was found, one plain sentence; for a bad check also the file at fault and what mends it.
    pub detail: String,
}

/// The outcome of verification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verification {
    /// True if no check is bad.
    pub ok: bool,
    /// The checks, in order.
    pub checks: Vec<Check>,
}

impl Verification {
    /// Names of what was not checked because it was not given.
    pub fn not_given(&self) -> Vec<&'static str> {
        self.checks.iter().filter(|check| check.state == State::NotGiven).map(|check| check.name).collect()
    }
}

/// Checks the OUT folder `out`.
pub fn verify(out: &Path, options: &VerifyOptions, recompute: &mut dyn Recompute) -> Verification {
    examined(out, options, recompute).0
}

/// A run whose certificate is good: what is computed from its evidence further may rest on it.
#[derive(Debug)]
pub struct Sound {
    /// Its report.
    pub report: Report,
    /// The standard that was applied.
    pub standard: Standard,
    /// Its readings by number of the measurement.
    pub readings: HashMap<u32, Reading>,
    /// What its stored predictions are of, and their digests.
    pub predictions: Vec<(PredictionsOf, String)>,
    store: Store,
}

impl Sound {
    /// A blob of its evidence.
    pub fn blob(&self, digest: &str) -> Result<Vec<u8>, Fault> {
        self.store.get(digest)
    }
}

/// The run of an OUT folder, or what is wrong with it.
pub fn sound(out: &Path, recompute: &mut dyn Recompute) -> Result<Sound, Verification> {
    match examined(out, &VerifyOptions::default(), recompute) {
        (verification, Some(sound)) if verification.ok => Ok(sound),
        (verification, _) => Err(verification),
    }
}

fn examined(out: &Path, options: &VerifyOptions, recompute: &mut dyn Recompute) -> (Verification, Option<Sound>) {
    let (mut checks, mut sound) = (Checks(Vec::new()), None);
    if let Some(signed) = signed(out, options, &mut checks)
        && let Some(run) = run(out, &signed, recompute, &mut checks)
    {
        if let Some((standard, readings)) = contents(out, &run, options, recompute, &mut checks) {
            let made = run.entries().iter().filter_map(|entry| match &entry.event {
                Event::Predictions { of, digest } => Some((of.clone(), digest.clone())),
                _ => None,
            });
            let predictions = made.collect();
            sound = Some(Sound { report: run.report, standard, readings, predictions, store: run.store });
        }
    } else {
        checks.note("contents", Err(not_run("certificate, report or log are not good")));
    }
    given::absent(options, &mut checks);
    (Verification { ok: checks.0.iter().all(|check| check.state != State::Bad), checks: checks.0 }, sound)
}

/// What the digests cover: seeds, page, standard, what was given, readings, verdicts.
fn contents(
    out: &Path,
    run: &Run,
    options: &VerifyOptions,
    recompute: &mut dyn Recompute,
    checks: &mut Checks,
) -> Option<(Standard, HashMap<u32, Reading>)> {
    checks.note("seeds", agreement::seeds(run));
    checks.note("html", agreement::html(out, &run.report, recompute));
    if let Some(opaque) = &run.report.submission.opaque {
        checks.note("identity", opaque::identity(run, opaque));
    }
    let Some(standard) = checks.step("standard", recompute::standard(run, recompute)) else {
        checks.note("verdicts", Err(not_run("the standard is not good")));
        return None;
    };
    given::given(run, &standard, options, recompute, checks);
    let Some(readings) = checks.step("readings", recompute::readings(run, &standard, recompute)) else {
        checks.note("verdicts", Err(not_run("the readings are not good")));
        return None;
    };
    checks.note("facts", recompute::facts(run, &standard, &readings));
    checks.note("verdicts", recompute::verdicts(run, &standard, &readings, recompute));
    Some((standard, readings))
}

/// A result with a sentence for the good case.
type Good<T> = Result<(T, String), Fault>;

struct Checks(Vec<Check>);

impl Checks {
    fn note(&mut self, name: &'static str, result: Result<String, Fault>) {
        let state = if result.is_ok() { State::Good } else { State::Bad };
        self.0.push(Check { name, state, detail: result.unwrap_or_else(|fault| fault.to_string()) });
    }

    fn step<T>(&mut self, name: &'static str, result: Good<T>) -> Option<T> {
        match result {
            Ok((value, detail)) => {
                self.note(name, Ok(detail));
                Some(value)
            }
            Err(fault) => {
                self.note(name, Err(fault));
                None
            }
        }
    }

    fn not_given(&mut self, name: &'static str, detail: String) {
        self.0.push(Check { name, state: State::NotGiven, detail });
    }
}

fn not_run(why: &str) -> Fault {
    Fault::new(attest::NAME, format!("this was not checked, because {why}"), "mend the faults above first")
}

/// A statement whose signature is good.
struct Signed {
    statement: Statement,
    payload: Vec<u8>,
    signer: VerifyingKey,
}

/// The run that the statement is about: all of it agrees, and every blob is there with its digest.
struct Run<'a> {
    signed: &'a Signed,
    report: Report,
    chain: Chain,
    store: Store,
}

impl Run<'_> {
    /// The entries of the run, up to where the certificate says that the log ended.
    fn entries(&self) -> &[Entry] {
        log::last_run(self.chain.until(&self.signed.statement.predicate.log).unwrap_or_default())
    }
}

fn signed(out: &Path, options: &VerifyOptions, checks: &mut Checks) -> Option<Signed> {
    let bytes = read_file(&out.join(attest::NAME), attest::NAME, LIMIT);
    let envelope =
        bytes.and_then(|bytes| Envelope::from_json(&bytes)).map(|e| (e, "The envelope is well-formed.".into()));
    let envelope = checks.step("envelope", envelope)?;
    let opened = envelope.open(options.trust.as_ref()).map(|(payload, signer)| {
        let whose = if options.trust.is_some() { "the trusted key" } else { "a key that nobody here vouched for" };
        let detail = format!("The signature is good, by {whose}: {}.", key::public_text(&signer));
        ((payload, signer), detail)
    });
    let (payload, signer) = checks.step("signature", opened)?;
    let statement = Statement::from_json(&payload).map(|s| (s, "The statement is an lmstd certificate.".into()));
    let statement = checks.step("statement", statement)?;
    Some(Signed { statement, payload, signer })
}

fn run<'a>(out: &Path, signed: &'a Signed, recompute: &mut dyn Recompute, checks: &mut Checks) -> Option<Run<'a>> {
    let report = checks.step("report", agreement::report(out, signed, recompute));
    let chain = checks.step("log", agreement::chain(out, signed));
    let (report, bytes) = report?;
    let chain = chain?;
    checks.step("agreement", agreement::agreement(signed, &report, &bytes, &chain).map(|detail| ((), detail)))?;
    let store = checks.step("evidence", agreement::evidence(out, &chain))?;
    Some(Run { signed, report, chain, store })
}
