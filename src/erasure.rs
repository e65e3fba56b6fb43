//! Erasures that were begun and not completed, by a node that is gone or a command that was cut off, are
//! completed by whoever runs.

use crate::parts::Core;
use chrono::TimeDelta;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a node looks for erasures that nobody goes on with.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Whoever asked for an erasure has so long to complete it before others join in. Doing it twice does
/// no harm.
const LEFT_AFTER: TimeDelta = TimeDelta::minutes(2);

/// Looks at once and now and then, until `shutdown`.
pub async fn run(core: Core, shutdown: CancellationToken) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = look.tick() => {}
        }
        // Cut off by a shutdown, it is gone on with later.
        let completed = tokio::select! {
            () = shutdown.cancelled() => return,
            completed = complete_left(&core) => completed,
        };
        if let Err(error) = completed {
            tracing::warn!("an erasure could not be completed yet: {error:#}");
        }
    }
}

/// Completes what was begun some time ago.
async fn complete_left(core: &Core) -> anyhow::Result<()> {
    let begun_before = core.env().now() - LEFT_AFTER;
    for account in core.views.unfinished_erasures(begun_before).await? {
        let events = core.log.complete_erasure(account, |_| ()).await?;
        core.views.scour().await?;
        tracing::info!(%account, events, "completed an erasure that was left");
    }
    Ok(())
}
