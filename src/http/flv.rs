//! Video over HTTP: `/live/<channel>.flv`, one endless FLV file that starts at a key frame at once; and
//! the same over WebSocket.

use super::delivery::{Delivery, Framing};
use super::known::Known;
use super::refusal::{NOT_LIVE, Refusal};
use super::takeover::Takeover;
use super::videos::{Asked, Videos};
use super::viewer;
use crate::admission::admit;
use crate::parts::Parts;
use axum::extract::{Path, Query, State};
use axum::http::{Extensions, HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tributary_domain::ViewerId;
use tributary_graphql::messages::Language;
use tributary_graphql::socket::handshake;

/// What is said of every video.
const HEADERS: [(header::HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "video/x-flv"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// How a date is written in a header.
const DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

impl Videos {
    async fn play(
        &self,
        file: &str,
        ticket: Option<&str>,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Response, Refusal> {
        let parts = &self.parts;
        let takeover = extensions.get::<Takeover>().ok_or(NO_SOCKET)?;
        let visitor = self.visitor(headers, extensions)?;
        self.spend(&visitor)?;
        let accept = self.accept(headers)?;
        let known = find(self, file).await?;
        let (channel, stream) = (known.channel, known.stream.as_deref());
        let admitted = admit(parts, channel, stream, ticket, visitor.account)?;
        let leave = admitted.leave(known.mark);
        let playback = parts.hub.watch(&Parts::broadcast(channel), leave);
        let playback = playback.ok_or(NOT_LIVE)?;
        let viewer = visitor
            .account
            .or(admitted.ticket.and_then(|ticket| ticket.account))
            .map(ViewerId::Account)
            .or_else(|| viewer::from_cookie(parts, headers))
            .unwrap_or_else(|| viewer::stranger(parts));
        let arrival = stream.map(|stream| parts.presence.arrive(stream.id, channel, viewer));
        let framing = match accept {
            Some(_) => Framing::WebSocket,
            None => Framing::Plain,
        };
        takeover.follow_with(Delivery::new(playback, framing, arrival));
        let date = parts.core.env().now().format(DATE).to_string();
        let dated = [(header::DATE, date)];
        Ok(match accept {
            None => (HEADERS, dated).into_response(),
            Some(accept) => {
                let upgraded = [
                    (header::CONNECTION, "Upgrade"),
                    (header::UPGRADE, "websocket"),
                ];
                let accept = [(header::SEC_WEBSOCKET_ACCEPT, accept)];
                (StatusCode::SWITCHING_PROTOCOLS, upgraded, accept, dated).into_response()
            }
        })
    }

    /// What to answer a client with that wants its video over WebSocket. A page of any origin may open
    /// one, so the origin is looked at here.
    fn accept(&self, headers: &HeaderMap) -> Result<Option<String>, Refusal> {
        if !handshake::is_asked_for(headers) {
            return Ok(None);
        }
        let offer = handshake::read(&Method::GET, headers).map_err(|refused| {
            let why = refused.why.say(Language::English);
            Refusal::saying(refused.status, why)
        })?;
        if !self.origins().admit(headers) {
            let why = "pages of this origin may not play videos here";
            return Err(Refusal::new(StatusCode::FORBIDDEN, why));
        }
        Ok(Some(offer.accept))
    }
}

/// Plays a channel.
pub async fn play(
    State(videos): State<Videos>,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    let ticket = asked.ticket.as_deref();
    let played = videos.play(&file, ticket, &headers, &extensions).await;
    videos.shown(&headers, played)
}

/// Says what playing would bring. Nobody watches by that.
pub async fn describe(
    State(videos): State<Videos>,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    let described = async {
        let parts = &videos.parts;
        let visitor = videos.visitor(&headers, &extensions)?;
        videos.spend(&visitor)?;
        let known = find(&videos, &file).await?;
        let (stream, ticket) = (known.stream.as_deref(), asked.ticket.as_deref());
        admit(parts, known.channel, stream, ticket, visitor.account)?;
        Ok::<_, Refusal>(HEADERS)
    };
    videos.shown(&headers, described.await)
}

/// The channel that a file plays.
async fn find(videos: &Videos, file: &str) -> Result<Known, Refusal> {
    let Some(name) = file.strip_suffix(".flv") else {
        let why = "video is at /live/<channel>.flv and /live/<channel>/master.m3u8";
        return Err(Refusal::new(StatusCode::NOT_FOUND, why));
    };
    let is_there = |key: &str| videos.parts.hub.contains(key);
    videos.known(name, is_there).await
}

const NO_SOCKET: Refusal = Refusal::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "video is served by the listener alone",
);
