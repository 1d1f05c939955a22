//! `lsp`: the language server, for editors.

use crate::shared::{Outcome, Problem};
use anstream::eprintln;
use lmstd_conformance_suite::lsp;
use std::io::IsTerminal;

/// Serve an editor: faults as you type, hover, completion, definitions, renaming, formatting.
///
/// Speaks the language server protocol over standard input and output, for .lms and YAML documents.
#[derive(clap::Args)]
#[command(
    after_help = "Tell the editor to start `lmstd-check lsp` for .lms files and for the YAML files that are standards."
)]
pub struct Args {
    /// Standard input and output, which is all there is; editors pass it.
    #[arg(long)]
    stdio: bool,
}

/// Runs it. Exit code 0 after a session that was shut down, 1 after one that broke off.
pub fn run(args: &Args) -> Outcome {
    if !args.stdio && std::io::stdin().is_terminal() {
        eprintln!("lmstd-check lsp speaks with an editor over standard input and output; end it with Ctrl-D");
    }
    let orderly = lsp::serve(std::io::stdin(), &mut std::io::stdout())
        .map_err(|error| Problem::internal(format!("the session broke off: {error}")))?;
    Ok(u8::from(!orderly))
}
