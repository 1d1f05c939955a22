//! `lmstd-check`: certifies models against standards, and helps to write standards. One file a subcommand.

mod certify;
mod compare;
mod diff;
mod doc;
#[cfg(feature = "cluster")]
mod executor;
mod explain;
mod fmt;
mod graph;
mod keygen;
mod lint;
mod lsp;
mod new;
mod report;
#[cfg(feature = "cluster")]
mod scheduler;
mod schema;
mod shared;
mod verify;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Certify AI models against standards.
///
/// A standard (.lms or YAML) declares what a model must be. `certify` checks a submission against it and writes a
/// report, its evidence and a signed certificate that anybody can verify offline.
#[derive(Parser)]
#[command(
    name = "lmstd-check",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 conforms, 1 does not conform, 2 could not decide, 3 usage or bad standard, 4 internal error.\nResults go to standard output, progress and messages to standard error. NO_COLOR is respected."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Certify(certify::Args),
    Verify(verify::Args),
    Report(report::Args),
    Compare(compare::Args),
    New(new::Args),
    Lint(lint::Args),
    Fmt(fmt::Args),
    Diff(diff::Args),
    Doc(doc::Args),
    Schema(schema::Args),
    Graph(graph::Args),
    Explain(explain::Args),
    Keygen(keygen::Args),
    Lsp(lsp::Args),
    #[cfg(feature = "cluster")]
    Scheduler(scheduler::Args),
    #[cfg(feature = "cluster")]
    Executor(executor::Args),
    /// The limited process that reads submissions; started by `certify`.
    #[command(hide = true)]
    Worker,
    /// The process that asks an endpoint; started by `certify`.
    #[command(hide = true)]
    Asker,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; everything else is a usage error.
            let code = if error.use_stderr() { shared::USAGE } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let outcome = match cli.command {
        Command::Certify(args) => certify::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Report(args) => report::run(args),
        Command::Lint(args) => lint::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Doc(args) => doc::run(&args),
        Command::Lsp(args) => lsp::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Keygen(args) => keygen::run(&args),
        Command::New(args) => new::run(&args),
        #[cfg(feature = "cluster")]
        Command::Scheduler(args) => scheduler::run(&args),
        #[cfg(feature = "cluster")]
        Command::Executor(args) => executor::run(&args),
        Command::Worker => {
            lmstd_conformance_suite::certify::serve();
            Ok(0)
        }
        Command::Asker => {
            lmstd_conformance_suite::certify::serve_asker();
            Ok(0)
        }
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(problem) => problem.tell(),
    }
}
