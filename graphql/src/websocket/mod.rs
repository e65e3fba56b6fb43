//! WebSocket: `GET /graphql/ws`, the protocol graphql-transport-ws.
//!
//! | file | what |
//! |---|---|
//! | `handshake` | from an HTTP request to a socket |
//! | `frame` | bytes ↔ messages, no IO |
//! | `protocol` | messages ↔ what is to be done, no IO |
//! | `connection` | the task of a socket, which puts them together |
//! | `operations` | what runs on it, gathered into one write |
//! | `introduction`, `deadlines` | who is there, and for how long |
//!
//! All of it is our own. tungstenite keeps two buffers for each socket and makes an object of each message;
//! here an idle socket has no buffer, and what everybody hears is copied once, into the bytes of a write.

mod connection;
mod deadlines;
pub mod frame;
pub mod handshake;
mod introduction;
mod operations;
mod protocol;

pub(crate) use protocol::Closing;

use crate::Fault;
use crate::api::Api;
use crate::executor::refusal;
use crate::messages::{Language, Sentence};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper_util::rt::TokioIo;

/// Takes a request for a socket.
pub(crate) async fn upgrade(State(api): State<Api>, mut request: Request) -> Response {
    let language = crate::http::language(request.headers());
    let refuse = |status, why| refuse(status, why, language);
    let offer = match handshake::read(request.method(), request.headers()) {
        Ok(offer) => offer,
        Err(refused) => return refuse(refused.status, refused.why),
    };
    let Some(upgrading) = request
        .extensions_mut()
        .remove::<hyper::upgrade::OnUpgrade>()
    else {
        return refuse(StatusCode::UPGRADE_REQUIRED, Sentence::NoSocket);
    };
    let is_ours = offer.speaks(protocol::NAME);
    let from = api.address(request.headers(), request.extensions());
    tokio::spawn(async move {
        match upgrading.await {
            Ok(io) => connection::serve(api, TokioIo::new(io), from, is_ours, language).await,
            Err(error) => tracing::debug!(%error, "a socket was not opened"),
        }
    });
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&offer.accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    if is_ours {
        let name = HeaderValue::from_static(protocol::NAME);
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, name);
    }
    response
}

fn refuse(status: StatusCode, why: Sentence, language: Language) -> Response {
    let refusal = refusal(Fault::BadInput(why), language);
    let body = serde_json::to_vec(&refusal).unwrap_or_default();
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if status == StatusCode::UPGRADE_REQUIRED {
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(
            header::SEC_WEBSOCKET_VERSION,
            HeaderValue::from_static("13"),
        );
    }
    response
}
