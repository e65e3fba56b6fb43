//! How publishers on this node do, written down now and then for their streamers to look back on.

use crate::parts::Parts;
use crate::vitals;
use futures::StreamExt as _;
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tributary_domain::ChannelId;
use tributary_domain::command::{Command, streams};
use tributary_domain::stream::Health;
use tributary_media::health::Stretch;

/// How often publishers are looked at. What there is to note of one is far rarer.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How many notes are on their way into the log at once.
const AT_ONCE_MAX: usize = 16;

/// Notes until `shutdown`.
pub async fn run(parts: Parts, shutdown: CancellationToken) {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = looks.tick() => {}
        }
        let notes: Vec<_> = parts
            .hub
            .keys()
            .into_iter()
            .filter_map(|key| {
                let channel = key.parse::<ChannelId>().ok()?;
                Some((channel, parts.hub.note_health(&key)?))
            })
            .collect();
        futures::stream::iter(notes)
            .for_each_concurrent(AT_ONCE_MAX, |(channel, stretch)| {
                note(&parts, channel, stretch)
            })
            .await;
    }
}

async fn note(parts: &Parts, channel: ChannelId, stretch: Stretch) {
    let command = streams::Command::NoteHealth {
        channel,
        node: parts.node.to_string(),
        health: health(stretch),
    };
    if let Err(error) = parts
        .core
        .execute("health", Command::Streams(command))
        .await
    {
        // A chart has a hole then; the video goes on.
        tracing::debug!(%error, %channel, "how a publisher does was not noted");
    }
}

fn health(stretch: Stretch) -> Health {
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let milliseconds = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    Health {
        span_ms: milliseconds(stretch.length),
        video_bytes: whole(stretch.video_bytes),
        audio_bytes: whole(stretch.audio_bytes),
        frames: whole(stretch.frames),
        media_ms: stretch.media_ms,
        key_frame_interval_ms: stretch.key_frame_interval.map(milliseconds),
        sound_ahead_ms: stretch.sound_ahead_ms,
        longest_gap_ms: milliseconds(stretch.longest_gap),
        warnings: stretch.warnings.into_iter().map(vitals::warning).collect(),
    }
}
