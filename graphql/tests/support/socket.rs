//! A client of graphql-transport-ws, over a real socket.

use super::within;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Connects and says nothing.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = within("a connection", TcpStream::connect(address)).await;
        Self::shake_hands(stream.unwrap(), address).await
    }

    async fn shake_hands(stream: TcpStream, address: SocketAddr) -> Self {
        let mut request = format!("ws://{address}/graphql/ws")
            .into_client_request()
            .unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let stream = MaybeTlsStream::Plain(stream);
        let connected = tokio_tungstenite::client_async(request, stream);
        let (stream, response) = within("a socket", connected).await.unwrap();
        assert_eq!(
            response.headers()["sec-websocket-protocol"],
            "graphql-transport-ws"
        );
        Self { stream }
    }

    /// Says who is there, nobody, over a connection of the test's own.
    pub(crate) async fn over(stream: TcpStream, address: SocketAddr) -> Self {
        let mut socket = Self::shake_hands(stream, address).await;
        socket.init(None).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        socket
    }

    /// Connects and says who is there.
    pub(crate) async fn open(address: SocketAddr, token: Option<&str>) -> Self {
        let mut socket = Self::connect(address).await;
        socket.init(token).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        socket
    }

    pub(crate) async fn init(&mut self, token: Option<&str>) {
        let payload = match token {
            Some(token) => json!({"authorization": format!("Bearer {token}")}),
            None => json!({}),
        };
        self.send(json!({"type": "connection_init", "payload": payload}))
            .await;
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.send_text(message.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: String) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({"query": query, "variables": variables});
        self.send(json!({"type": "subscribe", "id": id, "payload": payload}))
            .await;
    }

    async fn next_frame(&mut self) -> Message {
        loop {
            let message = within("a message", self.stream.next()).await;
            match message.expect("the socket is open").unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    /// The next message of the protocol.
    pub(crate) async fn next(&mut self) -> Value {
        match self.next_frame().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("no message but {other:?}"),
        }
    }

    /// The data of the next item of a subscription.
    pub(crate) async fn item(&mut self, field: &str) -> Value {
        let message = self.next().await;
        assert_eq!(message["type"], "next", "{message}");
        assert_eq!(message["payload"].get("errors"), None, "{message}");
        message["payload"]["data"][field].clone()
    }

    /// The code of the error that ends a subscription.
    pub(crate) async fn error(&mut self) -> String {
        let message = self.next().await;
        assert_eq!(message["type"], "error", "{message}");
        let code = message["payload"][0]["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("no error: {message}"))
            .to_owned()
    }

    /// The code that the server closes with.
    pub(crate) async fn closed(&mut self) -> u16 {
        match self.next_frame().await {
            Message::Close(Some(frame)) => frame.code.into(),
            other => panic!("not closed but {other:?}"),
        }
    }
}

impl Socket {
    /// The next message, or the code that the server closes with.
    pub(crate) async fn next_or_closed(&mut self) -> Result<Value, u16> {
        match self.next_frame().await {
            Message::Text(text) => Ok(serde_json::from_str(&text).unwrap()),
            Message::Close(Some(frame)) => Err(frame.code.into()),
            other => panic!("neither a message nor closed but {other:?}"),
        }
    }
}

impl Socket {
    /// Waits for a ping; reading it answers it.
    pub(crate) async fn ping_received(&mut self) {
        match within("a ping", self.stream.next()).await {
            Some(Ok(Message::Ping(_))) => {}
            other => panic!("no ping but {other:?}"),
        }
    }
}

impl Socket {
    /// Reads without ever answering, until the server hangs up.
    pub(crate) async fn until_dropped(&mut self) {
        let mut bytes = Vec::new();
        let read = self.stream.get_mut().read_to_end(&mut bytes);
        // A reset is an end, too.
        let _ended = within("the server to hang up", read).await;
    }
}
