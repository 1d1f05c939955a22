//! A row's result does not depend on its neighbours in the batch.

use super::api::{Arguments, failure, measure, no_tolerance};
use super::closeness::{Compared, reading};
use super::reading::{Failure, Reading};
use crate::session::{Session, not_computed};
use lmstd_runtime::exec::{Computed, Inputs};
use lmstd_runtime::tolerance::largest_difference;
use lmstd_runtime::value::Array;

measure! {
    /// # Batch invariant
    ///
    /// ## Measures
    /// Four random legal inputs are run together and one by one at f32; every declared output must be the same within
    /// the derived tolerance. Needs no claimed outputs. Not measured, and so never a pass, where an output has no batch
    /// axis, is not a finite number everywhere, or may be changed by rounding alone by its own size.
    ///
    /// ## Why it matters
    /// If a text's result depends on what else is in the batch, no measured accuracy holds in production.
    ///
    /// ## How to mend
    /// Look for statistics over the batch axis (batch normalisation in training mode) or a mask of the wrong shape.
    ///
    /// ## References
    /// Metamorphic testing: Chen et al. 1998.
    ///
    /// ```lms pass
    /// batch_invariant(classifier) within derived
    /// ```
    /// ```lms fail broken/nan-weight
    /// batch_invariant(bert) within derived
    /// ```
    "batch_invariant", Run, "measure batch_invariant(model: model) -> closeness", run
}

/// Inputs in the batch.
const ROWS: usize = 4;

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let model = session.model(arguments.model()?);
    let (production, reference) = (model.production(session)?, model.reference(session)?);
    let graph = model.program(session)?;
    let inputs = session.probe(&graph, ROWS);
    let wanted = |name: &str| graph.output(name).is_some_and(|output| !output.trace);
    let truth = session.truth(&reference, &inputs, &wanted)?;
    let together = production.run(&inputs, &wanted, None).map_err(not_computed)?;
    let mut compared: Vec<Compared> = Vec::new();
    for (name, all) in &together {
        if all.values.shape.first() != Some(&ROWS) {
            return Err(failure("not_computed", format!("the output `{name}` has no batch axis"), name, ""));
        }
        let bound = truth.bound(name).ok_or_else(|| no_tolerance(name))?;
        // Both runs round, so twice what one may show.
        compared.push(Compared { name: name.clone(), difference: 0.0, bound: 2.0 * bound });
    }
    if compared.is_empty() {
        return Err(failure("not_computed", "the architecture declares no output", "", "declare an output"));
    }
    for row in 0..ROWS {
        let alone = production.run(&slice(&inputs, row), &wanted, None).map_err(not_computed)?;
        for one in &mut compared {
            let pair = together.get(&one.name).zip(alone.get(&one.name));
            let difference = pair.and_then(|(all, single)| {
                let exact = Computed { values: single.values.clone(), keep: None };
                largest_difference(&exact, &row_of(&all.values, row))
            });
            let difference = difference.ok_or_else(|| {
                failure(
                    "non_finite_output",
                    format!("`{}` is not a finite number everywhere", one.name),
                    &one.name,
                    "look for NaN in the weights",
                )
            })?;
            one.difference = one.difference.max(difference);
        }
    }
    Ok(reading(compared, None))
}

fn slice(inputs: &Inputs, row: usize) -> Inputs {
    inputs.iter().map(|(name, array)| (name.clone(), row_of(array, row))).collect()
}

/// One row of an array, its first axis kept with size 1.
fn row_of(array: &Array, row: usize) -> Array {
    let rows = array.shape.first().copied().unwrap_or(1).max(1);
    let width = array.data.len() / rows;
    let mut shape = array.shape.clone();
    if let Some(first) = shape.first_mut() {
        *first = 1;
    }
    Array { shape, data: array.data[row * width..(row + 1) * width].to_vec() }
}
