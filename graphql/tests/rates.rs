//! How often something may be asked.

use crate::support::{Answer, Client, Server, Socket, unhurried};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use serde_json::json;
use std::net::IpAddr;
use std::time::Duration;
use tributary_graphql::ApiSettings;
use tributary_graphql::address::Peer;
use tributary_graphql::rate::{Budget, Budgets};
use tributary_store::testing::Engine;

fn budget(most: u32, seconds: u64) -> Option<Budget> {
    Some(Budget::new(most, Duration::from_secs(seconds)))
}

async fn server(budgets: Budgets) -> Server {
    let settings = ApiSettings {
        budgets,
        trusted_proxies: "10.0.0.0/8".parse().unwrap(),
        ..unhurried()
    };
    Server::start_with(Engine::Sqlite, settings).await
}

async fn asked_from(client: &Client, address: &str, forwarded: Option<&str>) -> Answer {
    let mut request = Request::post("/graphql")
        .header("content-type", "application/json")
        .extension(Peer(address.parse::<IpAddr>().unwrap()));
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    if let Some(token) = &client.token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = Body::from(json!({"query": "{ headPosition }"}).to_string());
    client.send(request.body(body).unwrap()).await
}

fn is_limited(answer: &Answer, seconds: &str) {
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        answer.body
    );
    assert_eq!(answer.code(), "RATE_LIMITED");
    assert_eq!(answer.header("retry-after"), seconds);
    let extensions = &answer.body["errors"][0]["extensions"];
    assert_eq!(extensions["retryAfter"].to_string(), seconds);
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_told_when_to_come_back() {
    let server = server(Budgets {
        requests: budget(3, 30),
        ..Budgets::NONE
    })
    .await;
    let anyone = server.anyone();
    for _ in 0..3 {
        assert_eq!(
            asked_from(&anyone, "192.0.2.1", None).await.status,
            StatusCode::OK
        );
    }
    is_limited(&asked_from(&anyone, "192.0.2.1", None).await, "10");
    // A header that anybody can write does not make another address.
    let forged = asked_from(&anyone, "192.0.2.1", Some("192.0.2.9")).await;
    is_limited(&forged, "10");
    assert_eq!(
        asked_from(&anyone, "192.0.2.2", None).await.status,
        StatusCode::OK
    );
    server.clock.advance(TimeDelta::seconds(10));
    assert_eq!(
        asked_from(&anyone, "192.0.2.1", None).await.status,
        StatusCode::OK
    );
    is_limited(&asked_from(&anyone, "192.0.2.1", None).await, "10");
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_its_own_budget() {
    let server = server(Budgets {
        requests: budget(1, 60),
        ..Budgets::NONE
    })
    .await;
    let anyone = server.anyone();
    let from = async |client: &str| asked_from(&anyone, "10.0.0.1", Some(client)).await;
    assert_eq!(from("192.0.2.1").await.status, StatusCode::OK);
    assert_eq!(from("192.0.2.2").await.status, StatusCode::OK);
    is_limited(&from("192.0.2.1").await, "60");
    is_limited(&from("203.0.113.7, 192.0.2.1").await, "60");
    assert_eq!(from("2001:db8::1").await.status, StatusCode::OK);
    is_limited(&from("2001:db8::2").await, "60");
    assert_eq!(from("2001:db8:0:1::2").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_account_has_its_own_budget_wherever_it_is() {
    let server = server(Budgets {
        requests: budget(2, 60),
        ..Budgets::NONE
    })
    .await;
    // From no address in particular: one of that one's two.
    let ada = server.register("ada").await;
    for address in ["192.0.2.1", "192.0.2.2"] {
        assert_eq!(asked_from(&ada, address, None).await.status, StatusCode::OK);
    }
    is_limited(&asked_from(&ada, "192.0.2.3", None).await, "30");
    let anyone = server.anyone();
    assert_eq!(
        asked_from(&anyone, "192.0.2.1", None).await.status,
        StatusCode::OK
    );
    // Tokens cannot be tried out without an end.
    let guessed = server.with_token("guessed");
    let unauthenticated = asked_from(&guessed, "192.0.2.1", None).await;
    assert_eq!(unauthenticated.status, StatusCode::UNAUTHORIZED);
    is_limited(&asked_from(&guessed, "192.0.2.1", None).await, "30");
}

#[tokio::test]
async fn guesses_at_a_password_count_for_the_account_as_log_ins_do_for_an_address() {
    let server = server(Budgets {
        requests: budget(3, 60),
        ..Budgets::NONE
    })
    .await;
    let ada = server.register("ada").await;
    let guess = json!({"currentPassword": "a guess", "newPassword": "battery staple"});
    for _ in 0..3 {
        let refused = ada.refused("changePassword", guess.clone()).await;
        assert_eq!(refused.0, "WRONG_PASSWORD");
    }
    is_limited(&ada.mutate("changePassword", guess, "").await, "20");
    let log_in = json!({"nameOrEmail": "ada", "password": "a guess"});
    let anyone = server.anyone();
    // Registering was one of that address's three.
    for _ in 0..2 {
        assert_eq!(
            anyone.refused("logIn", log_in.clone()).await.0,
            "WRONG_CREDENTIALS"
        );
    }
    is_limited(&anyone.mutate("logIn", log_in, "").await, "20");
}

#[tokio::test]
async fn each_operation_of_a_batch_counts() {
    let server = server(Budgets {
        requests: budget(5, 50),
        ..Budgets::NONE
    })
    .await;
    let batch = |count: usize| json!(vec![json!({"query": "{ headPosition }"}); count]).to_string();
    let anyone = server.anyone();
    assert_eq!(anyone.post(batch(3)).await.status, StatusCode::OK);
    is_limited(&anyone.post(batch(3)).await, "10");
    assert_eq!(anyone.post(batch(1)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn chat_has_a_budget_of_its_own() {
    let server = server(Budgets {
        messages: budget(5, 10),
        ..Budgets::NONE
    })
    .await;
    let (ada, channel) = server.streamer("ada").await;
    let bob = server.register("bob").await;
    let words = std::sync::atomic::AtomicUsize::new(0);
    let say = async |who: &Client| {
        // The same words again and again are refused for themselves.
        let n = words.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let input = json!({"channelId": channel, "text": format!("hello {n}")});
        who.mutate("sendChatMessage", input, "").await
    };
    for _ in 0..5 {
        say(&ada).await.payload("sendChatMessage");
    }
    is_limited(&say(&ada).await, "2");
    say(&bob).await.payload("sendChatMessage");
    assert!(ada.ask("{ headPosition }").await.data()["headPosition"].is_string());
    server.clock.advance(TimeDelta::seconds(2));
    say(&ada).await.payload("sendChatMessage");
    is_limited(&say(&ada).await, "2");
}

#[tokio::test]
async fn opening_sockets_has_a_budget_of_its_own() {
    let server = server(Budgets {
        sockets: budget(2, 60),
        ..Budgets::NONE
    })
    .await;
    let anyone = server.anyone();
    let open = async |address: &str| {
        let request = Request::get("/graphql/ws").extension(Peer(address.parse().unwrap()));
        anyone.send(request.body(Body::empty()).unwrap()).await
    };
    for _ in 0..2 {
        let answer = open("192.0.2.1").await;
        assert!(
            answer.status != StatusCode::TOO_MANY_REQUESTS,
            "not even a socket"
        );
    }
    is_limited(&open("192.0.2.1").await, "30");
    assert!(open("192.0.2.2").await.status != StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn operations_of_a_socket_are_spent_from_the_same_budget() {
    let server = server(Budgets {
        requests: budget(3, 60),
        ..Budgets::NONE
    })
    .await;
    let address = server.listen().await;
    let mut socket = Socket::open(address, None).await;
    for id in ["1", "2", "3"] {
        socket.subscribe(id, "{ headPosition }", json!({})).await;
        assert_eq!(socket.next().await["type"], "next");
        assert_eq!(socket.next().await["type"], "complete");
    }
    socket.subscribe("4", "{ headPosition }", json!({})).await;
    let refused = socket.next().await;
    assert_eq!(refused["type"], "error");
    assert_eq!(refused["id"], "4");
    let extensions = &refused["payload"][0]["extensions"];
    assert_eq!(extensions["code"], "RATE_LIMITED");
    assert_eq!(extensions["retryAfter"], 20);
    // Another socket of the same address has no other budget.
    let mut socket = Socket::open(address, None).await;
    socket.subscribe("1", "{ headPosition }", json!({})).await;
    assert_eq!(socket.next().await["type"], "error");
}
