//! How long one input takes.

use super::api::{Arguments, failure, measure};
use super::reading::{Content, Failure, ReadValue, Reading};
use crate::session::{Session, not_computed};
use indexmap::IndexMap;
use lmstd_runtime::statistics::{nearest_rank, order_statistic_interval, samples_for_both_ends};
use lmstd_runtime::world::{RealWorld, World};
use std::time::Duration;

measure! {
    /// # Latency
    ///
    /// ## Measures
    /// The time of one forward pass over one random legal input at f32, after warm-up: 50th, 95th and 99th percentile
    /// by nearest rank, with distribution-free intervals. The machine is named in the report: a latency is a fact about a
    /// model on a machine.
    ///
    /// The interval lies between two of the measured times, so that a percentile is bounded from above only once there are
    /// enough of them: 368 passes for the 99th at 95% confidence, 72 for the 95th. Twice as many as the 99th needs are
    /// run, so that one hiccup of the machine is not the bound. After 30 s no more are run than it needs, and after 120 s
    /// none; a percentile that is then not bounded from above can still fail on its lower bound, and is otherwise
    /// undecided, with the number of passes that would bound it.
    ///
    /// ## Why it matters
    /// The tail is what users wait for; a mean hides it.
    ///
    /// ## How to mend
    /// Shorten the input, narrow the weights, or prune; then certify the result. If it is undecided for want of passes,
    /// hold a lower percentile to a bar, or run on a faster machine.
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

/// Passes that do not count, and the time after which no further ones are made.
const WARM_UP: usize = 10;
const WARM_UP_TIME: Duration = Duration::from_secs(5);
/// After this time no more passes are made than the highest percentile needs.
const BUDGET: Duration = Duration::from_secs(30);
/// After this time no more passes are made than the median needs.
const LIMIT: Duration = Duration::from_secs(120);

const PERCENTILES: [(&str, f64); 3] = [("p50", 0.50), ("p95", 0.95), ("p99", 0.99)];

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let name = arguments.model()?;
    let model = session.model(name);
    let production = model.production(session)?;
    let inputs = model.inputs(session, 1)?;
    let wanted = |name: &str| production.graph().output(name).is_some_and(|output| !output.trace);
    let pass = || -> Result<Duration, Failure> {
        let start = RealWorld.monotonic();
        production.run(&inputs, &wanted, None).map_err(not_computed)?;
        Ok(RealWorld.monotonic() - start)
    };
    let begin = RealWorld.monotonic();
    for _ in 0..WARM_UP {
        pass()?;
        if RealWorld.monotonic() - begin >= WARM_UP_TIME {
            break;
        }
    }
    let passes = Passes::at(arguments.confidence())?;
    let begin = RealWorld.monotonic();
    let mut seconds = Vec::new();
    while !passes.enough(seconds.len() as u64, RealWorld.monotonic() - begin) {
        seconds.push(pass()?.as_secs_f64());
        session.progress(&format!("latency of {name}"), seconds.len() as u64, passes.wanted);
    }
    seconds.sort_by(f64::total_cmp);
    let values = PERCENTILES.map(|percentile| value(&seconds, percentile, arguments.confidence()));
    Ok(Reading { values: values.into(), ..Reading::default() })
}

/// How many passes are run: those that bound the median, those that bound the highest percentile, those that are wanted.
struct Passes {
    fewest: u64,
    needed: u64,
    wanted: u64,
}

impl Passes {
    fn at(confidence: f64) -> Result<Passes, Failure> {
        let of = |p: f64| {
            samples_for_both_ends(p, confidence)
                .ok_or_else(|| failure("internal", "a confidence lies outside 0..1", "", ""))
        };
        let needed = of(0.99)?;
        Ok(Passes { fewest: of(0.50)?, needed, wanted: needed.saturating_mul(2) })
    }

    fn enough(&self, done: u64, spent: Duration) -> bool {
        let asked = match spent {
            spent if spent < BUDGET => self.wanted,
            spent if spent < LIMIT => self.needed,
            _ => self.fewest,
        };
        done >= asked
    }
}

/// A percentile of sorted times, with the ends that so many of them bound.
fn value(seconds: &[f64], (name, p): (&str, f64), confidence: f64) -> ReadValue {
    let interval = order_statistic_interval(seconds, p, confidence);
    let ends = [interval.lo, interval.hi];
    let needs = samples_for_both_ends(p, confidence).filter(|_| ends.contains(&None));
    let content = Content::Number {
        value: nearest_rank(seconds, p),
        interval: Some(ends),
        confidence: Some(confidence),
        n: Some(seconds.len() as u64),
        needs,
        method: "order-statistic".into(),
        exact: false,
    };
    ReadValue { result: Some(name.into()), content, facts: IndexMap::new(), confusion: None, figures: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(passes: u64, percentile: (&str, f64)) -> (Option<[Option<f64>; 2]>, Option<u64>) {
        let seconds: Vec<f64> = (1..=passes).map(|pass| pass as f64).collect();
        match value(&seconds, percentile, 0.95).content {
            Content::Number { interval, needs, .. } => (interval, needs),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn enough_passes_are_run_to_bound_the_tail_and_else_it_is_said_how_many_are() {
        let passes = Passes::at(0.95).unwrap();
        assert_eq!((passes.fewest, passes.needed, passes.wanted), (6, 368, 736));
        let second = Duration::from_secs;
        assert!(!passes.enough(735, second(1)) && passes.enough(736, second(1)));
        assert!(!passes.enough(367, second(31)) && passes.enough(368, second(31)));
        assert!(!passes.enough(5, second(999)) && passes.enough(6, second(121)));
        for (passes, percentile) in [(736, PERCENTILES[2]), (368, PERCENTILES[2]), (72, PERCENTILES[1])] {
            let (interval, needs) = content(passes, percentile);
            assert!(interval.is_some_and(|ends| ends[1].is_some()) && needs.is_none(), "{passes} {percentile:?}");
        }
        // 200 passes bound the 99th percentile from below only, so that it may fail but cannot pass.
        assert_eq!(content(200, PERCENTILES[2]), (Some([Some(195.0), None]), Some(368)));
        assert_eq!(content(71, PERCENTILES[1]).1, Some(72));
    }
}
