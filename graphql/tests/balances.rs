//! Nobody but its owner and finance sees what money somebody has, however it is asked for.

use crate::support::{Client, Server, Socket};
use serde_json::{Value, json};
use tributary_store::on_both_engines;
use tributary_store::testing::Engine;

on_both_engines!(
    events_of_money_show_amounts_to_whom_it_belongs_and_to_finance,
    states_of_money_show_amounts_to_whom_they_belong_and_to_finance,
);

/// Amounts that nothing else in the log is: what eve paid in, set aside and has left, what ada earned, was
/// paid and has left.
const OF_EVE: [&str; 3] = ["7531.13", "86.42", "5063.11"];
const OF_ADA: [&str; 3] = ["2344.62", "1357.91", "986.71"];
/// What eve gave: it concerns both.
const TIP: &str = "2468.02";

struct Story {
    server: Server,
    admin: Client,
    analyst: Client,
    finance: Client,
    ada: Client,
    eve: Client,
    mallory: Client,
    payout: String,
    payment: String,
}

impl Story {
    async fn told(engine: Engine) -> Self {
        let server = Server::start_with(engine, crate::support::unhurried()).await;
        let admin = server.admin().await;
        let (ada, channel) = server.streamer("ada").await;
        let [eve, mallory, analyst, finance] = [
            server.register("eve").await,
            server.register("mallory").await,
            server.register("ann").await,
            server.register("fay").await,
        ];
        for (client, role) in [(&analyst, "ANALYST"), (&finance, "FINANCE")] {
            let input = json!({"accountId": client.id, "role": role});
            admin.done("grantRole", input, "").await;
        }
        let top_up = json!({"amount": OF_EVE[0], "currency": "USD"});
        eve.done("topUp", top_up, "").await;
        let hold = json!({
            "amount": OF_EVE[1], "currency": "USD", "until": "2026-02-10T00:00:00Z",
            "clientMutationId": "hold",
        });
        eve.done("placeHold", hold, "holdId").await;
        let tip = json!({"channelId": channel, "amount": TIP, "currency": "USD"});
        eve.done("sendTip", tip, "").await;
        let payout = json!({
            "channelId": channel, "amount": OF_ADA[1], "currency": "USD", "clientMutationId": "pay",
        });
        let payout = ada.done("requestPayout", payout, "payoutId").await;
        let payout = format!("payout:{}", payout["payoutId"].as_str().unwrap());
        let reached = server
            .views
            .wait_for(server.log.head(), crate::support::DEADLINE);
        reached.await.unwrap();
        let mut story = Self {
            server,
            admin,
            analyst,
            finance,
            ada,
            eve,
            mallory,
            payout,
            payment: String::new(),
        };
        let events = story.events(&story.admin, "payment.*").await;
        story.payment = events[0]["aggregate"].as_str().unwrap().to_owned();
        story
    }

    async fn events(&self, client: &Client, types: &str) -> Vec<Value> {
        let query = "query Q($f: EventFilterInput) { events(filter: $f, first: 100) { nodes { id type \
                     aggregate payload personal actor } } }";
        let answer = client
            .ask_with(query, json!({"f": {"types": [types]}}))
            .await;
        answer.data()["events"]["nodes"].as_array().unwrap().clone()
    }

    async fn money(&self, client: &Client) -> Vec<Value> {
        let mut all = self.events(client, "wallet.*").await;
        all.extend(self.events(client, "payment.*").await);
        all.extend(self.events(client, "payout.*").await);
        all
    }
}

fn amounts(seen: &Value) -> Vec<&'static str> {
    let text = seen.to_string();
    let all = OF_EVE.into_iter().chain(OF_ADA).chain([TIP]);
    all.filter(|amount| text.contains(amount)).collect()
}

async fn events_of_money_show_amounts_to_whom_it_belongs_and_to_finance(engine: Engine) {
    let story = Story::told(engine).await;
    let of = async |client: &Client| Value::from(story.money(client).await);
    let names = |events: &Value| -> Vec<String> {
        let events = events.as_array().unwrap().iter();
        events
            .map(|e| e["type"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = of(&story.finance).await;
    assert_eq!(
        names(&all),
        [
            "wallet.topped_up",
            "wallet.hold_placed",
            "wallet.tipped",
            "wallet.credited",
            "wallet.debited",
            "payment.confirmed",
            "payout.requested",
        ]
    );
    assert_eq!(
        amounts(&all),
        [OF_EVE[0], OF_EVE[1], OF_ADA[0], OF_ADA[1], TIP],
        "finance sees every amount"
    );
    // And nobody's words.
    assert!(
        all.as_array()
            .unwrap()
            .iter()
            .all(|e| e["personal"].is_null())
    );

    for staff in [&story.admin, &story.analyst] {
        let seen = of(staff).await;
        assert_eq!(names(&seen), names(&all), "{} sees that it was", staff.name);
        assert_eq!(amounts(&seen), [""; 0], "{}: {seen}", staff.name);
        assert_eq!(seen[2]["payload"]["entry"]["currency"], "USD", "{seen}");
        assert_eq!(seen[2]["payload"]["entry"]["postings"], Value::Null);
        assert_eq!(seen[2]["payload"]["amount"], Value::Null);
    }
    let seen = of(&story.eve).await;
    // She asked for the tip, so she sees that ada was credited, and not with how much.
    assert_eq!(amounts(&seen), [OF_EVE[0], OF_EVE[1], OF_ADA[0], TIP]);
    let credited = seen.as_array().unwrap().iter();
    let credited = credited.filter(|e| e["type"] == "wallet.credited");
    for event in credited {
        assert_eq!(event["payload"]["amount"], Value::Null, "{event}");
    }
    let tipped = &seen
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["type"] == "wallet.tipped");
    let posted: Vec<_> = tipped.unwrap()["payload"]["entry"]["postings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["account"].as_str().unwrap().split(':').next().unwrap())
        .collect();
    assert_eq!(posted, ["viewer_balance", "platform_fees"], "{tipped:?}");
    let seen = of(&story.ada).await;
    assert_eq!(amounts(&seen), [OF_ADA[0], OF_ADA[1], TIP]);
    assert_eq!(of(&story.mallory).await, json!([]));

    // By its global id, and as it happens, an event shows no more than in the list.
    let query = "query Q($id: ID!) { node(id: $id) { ... on LogEvent { payload } } }";
    for event in all.as_array().unwrap() {
        for staff in [&story.admin, &story.analyst] {
            let answer = staff.ask_with(query, json!({"id": event["id"]})).await;
            assert!(answer.data()["node"]["payload"].is_object());
            assert_eq!(amounts(answer.data()), [""; 0]);
        }
        let answer = story
            .finance
            .ask_with(query, json!({"id": event["id"]}))
            .await;
        assert_eq!(answer.data()["node"]["payload"], event["payload"]);
    }
    let address = story.server.listen().await;
    let query = "subscription S($f: EventFilterInput) { events(filter: $f, after: \"0\") { \
                 event { type payload } } }";
    let filter = json!({"f": {"types": ["wallet.topped_up"]}});
    for (client, sees) in [
        (&story.admin, vec![]),
        (&story.analyst, vec![]),
        (&story.finance, vec![OF_EVE[0]]),
        (&story.eve, vec![OF_EVE[0]]),
    ] {
        let mut socket = Socket::open(address, client.token.as_deref()).await;
        socket.subscribe("1", query, filter.clone()).await;
        let item = socket.item("events").await;
        assert_eq!(item["event"]["type"], "wallet.topped_up");
        assert_eq!(amounts(&item), sees, "{}", client.name);
    }
}

async fn states_of_money_show_amounts_to_whom_they_belong_and_to_finance(engine: Engine) {
    let story = Story::told(engine).await;
    let query = "query Q($id: ID!) { aggregateState(id: $id) { events state } }";
    let wallet = |client: &Client| {
        let id = crate::support::channel_of(client);
        format!("wallet:{id}:USD")
    };
    let (eve, ada) = (wallet(&story.eve), wallet(&story.ada));
    for (id, owner, shown) in [
        (&eve, &story.eve, vec![OF_EVE[1], OF_EVE[2]]),
        (&ada, &story.ada, vec![OF_ADA[2]]),
        (&story.payment, &story.eve, vec![OF_EVE[0]]),
        (&story.payout, &story.ada, vec![OF_ADA[1]]),
    ] {
        let asked = json!({"id": id});
        for client in [owner, &story.finance] {
            let answer = client.ask_with(query, asked.clone()).await;
            assert_eq!(amounts(answer.data()), shown, "{id} {}", client.name);
        }
        for staff in [&story.admin, &story.analyst] {
            let answer = staff.ask_with(query, asked.clone()).await;
            let state = &answer.data()["aggregateState"];
            assert!(state["events"].as_i64().unwrap() > 0, "{id}: {state}");
            assert_eq!(amounts(state), [""; 0], "{id} {}: {state}", staff.name);
        }
        let others = [&story.eve, &story.ada, &story.mallory];
        for other in others.into_iter().filter(|other| other.id != owner.id) {
            let answer = other.ask_with(query, asked.clone()).await;
            assert_eq!(answer.code(), "FORBIDDEN", "{id}: {}", answer.body);
        }
    }
    // What is no money is no affair of finance's.
    let asked = json!({"id": story.eve.id});
    let answer = story.finance.ask_with(query, asked).await;
    assert_eq!(answer.code(), "FORBIDDEN", "{}", answer.body);

    // Nor do wallets show it, now or as of then.
    let query = "query Q($id: ID!, $t: AsOfInput) { wallet(accountId: $id, currency: \"USD\", asOf: $t) \
                 { balance held } account(name: \"eve\") { wallets { balance held } } }";
    let head = story.server.log.head().to_string();
    for then in [Value::Null, json!({"position": head})] {
        let asked = json!({"id": story.eve.id, "t": then});
        let all = [
            &story.admin,
            &story.analyst,
            &story.ada,
            &story.mallory,
            &story.finance,
            &story.eve,
        ];
        for client in all {
            let answer = client.ask_with(query, asked.clone()).await;
            let shown = match client.name.as_str() {
                "fay" | "eve" => vec![OF_EVE[1], OF_EVE[2]],
                _ => vec![],
            };
            assert_eq!(amounts(answer.data()), shown, "{}", client.name);
        }
    }
}
