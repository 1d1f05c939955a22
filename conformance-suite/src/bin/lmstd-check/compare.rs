//! `compare`: two certified runs, item by item.

use crate::shared::{self, LangArg, Outcome, Problem};
use clap::ValueEnum;
use lmstd_conformance_suite::compare::{self, page, terminal, told::Answer};
use std::path::PathBuf;

/// Compare two certified runs item by item: which metrics are better, which are worse, and where no difference is shown.
///
/// OUT_A is what is in use, OUT_B what may take its place. Both certificates are verified first. Numbers are compared only
/// where they mean the same: metric, parameters and version, of the same items with the same truth.
///
/// Exit code 0 if no regression is shown, 1 if something is worse, 2 if that cannot be told.
#[derive(clap::Args)]
#[command(after_help = "Example: lmstd-check compare lmstd-out-1 lmstd-out-2 --format html -o compare.html")]
pub struct Args {
    /// The folder that certify wrote for the first model.
    #[arg(value_name = "OUT_A")]
    a: PathBuf,
    /// The folder that certify wrote for the second model.
    #[arg(value_name = "OUT_B")]
    b: PathBuf,
    /// How the comparison is told.
    #[arg(long, value_enum, default_value_t = OutputFormat::Human)]
    format: OutputFormat,
    /// The language of the summary and of the page.
    #[arg(long, value_enum, default_value_t = LangArg::En)]
    lang: LangArg,
    /// Write to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum OutputFormat {
    /// A summary of about twenty lines.
    Human,
    /// One page that needs no network.
    Html,
    /// All numbers.
    Json,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let compared = compare::compare(&args.a, &args.b).map_err(Problem::usage)?;
    let internal = |error: lmstd_conformance_suite::report::ReportError| Problem::internal(error.to_string());
    let bytes = match args.format {
        OutputFormat::Human => {
            let colour = args.output.is_none() && shared::colour(&std::io::stdout());
            terminal::terminal(&compared, args.lang.into(), colour, shared::width()).into_bytes()
        }
        OutputFormat::Html => page::page(&compared, args.lang.into()).map_err(internal)?.into_bytes(),
        OutputFormat::Json => compare::json(&compared).map_err(internal)?,
    };
    shared::deliver(&bytes, args.output.as_deref())?;
    Ok(match Answer::of(&compared) {
        Answer::NoneShown => 0,
        Answer::Regression => 1,
        Answer::CannotTell => 2,
    })
}
