//! The scheduler's plans: Ballista's own, but none is ever told to be done that was disturbed by a loss.
//!
//! Ballista 55 takes lost work up again within a plan. Here that was seen to count rows twice, and to wait for ever, so
//! that it is not relied on: a plan that met a loss fails, and who asked for it begins it again.

use async_trait::async_trait;
use ballista_core::error::Result;
use ballista_core::serde::protobuf::JobStatus;
use ballista_core::serde::protobuf::job_status::Status as Job;
use ballista_core::serde::protobuf::task_status::Status as Task;
use ballista_core::{JobId, JobStatusSubscriber};
use ballista_scheduler::cluster::memory::InMemoryJobState;
use ballista_scheduler::cluster::{ClusterStateEvent, JobState, JobStateEventStream};
use ballista_scheduler::scheduler_server::SchedulerServer;
use ballista_scheduler::state::execution_graph::ExecutionGraphBox;
use ballista_scheduler::state::execution_stage::ExecutionStage;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_proto::logical_plan::AsLogicalPlan;
use datafusion_proto::physical_plan::AsExecutionPlan;
use futures::StreamExt;
use std::collections::HashSet;
use std::sync::Arc;

/// What a plan that met a loss says of itself.
pub(super) const DISTURBED: &str = "a member was lost while the plan ran";

/// Ballista's state of plans.
pub(super) struct Jobs(pub(super) InMemoryJobState);

/// Whether any work of a plan was done again.
fn disturbed(graph: &ExecutionGraphBox) -> bool {
    graph.stages().values().any(|stage| match stage {
        ExecutionStage::Successful(stage) => {
            let again = |task: &Task| !matches!(task, Task::Successful(_));
            stage.stage_attempt_num > 0 || stage.task_infos.iter().any(|task| again(&task.task_status))
        }
        _ => true,
    })
}

/// Ends all running plans whenever a member is lost, so that none waits for it.
///
/// # Errors
/// Where the scheduler tells nothing of its members.
pub(super) async fn watch<T, U>(server: SchedulerServer<T, U>) -> Result<()>
where
    T: 'static + AsLogicalPlan,
    U: 'static + AsExecutionPlan,
{
    let mut events = server.cluster_state_events().await?;
    while let Some(event) = events.next().await {
        if matches!(event, ClusterStateEvent::RemovedExecutor { .. }) {
            for job in server.state.task_manager.get_running_job_cache().keys() {
                // One that has just ended is not there to be ended.
                let _ = server.cancel_job(job.clone()).await;
            }
        }
    }
    Ok(())
}

#[async_trait]
impl JobState for Jobs {
    async fn save_job(&self, job_id: &JobId, graph: &ExecutionGraphBox) -> Result<()> {
        if !matches!(graph.status().status, Some(Job::Successful(_))) || !disturbed(graph) {
            return self.0.save_job(job_id, graph).await;
        }
        let mut graph = graph.cloned();
        graph.fail_job(DISTURBED.to_owned());
        self.0.save_job(job_id, &graph).await
    }

    fn accept_job(&self, job_id: &JobId, job_name: &str, queued_at: u64) -> Result<()> {
        self.0.accept_job(job_id, job_name, queued_at)
    }

    fn pending_job_number(&self) -> usize {
        self.0.pending_job_number()
    }

    async fn submit_job(
        &self,
        job_id: JobId,
        graph: &ExecutionGraphBox,
        subscriber: Option<JobStatusSubscriber>,
    ) -> Result<()> {
        self.0.submit_job(job_id, graph, subscriber).await
    }

    async fn get_jobs(&self) -> Result<HashSet<JobId>> {
        self.0.get_jobs().await
    }

    async fn get_all_jobs(&self) -> Result<HashSet<JobId>> {
        self.0.get_all_jobs().await
    }

    async fn get_job_status(&self, job_id: &JobId) -> Result<Option<JobStatus>> {
        self.0.get_job_status(job_id).await
    }

    async fn get_execution_graph(&self, job_id: &JobId) -> Result<Option<ExecutionGraphBox>> {
        self.0.get_execution_graph(job_id).await
    }

    async fn fail_unscheduled_job(&self, job_id: &JobId, reason: String) -> Result<()> {
        self.0.fail_unscheduled_job(job_id, reason).await
    }

    async fn remove_job(&self, job_id: &JobId) -> Result<()> {
        self.0.remove_job(job_id).await
    }

    async fn try_acquire_job(&self, job_id: &JobId) -> Result<Option<ExecutionGraphBox>> {
        self.0.try_acquire_job(job_id).await
    }

    async fn job_state_events(&self) -> Result<JobStateEventStream> {
        self.0.job_state_events().await
    }

    async fn create_or_update_session(&self, session_id: &str, config: &SessionConfig) -> Result<Arc<SessionContext>> {
        self.0.create_or_update_session(session_id, config).await
    }

    async fn remove_session(&self, session_id: &str) -> Result<()> {
        self.0.remove_session(session_id).await
    }

    fn produce_config(&self) -> SessionConfig {
        self.0.produce_config()
    }
}
