//! What is too much, and that the server outlives it.

use crate::support::{Answer, Server, Socket};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

fn bombs() -> Vec<(&'static str, String)> {
    let n = 100_000;
    let lists = format!(
        "{{ account(name: {}1{}) {{ id }} }}",
        "[".repeat(n),
        "]".repeat(n)
    );
    let small = format!(
        "{{ account(name: {}1{}) {{ id }} }}",
        "[".repeat(2_000),
        "]".repeat(2_000)
    );
    vec![
        ("lists", lists),
        ("a small one", small),
        ("open lists", "[".repeat(30_000)),
        ("braces", "{a".repeat(n)),
        ("small braces", "{a".repeat(5_000)),
        (
            "objects",
            format!("{{ account(name: {}", "{a:".repeat(5_000)),
        ),
        (
            "types",
            format!(
                "query Q($a: {}Int{}) {{ me {{ id }} }}",
                "[".repeat(5_000),
                "]".repeat(5_000)
            ),
        ),
        (
            "after a string",
            format!("{{ account(name: \"\\\"]]]\", b: {}", "[".repeat(5_000)),
        ),
        (
            "after a comment",
            format!("# \"\n{{ account(name: {}", "[".repeat(5_000)),
        ),
    ]
}

fn fragments() -> String {
    let mut bomb = String::from("{...f0}");
    for level in 0..40 {
        let next = level + 1;
        bomb += &format!(" fragment f{level} on Query {{ ...f{next} ...f{next} }}");
    }
    bomb + " fragment f40 on Query { headPosition }"
}

async fn is_alive(server: &Server) {
    let answer = server.anyone().ask("{ headPosition }").await;
    assert!(answer.data()["headPosition"].is_string());
}

fn is_refused(answer: &Answer, what: &str) {
    let code = answer.code();
    // The largest do not fit into a request at all.
    assert!(
        matches!(code, "QUERY_TOO_COMPLEX" | "BAD_USER_INPUT"),
        "{what}: {}",
        answer.body
    );
    assert!(answer.body.to_string().len() < 1_000, "{what}");
}

#[tokio::test]
async fn nothing_nested_ends_the_server() {
    let server = Server::start().await;
    for (what, bomb) in bombs() {
        is_refused(&server.anyone().ask(&bomb).await, what);
        is_alive(&server).await;
    }
    is_refused(&server.anyone().ask(&fragments()).await, "fragments");
    let cycle = "{...a} fragment a on Query { ...b } fragment b on Query { ...a ...a }";
    assert_eq!(
        server.anyone().ask(cycle).await.code(),
        "GRAPHQL_PARSE_FAILED"
    );
    let deep = format!(
        r#"{{"query":"{{headPosition}}","variables":{{"a":{}{}}}}}"#,
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    assert_eq!(server.anyone().post(deep).await.code(), "QUERY_TOO_COMPLEX");
    is_alive(&server).await;
}

#[tokio::test]
async fn nothing_nested_ends_a_socket_or_its_server() {
    let server = Server::start().await;
    let address = server.listen().await;
    let mut socket = Socket::open(address, None).await;
    for (what, bomb) in bombs().into_iter().chain([("fragments", fragments())]) {
        if bomb.len() > 200_000 {
            continue;
        }
        socket.subscribe(what, &bomb, json!({})).await;
        assert_eq!(socket.error().await, "QUERY_TOO_COMPLEX", "{what}");
    }
    socket
        .subscribe("alive", "{ headPosition }", json!({}))
        .await;
    assert!(socket.item("headPosition").await.is_string());
    is_alive(&server).await;
}

#[tokio::test]
async fn brackets_in_strings_are_only_text() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let text = "[".repeat(400);
    for literal in [format!("\"{text}\""), format!("\"\"\"{text}\"\"\"")] {
        let query = format!(
            "mutation {{ # {text}\n sendChatMessage(input: {{channelId: \"{channel}\", \
             text: {literal}}}) {{ message {{ text }} }} }}"
        );
        let answer = ada.ask(&query).await;
        assert_eq!(answer.data()["sendChatMessage"]["message"]["text"], text);
    }
}

#[tokio::test]
async fn queries_are_bounded_in_every_direction() {
    let server = Server::start().await;
    let anyone = server.anyone();
    let fields = |count: usize| "name ".repeat(count);
    for (what, query) in [
        (
            "length",
            format!("{{ headPosition }} # {}", "x".repeat(70_000)),
        ),
        ("roots", format!("{{ {} }}", "headPosition ".repeat(21))),
        ("aliases", {
            let aliases: String = (0..101).map(|n| format!("a{n}: name ")).collect();
            format!("{{ me {{ {aliases} }} }}")
        }),
        ("fields", format!("{{ me {{ {} }} }}", fields(1_000))),
        (
            "depth",
            format!(
                "{{ me {} {{ id }} {} }}",
                "{ channel { owner ".repeat(10),
                "} } ".repeat(10)
            ),
        ),
        (
            "cost",
            "{ liveStreams(first: 100) { nodes { channel { streams(first: 100) { nodes { \
                  channel { messages(last: 100) { nodes { id } } } } } } } } }"
                .to_owned(),
        ),
        (
            "a cost that overflows",
            format!(
                "{{ liveStreams(first: 2147483647) {{ nodes {{ id {} }} }} }}",
                "channel { streams(first: 2147483647) { nodes { id ".repeat(5) + &"} } }".repeat(5)
            ),
        ),
    ] {
        let answer = anyone.ask(&query).await;
        assert_eq!(
            answer.code(),
            "QUERY_TOO_COMPLEX",
            "{what}: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn what_clients_ask_of_the_schema_is_within_the_limits() {
    let server = Server::start().await;
    let types = "type { ".repeat(0) + &"name kind ofType { ".repeat(9) + "name" + &" }".repeat(9);
    let query = format!(
        "query IntrospectionQuery {{ __schema {{ queryType {{ name }} types {{ ...FullType }} }} }} \
         fragment FullType on __Type {{ kind name description \
           fields(includeDeprecated: true) {{ name args {{ ...InputValue }} type {{ ...TypeRef }} }} \
           inputFields {{ ...InputValue }} interfaces {{ ...TypeRef }} \
           enumValues(includeDeprecated: true) {{ name }} possibleTypes {{ ...TypeRef }} }} \
         fragment InputValue on __InputValue {{ name type {{ ...TypeRef }} defaultValue }} \
         fragment TypeRef on __Type {{ {types} }}"
    );
    let answer = server.anyone().ask(&query).await;
    assert_eq!(answer.data()["__schema"]["queryType"]["name"], "Query");
}

#[tokio::test]
async fn introspection_can_be_switched_off() {
    let settings = tributary_graphql::ApiSettings {
        introspection: false,
        ..Default::default()
    };
    let server = Server::start_with(tributary_store::testing::Engine::Sqlite, settings).await;
    let answer = server
        .anyone()
        .ask("{ __schema { queryType { name } } }")
        .await;
    assert!(
        answer.body["data"]["__schema"]["queryType"]["name"].is_null(),
        "{}",
        answer.body
    );
    let answer = server.anyone().ask("{ headPositio }").await;
    assert!(
        !answer.body.to_string().contains("headPosition"),
        "{}",
        answer.body
    );
    is_alive(&server).await;
}

#[tokio::test]
async fn requests_that_are_none_are_refused_in_json() {
    let server = Server::start().await;
    let anyone = server.anyone();
    let request = |method: &str, content_type: &str, body: String| {
        Request::builder()
            .method(method)
            .uri("/graphql")
            .header("content-type", content_type)
            .body(Body::from(body))
            .unwrap()
    };
    let good = r#"{"query":"{headPosition}"}"#;
    let json = "application/json";
    for (method, content_type, body, status) in [
        ("GET", json, String::new(), StatusCode::BAD_REQUEST),
        ("PUT", json, good.to_owned(), StatusCode::METHOD_NOT_ALLOWED),
        (
            "POST",
            "text/plain",
            good.to_owned(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        ("POST", json, "[]".to_owned(), StatusCode::BAD_REQUEST),
        ("POST", json, "[".repeat(100_000), StatusCode::BAD_REQUEST),
        ("POST", json, "{".to_owned(), StatusCode::BAD_REQUEST),
        ("POST", json, String::new(), StatusCode::BAD_REQUEST),
        (
            "POST",
            json,
            "x".repeat(300_000),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
    ] {
        let answer = anyone
            .send(request(method, content_type, body.clone()))
            .await;
        assert_eq!(answer.status, status, "{method} {content_type} {body:.40}");
        assert_eq!(answer.code(), "BAD_USER_INPUT");
    }
    let answer = anyone.send(request(
        "POST",
        "Application/JSON; charset=utf-8",
        good.to_owned(),
    ));
    assert!(answer.await.data()["headPosition"].is_string());
    assert_eq!(anyone.post("{}").await.code(), "BAD_USER_INPUT");
    assert_eq!(
        anyone.ask("{ nonsense }").await.code(),
        "GRAPHQL_VALIDATION_FAILED"
    );
    assert_eq!(
        anyone.ask("{ me { id }").await.code(),
        "GRAPHQL_PARSE_FAILED"
    );
    let subscription = "subscription { liveStreams { streams { id } } }";
    let refused = anyone.ask(subscription).await;
    assert_eq!(refused.code(), "BAD_USER_INPUT");
    let says = refused.body["errors"][0]["message"].as_str().unwrap();
    assert!(says.contains("/graphql/ws"), "{says}");
}

#[tokio::test]
async fn a_refusal_is_short_however_much_is_wrong() {
    let server = Server::start().await;
    for query in [
        format!(
            "{{ liveStreams({}) {{ nodes {{ id }} }} }}",
            "x:1 ".repeat(15_000)
        ),
        format!("{{ {} }}", "é".repeat(30_000)),
        format!("{{ {} }}", "a".repeat(60_000)),
        format!("{{ me {{ {} }} }}", "nonsense ".repeat(900)),
        format!("query Q({}) {{ me {{ id }} }}", "$a:Int ".repeat(8_000)),
    ] {
        let answer = server.anyone().ask(&query).await;
        let code = answer.code();
        let is_refused = code.starts_with("GRAPHQL_") || code == "QUERY_TOO_COMPLEX";
        assert!(is_refused, "{query:.40}: {code}");
        let length = answer.body.to_string().len();
        assert!(length < 20_000, "{query:.40}: {length}");
    }
}
