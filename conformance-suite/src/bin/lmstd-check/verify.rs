//! `verify`: a certificate, offline, without the model.

use crate::shared::{self, Outcome, Problem};
use anstream::println;
use lmstd_compiler::standard::Standard;
use lmstd_conformance_suite::certify::Again;
use lmstd_conformance_suite::certify::data::{self, DataArgument};
use lmstd_conformance_suite::evidence::key;
use lmstd_conformance_suite::evidence::verify::{Splits, State, VerifyOptions, verify};
use std::path::{Path, PathBuf};

/// How a public key's text begins.
const PUBLIC: &str = "lmstd-ed25519:";

/// Verify a certificate offline: signature, log, evidence, seeds, standard, readings from the stored predictions, every
/// verdict decided again, and the page made again.
///
/// Exit code 0 if everything fits, 1 if anything does not.
#[derive(clap::Args)]
#[command(after_help = "Example: lmstd-check verify lmstd-out --submission examples/sentiment/submission")]
pub struct Args {
    /// The folder that certify wrote.
    out: PathBuf,
    /// Hold the certificate against this submission, file by file.
    #[arg(long, value_name = "DIR")]
    submission: Option<PathBuf>,
    /// Hold it against this data: a split from FILE (reviews.test=FILE), or all of a dataset's paths below FOLDER.
    #[arg(long, value_name = "NAME=PATH")]
    data: Vec<DataArgument>,
    /// Hold it against this standard (a file or a built-in name).
    #[arg(long, value_name = "FILE")]
    standard: Option<String>,
    /// Accept only this signer: a .pub file, its one line of text (lmstd-ed25519:…), or the key alone.
    #[arg(long, value_name = "PUBKEY")]
    trust: Option<String>,
}

/// Runs it.
pub fn run(args: Args) -> Outcome {
    if !args.out.is_dir() {
        return Err(Problem::usage(format!("`{}` is not a folder that certify wrote", args.out.display())));
    }
    let standard = args.standard.as_deref().map(shared::read).transpose()?;
    let trust = match args.trust.as_deref().map(str::trim) {
        None => None,
        Some(text) if text.starts_with(PUBLIC) => Some(key::parse_public(text)),
        Some(text) if is_bare_key(text) => Some(key::parse_public(&format!("{PUBLIC}{text}"))),
        Some(path) => Some(key::read_public(path.as_ref())),
    };
    let trust = trust.transpose().map_err(|fault| Problem::usage(fault.to_string()))?;
    let splits = |standard: &Standard| data::resolve(standard, None, &args.data);
    let options = VerifyOptions {
        submission: args.submission.as_deref(),
        data: (!args.data.is_empty()).then_some(&splits as &Splits),
        standard_text: standard.as_ref().map(|text| text.text.as_bytes()),
        trust,
    };
    let verification = verify(&args.out, &options, &mut Again::new());
    for check in &verification.checks {
        let mark = match check.state {
            State::Good => "ok  ",
            State::Bad => "FAIL",
            State::NotGiven => "none",
        };
        println!("{mark} {:<13} {}", check.name, check.detail);
    }
    if verification.ok {
        println!("The certificate is good.");
    } else {
        println!("The certificate must not be relied on.");
    }
    let not_given = verification.not_given();
    if !not_given.is_empty() {
        println!("Not checked, because not given: {}.", not_given.join(", "));
    }
    Ok(u8::from(!verification.ok))
}

/// Whether a text is the base64 of a key and names no file.
fn is_bare_key(text: &str) -> bool {
    let base64 = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
    text.len() == 44 && base64 && text.ends_with('=') && !Path::new(text).exists()
}
