//! Writing one recording, and telling the log of it.

use super::{Of, Recordings, Running, finish};
use crate::parts::{Core, Parts};
use chrono::DateTime;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tributary_domain::command::{Command, recordings};
use tributary_domain::stream::{Anchored, RecordingEnd};
use tributary_media::anchor::Anchor;
use tributary_media::recording::{Contents, End, record};

/// Over time a recording has one anchor in the log for so long.
const ANCHOR_EVERY: Duration = Duration::from_secs(10);

/// So many may come at once: an encoder comes back a few times within a minute.
const ANCHORS_AT_ONCE: u32 = 6;

/// Anchors that wait for their turn; of more than these some are left out.
const ANCHORS_WAITING: usize = 16;

/// Writes a recording to its end.
pub(super) async fn write(recordings: Recordings, running: Running) {
    let of = running.of;
    let inner = &recordings.inner;
    let (end, contents) = match inner.hub.tap(&Parts::broadcast(of.channel)) {
        Some(tap) => {
            let (tell, anchors) = mpsc::channel(ANCHORS_WAITING);
            let ended = CancellationToken::new();
            let telling = tell_anchors(inner.core.clone(), of, anchors, ended.clone());
            let telling = tokio::spawn(telling);
            let written = record(
                tap,
                inner.folders.of(of.channel, of.recording),
                inner.core.settings.recordings.media,
                inner.clock.clone(),
                running.stop.clone(),
                move |anchor| {
                    // Of too many some are left out: the log is no place for each of them.
                    let _full = tell.try_send(anchor);
                },
            );
            let written = written.await;
            ended.cancel();
            // Before the end is told, behind which nothing belongs to a recording.
            if let Err(error) = telling.await {
                tracing::error!(%error, recording = %of.recording, "anchors ended badly");
            }
            written
        }
        // The stream ended before its recording began.
        None => (End::Broadcast, Contents::default()),
    };
    let end = reason(&end, running.why());
    tracing::info!(
        recording = %of.recording, channel = %of.channel, ?end,
        milliseconds = contents.duration_ms(), "recorded"
    );
    let command = finish(&inner.core, of, end, &contents);
    if let Err(error) = inner.core.execute_surely("recording", command).await {
        // Recovery finds a recording that nobody attends.
        tracing::error!(%error, recording = %of.recording, "its end was not recorded yet");
    }
    recordings.running().remove(&of.recording);
}

fn reason(end: &End, why: Option<RecordingEnd>) -> RecordingEnd {
    match end {
        End::Broadcast | End::Stopped => why.unwrap_or(RecordingEnd::StreamEnded),
        End::DiskFull => RecordingEnd::DiskFull,
        End::TooLong => RecordingEnd::TooLong,
        End::Failed(why) => {
            tracing::error!(why, "a recording could not be written");
            RecordingEnd::Failed
        }
    }
}

/// Tells the log when what is in a recording was on air, at a bounded rate. Who sends more than that is
/// kept waiting: what does not fit meanwhile is left out.
async fn tell_anchors(
    core: Core,
    of: Of,
    mut anchors: mpsc::Receiver<Anchor>,
    ended: CancellationToken,
) {
    let began = Instant::now();
    let mut told = 0;
    while let Some(anchor) = anchors.recv().await {
        let due = began + ANCHOR_EVERY * u32::saturating_sub(told, ANCHORS_AT_ONCE);
        tokio::select! {
            () = tokio::time::sleep_until(due) => {}
            // The few that wait when the recording ends have no time.
            () = ended.cancelled() => {}
        }
        told += 1;
        let Some(anchored) = anchored(of, anchor) else {
            continue;
        };
        let command = recordings::Command::Anchor {
            stream: of.stream,
            anchor: anchored,
        };
        let recorded = core.execute_surely("recording", Command::Recordings(command));
        if let Err(error) = recorded.await {
            tracing::error!(%error, recording = %of.recording, "an anchor was not recorded");
        }
    }
}

fn anchored(of: Of, anchor: Anchor) -> Option<Anchored> {
    let at_ms = i64::try_from(anchor.at_ms).ok()?;
    Some(Anchored {
        recording: of.recording,
        media_ms: i64::try_from(anchor.media_ms).ok()?,
        at: DateTime::from_timestamp_millis(at_ms)?,
    })
}
