//! Recordings, and where they are played.

use super::page::connection;
use super::statistics::seconds;
use super::{
    Cursor, DateTime, GlobalId, Stream, cost, is_run_by, lookups, page_size, shared, surely,
};
use crate::Fault;
use crate::auth::Caller;
use crate::ticket::{LASTS, Ticket};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use tributary_domain::stream::{self, Visibility};
use tributary_domain::{ChannelId, RecordingId};
use tributary_projections as views;

/// Why a recording is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "stream::RecordingEnd")]
pub(crate) enum RecordingEnd {
    /// Somebody stopped it.
    Asked,
    /// The stream ended.
    StreamEnded,
    /// There was no room left for it on the server. The stream went on.
    DiskFull,
    /// It could not be written. The stream went on.
    Failed,
    /// It was as long as a recording may be.
    TooLong,
    /// The server that wrote it failed; this is what it left.
    NodeGone,
    /// The server was stopped.
    ServerStopped,
    /// The encoder came back to another server.
    Moved,
}

connection!(
    /// A page of recordings.
    RecordingConnection,
    /// A recording in a list.
    RecordingEdge,
    Recording
);

connection!(
    /// A page of moments.
    RecordingAnchorConnection,
    /// A moment in a list.
    RecordingAnchorEdge,
    RecordingAnchor
);

/// A recording of a stream: one of several, if it was started again.
#[derive(Debug, Clone)]
pub(crate) struct Recording(pub(crate) views::Recording);

/// Where a recording is played.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct RecordingPlayback {
    /// The path of all of it as HLS, which seeks. It may end in a ticket.
    hls_path: String,
    /// The path of its first part as one MP4 file, of which pieces can be asked for. An encoder that came
    /// back with other tracks began another part.
    mp4_path: String,
    /// Until when its ticket lets somebody in; null where it needs none.
    expires_at: Option<DateTime>,
}

/// A moment of a recording in the day's time. It holds until the next one.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct RecordingAnchor {
    /// Seconds since the beginning of the recording, as players of its playlist count them.
    second: f64,
    /// When that was on air.
    at: DateTime,
}

/// A recording of a stream: one of several, if it was started again.
#[Object]
impl Recording {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Recording(self.0.id).into()
    }

    /// Of which stream.
    async fn stream(&self, ctx: &Context<'_>) -> Result<Option<Stream>, Fault> {
        Ok(Some(surely(ctx, self.0.stream).await?.into()))
    }

    /// Whether it is being written.
    async fn is_recording(&self) -> bool {
        self.0.finished_at.is_none()
    }

    /// Whether nobody asked for it: the server records every stream.
    async fn is_automatic(&self) -> bool {
        self.0.by_itself
    }

    /// Since when.
    async fn started_at(&self) -> DateTime {
        DateTime(self.0.started_at)
    }

    /// When it was complete; null while it is being written.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// Why it is complete; null while it is being written.
    async fn end_reason(&self) -> Option<RecordingEnd> {
        self.0.end.map(Into::into)
    }

    /// How long it is, once it is complete.
    async fn duration_seconds(&self) -> Option<f64> {
        self.0.duration_ms.map(seconds)
    }

    /// How large its files are, once it is complete.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a double is exact up to eight petabytes"
    )]
    async fn bytes(&self) -> Option<f64> {
        self.0.bytes.map(|bytes| bytes as f64)
    }

    /// Where it is played. A private stream's is for its channel's owner and admins, who get a ticket with
    /// it; for others it is null.
    async fn playback(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Whether to make a ticket that guests may be given, and not the own one.",
            default
        )]
        for_guests: bool,
    ) -> Result<Option<RecordingPlayback>, Fault> {
        playback(ctx, &self.0, for_guests).await
    }

    /// When what is in it was on air: what was said in the chat at some time belongs to the second that the
    /// last moment before it gives. The oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn anchors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from 1 to 100.")] first: i32,
        #[graphql(desc = "From behind this cursor on.")] after: Option<String>,
    ) -> Result<Option<RecordingAnchorConnection>, Fault> {
        let first = page_size("first", first)?;
        let after = after
            .map(|after| Cursor::position("after", &after))
            .transpose()?;
        let views = &shared(ctx).views;
        let page = views.recording_anchors(self.0.id, first, after).await?;
        let item = |row: views::RecordingAnchor| {
            let anchor = RecordingAnchor {
                second: seconds(row.media_ms),
                at: DateTime(row.at),
            };
            (Cursor::write(row.position), anchor)
        };
        let items = page.items.into_iter().map(item).collect();
        let connection = RecordingAnchorConnection::new(items, after.is_some(), page.has_more);
        Ok(Some(connection))
    }
}

/// A page of recordings.
pub(super) fn page(found: views::Page<views::Recording>, is_later: bool) -> RecordingConnection {
    let item = |row: views::Recording| (Cursor::write(row.position), Recording(row));
    let items = found.items.into_iter().map(item).collect();
    RecordingConnection::new(items, is_later, found.has_more)
}

/// Where a recording is played by the caller, if they may.
pub(super) async fn playback(
    ctx: &Context<'_>,
    recording: &views::Recording,
    for_guests: bool,
) -> Result<Option<RecordingPlayback>, Fault> {
    let stream: Option<views::Stream> = lookups(ctx).load_one(recording.stream).await?;
    let is_public = stream.is_some_and(|stream| stream.labels.visibility == Visibility::Public);
    if is_public {
        return Ok(Some(RecordingPlayback::at(recording.id, None)));
    }
    let channel: ChannelId = recording.channel;
    if !is_run_by(ctx, channel).await? {
        return Ok(None);
    }
    let shared = shared(ctx);
    let ticket = Ticket {
        channel,
        account: Caller::of(ctx).account().filter(|_| !for_guests),
        until: shared.log.environment().now() + LASTS,
    };
    let signed = ticket.sign(&shared.keyring);
    let found = RecordingPlayback::at(recording.id, Some((&signed, DateTime(ticket.until))));
    Ok(Some(found))
}

impl RecordingPlayback {
    fn at(recording: RecordingId, ticket: Option<(&str, DateTime)>) -> Self {
        let folder = format!("/recordings/{recording}");
        let query = ticket.map_or_else(String::new, |(ticket, _)| format!("?ticket={ticket}"));
        Self {
            hls_path: format!("{folder}/master.m3u8{query}"),
            mp4_path: format!("{folder}/part-0.mp4{query}"),
            expires_at: ticket.map(|(_, until)| until),
        }
    }

    /// The path of all of it.
    pub(super) fn into_hls_path(self) -> String {
        self.hls_path
    }
}
