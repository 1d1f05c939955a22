//! That certificate, report, log, blobs and page say the same, and that the report is true to itself. No standard is
//! needed here, and nothing is decided.

use super::{Good, Recompute, Run, Signed};
use crate::evidence::attest::{self, Statement};
use crate::evidence::attestation::is_date;
use crate::evidence::log::{self, Chain, Entry, Event, Head};
use crate::evidence::store::Store;
use crate::evidence::{Fault, Finished, LIMIT, NO_ROOT, is_hex_digest, key, read_file, seed, sha256_hex};
use crate::verdict::{Outcome, Report, SubmissionReport, Verdict};
use lmstd_runtime::intake::manifest::{FileEntry, Manifest};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const MEND: &str = "do not rely on this certificate";

/// `report.json`: its digest, its spelling, and that it is true to itself.
pub(super) fn report(out: &Path, signed: &Signed, recompute: &mut dyn Recompute) -> Good<(Report, Vec<u8>)> {
    let name = "report.json";
    let fault = |message: &str| Fault::new(name, message, "use the report that belongs to this certificate");
    let bytes = read_file(&out.join(name), name, LIMIT)?;
    let stated = &signed.statement.predicate.report;
    if sha256_hex(&bytes) != *stated {
        let mend = if is_hex_digest(stated) { format!("its own is kept as evidence/{stated}") } else { String::new() };
        return Err(Fault::new(name, "it is not the report that was signed", mend));
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
    if !sound(&report.submission) {
        return Err(fault("the submission's root does not follow from its files"));
    }
    Ok(((report, bytes), "The report is the one that was signed, and true to itself.".into()))
}

/// Whether the files hash to the root; of a submission that could not be opened nothing may be known.
fn sound(submission: &SubmissionReport) -> bool {
    let SubmissionReport { files, declared, attested, attestation_faults, root, .. } = submission;
    if root == NO_ROOT {
        return files.is_empty() && declared.is_empty() && attested.is_empty() && attestation_faults.is_empty();
    }
    manifest(submission).is_sound()
}

/// The submission's files as intake lists them.
pub(super) fn manifest(submission: &SubmissionReport) -> Manifest {
    let file = |file: &crate::verdict::FileReport| FileEntry {
        path: file.path.clone(),
        sha256: file.sha256.clone(),
        bytes: file.bytes,
    };
    Manifest { files: submission.files.iter().map(file).collect(), root: submission.root.clone() }
}

/// The log: unbroken, and once ending where the certificate says. What later runs appended is theirs.
pub(super) fn chain(out: &Path, signed: &Signed) -> Good<Chain> {
    let chain = Chain::read(out)?;
    let Some(own) = chain.until(&signed.statement.predicate.log).map(<[Entry]>::len) else {
        let message = "it never ended where the certificate says";
        return Err(Fault::new(log::NAME, message, "use the log that belongs to this certificate"));
    };
    let later = chain.entries.len() - own;
    let detail = match (later, chain.torn.is_empty()) {
        (0, true) => format!("The log is unbroken: {own} lines."),
        (_, true) => format!("The log is unbroken: {own} lines, and {later} that later runs appended."),
        (_, false) => format!("The log is unbroken: {own} lines; a later run, {later} lines, was broken off."),
    };
    Ok((chain, detail))
}

/// Statement, report and log say the same.
pub(super) fn agreement(signed: &Signed, report: &Report, bytes: &[u8], chain: &Chain) -> Result<String, Fault> {
    let head: &Head = &signed.statement.predicate.log;
    let entries = chain.until(head).unwrap_or_default();
    let run = log::last_run(entries);
    let finished = Finished { head: head.clone(), evidence: log::blobs(run) };
    let again = serde_json::to_vec(&Statement::of(report, bytes, &finished)).unwrap_or_default();
    if again != signed.payload {
        return Err(Fault::new(attest::NAME, "it does not state what report and log say", MEND));
    }
    let fault = |message: &str| Fault::new(log::NAME, message, MEND);
    begun(entries, report)?;
    let sha256 = sha256_hex(bytes);
    match run.last().map(|entry| &entry.event) {
        Some(Event::RunFinished { report }) if *report == sha256 => {}
        _ => return Err(fault("its last run did not end with this report")),
    }
    if !finished.evidence.contains(&format!("sha256:{sha256}")) {
        return Err(fault("its last run did not keep this report"));
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

/// The run began as the report says: over this standard and submission, then, and as the attempt that it claims to be.
fn begun(entries: &[Entry], report: &Report) -> Result<(), Fault> {
    let fault = |message: &str| Fault::new(log::NAME, message, MEND);
    let (lock, root) = (&report.standard.lock, &report.submission.root);
    let Some(first) = log::last_run(entries).first() else { return Err(fault("it has no run")) };
    match &first.event {
        Event::RunStarted { lock: l, root: r, .. } if l == lock && r == root => {}
        _ => return Err(fault("its last run is about another standard or submission")),
    }
    if first.at != report.date || !report.date.get(..10).is_some_and(is_date) {
        return Err(fault("its last run did not start when the report says"));
    }
    let run = log::last_run(entries).iter();
    let discarded = run.filter(|entry| matches!(entry.event, Event::Discarded { .. })).count() as u64;
    let counted = (log::runs(entries, lock, Some(root)), log::runs(entries, lock, None), discarded);
    if (report.attempt, report.runs, report.discarded) != counted {
        return Err(fault("it counts other attempts than the report"));
    }
    Ok(())
}

/// Every blob is there with its digest, and nothing else is.
pub(super) fn evidence(out: &Path, chain: &Chain) -> Good<Store> {
    let store = Store::open(out)?;
    let named: BTreeSet<String> = log::blobs(&chain.entries).into_iter().collect();
    let mut present = BTreeSet::new();
    for name in store.names()? {
        let digest = format!("sha256:{name}");
        if is_hex_digest(&name) && named.contains(&digest) {
            present.insert(digest);
        } else if name != "log.jsonl" {
            let shown: String = name.chars().take(80).flat_map(char::escape_default).collect();
            let message = "the log does not know this file";
            return Err(Fault::new(format!("evidence/{shown}"), message, "take it out of the folder"));
        }
    }
    let sizes = chain.entries.iter().filter_map(|entry| match &entry.event {
        Event::Blob { digest, bytes, .. } => Some((digest.as_str(), *bytes)),
        _ => None,
    });
    let sizes: BTreeMap<&str, u64> = sizes.collect();
    let kept: BTreeSet<&str> = chain.kept_blobs().into_iter().collect();
    // A blob that a dead run named last may be missing; if it is there, it must be whole.
    for digest in named.iter().filter(|digest| kept.contains(digest.as_str()) || present.contains(*digest)) {
        let bytes = store.get(digest)?;
        if sizes.get(digest.as_str()) != Some(&(bytes.len() as u64)) {
            return Err(Fault::new(log::NAME, "it gives another length for a blob", MEND));
        }
    }
    Ok((store, format!("All {} blobs are there with their digests.", kept.len())))
}

/// The seeds are those that follow from standard, submission and nonce, no more and no less, and the nonce is the first
/// that the log drew for the two.
pub(super) fn seeds(run: &Run) -> Result<String, Fault> {
    let fault = |at: &str, message: &str| Fault::new(at, message, MEND);
    let (lock, root) = (&run.report.standard.lock, &run.report.submission.root);
    let first = log::nonce(&run.chain.entries, lock, root);
    let own = run.entries().iter().find_map(|entry| match &entry.event {
        Event::RunStarted { nonce, .. } => Some(nonce.as_str()),
        _ => None,
    });
    let Some(nonce) = own.filter(|own| first == Some(*own)) else {
        return Err(fault(log::NAME, "its last run drew another nonce than the first run over the same submission"));
    };
    if seed::all(lock, root, nonce)? != run.report.seeds {
        let message = "its seeds are not those that follow from standard, submission and nonce";
        return Err(fault("report.json", message));
    }
    Ok(format!("All {} seeds follow from standard, submission and the log's nonce.", seed::USES.len()))
}

/// `report.html`, if it is there, shows exactly the report.
pub(super) fn html(out: &Path, report: &Report, recompute: &mut dyn Recompute) -> Result<String, Fault> {
    let (name, path) = ("report.html", out.join("report.html"));
    match std::fs::symlink_metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok("There is no report.html.".into()),
        _ => {}
    }
    let page = read_file(&path, name, LIMIT)?;
    let again =
        recompute.html(report, &page).ok_or_else(|| Fault::new(name, "it could not be made again to compare", ""))?;
    if again == page {
        return Ok("report.html shows exactly report.json.".into());
    }
    let message = "it does not show what report.json says";
    let mend = "make it again with `lmstd-check report`, or verify with the version that made it";
    Err(Fault::new(name, message, mend))
}
