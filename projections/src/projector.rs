//! Projectors: one task per projection that follows the log and keeps its rows up to date, on the one
//! node that does so.

mod follow;
mod line;
mod task;
mod turns;

use crate::batch::Folding;
use crate::project;
use crate::rebuild::{Next, Progress, RebuildError, RebuildOptions, Report};
use crate::source::{Source, Tail as _};
use crate::status::ProjectionState;
use crate::views::{Views, ViewsError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tributary_domain::Position;
use tributary_store::Leadership;

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
    /// Takes turns with other nodes, if there may be others.
    turns: Arc<Mutex<Option<Running>>>,
}

impl<S: Source> Clone for Projectors<S> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            turns: Arc::clone(&self.turns),
        }
    }
}

/// How long this node may take to hear of events that another one has folded already.
const HEAR_OF_MAX: Duration = Duration::from_secs(5);

/// How long other nodes may take to serve a new generation before the old one is removed. They look
/// ten times a second.
const OTHERS_SWITCH: Duration = Duration::from_secs(2);

struct Inner<S: Source> {
    views: Views,
    source: S,
    options: ProjectorOptions,
    leadership: Leadership,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: DropGuard,
    tasks: Vec<JoinHandle<()>>,
}

impl<S: Source> Projectors<S> {
    /// Takes over every projection and starts a task for each: where no other node does so.
    ///
    /// # Errors
    /// When a checkpoint is beyond the log's head, or the database cannot be used.
    pub async fn start(
        views: Views,
        source: S,
        options: ProjectorOptions,
    ) -> Result<Self, ViewsError> {
        let leadership = Leadership::for_good("projections");
        Self::share(views, source, options, leadership).await
    }

    /// Runs the projectors whenever this node holds the leadership, and follows those of the node that
    /// does otherwise.
    ///
    /// # Errors
    /// When a checkpoint is beyond the log's head, or the database cannot be used.
    pub async fn share(
        views: Views,
        source: S,
        options: ProjectorOptions,
        leadership: Leadership,
    ) -> Result<Self, ViewsError> {
        let log = source.clone();
        views.measure_from(move || log.head());
        let inner = Arc::new(Inner {
            views,
            source,
            options,
            leadership,
            running: Mutex::new(None),
        });
        inner.check().await?;
        let turns = if inner.is_alone() {
            *inner.running.lock().await = Some(inner.spawn().await?);
            None
        } else {
            let stop = CancellationToken::new();
            let tasks = vec![tokio::spawn(turns::supervised(
                Arc::clone(&inner),
                stop.clone(),
            ))];
            let stop = stop.drop_guard();
            Some(Running { stop, tasks })
        };
        let turns = Arc::new(Mutex::new(turns));
        Ok(Self { inner, turns })
    }

    /// Stops every projector after the batch that it is in, and lets another node lead.
    pub async fn stop(&self) {
        let turns = self.turns.lock().await.take();
        let shared = turns.is_some();
        end(turns).await;
        end(self.inner.running.lock().await.take()).await;
        if shared {
            self.inner.leadership.release().await;
        }
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
        if self.inner.leadership.held().is_none() {
            let holder = self.inner.leadership.holder().await;
            let holder = holder.map_or_else(
                || "another node".to_owned(),
                |node| format!("the node {node}"),
            );
            return Err(RebuildError::Following(holder));
        }
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
        // A node that lost the lease meanwhile must not take over from the next one.
        if was_running && self.leadership.held().is_some() {
            *running = Some(self.spawn().await?);
        }
        drop(running);
        let (report, retired) = finished?;
        if let Some((retired, url)) = retired {
            if !self.is_alone() {
                tokio::time::sleep(OTHERS_SWITCH).await;
            }
            retired.remove(&url).await;
        }
        Ok(report)
    }

    /// Whether no other node keeps these read models.
    fn is_alone(&self) -> bool {
        self.leadership
            .held()
            .is_some_and(|term| term.is_for_good())
    }

    /// Refuses read models that have seen more than there is.
    async fn not_ahead(
        &self,
        projection: &'static str,
        position: Position,
    ) -> Result<(), ViewsError> {
        if position > self.source.head() && !self.is_alone() {
            // Another node has folded what this one is about to hear of.
            let before = Position::new(position.get() - 1).unwrap_or_default();
            let mut tail = self.source.tail(before);
            let _ = tokio::time::timeout(HEAR_OF_MAX, tail.next()).await;
        }
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

    /// Before anything is taken over: who reads another log must not disturb those that serve.
    async fn check(&self) -> Result<(), ViewsError> {
        for (name, position) in self.views.serving().db.positions().await? {
            self.not_ahead(name, position).await?;
        }
        Ok(())
    }

    async fn spawn(&self) -> Result<Running, ViewsError> {
        self.check().await?;
        let generation = self.views.serving();
        let mut foldings: Vec<Folding> = vec![];
        for projection in project::all(generation.rule) {
            let folding = generation.take_over(projection).await?;
            let (name, position) = (folding.projection.name(), folding.checkpoint);
            self.not_ahead(name, position).await?;
            self.views.stand(name, |standing| {
                standing.position = position;
                standing.state = ProjectionState::Running;
            });
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
