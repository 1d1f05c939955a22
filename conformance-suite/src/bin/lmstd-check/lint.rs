//! `lint`: the compiler's diagnostics of one or more texts, and their mends.

use crate::shared::{self, Outcome, Problem, Text};
use anstream::eprintln;
use clap::ValueEnum;
use lmstd_compiler::diag::render;
use lmstd_compiler::{Compiled, Library, compile};
use lmstd_conformance_suite::folder::{Folder, LOCK};
use lmstd_conformance_suite::mend::mended;
use lmstd_conformance_suite::report;
use lmstd_grammar::span::FileId;
use std::path::Path;

/// How often mends are made in one file: a mend may show the next fault.
const ROUNDS: usize = 10;

/// Check standards and architectures: types, shapes, units, contradictions.
///
/// Exit code 0 without errors (warnings are shown), 3 with errors.
#[derive(clap::Args)]
#[command(after_help = "Each message ends with a code; `lmstd-check explain CODE` says what it means.")]
pub struct Args {
    /// Make the mends that need no choice, and write the digests of all documents used into lmstd.lock.
    #[arg(long)]
    fix: bool,
    /// How diagnostics are told: to people on standard error, to tools on standard output.
    #[arg(long, value_enum, default_value_t = LintFormat::Human)]
    format: LintFormat,
    /// .lms or YAML files, or built-in names.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LintFormat {
    /// Source lines with underlined places.
    Human,
    /// A JSON array of objects with code, place, message, help and mends.
    Json,
    /// SARIF 2.1.0.
    Sarif,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let library = shared::library();
    let mut compiled = Vec::new();
    for file in &args.files {
        let text = shared::read(file)?;
        compiled.push(if args.fix { fixed(file, text, &library)? } else { shared::compiled_quietly(&text, &library) });
    }
    let failed = compiled.iter().any(|compiled| shared::has_errors(&compiled.diagnostics));
    match args.format {
        LintFormat::Human => {
            for (file, compiled) in args.files.iter().zip(&compiled) {
                shared::tell(&compiled.diagnostics, &compiled.sources);
                if compiled.diagnostics.is_empty() {
                    eprintln!("{file}: no faults");
                }
            }
        }
        LintFormat::Json => {
            let all = compiled.iter().map(|compiled| render::to_json(&compiled.diagnostics, &compiled.sources));
            let all: Vec<_> = all.flat_map(|one| one.as_array().cloned().unwrap_or_default()).collect();
            shared::deliver(format!("{:#}\n", serde_json::Value::Array(all)).as_bytes(), None)?;
        }
        LintFormat::Sarif => {
            let log = report::lints(compiled.iter().map(|one| (one.diagnostics.as_slice(), &one.sources)))
                .map_err(|error| Problem::internal(error.to_string()))?;
            shared::deliver(&log, None)?;
        }
    }
    Ok(if failed { shared::USAGE } else { 0 })
}

/// Makes the sure mends of a file until there are none, and renews the lock of its folder.
fn fixed(file: &str, mut text: Text, library: &Library) -> Result<Compiled, Problem> {
    let Some(folder) = text.folder.clone() else {
        return Err(Problem::usage(format!("`{file}` is built in and cannot be rewritten")));
    };
    let documents = Folder::new(Some(&folder), true);
    let mut total = 0;
    let mut compiled = compile(&text.name, &text.text, library, &documents);
    for _ in 0..ROUNDS {
        let own = FileId(library.sources.iter().count() as u16);
        let (better, made) = mended(&text.text, own, &compiled.diagnostics);
        if made == 0 {
            break;
        }
        total += made;
        text.text = better;
        compiled = compile(&text.name, &text.text, library, &documents);
    }
    if total > 0 {
        shared::rewrite(Path::new(file), text.text.as_bytes())?;
        eprintln!("{file}: {total} {} made", if total == 1 { "mend" } else { "mends" });
    }
    if let Some(lock) = documents.renewed(&compiled) {
        let path = folder.join(LOCK);
        let json = serde_json::to_string_pretty(&lock).map_err(|error| Problem::internal(error.to_string()))?;
        shared::rewrite(&path, format!("{json}\n").as_bytes())?;
        eprintln!("{}: written", path.display());
        compiled = shared::compiled_quietly(&text, library);
    }
    Ok(compiled)
}
