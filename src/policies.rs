//! What follows from events on this node: abandoned streams end, ended streams let go of their
//! viewers, a rotated key disconnects its publisher.

use crate::parts::Parts;
use chrono::TimeDelta;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_domain::command::{Command, streams};
use tributary_domain::policy::EndAbandonedStreams;
use tributary_domain::stream::{self, EndReason};
use tributary_domain::{Event, HistoryId, Recorded, channel};
use tributary_projections::StreamStatus;
use tributary_store::{CommandError, Filter, StoreError};

/// The longest sleep before looking at the clock again: it may have been set.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The wait after the log did not answer.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Follows the log from where the read models stand, until `shutdown`.
///
/// # Errors
/// When the read models cannot be asked at the start.
pub async fn run(parts: Parts, shutdown: CancellationToken) -> anyhow::Result<()> {
    let core = &parts.core;
    let from = core.views.position();
    let mut abandoned = EndAbandonedStreams::new(core.settings.grace);
    for open in core.views.open_streams().await? {
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
    // Events between `from` and the query are seen again; each leaves the policy as it is.
    let mut tail = core.log.tail(from, Filter::All);
    loop {
        end_due(&parts, &mut abandoned).await;
        let sleep = until_next(&abandoned, &parts);
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            () = tokio::time::sleep(sleep) => {}
            page = tail.next() => match page {
                Ok(page) => {
                    for recorded in page.events {
                        abandoned.observe(&recorded);
                        follow(&parts, &recorded);
                    }
                }
                Err(StoreError::Closed) => return Ok(()),
                Err(error) => {
                    tracing::error!(%error, "policies cannot follow the log");
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            },
        }
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
    let broadcast = recorded.channel.map(Parts::broadcast);
    match (&recorded.history, &recorded.event, broadcast) {
        (
            HistoryId::Stream(stream),
            Event::Stream(stream::Event::Ended(_) | stream::Event::Cancelled(_)),
            Some(broadcast),
        ) => {
            parts.hub.end(&broadcast);
            parts.presence.stream_over(*stream);
        }
        (_, Event::Channel(channel::Event::StreamKeyRotated(_)), Some(broadcast)) => {
            parts
                .hub
                .disconnect_publisher(&broadcast, "the stream key was rotated");
        }
        _ => {}
    }
}
