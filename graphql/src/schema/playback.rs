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
    /// The path of the same as HLS. It may end in a ticket, too.
    hls_path: String,
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
        let (path, hls_path) = (
            format!("/live/{name}.flv"),
            format!("/live/{name}/master.m3u8"),
        );
        if current.is_none_or(|stream| stream.labels.visibility == Visibility::Public) {
            let expires_at = None;
            return Ok(Some(Self {
                path,
                hls_path,
                expires_at,
            }));
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
        let ticket = ticket.sign(&shared.keyring);
        Ok(Some(Self {
            path: format!("{path}?ticket={ticket}"),
            hls_path: format!("{hls_path}?ticket={ticket}"),
            expires_at: Some(DateTime(until)),
        }))
    }
}
