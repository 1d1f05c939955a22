//! `schema`: the JSON Schema of the YAML spelling.

use crate::shared::{self, Outcome, Problem};

/// Print the JSON Schema of the YAML spelling, for editors that complete and validate.
#[derive(clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(_: &Args) -> Outcome {
    let text = serde_json::to_string_pretty(&lmstd_grammar::schema::json_schema())
        .map_err(|error| Problem::internal(error.to_string()))?;
    shared::deliver(format!("{text}\n").as_bytes(), None)
}
