//! `doc`: the standard as a document that people read and sign off.

use crate::shared::{self, Outcome, Problem};
use clap::ValueEnum;
use lmstd_conformance_suite::document::{self, Format, Tongues};
use std::path::PathBuf;

/// Render a standard as a document: normative text, definitions, constraints, drawings, controls, sign-off.
#[derive(clap::Args)]
#[command(
    after_help = "The same text gives the same bytes: no date and no path is written.\nExample: lmstd-check doc examples/sentiment/standard.lms -o standard.html"
)]
pub struct Args {
    /// A .lms or YAML file, or a built-in name.
    file: String,
    /// The format.
    #[arg(long, value_enum, default_value_t = FormatArg::Html)]
    format: FormatArg,
    /// The language; clause texts stand in both in any case.
    #[arg(long, value_enum, default_value_t = TonguesArg::Both)]
    lang: TonguesArg,
    /// Write to this file instead of standard output.
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatArg {
    /// One self-contained page that prints on A4.
    Html,
    /// GitHub-flavoured Markdown.
    Markdown,
}

#[derive(Clone, Copy, ValueEnum)]
enum TonguesArg {
    /// English.
    En,
    /// Chinese.
    Zh,
    /// English, and Chinese below it.
    Both,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let library = shared::library();
    let compiled = shared::sound(&args.file, &library)?;
    let Some(paper) = document::compose(&compiled, &library) else {
        return Err(Problem::usage(format!("`{}` holds no standard", args.file)));
    };
    let format = match args.format {
        FormatArg::Html => Format::Html,
        FormatArg::Markdown => Format::Markdown,
    };
    let tongues = match args.lang {
        TonguesArg::En => Tongues::En,
        TonguesArg::Zh => Tongues::Zh,
        TonguesArg::Both => Tongues::Both,
    };
    let rendered = document::render(&paper, format, tongues).map_err(|error| Problem::internal(error.to_string()))?;
    shared::deliver(&rendered, args.output.as_deref())
}
