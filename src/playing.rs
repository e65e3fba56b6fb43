//! Viewers over RTMP: from a channel's name to a place at its broadcast.

use crate::admission::{self, admit};
use crate::http::viewer;
use crate::ingest::APPLICATION;
use crate::parts::Parts;
use crate::presence::{Arrival, Connection};
use tributary_domain::text::AccountName;
use tributary_domain::viewer_session::Received;
use tributary_domain::{ChannelId, ViewerId};
use tributary_graphql::Api;
use tributary_graphql::rate::{Deed, Who};
use tributary_media::gate::{PlayRequest, Refusal, Seat, Viewer};

/// Lets viewers in who come over RTMP. They say nothing about themselves: each connection is a viewer.
pub struct Playing {
    parts: Parts,
    api: Api,
}

impl Playing {
    /// Knows by `api` how often an address may ask.
    pub const fn new(parts: Parts, api: Api) -> Self {
        Self { parts, api }
    }

    /// Whether somebody may watch, and what.
    ///
    /// # Errors
    /// A sentence for the person at the player.
    pub async fn play(&self, request: PlayRequest) -> Result<Seat, Refusal> {
        if request.app.trim_matches('/') != APPLICATION {
            return Err(Refusal::new("play rtmp://<host>/live/<channel>"));
        }
        let who = Who::Address(request.peer.ip());
        let spent = self.api.rates().spend(Deed::Video, who, 1);
        spent.map_err(|fault| Refusal::new(&fault.to_string()))?;
        let ticket = request
            .query
            .split('&')
            .find_map(|part| part.strip_prefix("ticket="));
        let channel = self.channel(&request.name).await?;
        let mark = self.parts.hub.public_mark();
        let stream = admission::current_stream(&self.parts, channel).await;
        let stream = stream.ok_or_else(|| Refusal::new("try again in a moment"))?;
        let admitted = admit(&self.parts, channel, stream.as_ref(), ticket, None)
            .map_err(|why| Refusal::new(&why.to_string()))?;
        let viewer = admitted
            .ticket
            .and_then(|ticket| ticket.account)
            .map_or_else(|| viewer::stranger(&self.parts), ViewerId::Account);
        let arrival = stream.map(|stream| self.parts.presence.arrive(stream.id, channel, viewer));
        Ok(Seat {
            broadcast: Parts::broadcast(channel),
            leave: admitted.leave(mark),
            viewer: Box::new(Counted {
                arrival,
                connection: None,
            }),
        })
    }

    async fn channel(&self, name: &str) -> Result<ChannelId, Refusal> {
        let nobody = || Refusal::new("there is no such channel");
        // Not every text may be asked of a database: PostgreSQL takes no NUL.
        AccountName::new(name).map_err(|_| nobody())?;
        match self.parts.core.views.channel_named(name).await {
            Ok(channel) => channel.map(|channel| channel.id).ok_or_else(nobody),
            Err(error) => {
                tracing::error!(%error, "a channel could not be looked up");
                Err(Refusal::new("try again in a moment"))
            }
        }
    }
}

/// A viewer who counts from the first piece of media until this is dropped.
struct Counted {
    arrival: Option<Arrival>,
    connection: Option<Connection>,
}

impl Viewer for Counted {
    fn received(&mut self) {
        self.connection = self
            .arrival
            .take()
            .map(|arrival| arrival.received(Received::Media));
    }
}
