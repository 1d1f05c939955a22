//! The config meets the architecture's ranges and the standard's constraints.

use super::api::{Arguments, check, facts, measure};
use super::reading::{Failure, Reading};
use crate::session::Session;

measure! {
    /// # Config in range
    ///
    /// ## Measures
    /// That `config.json` has every field of the architecture with a value of its type and inside its range, that the
    /// architecture's facts hold (`hidden_size % num_attention_heads == 0`), and the standard's constraints with them.
    ///
    /// ## Why it matters
    /// A config is attacker-written text that sizes every allocation of a loader. What it says must be possible before
    /// anything else is looked at.
    ///
    /// ## How to mend
    /// Each finding names the field, what is allowed and what was found.
    ///
    /// ## References
    /// The public checkpoints' own `config.json`.
    ///
    /// ```lms pass
    /// config_in_range(classifier)
    /// ```
    /// ```lms fail bert-sequence-classification
    /// config_in_range(wide)
    /// ```
    "config_in_range", Header, "measure config_in_range(model: model) -> check", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    session.config()?;
    let model = session.model(arguments.model()?);
    match &model.config {
        Ok(config) => Ok(check(Vec::new(), facts([("fields", config.fields().count().to_string())]))),
        Err(findings) => Ok(check(findings.clone(), facts([("architecture", model.architecture.clone())]))),
    }
}
