//! Another password, and what ends with the old one.

use crate::support::{Client, DEADLINE, PASSWORD, REGISTERED, Server};
use serde_json::{Value, json};
use tributary_domain::command::Actor;
use tributary_domain::{HistoryId, Position, State};
use tributary_graphql::{Refusal, service};
use tributary_store::Filter;

const SESSION: &str = "session { accessToken refreshToken }";

async fn session(client: &Client, password: &str) -> Value {
    let input = json!({"nameOrEmail": client.name, "password": password});
    client.done("logIn", input, REGISTERED).await["session"].clone()
}

const ANOTHER: &str = "battery staple";

async fn can_log_in(server: &Server, name: &str, password: &str) -> bool {
    let input = json!({"nameOrEmail": name, "password": password});
    let answer = server.anyone().mutate("logIn", input, "").await;
    let code = &answer.body["data"]["logIn"]["errors"][0]["code"];
    match code.as_str() {
        None => true,
        Some("WRONG_CREDENTIALS") => false,
        Some(code) => panic!("{code}"),
    }
}

#[tokio::test]
async fn another_password_ends_all_sessions_but_the_one_that_asked() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let (here, elsewhere) = (session(&ada, PASSWORD).await, session(&ada, PASSWORD).await);
    let asks = server.with_token(here["accessToken"].as_str().unwrap());
    let input = json!({
        "currentPassword": PASSWORD, "newPassword": ANOTHER, "clientMutationId": "p1",
    });
    let done = asks
        .done("changePassword", input.clone(), "account { id email }")
        .await;
    assert_eq!(done["account"]["id"], json!(ada.id));
    assert!(can_log_in(&server, "ada", ANOTHER).await);
    assert!(!can_log_in(&server, "ada", PASSWORD).await);
    let anyone = server.anyone();
    let refresh = |session: &Value| json!({"refreshToken": session["refreshToken"]});
    let over = anyone.refused("refreshSession", refresh(&elsewhere)).await;
    assert_eq!(over.0, "SESSION_OVER");
    anyone.done("refreshSession", refresh(&here), SESSION).await;

    // Sent again because its answer was lost, it is done once: the session of since goes on.
    let since = session(&ada, ANOTHER).await;
    let again = asks.done("changePassword", input, "").await;
    assert_eq!(again["position"], done["position"]);
    anyone
        .done("refreshSession", refresh(&since), SESSION)
        .await;
    let other = json!({
        "currentPassword": PASSWORD, "newPassword": "something else", "clientMutationId": "p1",
    });
    let refused = asks.refused("changePassword", other).await;
    assert_eq!(refused.0, "WRONG_PASSWORD");
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_to_one_that_is_allowed() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let change = |current: &str, new: &str| json!({"currentPassword": current, "newPassword": new});
    let long = "x".repeat(129);
    for (current, new, code, field) in [
        ("wrong horse", ANOTHER, "WRONG_PASSWORD", "currentPassword"),
        ("", ANOTHER, "WRONG_PASSWORD", "currentPassword"),
        (&*long, ANOTHER, "WRONG_PASSWORD", "currentPassword"),
        (PASSWORD, "short", "TOO_SHORT", "newPassword"),
        (PASSWORD, &*long, "TOO_LONG", "newPassword"),
    ] {
        let refused = ada.refused("changePassword", change(current, new)).await;
        assert_eq!(refused, (code.to_owned(), Some(field.to_owned())));
    }
    let answer = server
        .anyone()
        .mutate("changePassword", change(PASSWORD, ANOTHER), "")
        .await;
    assert_eq!(answer.code(), "UNAUTHENTICATED");
    assert!(can_log_in(&server, "ada", PASSWORD).await);
    // Two who know it ask at once: one of them is too late.
    let (one, other) = tokio::join!(
        ada.mutate("changePassword", change(PASSWORD, "number one"), ""),
        ada.mutate("changePassword", change(PASSWORD, "number two"), ""),
    );
    let codes = [one, other].map(|answer| {
        let errors = &answer.body["data"]["changePassword"]["errors"];
        errors[0]["code"].as_str().unwrap_or("done").to_owned()
    });
    assert!(codes.contains(&"done".to_owned()), "{codes:?}");
    assert!(codes.contains(&"WRONG_PASSWORD".to_owned()), "{codes:?}");
}

#[tokio::test]
async fn a_password_that_was_right_before_the_change_opens_nothing_after_it() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let (log, keyring) = (&server.log, &server.keyring);
    let known = service::check_credentials(log, keyring, "ada", PASSWORD.to_owned()).await;
    let known = known.map_err(|_| "refused").unwrap();
    let input = json!({"currentPassword": PASSWORD, "newPassword": ANOTHER});
    ada.done("changePassword", input, "").await;
    let account = known.account;
    let asker = Actor::Account(account).into();
    let opened = service::open_session_of(log, asker, known, DEADLINE).await;
    let Err(Refusal::Rule(refused)) = opened else {
        panic!("it was opened");
    };
    assert_eq!(refused.code, "WRONG_CREDENTIALS");
    let state = log.state(&HistoryId::Account(account)).await.unwrap();
    let State::Account(state) = state else {
        panic!("{state:?}");
    };
    // The one that changed it is left.
    assert_eq!(state.sessions.len(), 1);
}

#[tokio::test]
async fn no_password_stands_in_the_log() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let input = json!({"currentPassword": PASSWORD, "newPassword": ANOTHER});
    ada.done("changePassword", input, "").await;
    let mut tail = server.log.tail(Position::START, Filter::All);
    let told = format!("{:?}", tail.next().await.unwrap().events);
    assert!(told.contains("PasswordChanged"), "{told}");
    for secret in [PASSWORD, ANOTHER, "argon2"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}
