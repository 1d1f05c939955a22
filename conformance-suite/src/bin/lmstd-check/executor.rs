//! `executor`: a member of a cluster that reads data and runs models.

use crate::shared::{Outcome, Problem};
use lmstd_conformance_suite::session::remote::Models;
use lmstd_runtime::dataset::cluster::{ExecutorOptions, execute};
use lmstd_runtime::worker::{Limits, Reach, confine};
use std::path::PathBuf;
use std::sync::Arc;

/// Run an executor of a cluster: it reads data and runs models for `certify --cluster`.
///
/// Data and submissions are read from the same paths as on the machine that certifies; each file must have the digest that
/// the run names, or the work is refused. A model is loaded once. Give every executor on one machine ports of its own.
#[derive(clap::Args)]
pub struct Args {
    /// The scheduler's address.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
    scheduler: String,
    /// The address to listen on, by which other members reach it.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: String,
    /// The port for results; the next one is taken for tasks.
    #[arg(long, value_name = "PORT", default_value_t = 50051)]
    port: u16,
    /// Tasks at once; as many as there are cores where nothing is said.
    #[arg(long, value_name = "N")]
    tasks: Option<usize>,
    /// Memory for plans, in MiB; models come on top.
    #[arg(long, value_name = "MIB", default_value_t = 2048)]
    memory: u64,
    /// Where results are kept until others fetch them; a folder of its own where nothing is said.
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    /// A file or folder that it may read, data or submission; may be given again. Any file where nothing is said.
    #[arg(long, value_name = "PATH")]
    read: Vec<PathBuf>,
}

/// Runs it until it is ended.
pub fn run(args: &Args) -> Outcome {
    let scheduler =
        args.scheduler.rsplit_once(':').and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
    let scheduler = scheduler.ok_or_else(|| {
        Problem::usage(format!("`{}` is no scheduler; write HOST:PORT, for example 127.0.0.1:50050", args.scheduler))
    })?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // What it reads is as hostile as ever; the network is what it lives by.
    let unlimited = u64::MAX;
    let limits = Limits {
        network: true,
        memory_bytes: unlimited,
        cpu_seconds: unlimited,
        wall_seconds: unlimited,
        open_files: 4096,
        file_size_bytes: unlimited,
    };
    let reach = reach(args)?;
    for (name, held) in confine(&limits, &reach).iter().filter(|(_, held)| held.starts_with("not limited: ")) {
        eprintln!("{name}: {held}");
    }
    eprintln!("working for http://{} on {}:{}", args.scheduler, args.host, args.port);
    let options = ExecutorOptions {
        host: args.host.clone(),
        port: args.port,
        scheduler,
        tasks: args.tasks.unwrap_or(cores),
        memory_bytes: args.memory << 20,
        work_dir: args.work_dir.clone(),
    };
    execute(&options, Arc::new(Models::default())).map_err(Problem::usage)?;
    Ok(0)
}

/// What it may reach: the files that it is given, its folder, its two ports.
fn reach(args: &Args) -> Result<Reach, Problem> {
    let write: Vec<PathBuf> = args.work_dir.iter().cloned().collect();
    for folder in &write {
        // Only what is there can be granted.
        let unable = |error| Problem::usage(format!("`{}` cannot be made: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(unable)?;
    }
    let read = if args.read.is_empty() { Reach::reading_anything().read } else { args.read.clone() };
    Ok(Reach { read, write, listen: vec![args.port, args.port.saturating_add(1)] })
}
