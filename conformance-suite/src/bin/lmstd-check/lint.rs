//! `lint`: the compiler's diagnostics of one or more texts.

use crate::shared::{self, Outcome};
use anstream::eprintln;

/// Check standards and architectures: types, shapes, units, contradictions.
///
/// Exit code 0 without errors (warnings are shown), 3 with errors.
#[derive(clap::Args)]
#[command(after_help = "Each message ends with a code; `lmstd-check explain CODE` says what it means.")]
pub struct Args {
    /// .lms or YAML files, or built-in names.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let library = shared::library();
    let mut failed = false;
    for file in &args.files {
        let text = shared::read(file)?;
        let compiled = shared::compiled(&text, &library);
        failed |= shared::has_errors(&compiled.diagnostics);
        if compiled.diagnostics.is_empty() {
            eprintln!("{file}: no faults");
        }
    }
    Ok(if failed { shared::USAGE } else { 0 })
}
