//! A cluster: the same plans, sent to a Ballista scheduler and run by its executors. Members are this program, because the
//! model and the functions of the plan must be there; data and submissions are read by each from paths that all share,
//! and every file must have the digest that the plan names.
//!
//! Results are equal bit for bit: a scan gives the same batches wherever it runs, a model answers batch by batch, and
//! whatever is put together is counted or put in order.

mod codec;
mod member;

pub use member::{ExecutorOptions, ModelSource, SchedulerOptions, execute, schedule};

use super::query::{Engine, Execute, refused};
use super::{DataError, Limits};
use async_trait::async_trait;
use ballista_core::extension::{SessionConfigExt, SessionStateExt};
use codec::{Logical, Physical};
use datafusion::common::Result as PlanResult;
use datafusion::execution::{SendableRecordBatchStream, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use std::sync::Arc;

/// Sends plans to a scheduler.
struct Cluster(SessionContext);

#[async_trait]
impl Execute for Cluster {
    async fn execute(&self, plan: LogicalPlan) -> PlanResult<SendableRecordBatchStream> {
        self.0.execute_logical_plan(plan).await?.execute_stream().await
    }
}

impl Engine {
    /// An engine whose plans the cluster behind `url`, such as `http://host:50050`, runs in `partitions` parts.
    ///
    /// # Errors
    /// `limit_exceeded` where threads cannot be had; a cluster that is not there is told by the first plan.
    pub fn of_cluster(limits: Limits, url: &str, partitions: usize) -> Result<Engine, DataError> {
        let url = url.to_owned();
        Engine::with(
            limits,
            |threads| threads.enable_all(),
            move |_| {
                let config = SessionConfig::new_with_ballista()
                    .with_target_partitions(partitions.clamp(1, 4096))
                    .with_ballista_logical_extension_codec(Arc::new(Logical::default()))
                    .with_ballista_physical_extension_codec(Arc::new(Physical::default()));
                let state = SessionStateBuilder::new().with_config(config).with_default_features().build();
                let state = state.upgrade_for_ballista(url).map_err(|e| refused(&e.to_string()))?;
                Ok(Arc::new(Cluster(SessionContext::new_with_state(state))))
            },
        )
    }
}
