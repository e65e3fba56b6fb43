//! A node that follows: another one writes the rows, this one learns how far they are and what changed.
//!
//! The checkpoints tell up to where rows are written, and are read when there is something to wait for.
//! Between them this node goes by the log: what comes after a checkpoint and means nothing to its
//! projection leaves the rows as they are, so they stand as far as the next event that does mean
//! something. That is also what the projector's own idle checkpoints rest on.

use crate::changed::Changed;
use crate::fold::Projection;
use crate::generation::{Generation, Retired};
use crate::project;
use crate::source::{Source, Tail as _};
use crate::status::ProjectionState;
use crate::views::{Views, ViewsError};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tributary_domain::{Position, Recorded};
use tributary_store::Page;

/// How often the checkpoints are read while the writing node has something to fold, at first; the wait
/// doubles as long as nothing comes.
const LOOK_SOON: Duration = Duration::from_millis(5);

/// How often they are read at least, and whether another generation serves.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Events that are not in the rows yet and may be remembered. Past it the log is not read on.
const PENDING_MAX: usize = 16_384;

/// The wait after something could not be read.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// One projection, as it is written elsewhere.
struct Line {
    projection: Box<dyn Projection>,
    /// Where its rows stand in the table.
    checkpoint: Position,
    /// What it has yet to fold.
    pending: VecDeque<Arc<Recorded>>,
}

impl Line {
    /// Takes in a page of the log: what is folded already is announced, the rest is waited for.
    fn take_in(&mut self, page: &Page, changed: &mut Changed) {
        for event in &page.events {
            if self.projection.want(event) {
                if event.position <= self.checkpoint {
                    self.projection.announce(event, changed);
                } else {
                    self.pending.push_back(Arc::clone(event));
                }
            }
        }
        // No row is looked at here.
        for table in self.projection.tables() {
            table.clear();
        }
    }

    /// Its rows are written up to `checkpoint`.
    fn written(&mut self, checkpoint: Position, changed: &mut Changed) {
        self.checkpoint = checkpoint;
        while let Some(event) = self.pending.front()
            && event.position <= checkpoint
        {
            self.projection.announce(event, changed);
            self.pending.pop_front();
        }
    }

    /// Up to where its rows are those of the log, of which `read` is known.
    fn position(&self, read: Position) -> Position {
        let before =
            |event: &Arc<Recorded>| Position::new(event.position.get() - 1).unwrap_or_default();
        let known = self.pending.front().map_or(read, before);
        known.max(self.checkpoint)
    }
}

/// Follows until it is dropped.
pub(super) async fn follow<S: Source>(views: &Views, source: &S) -> Infallible {
    loop {
        if let Err(reason) = follow_once(views, source).await {
            tracing::warn!(reason, "the read models cannot be followed now");
            for projection in project::all() {
                let reason = reason.clone();
                views.stand(projection.name(), |standing| {
                    standing.state = ProjectionState::Retrying { reason };
                });
            }
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }
}

/// Serves the generation that serves on the other nodes. Whether that is a new one here.
pub(super) async fn keep_up(views: &Views, generation: &Generation) -> Result<bool, ViewsError> {
    let number = generation.serving_now().await?;
    let Some(url) = views.url() else {
        return Ok(false);
    };
    if number == generation.number {
        return Ok(false);
    }
    let next = url.open(number).await?;
    if !next.is_ours().await {
        next.db.close().await;
        return Err(ViewsError::AnotherVersion);
    }
    tracing::info!(
        generation = number,
        "read models that another node made serve now"
    );
    let retired = Retired::new(views.serve(next));
    tokio::spawn(retired.let_go());
    views.announce(Changed::anything());
    Ok(true)
}

/// Follows one generation, until another one serves or its checkpoints were set back.
async fn follow_once<S: Source>(views: &Views, source: &S) -> Result<(), String> {
    let in_words = |error: &dyn std::fmt::Display| error.to_string();
    let generation = views.serving();
    if keep_up(views, &generation)
        .await
        .map_err(|error| in_words(&error))?
    {
        return Ok(());
    }
    let mut lines = vec![];
    let positions = generation.db.positions().await;
    let positions = positions.map_err(|error| in_words(&error))?;
    for projection in project::all() {
        let found = positions
            .iter()
            .find(|(name, _)| *name == projection.name());
        lines.push(Line {
            projection,
            checkpoint: found.map_or(Position::START, |(_, position)| *position),
            pending: VecDeque::new(),
        });
    }
    let from = lines.iter().map(|line| line.checkpoint).min();
    let mut read = from.unwrap_or_default();
    let mut tail = source.tail(read);
    views.announce(Changed::anything());
    let (mut looked_at, mut pause) = (Instant::now(), LOOK_SOON);
    let mut kept_up_at = looked_at;
    loop {
        for line in &lines {
            views.stand(line.projection.name(), |standing| {
                standing.position = line.position(read);
                standing.state = ProjectionState::Following;
            });
        }
        let pending: usize = lines.iter().map(|line| line.pending.len()).sum();
        let look_at = looked_at + if pending > 0 { pause } else { LOOK_EVERY };
        let mut changed = Changed::default();
        tokio::select! {
            // A look that is due comes first: pages may come without end.
            biased;
            () = tokio::time::sleep_until(look_at) => {
                if kept_up_at.elapsed() >= LOOK_EVERY {
                    let another = keep_up(views, &generation).await;
                    if another.map_err(|error| in_words(&error))? {
                        return Ok(());
                    }
                    kept_up_at = Instant::now();
                }
                let positions = generation.db.positions().await;
                let mut moved = false;
                for (name, position) in positions.map_err(|error| in_words(&error))? {
                    let line = lines.iter_mut().find(|line| line.projection.name() == name);
                    let Some(line) = line else { continue };
                    if position < line.checkpoint {
                        // A crash of the database lost what was written last.
                        return Ok(());
                    }
                    moved |= position > line.checkpoint;
                    line.written(position, &mut changed);
                }
                looked_at = Instant::now();
                pause = if moved { LOOK_SOON } else { (pause * 2).min(LOOK_EVERY) };
            }
            page = tail.next(), if pending < PENDING_MAX => {
                let page = page.map_err(|error| in_words(&error))?;
                lines.iter_mut().for_each(|line| line.take_in(&page, &mut changed));
                read = page.upto;
                if pending == 0 {
                    pause = LOOK_SOON;
                }
            }
        }
        changed.position = lines
            .iter()
            .map(|line| line.checkpoint)
            .min()
            .unwrap_or_default();
        // In this order: whoever waited for a position has no older change still to come.
        views.announce(changed);
    }
}
