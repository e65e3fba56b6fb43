//! A node that follows: another one writes the rows, this one learns how far they are and what changed.
//!
//! The checkpoints tell up to where rows are written, and are read when there is something to wait for.
//! Between them this node goes by the log: what comes after a checkpoint and means nothing to its
//! projection leaves the rows as they are, so they stand as far as the next event that does mean
//! something. That is also what the projector's own idle checkpoints rest on.

use super::line::Line;
use crate::changed::Changed;
use crate::generation::{Generation, Retired};
use crate::project;
use crate::source::{Source, Tail as _};
use crate::status::ProjectionState;
use crate::views::{Views, ViewsError};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::Instant;
use tributary_domain::Position;

/// How often the checkpoints are read while the writing node has something to fold, at first; the wait
/// doubles as long as nothing comes.
const LOOK_SOON: Duration = Duration::from_millis(5);

/// How often they are read at least, and whether another generation serves.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How many events a projection may be behind the furthest one and still be followed closely from the
/// beginning.
const WINDOW: i64 = 16_384;

/// The wait after something could not be read.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Follows until it is dropped.
pub(super) async fn follow<S: Source>(views: &Views, source: &S) -> Infallible {
    loop {
        if let Err(reason) = follow_once(views, source).await {
            tracing::warn!(reason, "the read models cannot be followed now");
            for name in project::names() {
                let reason = reason.clone();
                views.stand(name, |standing| {
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
    let positions = generation.db.positions().await;
    let positions = positions.map_err(|error| in_words(&error))?;
    let furthest = positions.iter().map(|(_, position)| *position).max();
    // What is far behind the others stands still, or will catch up in great steps: the log since then is
    // not read for it.
    let window = furthest.map_or(0, |furthest| furthest.get().saturating_sub(WINDOW));
    let near = |position: &Position| position.get() >= window;
    let from = positions
        .iter()
        .map(|(_, position)| *position)
        .filter(near)
        .min();
    let mut read = from.unwrap_or_default();
    let mut lines = vec![];
    for projection in project::all(generation.rule) {
        let found = positions
            .iter()
            .find(|(name, _)| *name == projection.name());
        let checkpoint = found.map_or(Position::START, |(_, position)| *position);
        lines.push(Line::new(projection, checkpoint, read));
    }
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
        let waits = lines.iter().any(Line::waits);
        let look_at = looked_at + if waits { pause } else { LOOK_EVERY };
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
            page = tail.next() => {
                let page = page.map_err(|error| in_words(&error))?;
                for line in &mut lines {
                    if line.take_in(&page, &mut changed) {
                        pause = LOOK_SOON;
                    }
                }
                read = page.upto;
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
