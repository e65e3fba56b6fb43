//! Registering, signing in and out, roles.

use crate::support::{Client, PASSWORD, REGISTERED, Server};
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tributary_store::testing::Engine;

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
}

async fn register_log_in_and_me(server: &Server) {
    let input = json!({"name": "Ada", "email": "ada@example.com", "password": PASSWORD});
    let payload = server.anyone().done("register", input, REGISTERED).await;
    assert_eq!(payload["account"]["name"], "Ada");
    for who in ["ada", "ADA", "ada@example.com", "Ada@Example.COM"] {
        let input = json!({"nameOrEmail": who, "password": PASSWORD});
        let payload = server.anyone().done("logIn", input, REGISTERED).await;
        assert_eq!(payload["account"]["name"], "Ada", "{who}");
        assert_eq!(payload["session"]["expiresAt"], "2026-01-31T18:15:00Z");
        assert_eq!(
            payload["session"]["refreshExpiresAt"],
            "2026-03-02T18:00:00Z"
        );
        let client = server.with_token(text(&payload["session"]["accessToken"]));
        let query = "query Q($p: Position) { me(atLeast: $p) { name email createdAt } }";
        let answer = client
            .ask_with(query, json!({"p": payload["position"]}))
            .await;
        let me = json!({
            "name": "Ada", "email": "ada@example.com", "createdAt": "2026-01-31T18:00:00Z",
        });
        assert_eq!(answer.data()["me"], me);
    }
}

#[tokio::test]
async fn who_registers_can_log_in_by_name_and_address() {
    register_log_in_and_me(&Server::start().await).await;
}

#[tokio::test]
async fn the_same_on_postgresql() {
    let server = Server::start_with(Engine::Postgres, tributary_graphql::ApiSettings::default());
    let server = server.await;
    register_log_in_and_me(&server).await;
    let (ada, channel) = server.streamer("streamer").await;
    let input = json!({"channelId": channel, "text": "hello"});
    let sent = ada.done("sendChatMessage", input, "message { text }").await;
    assert_eq!(sent["message"]["text"], "hello");
    let query = "query Q($c: ID!, $p: Position) { channel(id: $c, atLeast: $p) { \
                 messages(last: 5) { nodes { text sender { name role } } } } }";
    let variables = json!({"c": channel, "p": sent["position"]});
    let answer = server.anyone().ask_with(query, variables).await;
    let expected = json!([{"text": "hello", "sender": {"name": "streamer", "role": "STREAMER"}}]);
    assert_eq!(answer.data()["channel"]["messages"]["nodes"], expected);
}

#[tokio::test]
async fn nobody_is_me_without_a_token() {
    let server = Server::start().await;
    assert_eq!(
        server.anyone().ask("{ me { id } }").await.data()["me"],
        Value::Null
    );
}

#[tokio::test]
async fn registering_is_refused_by_field() {
    let server = Server::start().await;
    server.register("taken").await;
    let anyone = server.anyone();
    for (name, email, password, code, field) in [
        ("ab", "x@example.com", PASSWORD, "TOO_SHORT", "name"),
        ("a b c", "x@example.com", PASSWORD, "BAD_CHARACTER", "name"),
        ("TAKEN", "x@example.com", PASSWORD, "NAME_TAKEN", "name"),
        (
            "free",
            "Taken@Example.com",
            PASSWORD,
            "EMAIL_TAKEN",
            "email",
        ),
        ("free", "not an address", PASSWORD, "NOT_AN_EMAIL", "email"),
        ("free", "x@example.com", "1234567", "TOO_SHORT", "password"),
    ] {
        let input = json!({"name": name, "email": email, "password": password});
        let refused = anyone.refused("register", input).await;
        assert_eq!(
            refused,
            (code.to_owned(), Some(field.to_owned())),
            "{name} {email}"
        );
    }
    let input = json!({"name": "x".repeat(51), "email": "x@example.com", "password": PASSWORD});
    assert_eq!(anyone.refused("register", input).await.0, "TOO_LONG");
    let input = json!({"name": "free", "email": "x@example.com", "password": "x".repeat(129)});
    assert_eq!(anyone.refused("register", input).await.0, "TOO_LONG");
    // None of these took the name.
    server.register("free").await;
}

#[tokio::test]
async fn wrong_credentials_do_not_say_what_is_wrong() {
    let server = Server::start().await;
    server.register("ada").await;
    for (who, password) in [
        ("ada", "wrong password"),
        ("ada@example.com", "wrong password"),
        ("nobody", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("", PASSWORD),
        ("a\0b", PASSWORD),
        ("@", PASSWORD),
        ("ada", ""),
    ] {
        let input = json!({"nameOrEmail": who, "password": password});
        let refused = server.anyone().refused("logIn", input).await;
        assert_eq!(refused, ("WRONG_CREDENTIALS".to_owned(), None), "{who:?}");
    }
    let input = json!({"nameOrEmail": "ada", "password": "x".repeat(100_000)});
    assert_eq!(
        server.anyone().refused("logIn", input).await.0,
        "WRONG_CREDENTIALS"
    );
}

#[tokio::test]
async fn a_token_that_is_no_good_fails_the_whole_request() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let token = ada.token.clone().unwrap();
    let forged = format!("{}x", &token[..token.len() - 1]);
    for bad in [forged.as_str(), "nonsense", "a.b.c"] {
        let answer = server.with_token(bad).ask("{ headPosition }").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.code(), "UNAUTHENTICATED");
        assert_eq!(answer.body.get("data"), None, "nothing was executed");
    }
    server
        .clock
        .advance(TimeDelta::minutes(15) - TimeDelta::seconds(1));
    assert_eq!(ada.ask("{ me { name } }").await.data()["me"]["name"], "ada");
    server.clock.advance(TimeDelta::seconds(1));
    let answer = ada.ask("{ me { name } }").await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED")
    );
}

#[tokio::test]
async fn an_authorization_of_another_kind_is_refused() {
    let server = Server::start().await;
    for value in ["Basic YTpi", "Bearer", "Bearer ", ""] {
        let request = axum::http::Request::post("/graphql")
            .header("content-type", "application/json")
            .header("authorization", value)
            .body(axum::body::Body::from(r#"{"query":"{headPosition}"}"#));
        let answer = server.anyone().send(request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{value:?}");
    }
}

async fn session(client: &Client) -> Value {
    let input = json!({"nameOrEmail": client.name, "password": PASSWORD});
    client.done("logIn", input, REGISTERED).await["session"].clone()
}

const SESSION: &str = "session { accessToken refreshToken }";

#[tokio::test]
async fn a_refresh_token_is_good_once_and_closes_its_session_the_second_time() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let anyone = server.anyone();
    let first = session(&ada).await["refreshToken"].clone();
    let payload = anyone
        .done("refreshSession", json!({"refreshToken": first}), SESSION)
        .await;
    let second = payload["session"]["refreshToken"].clone();
    assert_ne!(first, second);
    let fresh = server.with_token(text(&payload["session"]["accessToken"]));
    assert_eq!(
        fresh.ask("{ me { name } }").await.data()["me"]["name"],
        "ada"
    );

    let reused = anyone
        .refused("refreshSession", json!({"refreshToken": first}))
        .await;
    let field = Some("refreshToken".to_owned());
    assert_eq!(reused, ("TOKEN_REUSED".to_owned(), field.clone()));
    // The whole family is gone, the newest token too.
    let over = anyone
        .refused("refreshSession", json!({"refreshToken": second}))
        .await;
    assert_eq!(over, ("SESSION_OVER".to_owned(), field));
    // Another session of the same account is not.
    let other = session(&ada).await["refreshToken"].clone();
    anyone
        .done("refreshSession", json!({"refreshToken": other}), SESSION)
        .await;
}

#[tokio::test]
async fn a_refresh_whose_answer_was_lost_can_be_sent_again_under_its_id() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let input = json!({
        "refreshToken": session(&ada).await["refreshToken"], "clientMutationId": "r1",
    });
    let first = ada.done("refreshSession", input.clone(), SESSION).await;
    let again = ada.done("refreshSession", input, SESSION).await;
    assert_eq!(
        first["session"]["refreshToken"],
        again["session"]["refreshToken"]
    );
    assert_eq!(first["position"], again["position"]);
    let next = json!({"refreshToken": again["session"]["refreshToken"]});
    ada.done("refreshSession", next, SESSION).await;
}

#[tokio::test]
async fn a_session_ends_with_log_out_or_with_time() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let token = session(&ada).await["refreshToken"].clone();
    ada.done("logOut", json!({"refreshToken": token}), "").await;
    ada.done("logOut", json!({"refreshToken": token}), "").await;
    let over = ada
        .refused("refreshSession", json!({"refreshToken": token}))
        .await;
    assert_eq!(over.0, "SESSION_OVER");

    let token = session(&ada).await["refreshToken"].clone();
    server.clock.advance(TimeDelta::days(30));
    let anyone = server.anyone();
    let over = anyone
        .refused("refreshSession", json!({"refreshToken": token}))
        .await;
    assert_eq!(over.0, "SESSION_OVER");
    for name in ["refreshSession", "logOut"] {
        // An access token is no refresh token.
        for bad in ["nonsense", text(&json!(ada.token))] {
            let refused = anyone.refused(name, json!({"refreshToken": bad})).await;
            assert_eq!(refused.0, "SESSION_OVER", "{name}");
        }
    }
}

#[tokio::test]
async fn registering_again_under_the_same_id_is_done_once() {
    let server = Server::start().await;
    let input = json!({
        "name": "ada", "email": "ada@example.com", "password": PASSWORD, "clientMutationId": "1",
    });
    let first = server
        .anyone()
        .done("register", input.clone(), REGISTERED)
        .await;
    let again = server
        .anyone()
        .done("register", input.clone(), REGISTERED)
        .await;
    assert_eq!(first["account"]["id"], again["account"]["id"]);
    assert_eq!(first["position"], again["position"]);
    let mut other = input;
    other["password"] = json!("another password");
    let refused = server.anyone().refused("register", other).await;
    assert_eq!(
        refused,
        ("ID_REUSED".to_owned(), Some("clientMutationId".to_owned()))
    );
}

#[tokio::test]
async fn only_admins_give_and_take_roles() {
    let server = Server::start().await;
    let (admin, ada) = (server.admin().await, server.register("ada").await);
    let input = |id: &str, role: &str| json!({"accountId": id, "role": role});
    let refused = ada.refused("grantRole", input(&ada.id, "ADMIN")).await;
    assert_eq!(refused.0, "NOT_AN_ADMIN");
    let fields = "account { name roles }";
    let granted = admin
        .done("grantRole", input(&ada.id, "FINANCE"), fields)
        .await;
    assert_eq!(
        granted["account"],
        json!({"name": "ada", "roles": ["FINANCE"]})
    );
    let revoked = admin
        .done("revokeRole", input(&ada.id, "FINANCE"), fields)
        .await;
    assert_eq!(revoked["account"]["roles"], json!([]));
    let refused = admin.refused("revokeRole", input(&admin.id, "ADMIN")).await;
    assert_eq!(
        refused,
        ("OWN_ADMIN_ROLE".to_owned(), Some("role".to_owned()))
    );
    let nobody = "QWNjb3VudDowMTljMTYxMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA";
    let refused = admin.refused("grantRole", input(nobody, "ADMIN")).await;
    assert_eq!(refused.0, "ACCOUNT_NOT_FOUND");
}

#[tokio::test]
async fn everything_but_signing_in_needs_a_token() {
    let server = Server::start().await;
    let (_, channel) = server.streamer("ada").await;
    for (name, input) in [
        ("openChannel", json!({})),
        ("rotateStreamKey", json!({})),
        (
            "changePassword",
            json!({"currentPassword": "x", "newPassword": "y"}),
        ),
        ("startStream", json!({"title": "x"})),
        (
            "scheduleStream",
            json!({"title": "x", "scheduledFor": "2026-02-01T00:00:00Z"}),
        ),
        ("endStream", json!({"streamId": "x"})),
        ("cancelStream", json!({"streamId": "x"})),
        ("updateStream", json!({"streamId": "x"})),
        (
            "sendChatMessage",
            json!({"channelId": channel, "text": "x"}),
        ),
        ("deleteChatMessage", json!({"messageId": "x"})),
        (
            "banFromChannel",
            json!({"channelId": channel, "accountId": "x"}),
        ),
        (
            "unbanFromChannel",
            json!({"channelId": channel, "accountId": "x"}),
        ),
        (
            "timeOutInChannel",
            json!({"channelId": channel, "accountId": "x"}),
        ),
        (
            "liftTimeout",
            json!({"channelId": channel, "accountId": "x"}),
        ),
        ("topUp", json!({"amount": "1", "currency": "USD"})),
        (
            "sendTip",
            json!({"channelId": channel, "amount": "1", "currency": "USD"}),
        ),
        ("grantRole", json!({"accountId": "x", "role": "ADMIN"})),
        ("revokeRole", json!({"accountId": "x", "role": "ADMIN"})),
    ] {
        let answer = server.anyone().mutate(name, input, "").await;
        assert_eq!(answer.code(), "UNAUTHENTICATED", "{name}");
    }
}
