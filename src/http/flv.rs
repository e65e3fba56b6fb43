//! Video over HTTP: `/live/<channel>.flv`, one endless FLV file that starts at a key frame at once; and
//! the same over WebSocket.

use super::delivery::{Delivery, Framing};
use super::takeover::Takeover;
use super::viewer;
use crate::admission::{self, NotAdmitted, admit};
use crate::parts::Parts;
use axum::extract::{Path, Query, State};
use axum::http::{Extensions, HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::borrow::Cow;
use tributary_domain::text::AccountName;
use tributary_domain::{ChannelId, ViewerId};
use tributary_graphql::messages::Language;
use tributary_graphql::rate::Deed;
use tributary_graphql::socket::handshake;
use tributary_graphql::{Api, Fault, Origins, Visitor};

/// What is said of every video.
const HEADERS: [(header::HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "video/x-flv"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// How a date is written in a header.
const DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// The methods of a video, and what a page of another origin may send along.
const METHODS: &str = "GET, HEAD, OPTIONS";
const REQUEST_HEADERS: &str = "authorization, range";

/// What plays videos.
#[derive(Clone)]
pub struct Videos {
    /// The server's parts.
    pub parts: Parts,
    /// Knows who asks, and how often they may.
    pub api: Api,
}

impl Videos {
    fn origins(&self) -> &Origins {
        &self.parts.core.settings.access.video_origins
    }

    /// Lets pages of other origins see an answer.
    fn shown(&self, request: &HeaderMap, answer: impl IntoResponse) -> Response {
        let mut response = answer.into_response();
        self.origins().allow(request, response.headers_mut());
        response
    }

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
        let accept = self.accept(headers)?;
        let channel = find(parts, file).await?;
        let playback = parts.hub.watch(&Parts::broadcast(channel));
        let playback = playback.ok_or(NOT_LIVE)?;
        let stream = admission::current_stream(parts, channel)
            .await
            .ok_or(TRY_AGAIN)?;
        let ticket = admit(parts, channel, stream.as_ref(), ticket, visitor.account)?;
        let viewer = visitor
            .account
            .or(ticket.and_then(|ticket| ticket.account))
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

    /// Who asks, if they have not asked too often.
    fn visitor(&self, headers: &HeaderMap, extensions: &Extensions) -> Result<Visitor, Refusal> {
        let visitor = self.api.visitor(headers, extensions);
        let visitor = visitor.map_err(|fault| Refusal::of(StatusCode::UNAUTHORIZED, &fault))?;
        let spent = self.api.rates().spend(Deed::Video, visitor.who, 1);
        spent.map_err(|fault| Refusal::of(StatusCode::TOO_MANY_REQUESTS, &fault))?;
        Ok(visitor)
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
        let channel = find(parts, &file).await?;
        if !parts.hub.contains(&Parts::broadcast(channel)) {
            return Err(NOT_LIVE);
        }
        let stream = admission::current_stream(parts, channel)
            .await
            .ok_or(TRY_AGAIN)?;
        let ticket = asked.ticket.as_deref();
        admit(parts, channel, stream.as_ref(), ticket, visitor.account)?;
        Ok(HEADERS)
    };
    videos.shown(&headers, described.await)
}

/// Answers a browser that asks before it plays from another origin.
pub async fn preflight(State(videos): State<Videos>, headers: HeaderMap) -> Response {
    let origins = videos.origins();
    origins.preflight(&headers, METHODS, REQUEST_HEADERS)
}

/// What stands behind the `?` of a video's address.
#[derive(Deserialize)]
pub struct Asked {
    ticket: Option<String>,
}

/// The channel that a file plays.
async fn find(parts: &Parts, file: &str) -> Result<ChannelId, Refusal> {
    let Some(name) = file.strip_suffix(".flv") else {
        let why = "video is at /live/<channel>.flv";
        return Err(Refusal::new(StatusCode::NOT_FOUND, why));
    };
    let nobody = || Refusal::new(StatusCode::NOT_FOUND, "there is no such channel");
    // Not every text may be asked of a database: PostgreSQL takes no NUL.
    AccountName::new(name).map_err(|_| nobody())?;
    match parts.core.views.channel_named(name).await {
        Ok(channel) => channel.map(|channel| channel.id).ok_or_else(nobody),
        Err(error) => {
            tracing::error!(%error, "a channel could not be looked up");
            Err(TRY_AGAIN)
        }
    }
}

const TRY_AGAIN: Refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "try again in a moment");

const NO_SOCKET: Refusal = Refusal::new(
    StatusCode::INTERNAL_SERVER_ERROR,
    "video is served by the listener alone",
);

const NOT_LIVE: Refusal = Refusal::new(StatusCode::NOT_FOUND, "this channel is not live");

/// Why there is no video.
struct Refusal {
    status: StatusCode,
    why: Cow<'static, str>,
    retry_after: Option<u32>,
}

impl Refusal {
    const fn new(status: StatusCode, why: &'static str) -> Self {
        Self {
            status,
            why: Cow::Borrowed(why),
            retry_after: None,
        }
    }

    fn of(status: StatusCode, fault: &Fault) -> Self {
        Self {
            retry_after: fault.retry_after(),
            ..Self::saying(status, fault.to_string())
        }
    }

    fn saying(status: StatusCode, why: String) -> Self {
        Self {
            status,
            why: why.into(),
            retry_after: None,
        }
    }
}

impl From<NotAdmitted> for Refusal {
    fn from(why: NotAdmitted) -> Self {
        Self::saying(StatusCode::FORBIDDEN, why.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, format!("{}\n", self.why)).into_response();
        if let Some(seconds) = self.retry_after {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
