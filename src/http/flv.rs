//! Video over HTTP: `/live/<channel>.flv`, one endless FLV file that starts at a key frame at once.

use super::delivery::Delivery;
use super::takeover::Takeover;
use super::viewer;
use crate::parts::Parts;
use axum::extract::{Path, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;
use tributary_domain::text::AccountName;
use tributary_domain::{ChannelId, ViewerId};
use tributary_graphql::rate::Deed;
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
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Response, Refusal> {
        let parts = &self.parts;
        let takeover = extensions.get::<Takeover>().ok_or(NO_SOCKET)?;
        let visitor = self.visitor(headers, extensions)?;
        let channel = find(parts, file).await?;
        let playback = parts.hub.watch(&Parts::broadcast(channel));
        let playback = playback.ok_or(NOT_LIVE)?;
        // The broadcast begins with its first media, the stream with the key: the read model may be a
        // moment behind both. Who comes in that moment watches, and is not counted.
        let viewer = visitor
            .account
            .map(ViewerId::Account)
            .or_else(|| viewer::from_cookie(parts, headers))
            .unwrap_or_else(|| viewer::stranger(parts));
        let arrival = match parts.core.views.current_stream(channel).await {
            Ok(stream) => stream.map(|stream| parts.presence.arrive(stream.id, channel, viewer)),
            Err(error) => {
                tracing::warn!(%error, "a viewer could not be counted");
                None
            }
        };
        takeover.follow_with(Delivery::new(playback, arrival));
        let date = parts.core.env().now().format(DATE).to_string();
        Ok((HEADERS, [(header::DATE, date)]).into_response())
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
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    let played = videos.play(&file, &headers, &extensions).await;
    videos.shown(&headers, played)
}

/// Says what playing would bring. Nobody watches by that.
pub async fn describe(
    State(videos): State<Videos>,
    Path(file): Path<String>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    let described = async {
        videos.visitor(&headers, &extensions)?;
        let channel = find(&videos.parts, &file).await?;
        let is_live = videos.parts.hub.contains(&Parts::broadcast(channel));
        is_live.then_some(HEADERS).ok_or(NOT_LIVE)
    };
    videos.shown(&headers, described.await)
}

/// Answers a browser that asks before it plays from another origin.
pub async fn preflight(State(videos): State<Videos>, headers: HeaderMap) -> Response {
    let origins = videos.origins();
    origins.preflight(&headers, METHODS, REQUEST_HEADERS)
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
            let why = "try again in a moment";
            Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, why))
        }
    }
}

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
            status,
            why: fault.to_string().into(),
            retry_after: fault.retry_after(),
        }
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
