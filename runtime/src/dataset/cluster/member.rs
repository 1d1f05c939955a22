//! The members of a cluster: a scheduler, which plans, and executors, which read and run. They trust each other: whoever
//! reaches their ports may use them, so they belong into a network of their own.

use super::codec::{Logical, Physical};
use super::jobs::{Jobs, watch};
use super::ledger::Ledger;
use crate::dataset::predict::Answers;
use ballista_core::extension::SessionConfigExt;
use ballista_core::utils::default_session_builder;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::cluster::memory::InMemoryJobState;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service};
use datafusion::prelude::SessionConfig;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

/// Makes the models that plans name, each once.
pub trait ModelSource: Send + Sync + Debug {
    /// The model of a digest, from what [`Answers::reference`] told of it.
    ///
    /// # Errors
    /// A plain sentence where it cannot be had, or is another one.
    fn model(&self, digest: &str, reference: &str) -> Result<Arc<dyn Answers>, String>;
}

/// Where a scheduler listens.
#[derive(Clone, Debug)]
pub struct SchedulerOptions {
    /// The address that it binds, without a port.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Seconds after which a silent executor counts as lost; its work is given to others.
    pub patience_seconds: u64,
}

/// Where an executor listens, and what it takes.
#[derive(Clone, Debug)]
pub struct ExecutorOptions {
    /// The address that it binds and is known by.
    pub host: String,
    /// Its port for results; the next one is that for tasks.
    pub port: u16,
    /// The scheduler's address.
    pub scheduler: (String, u16),
    /// Tasks at once.
    pub tasks: usize,
    /// Bytes that its plans may take.
    pub memory_bytes: u64,
    /// Where it keeps what passes between stages; a folder of its own where nothing is said.
    pub work_dir: Option<PathBuf>,
}

pub(super) fn config() -> SessionConfig {
    SessionConfig::new_with_ballista()
        // A plan that is changed while it runs may wait for ever (Ballista's issue 2063).
        .set_bool("ballista.planner.adaptive.enabled", false)
        .with_ballista_logical_extension_codec(Arc::new(Logical::default()))
        .with_ballista_physical_extension_codec(Arc::new(Physical::default()))
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    // Plans are deep, and are walked by recursion.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build();
    runtime.map_err(|error| error.to_string())
}

/// Runs a scheduler until it ends.
///
/// # Errors
/// A sentence, where it cannot begin.
pub fn schedule(options: &SchedulerOptions) -> Result<(), String> {
    let address = format!("{}:{}", options.host, options.port);
    let address = address.parse().map_err(|_| format!("`{address}` is no address"))?;
    let settings = SchedulerConfig {
        bind_host: options.host.clone(),
        external_host: options.host.clone(),
        bind_port: options.port,
        executor_timeout_seconds: options.patience_seconds.max(3),
        expire_dead_executor_interval_seconds: 1,
        executor_termination_grace_period: 1,
        no_executors_grace_period_seconds: options.patience_seconds.max(3),
        override_logical_codec: Some(Arc::new(Logical::default())),
        override_physical_codec: Some(Arc::new(Physical::default())),
        override_config_producer: Some(Arc::new(config)),
        ..SchedulerConfig::default()
    };
    runtime()?.block_on(async {
        let ledger = Arc::new(Ledger::default());
        let of = ledger.clone();
        let sessions =
            Arc::new(move |config: SessionConfig| default_session_builder(config.with_target_partitions(of.parts())));
        let jobs = Jobs(InMemoryJobState::new(settings.scheduler_id.clone(), sessions, Arc::new(config)));
        let cluster = BallistaCluster::new(ledger, Arc::new(jobs));
        let server = create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(settings)).await;
        let server = server.map_err(|error| error.to_string())?;
        tokio::spawn(watch(server.clone()));
        start_grpc_service(address, server).await.map_err(|error| error.to_string())
    })
}

/// Runs an executor until it ends.
///
/// # Errors
/// A sentence, where it cannot begin.
pub fn execute(options: &ExecutorOptions, models: Arc<dyn ModelSource>) -> Result<(), String> {
    let settings = ExecutorProcessConfig {
        bind_host: options.host.clone(),
        external_host: Some(options.host.clone()),
        port: options.port,
        grpc_port: options.port.checked_add(1).ok_or("the port has none after it")?,
        scheduler_host: options.scheduler.0.clone(),
        scheduler_port: options.scheduler.1,
        scheduler_connect_timeout_seconds: 60,
        vcores: options.tasks.max(1),
        work_dir: options.work_dir.as_ref().map(|folder| folder.display().to_string()),
        executor_heartbeat_interval_seconds: 1,
        memory_pool_size: Some(options.memory_bytes),
        override_logical_codec: Some(Arc::new(Logical::default())),
        override_physical_codec: Some(Arc::new(Physical::with(models))),
        override_config_producer: Some(Arc::new(config)),
        ..ExecutorProcessConfig::default()
    };
    runtime()?.block_on(async { start_executor_process(Arc::new(settings)).await.map_err(|error| error.to_string()) })
}
