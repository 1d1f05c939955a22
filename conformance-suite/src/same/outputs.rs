//! Both models on the same inputs, every value between input and output compared.

use crate::measure::api::{failure, no_tolerance};
use crate::measure::closeness::{self, Compared};
use crate::measure::reading::{Content, Failure, OutputCloseness};
use crate::session::{ModelParts, Session, not_computed};
use crate::verdict::Finding;
use lmstd_runtime::tolerance::largest_difference;

/// Examples of the inputs.
const ROWS: usize = 2;

/// Runs both in f64 and compares; `roundoff` is that of the type whose arithmetic may explain a difference.
pub(super) fn compare(
    a: (&Session, &ModelParts),
    b: (&Session, &ModelParts),
    roundoff: f64,
) -> Result<(Vec<OutputCloseness>, Vec<Finding>), Failure> {
    let graph = a.1.program(a.0)?;
    let inputs = a.1.inputs(a.0, ROWS)?;
    let reference = a.1.reference(a.0)?;
    let truth = a.0.truth_at(&reference, &inputs, &|_| true, roundoff)?;
    let other =
        b.1.reference(b.0)?.run(&inputs, &|name| truth.outputs.contains_key(name), None).map_err(not_computed)?;
    let mut compared = Vec::new();
    for (name, exact) in &truth.outputs {
        let missing = || failure("not_computed", format!("only one model has the value `{name}`"), name, "");
        let found = other.get(name).ok_or_else(missing)?;
        let difference = largest_difference(exact, &found.values).ok_or_else(|| {
            let message = format!("`{name}` is not a finite number everywhere, or has two shapes");
            failure("non_finite_output", message, name, "look for NaN in the weights")
        })?;
        let bound = truth.bound(name).ok_or_else(|| no_tolerance(name))?;
        compared.push(Compared { name: name.clone(), difference, bound });
    }
    let reading = closeness::reading(compared, Some(&graph));
    let outputs = reading.values.into_iter().find_map(|value| match value.content {
        Content::Closeness { outputs } => Some(outputs),
        _ => None,
    });
    Ok((outputs.unwrap_or_default(), reading.findings))
}
