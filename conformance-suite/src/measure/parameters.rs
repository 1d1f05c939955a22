//! The number of parameters.

use super::api::{Arguments, exact, facts, failure, measure};
use super::reading::{Failure, Reading};
use crate::session::Session;

measure! {
    /// # Parameters
    ///
    /// ## Measures
    /// The number of weights of the program, embeddings included, shared storage counted once. From headers alone. Not
    /// measured, and so never a pass, where the checkpoint is not exactly that of the program: a weight that is missing or
    /// misshapen would make the count a part of the truth.
    ///
    /// ## Why it matters
    /// It sizes memory and cost, and some duties begin at a size.
    ///
    /// ## How to mend
    /// Submit a smaller model, or prune this one and certify the result. Where it is not measured, mend what `conforms`
    /// finds.
    ///
    /// ## References
    /// Regulation (EU) 2024/1689, Annex XI 1(1)(d).
    ///
    /// ```lms pass
    /// parameters(classifier) <= 1_000_000
    /// ```
    /// ```lms fail
    /// parameters(classifier) <= 100_000
    /// ```
    "parameters", Header, "measure parameters(model: model) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let inventory = session.model(arguments.model()?).inventory(session)?;
    if let Some(fault) = inventory.faults.first() {
        let message = format!("the parameters cannot be counted: {}", fault.message);
        return Err(failure(fault.fault, message, &fault.at, &fault.mend));
    }
    let Some(count) = inventory.elements().filter(|count| *count > 0) else {
        return Err(failure(
            "missing_tensor",
            "the model has no parameters",
            "",
            "save the checkpoint with its weights",
        ));
    };
    Ok(exact(count as f64, Vec::new(), facts([("tensors", inventory.parameters.len().to_string())])))
}
