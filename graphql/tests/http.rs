//! GraphQL over HTTP: methods, media types, batches, persisted queries, browsers of other sites.

use crate::support::{Answer, Client, Server, unhurried};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;
use tributary_graphql::ApiSettings;
use tributary_store::testing::Engine;

const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

async fn server_with(settings: ApiSettings) -> Server {
    Server::start_with(Engine::Sqlite, settings).await
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        let _infallible = write!(all, "%{byte:02x}");
        all
    })
}

/// A request of any method with parameters in its URL.
async fn by_url(client: &Client, method: Method, pairs: &[(&str, &str)], accept: &str) -> Answer {
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)));
    let uri = format!("/graphql?{}", pairs.collect::<Vec<_>>().join("&"));
    let request = Request::builder().method(method).uri(uri);
    let request = request.header("accept", accept).body(Body::empty());
    client.send(request.unwrap()).await
}

async fn get(client: &Client, pairs: &[(&str, &str)]) -> Answer {
    by_url(client, Method::GET, pairs, JSON).await
}

async fn post(client: &Client, accept: &str, body: &Value) -> Answer {
    let request = Request::post("/graphql")
        .header("content-type", JSON)
        .header("accept", accept)
        .body(Body::from(body.to_string()));
    client.send(request.unwrap()).await
}

#[tokio::test]
async fn the_status_is_that_of_the_media_type() {
    let server = Server::start().await;
    let anyone = server.anyone();
    let (ok, bad) = (StatusCode::OK, StatusCode::BAD_REQUEST);
    for (body, of_graphql, of_json) in [
        (json!({"query": "{ headPosition }"}), ok, ok),
        (json!({"query": "{"}), bad, ok),
        (json!({"query": "{ nonsense }"}), bad, ok),
        (json!({"query": "query($n: Int!) { __typename }"}), bad, ok),
        (
            json!({"query": "query A { __typename }", "operationName": "B"}),
            bad,
            ok,
        ),
        (json!({"query": "{ node(id: \"none\") { id } }"}), ok, ok),
        (json!({"qeury": "{ headPosition }"}), bad, bad),
        (json!({"query": 7}), bad, bad),
        (
            json!({"query": "{ headPosition }", "variables": []}),
            bad,
            bad,
        ),
    ] {
        for (accept, status) in [(GRAPHQL, of_graphql), (JSON, of_json)] {
            let answer = post(&anyone, accept, &body).await;
            assert_eq!(answer.status, status, "{accept} {body}: {}", answer.body);
            assert_eq!(
                answer.header("content-type"),
                format!("{accept}; charset=utf-8")
            );
            let was_executed = answer.body.get("data").is_some();
            assert_eq!(was_executed, of_graphql == ok, "{body}: {}", answer.body);
        }
    }
    let html = post(&anyone, "text/html", &json!({"query": "{ headPosition }"})).await;
    assert_eq!(html.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(html.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_get_asks_and_changes_nothing() {
    let server = Server::start().await;
    let anyone = server.anyone();
    let answer = get(&anyone, &[("query", "{ headPosition }")]).await;
    let before = answer.data()["headPosition"].clone();
    assert_eq!(answer.header("cache-control"), "no-store");
    let query = "query($name: String!) { __type(name: $name) { name } }";
    let variables = r#"{"name": "Query"}"#;
    let answer = get(&anyone, &[("query", query), ("variables", variables)]).await;
    assert_eq!(answer.data()["__type"]["name"], "Query");

    let register = "mutation { register(input: {name: \"ada\", email: \"ada@example.com\", \
                    password: \"correct horse\"}) { position } }";
    let two =
        format!("{register} query Q {{ headPosition }}").replacen("mutation", "mutation M", 1);
    for pairs in [
        &[("query", register)][..],
        &[("query", &two), ("operationName", "M")],
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = by_url(&anyone, method, pairs, GRAPHQL).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(answer.header("allow"), "POST");
        }
    }
    let asked = get(&anyone, &[("query", &two), ("operationName", "Q")]).await;
    assert_eq!(asked.data()["headPosition"], before, "nothing was done");
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = by_url(&anyone, method, &[("query", "{ headPosition }")], JSON).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header("allow"), "GET, HEAD, POST, OPTIONS");
    }
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let say = |text: &str| {
        let input = json!({"channelId": channel, "text": text});
        let query = "mutation($input: SendChatMessageInput!) { sendChatMessage(input: $input) { position } }";
        json!({"query": query, "variables": {"input": input}})
    };
    let batch =
        json!([say("one"), {"query": "{ nonsense }"}, say("two"), {"query": "{ headPosition }"}]);
    let answer = ada.post(batch.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let answers = answer.body.as_array().unwrap();
    let position = |n: usize| -> u64 {
        let position = &answers[n]["data"]["sendChatMessage"]["position"];
        position.as_str().unwrap().parse().unwrap()
    };
    assert_eq!(position(2), position(0) + 1);
    assert_eq!(
        answers[1]["errors"][0]["extensions"]["code"],
        "GRAPHQL_VALIDATION_FAILED"
    );
    assert_eq!(answers[3]["data"]["headPosition"], position(2).to_string());
}

#[tokio::test]
async fn operations_of_a_batch_count_together() {
    let server = Server::start().await;
    let anyone = server.anyone();
    let batch = |query: &str, count: usize| json!(vec![json!({"query": query}); count]).to_string();
    let roots =
        "{ a: headPosition b: headPosition c: headPosition d: headPosition e: headPosition }";
    assert_eq!(anyone.post(batch(roots, 4)).await.body[3]["data"]["e"], "0");
    let deep =
        "{ liveStreams(first: 100) { nodes { channel { messages(last: 20) { nodes { id } } } } } }";
    assert!(
        anyone.post(batch(deep, 1)).await.body[0]
            .get("errors")
            .is_none()
    );
    for batch in [
        batch(roots, 5),
        batch(deep, 10),
        batch("{ headPosition }", 11),
    ] {
        let answer = anyone.post(batch).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        assert!(answer.body["errors"][0]["message"].is_string());
    }
    let off = server_with(ApiSettings {
        batch_max: 0,
        ..unhurried()
    });
    let refused = off.await.anyone().post(batch("{ headPosition }", 1)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_query_is_known_by_its_hash_once_it_was_sent() {
    const QUERY: &str = "{ headPosition }";
    let server = Server::start().await;
    let anyone = server.anyone();
    let hash = sha256(QUERY);
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": hash}});
    let only = extensions.to_string();
    let unknown = get(&anyone, &[("extensions", &only)]).await;
    assert_eq!(unknown.code(), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(
        unknown.body["errors"][0]["message"],
        "PersistedQueryNotFound"
    );
    let invalid = json!({"query": "{", "extensions": extensions});
    assert_eq!(
        anyone.post(invalid.to_string()).await.code(),
        "BAD_USER_INPUT"
    );
    let sent = get(&anyone, &[("query", QUERY), ("extensions", &only)]).await;
    assert!(sent.data()["headPosition"].is_string());
    assert!(get(&anyone, &[("extensions", &only)]).await.data()["headPosition"].is_string());
    let by_post = anyone
        .post(json!({"extensions": extensions}).to_string())
        .await;
    assert!(by_post.data()["headPosition"].is_string());
}

fn sha256(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let mut hex = String::new();
    for byte in Sha256::digest(text) {
        let _infallible = write!(hex, "{byte:02x}");
    }
    hex
}

#[tokio::test]
async fn a_document_that_was_asked_before_is_still_checked() {
    let server = Server::start().await;
    let anyone = server.anyone();
    let query = "query($name: String!, $first: Int! = 1) { __type(name: $name) { name } \
                 liveStreams(first: $first) { nodes { id } } }";
    let invalid = "query { headPosition nonsense }";
    for _ in 0..3 {
        let good = anyone.ask_with(query, json!({"name": "Query"})).await;
        assert_eq!(good.data()["__type"]["name"], "Query");
        for (variables, code) in [
            (json!({}), "BAD_USER_INPUT"),
            (json!({"name": null}), "BAD_USER_INPUT"),
            (json!({"name": 7}), "BAD_USER_INPUT"),
            (json!({"name": "Query", "first": "x"}), "BAD_USER_INPUT"),
            (json!({"name": "Query", "first": 0}), "BAD_USER_INPUT"),
        ] {
            let refused = anyone.ask_with(query, variables).await;
            assert_eq!(refused.code(), code, "{}", refused.body);
        }
        assert_eq!(
            anyone.ask(invalid).await.code(),
            "GRAPHQL_VALIDATION_FAILED"
        );
    }
    let costly = "query($n: Int!) { liveStreams(first: $n) { nodes { channel { \
                  messages(last: $n) { nodes { id sender { name } } } } } } }";
    for _ in 0..2 {
        let cheap = anyone.ask_with(costly, json!({"n": 1})).await;
        assert!(cheap.body.get("errors").is_none(), "{}", cheap.body);
        let refused = anyone.ask_with(costly, json!({"n": 100})).await;
        assert_eq!(refused.code(), "QUERY_TOO_COMPLEX");
    }
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    let server = server_with(ApiSettings {
        operation_timeout: Duration::from_millis(100),
        ..unhurried()
    });
    let query = "{ channel(name: \"nobody\", atLeast: \"1000000\") { id } }";
    let answer = post(&server.await.anyone(), GRAPHQL, &json!({"query": query})).await;
    assert_eq!(answer.code(), "TIMED_OUT");
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn who_signs_in_sees_what_is_theirs_at_once() {
    let server = Server::start().await;
    let input = json!({"name": "ada", "email": "ada@example.com", "password": "correct horse"});
    let account = "account { email wallets { currency } }";
    let payload = server.anyone().done("register", input, account).await;
    assert_eq!(payload["account"]["email"], "ada@example.com");
    server.register("bob").await;
    let input = json!({"nameOrEmail": "ada", "password": "correct horse"});
    let payload = server.anyone().done("logIn", input, account).await;
    assert_eq!(payload["account"]["email"], "ada@example.com");

    // Only that: nobody else's, and nothing can be done by it.
    let both = "mutation($a: LogInInput!) { ada: logIn(input: $a) { account { email } } \
                bob: logIn(input: {nameOrEmail: \"bob\", password: \"wrong horse\"}) { account { email } errors { code } } \
                say: openChannel(input: {}) { channel { id } } }";
    let input = json!({"a": {"nameOrEmail": "ada", "password": "correct horse"}});
    let answer = server.anyone().ask_with(both, input).await;
    assert_eq!(answer.code(), "UNAUTHENTICATED", "{}", answer.body);
}

#[tokio::test]
async fn another_sites_page_cannot_ask_unasked() {
    let server = Server::start().await;
    let anyone = server.anyone();
    let ask = async |headers: &[(&str, &str)]| {
        let mut request = Request::get("/graphql?query=%7BheadPosition%7D");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        anyone.send(request.body(Body::empty()).unwrap()).await
    };
    let mozilla = ("user-agent", "Mozilla/5.0");
    let refused = ask(&[mozilla]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(
        refused
            .body
            .to_string()
            .contains("apollo-require-preflight")
    );
    assert!(ask(&[("user-agent", "curl/8")]).await.data()["headPosition"].is_string());
    let asked = ask(&[mozilla, ("apollo-require-preflight", "1")]).await;
    assert!(asked.data()["headPosition"].is_string());
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let request = Request::post("/graphql")
            .header("content-type", content_type)
            .body(Body::from(r#"{"query":"{headPosition}"}"#));
        let answer = anyone.send(request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}

#[tokio::test]
async fn pages_of_listed_origins_may_read_answers() {
    let server = server_with(ApiSettings {
        origins: "https://app.example".parse().unwrap(),
        ..unhurried()
    });
    let anyone = server.await.anyone();
    let send = async |method: Method, origin: &str| {
        let request = Request::builder()
            .method(method)
            .uri("/graphql")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("content-type", JSON)
            .body(Body::from(r#"{"query":"{headPosition}"}"#));
        anyone.send(request.unwrap()).await
    };
    let allowed = "access-control-allow-origin";
    for method in [Method::OPTIONS, Method::POST] {
        let answer = send(method.clone(), "https://app.example").await;
        assert!(answer.status.is_success());
        assert_eq!(answer.header(allowed), "https://app.example");
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
        let other = send(method, "https://evil.example").await;
        assert_eq!(other.header(allowed), "");
        assert_eq!(other.header("access-control-allow-credentials"), "");
    }
    let preflight = send(Method::OPTIONS, "https://app.example").await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    let headers = preflight.header("access-control-allow-headers");
    assert!(headers.contains("authorization") && headers.contains("content-type"));
    let own = Server::start().await.anyone();
    let request = Request::post("/graphql").header("origin", "https://app.example");
    let request = request.header("content-type", JSON);
    let answer = own.send(
        request
            .body(Body::from(r#"{"query":"{headPosition}"}"#))
            .unwrap(),
    );
    assert_eq!(
        answer.await.header(allowed),
        "",
        "nobody is listed by default"
    );
}
