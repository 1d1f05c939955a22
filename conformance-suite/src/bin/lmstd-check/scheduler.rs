//! `scheduler`: the member of a cluster that plans.

use crate::shared::{Outcome, Problem};
use lmstd_runtime::dataset::cluster::{SchedulerOptions, schedule};

/// Run the scheduler of a cluster, for `certify --cluster http://HOST:PORT`.
///
/// It plans and gives out the work; `lmstd-check executor` does it. Members trust whoever reaches their ports: keep them in
/// a network of their own. docs/scale.md tells what a cluster needs.
#[derive(clap::Args)]
pub struct Args {
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: String,
    /// The port to listen on.
    #[arg(long, value_name = "PORT", default_value_t = 50050)]
    port: u16,
    /// Seconds of silence after which an executor counts as lost and its work is done by others.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    patience: u64,
}

/// Runs it until it is ended.
pub fn run(args: &Args) -> Outcome {
    eprintln!("listening on http://{}:{}", args.host, args.port);
    let options = SchedulerOptions { host: args.host.clone(), port: args.port, patience_seconds: args.patience };
    schedule(&options).map_err(Problem::usage)?;
    Ok(0)
}
