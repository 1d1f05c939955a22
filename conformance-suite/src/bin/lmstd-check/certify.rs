//! `certify`: a submission against a standard.

use crate::shared::{self, LangArg, Outcome, Problem};
use clap::ValueEnum;
use lmstd_conformance_suite::certify::data::{self, DataArgument};
use lmstd_conformance_suite::certify::given::{self, GivenArgument};
use lmstd_conformance_suite::certify::opaque::{self, OpaqueModel};
use lmstd_conformance_suite::certify::{Request, certify, documents};
use lmstd_conformance_suite::evidence::key;
use lmstd_conformance_suite::report::{self, Format};
use lmstd_runtime::opaque::address::Place;
use lmstd_runtime::opaque::http::{Patience, Spec};
use lmstd_runtime::worker::Limits;
use lmstd_runtime::world::{RealWorld, World, write_atomic};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Certify a submission against a standard.
///
/// Writes OUT/certificate.json, OUT/report.json, OUT/report.html and OUT/evidence/, and prints a summary.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 conforms, 1 does not conform, 2 could not decide, 3 usage or bad standard, 4 internal error.\nExample: lmstd-check certify examples/sentiment/standard.lms examples/sentiment/submission"
)]
pub struct Args {
    /// A standard: a .lms or .yaml file, or a built-in name such as lmstd/bert-sequence-classification.
    standard: String,
    /// The submission: a folder with config.json, weights (safetensors, PyTorch, GGUF, Keras, NumPy or ONNX) and
    /// tokenizer, or the URL of an OpenAI-compatible endpoint (https://HOST/v1, with --model), which is only asked. It
    /// may be left out where all that the standard asks for is answers, and these are handed in with --predictions.
    #[arg(required_unless_present_any = ["predictions", "command"], conflicts_with = "command")]
    submission: Option<PathBuf>,
    /// A model that is only asked: after `--`, a command that answers questions over JSON lines (docs/opaque.md).
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
    /// The model's name at the endpoint.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// The environment variable that holds the endpoint's key.
    #[arg(long, value_name = "NAME", requires = "model")]
    key_env: Option<String>,
    /// Ask an endpoint at an address of this machine or of its network, or without TLS.
    #[arg(long, value_name = "HOST[:PORT]", requires = "model")]
    allow_host: Vec<String>,
    /// Answers of a model that is not uploaded: a CSV, JSON-lines or Parquet file with the columns `id` and `prediction`
    /// (of classes also `probability_LABEL`), or a log of lm-evaluation-harness, Inspect or Every Eval Ever. Where the
    /// standard asks for several, NAME=FILE with NAME as DATASET.SPLIT or MODEL:DATASET.SPLIT. What rests on them is
    /// attested, not measured.
    #[arg(long, value_name = "[NAME=]FILE")]
    predictions: Vec<GivenArgument>,
    /// Read a split from FILE (reviews.test=FILE), all of a dataset's paths below FOLDER (reviews=FOLDER), or its splits as
    /// a Croissant file describes them, digests and columns held against it (reviews=croissant.json).
    #[arg(long, value_name = "NAME=PATH")]
    data: Vec<DataArgument>,
    /// Where the certificate, the report and the evidence are written.
    #[arg(long, value_name = "DIR", default_value = "lmstd-out")]
    out: PathBuf,
    /// What is printed on standard output.
    #[arg(long, value_enum, default_value_t = OutputFormat::Human)]
    format: OutputFormat,
    /// Language of the summary, of the progress and of report.html.
    #[arg(long, value_enum, default_value_t = LangArg::En)]
    lang: LangArg,
    /// Run data and models on a cluster, by its scheduler: http://HOST:PORT (see scheduler and executor). Data and
    /// submission must stand at the same paths on all members.
    #[arg(long, value_name = "URL")]
    cluster: Option<String>,
    /// Secret key of the signer (see keygen); without it a one-time key signs, which proves integrity, not identity.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Address space of the worker that reads the submission and runs the model, in MiB. A model that cannot fit is refused
    /// before it runs.
    #[arg(long, value_name = "MIB", default_value_t = 8192)]
    memory: u64,
    /// Seconds that the worker may take, of CPU time and by the clock, and that an endpoint is waited for in all; an hour
    /// each where nothing is said, and six for an endpoint.
    #[arg(long, value_name = "SECONDS")]
    time: Option<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum OutputFormat {
    /// A summary of about twenty lines.
    Human,
    /// The whole report.json.
    Json,
}

/// What the worker may use.
fn limits(args: &Args) -> Limits {
    let Limits { cpu_seconds, wall_seconds, .. } = Limits::default();
    Limits {
        network: args.cluster.is_some(),
        memory_bytes: args.memory.saturating_mul(1 << 20),
        cpu_seconds: args.time.unwrap_or(cpu_seconds),
        wall_seconds: args.time.unwrap_or(wall_seconds),
        ..Limits::default()
    }
}

/// Runs it; the exit code is the outcome's.
pub fn run(args: Args) -> Outcome {
    let text = shared::read(&args.standard)?;
    let library = shared::library();
    let compiled = shared::compiled_quietly(&text, &library);
    let Some(standard) = &compiled.standard else {
        if shared::has_errors(&compiled.diagnostics) {
            // Warnings are the author's business: `lint` shows them.
            shared::tell(&compiled.diagnostics, &compiled.sources);
            return Err(Problem::Told(shared::USAGE));
        }
        return Err(Problem::usage(format!("`{}` holds no standard", args.standard)));
    };
    let given = given::resolve(standard, &args.predictions).map_err(Problem::usage)?;
    let opaque = opaque_model(&args)?;
    if opaque.is_some() && args.cluster.is_some() {
        return Err(Problem::usage("a model that is only asked is asked from here, not from a cluster"));
    }
    let described = opaque.as_ref().map(|model| describe(model, &args.out)).transpose()?;
    // Where no model is submitted, the answers are what is certified.
    let submission = described
        .or_else(|| args.submission.clone())
        .or_else(|| args.predictions.first().map(|first| first.path.clone()));
    let submission = submission.ok_or_else(|| Problem::usage("there is neither a submission nor a file of answers"))?;
    if let Err(error) = std::fs::symlink_metadata(&submission) {
        return Err(Problem::usage(format!("the submission `{}` cannot be read: {error}", submission.display())));
    }
    let data = data::resolve(standard, text.folder.as_deref(), &args.data).map_err(Problem::usage)?;
    if opaque.is_none() {
        out_of_the_way(&args.out, &submission)?;
    }
    let key = match &args.key {
        Some(path) => (key::read_secret(path).map_err(|fault| Problem::usage(fault.to_string()))?, false),
        None => {
            let mut random = [0u8; 32];
            RealWorld.random(&mut random).map_err(|error| Problem::internal(error.to_string()))?;
            (key::keygen(random).map_err(|fault| Problem::internal(fault.to_string()))?, true)
        }
    };
    let request = Request {
        standard,
        name: &text.name,
        text: &text.text,
        documents: documents::of(&compiled),
        submission: &submission,
        opaque: opaque.as_ref(),
        data,
        given,
        out: &args.out,
        key,
        lang: args.lang.into(),
        limits: limits(&args),
        cluster: args.cluster.clone(),
        world: &RealWorld,
    };
    let bar = shared::progress_bar();
    let lang: report::Lang = args.lang.into();
    let report = certify(request, &mut |what, done, total| {
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(report::progress(what, lang));
    })
    .map_err(|fault| Problem::internal(fault.to_string()))?;
    bar.finish_and_clear();
    let code = report.outcome.exit_code();
    let printed = match args.format {
        OutputFormat::Json => {
            report::render(&report, Format::Json, lang).map_err(|error| Problem::internal(error.to_string()))?
        }
        OutputFormat::Human => {
            let out = args.out.display().to_string();
            report::summary(&report, lang, shared::colour(&std::io::stdout()), shared::width(), Some(&out)).into_bytes()
        }
    };
    shared::deliver(&printed, None)?;
    Ok(code)
}

/// The command or the endpoint, if it is one of them that is certified.
fn opaque_model(args: &Args) -> Result<Option<OpaqueModel>, Problem> {
    if !args.command.is_empty() {
        return Ok(Some(OpaqueModel::Command(args.command.clone())));
    }
    let url = args.submission.as_ref().and_then(|path| path.to_str());
    let url = url.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    let Some(url) = url else {
        return match &args.model {
            Some(_) => Err(Problem::usage("--model names a model at an endpoint, and the submission is none")),
            None => Ok(None),
        };
    };
    let model = args.model.clone().ok_or_else(|| Problem::usage("an endpoint needs --model NAME"))?;
    let place = Place::parse(url).map_err(|error| Problem::usage(error.to_string()))?;
    let key = args.key_env.as_ref().map(|name| {
        let key = std::env::var(name).map_err(|_| Problem::usage(format!("the variable `{name}` is not set")))?;
        let visible = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        if visible { Ok(key) } else { Err(Problem::usage(format!("the variable `{name}` holds no key"))) }
    });
    let spec = Spec { place, model, allowed: args.allow_host.clone(), patience: patience(args.time) };
    Ok(Some(OpaqueModel::Endpoint(Box::new(spec), key.transpose()?)))
}

/// How long an endpoint is waited for; no longer than the run may take.
fn patience(time: Option<u64>) -> Patience {
    let usual = Patience::default();
    let all = time.map_or(usual.all, Duration::from_secs);
    Patience { first: usual.first.min(all), whole: usual.whole.min(all), all, ..usual }
}

/// Writes down what a model that is only asked is; that file is the submission.
fn describe(model: &OpaqueModel, out: &Path) -> Result<PathBuf, Problem> {
    let refuse = |why: std::io::Error| Problem::usage(format!("`{}` cannot be written: {why}", out.display()));
    std::fs::create_dir_all(out).map_err(refuse)?;
    let path = out.join(opaque::NAME);
    write_atomic(&path, &model.description()).map_err(refuse)?;
    Ok(path)
}

/// What is written must not change what is measured, and must have its folder before anything is measured.
fn out_of_the_way(out: &Path, submission: &Path) -> Result<(), Problem> {
    let refuse = |why: String| Problem::usage(format!("`{}` {why}; choose another --out", out.display()));
    let submission = std::fs::canonicalize(submission).map_err(|error| refuse(error.to_string()))?;
    let whole = std::path::absolute(out).map_err(|error| refuse(error.to_string()))?;
    let standing = whole.ancestors().find_map(|folder| std::fs::canonicalize(folder).ok());
    if standing.is_some_and(|folder| folder.starts_with(&submission)) {
        return Err(refuse("lies in the submission, which must not change".into()));
    }
    std::fs::create_dir_all(out).map_err(|error| refuse(format!("cannot be made: {error}")))
}
