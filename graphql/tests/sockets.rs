//! The socket itself: who is there, how much it takes, how it ends.

use crate::support::{Server, Socket};
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;
use std::time::Duration;
use tokio_tungstenite::tungstenite;
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
    assert_eq!(socket.next().await, json!({"type": "complete", "id": "3"}));
    // One that ends makes room.
    socket.send(json!({"type": "complete", "id": "1"})).await;
    assert_eq!(socket.next().await, json!({"type": "complete", "id": "1"}));
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
        use tungstenite::client::IntoClientRequest as _;
        let mut request = format!("ws://{address}/graphql/ws")
            .into_client_request()
            .unwrap();
        if let Some(protocol) = protocol {
            let value = protocol.parse().unwrap();
            request
                .headers_mut()
                .insert("sec-websocket-protocol", value);
        }
        match tokio_tungstenite::connect_async(request).await {
            Err(tungstenite::Error::Http(response)) => {
                assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{protocol:?}");
            }
            other => panic!("{protocol:?}: {other:?}"),
        }
    }
}
