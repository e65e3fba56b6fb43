//! Where a channel's video is.

use super::channel::is_run_by;
use super::{DateTime, shared};
use crate::Fault;
use crate::auth::Caller;
use crate::ticket::{LASTS, Ticket};
use async_graphql::{Context, SimpleObject};
use tributary_domain::ChannelId;
use tributary_domain::stream::Visibility;
use tributary_projections as views;

/// Where a channel's video is, for whoever asked.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Playback {
    /// The path on this server: FLV over HTTP, or the same over WebSocket. It may end in a ticket.
    path: String,
    /// Until when its ticket lets somebody in; null where it needs none. Who watches already stays.
    expires_at: Option<DateTime>,
}

impl Playback {
    /// A channel's, with its current stream, for the caller.
    pub(super) async fn of(
        ctx: &Context<'_>,
        (channel, name): (ChannelId, &str),
        current: Option<&views::Stream>,
        for_guests: bool,
    ) -> Result<Option<Self>, Fault> {
        let path = format!("/live/{name}.flv");
        if current.is_none_or(|stream| stream.labels.visibility == Visibility::Public) {
            let expires_at = None;
            return Ok(Some(Self { path, expires_at }));
        }
        if !is_run_by(ctx, channel).await? {
            return Ok(None);
        }
        let shared = shared(ctx);
        let until = shared.log.environment().now() + LASTS;
        let ticket = Ticket {
            channel,
            account: Caller::of(ctx).account().filter(|_| !for_guests),
            until,
        };
        Ok(Some(Self {
            path: format!("{path}?ticket={}", ticket.sign(&shared.keyring)),
            expires_at: Some(DateTime(until)),
        }))
    }
}
