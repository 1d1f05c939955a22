//! The last part of verification: compile the stored standard, take the stored readings, compute again what needs no
//! model, and decide every clause again.

use super::{Good, Recompute, Run, agreement};
use crate::evidence::attestation;
use crate::evidence::log::{self, Entry, Event, PredictionsOf};
use crate::evidence::{Fault, MEDIA_READING, facts as facts_of};
use crate::judge::{clause_report, multiplicity};
use crate::measure::reading::Reading;
use crate::verdict::{DatasetReport, Report};
use indexmap::IndexMap;
use lmstd_compiler::standard::{ANY, ArgumentValue, DatasetSpec, Measurement, Standard};
use serde_json::Value;
use std::collections::HashMap;

/// Readings by number of the measurement.
type Readings = HashMap<u32, Reading>;

/// The stored text of the standard compiles to the standard of the report.
pub(super) fn standard(run: &Run, recompute: &mut dyn Recompute) -> Good<Standard> {
    let stated = &run.report.standard;
    let fault = |message: String| Fault::new("standard", message, "use the standard that was applied");
    let digest = format!("sha256:{}", stated.sha256);
    let media = run.entries().iter().find_map(|entry| match &entry.event {
        Event::Blob { digest: d, media, .. } if *d == digest => Some(media.as_str()),
        _ => None,
    });
    let media = media.ok_or_else(|| fault("its text is not among the evidence of the run".into()))?;
    let text = run.store.get(&digest)?;
    let documents = documents(run)?;
    let standard =
        recompute.compile(&text, media, &documents).map_err(|why| fault(format!("it does not compile: {why}")))?;
    if standard.lock != stated.lock {
        let message = "it compiles to another lock: this program's library differs from that of the run".into();
        return Err(fault(message));
    }
    let title = (standard.title.en.as_str(), standard.title.zh.as_str());
    if (standard.id.as_str(), standard.version.as_str()) != (stated.id.as_str(), stated.version.as_str())
        || title != (stated.title.en.as_str(), stated.title.zh.as_str())
    {
        return Err(fault("the report names another standard or version".into()));
    }
    let detail = format!("The standard is {} {} and compiles to its lock.", stated.id, stated.version);
    Ok((standard, detail))
}

/// The texts of the other documents that the standard uses, by target.
fn documents(run: &Run) -> Result<IndexMap<String, String>, Fault> {
    let mut documents = IndexMap::new();
    for entry in run.entries() {
        if let Event::Document { target, digest } = &entry.event {
            let unreadable = |_| Fault::new(digest.replace("sha256:", "evidence/"), "it is no text", "run it again");
            documents.insert(target.clone(), String::from_utf8(run.store.get(digest)?).map_err(unreadable)?);
        }
    }
    Ok(documents)
}

/// The stored readings, each for a measurement of the standard; those that need no model come out the same again.
pub(super) fn readings(run: &Run, standard: &Standard, recompute: &mut dyn Recompute) -> Good<Readings> {
    let mut replay = Replay { run, standard, predictions: Vec::new(), readings: Readings::new() };
    let (mut again, mut trusted) = (0, 0);
    for entry in counting(run.entries()) {
        match &entry.event {
            Event::Predictions { of, digest } => replay.predicted(of, digest)?,
            Event::Reading { index, measurement, digest } => {
                if replay.read((*index, measurement.as_str()), digest, recompute)? {
                    again += 1;
                } else {
                    trusted += 1;
                }
            }
            _ => {}
        }
    }
    every_reading_is_logged(run)?;
    if changed(run) && replay.readings.values().any(|reading| reading.error.is_none()) {
        return Err(Fault::new(log::NAME, "a reading counts although the submission changed", "run it again"));
    }
    let detail = format!("{again} readings computed again with the same result; {trusted} need the model or failed.");
    Ok((replay.readings, detail))
}

/// What counts of a run: what came after readings were thrown away last.
fn counting(entries: &[Entry]) -> &[Entry] {
    let thrown = |entry: &Entry| matches!(entry.event, Event::Discarded { .. } | Event::Changed { .. });
    entries.iter().rposition(thrown).map_or(entries, |at| &entries[at + 1..])
}

/// Whether submission or data changed while they were checked.
fn changed(run: &Run) -> bool {
    run.entries().iter().any(|entry| matches!(entry.event, Event::Changed { .. }))
}

/// The log of a run, gone through again.
struct Replay<'r> {
    run: &'r Run<'r>,
    standard: &'r Standard,
    /// What the log says that stored predictions are of.
    predictions: Vec<(&'r PredictionsOf, &'r str)>,
    readings: Readings,
}

impl<'r> Replay<'r> {
    /// Predictions are of the data of the report, and each are made once.
    fn predicted(&mut self, of: &'r PredictionsOf, digest: &'r str) -> Result<(), Fault> {
        let fault = |message: &str| Fault::new(log::NAME, message, "run it again");
        let dataset = self.run.report.datasets.get(&of.dataset);
        let split = dataset.and_then(|dataset| dataset.splits.get(&of.split));
        if split.is_none_or(|split| split.sha256 != of.data) {
            return Err(fault("predictions are of other data than the report says"));
        }
        if self.predictions.iter().any(|(known, _)| *known == of) {
            return Err(fault("the same predictions were made twice in one run"));
        }
        self.predictions.push((of, digest));
        Ok(())
    }

    /// Takes one reading; says whether it was computed again.
    fn read(
        &mut self,
        (index, measurement): (u32, &str),
        digest: &str,
        recompute: &mut dyn Recompute,
    ) -> Result<bool, Fault> {
        let fault = |message: String| Fault::new(digest.replace("sha256:", "evidence/"), message, "run it again");
        let spec = self.standard.measurements.get(index as usize).filter(|spec| spec.display == measurement);
        let spec = spec.ok_or_else(|| fault("the standard has no such measurement".into()))?;
        let stored = self.run.store.get(digest)?;
        let reading =
            Reading::from_json(&stored).map_err(|why| fault(format!("the reading of `{measurement}`: {why}")))?;
        if let Some(other) = reading.evidence.iter().find(|one| !self.may_rest_on(spec, one)) {
            let other: String = other.chars().take(80).flat_map(char::escape_default).collect();
            let message = format!("the reading of `{measurement}` rests on `{other}`, which is not predictions of it");
            return Err(fault(message));
        }
        let handed_in =
            |digest: &String| self.predictions.iter().any(|(of, kept)| *kept == *digest && of.given.is_some());
        if reading.given != reading.evidence.iter().any(handed_in) {
            return Err(fault(format!("the reading of `{measurement}` hides who gave the answers that it rests on")));
        }
        let blobs = |digest: &str| self.run.store.get(digest).ok();
        let computed = match reading.error {
            Some(_) => None,
            None => recompute
                .recompute(spec, &reading, &blobs, &self.run.report)
                .map_err(|why| fault(format!("`{measurement}` could not be computed again: {why}")))?,
        };
        if computed.as_ref().is_some_and(|computed| !same(computed, &reading)) {
            return Err(fault(format!("`{measurement}` computed again is not what was stored")));
        }
        if self.readings.insert(index, reading).is_some() {
            return Err(fault(format!("`{measurement}` was read twice in one run")));
        }
        Ok(computed.is_some())
    }

    /// Whether the log says that a blob holds predictions of a model and a split that the measurement is about.
    fn may_rest_on(&self, spec: &Measurement, digest: &str) -> bool {
        let about = |wanted: ArgumentValue| spec.arguments.values().any(|argument| *argument == wanted);
        self.predictions.iter().any(|(of, kept)| {
            *kept == digest
                && about(ArgumentValue::Model(of.model.clone()))
                && about(ArgumentValue::Split(of.dataset.clone(), of.split.clone()))
        })
    }
}

/// A reading that was kept and then left out of the log would be a reading that somebody did not like.
fn every_reading_is_logged(run: &Run) -> Result<(), Fault> {
    let logged = |wanted: &str| {
        run.entries().iter().any(|entry| matches!(&entry.event, Event::Reading { digest, .. } if digest == wanted))
    };
    for entry in run.entries() {
        if let Event::Blob { digest, media, .. } = &entry.event
            && media == MEDIA_READING
            && !logged(digest)
        {
            return Err(Fault::new(log::NAME, "a reading was kept that no measurement names", "run it again"));
        }
    }
    Ok(())
}

/// Equal, but for the last digits of fractions: another machine's `ln` or `exp` may round otherwise.
fn same(left: &Reading, right: &Reading) -> bool {
    match (left.to_json(), right.to_json()) {
        (Ok(left), Ok(right)) if left == right => true,
        (Ok(left), Ok(right)) => {
            let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
            parse(&left).zip(parse(&right)).is_some_and(|(left, right)| near(&left, &right))
        }
        _ => false,
    }
}

fn near(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() && b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && near(a, b))
        }
        _ => left == right,
    }
}

/// What the report tells beside verdicts: models and data are those of the standard, attestations come out the same
/// from the kept envelopes, and the statement on chance from the clauses.
pub(super) fn facts(run: &Run, standard: &Standard, readings: &Readings) -> Result<String, Fault> {
    let report = &run.report;
    let fault = |message: &str| Fault::new("report.json", message, "do not rely on this certificate");
    let model = |(name, told): (&String, &crate::verdict::ModelReport)| {
        standard.models.get(name).is_some_and(|spec| spec.architecture == ANY || spec.architecture == told.architecture)
    };
    let data = |(name, told): (&String, &DatasetReport)| standard.datasets.get(name).is_some_and(|s| fits(s, told));
    if !report.models.iter().all(model) || !report.datasets.iter().all(data) {
        return Err(fault("its models or its data are not those of the standard"));
    }
    // Models and data are told before anything is measured; only a worker that died first leaves them out.
    let measured = readings.values().any(|reading| reading.error.is_none());
    if measured && !complete(report, standard) {
        return Err(fault("it leaves out models or data that were measured"));
    }
    if report.multiplicity != multiplicity(standard, &report.clauses) {
        return Err(fault("its statement on false passes does not follow from the clauses"));
    }
    let signers = attestation::signers(standard);
    let manifest = agreement::manifest(&report.submission);
    let kept = log::blobs(run.entries());
    let attested = attestation::examine(&manifest, &signers, |file| {
        let digest = format!("sha256:{}", file.sha256);
        if kept.contains(&digest) { run.store.get(&digest) } else { Err(fault("an attestation was not kept")) }
    })?;
    if attested.facts != report.submission.attested || attested.faults != report.submission.attestation_faults {
        return Err(fault("its attestations do not follow from the kept envelopes"));
    }
    Ok(format!("Models, data and {} attested facts are those of standard and evidence.", attested.facts.len()))
}

fn complete(report: &Report, standard: &Standard) -> bool {
    standard.models.keys().all(|name| report.models.contains_key(name))
        && standard.datasets.keys().all(|name| report.datasets.contains_key(name))
}

/// A dataset of the report has the standard's columns, only splits of the standard, and their paths unless overridden.
fn fits(spec: &DatasetSpec, told: &DatasetReport) -> bool {
    let split = |(name, told): (&String, &crate::verdict::SplitReport)| {
        let spec = spec.splits.iter().find(|spec| spec.name == *name);
        spec.is_some_and(|spec| told.overridden || spec.from.as_deref() == Some(told.path.as_str()))
    };
    spec.fields.iter().map(|field| &field.name).eq(told.fields.keys()) && told.splits.iter().all(split)
}

/// Every clause decided again comes to what the report says of it, word for word.
pub(super) fn verdicts(
    run: &Run,
    standard: &Standard,
    readings: &Readings,
    recompute: &mut dyn Recompute,
) -> Result<String, Fault> {
    let report = &run.report;
    let mend = format!("do not rely on this certificate, or verify with version {} that made it", report.tool.version);
    let fault = |message: String| Fault::new("report.json", message, mend.as_str());
    if standard.clauses.len() != report.clauses.len() {
        return Err(fault("its clauses are not those of the standard".into()));
    }
    let facts = facts_of(&report.submission, changed(run), &report.date);
    for (spec, told) in standard.clauses.iter().zip(&report.clauses) {
        let refusal = spec.when.as_ref().and_then(|when| recompute.refusal(when, report));
        let again = clause_report(spec, refusal, &|id| readings.get(&id.0), &facts, standard);
        if again != *told {
            return Err(fault(format!("clause `{}` decided again does not come to what the report says", spec.id)));
        }
    }
    Ok(format!("All {} clauses decided again come to the same verdicts.", standard.clauses.len()))
}
