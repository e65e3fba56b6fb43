//! Answers as of a past moment.

use crate::support::{Client, Server};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tributary_graphql::ApiSettings;
use tributary_store::on_both_engines;
use tributary_store::testing::Engine;

on_both_engines!(
    a_wallet_is_told_as_it_was,
    a_stream_and_its_channel_are_told_as_they_were,
);

async fn wallet_at(client: &Client, account: &str, as_of: Value) -> Value {
    let query = "query Q($a: ID!, $t: AsOfInput) { wallet(accountId: $a, currency: \"USD\", asOf: $t) \
                 { balance earnings } }";
    let variables = json!({"a": account, "t": as_of});
    let answer = client.ask_with(query, variables).await;
    answer.data()["wallet"].clone()
}

async fn a_wallet_is_told_as_it_was(engine: Engine) {
    let server = Server::start_with(engine, ApiSettings::default()).await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let top_up = json!({"amount": "20", "currency": "USD"});
    let paid = eve.done("topUp", top_up, "").await;
    server.clock.advance(TimeDelta::minutes(10));
    let tip = json!({"channelId": channel, "amount": "5", "currency": "USD"});
    let tipped = eve.done("sendTip", tip, "").await;

    let before = json!({"position": paid["position"]});
    let after = json!({"position": tipped["position"]});
    let money = |balance: &str, earnings: &str| json!({"balance": balance, "earnings": earnings});
    assert_eq!(
        wallet_at(&eve, &eve.id, before.clone()).await,
        money("20.00", "0.00")
    );
    assert_eq!(
        wallet_at(&eve, &eve.id, after).await,
        money("15.00", "0.00")
    );
    assert_eq!(
        wallet_at(&eve, &eve.id, Value::Null).await,
        money("15.00", "0.00")
    );
    // By the clock, which the tip is ten minutes after.
    let at = |time: &str| json!({"time": time});
    let then = wallet_at(&eve, &eve.id, at("2026-01-31T18:00:00Z")).await;
    assert_eq!(then, money("20.00", "0.00"));
    let then = wallet_at(&eve, &eve.id, at("2026-01-31T18:09:59.999999Z")).await;
    assert_eq!(then, money("20.00", "0.00"));
    let then = wallet_at(&eve, &eve.id, at("2026-01-31T18:10:00Z")).await;
    assert_eq!(then, money("15.00", "0.00"));
    // Ada had no wallet yet.
    assert_eq!(wallet_at(&ada, &ada.id, before).await, Value::Null);
    // Nobody else sees it, then as little as now.
    assert_eq!(
        wallet_at(&ada, &eve.id, at("2026-01-31T18:10:00Z")).await,
        Value::Null
    );
}

async fn a_stream_and_its_channel_are_told_as_they_were(engine: Engine) {
    let server = Server::start_with(engine, ApiSettings::default()).await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let started = ada
        .done("startStream", json!({"title": "one"}), "stream { id }")
        .await;
    let id = &started["stream"]["id"];
    let renamed = json!({"streamId": id, "title": "two"});
    ada.done("updateStream", renamed, "").await;
    ada.done("endStream", json!({"streamId": id}), "").await;

    let query = "query Q($id: ID!, $c: ID!, $t: AsOfInput) {
        stream(id: $id, asOf: $t) { id title status channel { name owner { name } isLive } }
        channel(id: $c, asOf: $t) { id currentStream { title status } }
        account(name: \"ada\", asOf: $t) { name isStreaming channel { name } }
    }";
    let then = json!({"position": started["position"]});
    let variables = json!({"id": id, "c": channel, "t": then});
    let answer = ada.ask_with(query, variables.clone()).await;
    let stream = &answer.data()["stream"];
    assert_eq!(
        (&stream["title"], &stream["status"]),
        (&json!("one"), &json!("STARTING"))
    );
    assert_eq!(stream["id"], *id, "the id is the same for ever");
    let home = json!({"name": "ada", "owner": {"name": "ada"}, "isLive": false});
    assert_eq!(stream["channel"], home);
    let on = json!({"title": "one", "status": "STARTING"});
    assert_eq!(answer.data()["channel"]["currentStream"], on);
    let account = json!({"name": "ada", "isStreaming": false, "channel": {"name": "ada"}});
    assert_eq!(answer.data()["account"], account);

    let now = json!({"id": id, "c": channel, "t": null});
    let answer = ada.ask_with(query, now).await;
    assert_eq!(answer.data()["stream"]["title"], "two");
    assert_eq!(answer.data()["channel"]["currentStream"], Value::Null);

    // A title that was taken back is not for strangers.
    for other in [&eve, &server.anyone()] {
        let answer = other.ask_with(query, variables.clone()).await;
        assert_eq!(
            answer.body["data"]["stream"],
            Value::Null,
            "{}",
            answer.body
        );
        let errors = answer.body["errors"].as_array().unwrap().iter();
        let codes: Vec<_> = errors.map(|error| &error["extensions"]["code"]).collect();
        assert_eq!(codes, ["FORBIDDEN"; 3]);
    }
    // Lists and numbers are of now; their error leaves the rest its answer.
    let query = "query Q($id: ID!, $t: AsOfInput) { stream(id: $id, asOf: $t) { title viewerCount \
                 channel { messages(last: 1) { nodes { id } } } } }";
    let answer = ada.ask_with(query, json!({"id": id, "t": then})).await;
    let expected = json!({"title": "one", "viewerCount": null, "channel": {"messages": null}});
    assert_eq!(answer.body["data"]["stream"], expected);
    assert_eq!(answer.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn moments_that_are_none_are_refused_with_what_is_allowed() {
    let server = Server::start().await;
    let ada = server.register("ada").await;
    let query = "query Q($t: AsOfInput) { account(name: \"ada\", asOf: $t) { name } }";
    for (then, sentence) in [
        (json!({"position": "1000"}), "is in the future"),
        (
            json!({"time": "2026-01-31T18:00:00.000001Z"}),
            "is in the future",
        ),
        (json!({"position": "0"}), "before the first event"),
        (
            json!({"time": "2026-01-31T17:59:59Z"}),
            "before the first event",
        ),
    ] {
        let answer = ada.ask_with(query, json!({"t": then})).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{then}: {}", answer.body);
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(sentence), "{then}: {message}");
    }
    for then in [
        json!({}),
        json!({"position": "1", "time": "2026-01-31T18:00:00Z"}),
        json!({"position": null}),
    ] {
        let answer = ada.ask_with(query, json!({"t": then})).await;
        assert!(answer.body["errors"].is_array(), "{then}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_history_that_is_too_long_is_refused_and_no_work_is_done_for_ever() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let events = crate::support::chatter(&server, &ada, 20_001).await;
    assert!(events > 20_000);
    let query = "query Q($c: ID!) { aggregateState(id: $c) { events } channel(id: $c, asOf: \
                 {position: \"5\"}) { name } }";
    let answer = ada.ask_with(query, json!({"c": channel})).await;
    assert_eq!(answer.code(), "QUERY_TOO_COMPLEX", "{}", answer.body);
    // What needs no more than the channel's first event is told all the same.
    assert_eq!(
        answer.body["data"]["channel"]["name"], "ada",
        "{}",
        answer.body
    );
}
