//! What the subcommands share: reading standards, telling problems, writing results.

use anstream::{eprint, eprintln};
use indicatif::{ProgressBar, ProgressStyle};
use lmstd_compiler::diag::{Diagnostic, Severity, render};
use lmstd_compiler::{Compiled, Library, compile};
use lmstd_conformance_suite::folder::{self, Folder};
use lmstd_conformance_suite::measure::reading::Failure;
use lmstd_conformance_suite::{faults, measure, report::Lang, standards};
use lmstd_grammar::source::SourceMap;
use lmstd_runtime::world::write_atomic;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Exit code: what was asked could not be decided.
pub const UNDECIDED: u8 = 2;
/// Exit code: usage, or a standard with errors.
pub const USAGE: u8 = 3;
/// Exit code: an error of this program or of the machine it runs on.
pub const INTERNAL: u8 = 4;

/// Why a subcommand stops.
pub enum Problem {
    /// A sentence for standard error.
    Sentence(u8, String),
    /// Diagnostics were told already.
    Told(u8),
}

impl Problem {
    /// A usage problem.
    pub fn usage(message: impl Into<String>) -> Problem {
        Problem::Sentence(USAGE, message.into())
    }

    /// A problem of the machine.
    pub fn internal(message: impl Into<String>) -> Problem {
        Problem::Sentence(INTERNAL, message.into())
    }

    /// Something that could not be decided, and why.
    pub fn undecided(failure: &Failure, lang: Lang) -> Problem {
        let (why, mend) =
            (faults::message(&failure.fault, &failure.message), faults::mend(&failure.fault, &failure.mend));
        Problem::Sentence(UNDECIDED, format!("{}: {}\n  {}", failure.at, lang.of(&why), lang.of(&mend)))
    }

    /// Tells it.
    pub fn tell(self) -> ExitCode {
        match self {
            Problem::Sentence(code, message) => {
                eprintln!("lmstd-check: {message}");
                ExitCode::from(code)
            }
            Problem::Told(code) => ExitCode::from(code),
        }
    }
}

/// The exit code, or why there is none of its own.
pub type Outcome = Result<u8, Problem>;

/// A standard's text and where it came from.
pub struct Text {
    /// As the user named it.
    pub name: String,
    /// The text.
    pub text: String,
    /// Its folder; none for a built-in one.
    pub folder: Option<PathBuf>,
}

/// Reads a file, or a built-in standard by its name.
pub fn read(name: &str) -> Result<Text, Problem> {
    if let Some(text) = standards::find(name) {
        return Ok(Text { name: format!("{name}.lms"), text: text.into(), folder: None });
    }
    let path = Path::new(name);
    let refuse = |why: String| {
        let list: Vec<&str> = standards::ALL.iter().map(|(name, _)| *name).collect();
        let hint = if name.starts_with("lmstd/") {
            format!("; built-in standards: {}", list.join(", "))
        } else {
            String::new()
        };
        Problem::usage(format!("`{name}` cannot be read: {why}{hint}"))
    };
    // A pipe would be waited for, and a device never ends.
    if !std::fs::metadata(path).map_err(|error| refuse(error.to_string()))?.is_file() {
        return Err(refuse("it is no file".into()));
    }
    let file = std::fs::File::open(path).map_err(|error| refuse(error.to_string()))?;
    let text = folder::text_of(file).map_err(refuse)?;
    let folder =
        path.parent().map(|folder| if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.into() });
    Ok(Text { name: name.into(), text, folder })
}

/// Compiles a text and tells its diagnostics on standard error.
pub fn compiled(text: &Text, library: &Library) -> Compiled {
    let compiled = compiled_quietly(text, library);
    tell(&compiled.diagnostics, &compiled.sources);
    compiled
}

/// Reads and compiles a document and shows what is wrong with it; a problem where that is an error.
pub fn sound(file: &str, library: &Library) -> Result<Compiled, Problem> {
    let compiled = compiled(&read(file)?, library);
    if has_errors(&compiled.diagnostics) { Err(Problem::Told(USAGE)) } else { Ok(compiled) }
}

/// Compiles a text with the documents of its folder.
pub fn compiled_quietly(text: &Text, library: &Library) -> Compiled {
    compile(&text.name, &text.text, library, &Folder::new(text.folder.as_deref(), false))
}

/// The library with all measures.
pub fn library() -> Library {
    measure::library()
}

/// Shows diagnostics on standard error.
pub fn tell(diagnostics: &[Diagnostic], sources: &SourceMap) {
    if !diagnostics.is_empty() {
        eprint!("{}", render::render(diagnostics, sources, colour(&std::io::stderr()), width()));
    }
}

/// Whether one of them is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// Whether to colour a stream: a terminal, and `NO_COLOR` not set.
pub fn colour(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Columns of text: what `COLUMNS` says, else what the terminal says, else 100.
pub fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| usize::from(columns));
    told.or_else(asked).unwrap_or(100).clamp(40, 160)
}

/// The language argument.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum LangArg {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl From<LangArg> for Lang {
    fn from(lang: LangArg) -> Lang {
        match lang {
            LangArg::En => Lang::En,
            LangArg::Zh => Lang::Zh,
        }
    }
}

/// Writes an author's own file anew: through a link to the file it names, with the permissions that it has.
pub fn rewrite(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let refuse = |why: String| Problem::usage(format!("`{}` cannot be written: {why}", path.display()));
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.into());
    let before = std::fs::metadata(&real).ok().map(|found| found.permissions());
    if before.as_ref().is_some_and(std::fs::Permissions::readonly) {
        return Err(refuse("it is read-only".into()));
    }
    write_atomic(&real, bytes).map_err(|error| refuse(error.to_string()))?;
    match before {
        Some(permissions) => std::fs::set_permissions(&real, permissions).map_err(|error| refuse(error.to_string())),
        None => Ok(()),
    }
}

/// Writes a result to a file, atomically, or to standard output.
pub fn deliver(bytes: &[u8], file: Option<&Path>) -> Outcome {
    let written = match file {
        Some(path) => write_atomic(path, bytes),
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        }
    };
    match written {
        Ok(()) => Ok(0),
        // The reader of a pipe has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(0),
        Err(error) => Err(Problem::internal(format!("the result cannot be written: {error}"))),
    }
}

/// A bar on a terminal, nothing when piped.
pub fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg} [{bar:30}] {pos}/{len}");
    let bar = ProgressBar::new(0);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
