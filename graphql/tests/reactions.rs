//! Reactions: seen as they pass, counted in the log, by several nodes.

use crate::support::{Client, DEADLINE, Server, Socket, go_live, unhurried, within};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tributary_domain::channel::Event as Happened;
use tributary_domain::{Event, Position};
use tributary_graphql::rate::{Budget, Budgets};
use tributary_graphql::{Api, ApiSettings};
use tributary_store::testing::Engine;

const PASSING: &str = "subscription S($c: ID!) { reactions(channelId: $c) {
    reactions { streamId messageId emoji count } } }";
const COUNTS: &str =
    "subscription S($i: ID!) { reactionCounts(id: $i) { total counts { emoji count } } }";

async fn caught_up(server: &Server) {
    let reached = server.views.wait_for(server.log.head(), DEADLINE);
    reached.await.unwrap();
}

async fn live_stream(server: &Server, streamer: &Client, channel: &str) -> Value {
    go_live(server, streamer).await;
    caught_up(server).await;
    let query = "query Q($c: ID!) { channel(id: $c) { currentStream { id } } }";
    let answer = streamer.ask_with(query, json!({"c": channel})).await;
    answer.data()["channel"]["currentStream"]["id"].clone()
}

async fn say(client: &Client, channel: &str, text: &str) -> Value {
    let input = json!({"channelId": channel, "text": text});
    let sent = client
        .done("sendChatMessage", input, "message { id }")
        .await;
    sent["message"]["id"].clone()
}

/// Reacts, which must be taken.
async fn react(client: &Client, to: &Value, emoji: &str) {
    let (name, mut input) = reaction(to, emoji);
    input["clientMutationId"] = Value::Null;
    let answer = client.mutate(name, input, "emoji").await;
    let expected = json!({"emoji": emoji, "errors": [], "position": null});
    assert_eq!(answer.data()[name], expected);
}

fn reaction(to: &Value, emoji: &str) -> (&'static str, Value) {
    use base64::Engine as _;
    let id = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(to.as_str().unwrap())
        .unwrap();
    match id.starts_with(b"Stream") {
        true => ("reactToStream", json!({"streamId": to, "emoji": emoji})),
        false => ("reactToMessage", json!({"messageId": to, "emoji": emoji})),
    }
}

async fn refused(client: &Client, to: &Value, emoji: &str) -> String {
    let (name, input) = reaction(to, emoji);
    client.refused(name, input).await.0
}

/// Follows what passes in a channel. A feed of what passes has begun once something passes: `warm` is a
/// message of its own for that.
async fn following(address: SocketAddr, channel: &str, client: &Client, warm: &Value) -> Socket {
    let mut socket = Socket::open(address, None).await;
    socket.subscribe("1", PASSING, json!({"c": channel})).await;
    within("the feed to begin", async {
        loop {
            react(client, warm, "🌱").await;
            let wait = Duration::from_millis(200);
            if tokio::time::timeout(wait, socket.item("reactions"))
                .await
                .is_ok()
            {
                return;
            }
        }
    })
    .await;
    socket
}

/// The next reaction that passes, but those that were to begin with.
async fn passed(socket: &mut Socket) -> Value {
    loop {
        let burst = socket.item("reactions").await["reactions"].clone();
        let others = burst.as_array().unwrap().iter();
        let others: Vec<_> = others.filter(|one| one["emoji"] != "🌱").cloned().collect();
        match others.as_slice() {
            [] => {}
            [one] => return one.clone(),
            many => panic!("more than one: {many:?}"),
        }
    }
}

/// Waits until something was reacted to so often; how, then.
async fn counted(server: &Server, id: &Value, total: i64) -> Value {
    let address = server.listen().await;
    let mut counts = Socket::open(address, None).await;
    counts.subscribe("1", COUNTS, json!({"i": id})).await;
    within("the reactions", async {
        loop {
            let now = counts.item("reactionCounts").await;
            if now["total"].as_i64().unwrap() >= total {
                return now;
            }
        }
    })
    .await
}

/// The sums in the log: how many events, and what those with an emoji come to.
async fn in_the_log(server: &Server, emoji: &[&str]) -> (usize, u32) {
    let (mut events, mut sum, mut place) = (0, 0, Position::START);
    let head = server.log.head();
    while place < head {
        place = place.next();
        let found = server.log.event_at(place).await.unwrap().unwrap();
        if let Event::Channel(Happened::ReactionsTallied(tallied)) = &found.event {
            events += 1;
            let wanted = tallied.tallies.iter();
            let wanted = wanted.filter(|tally| emoji.contains(&tally.emoji.as_str()));
            sum += wanted.map(|tally| tally.count).sum::<u32>();
        }
    }
    (events, sum)
}

#[tokio::test]
async fn a_reaction_is_seen_as_it_passes_and_counted_in_the_log() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let stream = live_stream(&server, &ada, &channel).await;
    let message = say(&ada, &channel, "hello").await;
    let warm = say(&ada, &channel, "warm").await;
    let mut passing = following(address, &channel, &ada, &warm).await;
    let one = |to_stream: &Value, to_message: &Value, emoji: &str| json!({"streamId": to_stream, "messageId": to_message, "emoji": emoji, "count": 1});
    let heart = "❤\u{fe0f}";
    react(&eve, &stream, heart).await;
    assert_eq!(
        passed(&mut passing).await,
        one(&stream, &Value::Null, heart)
    );
    react(&eve, &message, "👏").await;
    assert_eq!(
        passed(&mut passing).await,
        one(&Value::Null, &message, "👏")
    );
    // Who comes now is shown nothing of what has passed.
    let mut late = following(address, &channel, &ada, &warm).await;
    react(&ada, &stream, "🎉").await;
    assert_eq!(passed(&mut late).await, one(&stream, &Value::Null, "🎉"));

    let expected = json!({"total": 2, "counts": [
        {"emoji": "❤\u{fe0f}", "count": 1}, {"emoji": "🎉", "count": 1},
    ]});
    assert_eq!(counted(&server, &stream, 2).await, expected);
    counted(&server, &message, 1).await;
    let query = "query Q($s: ID!, $m: ID!) {
        stream(id: $s) { reactions { total } }
        node(id: $m) { ... on ChatMessage { reactions { total counts { emoji count } } } }
    }";
    let answer = eve
        .ask_with(query, json!({"s": stream, "m": message}))
        .await;
    let one = json!({"total": 1, "counts": [{"emoji": "👏", "count": 1}]});
    let expected = json!({"stream": {"reactions": {"total": 2}}, "node": {"reactions": one}});
    assert_eq!(answer.data(), &expected);
    let (_, sum) = in_the_log(&server, &[heart, "👏", "🎉"]).await;
    assert_eq!(sum, 3);

    // What is removed is not reacted to, and shows nothing.
    ada.done("deleteChatMessage", json!({"messageId": message}), "")
        .await;
    caught_up(&server).await;
    let answer = eve
        .ask_with(query, json!({"s": stream, "m": message}))
        .await;
    let nothing = json!({"total": 0, "counts": []});
    assert_eq!(answer.data()["node"]["reactions"], nothing);
    assert_eq!(refused(&eve, &message, "👏").await, "MESSAGE_NOT_FOUND");
    let mut gone = Socket::open(address, None).await;
    gone.subscribe("1", COUNTS, json!({"i": message})).await;
    assert_eq!(gone.error().await, "NOT_FOUND");
}

#[tokio::test]
async fn a_storm_of_hearts_is_a_few_events_and_none_is_lost() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let stream = live_stream(&server, &ada, &channel).await;
    let began = Instant::now();
    for _ in 0..20 {
        let storm = (0..50).map(|n| react(&ada, &stream, ["👏", "🎉"][n % 2]));
        futures::future::join_all(storm).await;
    }
    let counts = counted(&server, &stream, 1_000).await;
    let took = began.elapsed();
    let expected = json!([{"emoji": "🎉", "count": 500}, {"emoji": "👏", "count": 500}]);
    assert_eq!(counts["counts"], expected);
    let (events, sum) = in_the_log(&server, &["👏", "🎉"]).await;
    assert_eq!(sum, 1_000);
    // One at once, and then one for each second that passed.
    let seconds = usize::try_from(took.as_secs()).unwrap();
    assert!(events <= seconds + 2, "{events} in {took:?}");
}

async fn stopped(api: &Api) {
    api.close();
    within("the last sums", api.write_last_reactions()).await;
}

#[tokio::test]
async fn each_node_counts_its_own_and_a_clean_stop_loses_nothing() {
    let server = Server::start().await;
    let address = server.listen().await;
    let (ada, channel) = server.streamer("ada").await;
    let stream = live_stream(&server, &ada, &channel).await;
    let two = server.beside().await;
    let there = Server::at(&two, &ada);
    let warm = say(&ada, &channel, "warm").await;
    let mut passing = following(address, &channel, &ada, &warm).await;
    // Taken on another node: it passes here as its sum, once.
    react(&there, &stream, "🔥").await;
    let one = json!({"streamId": stream, "messageId": null, "emoji": "🔥", "count": 1});
    assert_eq!(passed(&mut passing).await, one);
    for _ in 0..7 {
        react(&ada, &stream, "👏").await;
        react(&there, &stream, "👏").await;
    }
    // Whatever was not written by now is written by the stop.
    stopped(&two).await;
    stopped(&server.api).await;
    let (_, sum) = in_the_log(&server, &["👏", "🔥"]).await;
    assert_eq!(sum, 15);
    caught_up(&server).await;
    let query =
        "query Q($s: ID!) { stream(id: $s) { reactions { total counts { emoji count } } } }";
    let answer = ada.ask_with(query, json!({"s": stream})).await;
    let expected = json!({"total": 15, "counts": [
        {"emoji": "👏", "count": 14}, {"emoji": "🔥", "count": 1},
    ]});
    assert_eq!(answer.data()["stream"]["reactions"], expected);
}

#[tokio::test]
async fn who_may_not_speak_does_not_react_and_what_is_no_emoji_is_refused() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let message = say(&ada, &channel, "hello").await;
    let stream = live_stream(&server, &ada, &channel).await;
    for wrong in ["", "a", "1", "👏👏", "👏 ", "b\u{200d}👏", &"👏".repeat(50)] {
        assert_eq!(
            refused(&eve, &stream, wrong).await,
            "NOT_AN_EMOJI",
            "{wrong:?}"
        );
    }
    for fine in ["👏", "👩‍🚀", "🇻🇳", "1\u{fe0f}\u{20e3}", "❤\u{fe0f}"] {
        react(&eve, &stream, fine).await;
    }
    let about = json!({"channelId": channel, "accountId": eve.id});
    for (act, undo, code) in [
        ("banFromChannel", "unbanFromChannel", "BANNED"),
        ("muteInChannel", "unmuteInChannel", "MUTED"),
        ("timeOutInChannel", "liftTimeout", "TIMED_OUT"),
    ] {
        ada.done(act, about.clone(), "").await;
        for to in [&stream, &message] {
            assert_eq!(refused(&eve, to, "👏").await, code);
        }
        ada.done(undo, about.clone(), "").await;
        react(&eve, &stream, "👏").await;
    }
    let gate = json!({"channelId": channel, "followersOnlyMinutes": 0, "slowModeSeconds": 600, "emoteOnly": true});
    ada.done("updateChatSettings", gate, "").await;
    assert_eq!(refused(&eve, &message, "👏").await, "FOLLOWERS_ONLY");
    eve.done("followChannel", json!({"channelId": channel}), "")
        .await;
    for _ in 0..2 {
        react(&eve, &message, "👏").await;
    }
    let (name, input) = reaction(&stream, "👏");
    let nobody = server.anyone().mutate(name, input, "emoji").await;
    assert_eq!(nobody.code(), "UNAUTHENTICATED");
    use base64::Engine as _;
    let id = |text: &str| json!(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text));
    let none = id("Stream:01900000-0000-7000-8000-000000000001");
    assert_eq!(refused(&eve, &none, "👏").await, "STREAM_NOT_FOUND");
    for none in ["ChatMessage:1", "ChatMessage:999999"] {
        assert_eq!(refused(&eve, &id(none), "👏").await, "MESSAGE_NOT_FOUND");
    }
    ada.done("endStream", json!({"streamId": stream}), "").await;
    assert_eq!(refused(&eve, &stream, "👏").await, "STREAM_NOT_OPEN");
    react(&eve, &message, "👏").await;
}

#[tokio::test]
async fn a_reaction_that_is_sent_again_counts_once() {
    let server = Server::start().await;
    let (ada, channel) = server.streamer("ada").await;
    let message = say(&ada, &channel, "hello").await;
    for _ in 0..3 {
        let input = json!({"messageId": message, "emoji": "👏", "clientMutationId": "r1"});
        let answer = ada.mutate("reactToMessage", input, "emoji").await;
        assert_eq!(answer.data()["reactToMessage"]["emoji"], "👏");
    }
    let other = json!({"messageId": message, "emoji": "🎉", "clientMutationId": "r1"});
    assert_eq!(ada.refused("reactToMessage", other).await.0, "ID_REUSED");
    stopped(&server.api).await;
    assert_eq!(in_the_log(&server, &["👏"]).await.1, 1);
}

#[tokio::test]
async fn reactions_have_a_budget_of_their_own() {
    let budgets = Budgets {
        reactions: Some(Budget::new(3, Duration::from_secs(30))),
        ..Budgets::NONE
    };
    let settings = ApiSettings {
        budgets,
        ..unhurried()
    };
    let server = Server::start_with(Engine::Sqlite, settings).await;
    let (ada, channel) = server.streamer("ada").await;
    let message = say(&ada, &channel, "hello").await;
    for _ in 0..3 {
        react(&ada, &message, "👏").await;
    }
    let (name, input) = reaction(&message, "👏");
    let over = ada.mutate(name, input, "emoji").await;
    assert_eq!(over.code(), "RATE_LIMITED");
    assert_eq!(over.body["errors"][0]["extensions"]["retryAfter"], 10);
    say(&ada, &channel, "speech is another budget").await;
    server.clock.advance(TimeDelta::seconds(10));
    react(&ada, &message, "👏").await;
}
