//! A cluster: the same plans, sent to a Ballista scheduler and run by its executors. Members are this program, because the
//! model and the functions of the plan must be there; data and submissions are read by each from paths that all share,
//! and every file must have the digest that the plan names.
//!
//! Results are equal bit for bit: a scan gives the same batches wherever it runs, a model answers batch by batch, and
//! whatever is put together is counted or put in order.

mod codec;
mod jobs;
mod ledger;
mod member;

pub use member::{ExecutorOptions, ModelSource, SchedulerOptions, execute, schedule};

use super::query::{Engine, Execute, refused};
use super::{DataError, Limits};
use async_trait::async_trait;
use ballista_core::extension::SessionStateExt;
use datafusion::common::Result as PlanResult;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use futures::stream::iter;
use std::sync::Arc;

/// How often a plan is begun again that met the loss of a member.
const AGAIN: usize = 5;

/// Sends plans to a scheduler.
struct Cluster {
    context: SessionContext,
    /// Bytes of rows that may be held back until all are here.
    held_bytes: usize,
}

/// Whether the plan, or its rows on their way here, met a loss; else the work itself failed, and would fail again.
fn lost(error: &DataFusionError) -> bool {
    match error {
        DataFusionError::Execution(why) if why.starts_with("Job ") => {
            [jobs::DISTURBED, CANCELLED].iter().any(|end| why.ends_with(end)) || why.contains(UNREACHED)
        }
        _ => true,
    }
}

/// What the scheduler says of a plan that was ended because of a loss.
const CANCELLED: &str = "failed: Cancelled";
/// What it says where a member's rows could not be fetched, so often that it gave up before it knew of the loss.
const UNREACHED: &str = "Shuffle fetch partition error";

#[async_trait]
impl Execute for Cluster {
    async fn execute(&self, plan: LogicalPlan) -> PlanResult<SendableRecordBatchStream> {
        let mut attempt = 0;
        loop {
            let stream = self.context.execute_logical_plan(plan.clone()).await?.execute_stream().await?;
            let schema = stream.schema();
            let mut stream = stream.fuse();
            let (mut held, mut bytes) = (Vec::new(), 0_usize);
            let failure = loop {
                match stream.next().await {
                    Some(Ok(batch)) if bytes < self.held_bytes => {
                        bytes = bytes.saturating_add(batch.get_array_memory_size());
                        held.push(Ok(batch));
                    }
                    Some(Err(error)) => break error,
                    // All rows are here, or so many that a loss from now on is told and not mended.
                    more => {
                        let rows = iter(held.into_iter().chain(more)).chain(stream);
                        return Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)));
                    }
                }
            };
            if attempt == AGAIN || !lost(&failure) {
                return Err(failure);
            }
            attempt += 1;
        }
    }
}

impl Engine<'static> {
    /// An engine whose plans the cluster behind `url`, such as `http://host:50050`, runs.
    ///
    /// # Errors
    /// `limit_exceeded` where threads cannot be had; a cluster that is not there is told by the first plan.
    pub fn of_cluster(limits: Limits, url: &str) -> Result<Engine<'static>, DataError> {
        let url = url.to_owned();
        let held_bytes = usize::try_from(limits.memory_bytes / 4).unwrap_or(usize::MAX);
        Engine::with(
            limits,
            |threads| threads.enable_all(),
            move |_| {
                let state = SessionStateBuilder::new().with_config(member::config()).with_default_features().build();
                let state = state.upgrade_for_ballista(url).map_err(|e| refused(&e.to_string()))?;
                Ok(Arc::new(Cluster { context: SessionContext::new_with_state(state), held_bytes }))
            },
        )
    }
}
