//! What follows from events without a person asking, wherever it happened: each policy acts on exactly one
//! node, goes on from where the node before it stopped, and stands or falls alone.
//!
//! A policy's rule is a pure fold in the domain. Its state is not kept: its checkpoint lies before the
//! oldest event that it has yet to act on, so whoever takes over folds from there and knows the same.
//! Its commands carry an id that follows from policy and cause: acted upon twice, it is the same command.

mod status;
mod task;

pub use status::{PolicyState, PolicyStatus};

use chrono::TimeDelta;
use status::Standing;
use std::sync::Arc;
use task::Task;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tributary_domain::policy::{EndAbandonedStreams, LiftExpiredHolds, Policy};
use tributary_store::{Leadership, Log};

/// Every policy, with nothing seen yet.
fn all(grace: TimeDelta) -> Vec<Box<dyn Policy>> {
    vec![
        Box::new(EndAbandonedStreams::new(grace)),
        Box::new(LiftExpiredHolds::default()),
    ]
}

/// The lease of a policy.
fn work(policy: &str) -> String {
    format!("policies/{policy}")
}

/// A policy on this node.
struct Entry {
    name: &'static str,
    leadership: Leadership,
    standing: watch::Receiver<Standing>,
}

/// The policies of this node. Cheap to clone.
#[derive(Clone)]
pub struct Policies {
    log: Log,
    entries: Arc<[Entry]>,
}

impl Policies {
    /// Begins to follow the log with every policy, each in a task of its own, until `shutdown`.
    /// `grace`: how long a publisher may be away.
    pub fn start(
        log: &Log,
        node: &str,
        grace: TimeDelta,
        shutdown: &CancellationToken,
    ) -> (Self, JoinHandle<()>) {
        Self::start_all(log, node, &all(grace), shutdown)
    }

    fn start_all(
        log: &Log,
        node: &str,
        policies: &[Box<dyn Policy>],
        shutdown: &CancellationToken,
    ) -> (Self, JoinHandle<()>) {
        let (mut entries, mut tasks) = (vec![], vec![]);
        for policy in policies {
            let name = policy.name();
            let leadership = log.campaign(&work(name), node);
            let (tell, standing) = watch::channel(Standing::default());
            let (log, shutdown) = (log.clone(), shutdown.clone());
            let task = Task::new(log, policy.anew(), leadership.clone(), tell);
            tasks.push(tokio::spawn(task.supervised(shutdown)));
            entries.push(Entry {
                name,
                leadership,
                standing,
            });
        }
        let policies = Self {
            log: log.clone(),
            entries: entries.into(),
        };
        let ended = tokio::spawn(async move {
            for task in tasks {
                if let Err(error) = task.await {
                    tracing::error!(%error, "a policy ended badly");
                }
            }
        });
        (policies, ended)
    }

    /// How each stands on this node.
    pub fn here(&self) -> Vec<PolicyStatus> {
        let head = self.log.head();
        let entries = self.entries.iter();
        entries
            .map(|entry| PolicyStatus::of(entry.name, &entry.standing.borrow(), head))
            .collect()
    }

    /// How each stands, and on which node, as far as the database tells.
    pub async fn everywhere(&self) -> Vec<PolicyStatus> {
        let (log, head) = (&self.log, self.log.head());
        let checkpoints = log.policy_checkpoints().await.unwrap_or_default();
        let mut all = self.here();
        for (status, entry) in all.iter_mut().zip(self.entries.iter()) {
            status.node = entry.leadership.holder().await;
            if status.state == PolicyState::Standby
                && let Some(found) = checkpoints.iter().find(|found| found.policy == entry.name)
            {
                status.position = found.position;
                status.lag = head.since(found.position);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests;
