//! Video over HTTP: `/live/<channel>.flv`, one endless FLV file that starts at a key frame at once.

use super::viewer;
use crate::parts::Parts;
use crate::presence::Connection;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use tributary_domain::ChannelId;
use tributary_domain::text::AccountName;
use tributary_media::playback::Playback;

/// Any page may embed a player; nothing here depends on who asks.
const ANY_ORIGIN: (header::HeaderName, &str) = (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");

/// What is said of every video.
const HEADERS: [(header::HeaderName, &str); 4] = [
    (header::CONTENT_TYPE, "video/x-flv"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ANY_ORIGIN,
];

/// Plays a channel.
pub async fn play(
    State(parts): State<Parts>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let channel = match find(&parts, &file).await {
        Ok(channel) => channel,
        Err(refusal) => return refusal,
    };
    let Some(playback) = parts.hub.watch(&Parts::broadcast(channel)) else {
        return not_live();
    };
    // The broadcast begins with its first media, the stream with the key: the read model may be a
    // moment behind both. Who comes in that moment watches, and is not counted.
    let viewer = viewer::from_cookie(&parts, &headers).unwrap_or_else(|| viewer::stranger(&parts));
    let connection = match parts.core.views.current_stream(channel).await {
        Ok(stream) => stream.map(|stream| parts.presence.arrive(stream.id, channel, viewer)),
        Err(error) => {
            tracing::warn!(%error, "a viewer could not be counted");
            None
        }
    };
    let body = Body::from_stream(Watched {
        playback,
        _connection: connection,
    });
    (HEADERS, body).into_response()
}

/// Says what playing would bring. Nobody watches by that.
pub async fn describe(State(parts): State<Parts>, Path(file): Path<String>) -> Response {
    match find(&parts, &file).await {
        Ok(channel) if parts.hub.contains(&Parts::broadcast(channel)) => HEADERS.into_response(),
        Ok(_) => not_live(),
        Err(refusal) => refusal,
    }
}

/// The channel that a file plays.
async fn find(parts: &Parts, file: &str) -> Result<ChannelId, Response> {
    let Some(name) = file.strip_suffix(".flv") else {
        let why = "video is at /live/<channel>.flv";
        return Err(refuse(StatusCode::NOT_FOUND, why));
    };
    let nobody = || refuse(StatusCode::NOT_FOUND, "there is no such channel");
    // Not every text may be asked of a database: PostgreSQL takes no NUL.
    AccountName::new(name).map_err(|_| nobody())?;
    match parts.core.views.channel_named(name).await {
        Ok(channel) => channel.map(|channel| channel.id).ok_or_else(nobody),
        Err(error) => {
            tracing::error!(%error, "a channel could not be looked up");
            let why = "try again in a moment";
            Err(refuse(StatusCode::SERVICE_UNAVAILABLE, why))
        }
    }
}

fn not_live() -> Response {
    refuse(StatusCode::NOT_FOUND, "this channel is not live")
}

/// Answers a browser that asks before it plays from another origin.
pub async fn preflight() -> Response {
    let headers = [
        ANY_ORIGIN,
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "range"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn refuse(status: StatusCode, why: &'static str) -> Response {
    (status, [ANY_ORIGIN], format!("{why}\n")).into_response()
}

/// A playback that counts as a viewer for as long as its body lives.
struct Watched {
    playback: Playback,
    _connection: Option<Connection>,
}

impl Stream for Watched {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.playback).poll_next(context)
    }
}
