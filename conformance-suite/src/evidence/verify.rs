//! Checks an OUT folder offline: signature, report, log, blobs, and every verdict again from the stored readings.
//!
//! The plot: envelope and signature first; nothing of the statement is believed before. Then the statement is made
//! again from report and log and must come out the same, byte for byte. Then what the digests cover is looked at, and
//! at last readings and verdicts are recomputed. Nothing fails open: a check that needs what an earlier one could not
//! establish is not ok. What verification cannot show: that the readings which need the model were honest (run the
//! model again for that), and who holds a key that nobody vouched for (give `trust`).

mod recompute;

use super::attest::{self, Envelope, Statement};
use super::log::{self, Chain, Entry, Event};
use super::store::Store;
use super::{Fault, Finished, is_hex_digest, key, read_file, seed, sha256_hex};
use crate::measure::reading::Reading;
use crate::verdict::{FileReport, Outcome, Report, Verdict};
use ed25519_dalek::VerifyingKey;
use indexmap::IndexMap;
use lmstd_compiler::standard::{Condition, Measurement, Standard};
use std::collections::BTreeSet;
use std::path::Path;

/// The longest certificate, report or page that is read, in bytes (64 MiB).
const LIMIT: u64 = 64 << 20;

/// A submission as it is now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    /// Its files, in the manifest's order.
    pub files: Vec<FileReport>,
    /// Root over them, in hex.
    pub root: String,
}

/// What the certificate is held against besides itself. What is not given is not checked.
#[derive(Default)]
pub struct VerifyOptions<'a> {
    /// Reads the submission.
    pub submission: Option<&'a dyn Fn() -> Result<Manifest, String>>,
    /// Text of the standard that must have been applied.
    pub standard_text: Option<&'a [u8]>,
    /// The only key whose signature counts.
    pub trust: Option<VerifyingKey>,
}

/// What verification needs from the rest of the program.
pub trait Recompute {
    /// Compiles the text of a standard, of the media type under which it was kept.
    fn compile(&mut self, text: &[u8], media: &str) -> Result<Standard, String>;

    /// Computes the reading of `measurement` again from blobs (by digest, `sha256:…`; `stored.evidence` lists them) and
    /// seeds (hex, by use). `None`: that needs the model or the data.
    fn recompute(
        &mut self,
        measurement: &Measurement,
        stored: &Reading,
        blobs: &dyn Fn(&str) -> Option<Vec<u8>>,
        seeds: &IndexMap<String, String>,
    ) -> Result<Option<Reading>, String>;

    /// Whether a clause's `when` holds for the config fields in the report.
    fn applies(&mut self, when: &Condition, report: &Report) -> Result<bool, String>;

    /// The bytes of `report.json`.
    fn json(&mut self, report: &Report) -> Option<Vec<u8>>;

    /// The bytes of `report.html`.
    fn html(&mut self, report: &Report) -> Option<Vec<u8>>;
}

/// One check and what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// Stable name, for example `signature`.
    pub name: &'static str,
    /// Whether it is good.
    pub ok: bool,
    /// What was found, one plain sentence; for a failed check also the file at fault and what mends it.
    pub detail: String,
}

/// The outcome of verification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verification {
    /// True if every check is ok.
    pub ok: bool,
    /// The checks, in order.
    pub checks: Vec<Check>,
}

/// Checks the OUT folder `out`.
pub fn verify(out: &Path, options: &VerifyOptions, recompute: &mut dyn Recompute) -> Verification {
    let mut checks = Checks(Vec::new());
    if let Some(signed) = signed(out, options, &mut checks)
        && let Some(run) = run(out, &signed, recompute, &mut checks)
    {
        checks.note("seeds", seeds(&run.report));
        checks.note("html", html(out, &run.report, recompute));
        if let Some(submission) = options.submission {
            checks.note("submission", submitted(&signed.statement, submission));
        }
        let standard = checks.step("standard", recompute::standard(&run, options.standard_text, recompute));
        let readings = standard.and_then(|standard| {
            let readings = checks.step("readings", recompute::readings(&run, &standard, recompute))?;
            Some((standard, readings))
        });
        if let Some((standard, readings)) = readings {
            checks.note("verdicts", recompute::verdicts(&run, &standard, &readings, recompute));
        } else {
            checks.note("verdicts", Err(not_run("the standard or the readings are not good")));
        }
    } else {
        checks.note("contents", Err(not_run("certificate, report or log are not good")));
    }
    Verification { ok: checks.0.iter().all(|check| check.ok), checks: checks.0 }
}

/// A result with a sentence for the good case.
type Good<T> = Result<(T, String), Fault>;

struct Checks(Vec<Check>);

impl Checks {
    fn note(&mut self, name: &'static str, result: Result<String, Fault>) {
        let ok = result.is_ok();
        self.0.push(Check { name, ok, detail: result.unwrap_or_else(|fault| fault.to_string()) });
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
    fn entries(&self) -> &[Entry] {
        self.chain.last_run()
    }
}

fn signed(out: &Path, options: &VerifyOptions, checks: &mut Checks) -> Option<Signed> {
    let bytes = read_file(&out.join(attest::NAME), attest::NAME, LIMIT);
    let envelope =
        bytes.and_then(|bytes| Envelope::from_json(&bytes)).map(|e| (e, "The envelope is well-formed.".into()));
    let envelope = checks.step("envelope", envelope)?;
    let opened = envelope.open(options.trust.as_ref()).map(|(payload, signer)| {
        let whose = match options.trust {
            Some(_) => "the trusted key",
            None => "a key that nobody here vouched for (give --trust to require one)",
        };
        let detail = format!("The signature is good, by {whose}: {}.", key::public_text(&signer));
        ((payload, signer), detail)
    });
    let (payload, signer) = checks.step("signature", opened)?;
    let statement = Statement::from_json(&payload).map(|s| (s, "The statement is an lmstd certificate.".into()));
    let statement = checks.step("statement", statement)?;
    Some(Signed { statement, payload, signer })
}

fn run<'a>(out: &Path, signed: &'a Signed, recompute: &mut dyn Recompute, checks: &mut Checks) -> Option<Run<'a>> {
    let report = checks.step("report", report(out, signed, recompute));
    let chain = checks.step("log", chain(out, signed));
    let (report, bytes) = report?;
    let chain = chain?;
    checks.step("agreement", agreement(signed, &report, &bytes, &chain).map(|detail| ((), detail)))?;
    let store = checks.step("evidence", evidence(out, &chain))?;
    Some(Run { signed, report, chain, store })
}

/// `report.json`: its digest, its spelling, and that it is true to itself.
fn report(out: &Path, signed: &Signed, recompute: &mut dyn Recompute) -> Good<(Report, Vec<u8>)> {
    let name = "report.json";
    let fault = |message: &str| Fault::new(name, message, "use the report that belongs to this certificate");
    let bytes = read_file(&out.join(name), name, LIMIT)?;
    if sha256_hex(&bytes) != signed.statement.predicate.report {
        return Err(fault("it is not the report that was signed"));
    }
    let report: Report = serde_json::from_slice(&bytes).map_err(|_| fault("it is not a report of this version"))?;
    if recompute.json(&report).as_deref() != Some(&bytes) {
        return Err(fault("it is not written as this program writes it"));
    }
    if report.outcome != Outcome::of(&report.clauses) {
        return Err(fault("its outcome does not follow from its clauses"));
    }
    let key = key::public_text(&signed.signer);
    if key.rsplit(':').next() != Some(report.signer.key.as_str()) {
        return Err(fault("it names another signer"));
    }
    Ok(((report, bytes), "The report is the one that was signed.".into()))
}

/// The log: unbroken, and ending where the certificate says.
fn chain(out: &Path, signed: &Signed) -> Good<Chain> {
    let fault = |message: &str| Fault::new(log::NAME, message, "use the log that belongs to this certificate");
    let chain = Chain::read(out)?;
    if !chain.torn.is_empty() {
        return Err(fault("its last line is torn"));
    }
    if chain.head != signed.statement.predicate.log {
        return Err(fault("it does not end where the certificate says"));
    }
    let detail = format!("The log is unbroken: {} lines.", chain.head.length);
    Ok((chain, detail))
}

/// Statement, report and log say the same.
fn agreement(signed: &Signed, report: &Report, bytes: &[u8], chain: &Chain) -> Result<String, Fault> {
    let run = chain.last_run();
    let finished = Finished { head: chain.head.clone(), evidence: log::blobs(run) };
    let again = serde_json::to_vec(&Statement::of(report, bytes, &finished)).unwrap_or_default();
    if again != signed.payload {
        let message = "it does not state what report and log say";
        return Err(Fault::new(attest::NAME, message, "do not rely on this certificate"));
    }
    let fault = |message: &str| Fault::new(log::NAME, message, "do not rely on this certificate");
    let (lock, root) = (&report.standard.lock, &report.submission.root);
    match run.first().map(|entry| &entry.event) {
        Some(Event::RunStarted { lock: l, root: r }) if l == lock && r == root => {}
        _ => return Err(fault("its last run is about another standard or submission")),
    }
    match run.last().map(|entry| &entry.event) {
        Some(Event::RunFinished { report }) if *report == sha256_hex(bytes) => {}
        _ => return Err(fault("its last run did not end with this report")),
    }
    if report.attempt != chain.attempts(lock, root) {
        return Err(fault("it counts other attempts than the report"));
    }
    let mut logged = run.iter().filter_map(|entry| match &entry.event {
        Event::Verdicts { verdicts } => Some(verdicts),
        _ => None,
    });
    let clauses: Vec<(&String, Verdict)> = report.clauses.iter().map(|clause| (&clause.id, clause.verdict)).collect();
    match (logged.next(), logged.next()) {
        (Some(verdicts), None) if verdicts.iter().map(|(id, v)| (id, *v)).eq(clauses) => {}
        _ => return Err(fault("its verdicts are not those of the report")),
    }
    Ok(format!("Certificate, report and log agree; attempt {}.", report.attempt))
}

/// Every blob is there with its digest, and nothing else is.
fn evidence(out: &Path, chain: &Chain) -> Good<Store> {
    let store = Store::open(out)?;
    let named: BTreeSet<String> = log::blobs(&chain.entries).into_iter().collect();
    for name in store.names()? {
        if name != "log.jsonl" && !(is_hex_digest(&name) && named.contains(&format!("sha256:{name}"))) {
            let shown: String = name.chars().take(80).flat_map(char::escape_default).collect();
            let message = "the log does not know this file";
            return Err(Fault::new(format!("evidence/{shown}"), message, "take it out of the folder"));
        }
    }
    let sizes = chain.entries.iter().filter_map(|entry| match &entry.event {
        Event::Blob { digest, bytes, .. } => Some((digest.as_str(), *bytes)),
        _ => None,
    });
    let sizes: IndexMap<&str, u64> = sizes.collect();
    let kept: BTreeSet<&str> = chain.kept_blobs().into_iter().collect();
    let present =
        |digest: &str| store.names().is_ok_and(|names| names.iter().any(|name| digest.ends_with(name.as_str())));
    // A blob that a dead run named last may be missing; if it is there, it must be whole.
    for digest in named.iter().filter(|digest| kept.contains(digest.as_str()) || present(digest)) {
        let bytes = store.get(digest)?;
        if sizes.get(digest.as_str()) != Some(&(bytes.len() as u64)) {
            return Err(Fault::new(log::NAME, "it gives another length for a blob", "do not rely on this certificate"));
        }
    }
    Ok((store, format!("All {} blobs are there with their digests.", kept.len())))
}

/// Every seed follows from standard and submission.
fn seeds(report: &Report) -> Result<String, Fault> {
    for (purpose, stated) in &report.seeds {
        let derived = seed::derive(&report.standard.lock, &report.submission.root, purpose)?;
        if *stated != hex::encode(derived) {
            let message = "a seed does not follow from standard and submission";
            return Err(Fault::new("report.json", message, "do not rely on this certificate"));
        }
    }
    Ok(format!("All {} seeds follow from standard and submission.", report.seeds.len()))
}

/// `report.html`, if it is there, shows exactly the report.
fn html(out: &Path, report: &Report, recompute: &mut dyn Recompute) -> Result<String, Fault> {
    let (name, path) = ("report.html", out.join("report.html"));
    match std::fs::symlink_metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok("There is no report.html.".into()),
        _ => {}
    }
    let bytes = read_file(&path, name, LIMIT)?;
    let again = recompute.html(report).ok_or_else(|| Fault::new(name, "it could not be made again to compare", ""))?;
    if again == bytes {
        return Ok("report.html shows exactly report.json.".into());
    }
    let message = "it does not show what report.json says";
    let mend = "make it again with `lmstd-check report`, or verify with the version that made it";
    Err(Fault::new(name, message, mend))
}

/// The submission handed in is the one that was certified.
fn submitted(statement: &Statement, submission: &dyn Fn() -> Result<Manifest, String>) -> Result<String, Fault> {
    let fault = |message: String| Fault::new("submission", message, "give the submission that was certified");
    let manifest = submission().map_err(|why| fault(format!("it cannot be read: {why}")))?;
    let certified: IndexMap<&str, &str> = statement
        .subject
        .iter()
        .filter_map(|subject| Some((subject.name.strip_prefix("submission/")?, subject.digest.sha256.as_str())))
        .collect();
    for file in &manifest.files {
        match certified.get(file.path.as_str()) {
            None => return Err(fault(format!("`{}` was not there when it was certified", shown(&file.path)))),
            Some(sha256) if *sha256 != file.sha256 => {
                return Err(fault(format!("`{}` was changed after it was certified", shown(&file.path))));
            }
            Some(_) => {}
        }
    }
    let here: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    if let Some(missing) = certified.keys().find(|path| !here.contains(*path)) {
        return Err(fault(format!("`{}` is missing", shown(missing))));
    }
    if manifest.root != statement.predicate.submission_root || here.len() != manifest.files.len() {
        return Err(fault("its root is not the certified one".into()));
    }
    Ok(format!("The submission is the certified one: {} files.", here.len()))
}

/// A foreign path, safe to show.
fn shown(path: &str) -> String {
    path.chars().take(200).flat_map(char::escape_debug).collect()
}
