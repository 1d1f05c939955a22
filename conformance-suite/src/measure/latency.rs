//! How long one input takes.

use super::api::{Arguments, measure};
use super::reading::{Content, Failure, ReadValue, Reading};
use crate::session::{Session, not_computed};
use indexmap::IndexMap;
use lmstd_runtime::statistics::{nearest_rank, order_statistic_interval};
use lmstd_runtime::world::{RealWorld, World};
use std::time::Duration;

measure! {
    /// # Latency
    ///
    /// ## Measures
    /// The time of one forward pass over one random legal input at f32, after warm-up: 50th, 95th and 99th percentile
    /// by nearest rank over at least 200 passes, with distribution-free intervals. The machine is named in the report:
    /// a latency is a fact about a model on a machine.
    ///
    /// ## Why it matters
    /// The tail is what users wait for; a mean hides it.
    ///
    /// ## How to mend
    /// Shorten the input, narrow the weights, or prune; then certify the result.
    ///
    /// ## References
    /// MLPerf Inference rules (percentiles by nearest rank); Conover 1999, 3.2 (intervals).
    ///
    /// ```lms pass
    /// latency(classifier).p95 <= 10 s
    /// ```
    /// ```lms fail
    /// latency(classifier).p50 <= 1 ns
    /// ```
    "latency", Run, "measure latency(model: model) -> {p50: time, p95: time, p99: time}", run
}

const WARM_UP: usize = 10;
const PASSES: usize = 200;
/// Passes stop here at the latest, as long as there are a few.
const BUDGET: Duration = Duration::from_secs(30);
const FEWEST: usize = 20;

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let name = arguments.model()?;
    let model = session.model(name);
    let production = model.production(session)?;
    let inputs = session.probe(&*model.program(session)?, 1);
    let wanted = |name: &str| production.graph().output(name).is_some_and(|output| !output.trace);
    for _ in 0..WARM_UP {
        production.run(&inputs, &wanted, None).map_err(not_computed)?;
    }
    let begin = RealWorld.monotonic();
    let mut seconds = Vec::with_capacity(PASSES);
    while seconds.len() < PASSES && (seconds.len() < FEWEST || RealWorld.monotonic() - begin < BUDGET) {
        let start = RealWorld.monotonic();
        production.run(&inputs, &wanted, None).map_err(not_computed)?;
        seconds.push((RealWorld.monotonic() - start).as_secs_f64());
        session.progress(&format!("latency of {name}"), seconds.len() as u64, PASSES as u64);
    }
    seconds.sort_by(f64::total_cmp);
    let value = |(name, p): (&str, f64)| {
        let interval = order_statistic_interval(&seconds, p, arguments.confidence());
        // Without an upper rank the sample is too small to bound that side: the largest value seen bounds nothing.
        let interval = interval.lo.zip(interval.hi).map(|(low, high)| [low, high]);
        ReadValue {
            result: Some(name.into()),
            content: Content::Number {
                value: nearest_rank(&seconds, p),
                confidence: interval.map(|_| arguments.confidence()),
                method: interval.map_or(String::new(), |_| "order-statistic".into()),
                interval,
                n: Some(seconds.len() as u64),
                exact: false,
            },
            facts: IndexMap::new(),
            confusion: None,
        }
    };
    let values = [("p50", 0.50), ("p95", 0.95), ("p99", 0.99)].into_iter().map(value).collect();
    Ok(Reading { values, ..Reading::default() })
}
