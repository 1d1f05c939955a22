//! `verify`: a certificate, offline, without the model.

use crate::shared::{self, Outcome, Problem};
use anstream::println;
use lmstd_conformance_suite::certify::Again;
use lmstd_conformance_suite::evidence::key;
use lmstd_conformance_suite::evidence::verify::{Manifest, VerifyOptions, verify};
use lmstd_conformance_suite::report::Lang;
use lmstd_conformance_suite::verdict::FileReport;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use std::path::PathBuf;

/// Verify a certificate offline: signature, log, evidence, and every verdict again from the stored predictions.
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
    /// Hold it against this standard (a file or a built-in name).
    #[arg(long, value_name = "FILE")]
    standard: Option<String>,
    /// Accept only this signer: a .pub file, or its one line of text.
    #[arg(long, value_name = "PUBKEY")]
    trust: Option<String>,
}

/// Runs it.
pub fn run(args: Args) -> Outcome {
    if !args.out.is_dir() {
        return Err(Problem::usage(format!("`{}` is not a folder that certify wrote", args.out.display())));
    }
    let standard = args.standard.as_deref().map(shared::read).transpose()?;
    let trust = match &args.trust {
        None => None,
        Some(text) if text.starts_with("lmstd-ed25519:") => Some(key::parse_public(text)),
        Some(path) => Some(key::read_public(path.as_ref())),
    };
    let trust = trust.transpose().map_err(|fault| Problem::usage(fault.to_string()))?;
    let manifest = args.submission.map(|path| {
        move || -> Result<Manifest, String> {
            let submission = Submission::open(&path, &DoorLimits::default()).map_err(|error| error.message.clone())?;
            let file = |file: &lmstd_runtime::intake::manifest::FileEntry| FileReport {
                path: file.path.clone(),
                sha256: file.sha256.clone(),
                bytes: file.bytes,
            };
            let manifest = submission.manifest();
            Ok(Manifest { files: manifest.files.iter().map(file).collect(), root: manifest.root.clone() })
        }
    });
    let options = VerifyOptions {
        submission: manifest.as_ref().map(|read| read as &dyn Fn() -> Result<Manifest, String>),
        standard_text: standard.as_ref().map(|text| text.text.as_bytes()),
        trust,
    };
    let lang = page_language(&args.out);
    let verification = verify(&args.out, &options, &mut Again::new(lang));
    for check in &verification.checks {
        println!("{} {:<12} {}", if check.ok { "ok  " } else { "FAIL" }, check.name, check.detail);
    }
    if verification.ok {
        println!("The certificate is good.");
    } else {
        println!("The certificate must not be relied on.");
    }
    Ok(u8::from(!verification.ok))
}

/// The language of the page in OUT, so that it can be rendered again; a page that says something else does not fit.
fn page_language(out: &std::path::Path) -> Lang {
    let head = std::fs::read(out.join("report.html")).unwrap_or_default();
    let head = String::from_utf8_lossy(&head[..head.len().min(400)]).into_owned();
    if head.contains("lang=\"zh") { Lang::Zh } else { Lang::En }
}
