//! The task of one projection.

use super::ProjectorOptions;
use crate::batch::{self, BatchError, Folding};
use crate::generation::Generation;
use crate::source::{Source, SourceError, Tail as _};
use crate::status::ProjectionState;
use crate::views::Views;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tributary_domain::{Position, Recorded};
use tributary_store::Page;

/// Follows the log for one projection.
pub(super) struct Task<S: Source> {
    views: Views,
    source: S,
    generation: Arc<Generation>,
    folding: Folding,
    options: ProjectorOptions,
    /// Everything up to here is in the rows. Beyond the checkpoint in the table only by events that
    /// mean nothing here, so that whoever takes over there folds to the same rows.
    reached: Position,
    /// When the checkpoint in the table was last known to be at `reached`.
    written_at: Instant,
    /// Something was written, and may still be lost if the database crashes: rows are not synced.
    unconfirmed: bool,
    /// Up to here events go one by one: a batch that ends here failed.
    careful_until: Position,
    /// The furthest place that was ever to be written from here, whether it is known to have been or not.
    attempted: Position,
    /// In a row, of any kind: how long to pause.
    failures: u32,
    /// How often the next event could not be folded.
    tries: u32,
}

/// The task has ended for good.
type Ended = ControlFlow<()>;

impl<S: Source> Task<S> {
    pub(super) fn new(
        views: Views,
        source: S,
        generation: Arc<Generation>,
        folding: Folding,
        options: ProjectorOptions,
    ) -> Self {
        let reached = folding.checkpoint;
        Self {
            views,
            source,
            generation,
            folding,
            options,
            reached,
            written_at: Instant::now(),
            unconfirmed: false,
            careful_until: Position::START,
            attempted: reached,
            failures: 0,
            tries: 0,
        }
    }

    /// Runs to the end, and makes a panic visible as a parked projection.
    pub(super) async fn supervised(self, stop: CancellationToken) {
        let (views, name) = (self.views.clone(), self.folding.projection.name());
        let running = tokio::spawn(self.run(stop));
        if let Err(error) = running.await
            && error.is_panic()
        {
            tracing::error!(
                projection = name,
                "the projector panicked; the projection is parked"
            );
            let reason = "a fault in the program: the projector panicked".to_owned();
            views.stand(name, |standing| {
                let at = standing.position.next();
                standing.state = ProjectionState::Parked { at, reason };
            });
        }
    }

    async fn run(mut self, stop: CancellationToken) {
        self.say(ProjectionState::Running);
        while self.follow(&stop).await.is_continue() {}
        let stopped = stop.is_cancelled() && self.failures == 0;
        if stopped {
            // At worst the same events are looked at again after the next start.
            let _ = self.write_checkpoint().await;
        }
    }

    /// Follows the log until it must be read anew from `reached`, or the task ends.
    async fn follow(&mut self, stop: &CancellationToken) -> Ended {
        let mut tail = self.source.tail(self.reached);
        loop {
            let idle = self.reached > self.folding.checkpoint;
            let due = idle || self.unconfirmed;
            let idle_until = self.written_at + self.options.idle_max;
            // In this order, so that a simulation can repeat it; a checkpoint is due once a second.
            let page = tokio::select! {
                biased;
                () = stop.cancelled() => return self.stopped(),
                () = tokio::time::sleep_until(idle_until), if due => {
                    if !idle {
                        return self.confirm(stop).await;
                    }
                    if let Err(error) = self.write_checkpoint().await {
                        return self.failed(error, self.reached, stop).await;
                    }
                    continue;
                }
                page = tail.next() => page,
            };
            match page {
                Ok(page) => {
                    if let Some(ended) = self.page(page, stop).await {
                        return ended;
                    }
                }
                Err(SourceError::Unavailable(reason)) => return self.again(reason, stop).await,
                Err(SourceError::Unreadable(reason)) => {
                    return self.poisoned(self.reached.next(), reason, stop).await;
                }
            }
        }
    }

    /// Folds a page, in batches. `Some` when the page was not folded to its end.
    async fn page(&mut self, page: Page, stop: &CancellationToken) -> Option<Ended> {
        let skip = page
            .events
            .partition_point(|event| event.position <= self.reached);
        let mut events = &page.events[skip..];
        while self.reached < page.upto {
            if stop.is_cancelled() {
                return Some(self.stopped());
            }
            let careful = self.reached < self.careful_until;
            let batch_max = if careful {
                1
            } else {
                self.options.batch_events_max.max(1)
            };
            let (batch, rest) = events.split_at(batch_max.min(events.len()));
            // What lies between the last event and `upto` has no meaning for anybody.
            let upto = match batch.last() {
                Some(last) if !rest.is_empty() => last.position,
                _ => page.upto,
            };
            if let Err(error) = self.batch(batch, upto).await {
                return Some(self.failed(error, upto, stop).await);
            }
            events = rest;
        }
        None
    }

    async fn batch(&mut self, events: &[Arc<Recorded>], upto: Position) -> Result<(), BatchError> {
        if self.folding.want(events) {
            self.attempted = self.attempted.max(upto);
            let (db, foldings) = (&self.generation.db, std::slice::from_mut(&mut self.folding));
            let changed = batch::commit(db, foldings, events, upto).await?;
            self.written_at = Instant::now();
            self.unconfirmed = true;
            // In this order: whoever waited for `upto` has no older change still to come.
            self.views.announce(changed);
            self.arrive(upto);
            return Ok(());
        }
        if self.reached == self.folding.checkpoint {
            self.written_at = Instant::now();
        }
        self.arrive(upto);
        let due = upto.since(self.folding.checkpoint) >= self.options.idle_events_max
            || self.written_at.elapsed() >= self.options.idle_max;
        if due {
            self.write_checkpoint().await
        } else {
            Ok(())
        }
    }

    fn arrive(&mut self, upto: Position) {
        self.reached = upto;
        self.tries = 0;
        if self.failures > 0 {
            self.failures = 0;
            self.say(ProjectionState::Running);
        }
        let name = self.folding.projection.name();
        self.views.stand(name, |standing| standing.position = upto);
    }

    async fn write_checkpoint(&mut self) -> Result<(), BatchError> {
        if self.reached > self.folding.checkpoint {
            self.attempted = self.attempted.max(self.reached);
            let (db, foldings) = (&self.generation.db, std::slice::from_mut(&mut self.folding));
            batch::commit(db, foldings, &[], self.reached).await?;
            self.unconfirmed = true;
        }
        self.written_at = Instant::now();
        Ok(())
    }

    /// Decides what a failed batch, which would have ended at `upto`, comes to.
    async fn failed(
        &mut self,
        error: BatchError,
        upto: Position,
        stop: &CancellationToken,
    ) -> Ended {
        let name = self.folding.projection.name();
        match error {
            BatchError::Fenced(_) => {
                let known = self.reread(stop).await?;
                if self.folding.checkpoint < known {
                    self.set_back();
                    return Ended::Continue(());
                }
                self.fenced()
            }
            BatchError::Db(error) if error.is_transient() => {
                self.again(error.to_string(), stop).await?;
                self.resync(stop).await
            }
            error => {
                let one = upto <= self.reached.next() || self.reached < self.careful_until;
                self.careful_until = self.careful_until.max(upto);
                if one {
                    self.poisoned(self.reached.next(), error.to_string(), stop)
                        .await?;
                } else {
                    tracing::warn!(projection = name, "{error}; trying its events one by one");
                }
                self.resync(stop).await
            }
        }
    }

    /// Whether a commit that failed went through all the same is not known here, nor whether the database
    /// crashed and lost commits that had succeeded; the table knows. A place that was never written from here
    /// is another's.
    async fn resync(&mut self, stop: &CancellationToken) -> Ended {
        let known = self.reread(stop).await?;
        if self.folding.checkpoint < known {
            self.set_back();
        } else if self.folding.checkpoint > self.attempted {
            return self.fenced();
        } else if self.folding.checkpoint > self.reached {
            self.arrive(self.folding.checkpoint);
        }
        Ended::Continue(())
    }

    /// Looks once more at what was written last, when it has had the time to be synced: nobody might
    /// notice for long that a crash of the database took it.
    async fn confirm(&mut self, stop: &CancellationToken) -> Ended {
        self.unconfirmed = false;
        self.written_at = Instant::now();
        self.resync(stop).await?;
        if self.failures > 0 {
            self.failures = 0;
            self.say(ProjectionState::Running);
        }
        Ended::Continue(())
    }

    /// Reads the checkpoint again, and returns where it was known to be.
    async fn reread(&mut self, stop: &CancellationToken) -> ControlFlow<(), Position> {
        let known = self.folding.checkpoint;
        while let Err(error) = self.folding.resync(&self.generation.db).await {
            if let BatchError::Fenced(_) = error {
                self.fenced()?;
            }
            self.again(error.to_string(), stop).await?;
        }
        ControlFlow::Continue(known)
    }

    /// Rows that were written are gone: they are folded again.
    fn set_back(&mut self) {
        let (name, to) = (self.folding.projection.name(), self.folding.checkpoint);
        tracing::warn!(
            projection = name,
            from = %self.reached,
            %to,
            "the read models' database lost what was written last; it is folded again"
        );
        self.reached = to;
        self.views.stand(name, |standing| standing.position = to);
    }

    fn fenced(&self) -> Ended {
        let (projection, position) = (self.folding.projection.name(), self.reached);
        tracing::error!(projection, %position, "another projector took over: this one stops");
        self.say(ProjectionState::Fenced);
        Ended::Break(())
    }

    /// Tries again later, without end: nothing is wrong with the event.
    async fn again(&mut self, reason: String, stop: &CancellationToken) -> Ended {
        self.failures = self.failures.saturating_add(1);
        let pause = self.backoff();
        let name = self.folding.projection.name();
        tracing::warn!(
            projection = name,
            pause_ms = pause.as_millis(),
            reason,
            "trying again"
        );
        self.say(ProjectionState::Retrying { reason });
        self.pause(pause, stop).await
    }

    /// Tries again a few times, then parks.
    async fn poisoned(&mut self, at: Position, reason: String, stop: &CancellationToken) -> Ended {
        if self.tries >= self.options.retries_max {
            let name = self.folding.projection.name();
            tracing::error!(projection = name, %at, reason, "the projection is parked");
            self.say(ProjectionState::Parked { at, reason });
            return Ended::Break(());
        }
        self.tries += 1;
        self.again(reason, stop).await
    }

    fn backoff(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(16);
        let pause = self.options.backoff_first.saturating_mul(1 << doublings);
        pause.min(self.options.backoff_max)
    }

    async fn pause(&self, pause: Duration, stop: &CancellationToken) -> Ended {
        tokio::select! {
            biased;
            () = stop.cancelled() => self.stopped(),
            () = tokio::time::sleep(pause) => Ended::Continue(()),
        }
    }

    fn stopped(&self) -> Ended {
        self.say(ProjectionState::Stopped);
        Ended::Break(())
    }

    fn say(&self, state: ProjectionState) {
        self.views
            .stand(self.folding.projection.name(), |standing| {
                standing.state = state;
            });
    }
}
