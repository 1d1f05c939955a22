//! A model that was only asked: what the report says of the asking follows from the answers that were kept.

use super::Run;
use crate::evidence::Fault;
use crate::verdict::OpaqueReport;
use lmstd_runtime::opaque::ask::Answered;
use lmstd_runtime::opaque::identity::{ALPHA, Identity};

/// The test of identity taken again from the kept answers and the run's seed.
pub(super) fn identity(run: &Run, told: &OpaqueReport) -> Result<String, Fault> {
    let fault = |message: &str| Fault::new("answers", message, "do not rely on this certificate");
    let bytes = run.store.get(&told.exchange)?;
    let kept: Answered = serde_json::from_slice(&bytes).map_err(|_| fault("they are not kept as answers"))?;
    let seed = run.report.seeds.get("probe").and_then(|seed| hex::decode(seed).ok());
    let seed: [u8; 32] = seed.and_then(|seed| seed.try_into().ok()).ok_or_else(|| fault("their seed is not known"))?;
    if kept.identity != Identity::of(&kept.probes, seed) {
        return Err(fault("the test of identity does not follow from the probes"));
    }
    let (identity, again) = (&told.identity, &kept.identity);
    let power: Vec<(f64, f64)> = identity.power.iter().map(|power| (power.difference, power.seen)).collect();
    let same = (identity.probes, identity.rounds, identity.p) == (again.probes, again.rounds, again.p)
        && (identity.spread, identity.changed, &power) == (again.spread, again.changed(), &again.power)
        && (told.asked, told.retries, &told.claims) == (kept.asked, kept.retries, &kept.claims)
        && told.missing == kept.counts.values().map(|(_, missing)| missing).sum::<u64>();
    if !same || identity.alpha != ALPHA {
        return Err(fault("the report says something else of them"));
    }
    Ok(format!(
        "The test of identity follows from {} kept answers to {} probes.",
        again.rounds * again.probes,
        again.probes
    ))
}
