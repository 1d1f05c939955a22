//! What the benches share: two pieces of work in turn, their medians and the ratio.

#![allow(dead_code, reason = "each bench needs a part")]

use lmstd_runtime::world::{RealWorld, World};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a bench stops.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The head of the table that [`pair`] fills.
pub fn head() {
    println!("{:<66} {:>11} {:>11} {:>7}", "", "lmstd", "peer", "ratio");
}

/// Reads a text as YAML by serde_yaml, the peer of the compiler's benches.
pub fn serde_yaml(text: &str) -> Result<()> {
    serde_yaml::from_str::<serde_json::Value>(text)?;
    Ok(())
}

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The middle one.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Runs `ours` and `theirs` in turn, `times` times after a warm-up, prints the medians and their ratio, and gives ours.
pub fn pair(
    what: &str,
    times: usize,
    mut ours: impl FnMut() -> Result<()>,
    mut theirs: impl FnMut() -> Result<()>,
) -> Result<Duration> {
    let clock = |work: &mut dyn FnMut() -> Result<()>| -> Result<Duration> {
        let start = RealWorld.monotonic();
        work()?;
        Ok(RealWorld.monotonic() - start)
    };
    ours()?;
    theirs()?;
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..times {
        a.push(clock(&mut ours)?);
        b.push(clock(&mut theirs)?);
    }
    let (ours, theirs) = (median(a), median(b));
    let (a, b) = (ours.as_secs_f64() * 1e3, theirs.as_secs_f64() * 1e3);
    println!("{what:<66} {a:>8.3} ms {b:>8.3} ms {:>7.2}", a / b);
    Ok(ours)
}

/// The shortest of several runs.
pub fn best(times: usize, mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    work()?;
    let mut best = Duration::MAX;
    for _ in 0..times {
        let start = RealWorld.monotonic();
        work()?;
        best = best.min(RealWorld.monotonic() - start);
    }
    Ok(best)
}
