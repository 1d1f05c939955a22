//! The engine: one DataFusion session with bounded memory, no spilling to disk, and threads of its own. Plans are built
//! with the plan builder, never as text. Knows no tables' meaning beyond running what it is given.

use super::{DataError, Limits, shown};
use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result as PlanResult, exec_err};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::{SessionConfig, SessionContext};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Most threads and partitions of an engine: more than any machine it runs on has use for.
const MOST_THREADS: usize = 256;

/// Runs relational plans over tables.
///
/// Its calls block; they must not be made from inside another asynchronous runtime.
pub struct Engine {
    context: SessionContext,
    runtime: Runtime,
    limits: Limits,
}

impl Engine {
    /// An engine that keeps to `limits`.
    ///
    /// # Errors
    /// `limit_exceeded` where threads or memory cannot be had.
    pub fn new(limits: Limits) -> Result<Engine, DataError> {
        let refused = |why: String| {
            let message = format!("The data engine cannot start: {}.", shown(&why));
            DataError::new("limit_exceeded", "data engine", message, "Allow the checker threads and memory.")
        };
        let threads = limits.threads.clamp(1, MOST_THREADS);
        let limits = Limits { threads, ..limits };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("lmstd-data")
            .build()
            .map_err(|e| refused(e.to_string()))?;
        let memory = usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX);
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(GreedyMemoryPool::new(memory)))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
            .build_arc()
            .map_err(|e| refused(e.to_string()))?;
        let config = SessionConfig::new().with_target_partitions(threads);
        let context = SessionContext::new_with_config_rt(config, environment);
        Ok(Engine { context, runtime, limits })
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
        let plan = plan.map_err(|e| failed(at, &e))?;
        // Spawned, so that a panic inside the plan ends the task and not this thread.
        match self.runtime.block_on(self.runtime.spawn(plan.collect())) {
            Ok(result) => result.map_err(|e| failed(at, &e)),
            Err(_) => {
                Err(DataError::new("model_failed", at, "The evaluation broke off.", "Report this with the data."))
            }
        }
    }

    /// Runs a plan while `poll` is called a few times a second from this thread.
    pub(crate) fn collect_polling(
        &self,
        plan: PlanResult<DataFrame>,
        at: &str,
        poll: &dyn Fn(),
    ) -> Result<Vec<RecordBatch>, DataError> {
        let plan = plan.map_err(|e| failed(at, &e))?;
        let (sender, receiver) = std::sync::mpsc::channel();
        self.runtime.spawn(async move {
            // The receiver outlives the task unless this thread is gone, and then nobody asks.
            let _ = sender.send(plan.collect().await);
        });
        loop {
            match receiver.recv_timeout(std::time::Duration::from_millis(100)) {
                Ok(result) => return result.map_err(|e| failed(at, &e)),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => poll(),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
                    let mend = "Report this with the model and the data.";
                    return Err(DataError::new("model_failed", at, "The evaluation broke off.", mend));
                }
            }
        }
    }
}

/// What a failed plan means: the model's own error, a limit, or a fault of ours.
pub(crate) fn failed(at: &str, error: &DataFusionError) -> DataError {
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
            let message = format!("The evaluation failed: {}.", shown(&other.to_string()));
            DataError::new("model_failed", at, message, "Report this with the data.")
        }
    }
}

fn plain(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// `characters(text)`: Unicode scalar values of a text, null for null.
pub(crate) fn characters(text: Expr) -> Expr {
    ScalarUDF::from(Characters { signature: Signature::exact(vec![DataType::Utf8View], Volatility::Immutable) })
        .call(vec![text])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Characters {
    signature: Signature,
}

impl ScalarUDFImpl for Characters {
    fn name(&self) -> &str {
        "characters"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> PlanResult<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        let [text] = args.args.as_slice() else { return exec_err!("characters takes one text") };
        let text: ArrayRef = text.to_array(args.number_rows)?;
        let Some(text) = text.as_string_view_opt() else { return exec_err!("characters takes a text") };
        let count = |t: Option<&str>| t.map(|t| i64::try_from(t.chars().count()).unwrap_or(i64::MAX));
        let counts: Int64Array = text.iter().map(count).collect();
        Ok(ColumnarValue::Array(Arc::new(counts)))
    }
}
