//! The last part of verification: compile the stored standard, take the stored readings, compute again what needs no
//! model, and decide every clause again.

use super::{Good, Recompute, Run};
use crate::evidence::log::{self, Event};
use crate::evidence::{Fault, MEDIA_READING, NO_ROOT, sha256_hex};
use crate::judge::judge;
use crate::measure::reading::Reading;
use crate::verdict::{ClauseReport, Level, Trust, Verdict};
use lmstd_compiler::standard::{ClauseSpec, Standard};
use lmstd_grammar::ast;
use serde_json::Value;
use std::collections::HashMap;

/// Readings by number of the measurement.
type Readings = HashMap<u32, Reading>;

/// The stored text of the standard compiles to the standard of the report, and is the one that was given.
pub(super) fn standard(run: &Run, given: Option<&[u8]>, recompute: &mut dyn Recompute) -> Good<Standard> {
    let stated = &run.report.standard;
    let fault = |message: String| Fault::new("standard", message, "use the standard that was applied");
    if given.is_some_and(|text| sha256_hex(text) != stated.sha256) {
        return Err(fault("the standard that was given is not the one that was applied".into()));
    }
    let digest = format!("sha256:{}", stated.sha256);
    let media = run.entries().iter().find_map(|entry| match &entry.event {
        Event::Blob { digest: d, media, .. } if *d == digest => Some(media.as_str()),
        _ => None,
    });
    let media = media.ok_or_else(|| fault("its text is not among the evidence of the run".into()))?;
    let text = run.store.get(&digest)?;
    let standard = recompute.compile(&text, media).map_err(|why| fault(format!("it does not compile: {why}")))?;
    if standard.lock != stated.lock {
        let message = "it compiles to another lock: this program's library differs from that of the run".into();
        return Err(fault(message));
    }
    if (standard.id.as_str(), standard.version.as_str()) != (stated.id.as_str(), stated.version.as_str()) {
        return Err(fault("the report names another standard or version".into()));
    }
    let same = standard.clauses.len() == run.report.clauses.len()
        && standard.clauses.iter().zip(&run.report.clauses).all(|(spec, clause)| same_clause(spec, clause));
    if !same {
        return Err(fault("the report's clauses are not those of the standard".into()));
    }
    let detail = format!("The standard is {} {} and compiles to its lock.", stated.id, stated.version);
    Ok((standard, detail))
}

fn same_clause(spec: &ClauseSpec, clause: &ClauseReport) -> bool {
    let level = match spec.level {
        ast::Level::Must => Level::Must,
        ast::Level::Should => Level::Should,
        ast::Level::May => Level::May,
    };
    spec.id == clause.id
        && level == clause.level
        && (&spec.text.en, &spec.text.zh) == (&clause.text.en, &clause.text.zh)
        && spec.bar == clause.bar
        && spec.satisfies == clause.controls
}

/// The stored readings, each for a measurement of the standard; those that need no model come out the same again.
pub(super) fn readings(run: &Run, standard: &Standard, recompute: &mut dyn Recompute) -> Good<Readings> {
    let mut readings = Readings::new();
    let (mut again, mut trusted) = (0, 0);
    for entry in run.entries() {
        let Event::Reading { index, measurement, digest } = &entry.event else { continue };
        let fault = |message: String| Fault::new(digest.replace("sha256:", "evidence/"), message, "run it again");
        let spec = standard.measurements.get(*index as usize).filter(|spec| spec.display == *measurement);
        let spec = spec.ok_or_else(|| fault("the standard has no such measurement".into()))?;
        let stored = run.store.get(digest)?;
        let reading =
            Reading::from_json(&stored).map_err(|why| fault(format!("the reading of `{measurement}`: {why}")))?;
        if let Some(absent) = reading.evidence.iter().find(|one| !run.signed.statement.predicate.evidence.contains(one))
        {
            let absent: String = absent.chars().take(80).flat_map(char::escape_default).collect();
            return Err(fault(format!("the reading of `{measurement}` rests on `{absent}`, which was not kept")));
        }
        let blobs = |digest: &str| run.store.get(digest).ok();
        let computed = match reading.error {
            Some(_) => None,
            None => recompute
                .recompute(spec, &reading, &blobs, &run.report.seeds)
                .map_err(|why| fault(format!("`{measurement}` could not be computed again: {why}")))?,
        };
        match computed {
            None => trusted += 1,
            Some(computed) if same(&computed, &reading) => again += 1,
            Some(_) => return Err(fault(format!("`{measurement}` computed again is not what was stored"))),
        }
        if readings.insert(*index, reading).is_some() {
            return Err(fault(format!("`{measurement}` was read twice in one run")));
        }
    }
    every_reading_is_logged(run)?;
    let detail = format!("{again} readings computed again with the same result; {trusted} need the model or failed.");
    Ok((readings, detail))
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

/// Every clause decided again comes to the verdict of the report. Wordings are not compared: they are the report's, and
/// its digest is signed.
pub(super) fn verdicts(
    run: &Run,
    standard: &Standard,
    readings: &Readings,
    recompute: &mut dyn Recompute,
) -> Result<String, Fault> {
    for (spec, clause) in standard.clauses.iter().zip(&run.report.clauses) {
        let fault = |message: String| Fault::new("report.json", message, "do not rely on this certificate");
        let applies = match &spec.when {
            None => true,
            Some(when) => recompute
                .applies(when, &run.report)
                .map_err(|why| fault(format!("whether clause `{}` applies could not be decided: {why}", spec.id)))?,
        };
        let declared = |key: &str| run.report.submission.declared.get(key).map(String::as_str);
        let opened = run.report.submission.root != NO_ROOT;
        let same = if applies {
            let judged = judge(spec, &|id| readings.get(&id.0), opened.then_some(&declared as _), standard);
            let faults = |findings: &[crate::verdict::Finding]| -> Vec<(String, String)> {
                findings.iter().map(|finding| (finding.fault.clone(), finding.at.clone())).collect()
            };
            judged.verdict == clause.verdict
                && judged.trust == clause.trust
                && judged.measured == clause.measured
                && judged.evidence == clause.evidence
                && faults(&judged.findings) == faults(&clause.findings)
        } else {
            clause.verdict == Verdict::NotApplicable
                && clause.trust == Trust::None
                && clause.measured.is_empty()
                && clause.findings.is_empty()
                && clause.evidence.is_empty()
        };
        if !same {
            return Err(fault(format!("clause `{}` decided again does not come to what the report says", spec.id)));
        }
    }
    Ok(format!("All {} clauses decided again come to the same verdicts.", standard.clauses.len()))
}
