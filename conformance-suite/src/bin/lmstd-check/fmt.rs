//! `fmt`: canonical text, in either spelling.

use crate::shared::{self, Outcome, Problem};
use anstream::eprintln;
use clap::ValueEnum;
use lmstd_compiler::diag::syntax;
use lmstd_grammar::source::{SourceMap, Spelling};
use std::path::Path;

/// Rewrite files in canonical form, or convert between .lms and YAML.
#[derive(clap::Args)]
#[command(after_help = "With --to, the converted text is written beside the file, with the other ending.")]
pub struct Args {
    /// Convert into this spelling.
    #[arg(long, value_enum)]
    to: Option<SpellingArg>,
    /// Change nothing; exit 1 if a file is not in canonical form.
    #[arg(long)]
    check: bool,
    /// .lms or YAML files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum SpellingArg {
    /// The .lms notation.
    Lms,
    /// The YAML spelling.
    Yaml,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let mut different = false;
    for file in &args.files {
        let text = shared::read(file)?;
        if text.folder.is_none() {
            return Err(Problem::usage(format!("`{file}` is built in and cannot be rewritten")));
        }
        let own = Spelling::of_name(file);
        let to = match args.to {
            Some(SpellingArg::Lms) => Spelling::Lms,
            Some(SpellingArg::Yaml) => Spelling::Yaml,
            None => own,
        };
        let formatted = format(file, &text.text, to)?;
        let target = if to == own { file.clone() } else { with_ending(file, to) };
        let current = std::fs::read_to_string(&target).ok();
        if current.as_deref() == Some(formatted.as_str()) {
            continue;
        }
        different = true;
        if args.check {
            eprintln!("{target}: not in canonical form");
        } else if to != own && Path::new(&target).symlink_metadata().is_ok() {
            return Err(Problem::usage(format!("`{target}` exists and holds something else; remove it first")));
        } else {
            shared::rewrite(Path::new(&target), formatted.as_bytes())?;
            eprintln!("{target}: written");
        }
    }
    Ok(u8::from(different && args.check))
}

/// The canonical text; a file with faults is told and left alone.
fn format(name: &str, text: &str, to: Spelling) -> Result<String, Problem> {
    let mut sources = SourceMap::default();
    let file = sources.add(name, text, Spelling::of_name(name));
    let (document, errors) = lmstd_grammar::parse(file, &sources);
    if errors.is_empty() {
        return Ok(lmstd_grammar::format(&document, &sources, to));
    }
    let diagnostics: Vec<_> = errors.iter().map(syntax::from_syntax).collect();
    shared::tell(&diagnostics, &sources);
    Err(Problem::Told(shared::USAGE))
}

fn with_ending(file: &str, to: Spelling) -> String {
    let ending = match to {
        Spelling::Lms => "lms",
        Spelling::Yaml => "yaml",
    };
    Path::new(file).with_extension(ending).to_string_lossy().into_owned()
}
