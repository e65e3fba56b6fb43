//! Messages in the reader's language. Codes stay what they are.

use crate::support::{Client, PASSWORD, Server, Socket};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

const TAKEN: &str =
    "mutation($i: RegisterInput!) { register(input: $i) { errors { code message } } }";

async fn asked_in(client: &Client, wishes: &str, query: &str, variables: Value) -> Value {
    let body = json!({"query": query, "variables": variables}).to_string();
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT_LANGUAGE, wishes)
        .body(Body::from(body));
    client.send(request.unwrap()).await.body
}

#[tokio::test]
async fn a_refusal_is_said_in_the_readers_language_and_its_code_stays() {
    let server = Server::start().await;
    server.register("ada").await;
    let input = json!({"name": "ada", "email": "other@example.com", "password": PASSWORD});
    for (wishes, message) in [
        ("", "this name is taken"),
        ("de", "this name is taken"),
        ("fr-CH, fr;q=0.9, en;q=0.8", "ce nom est déjà pris"),
        ("vi", "tên này đã có người dùng"),
    ] {
        let variables = json!({"i": input});
        let answer = asked_in(&server.anyone(), wishes, TAKEN, variables).await;
        let error = &answer["data"]["register"]["errors"][0];
        let expected = json!({"code": "NAME_TAKEN", "message": message});
        assert_eq!(*error, expected, "{wishes}: {answer}");
    }
}

#[tokio::test]
async fn a_limit_stands_in_the_sentence_of_every_language() {
    let server = Server::start().await;
    let input = json!({"name": "x".repeat(51), "email": "a@example.com", "password": PASSWORD});
    for wishes in ["en", "fr", "vi"] {
        let answer = asked_in(&server.anyone(), wishes, TAKEN, json!({"i": input})).await;
        let error = &answer["data"]["register"]["errors"][0];
        assert_eq!(error["code"], "TOO_LONG", "{answer}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("name") && message.contains("51") && message.contains("50"));
    }
}

#[tokio::test]
async fn a_fault_is_said_in_the_readers_language_wherever_it_comes_from() {
    let server = Server::start().await;
    for (query, code, message) in [
        (
            "{ liveStreams(first: 0) { nodes { id } } }",
            "BAD_USER_INPUT",
            "`first` doit être compris entre 1 et 100",
        ),
        (
            "mutation { rotateStreamKey(input: {}) { position } }",
            "UNAUTHENTICATED",
            "connectez-vous d'abord : il faut un jeton d'accès",
        ),
        ("", "BAD_USER_INPUT", "la requête n'a pas de champ `query`"),
        (
            "{ nothing }",
            "GRAPHQL_VALIDATION_FAILED",
            "la requête ne convient pas à ce schéma : ",
        ),
        (
            "{",
            "GRAPHQL_PARSE_FAILED",
            "la requête n'est pas du GraphQL : ",
        ),
        (
            "{ me(atLeast: \"x\") { id } }",
            "BAD_USER_INPUT",
            "une valeur ne convient pas à son type : ",
        ),
    ] {
        let answer = asked_in(&server.anyone(), "fr", query, json!({})).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], code, "{answer}");
        assert!(
            error["message"].as_str().unwrap().starts_with(message),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_socket_is_spoken_to_in_the_language_of_its_init() {
    let server = Server::start().await;
    let mut socket = Socket::connect(server.listen().await).await;
    let payload = json!({"acceptLanguage": "vi"});
    socket
        .send(json!({"type": "connection_init", "payload": payload}))
        .await;
    assert_eq!(socket.next().await["type"], "connection_ack");
    let query = "subscription { liveStreams(first: 0) { streams { id } } }";
    socket.subscribe("1", query, json!({})).await;
    let message = socket.next().await;
    let error = &message["payload"][0];
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{message}");
    assert_eq!(error["message"], "`first` phải từ 1 đến 100");
}
