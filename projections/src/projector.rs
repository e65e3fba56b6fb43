//! Projectors: one task per projection that follows the log and keeps its rows up to date.

mod task;

use crate::batch::Folding;
use crate::project;
use crate::rebuild::{Next, Progress, RebuildError, RebuildOptions, Report};
use crate::source::Source;
use crate::status::ProjectionState;
use crate::views::{Views, ViewsError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tributary_domain::Position;

/// How projectors work.
#[derive(Debug, Clone)]
pub struct ProjectorOptions {
    /// The most events in one transaction.
    pub batch_events_max: usize,
    /// How often an event that cannot be folded is tried again before its projection parks.
    pub retries_max: u32,
    /// The first pause before trying again; each next is twice as long.
    pub backoff_first: Duration,
    /// The longest pause.
    pub backoff_max: Duration,
    /// The most events without meaning for a projection before its checkpoint is written without
    /// rows. Until then it moves in memory.
    pub idle_events_max: u64,
    /// The longest that a checkpoint moves in memory only.
    pub idle_max: Duration,
}

impl Default for ProjectorOptions {
    fn default() -> Self {
        Self {
            batch_events_max: 1_024,
            retries_max: 5,
            backoff_first: Duration::from_millis(50),
            backoff_max: Duration::from_secs(5),
            idle_events_max: 1_024,
            idle_max: Duration::from_secs(1),
        }
    }
}

/// The running projectors of one set of read models. When the last clone is dropped they stop;
/// [`stop`](Self::stop) waits for it. Stop them before the log is closed.
pub struct Projectors<S: Source> {
    inner: Arc<Inner<S>>,
}

impl<S: Source> Clone for Projectors<S> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

struct Inner<S: Source> {
    views: Views,
    source: S,
    options: ProjectorOptions,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: DropGuard,
    tasks: Vec<JoinHandle<()>>,
}

impl<S: Source> Projectors<S> {
    /// Takes over every projection and starts a task for each.
    ///
    /// # Errors
    /// When a checkpoint is beyond the log's head, or the database cannot be used.
    pub async fn start(
        views: Views,
        source: S,
        options: ProjectorOptions,
    ) -> Result<Self, ViewsError> {
        let log = source.clone();
        views.follow(move || log.head());
        let running = Mutex::new(None);
        let inner = Inner {
            views,
            source,
            options,
            running,
        };
        *inner.running.lock().await = Some(inner.spawn().await?);
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Stops every projector after the batch that it is in.
    pub async fn stop(&self) {
        let mut running = self.inner.running.lock().await;
        end(running.take()).await;
    }

    /// Makes the read models anew beside the serving ones while these go on; then pauses the
    /// projectors, brings both to the same position, compares them, and switches if the options say
    /// so. The projectors then go on, whatever the outcome, also when this future is dropped.
    ///
    /// # Errors
    /// When it was cancelled or cannot be done. The serving read models are then as they were.
    pub async fn rebuild(
        &self,
        options: &RebuildOptions,
        cancel: &CancellationToken,
        mut on_progress: impl FnMut(Progress) + Send,
    ) -> Result<Report, RebuildError> {
        let Inner { views, source, .. } = &*self.inner;
        let next = Next::fill(views, source, options, cancel, &mut on_progress).await?;
        // A task of its own: whoever asked may go away, and the projectors must not stay paused.
        let (inner, cancel) = (Arc::clone(&self.inner), cancel.clone());
        let finishing = tokio::spawn(async move { inner.finish(next, &cancel).await });
        finishing
            .await
            .map_err(|error| RebuildError::Broken(error.to_string()))?
    }

    /// Whether every projector runs.
    pub fn all_running(&self) -> bool {
        let status = self.inner.views.status();
        status
            .iter()
            .all(|status| status.state == ProjectionState::Running)
    }
}

async fn end(running: Option<Running>) {
    if let Some(Running { stop, tasks }) = running {
        drop(stop);
        for task in tasks {
            // A task that panicked was reported by its supervisor.
            let _ = task.await;
        }
    }
}

impl<S: Source> Inner<S> {
    /// Pauses the projectors for the end of a rebuild.
    async fn finish(
        &self,
        next: Next<S>,
        cancel: &CancellationToken,
    ) -> Result<Report, RebuildError> {
        let mut running = self.running.lock().await;
        let was_running = running.is_some();
        end(running.take()).await;
        let finished = next.finish(cancel, &mut |_| ()).await;
        if was_running {
            *running = Some(self.spawn().await?);
        }
        drop(running);
        let (report, retired) = finished?;
        if let Some(retired) = retired {
            retired.remove().await;
        }
        Ok(report)
    }

    /// Refuses read models that have seen more than there is.
    fn not_ahead(&self, projection: &'static str, position: Position) -> Result<(), ViewsError> {
        let head = self.source.head();
        if position <= head {
            return Ok(());
        }
        let ahead = ViewsError::AheadOfLog {
            projection,
            position,
            head,
        };
        tracing::error!(projection, %position, %head, "{ahead}");
        Err(ahead)
    }

    async fn spawn(&self) -> Result<Running, ViewsError> {
        let generation = self.views.serving();
        // Before anything is taken over: who reads another log must not disturb those that serve.
        for (name, position) in generation.positions().await? {
            self.not_ahead(name, position)?;
        }
        let mut foldings: Vec<Folding> = vec![];
        for projection in project::all() {
            let folding = generation.take_over(projection).await?;
            self.not_ahead(folding.projection.name(), folding.checkpoint)?;
            foldings.push(folding);
        }
        let stop = CancellationToken::new();
        let tasks = foldings
            .into_iter()
            .map(|folding| {
                let (views, source) = (self.views.clone(), self.source.clone());
                let generation = generation.clone();
                let task =
                    task::Task::new(views, source, generation, folding, self.options.clone());
                tokio::spawn(task.supervised(stop.clone()))
            })
            .collect();
        Ok(Running {
            stop: stop.drop_guard(),
            tasks,
        })
    }
}
