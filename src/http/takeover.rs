//! How a video takes a connection over from HTTP.
//!
//! A video is thousands of writes of bytes that everybody shares. Under hyper each would be framed as a
//! chunk, queued and flushed, and each viewer would keep the buffers of a request that is long over. So
//! the answer's head is written here, the body is what the connection carries from then on until it
//! closes, and everything of HTTP is let go of before the first frame.

use super::connection::Socket;
use super::delivery::Delivery;
use axum::http::{Request, Response, header};
use axum::response::IntoResponse as _;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tower::{Service, ServiceExt as _};

/// What an answer to a request on this connection is taken over by. Travels with the request.
#[derive(Clone, Default)]
pub struct Takeover(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    is_due: Notify,
}

#[derive(Default)]
struct State {
    delivery: Option<Delivery>,
    head: Option<Vec<u8>>,
}

impl Takeover {
    /// Has the answer that the caller is about to give followed by a video, on the same connection.
    pub fn follow_with(&self, delivery: Delivery) {
        self.state().delivery = Some(delivery);
    }

    /// Has a request answered, unless a video follows the answer: then that waits for
    /// [`Self::due`], and HTTP never hears of an answer.
    pub async fn answer<S, B>(
        self,
        service: S,
        mut request: Request<B>,
    ) -> Result<Response<axum::body::Body>, Infallible>
    where
        S: Service<Request<B>, Response = Response<axum::body::Body>, Error = Infallible>,
    {
        request.extensions_mut().insert(self.clone());
        let response = service.oneshot(request).await?;
        if !self.is_followed() {
            return Ok(response);
        }
        let Some(head) = head(&response) else {
            self.state().delivery = None;
            return Ok(axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response());
        };
        self.state().head = Some(head);
        self.0.is_due.notify_one();
        pending().await
    }

    fn is_followed(&self) -> bool {
        self.state().delivery.is_some()
    }

    /// Waits until the connection is to be taken over: the answer's head, and what follows.
    pub async fn due(&self) -> (Vec<u8>, Delivery) {
        loop {
            self.0.is_due.notified().await;
            let mut state = self.state();
            if let (Some(head), Some(delivery)) = (state.head.take(), state.delivery.take()) {
                return (head, delivery);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer's head as it is sent. What it says of its length is left out: the body ends with the
/// connection. None if a header is no text.
fn head<B>(response: &Response<B>) -> Option<Vec<u8>> {
    let mut head = format!("HTTP/1.1 {}\r\n", response.status());
    let mut is_upgrade = false;
    for (name, value) in response.headers() {
        if name == header::CONTENT_LENGTH || name == header::TRANSFER_ENCODING {
            continue;
        }
        is_upgrade |= name == header::UPGRADE;
        write!(head, "{name}: {}\r\n", value.to_str().ok()?).ok()?;
    }
    head.push_str(if is_upgrade {
        "\r\n"
    } else {
        "connection: close\r\n\r\n"
    });
    Some(head.into_bytes())
}

/// What a connection becomes once HTTP is done with it.
pub async fn deliver(socket: &Socket, head: Vec<u8>, delivery: Delivery) {
    if socket.is_blocked() {
        // A client that asked for a video behind an answer that it has not taken: what of that is
        // left was in HTTP's buffers.
        tracing::debug!("a video was asked for before an answer was taken");
        return;
    }
    delivery.run(socket.tcp(), head).await;
}
