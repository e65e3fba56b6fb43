//! A GraphQL subscription over graphql-transport-ws.

use super::api::Api;
use super::in_time;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Message, http::HeaderValue};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// One subscription on a socket of its own.
pub struct Feed {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Feed {
    pub async fn open(api: &Api, document: &str, variables: Value) -> Self {
        let url = format!("{}/graphql/ws", api.http.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let (socket, _) = in_time("a socket opens", connect_async(request))
            .await
            .unwrap();
        let mut feed = Self { socket };
        let init = match &api.token {
            Some(token) => json!({ "authorization": format!("Bearer {token}") }),
            None => json!({}),
        };
        feed.send(json!({ "type": "connection_init", "payload": init }))
            .await;
        assert_eq!(feed.receive().await["type"], "connection_ack");
        let payload = json!({ "query": document, "variables": variables });
        feed.send(json!({ "id": "1", "type": "subscribe", "payload": payload }))
            .await;
        feed
    }

    async fn send(&mut self, message: Value) {
        self.socket
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    async fn receive(&mut self) -> Value {
        let message = in_time("a message comes", self.receive_if_open()).await;
        message.expect("the socket is open")
    }

    /// The next message; `None` when the server is gone.
    async fn receive_if_open(&mut self) -> Option<Value> {
        loop {
            match self.socket.next().await?.ok()? {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    match message["type"].as_str() {
                        Some("ping") => self.send(json!({ "type": "pong" })).await,
                        _ => return Some(message),
                    }
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("an unexpected message: {other:?}"),
            }
        }
    }

    /// The next item's data.
    pub async fn next(&mut self) -> Value {
        let message = self.receive().await;
        Self::item(message)
    }

    /// The next item's data, however long that takes; `None` when the feed has ended, be it with a
    /// fault or because the server is gone.
    pub async fn next_if_open(&mut self) -> Option<Value> {
        let message = self.receive_if_open().await?;
        let goes_on = message["type"] == "next" && message["payload"].get("errors").is_none();
        goes_on.then(|| Self::item(message))
    }

    fn item(mut message: Value) -> Value {
        assert_eq!(message["type"], "next", "{message:#}");
        assert!(message["payload"].get("errors").is_none(), "{message:#}");
        message["payload"]["data"].take()
    }

    /// The first item that `wanted` finds something in.
    pub async fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(&Value) -> Option<T>) -> T {
        in_time(what, async {
            loop {
                if let Some(found) = wanted(&self.next().await) {
                    return found;
                }
            }
        })
        .await
    }
}
