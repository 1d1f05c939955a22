//! `compare`: two certified runs, item by item; or two submissions, number by number.

use crate::shared::{self, LangArg, Outcome, Problem};
use clap::ValueEnum;
use lmstd_conformance_suite::compare::{self, page, terminal, told::Answer};
use lmstd_conformance_suite::evidence::attest;
use lmstd_conformance_suite::{report, same};
use std::path::{Path, PathBuf};

/// Compare two certified runs item by item: which metrics are better, which are worse, and where no difference is shown.
///
/// OUT_A is what is in use, OUT_B what may take its place. Both certificates are verified first. Numbers are compared only
/// where they mean the same: metric, parameters and version, of the same items with the same truth.
///
/// Exit code 0 if no regression is shown, 1 if something is worse, 2 if that cannot be told.
///
/// Two submissions in the place of runs are held against each other: whether one is the other converted, in another format
/// or number type. Exit code 0 if they are one model, 1 if they are two, 2 if that cannot be told.
#[derive(clap::Args)]
#[command(after_help = "Example: lmstd-check compare lmstd-out-1 lmstd-out-2 --format html -o compare.html")]
pub struct Args {
    /// The folder that certify wrote for the first model, or that model itself.
    #[arg(value_name = "OUT_A")]
    a: PathBuf,
    /// The folder that certify wrote for the second model, or that model itself.
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
    let is_run = |path: &Path| path.join(attest::NAME).exists();
    if !is_run(&args.a) && !is_run(&args.b) {
        return submissions(args);
    }
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

/// Whether two submissions are one model.
fn submissions(args: &Args) -> Outcome {
    for path in [&args.a, &args.b] {
        if let Err(error) = std::fs::symlink_metadata(path) {
            return Err(Problem::usage(format!("`{}` cannot be read: {error}", path.display())));
        }
    }
    let (bar, lang): (_, report::Lang) = (shared::progress_bar(), args.lang.into());
    let proof = same::prove(&args.a, &args.b, &mut |what, done, total| {
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(report::progress(what, lang));
    });
    bar.finish_and_clear();
    let proof = match proof {
        Ok(proof) => proof,
        Err(failure) => return Err(Problem::undecided(&failure, lang)),
    };
    let bytes = match args.format {
        OutputFormat::Human => {
            let colour = args.output.is_none() && shared::colour(&std::io::stdout());
            same::terminal::terminal(&proof, lang, colour, shared::width()).into_bytes()
        }
        OutputFormat::Json => report::json::pretty(&proof).map_err(|error| Problem::internal(error.to_string()))?,
        OutputFormat::Html => {
            let page = same::page::page(&proof, lang).map_err(|error| Problem::internal(error.to_string()))?;
            page.into_bytes()
        }
    };
    shared::deliver(&bytes, args.output.as_deref())?;
    Ok(proof.answer.outcome().exit_code())
}
