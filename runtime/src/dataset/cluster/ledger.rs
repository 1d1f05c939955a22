//! The scheduler's book of its members: Ballista's own, kept straight where it goes wrong after a loss.
//!
//! The places of work that is taken back from a member, because what it would read is lost, are never counted as free
//! again by Ballista 55 (its issue 2418 tells of the same for cancelled work), so that a member with few places would soon
//! be full for ever. Before work is given out, places are counted anew from the plans themselves, which know what runs
//! where.

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_core::error::Result;
use ballista_core::serde::protobuf::ExecutorHeartbeat;
use ballista_core::serde::protobuf::task_status::Status;
use ballista_core::serde::scheduler::{ExecutorData, ExecutorMetadata};
use ballista_scheduler::cluster::memory::InMemoryClusterState;
use ballista_scheduler::cluster::{BoundTask, ClusterState, ClusterStateEventStream, ExecutorSlot};
use ballista_scheduler::config::TaskDistributionPolicy;
use ballista_scheduler::state::execution_stage::ExecutionStage;
use ballista_scheduler::state::task_manager::JobInfoCache;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Mutex;

/// Parts that a plan has for each place of the cluster: so many that a lost member, or a slow part, costs little.
const PARTS_PER_PLACE: usize = 4;
/// The most parts of a plan; between two stages each part writes to each.
const MOST_PARTS: usize = 4096;

/// A member's places.
struct Places {
    total: u32,
    free: u32,
}

/// Ballista's state of a cluster, and each member's places.
#[derive(Default)]
pub(super) struct Ledger {
    inner: InMemoryClusterState,
    places: Mutex<HashMap<String, Places>>,
    /// All places together.
    total: AtomicUsize,
}

impl Ledger {
    /// The parts of a plan that begins now.
    pub(super) fn parts(&self) -> usize {
        self.total.load(Ordering::Relaxed).saturating_mul(PARTS_PER_PLACE).clamp(PARTS_PER_PLACE, MOST_PARTS)
    }

    fn count(&self, places: &HashMap<String, Places>) {
        self.total.store(places.values().map(|of| of.total as usize).sum(), Ordering::Relaxed);
    }
}

/// The places that running work takes, by member.
async fn taken(jobs: &HashMap<JobId, JobInfoCache>) -> HashMap<String, u32> {
    let mut taken: HashMap<String, u32> = HashMap::new();
    for job in jobs.values() {
        let graph = job.execution_graph.read().await;
        for stage in graph.stages().values() {
            let ExecutionStage::Running(stage) = stage else { continue };
            for task in &stage.task_infos {
                if let Status::Running(running) = &task.task_status {
                    let sum = taken.entry(running.executor_id.clone()).or_default();
                    *sum = sum.saturating_add(task.vcores_consumed);
                }
            }
        }
    }
    taken
}

#[async_trait]
impl ClusterState for Ledger {
    async fn bind_schedulable_tasks(
        &self,
        distribution: TaskDistributionPolicy,
        active_jobs: Arc<HashMap<JobId, JobInfoCache>>,
        executors: Option<HashSet<String>>,
    ) -> Result<Vec<BoundTask>> {
        let mut places = self.places.lock().await;
        let taken = taken(&active_jobs).await;
        for (member, of) in places.iter_mut() {
            let known = of.free.saturating_add(taken.get(member).copied().unwrap_or(0));
            let forgotten = of.total.saturating_sub(known);
            if forgotten > 0 {
                self.inner.unbind_tasks(vec![(member.clone(), forgotten)]).await?;
                of.free += forgotten;
            }
        }
        let bound = self.inner.bind_schedulable_tasks(distribution, active_jobs, executors).await?;
        for (member, task) in &bound {
            if let Some(of) = places.get_mut(member) {
                of.free = of.free.saturating_sub(task.vcores_consumed);
            }
        }
        Ok(bound)
    }

    async fn unbind_tasks(&self, executor_slots: Vec<ExecutorSlot>) -> Result<()> {
        let mut places = self.places.lock().await;
        for (member, freed) in &executor_slots {
            if let Some(of) = places.get_mut(member) {
                of.free = of.free.saturating_add(*freed);
            }
        }
        self.inner.unbind_tasks(executor_slots).await
    }

    async fn register_executor(&self, metadata: ExecutorMetadata, spec: ExecutorData) -> Result<()> {
        let mut places = self.places.lock().await;
        let of = Places { total: spec.total_vcores, free: spec.available_vcores };
        let member = metadata.id.clone();
        self.inner.register_executor(metadata, spec).await?;
        places.insert(member, of);
        self.count(&places);
        Ok(())
    }

    async fn remove_executor(&self, executor_id: &str) -> Result<()> {
        let mut places = self.places.lock().await;
        places.remove(executor_id);
        self.count(&places);
        self.inner.remove_executor(executor_id).await
    }

    async fn save_executor_metadata(&self, metadata: ExecutorMetadata) -> Result<()> {
        self.inner.save_executor_metadata(metadata).await
    }

    async fn get_executor_metadata(&self, executor_id: &str) -> Result<ExecutorMetadata> {
        self.inner.get_executor_metadata(executor_id).await
    }

    async fn registered_executor_metadata(&self) -> Vec<ExecutorMetadata> {
        self.inner.registered_executor_metadata().await
    }

    async fn save_executor_heartbeat(&self, heartbeat: ExecutorHeartbeat) -> Result<()> {
        self.inner.save_executor_heartbeat(heartbeat).await
    }

    fn executor_heartbeats(&self) -> HashMap<String, ExecutorHeartbeat> {
        self.inner.executor_heartbeats()
    }

    fn get_executor_heartbeat(&self, executor_id: &str) -> Option<ExecutorHeartbeat> {
        self.inner.get_executor_heartbeat(executor_id)
    }

    async fn cluster_state_events(&self) -> Result<ClusterStateEventStream> {
        self.inner.cluster_state_events().await
    }
}
