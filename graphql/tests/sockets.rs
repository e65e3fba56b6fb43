//! The socket itself: who is there, how much it takes, how it ends.

use crate::support::{PASSWORD, REGISTERED, Server, Socket, within};
use chrono::TimeDelta;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tributary_graphql::ApiSettings;
use tributary_store::testing::Engine;

#[tokio::test]
async fn a_socket_knows_who_opened_it() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let address = server.listen().await;
    let query = "{ me { name } }";
    let mut socket = Socket::open(address, ada.token.as_deref()).await;
    socket.subscribe("1", query, json!({})).await;
    assert_eq!(socket.item("me").await, json!({"name": "ada"}));
    let mut socket = Socket::open(address, None).await;
    socket.subscribe("1", query, json!({})).await;
    assert_eq!(socket.item("me").await, json!(null));
}

#[tokio::test]
async fn a_token_that_is_no_good_closes_the_socket() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let address = server.listen().await;
    let mut socket = Socket::connect(address).await;
    socket.init(Some("nonsense")).await;
    assert_eq!(socket.closed().await, 4403);
    server.clock.advance(TimeDelta::minutes(15));
    let mut socket = Socket::connect(address).await;
    socket.init(ada.token.as_deref()).await;
    assert_eq!(socket.closed().await, 4403);
}

#[tokio::test]
async fn a_socket_ends_with_its_token() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let address = server.listen().await;
    // Half a second is left of the token's life: the server's clock stands, the socket's does not.
    server
        .clock
        .advance(TimeDelta::minutes(15) - TimeDelta::milliseconds(500));
    let mut socket = Socket::open(address, ada.token.as_deref()).await;
    assert_eq!(socket.closed().await, 4403);
}

#[tokio::test]
async fn a_socket_that_does_not_begin_is_closed() {
    let settings = ApiSettings {
        init_timeout: Duration::from_millis(100),
        ..Default::default()
    };
    let server = Server::start_with(Engine::Sqlite, settings).await;
    let address = server.listen().await;
    let mut silent = Socket::connect(address).await;
    assert_eq!(silent.closed().await, 4408);
    let mut hasty = Socket::connect(address).await;
    hasty.subscribe("1", "{ headPosition }", json!({})).await;
    assert_eq!(hasty.closed().await, 4401);
    let mut twice = Socket::open(address, None).await;
    twice.init(None).await;
    assert_eq!(twice.closed().await, 4429);
}

#[tokio::test]
async fn nonsense_and_too_much_close_the_socket_with_a_reason() {
    let server = Server::start().await;
    let address = server.listen().await;
    let mut socket = Socket::open(address, None).await;
    socket.send_text("nonsense".to_owned()).await;
    assert_eq!(socket.closed().await, 4400);
    let mut socket = Socket::open(address, None).await;
    // An unknown word stands in the reason, which must still fit into its frame.
    socket.send(json!({"type": "x".repeat(10_000)})).await;
    assert_eq!(socket.closed().await, 4400);
    let mut socket = Socket::open(address, None).await;
    socket
        .send_text(format!("{{\"type\":{}", "[".repeat(100_000)))
        .await;
    assert_eq!(socket.closed().await, 4400);
    let mut socket = Socket::open(address, None).await;
    socket.send_text("x".repeat(300_000)).await;
    assert_eq!(socket.closed().await, 1009);
    let mut socket = Socket::open(address, None).await;
    socket.subscribe("1", "{ headPosition }", json!({})).await;
    assert!(socket.item("headPosition").await.is_string());
}

#[tokio::test]
async fn a_socket_carries_so_many_subscriptions() {
    let settings = ApiSettings {
        subscriptions_max: 2,
        ..Default::default()
    };
    let server = Server::start_with(Engine::Sqlite, settings).await;
    let mut socket = Socket::open(server.listen().await, None).await;
    let query = "subscription { liveStreams { streams { id } } }";
    for id in ["1", "2"] {
        socket.subscribe(id, query, json!({})).await;
        assert_eq!(socket.item("liveStreams").await["streams"], json!([]));
    }
    socket.subscribe("3", query, json!({})).await;
    assert_eq!(socket.error().await, "RATE_LIMITED");
    // One that ends makes room.
    socket.send(json!({"type": "complete", "id": "1"})).await;
    socket.subscribe("4", query, json!({})).await;
    assert_eq!(socket.item("liveStreams").await["streams"], json!([]));
}

#[tokio::test]
async fn a_client_that_answers_pings_stays_and_one_that_does_not_is_let_go() {
    let settings = ApiSettings {
        ping_interval: Duration::from_millis(50),
        ..Default::default()
    };
    let server = Server::start_with(Engine::Sqlite, settings).await;
    let address = server.listen().await;
    let mut socket = Socket::open(address, None).await;
    for _ in 0..5 {
        socket.ping_received().await;
    }
    socket.subscribe("1", "{ headPosition }", json!({})).await;
    assert!(socket.item("headPosition").await.is_string());
    // Its bytes are read, and none is answered.
    socket.until_dropped().await;
}

#[tokio::test]
async fn another_protocol_is_refused() {
    let server = Server::start().await;
    let address = server.listen().await;
    for protocol in [None, Some("graphql-ws"), Some("nonsense")] {
        let (head, frame) = within("a refusal", raw(address, protocol)).await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        assert!(
            !head.to_lowercase().contains("sec-websocket-protocol"),
            "{head}"
        );
        assert_eq!(frame[0], 0x88, "{protocol:?}");
        assert_eq!(frame[2..4], 4406_u16.to_be_bytes(), "{protocol:?}");
    }
}

/// The head of the answer to an upgrade, and the first frame behind it.
async fn raw(address: SocketAddr, protocol: Option<&str>) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let protocol = protocol.map(|name| format!("sec-websocket-protocol: {name}\r\n"));
    let request = format!(
        "GET /graphql/ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
        protocol.unwrap_or_default()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    loop {
        stream.read_buf(&mut bytes).await.unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end.filter(|end| bytes.len() >= end + 8) {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            return (head, bytes[end + 4..].to_vec());
        }
    }
}

#[tokio::test]
async fn results_and_refusals_come_as_the_protocol_says() {
    let server = Server::start().await;
    let mut socket = Socket::open(server.listen().await, None).await;
    // A single result is followed by its end.
    socket.subscribe("1", "{ headPosition }", json!({})).await;
    assert!(socket.item("headPosition").await.is_string());
    assert_eq!(socket.next().await, json!({"type": "complete", "id": "1"}));
    // What is not valid is an error, and nothing comes after it.
    for (id, query) in [
        ("2", "{ nonsense }"),
        ("3", "subscription { chat { x } }"),
        ("4", "{"),
    ] {
        socket.subscribe(id, query, json!({})).await;
        let message = socket.next().await;
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("error"), &json!(id)),
            "{query}"
        );
        assert!(message["payload"][0]["message"].is_string(), "{message}");
        assert!(
            message["payload"][0]["extensions"]["code"].is_string(),
            "{message}"
        );
    }
    // The id of what has ended is free again; that of what runs is not.
    socket.subscribe("2", "{ headPosition }", json!({})).await;
    assert!(socket.item("headPosition").await.is_string());
    assert_eq!(socket.next().await["type"], "complete");
    let list = "subscription { liveStreams { streams { id } } }";
    socket.subscribe("5", list, json!({})).await;
    assert_eq!(socket.item("liveStreams").await["streams"], json!([]));
    socket.subscribe("5", list, json!({})).await;
    assert_eq!(socket.closed().await, 4409);
}

#[tokio::test]
async fn pings_of_the_protocol_are_answered_before_anything_else() {
    let server = Server::start().await;
    let mut socket = Socket::connect(server.listen().await).await;
    socket
        .send(json!({"type": "ping", "payload": {"n": 1}}))
        .await;
    assert_eq!(
        socket.next().await,
        json!({"type": "pong", "payload": {"n": 1}})
    );
    socket.send(json!({"type": "pong"})).await;
    socket.init(None).await;
    assert_eq!(socket.next().await, json!({"type": "connection_ack"}));
}

#[tokio::test]
async fn a_socket_ends_with_its_session_and_no_other_does() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let input = json!({"nameOrEmail": "ada", "password": PASSWORD});
    let answer = server.anyone().mutate("logIn", input, REGISTERED).await;
    let second = answer.payload("logIn")["session"].clone();
    let address = server.listen().await;
    let mut first = Socket::open(address, ada.token.as_deref()).await;
    let token = second["accessToken"].as_str();
    let mut other = Socket::open(address, token).await;
    let input = json!({"refreshToken": second["refreshToken"]});
    server
        .with_token(token.unwrap())
        .done("logOut", input, "")
        .await;
    assert_eq!(other.closed().await, 4403);
    // Its access token has not run out, and opens no other socket.
    let mut again = Socket::connect(address).await;
    again.init(token).await;
    assert_eq!(again.closed().await, 4403);
    first.subscribe("1", "{ me { name } }", json!({})).await;
    assert_eq!(first.item("me").await, json!({"name": "ada"}));
}

#[tokio::test]
async fn sockets_end_with_the_password_that_opened_them() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let input = json!({"nameOrEmail": "ada", "password": PASSWORD});
    let answer = server.anyone().mutate("logIn", input, REGISTERED).await;
    let second = answer.payload("logIn")["session"].clone();
    let address = server.listen().await;
    let mut first = Socket::open(address, ada.token.as_deref()).await;
    let token = second["accessToken"].as_str();
    let mut other = Socket::open(address, token).await;
    let input = json!({"currentPassword": PASSWORD, "newPassword": "battery staple"});
    ada.done("changePassword", input, "").await;
    assert_eq!(other.closed().await, 4403);
    let mut again = Socket::connect(address).await;
    again.init(token).await;
    assert_eq!(again.closed().await, 4403);
    first.subscribe("1", "{ me { name } }", json!({})).await;
    assert_eq!(first.item("me").await, json!({"name": "ada"}));
}

#[tokio::test]
async fn a_session_that_was_closed_before_a_restart_stays_closed() {
    let mut server = Server::start().await;
    let ada = server.register("ada").await;
    let input = json!({"nameOrEmail": "ada", "password": PASSWORD});
    let answer = server.anyone().mutate("logIn", input, REGISTERED).await;
    let second = answer.payload("logIn")["session"].clone();
    let token = second["accessToken"].as_str();
    let input = json!({"refreshToken": second["refreshToken"]});
    server
        .with_token(token.unwrap())
        .done("logOut", input, "")
        .await;
    server.restart_api().await;
    let address = server.listen().await;
    // Whether it comes before or after the server has read what was closed.
    let mut again = Socket::connect(address).await;
    again.init(token).await;
    let code = loop {
        if let Err(code) = again.next_or_closed().await {
            break code;
        }
    };
    assert_eq!(code, 4403);
    let mut first = Socket::open(address, ada.token.as_deref()).await;
    first.subscribe("1", "{ me { name } }", json!({})).await;
    assert_eq!(first.item("me").await, json!({"name": "ada"}));
}
