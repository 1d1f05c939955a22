//! The certificate against what the verifier holds in their own hands: the submission, the data, the standard's text.
//! What was not given is told as such, so that nobody takes silence for a check.

use super::{Checks, Recompute, Run, Splits, VerifyOptions};
use crate::evidence::{Fault, sha256_hex};
use crate::verdict::SubmissionReport;
use lmstd_compiler::standard::Standard;
use lmstd_runtime::dataset::Limits;
use lmstd_runtime::dataset::source::Whole;
use lmstd_runtime::intake::error::printable;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Checks against everything that was given; `standard` is the one that was applied.
pub(super) fn given(
    run: &Run,
    standard: &Standard,
    options: &VerifyOptions,
    recompute: &mut dyn Recompute,
    checks: &mut Checks,
) {
    if let Some(text) = options.standard_text {
        checks.note("standard-text", applied(run, text));
    }
    if let Some(path) = options.submission {
        checks.note("submission", submission(run, path, recompute));
    }
    if let Some(splits) = options.data {
        let mut compared = BTreeSet::new();
        checks.note("data", data(run, standard, splits, &mut compared));
        let missing: Vec<String> = known(run).into_keys().filter(|name| !compared.contains(name)).collect();
        if !missing.is_empty() {
            checks.not_given("data", format!("Not given, so not compared: {}.", missing.join(", ")));
        }
    }
}

/// Tells what was not given at all.
pub(super) fn absent(options: &VerifyOptions, checks: &mut Checks) {
    let absent = [
        ("trust", options.trust.is_none(), "No trusted key was given, so anybody may have signed this."),
        ("standard-text", options.standard_text.is_none(), "No standard was given; the one kept as evidence was used."),
        ("submission", options.submission.is_none(), "No submission was given, so none was compared."),
        ("data", options.data.is_none(), "No data was given, so none was compared."),
    ];
    for (name, _, detail) in absent.into_iter().filter(|(_, absent, _)| *absent) {
        checks.not_given(name, detail.into());
    }
}

fn applied(run: &Run, text: &[u8]) -> Result<String, Fault> {
    if sha256_hex(text) == run.report.standard.sha256 {
        return Ok("The standard that was given is the one that was applied.".into());
    }
    let message = "the standard that was given is not the one that was applied";
    Err(Fault::new("standard", message, "use the standard that was applied"))
}

/// The submission is the certified one, and states and is what the report says.
fn submission(run: &Run, path: &Path, recompute: &mut dyn Recompute) -> Result<String, Fault> {
    let fault = |message: String| Fault::new("submission", message, "give the submission that was certified");
    let told = &run.report.submission;
    let now =
        recompute.examine(path, &run.report).map_err(|why| fault(format!("it cannot be read: {}", printable(&why))))?;
    same_files(told, &now.submission).map_err(fault)?;
    let SubmissionReport { declared, attested, attestation_faults, .. } = now.submission;
    if declared != told.declared {
        return Err(fault("its model card declares something else than the report says".into()));
    }
    if attested != told.attested || attestation_faults != told.attestation_faults {
        return Err(fault("its attestations state something else than the report says".into()));
    }
    if let Some((name, _)) = now.models.iter().find(|(name, model)| run.report.models.get(*name) != Some(*model)) {
        return Err(fault(format!("the model `{name}` is not what the report says of it")));
    }
    Ok(format!("The submission is the certified one: {} files.", told.files.len()))
}

/// The same files with the same contents, or the first difference.
fn same_files(told: &SubmissionReport, now: &SubmissionReport) -> Result<(), String> {
    let certified: BTreeMap<&str, &str> =
        told.files.iter().map(|file| (file.path.as_str(), file.sha256.as_str())).collect();
    let here: BTreeSet<&str> = now.files.iter().map(|file| file.path.as_str()).collect();
    for file in &now.files {
        match certified.get(file.path.as_str()) {
            None => return Err(format!("`{}` was not there when it was certified", printable(&file.path))),
            Some(sha256) if *sha256 != file.sha256 => {
                return Err(format!("`{}` was changed after it was certified", printable(&file.path)));
            }
            Some(_) => {}
        }
    }
    if let Some(missing) = certified.keys().find(|path| !here.contains(*path)) {
        return Err(format!("`{}` is missing", printable(missing)));
    }
    if now.root != told.root || now.files != told.files {
        return Err("its root is not the certified one".into());
    }
    Ok(())
}

/// SHA-256 of every split in the report, by `dataset.split`.
fn known(run: &Run) -> BTreeMap<String, String> {
    let datasets = run.report.datasets.iter();
    let splits = datasets.flat_map(|(dataset, told)| told.splits.iter().map(move |split| (dataset, split)));
    splits.map(|(dataset, (split, told))| (format!("{dataset}.{split}"), told.sha256.clone())).collect()
}

/// The files are those that the submission was checked on; adds to `compared` the splits that were given.
fn data(run: &Run, standard: &Standard, splits: &Splits, compared: &mut BTreeSet<String>) -> Result<String, Fault> {
    let fault = |message: String| Fault::new("data", message, "give the data that was used");
    let known = known(run);
    for ((dataset, split), source) in splits(standard).map_err(&fault)? {
        let name = format!("{dataset}.{split}");
        let told = known.get(&name).ok_or_else(|| fault(format!("the report has no digest for `{name}`")))?;
        let read = Whole::read(&source.path, &source.shown, &Limits::default());
        let read = read.map_err(|error| fault(format!("`{}`: {}", error.at, error.message)))?;
        if read.sha256 != *told {
            return Err(fault(format!("`{}` is not what `{name}` was read from", source.shown)));
        }
        compared.insert(name);
    }
    match compared.len() {
        0 => Err(fault("it names no file of a split".into())),
        n => Ok(format!("The data is what was used: {n} of {} splits.", known.len())),
    }
}
