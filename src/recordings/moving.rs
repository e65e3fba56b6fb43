//! Moves recordings that are complete from this node's disk into the bucket, and takes out of the bucket what was
//! taken away.
//!
//! What is to be done is seen from what is there, so nothing is lost with a process: a complete recording that has a
//! folder is to be moved, and one that the log says is gone is to be removed.

use super::Recordings;
use super::bucket::{Bucket, Place};
use anyhow::Context as _;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tributary_domain::RecordingId;
use tributary_media::recording::Contents;
use tributary_projections::Recording;

/// How often a node looks for what it was not told of.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// How often it lists the bucket.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// The first wait after something failed; each further one is twice as long.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// How long the read models may take.
const CATCH_UP: Duration = Duration::from_secs(60);

/// Recordings that are looked up at once.
const LOOKED_UP_AT_ONCE: usize = 100;

/// Moves until `shutdown`. What is cut off by it is gone on with at the next start.
pub async fn run(recordings: Recordings, shutdown: CancellationToken) {
    let Some(bucket) = recordings.bucket().cloned() else {
        return shutdown.cancelled().await;
    };
    let mut wait = Duration::ZERO;
    let mut again_after = AGAIN_AFTER;
    let mut sweep_at = Instant::now();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = recordings.is_woken() => {}
            () = tokio::time::sleep(wait) => {}
        }
        if recordings.take_left_in_bucket() {
            sweep_at = Instant::now();
        }
        let work = async {
            let kept = keep_complete(&recordings, &bucket).await;
            // What is to go goes, even if something cannot come.
            if sweep_at <= Instant::now() {
                sweep(&recordings, &bucket).await?;
                sweep_at = Instant::now() + SWEEP_EVERY;
            }
            kept
        };
        let done = tokio::select! {
            () = shutdown.cancelled() => return,
            done = work => done,
        };
        if let Err(error) = done {
            recordings.status().failed();
            tracing::warn!(
                again_in = ?again_after,
                "the recordings' bucket is not as it should be yet: {error:#}"
            );
            wait = again_after;
            again_after = LOOK_EVERY.min(again_after * 2);
        } else {
            (wait, again_after) = (LOOK_EVERY, AGAIN_AFTER);
        }
    }
}

/// Moves what is complete here, one after the other. One that cannot be moved keeps no other from it.
async fn keep_complete(recordings: &Recordings, bucket: &Bucket) -> anyhow::Result<()> {
    let core = recordings.core();
    core.views.wait_for(core.log.head(), CATCH_UP).await?;
    let folders = recordings.folders().clone();
    let ids = tokio::task::spawn_blocking(move || folders.recordings()).await??;
    let mut complete = vec![];
    for ids in ids.chunks(LOOKED_UP_AT_ONCE) {
        let found = core.views.recordings(ids).await?;
        complete.extend(found.into_values().filter(|recording| {
            recording.finished_at.is_some() && !recordings.attends(recording.id)
        }));
    }
    complete.sort_by_key(|recording| recording.position);
    let status = recordings.status();
    let bytes = |recording: &Recording| u64::try_from(recording.bytes.unwrap_or(0)).unwrap_or(0);
    let mut left = (complete.len() as u64, complete.iter().map(bytes).sum());
    status.waiting(left);
    let mut failed = Ok(());
    for recording in &complete {
        match keep(recordings, bucket, recording).await {
            Ok(()) => {
                left = (left.0 - 1, left.1 - bytes(recording));
                status.waiting(left);
                status.kept(bytes(recording));
            }
            Err(error) => failed = Err(error.context(format!("recording {}", recording.id))),
        }
    }
    failed
}

/// Moves a recording. Nothing is removed here before all of it is there.
async fn keep(
    recordings: &Recordings,
    bucket: &Bucket,
    recording: &Recording,
) -> anyhow::Result<()> {
    let place = Place {
        channel: recording.channel,
        recording: recording.id,
    };
    let (folders, core) = (recordings.folders().clone(), recordings.core());
    let folder = folders.of(place.channel, place.recording);
    let at = folder.clone();
    // A node that was gone may have left more than the index knows.
    let contents = tokio::task::spawn_blocking(move || Contents::recover(&at)).await?;
    let contents = match contents {
        Ok(contents) => contents,
        // Another node that shares the folder was quicker.
        Err(error) if error.is_not_there() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let began = Instant::now();
    bucket.keep(place, &folder, &contents).await?;
    // Who took it away meanwhile may have looked into the bucket before it was there.
    core.views.wait_for(core.log.head(), CATCH_UP).await?;
    if core.views.recording(place.recording).await?.is_none() {
        bucket.remove(place).await?;
    }
    let removed = move || folders.remove(place.channel, place.recording);
    tokio::task::spawn_blocking(removed)
        .await?
        .context("its files stay on the disk, though they are in the bucket")?;
    tracing::info!(
        recording = %place.recording, bytes = contents.bytes(), seconds = began.elapsed().as_secs(),
        "moved a recording into the bucket"
    );
    Ok(())
}

/// Removes from the bucket what the log says is gone. What the log does not know stays: it may be another's.
async fn sweep(recordings: &Recordings, bucket: &Bucket) -> anyhow::Result<()> {
    let places = bucket.places().await.context("it cannot be listed")?;
    let views = &recordings.core().views;
    for places in places.chunks(LOOKED_UP_AT_ONCE) {
        let ids: Vec<RecordingId> = places.iter().map(|place| place.recording).collect();
        let gone = views.gone_recordings(&ids).await?;
        for place in places
            .iter()
            .filter(|place| gone.contains(&place.recording))
        {
            bucket.remove(*place).await?;
            tracing::info!(recording = %place.recording, "removed from the bucket what was taken away");
        }
    }
    Ok(())
}
