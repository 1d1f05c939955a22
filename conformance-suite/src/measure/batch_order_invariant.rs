//! The order of the examples in a batch does not matter.

use super::api::{Arguments, measure};
use super::property::{Element, Property, ROWS};
use super::reading::{Failure, Reading};
use crate::session::{Session, examples};

measure! {
    /// # Batch order invariant
    ///
    /// ## Measures
    /// Inputs that nobody chose are run as one batch, and again with its examples in the opposite order. Every output
    /// with a batch axis must hold the same rows in the opposite order, within the derived tolerance.
    ///
    /// ## Why it matters
    /// Serving systems put strangers into one batch in the order in which they come. A model whose answer depends on
    /// that order leaks one request into another.
    ///
    /// ## How to mend
    /// Look for operations over the batch axis: batch statistics in evaluation, a reshape that mixes rows, a state that
    /// is carried from row to row.
    ///
    /// ## References
    /// Metamorphic testing: Chen et al. 1998.
    ///
    /// ```lms pass bert-sequence-classification
    /// batch_order_invariant(bert) within derived
    /// ```
    /// ```lms fail broken/nan-weight
    /// batch_order_invariant(bert) within derived
    /// ```
    "batch_order_invariant", Run, "measure batch_order_invariant(model: model) -> closeness", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let property = Property::of(arguments, session)?;
    let mirrored: Vec<usize> = (0..ROWS).rev().collect();
    let turned = property.run(&examples(&property.graph, &property.probe.inputs, &mirrored))?;
    let batched = property.batched()?;
    let mirrored = |_: &str, here: Element| Some(Element { row: ROWS - 1 - here.row, ..here });
    Ok(property.reading(property.compare(&batched, &turned, &mirrored)?))
}
