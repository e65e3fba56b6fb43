//! Server-sent events: the protocol graphql-sse in its mode of distinct connections. One response is one
//! operation: `next` for each result, `complete` at the end.
//!
//! An item of a resumable feed has its cursor as the event's `id`, so a browser's `EventSource` comes back
//! with it in `Last-Event-ID` by itself, and goes on where it stopped.

mod body;

use crate::api::Api;
use crate::auth::Caller;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Answers an operation as a stream of events. `headers` are the request's.
pub(crate) fn answer(
    api: &Api,
    request: async_graphql::Request,
    caller: Caller,
    headers: &HeaderMap,
) -> Response {
    let resume = headers
        .get(LAST_EVENT_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|cursor| !cursor.is_empty());
    let events = body::Events::begin(api, request, caller, resume);
    let mut response = Body::from_stream(events).into_response();
    let headers = response.headers_mut();
    let media_type = HeaderValue::from_static("text/event-stream; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // A proxy that gathers events would hold back each until the next one.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    headers.insert(unbuffered, HeaderValue::from_static("no"));
    response
}
