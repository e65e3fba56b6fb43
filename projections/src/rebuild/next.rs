//! The next generation, from empty to serving.

use super::progress::Meter;
use super::{Progress, RebuildError, RebuildOptions, Report, Switch};
use crate::batch::{self, BatchError, Folding};
use crate::compare::{self, TableReport};
use crate::generation::{Generation, Lease, Retired, ViewsUrl};
use crate::project;
use crate::source::Source;
use crate::viewer_rule::ViewerRule;
use crate::views::{Views, ViewsError};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::{OwnedMutexGuard, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tributary_domain::Position;
use tributary_store::Page;

/// Progress is logged this often when nobody listens.
const LOG_EVERY: Duration = Duration::from_secs(2);

/// Batches in memory beside the one that is folded.
const BATCHES_AHEAD: usize = 2;

/// A generation that is being made.
struct Making<S: Source> {
    source: S,
    generation: Generation,
    foldings: Vec<Folding>,
    position: Position,
    batch_events: usize,
    meter: Meter,
}

/// The generation that is to follow the serving one.
pub(crate) struct Next<S: Source> {
    views: Views,
    url: ViewsUrl,
    options: RebuildOptions,
    making: Making<S>,
    /// No other rebuild begins, here or on another node, before this one is through.
    _alone: (OwnedMutexGuard<()>, Lease),
}

type OnProgress<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// Makes the first generation, or one after a change of tables or folds, and lets it serve.
pub(crate) async fn afresh<S: Source>(
    url: &ViewsUrl,
    number: i64,
    rule: ViewerRule,
    source: &S,
) -> Result<Generation, ViewsError> {
    let make = async {
        let batch_events = RebuildOptions::default().batch_events;
        let mut making = Making::new(url, number, rule, source, batch_events).await?;
        let mut logged = Instant::now();
        let mut log = |progress: Progress| {
            if logged.elapsed() >= LOG_EVERY {
                logged = Instant::now();
                tracing::info!(
                    position = %progress.position,
                    head = %progress.head,
                    events_per_second = progress.events_per_second,
                    remaining_s = progress.remaining.map(|left| left.as_secs()),
                    "making the read models from the log"
                );
            }
        };
        let filled = making.fill(&CancellationToken::new(), &mut log).await;
        let pointed = match filled {
            Ok(()) => url.point_to(number).await.map_err(RebuildError::from),
            Err(error) => Err(error),
        };
        if let Err(error) = pointed {
            making.discard(url).await;
            return Err(error);
        }
        tracing::info!(
            generation = number,
            position = %making.position,
            elapsed_ms = making.meter.elapsed().as_millis(),
            "read models were made from the log"
        );
        Ok(making.generation)
    };
    make.await
        .map_err(|error| ViewsError::Rebuild(Box::new(error)))
}

impl<S: Source> Making<S> {
    async fn new(
        url: &ViewsUrl,
        number: i64,
        rule: ViewerRule,
        source: &S,
        batch_events: usize,
    ) -> Result<Self, RebuildError> {
        let (generation, position) = url.resume_or_make(number, rule, source.head()).await?;
        if position > Position::START {
            tracing::info!(generation = number, %position, "going on with a rebuild that died");
        }
        let mut foldings = vec![];
        for projection in project::all(rule) {
            foldings.push(generation.take_over(projection).await?);
        }
        let meter = Meter::start(position);
        Ok(Self {
            source: source.clone(),
            generation,
            foldings,
            position,
            batch_events,
            meter,
        })
    }

    /// Folds up to the head as it is when that is reached.
    async fn fill(
        &mut self,
        cancel: &CancellationToken,
        on_progress: OnProgress<'_>,
    ) -> Result<(), RebuildError> {
        while self.position < self.source.head() {
            let before = self.position;
            let mut ahead = ReadAhead::start(&self.source, before, self.batch_events);
            while let Some(page) = ahead.next().await? {
                if cancel.is_cancelled() {
                    return Err(RebuildError::Cancelled);
                }
                let db = &self.generation.db;
                batch::commit(db, &mut self.foldings, &page.events, page.upto).await?;
                self.position = page.upto;
                on_progress(self.meter.progress(self.position, self.source.head()));
            }
            if self.position == before {
                break;
            }
        }
        Ok(())
    }

    async fn discard(self, url: &ViewsUrl) {
        let number = self.generation.number;
        self.generation.db.close().await;
        if let Err(error) = url.remove(number).await {
            tracing::warn!(
                generation = number,
                "{error}; it is removed at the next start"
            );
        }
    }
}

/// Batches that are read while the ones before them are folded and written: reading and decoding
/// take about as long.
struct ReadAhead {
    batches: mpsc::Receiver<Result<Page, RebuildError>>,
    reading: JoinHandle<()>,
}

impl ReadAhead {
    /// Reads from `after` until the head, as it is now, is reached.
    fn start<S: Source>(source: &S, after: Position, batch_events: usize) -> Self {
        let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
        let (source, head) = (source.clone(), source.head());
        let reading = tokio::spawn(async move {
            let mut after = after;
            while after < head {
                let batch = gather(&source, after, batch_events).await;
                if let Ok(page) = &batch {
                    if page.upto <= after {
                        return;
                    }
                    after = page.upto;
                }
                let failed = batch.is_err();
                if sender.send(batch).await.is_err() || failed {
                    return;
                }
            }
        });
        Self { batches, reading }
    }

    /// The next batch; `None` after the last.
    async fn next(&mut self) -> Result<Option<Page>, RebuildError> {
        self.batches.recv().await.transpose()
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Pages of the log, put together to a batch.
async fn gather<S: Source>(
    source: &S,
    after: Position,
    events_max: usize,
) -> Result<Page, RebuildError> {
    let mut gathered = Page {
        events: vec![],
        upto: after,
    };
    while gathered.events.len() < events_max.max(1) {
        let limit = events_max.max(1) - gathered.events.len();
        let page = source.read(gathered.upto, limit).await?;
        if page.upto <= gathered.upto {
            break;
        }
        gathered.events.extend(page.events);
        gathered.upto = page.upto;
    }
    Ok(gathered)
}

impl<S: Source> Next<S> {
    /// Makes a generation and folds the log into it, up to its head.
    pub(crate) async fn fill(
        views: &Views,
        source: &S,
        options: &RebuildOptions,
        cancel: &CancellationToken,
        on_progress: OnProgress<'_>,
    ) -> Result<Self, RebuildError> {
        let here = views.try_rebuild().ok_or(RebuildError::AlreadyRunning)?;
        let url = views.url().cloned().ok_or_else(|| {
            RebuildError::Broken("read models in memory have no place for new ones".to_owned())
        })?;
        let Some(lease) = url.try_lease().await? else {
            let holder = url.lease_holder().await?;
            return Err(holder.map_or(RebuildError::AlreadyRunning, RebuildError::Elsewhere));
        };
        let alone = (here, lease);
        let serving = views.serving();
        let (number, rule) = (serving.number + 1, options.rule.unwrap_or(serving.rule));
        drop(serving);
        let making = Making::new(&url, number, rule, source, options.batch_events).await?;
        let (views, options) = (views.clone(), options.clone());
        let mut next = Self {
            views,
            url,
            options,
            making,
            _alone: alone,
        };
        match next.making.fill(cancel, on_progress).await {
            Ok(()) => Ok(next),
            Err(error) => {
                next.discard().await;
                Err(error)
            }
        }
    }

    async fn discard(self) {
        self.making.discard(&self.url).await;
    }

    /// Folds the rest, compares, and switches if the options say so. No projector may run.
    pub(crate) async fn finish(
        mut self,
        cancel: &CancellationToken,
        on_progress: OnProgress<'_>,
    ) -> Result<(Report, Option<(Retired, ViewsUrl)>), RebuildError> {
        let compared = match self.making.fill(cancel, on_progress).await {
            Ok(()) if self.options.compare => self.compare(cancel).await,
            Ok(()) => Ok(vec![]),
            Err(error) => Err(error),
        };
        let tables = match compared {
            Ok(tables) => tables,
            Err(error) => {
                self.discard().await;
                return Err(error);
            }
        };
        let mut report = Report {
            position: self.making.position,
            events: self.making.position.since(Position::START),
            elapsed: self.making.meter.elapsed(),
            tables,
            rules: (self.views.serving().rule, self.making.generation.rule),
            switched: false,
        };
        report.switched = match self.options.switch {
            Switch::Always => true,
            Switch::WhenEqual => report.is_equal(),
            Switch::Never => false,
        };
        if !report.switched {
            self.discard().await;
            return Ok((report, None));
        }
        let number = self.making.generation.number;
        let pointed = async {
            // Who was erased meanwhile was written into it, and swept out.
            self.making.generation.scour().await?;
            self.url.point_to(number).await
        };
        if let Err(error) = pointed.await {
            self.discard().await;
            return Err(error.into());
        }
        for folding in &self.making.foldings {
            let (name, position) = (folding.projection.name(), folding.checkpoint);
            self.views
                .stand(name, |standing| standing.position = position);
        }
        let retired = self.views.serve(self.making.generation);
        tracing::info!(generation = number, position = %report.position, "new read models serve");
        Ok((report, Some((Retired::new(retired), self.url))))
    }

    /// Brings the serving generation to the same position and compares every table.
    async fn compare(&self, cancel: &CancellationToken) -> Result<Vec<TableReport>, RebuildError> {
        let serving = self.views.serving();
        let mut stuck = HashMap::new();
        for projection in project::all(serving.rule) {
            let name = projection.name();
            let folding = serving.take_over(projection).await?;
            match self.catch_up(&serving, folding, cancel).await {
                Ok(()) => {}
                Err(RebuildError::Poison(reason)) => {
                    stuck.insert(name, reason);
                }
                Err(error) => return Err(error),
            }
        }
        let mut reports = vec![];
        for (projection, table) in &project::TABLES {
            if cancel.is_cancelled() {
                return Err(RebuildError::Cancelled);
            }
            let report = match stuck.get(projection) {
                Some(reason) => TableReport::not_compared(table.name, reason),
                None => compare::table(table, &serving.db, &self.making.generation.db).await?,
            };
            reports.push(report);
        }
        Ok(reports)
    }

    async fn catch_up(
        &self,
        serving: &Generation,
        mut folding: Folding,
        cancel: &CancellationToken,
    ) -> Result<(), RebuildError> {
        let (name, target) = (folding.projection.name(), self.making.position);
        while folding.checkpoint < target {
            if cancel.is_cancelled() {
                return Err(RebuildError::Cancelled);
            }
            let mut page = gather(
                &self.making.source,
                folding.checkpoint,
                self.options.batch_events,
            )
            .await?;
            page.events.retain(|event| event.position <= target);
            let upto = page.upto.min(target);
            let foldings = std::slice::from_mut(&mut folding);
            match batch::commit(&serving.db, foldings, &page.events, upto).await {
                Ok(_) => self.views.stand(name, |standing| standing.position = upto),
                Err(BatchError::Db(error)) if !error.is_transient() => {
                    return Err(RebuildError::Poison(error.to_string()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        if folding.checkpoint > target {
            let checkpoint = folding.checkpoint;
            return Err(RebuildError::Poison(format!(
                "it stands at {checkpoint}, beyond the log's head {target}"
            )));
        }
        Ok(())
    }
}
