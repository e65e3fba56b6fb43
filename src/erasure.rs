//! Erasures that were begun and not completed, by a node that is gone or a command that was cut off, are
//! completed by whoever runs.

use crate::parts::Core;
use crate::recordings::Folders;
use crate::recordings::bucket::Bucket;
use crate::recovery;
use crate::settings::Settings;
use anyhow::Context as _;
use chrono::TimeDelta;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_domain::AccountId;

/// How often a node looks for erasures that nobody goes on with.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Whoever asked for an erasure has so long to complete it before others join in. Doing it twice does
/// no harm.
const LEFT_AFTER: TimeDelta = TimeDelta::minutes(2);

/// How long the read models may take to show nothing of the person any more.
const CATCH_UP: Duration = Duration::from_secs(60);

/// Looks at once and now and then, until `shutdown`.
pub async fn run(core: Core, shutdown: CancellationToken) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    // A node that has the log for itself goes on with what was cut off before it started at once.
    let mut left_after = if recovery::is_alone(&core.settings) {
        TimeDelta::zero()
    } else {
        LEFT_AFTER
    };
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = look.tick() => {}
        }
        // Cut off by a shutdown, it is gone on with later.
        let completed = tokio::select! {
            () = shutdown.cancelled() => return,
            completed = complete_left(&core, left_after) => completed,
        };
        left_after = LEFT_AFTER;
        if let Err(error) = completed {
            tracing::warn!("an erasure could not be completed yet: {error:#}");
        }
    }
}

/// Completes what was begun so long ago.
async fn complete_left(core: &Core, left_after: TimeDelta) -> anyhow::Result<()> {
    let begun_before = core.env().now() - left_after;
    for account in core.views.unfinished_erasures(begun_before).await? {
        forget_recordings(&core.settings, account).await?;
        let events = core.log.complete_erasure(account, |_| ()).await?;
        core.views.wait_for(core.log.head(), CATCH_UP).await?;
        core.views.scour().await?;
        tracing::info!(%account, events, "completed an erasure that was left");
    }
    Ok(())
}

/// Removes everything that a person's channel recorded, from this disk and from the bucket. Whoever completes an erasure does this
/// first: what is recorded as erased is.
///
/// # Errors
/// When they cannot be removed.
pub async fn forget_recordings(settings: &Settings, account: AccountId) -> anyhow::Result<()> {
    let folders = Folders::new(settings.recordings.folder.clone());
    let removed = tokio::task::spawn_blocking(move || folders.remove_channel(account.into()));
    let why = "the recordings of somebody who is to be forgotten cannot be removed";
    removed.await?.context(why)?;
    if let Some(settings) = &settings.recordings.bucket {
        let bucket = Bucket::open(settings)?;
        bucket.remove_channel(account.into()).await.context(why)?;
    }
    Ok(())
}
