//! `keygen`: a signer's key pair.

use crate::shared::{Outcome, Problem};
use anstream::println;
use lmstd_conformance_suite::evidence::key;
use lmstd_runtime::world::{RealWorld, World};
use std::path::PathBuf;

/// Make an Ed25519 key pair for signing certificates.
///
/// FILE holds the secret (readable by you alone), FILE.pub the public key. Existing files are never overwritten.
#[derive(clap::Args)]
pub struct Args {
    /// Where the secret key goes.
    #[arg(short, value_name = "FILE")]
    output: PathBuf,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let mut random = [0u8; 32];
    RealWorld.random(&mut random).map_err(|error| Problem::internal(error.to_string()))?;
    let secret = key::keygen(random).map_err(|fault| Problem::internal(fault.to_string()))?;
    let public = key::write_pair(&args.output, &secret).map_err(|fault| Problem::usage(fault.to_string()))?;
    println!("{}", key::public_text(&secret.verifying_key()));
    println!("secret key: {}\npublic key: {}", args.output.display(), public.display());
    Ok(0)
}
