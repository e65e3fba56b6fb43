//! What events mean for the media, the viewers and the memory of this node, whichever node recorded them:
//! an ended stream lets go of its viewers, one that was made private of those without a ticket, a rotated key disconnects its publisher, who was erased is
//! forgotten. Every node does this for itself; what is to happen once, whatever the number of nodes, is a
//! policy.

use crate::parts::Parts;
use crate::recordings;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_domain::command::{Command, streams};
use tributary_domain::stream::{RecordingEnd, Visibility};
use tributary_domain::{
    ChannelId, Event, HistoryId, Position, Recorded, StreamId, account, channel, stream,
};
use tributary_store::{Filter, StoreError};

/// The wait after the log did not answer.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Follows the log from now on, until `shutdown`.
pub async fn run(parts: Parts, shutdown: CancellationToken) {
    let log = &parts.core.log;
    let mut tail = log.tail(log.head(), Filter::All);
    loop {
        let page = tokio::select! {
            () = shutdown.cancelled() => return,
            page = tail.next() => page,
        };
        match page {
            Ok(page) => page
                .events
                .iter()
                .for_each(|recorded| react(&parts, recorded)),
            Err(StoreError::Closed) => return,
            Err(StoreError::Unreadable { position, reason }) => {
                // A newer node wrote it. What it means is nothing that this one has.
                tracing::error!(%position, reason, "an event was passed over");
                react_up_to(&parts, tail.position(), position).await;
                tail = log.tail(position, Filter::All);
            }
            Err(error) => {
                tracing::error!(%error, "the log cannot be followed");
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = tokio::time::sleep(RETRY_AFTER) => {}
                }
            }
        }
    }
}

/// Takes in, one by one, the events between two places.
async fn react_up_to(parts: &Parts, after: Position, before: Position) {
    let mut place = after.next();
    while place < before {
        match parts.core.log.event_at(place).await {
            Ok(Some(recorded)) => react(parts, &recorded),
            Ok(None) => {}
            Err(error) => tracing::error!(%error, position = %place, "an event was missed"),
        }
        place = place.next();
    }
}

/// What an event means for the media and the viewers on this node.
fn react(parts: &Parts, recorded: &Recorded) {
    if let (HistoryId::Account(account), Event::Account(account::Event::ErasureCompleted(_))) =
        (&recorded.history, &recorded.event)
    {
        recordings::forget(parts, (*account).into());
        // The node that emptied the table has forgotten; this one may remember what it read before.
        let (log, account) = (parts.core.log.clone(), *account);
        tokio::spawn(async move { log.forget(account).await });
    }
    let Some(channel) = recorded.channel else {
        return;
    };
    let position = recorded.position;
    match (&recorded.history, &recorded.event) {
        (
            HistoryId::Stream(stream),
            Event::Stream(stream::Event::Ending(_) | stream::Event::Cancelled(_)),
        ) => {
            parts
                .recordings
                .stop_stream(*stream, RecordingEnd::StreamEnded);
            parts.presence.stream_over(*stream);
            tokio::spawn(end_broadcast(parts.clone(), channel, *stream, position));
        }
        (_, Event::Stream(stream::Event::Interrupted(_))) => go_on(parts, channel),
        (HistoryId::Stream(stream), Event::Stream(event)) => {
            // A stream is told who may find it when it begins and when that changes. The broadcast is there
            // from its first media at the latest.
            if let stream::Event::WentLive(_) | stream::Event::Updated(_) = event {
                tokio::spawn(close_if_private(parts.clone(), channel, position));
            }
            recordings::react(parts, channel, *stream, event);
        }
        (_, Event::Channel(channel::Event::StreamKeyRotated(_))) => {
            let broadcast = Parts::broadcast(channel);
            parts
                .hub
                .disconnect_publisher(&broadcast, "the stream key was rotated");
        }
        (_, Event::Channel(channel::Event::Closed(_))) => {
            let broadcast = Parts::broadcast(channel);
            parts
                .hub
                .disconnect_publisher(&broadcast, "the channel was closed");
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
        if let Err(error) = core.execute_surely("reactions", command).await {
            tracing::error!(%error, %channel, "a stream stays interrupted while its media comes in");
        }
    });
}

/// Ends the viewing of whoever has no leave of their own, if a channel's stream is private as of an event. Only
/// once the read models know: who asks them from then on is not let in.
async fn close_if_private(parts: Parts, channel: ChannelId, position: Position) {
    let current = async {
        crate::recovery::caught_up(&parts.core, position).await?;
        anyhow::Ok(parts.core.views.current_stream(channel).await?)
    };
    let is_private = match current.await {
        Ok(stream) => stream.is_some_and(|stream| stream.labels.visibility == Visibility::Private),
        Err(error) => {
            tracing::error!(%channel, "it could not be looked up who may watch: {error:#}");
            // Who may go on watching comes back at once; who may not has seen enough.
            true
        }
    };
    if is_private {
        parts.hub.close_to_public(&Parts::broadcast(channel));
    }
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
