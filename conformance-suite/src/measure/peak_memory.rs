//! The memory of one forward pass.

use super::api::{Arguments, exact, facts, failure, measure};
use super::flops::{batches, positions, size, too_large};
use super::reading::{Failure, Reading};
use crate::session::Session;
use lmstd_compiler::ir::counts::{FLOAT_BYTES, peak};

measure! {
    /// # Peak memory
    ///
    /// ## Measures
    /// The bytes of the weights at f32, shared storage counted once, and of the most values that are alive at once in a
    /// forward pass over one example of so many positions: every operation makes a new tensor, and each is dropped after
    /// its last use. A float takes 4 bytes, an int 8, a truth value 1. From headers, program and config alone: nothing
    /// runs, so the number is the same on every machine. An engine that joins operations, or moves without copying, needs
    /// less; buffers of its own come on top. Not measured, and so never a pass, where the checkpoint is not exactly that
    /// of the program.
    ///
    /// ## Why it matters
    /// A model that does not fit a machine's memory does not run there at all.
    ///
    /// ## How to mend
    /// Submit a smaller model, or ask for fewer positions. Where it is not measured, mend what `conforms` finds.
    ///
    /// ## References
    /// Sethi and Ullman 1970 (values alive in an order of evaluation).
    ///
    /// ```lms pass gpt2
    /// peak_memory(any) <= 121_473 B
    /// ```
    /// ```lms fail gpt2
    /// peak_memory(any) <= 121_472 B
    /// ```
    "peak_memory", Header, "measure peak_memory(model: model, positions: int = 1) -> bytes", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let positions = positions(arguments)?;
    let model = session.model(arguments.model()?);
    let graph = model.program(session)?;
    let inventory = model.inventory(session)?;
    if let Some(fault) = inventory.faults.first() {
        let message = format!("the parameters cannot be counted: {}", fault.message);
        return Err(failure(fault.fault, message, &fault.at, &fault.mend));
    }
    let float = FLOAT_BYTES.unsigned_abs();
    let weights = inventory.elements().and_then(|count| count.checked_mul(float)).ok_or_else(too_large)?;
    let batch = batches(&graph);
    let values = peak(&graph, &|name| Some(size(&batch, name, positions))).ok_or_else(too_large)?;
    let bytes = weights.checked_add(values).ok_or_else(too_large)?;
    let told = facts([("weights", weights.to_string()), ("activations", values.to_string())]);
    Ok(exact(bytes as f64, Vec::new(), told))
}
