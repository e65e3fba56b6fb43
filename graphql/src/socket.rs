//! WebSocket: `GET /graphql/ws`, the protocol graphql-transport-ws.
//!
//! async-graphql speaks the protocol; what it leaves out is done here: sizes, timeouts, close codes
//! that clients of the protocol know, and the end of a socket whose token ends.

use crate::Fault;
use crate::api::Api;
use crate::auth::{Caller, bearer};
use crate::executor::{SocketExecutor, refusal};
use crate::messages::{Language, Sentence};
use async_graphql::Data;
use async_graphql::http::{WebSocket as Protocol, WebSocketProtocols, WsMessage};
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures::stream::{self, SplitSink, SplitStream};
use futures::{FutureExt as _, SinkExt as _, Stream, StreamExt as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, timeout};

const PROTOCOL: &str = "graphql-transport-ws";

/// A socket's buffers. tungstenite's own default of 128 KiB for each costs twenty times the memory.
const READ_BUFFER_BYTES: usize = 4 * 1024;
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// Messages that are written before they are flushed together.
const BATCH_MAX: usize = 64;

/// How long a client may take to read what is written to it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest reason that fits into a close frame.
const REASON_BYTES_MAX: usize = 123;

/// Close codes, by what they say. Those from 4000 on are graphql-transport-ws's.
mod code {
    pub(super) const GOING_AWAY: u16 = 1001;
    pub(super) const TOO_LARGE: u16 = 1009;
    pub(super) const BAD_REQUEST: u16 = 4400;
    pub(super) const UNAUTHORIZED: u16 = 4401;
    pub(super) const FORBIDDEN: u16 = 4403;
    pub(super) const INIT_TIMEOUT: u16 = 4408;
}

pub(crate) async fn upgrade(
    State(api): State<Api>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let language = crate::http::language(&headers);
    let upgrade = upgrade.protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        let fault = Fault::BadInput(Sentence::AnotherSubprotocol { wanted: PROTOCOL });
        let body = serde_json::to_vec(&refusal(fault, language)).unwrap_or_default();
        let json = [(axum::http::header::CONTENT_TYPE, "application/json")];
        return (StatusCode::BAD_REQUEST, json, body).into_response();
    }
    let bytes_max = api.shared.settings.body_bytes_max;
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        // Twice what is taken: a message just over the limit is told so.
        .max_message_size(bytes_max * 2)
        .max_frame_size(bytes_max * 2)
        .on_upgrade(move |socket| serve(api, socket, language))
}

/// How far a socket has come.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stage {
    /// `connection_init` has not come yet.
    Opened,
    /// It has, with this caller.
    Known(Caller),
    /// It has, with a token that is no good.
    Refused,
}

/// What the reading half of a socket has seen.
#[derive(Default)]
struct Seen {
    anything: AtomicBool,
    too_large: AtomicBool,
}

async fn serve(api: Api, socket: WebSocket, language: Language) {
    let (mut sink, stream) = socket.split();
    let seen = Arc::new(Seen::default());
    let (stage, mut stages) = watch::channel(Stage::Opened);
    let incoming = incoming(
        stream,
        Arc::clone(&seen),
        api.shared.settings.body_bytes_max,
    );
    let init = {
        let (api, stage) = (api.clone(), stage.clone());
        move |payload| async move {
            let caller = caller(&api, &payload, language);
            stage.send_replace(caller.as_ref().map_or(Stage::Refused, |c| Stage::Known(*c)));
            let mut data = Data::default();
            data.insert(caller?);
            Ok(data)
        }
    };
    let executor = SocketExecutor::new(api.clone());
    let protocol =
        Protocol::new(executor, incoming, WebSocketProtocols::GraphQLWS).on_connection_init(init);
    let mut protocol = Box::pin(protocol.fuse());

    let settings = &api.shared.settings;
    let deadline = tokio::time::sleep(settings.init_timeout);
    tokio::pin!(deadline);
    let mut ping = tokio::time::interval(settings.ping_interval);
    // After a write that took long, the client has a whole interval to show that it is there.
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ping.reset();
    let mut quiet = false;
    loop {
        tokio::select! {
            biased;
            () = api.shared.closing.cancelled() => {
                return close(&mut sink, code::GOING_AWAY, "the server is stopping").await;
            }
            () = &mut deadline => {
                let (code, reason) = match *stages.borrow() {
                    Stage::Known(_) => (code::FORBIDDEN, "the access token has expired"),
                    Stage::Opened | Stage::Refused => {
                        (code::INIT_TIMEOUT, "Connection initialisation timeout")
                    }
                };
                return close(&mut sink, code, reason).await;
            }
            Ok(()) = stages.changed() => {
                if let Stage::Known(caller) = *stages.borrow() {
                    deadline.as_mut().reset(end_of(&api, caller));
                }
            }
            _ = ping.tick() => {
                if seen.anything.swap(false, Relaxed) {
                    quiet = false;
                } else if quiet {
                    // Two intervals without a sign of life: nobody would read a reason.
                    return;
                } else {
                    quiet = true;
                }
                if !send(&mut sink, [Message::Ping(Bytes::new())]).await {
                    return;
                }
            }
            message = protocol.next() => match message {
                Some(WsMessage::Text(text)) => {
                    let mut batch = vec![Message::Text(text.into())];
                    let mut ended = None;
                    while batch.len() < BATCH_MAX {
                        match protocol.next().now_or_never() {
                            Some(Some(WsMessage::Text(text))) => {
                                batch.push(Message::Text(text.into()));
                            }
                            Some(Some(WsMessage::Close(code, reason))) => {
                                ended = Some((code, reason));
                                break;
                            }
                            Some(None) | None => break,
                        }
                    }
                    if !send(&mut sink, batch).await {
                        return;
                    }
                    if let Some((code, reason)) = ended {
                        let code = translated(code, *stages.borrow());
                        return close(&mut sink, code, &reason).await;
                    }
                }
                Some(WsMessage::Close(code, reason)) => {
                    let code = translated(code, *stages.borrow());
                    return close(&mut sink, code, &reason).await;
                }
                None if seen.too_large.load(Relaxed) => {
                    return close(&mut sink, code::TOO_LARGE, "the message is too large").await;
                }
                None => return,
            }
        }
    }
}

/// The messages that a client sends, up to the first that cannot be taken.
fn incoming(
    stream: SplitStream<WebSocket>,
    seen: Arc<Seen>,
    bytes_max: usize,
) -> impl Stream<Item = Bytes> {
    stream::unfold((stream, seen), move |(mut stream, seen)| async move {
        loop {
            let message = stream.next().await?.ok()?;
            seen.anything.store(true, Relaxed);
            let data = match message {
                Message::Text(text) => Bytes::from(text),
                Message::Binary(data) => data,
                Message::Ping(_) | Message::Pong(_) => continue,
                Message::Close(_) => return None,
            };
            if data.len() > bytes_max {
                seen.too_large.store(true, Relaxed);
                return None;
            }
            return Some((data, (stream, seen)));
        }
    })
}

/// Who a `connection_init` says is there. They read what it says, or else what the handshake said.
fn caller(api: &Api, payload: &serde_json::Value, language: Language) -> Result<Caller, Fault> {
    let language = Language::of_init(payload).unwrap_or(language);
    let authorization = match payload
        .get("authorization")
        .or(payload.get("Authorization"))
    {
        None | Some(serde_json::Value::Null) => {
            let identity = None;
            return Ok(Caller { identity, language });
        }
        Some(value) => value,
    };
    let not_a_text = Fault::Unauthenticated(Sentence::AuthorizationNotText);
    let token = bearer(authorization.as_str().ok_or(not_a_text)?)?;
    let now = api.shared.log.environment().now();
    let identity = api.shared.tokens.check_access(token, now)?;
    Ok(Caller {
        identity: Some(identity),
        language,
    })
}

/// When the socket of a caller ends: with the token; a stranger's never.
fn end_of(api: &Api, caller: Caller) -> Instant {
    const NEVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let now = api.shared.log.environment().now();
    let left = caller.identity.map(|identity| identity.expires_at - now);
    let left = left.map_or(NEVER, |left| left.to_std().unwrap_or_default());
    Instant::now() + left.min(NEVER)
}

/// async-graphql closes with codes of WebSocket itself; clients look for those of the protocol.
fn translated(code: u16, stage: Stage) -> u16 {
    match (code, stage) {
        (1002, Stage::Refused) => code::FORBIDDEN,
        (1002, Stage::Opened | Stage::Known(_)) => code::BAD_REQUEST,
        (1011, _) => code::UNAUTHORIZED,
        (code, _) => code,
    }
}

/// Writes messages and flushes them; false when the socket is gone, or its client does not read.
async fn send(
    sink: &mut SplitSink<WebSocket, Message>,
    messages: impl IntoIterator<Item = Message>,
) -> bool {
    let written = async {
        for message in messages {
            sink.feed(message).await?;
        }
        sink.flush().await
    };
    matches!(timeout(WRITE_TIMEOUT, written).await, Ok(Ok(())))
}

async fn close(sink: &mut SplitSink<WebSocket, Message>, code: u16, reason: &str) {
    let mut end = reason.len().min(REASON_BYTES_MAX);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let frame = CloseFrame {
        code,
        reason: reason[..end].to_owned().into(),
    };
    let _gone = send(sink, [Message::Close(Some(frame))]).await;
}
