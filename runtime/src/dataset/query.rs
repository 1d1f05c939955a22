//! The engine: relational plans, built with the plan builder and never as text, run by one of two executors behind one
//! trait. Embedded, DataFusion runs them here, in bounded memory, spilling what can be spilled; on a cluster the same
//! plans go to its members. Knows no tables' meaning beyond running what it is given.

use super::scan::leaves;
use super::{DataError, Limits, Meter, shown};
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
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Receiver, channel};

/// Most threads and partitions of an engine: more than any machine it runs on has use for.
const MOST_THREADS: usize = 256;
/// How often progress is told.
const POLLED: Duration = Duration::from_millis(100);
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
pub struct Engine<'t> {
    /// Plans are built with it, whoever runs them.
    context: SessionContext,
    executor: Arc<dyn Execute>,
    runtime: Runtime,
    limits: Limits,
    told: Box<Told<'t>>,
}

/// Told what is being read, how much of it, of how much.
type Told<'t> = dyn Fn(&str, u64, u64) + 't;

/// DataFusion in this process.
struct Embedded(SessionContext);

#[async_trait]
impl Execute for Embedded {
    async fn execute(&self, plan: LogicalPlan) -> PlanResult<SendableRecordBatchStream> {
        self.0.execute_logical_plan(plan).await?.execute_stream().await
    }
}

impl Engine<'static> {
    /// An engine that keeps to `limits` and runs plans itself. What does not fit into memory is spilled to files of the
    /// system's folder for such.
    ///
    /// # Errors
    /// `limit_exceeded` where threads or memory cannot be had.
    pub fn new(limits: Limits) -> Result<Self, DataError> {
        // No sockets: the process may be barred from them.
        Engine::with(limits, |threads| threads.enable_time(), |context| Ok(Arc::new(Embedded(context.clone()))))
    }

    /// An engine whose plans `make` runs, given the context in which they are built; `enable` says
    /// what its threads may wait for.
    pub(crate) fn with(
        limits: Limits,
        enable: impl FnOnce(&mut Builder) -> &mut Builder,
        make: impl FnOnce(&SessionContext) -> Result<Arc<dyn Execute>, DataError>,
    ) -> Result<Self, DataError> {
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
        Ok(Engine { context, executor, runtime, limits, told: Box::new(|_, _, _| {}) })
    }

    /// The same engine, which tells `told` a few times a second what it reads, from the thread that calls it:
    /// `bytes of FILE` while it is opened and `rows of FILE` while a plan runs.
    pub fn telling<'t>(self, told: impl Fn(&str, u64, u64) + 't) -> Engine<'t> {
        let Engine { context, executor, runtime, limits, .. } = self;
        Engine { context, executor, runtime, limits, told: Box::new(told) }
    }
}

impl Engine<'_> {
    /// The limits it keeps to; `threads` from 1 to 256.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// [`Engine::scan`] for a plan that is built further before its error is told.
    pub(super) fn read(&self, provider: Arc<dyn TableProvider>) -> PlanResult<DataFrame> {
        self.context.read_table(provider)
    }

    /// A plan that scans a table.
    pub(crate) fn scan(&self, provider: Arc<dyn TableProvider>, at: &str) -> Result<DataFrame, DataError> {
        self.read(provider).map_err(|e| failed(at, &e))
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
        let plan = plan.map_err(|e| failed(at, &e))?;
        self.told_of(vec![plan], at, &mut |_, batch| take(batch))
    }

    /// Runs several plans, as many at once as there are threads; the rows of each.
    pub(crate) fn collect_all(&self, plans: Vec<DataFrame>, at: &str) -> Result<Vec<Vec<RecordBatch>>, DataError> {
        let mut all: Vec<Vec<RecordBatch>> = plans.iter().map(|_| Vec::new()).collect();
        self.told_of(plans, at, &mut |index, batch| {
            all[index].push(batch);
            Ok(())
        })?;
        Ok(all)
    }

    fn told_of(
        &self,
        plans: Vec<DataFrame>,
        at: &str,
        take: &mut dyn FnMut(usize, RecordBatch) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let leaves = leaves(plans.iter().map(DataFrame::logical_plan));
        let total = leaves.iter().map(|(leaf, times)| times.saturating_mul(leaf.description.chunks as u64)).sum();
        let read = || leaves.iter().map(|(leaf, _)| leaf.meter.count()).sum::<u64>();
        let (before, what) = (read(), format!("rows of {at}"));
        self.polling(plans, at, take, &|| (self.told)(&what, (read() - before).min(total), total))
    }

    /// Runs a plan while `poll` is called a few times a second from this thread.
    pub(crate) fn collect_polling(
        &self,
        plan: PlanResult<DataFrame>,
        at: &str,
        poll: &dyn Fn(),
    ) -> Result<Vec<RecordBatch>, DataError> {
        let mut all = Vec::new();
        let mut take = |_, batch| {
            all.push(batch);
            Ok(())
        };
        self.polling(vec![plan.map_err(|e| failed(at, &e))?], at, &mut take, poll)?;
        Ok(all)
    }

    fn polling(
        &self,
        plans: Vec<DataFrame>,
        at: &str,
        take: &mut dyn FnMut(usize, RecordBatch) -> Result<(), DataError>,
        poll: &dyn Fn(),
    ) -> Result<(), DataError> {
        let mut plans = plans.into_iter().enumerate();
        let mut begun: VecDeque<_> = VecDeque::new();
        loop {
            begun.extend(
                plans.by_ref().take(self.limits.threads - begun.len()).map(|(at, plan)| (at, self.start(plan))),
            );
            let Some((index, batches)) = begun.front_mut() else { return Ok(()) };
            match self.runtime.block_on(async { tokio::time::timeout(POLLED, batches.recv()).await }) {
                Err(_) => poll(),
                Ok(None) => drop(begun.pop_front()),
                Ok(Some(batch)) => take(*index, batch.map_err(|e| failed(at, &e))?)?,
            }
        }
    }

    /// Does something with a file that `limits.meter` counts the bytes of, on a thread of its own, and tells how far it is.
    pub(crate) fn reading<T: Send>(
        &self,
        name: &str,
        total: u64,
        work: impl FnOnce(&Limits) -> Result<T, DataError> + Send,
    ) -> Result<T, DataError> {
        let limits = Limits { meter: Meter::default(), ..self.limits.clone() };
        let (sender, receiver) = std::sync::mpsc::channel();
        let what = format!("bytes of {name}");
        std::thread::scope(|scope| {
            let limits = &limits;
            let worker = scope.spawn(move || {
                let done = work(limits);
                // Whoever waits is told at once; nobody waits where this thread's owner is gone.
                let _ = sender.send(());
                done
            });
            while receiver.recv_timeout(POLLED) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                (self.told)(&what, limits.meter.count().min(total), total);
            }
            worker.join().map_err(|_| {
                DataError::new("malformed_data", name, "The data could not be checked.", "Report this with the data.")
            })?
        })
    }

    /// Runs a plan on the engine's own threads, so that a panic in it ends the task and not this thread.
    fn start(&self, plan: DataFrame) -> Receiver<Result<RecordBatch, DataFusionError>> {
        let plan = plan.into_unoptimized_plan();
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
        receiver
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
