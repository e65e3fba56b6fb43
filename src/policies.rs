//! What follows from events on this node: abandoned streams end, ended streams let go of their
//! viewers, a rotated key disconnects its publisher.

use crate::parts::Parts;
use chrono::TimeDelta;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_domain::command::{Command, streams};
use tributary_domain::policy::EndAbandonedStreams;
use tributary_domain::stream::{self, EndReason};
use tributary_domain::{ChannelId, Event, HistoryId, Position, Recorded, StreamId, channel};
use tributary_projections::StreamStatus;
use tributary_store::{CommandError, Filter, StoreError};

/// The longest sleep before looking at the clock again: it may have been set.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The wait after the log did not answer.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Follows the log from now on, until `shutdown`.
pub async fn run(parts: Parts, shutdown: CancellationToken) {
    let core = &parts.core;
    let from = core.log.head();
    let mut abandoned = EndAbandonedStreams::new(core.settings.grace);
    while let Err(error) = resume(&parts, from, &mut abandoned).await {
        tracing::error!("policies wait for the read models: {error:#}");
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(RETRY_AFTER) => {}
        }
    }
    // Events between `from` and what the read models showed are seen again; each leaves the policy
    // as it is.
    let mut tail = core.log.tail(from, Filter::All);
    loop {
        end_due(&parts, &mut abandoned).await;
        let sleep = until_next(&abandoned, &parts);
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(sleep) => {}
            page = tail.next() => match page {
                Ok(page) => {
                    for recorded in page.events {
                        abandoned.observe(&recorded);
                        follow(&parts, &recorded);
                    }
                }
                Err(StoreError::Closed) => return,
                Err(StoreError::Unreadable { position, reason }) => {
                    // A newer node wrote it. What it means is that node's to act on; the rest is ours.
                    tracing::error!(%position, reason, "policies pass over an event");
                    observe_up_to(&parts, tail.position(), position, &mut abandoned).await;
                    tail = core.log.tail(position, Filter::All);
                }
                Err(error) => {
                    tracing::error!(%error, "policies cannot follow the log");
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            },
        }
    }
}

/// Starts from what the read models show as waiting.
async fn resume(
    parts: &Parts,
    from: Position,
    abandoned: &mut EndAbandonedStreams,
) -> anyhow::Result<()> {
    crate::recovery::caught_up(&parts.core, from).await?;
    for open in parts.core.views.open_streams().await? {
        match open.status {
            StreamStatus::Starting => {
                abandoned.resume(open.id, open.changed_at, EndReason::NeverLive);
            }
            StreamStatus::Interrupted => {
                abandoned.resume(open.id, open.changed_at, EndReason::Abandoned);
            }
            StreamStatus::Scheduled
            | StreamStatus::Live
            | StreamStatus::Ending
            | StreamStatus::Ended
            | StreamStatus::Cancelled => {}
        }
    }
    Ok(())
}

/// Takes in, one by one, the events between two places.
async fn observe_up_to(
    parts: &Parts,
    after: Position,
    before: Position,
    abandoned: &mut EndAbandonedStreams,
) {
    let mut place = after.next();
    while place < before {
        match parts.core.log.event_at(place).await {
            Ok(Some(recorded)) => {
                abandoned.observe(&recorded);
                follow(parts, &recorded);
            }
            Ok(None) => {}
            Err(error) => tracing::error!(%error, position = %place, "policies missed an event"),
        }
        place = place.next();
    }
}

fn until_next(abandoned: &EndAbandonedStreams, parts: &Parts) -> Duration {
    let left = abandoned.next_at().map(|at| at - parts.core.env().now());
    let left = left.map(|left| left.max(TimeDelta::zero()).to_std().unwrap_or(LOOK_EVERY));
    left.unwrap_or(LOOK_EVERY).min(LOOK_EVERY)
}

async fn end_due(parts: &Parts, abandoned: &mut EndAbandonedStreams) {
    for (stream, reason) in abandoned.due(parts.core.env().now()) {
        let command = Command::Streams(streams::Command::End { stream, reason });
        match parts.core.execute("end_abandoned_streams", command).await {
            Ok(_) => tracing::info!(%stream, ?reason, "ended an abandoned stream"),
            Err(CommandError::Rejected(rejection)) => {
                tracing::debug!(%stream, %rejection, "an abandoned stream was over already");
            }
            Err(error) => {
                tracing::warn!(%stream, %error, "an abandoned stream could not be ended yet");
                tokio::time::sleep(RETRY_AFTER).await;
                continue;
            }
        }
        abandoned.forget(stream);
    }
}

/// What an event means for the media and the viewers on this node.
fn follow(parts: &Parts, recorded: &Recorded) {
    let Some(channel) = recorded.channel else {
        return;
    };
    let position = recorded.position;
    match (&recorded.history, &recorded.event) {
        (
            HistoryId::Stream(stream),
            Event::Stream(stream::Event::Ended(_) | stream::Event::Cancelled(_)),
        ) => {
            parts.presence.stream_over(*stream);
            tokio::spawn(end_broadcast(parts.clone(), channel, *stream, position));
        }
        (_, Event::Stream(stream::Event::Interrupted(_))) => go_on(parts, channel),
        (_, Event::Channel(channel::Event::StreamKeyRotated(_))) => {
            let broadcast = Parts::broadcast(channel);
            parts
                .hub
                .disconnect_publisher(&broadcast, "the stream key was rotated");
        }
        _ => {}
    }
}

/// Another node, or the late word of a publisher that was replaced, has interrupted a stream whose
/// media comes in here: it goes on.
fn go_on(parts: &Parts, channel: ChannelId) {
    let Some(media) = parts.sending.of(channel) else {
        return;
    };
    if !parts.hub.is_live(&Parts::broadcast(channel)) {
        return;
    }
    let core = parts.core.clone();
    let command = Command::Streams(streams::Command::MediaArrived { channel, media });
    tokio::spawn(async move {
        if let Err(error) = core.execute_surely("policies", command).await {
            tracing::error!(%error, %channel, "a stream stays interrupted while its media comes in");
        }
    });
}

/// Ends a channel's video, unless its next stream has begun by now.
async fn end_broadcast(parts: Parts, channel: ChannelId, stream: StreamId, position: Position) {
    let next = async {
        crate::recovery::caught_up(&parts.core, position).await?;
        anyhow::Ok(parts.core.views.current_stream(channel).await?)
    };
    match next.await {
        Ok(Some(next)) if next.id != stream => {}
        Ok(_) => {
            parts.hub.end(&Parts::broadcast(channel));
        }
        Err(error) => {
            tracing::error!(%channel, "a video is ended without a look at its channel: {error:#}");
            parts.hub.end(&Parts::broadcast(channel));
        }
    }
}
