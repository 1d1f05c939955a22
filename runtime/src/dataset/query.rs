//! The engine: relational plans, built with the plan builder and never as text, run by one of two executors behind one
//! trait. Embedded, DataFusion runs them here, in bounded memory, spilling what can be spilled; on a cluster the same
//! plans go to its members. Knows no tables' meaning beyond running what it is given.

use super::{DataError, Limits, shown};
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result as PlanResult;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Receiver, channel};

/// Most threads and partitions of an engine: more than any machine it runs on has use for.
const MOST_THREADS: usize = 256;
/// Batches that wait for whoever asked for them.
const WAITING: usize = 4;

/// Runs plans.
#[async_trait]
pub(crate) trait Execute: Send + Sync {
    /// The rows of a plan.
    async fn execute(&self, plan: LogicalPlan) -> PlanResult<SendableRecordBatchStream>;
}

/// Runs relational plans over tables.
///
/// Its calls block; they must not be made from inside another asynchronous runtime.
pub struct Engine {
    /// Plans are built with it, whoever runs them.
    context: SessionContext,
    executor: Arc<dyn Execute>,
    runtime: Runtime,
    limits: Limits,
}

/// DataFusion in this process.
struct Embedded(SessionContext);

#[async_trait]
impl Execute for Embedded {
    async fn execute(&self, plan: LogicalPlan) -> PlanResult<SendableRecordBatchStream> {
        self.0.execute_logical_plan(plan).await?.execute_stream().await
    }
}

impl Engine {
    /// An engine that keeps to `limits` and runs plans itself. What does not fit into memory is spilled to files of the
    /// system's folder for such.
    ///
    /// # Errors
    /// `limit_exceeded` where threads or memory cannot be had.
    pub fn new(limits: Limits) -> Result<Engine, DataError> {
        // No sockets: the process may be barred from them.
        Engine::with(limits, |threads| threads.enable_time(), |context| Ok(Arc::new(Embedded(context.clone()))))
    }

    /// An engine whose plans `make` runs, given the context in which they are built; `enable` says
    /// what its threads may wait for.
    pub(crate) fn with(
        limits: Limits,
        enable: impl FnOnce(&mut Builder) -> &mut Builder,
        make: impl FnOnce(&SessionContext) -> Result<Arc<dyn Execute>, DataError>,
    ) -> Result<Engine, DataError> {
        let threads = limits.threads.clamp(1, MOST_THREADS);
        let limits = Limits { threads, ..limits };
        let mut builder = Builder::new_multi_thread();
        enable(builder.worker_threads(threads).thread_name("lmstd-data"));
        let runtime = builder.build().map_err(|e| refused(&e.to_string()))?;
        let memory = usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX);
        let disk = DiskManagerMode::OsTmpDirectory;
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(memory)))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(disk))
            .build_arc()
            .map_err(|e| refused(&e.to_string()))?;
        let config = SessionConfig::new().with_target_partitions(threads);
        let context = SessionContext::new_with_config_rt(config, environment);
        let executor = make(&context)?;
        Ok(Engine { context, executor, runtime, limits })
    }

    /// The limits it keeps to; `threads` from 1 to 256.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A plan that scans a table.
    pub(crate) fn scan(&self, provider: Arc<dyn TableProvider>, at: &str) -> Result<DataFrame, DataError> {
        self.context.read_table(provider).map_err(|e| failed(at, &e))
    }

    /// Runs a plan to its end.
    pub(crate) fn collect(&self, plan: PlanResult<DataFrame>, at: &str) -> Result<Vec<RecordBatch>, DataError> {
        let mut batches = Vec::new();
        self.each(plan, at, &mut |batch| {
            batches.push(batch);
            Ok(())
        })?;
        Ok(batches)
    }

    /// Runs a plan and hands its batches on as they come.
    pub(crate) fn each(
        &self,
        plan: PlanResult<DataFrame>,
        at: &str,
        take: &mut dyn FnMut(RecordBatch) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let mut batches = self.start(plan, at)?;
        while let Some(batch) = batches.blocking_recv() {
            take(batch.map_err(|e| failed(at, &e))?)?;
        }
        Ok(())
    }

    /// Runs a plan while `poll` is called a few times a second from this thread.
    pub(crate) fn collect_polling(
        &self,
        plan: PlanResult<DataFrame>,
        at: &str,
        poll: &dyn Fn(),
    ) -> Result<Vec<RecordBatch>, DataError> {
        let mut batches = self.start(plan, at)?;
        let mut all = Vec::new();
        loop {
            let next = self
                .runtime
                .block_on(async { tokio::time::timeout(std::time::Duration::from_millis(100), batches.recv()).await });
            match next {
                Err(_) => poll(),
                Ok(None) => return Ok(all),
                Ok(Some(batch)) => all.push(batch.map_err(|e| failed(at, &e))?),
            }
        }
    }

    /// Runs a plan on the engine's own threads, so that a panic in it ends the task and not this thread.
    fn start(
        &self,
        plan: PlanResult<DataFrame>,
        at: &str,
    ) -> Result<Receiver<Result<RecordBatch, DataFusionError>>, DataError> {
        let plan = plan.map_err(|e| failed(at, &e))?.into_unoptimized_plan();
        let executor = self.executor.clone();
        let (sender, receiver) = channel(WAITING);
        let told = sender.clone();
        let task = self.runtime.spawn(async move {
            let mut stream = match executor.execute(plan).await {
                Ok(stream) => stream,
                Err(error) => {
                    let _ = sender.send(Err(error)).await;
                    return;
                }
            };
            while let Some(batch) = stream.next().await {
                let last = batch.is_err();
                // Nobody waits for more.
                if sender.send(batch).await.is_err() || last {
                    return;
                }
            }
        });
        self.runtime.spawn(async move {
            if task.await.is_err_and(|error| error.is_panic()) {
                let _ = told.send(Err(DataFusionError::Internal("the evaluation broke off".to_owned()))).await;
            }
        });
        Ok(receiver)
    }
}

/// An engine that cannot start.
pub(crate) fn refused(why: &str) -> DataError {
    let message = format!("The data engine cannot start: {}.", shown(why));
    DataError::new("limit_exceeded", "data engine", message, "Allow the checker threads and memory.")
}

/// What a failed plan means: a fault of the data, the model's own error, a limit, or a fault of ours.
pub(crate) fn failed(at: &str, error: &DataFusionError) -> DataError {
    if let DataFusionError::External(inner) = error.find_root()
        && let Some(data) = inner.downcast_ref::<DataError>()
    {
        return data.clone();
    }
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => {
            let message = "The evaluation needs more memory than the limit.";
            DataError::new("limit_exceeded", at, message, "Raise the memory limit.")
        }
        DataFusionError::Execution(why) => {
            let message = format!("The evaluation failed: {}.", why.chars().take(400).map(plain).collect::<String>());
            DataError::new("model_failed", at, message, "Run the model on the row named, or on the first rows, alone.")
        }
        other => {
            // What a member of a cluster tells comes as a long text.
            let why: String = other.to_string().chars().take(400).map(plain).collect();
            let message = format!("The evaluation failed: {why}.");
            DataError::new("model_failed", at, message, "Report this with the data.")
        }
    }
}

fn plain(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}
