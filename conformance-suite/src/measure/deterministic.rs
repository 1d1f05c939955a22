//! The result is the same in every run, whatever the number of threads.

use super::api::{Arguments, measure};
use super::closeness::worst;
use super::property::Property;
use super::reading::{Failure, Reading};
use crate::session::{Session, not_computed};
use lmstd_runtime::threads;

measure! {
    /// # Deterministic
    ///
    /// ## Measures
    /// Inputs that nobody chose are run four times, on one, two, three and again one thread. Every output must be the
    /// same within the derived tolerance; whether it is so bit for bit is told as a fact.
    ///
    /// ## Why it matters
    /// A result that changes from run to run cannot be checked by anybody else, and hides memory errors and races.
    ///
    /// ## How to mend
    /// Look for sampling, dropout that is left on, or a reduction whose order depends on timing.
    ///
    /// ## References
    /// Goldberg 1991 (sums depend on their order).
    ///
    /// ```lms pass bert-sequence-classification
    /// deterministic(bert) within derived
    /// ```
    /// ```lms fail broken/nan-weight
    /// deterministic(bert) within derived
    /// ```
    "deterministic", Run, "measure deterministic(model: model) -> closeness", run
}

/// Numbers of threads that the runs use.
const THREADS: [usize; 4] = [1, 2, 3, 1];

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let property = Property::of(arguments, session)?;
    let (production, probe) = (&*property.production, &*property.probe);
    let wanted = |name: &str| probe.results.contains_key(name);
    let mut runs = Vec::with_capacity(THREADS.len());
    for count in THREADS {
        let run = threads::with(count, || production.run(&probe.inputs, &wanted, None));
        let run = run.and_then(|results| results).map_err(not_computed)?;
        runs.push(property.compare(&probe.results, &run, &|_, here| Some(here))?);
    }
    let worst = worst(runs);
    let equal = worst.iter().all(|one| one.difference == 0.0);
    let mut reading = property.reading(worst);
    for value in &mut reading.values {
        value.facts.insert("bit for bit".into(), if equal { "equal" } else { "not equal" }.into());
    }
    Ok(reading)
}
