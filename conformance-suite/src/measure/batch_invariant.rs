//! A row's result does not depend on its neighbours in the batch.

use super::api::{Arguments, measure};
use super::closeness::worst;
use super::property::{Element, Property, ROWS};
use super::reading::{Failure, Reading};
use crate::session::{Session, examples};

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

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let property = Property::of(arguments, session)?;
    let batched = property.batched()?;
    let mut rows = Vec::with_capacity(ROWS);
    for row in 0..ROWS {
        let alone = property.run(&examples(&property.graph, &property.probe.inputs, &[row]))?;
        let same_row = |_: &str, here: Element| (here.row == row).then_some(Element { row: 0, ..here });
        rows.push(property.compare(&batched, &alone, &same_row)?);
    }
    Ok(property.reading(worst(rows)))
}
