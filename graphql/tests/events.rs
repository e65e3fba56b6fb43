//! The log, for whom it is to see.

use crate::support::{Client, Server, Socket};
use serde_json::{Value, json};
use tributary_store::on_both_engines;
use tributary_store::testing::Engine;

on_both_engines!(
    everybody_sees_what_is_theirs,
    every_filter_narrows_and_none_widens,
);

const EVENTS: &str = "query Q($filter: EventFilterInput, $first: Int!, $after: String) {
  events(filter: $filter, first: $first, after: $after) {
    nodes { position eventId type version aggregate sequence channelId recordedAt actor payload personal }
    pageInfo { hasNextPage endCursor }
  }
}";

/// What nobody but its owner and admins may read, wherever it stands.
const SECRETS: [&str; 8] = [
    "ada@example.com",
    "eve@example.com",
    "a secret title",
    "whispered",
    "for the show",
    "spoilers",
    "correct horse",
    "argon2",
];

/// A story in which everybody says or does something. Ada streams, eve watches and pays, mallory only
/// has an account.
struct Story {
    server: Server,
    admin: Client,
    analyst: Client,
    ada: Client,
    eve: Client,
    mallory: Client,
    channel: String,
    stream: String,
}

impl Story {
    async fn told(engine: Engine) -> Self {
        let server = Server::start_with(engine, Default::default()).await;
        let admin = server.admin().await;
        let (ada, channel) = server.streamer("ada").await;
        let eve = server.register("eve").await;
        let mallory = server.register("mallory").await;
        let analyst = server.register("analyst").await;
        let role = json!({"accountId": analyst.id, "role": "ANALYST"});
        admin.done("grantRole", role, "").await;
        let title = json!({"title": "a secret title", "visibility": "PRIVATE"});
        let started = ada.done("startStream", title, "stream { id }").await;
        let stream = started["stream"]["id"].as_str().unwrap().to_owned();
        let said = json!({"channelId": channel, "text": "whispered"});
        eve.done("sendChatMessage", said, "").await;
        let top_up = json!({"amount": "20", "currency": "USD"});
        eve.done("topUp", top_up, "").await;
        let tip = json!({
            "channelId": channel, "amount": "5", "currency": "USD", "message": "for the show",
        });
        eve.done("sendTip", tip, "").await;
        let ban = json!({"channelId": channel, "accountId": eve.id, "reason": "spoilers"});
        ada.done("banFromChannel", ban, "").await;
        Self {
            server,
            admin,
            analyst,
            ada,
            eve,
            mallory,
            channel,
            stream,
        }
    }

    fn head(&self) -> i64 {
        self.server.log.head().get()
    }
}

/// All events that somebody sees, a page after the other.
async fn seen(client: &Client, filter: Value, first: i32) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({"filter": filter, "first": first, "after": after});
        let answer = client.ask_with(EVENTS, variables).await;
        let page = &answer.data()["events"];
        all.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            return all;
        }
        assert_ne!(
            after, page["pageInfo"]["endCursor"],
            "the page does not go on"
        );
        after = page["pageInfo"]["endCursor"].clone();
    }
}

fn names(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect()
}

fn leaks(events: &[Value]) -> Vec<&'static str> {
    let text = Value::from(events.to_vec()).to_string();
    let leaked = SECRETS.into_iter().filter(|secret| text.contains(secret));
    leaked.collect()
}

async fn everybody_sees_what_is_theirs(engine: Engine) {
    let story = Story::told(engine).await;
    let head = usize::try_from(story.head()).unwrap();

    let all = seen(&story.admin, json!(null), 7).await;
    let positions: Vec<i64> = all
        .iter()
        .map(|event| event["position"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(
        positions,
        (1..=story.head()).collect::<Vec<_>>(),
        "an admin sees every event once"
    );
    // A password is no event at all.
    assert_eq!(leaks(&all), SECRETS[..6], "an admin sees everything");

    let anonymised = seen(&story.analyst, json!(null), 100).await;
    assert_eq!(anonymised.len(), head, "an analyst sees every event");
    assert_eq!(leaks(&anonymised), [""; 0], "and nothing personal");
    assert!(anonymised.iter().all(|event| event["personal"].is_null()));
    assert!(anonymised.iter().all(|event| event["payload"].is_object()));

    let own = seen(&story.eve, json!(null), 3).await;
    assert_eq!(
        names(&own),
        [
            "account.registered",
            "claim.made",
            "claim.made",
            "account.session_opened",
            "channel.message_sent",
            "wallet.topped_up",
            "payment.confirmed",
            "wallet.tipped",
            "wallet.credited",
            "channel.banned",
        ]
    );
    let mut said = leaks(&own);
    said.sort_unstable();
    assert_eq!(
        said,
        ["eve@example.com", "for the show", "spoilers", "whispered"]
    );
    // Who banned her is not told to the one who is banned.
    assert_eq!(own[9]["actor"], Value::Null, "{}", own[9]);
    assert_eq!(
        own[4]["actor"]
            .as_str()
            .map(|actor| actor.starts_with("account:")),
        Some(true)
    );

    let ada = seen(&story.ada, json!(null), 100).await;
    let mut said = leaks(&ada);
    said.sort_unstable();
    // The tip is hers, the words with it are the payer's. Of whom she banned she sees the event.
    assert_eq!(said, ["a secret title", "ada@example.com"]);
    assert!(names(&ada).contains(&"channel.banned"));

    let nothing = seen(&story.mallory, json!(null), 100).await;
    assert!(
        names(&nothing)
            .iter()
            .all(|name| name.starts_with("account.") || *name == "claim.made")
    );
    assert_eq!(leaks(&nothing), [""; 0]);

    let variables = json!({"first": 1});
    let answer = story.server.anyone().ask_with(EVENTS, variables).await;
    assert_eq!(answer.code(), "UNAUTHENTICATED");
}

async fn every_filter_narrows_and_none_widens(engine: Engine) {
    let story = Story::told(engine).await;
    let all = seen(&story.admin, json!(null), 100).await;
    let admin = &story.admin;
    let stream = json!({"aggregate": story.stream});
    let found = seen(admin, stream, 2).await;
    assert_eq!(names(&found), ["stream.started"]);
    let by_name = json!({"aggregate": found[0]["aggregate"]});
    assert_eq!(seen(admin, by_name, 2).await, found);
    let found = seen(admin, json!({"types": ["wallet.*", "channel.banned"]}), 1).await;
    let expected = [
        "wallet.topped_up",
        "wallet.tipped",
        "wallet.credited",
        "channel.banned",
    ];
    assert_eq!(names(&found), expected);
    let found = seen(
        admin,
        json!({"channelId": story.channel, "types": ["wallet.*"]}),
        2,
    )
    .await;
    assert_eq!(names(&found), ["wallet.tipped", "wallet.credited"]);
    assert!(
        found
            .iter()
            .all(|event| event["channelId"] == story.channel.as_str())
    );
    let found = seen(admin, json!({"from": "3", "to": "5"}), 2).await;
    assert_eq!(found, all[2..5]);
    let moment = &all[0]["recordedAt"];
    assert_eq!(
        seen(admin, json!({"until": moment}), 9).await,
        [Value::Null; 0]
    );
    assert_eq!(seen(admin, json!({"since": moment}), 100).await, all);
    assert_eq!(
        seen(admin, json!({"types": ["'; DROP TABLE events; --"]}), 9).await,
        [Value::Null; 0]
    );

    // However it is asked for, what is another's stays unseen.
    let everything_of_ada = [
        json!({"aggregate": story.ada.id}),
        json!({"aggregate": story.stream}),
        json!({"aggregate": story.channel, "types": ["channel.opened"]}),
        json!({"channelId": story.channel, "types": ["stream.*"]}),
        json!({"types": ["stream.started"], "from": "1"}),
    ];
    for filter in everything_of_ada {
        for other in [&story.mallory, &story.eve] {
            let found = seen(other, filter.clone(), 100).await;
            assert_eq!(found, [Value::Null; 0], "{filter}");
        }
    }
    for bad in [
        json!({"aggregate": "nonsense"}),
        json!({"channelId": story.stream}),
        json!({"types": ["x".repeat(51)]}),
        json!({"types": vec!["x"; 51]}),
        json!({"types": ["\u{0}"]}),
        json!({"from": "-1"}),
    ] {
        let variables = json!({"filter": bad, "first": 1});
        let answer = admin.ask_with(EVENTS, variables).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{bad}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_event_has_a_global_id_that_shows_no_more_than_the_list() {
    let story = Story::told(Engine::Sqlite).await;
    let said = seen(&story.admin, json!({"types": ["channel.message_sent"]}), 1).await;
    let list = "query Q($f: EventFilterInput) { events(filter: $f, first: 1) { nodes { id } } }";
    let filter = json!({"f": {"types": ["channel.message_sent"]}});
    let answer = story.admin.ask_with(list, filter).await;
    let id = &answer.data()["events"]["nodes"][0]["id"];
    let query = "query Q($id: ID!) { node(id: $id) { id ... on LogEvent { personal payload } } }";
    let one = async |client: &Client| {
        let answer = client.ask_with(query, json!({"id": id})).await;
        answer.data()["node"].clone()
    };
    assert_eq!(one(&story.admin).await["personal"], said[0]["personal"]);
    assert_eq!(one(&story.eve).await["personal"]["text"], "whispered");
    assert_eq!(one(&story.analyst).await["personal"], Value::Null);
    assert_eq!(one(&story.analyst).await["payload"], said[0]["payload"]);
    assert_eq!(one(&story.mallory).await, Value::Null);
}

#[tokio::test]
async fn a_state_is_shown_whole_without_words_or_not_at_all() {
    let story = Story::told(Engine::Sqlite).await;
    let query = "query Q($id: ID!, $t: AsOfInput) { aggregateState(id: $id, asOf: $t) { aggregate asOf events state } }";
    let state =
        async |client: &Client, id: &str| client.ask_with(query, json!({"id": id})).await.body;
    let of_stream = state(&story.admin, &story.stream).await;
    assert!(
        of_stream.to_string().contains("a secret title"),
        "{of_stream}"
    );
    assert_eq!(
        state(&story.ada, &story.stream).await,
        of_stream,
        "it is ada's"
    );
    let worded = state(&story.analyst, &story.stream).await;
    assert_eq!(worded["data"]["aggregateState"]["events"], 1, "{worded}");
    assert!(!worded.to_string().contains("secret"), "{worded}");
    let of_account = state(&story.analyst, &story.ada.id).await;
    assert!(
        of_account["data"]["aggregateState"]["state"].is_object(),
        "{of_account}"
    );
    assert!(!of_account.to_string().contains("\"ada\""), "{of_account}");

    // Whether something is there is not told either.
    let nothing = "stream:019c1610-0000-7000-8000-000000000000";
    for other in [&story.eve, &story.mallory] {
        for id in [
            story.stream.as_str(),
            &story.ada.id,
            &story.channel,
            nothing,
            "installation:tributary",
        ] {
            let answer = state(other, id).await;
            assert_eq!(
                answer["errors"][0]["extensions"]["code"], "FORBIDDEN",
                "{id}: {answer}"
            );
            assert_eq!(answer["data"]["aggregateState"], Value::Null);
        }
    }
    assert_eq!(
        state(&story.admin, nothing).await["data"]["aggregateState"],
        Value::Null
    );
    let wallet = format!("{}:USD", "wallet");
    assert_eq!(
        state(&story.admin, &wallet).await["errors"][0]["extensions"]["code"],
        "BAD_USER_INPUT"
    );
    let anyone = state(&story.server.anyone(), &story.stream).await;
    assert_eq!(anyone["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");

    let then = json!({"id": story.eve.id, "t": {"position": "1"}});
    let answer = story.admin.ask_with(query, then).await;
    assert_eq!(
        answer.data()["aggregateState"],
        Value::Null,
        "eve was not there at position 1"
    );
}

/// The next event of a subscription, without its position.
async fn next(socket: &mut Socket) -> Value {
    socket.item("events").await["event"].clone()
}

#[tokio::test]
async fn the_same_subscription_shows_each_what_is_theirs() {
    let story = Story::told(Engine::Sqlite).await;
    let address = story.server.listen().await;
    let query = "subscription S($f: EventFilterInput, $a: String) { events(filter: $f, after: $a) { \
                 cursor event { position type payload personal actor } } }";
    let filter = json!({"types": ["channel.message_sent", "account.*"]});
    let follow = async |client: &Client, after: Value| {
        let mut socket = Socket::open(address, client.token.as_deref()).await;
        let variables = json!({"f": filter, "a": after});
        socket.subscribe("1", query, variables).await;
        socket
    };
    // From the beginning, so that what is followed is known to be followed.
    let from_now = json!(story.head().to_string());
    let mut admin = follow(&story.admin, from_now.clone()).await;
    let mut analyst = follow(&story.analyst, from_now.clone()).await;
    let mut ada = follow(&story.ada, from_now.clone()).await;
    let mut mallory = follow(&story.mallory, from_now.clone()).await;

    let said = json!({"channelId": story.channel, "text": "psst"});
    story.ada.done("sendChatMessage", said, "").await;
    let seen = next(&mut admin).await;
    assert_eq!(seen["personal"]["text"], "psst");
    let anonymised = next(&mut analyst).await;
    assert_eq!(
        (&anonymised["payload"], &anonymised["personal"]),
        (&seen["payload"], &Value::Null)
    );
    assert_eq!(next(&mut ada).await["personal"]["text"], "psst");

    // Who is no analyst any more sees, from that moment on, what anyone sees.
    let role = json!({"accountId": story.analyst.id, "role": "ANALYST"});
    story.admin.done("revokeRole", role, "").await;
    assert_eq!(next(&mut analyst).await["type"], "account.role_revoked");
    let said = json!({"channelId": story.channel, "text": "again"});
    story.ada.done("sendChatMessage", said, "").await;
    // What mallory does is the first that she sees, and the next that the one without a role sees not.
    let login = json!({"nameOrEmail": "mallory", "password": crate::support::PASSWORD});
    story.server.anyone().done("logIn", login.clone(), "").await;
    assert_eq!(next(&mut mallory).await["type"], "account.session_opened");
    let login = json!({"nameOrEmail": "analyst", "password": crate::support::PASSWORD});
    story.server.anyone().done("logIn", login, "").await;
    let own = next(&mut analyst).await;
    assert_eq!(own["type"], "account.session_opened", "{own}");
    assert_eq!(own["personal"], Value::Null);

    // And nobody is refused.
    let mut anyone = Socket::open(address, None).await;
    anyone.subscribe("1", query, json!({})).await;
    assert_eq!(anyone.error().await, "UNAUTHENTICATED");

    // Resumed behind a cursor, nothing is missing and nothing comes twice.
    let mut again = follow(&story.admin, from_now).await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(text_of(&next(&mut again).await["type"]));
    }
    assert_eq!(
        seen,
        [
            "channel.message_sent",
            "account.role_revoked",
            "channel.message_sent",
            "account.session_opened",
            "account.session_opened"
        ]
    );
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
