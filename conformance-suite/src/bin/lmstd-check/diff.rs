//! `diff`: what became stricter, looser, new or gone from one standard to another, and which certificates lapse.

use crate::shared::{self, LangArg, Outcome, Problem};
use clap::ValueEnum;
use lmstd_compiler::Compiled;
use lmstd_compiler::refine::{self, Side};
use lmstd_conformance_suite::diff;

/// Compare two standards: what became stricter, looser, new or gone, and which certificates lapse.
///
/// Exit code 0 if every certificate of A also proves conformance to B, 1 if some lapse, 3 if one of them has errors.
#[derive(clap::Args)]
#[command(
    after_help = "Stricter and looser are proved; what can be neither is changed.\nExample: lmstd-check diff standard-1.0.0.lms standard-1.1.0.lms"
)]
pub struct Args {
    /// The old standard: a .lms or YAML file, or a built-in name.
    #[arg(value_name = "A")]
    old: String,
    /// The new standard.
    #[arg(value_name = "B")]
    new: String,
    /// What is printed on standard output.
    #[arg(long, value_enum, default_value_t = OutputFormat::Human)]
    format: OutputFormat,
    /// The language.
    #[arg(long, value_enum, default_value_t = LangArg::En)]
    lang: LangArg,
}

#[derive(Clone, Copy, ValueEnum)]
enum OutputFormat {
    /// A sentence, the changes in groups, the certificates.
    Human,
    /// Every item, in both languages.
    Json,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let library = shared::library();
    let (old, new) = (shared::sound(&args.old, &library)?, shared::sound(&args.new, &library)?);
    let difference = refine::compare(side(&args.old, &old)?, side(&args.new, &new)?);
    let bytes = match args.format {
        OutputFormat::Json => diff::json(&difference).map_err(|error| Problem::internal(error.to_string()))?,
        OutputFormat::Human => {
            let colour = shared::colour(&std::io::stdout());
            diff::summary(&difference, args.lang.into(), colour, shared::width()).into_bytes()
        }
    };
    shared::deliver(&bytes, None)?;
    Ok(u8::from(difference.lapses))
}

fn side<'a>(name: &str, compiled: &'a Compiled) -> Result<Side<'a>, Problem> {
    Side::of(compiled).ok_or_else(|| Problem::usage(format!("`{name}` holds no standard")))
}
