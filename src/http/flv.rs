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
use tributary_media::playback::Playback;

/// Any page may embed a player; nothing here depends on who asks.
const ANY_ORIGIN: (header::HeaderName, &str) = (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");

/// Plays a channel.
pub async fn play(
    State(parts): State<Parts>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(name) = file.strip_suffix(".flv") else {
        return refuse(StatusCode::NOT_FOUND, "video is at /live/<channel>.flv");
    };
    let views = &parts.core.views;
    let channel = match views.channel_named(name).await {
        Ok(Some(channel)) => channel.id,
        Ok(None) => return refuse(StatusCode::NOT_FOUND, "there is no such channel"),
        Err(error) => {
            tracing::error!(%error, "a channel could not be looked up");
            return refuse(StatusCode::SERVICE_UNAVAILABLE, "try again in a moment");
        }
    };
    let Some(playback) = parts.hub.watch(&Parts::broadcast(channel)) else {
        return refuse(StatusCode::NOT_FOUND, "this channel is not live");
    };
    // The broadcast begins with its first media, the stream with the key: the read model may be a
    // moment behind both. Who comes in that moment watches, and is not counted.
    let viewer = viewer::from_cookie(&parts, &headers).unwrap_or_else(|| viewer::stranger(&parts));
    let connection = match views.current_stream(channel).await {
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
    let headers = [
        (header::CONTENT_TYPE, "video/x-flv"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ANY_ORIGIN,
    ];
    (headers, body).into_response()
}

/// Answers a browser that asks before it plays from another origin.
pub async fn preflight() -> Response {
    let headers = [
        ANY_ORIGIN,
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, OPTIONS"),
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
