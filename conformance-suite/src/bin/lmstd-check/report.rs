//! `report`: the report of a run in another format.

use crate::shared::{self, LangArg, Outcome, Problem};
use clap::ValueEnum;
use lmstd_conformance_suite::answers;
use lmstd_conformance_suite::report::{self, Format};
use std::path::PathBuf;

/// Render the report of a run: HTML, Markdown, JSON, SARIF, JUnit or model-index; or its answers.
#[derive(clap::Args)]
#[command(after_help = "Example: lmstd-check report lmstd-out --format markdown --lang zh -o report.md")]
pub struct Args {
    /// The folder that certify wrote.
    out: PathBuf,
    /// The format.
    #[arg(long, value_enum)]
    format: FormatArg,
    /// The language.
    #[arg(long, value_enum, default_value_t = LangArg::En)]
    lang: LangArg,
    /// Of several sets of answers the one of this name: DATASET.SPLIT or MODEL:DATASET.SPLIT.
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
    /// Write to this file instead of standard output.
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatArg {
    /// One self-contained page.
    Html,
    /// GitHub-flavoured Markdown.
    Markdown,
    /// report.json as it is.
    Json,
    /// SARIF 2.1.0 for code-scanning tools.
    Sarif,
    /// JUnit XML for continuous integration.
    Junit,
    /// Metadata of a Hugging Face model card (model-index).
    ModelIndex,
    /// The data of the run as Croissant 1.0 (JSON-LD), with the digests that were measured.
    Croissant,
    /// The answers that the run stored, as JSON lines that `certify --predictions` reads.
    Predictions,
}

/// Runs it.
pub fn run(args: Args) -> Outcome {
    let format = match args.format {
        FormatArg::Html => Format::Html,
        FormatArg::Markdown => Format::Markdown,
        FormatArg::Json => Format::Json,
        FormatArg::Sarif => Format::Sarif,
        FormatArg::Junit => Format::Junit,
        FormatArg::ModelIndex => Format::ModelIndex,
        FormatArg::Croissant => Format::Croissant,
        FormatArg::Predictions => {
            let answers = answers::jsonl(&args.out, args.of.as_deref()).map_err(Problem::usage)?;
            return shared::deliver(&answers, args.output.as_deref());
        }
    };
    let path = args.out.join("report.json");
    let bytes = std::fs::read(&path)
        .map_err(|error| Problem::usage(format!("`{}` cannot be read: {error}", path.display())))?;
    let report = report::from_json(&bytes).map_err(|error| Problem::usage(format!("`{}`: {error}", path.display())))?;
    let rendered =
        report::render(&report, format, args.lang.into()).map_err(|error| Problem::internal(error.to_string()))?;
    shared::deliver(&rendered, args.output.as_deref())
}
