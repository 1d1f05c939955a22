//! `new`: a starter standard in a folder of its own.

use crate::shared::{self, Outcome, Problem};
use clap::builder::{PossibleValue, PossibleValuesParser};
use lmstd_conformance_suite::starter::{self, File, Starter};
use lmstd_runtime::croissant;
use lmstd_runtime::intake::error::printable;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Start a standard: a folder with a standard that compiles, and a tiny submission that meets it.
///
/// DIR/NAME/ gets standard.lms, sample/, README.md and, where the kind needs them, model.lms, lmstd.lock and data/. A
/// folder that exists is never touched.
#[derive(clap::Args)]
#[command(after_help = "Example: lmstd-check new my-reviews --kind encoder")]
pub struct Args {
    /// Id of the standard and name of its folder: letters, digits, `-` and `_`.
    name: String,
    /// What the model is.
    #[arg(long, value_name = "KIND", default_value = "encoder", value_parser = kinds())]
    kind: String,
    /// Begin with the data of a Croissant file instead of a kind: DIR/NAME/standard.lms has its columns, splits and sources.
    #[arg(long, value_name = "FILE", conflicts_with = "kind")]
    croissant: Option<PathBuf>,
    /// The folder in which the standard's folder is made.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

fn kinds() -> PossibleValuesParser {
    let value = |starter: &Starter| PossibleValue::new(starter.kind).help(starter.about);
    PossibleValuesParser::new(starter::ALL.iter().map(value))
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    starter::check(&args.name).map_err(Problem::usage)?;
    let starter = starter::find(&args.kind).ok_or_else(|| Problem::usage(format!("no kind `{}`", args.kind)))?;
    let files = match &args.croissant {
        Some(file) => vec![described(&args.name, file)?],
        None => starter.files(&args.name).map_err(Problem::internal)?,
    };
    let folder = args.dir.join(&args.name);
    std::fs::create_dir_all(&args.dir)
        .map_err(|error| Problem::usage(format!("`{}` cannot be made: {error}", args.dir.display())))?;
    std::fs::create_dir(&folder).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Problem::usage(format!("`{}` exists and is left as it is", folder.display())),
        _ => Problem::usage(format!("`{}` cannot be made: {error}", folder.display())),
    })?;
    if let Err(error) = write(&folder, &files) {
        // Half a starter would only be in the way; that nothing can be removed either is no further news.
        let _ = std::fs::remove_dir_all(&folder);
        return Err(Problem::internal(format!("`{}` cannot be written: {error}", folder.display())));
    }
    if let Some(file) = &args.croissant {
        let standard = folder.join("standard.lms").display().to_string();
        let told = format!(
            "{standard}\n\nNext:\n  lmstd-check lint {standard}\n  lmstd-check certify {standard} SUBMISSION --data NAME={}\n",
            file.display()
        );
        return shared::deliver(told.as_bytes(), None);
    }
    shared::deliver(told(&folder, files.len()).as_bytes(), None)
}

/// A standard of the data that a Croissant file describes.
fn described(name: &str, file: &Path) -> Result<File, Problem> {
    let shown = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|error| Problem::usage(format!("`{shown}` cannot be read: {error}")))?;
    let refused = |faults: Vec<croissant::Fault>| {
        let lines = faults.iter().map(|fault| format!("{}: {} {}", fault.pointer, fault.message, fault.mend));
        let lines: Vec<String> = lines.map(|line| printable(&line)).collect();
        Problem::usage(format!("`{shown}` is no Croissant file that can be used:\n  {}", lines.join("\n  ")))
    };
    let dataset = croissant::read(&bytes, &shown).and_then(|told| croissant::spell(&told)).map_err(refused)?;
    let names = dataset.lines().filter_map(|line| line.trim().strip_prefix("dataset ")?.split(' ').next());
    let clauses = names.zip(1..).map(|(name, number): (&str, usize)| {
        format!("\n  clause DATA-{number} must {{ schema({name}) }}\n\n  clause SOURCE-{number} should {{ sources({name}) and licences({name}) }}\n")
    });
    let clauses: String = clauses.collect();
    let body: String =
        dataset.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") }).collect();
    let text = format!("standard {name} 1.0.0 {{\n{body}{clauses}}}\n");
    Ok(File { path: "standard.lms".into(), bytes: text.into_bytes() })
}

fn write(folder: &Path, files: &[File]) -> std::io::Result<()> {
    for file in files {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, &file.bytes)?;
    }
    Ok(())
}

/// What was made, and the next three commands.
fn told(folder: &Path, files: usize) -> String {
    let [standard, sample, out, page] =
        ["standard.lms", "sample", "out", "standard.html"].map(|part| folder.join(part).display().to_string());
    let commands = [
        format!("lmstd-check lint {standard}"),
        format!("lmstd-check certify {standard} {sample} --out {out}"),
        format!("lmstd-check doc {standard} -o {page}"),
    ];
    format!("{}: {files} files\n\nNext:\n  {}\n", folder.display(), commands.join("\n  "))
}
