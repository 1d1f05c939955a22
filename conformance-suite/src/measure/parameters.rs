//! The number of parameters.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use crate::session::Session;

measure! {
    /// # Parameters
    ///
    /// ## Measures
    /// The number of weights of the program, embeddings included, shared storage counted once. From headers alone.
    ///
    /// ## Why it matters
    /// It sizes memory and cost, and some duties begin at a size.
    ///
    /// ## How to mend
    /// Submit a smaller model, or prune this one and certify the result.
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
    Ok(exact(inventory.elements() as f64, Vec::new(), facts([("tensors", inventory.parameters.len().to_string())])))
}
