//! What finance lists over the API: payouts, holds, payments, disputes. And who may.

use crate::support::{Client, DEADLINE, Server, channel_of, system, unhurried};
use serde_json::{Value, json};
use std::time::Duration;
use tributary_domain::command::payments::{Command as Payments, GivenTips};
use tributary_domain::payment::{PaymentId, Standing};
use tributary_domain::{Command, EntryId, Money, Salt};
use tributary_graphql::ApiSettings;
use tributary_store::on_both_engines;
use tributary_store::testing::Engine;

on_both_engines!(finance_lists_what_there_is_page_by_page,);

/// A streamer, a viewer, and those of the platform.
pub(crate) struct Story {
    pub(crate) server: Server,
    pub(crate) admin: Client,
    pub(crate) analyst: Client,
    pub(crate) finance: Client,
    pub(crate) ada: Client,
    pub(crate) eve: Client,
    channel: String,
}

impl Story {
    pub(crate) async fn begin(engine: Engine) -> Self {
        let settings = ApiSettings {
            // Days pass.
            access_token_lifetime: Duration::from_secs(30 * 86_400),
            complexity_max: 1_000_000,
            ..unhurried()
        };
        let server = Server::start_with(engine, settings).await;
        let admin = server.admin().await;
        let (ada, channel) = server.streamer("ada").await;
        let [eve, analyst, finance] = [
            server.register("eve").await,
            server.register("ann").await,
            server.register("fay").await,
        ];
        for (client, role) in [(&analyst, "ANALYST"), (&finance, "FINANCE")] {
            let input = json!({"accountId": client.id, "role": role});
            admin.done("grantRole", input, "").await;
        }
        Self {
            server,
            admin,
            analyst,
            finance,
            ada,
            eve,
            channel,
        }
    }

    /// Four payouts, each another way, and two holds.
    async fn told(engine: Engine) -> Self {
        let story = Self::begin(engine).await;
        let Self {
            finance, ada, eve, ..
        } = &story;
        eve.done("topUp", json!({"amount": "500", "currency": "USD"}), "")
            .await;
        let tip = json!({"channelId": story.channel, "amount": "400", "currency": "USD"});
        eve.done("sendTip", tip, "").await;
        let mut payouts = vec![];
        for amount in ["10", "20", "30", "40"] {
            let input = json!({
                "channelId": story.channel, "amount": amount, "currency": "USD",
                "clientMutationId": format!("ask {amount}"),
            });
            let asked = ada.done("requestPayout", input, "payoutId").await;
            payouts.push(asked["payoutId"].clone());
        }
        for payout in &payouts[1..3] {
            let id = payout.as_str().unwrap();
            let input = json!({"payoutId": id, "reason": "checked", "clientMutationId": id});
            finance.done("approvePayout", input, "").await;
            let input = json!({
                "payoutId": id, "provider": "bank", "reference": "po_1",
                "clientMutationId": format!("send {id}"),
            });
            finance.done("sendPayout", input, "").await;
        }
        let settle = json!({"payoutId": payouts[1], "on": "2026-01-30", "clientMutationId": "s"});
        finance.done("settlePayout", settle, "").await;
        let off = json!({"payoutId": payouts[3], "reason": "later", "clientMutationId": "o"});
        ada.done("cancelPayout", off, "").await;
        for (id, amount) in [("a", "5"), ("b", "6")] {
            let input = json!({
                "amount": amount, "currency": "USD", "until": "2026-02-10T00:00:00Z",
                "clientMutationId": id,
            });
            let placed = eve.done("placeHold", input, "holdId").await;
            if id == "a" {
                let input = json!({
                    "holdId": placed["holdId"], "currency": "USD", "clientMutationId": "r",
                });
                eve.done("releaseHold", input, "").await;
            }
        }
        story.caught_up().await;
        story
    }

    pub(crate) async fn caught_up(&self) {
        let head = self.server.log.head();
        self.server.views.wait_for(head, DEADLINE).await.unwrap();
    }

    /// Every node of a list of the ledger, one on a page.
    async fn every(&self, list: &str, filter: &str, fields: &str) -> Vec<Value> {
        let (mut nodes, mut after) = (vec![], Value::Null);
        loop {
            let query = format!(
                "query Q($a: String) {{ ledger {{ {list}(first: 1, after: $a, filter: {{{filter}}}) \
                 {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
            );
            let answer = self.finance.ask_with(&query, json!({"a": after})).await;
            let page = &answer.data()["ledger"][list];
            nodes.extend(page["nodes"].as_array().unwrap().iter().cloned());
            if page["pageInfo"]["hasNextPage"] == false {
                return nodes;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }
}

async fn finance_lists_what_there_is_page_by_page(engine: Engine) {
    let story = Story::told(engine).await;
    let fields = "state amount { amount } channel { name } requestedBy { name } provider reference \
                  approvedBy { account { name } part } approvalReason endedBy { account { name } } \
                  endReason arrivedOn entry { kind } endEntry { kind reverses { kind } }";
    let all = story.every("payouts", "", fields).await;
    let states: Vec<_> = all.iter().map(|payout| &payout["state"]).collect();
    assert_eq!(
        json!(states),
        json!(["CANCELLED", "SENT", "SETTLED", "REQUESTED"])
    );
    let settled = json!({
        "state": "SETTLED", "amount": {"amount": "20.00"}, "channel": {"name": "ada"},
        "requestedBy": {"name": "ada"}, "provider": "bank", "reference": "po_1",
        "approvedBy": {"account": {"name": "fay"}, "part": null}, "approvalReason": "checked",
        "endedBy": {"account": {"name": "fay"}}, "endReason": null, "arrivedOn": "2026-01-30",
        "entry": {"kind": "payout.requested"},
        "endEntry": {"kind": "payout.settled", "reverses": null},
    });
    assert_eq!(all[2], settled);
    assert_eq!(all[0]["endReason"], "later");
    assert_eq!(all[0]["endEntry"]["reverses"]["kind"], "payout.requested");
    let channel = &story.channel;
    for (filter, count) in [
        ("state: SENT".to_owned(), 1),
        ("provider: \"bank\"".to_owned(), 2),
        (format!("channelId: \"{channel}\", currency: \"USD\""), 4),
        ("currency: \"EUR\"".to_owned(), 0),
        ("since: \"2026-03-01T00:00:00Z\"".to_owned(), 0),
        ("until: \"2026-03-01T00:00:00Z\"".to_owned(), 4),
    ] {
        let found = story.every("payouts", &filter, "state").await;
        assert_eq!(found.len(), count, "{filter}");
    }
    let fields = "account { name } amount { amount } end liftedBy { account { name } } liftedAt";
    let holds = story.every("holds", "", fields).await;
    assert_eq!(holds.len(), 2);
    assert_eq!(
        (&holds[0]["end"], &holds[0]["liftedAt"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&holds[1]["end"], &holds[1]["liftedBy"]),
        (&json!("RELEASED"), &json!({"account": {"name": "eve"}}))
    );
    let eve = &story.eve.id;
    for (filter, count) in [
        ("isStanding: true", 1),
        (&*format!("accountId: \"{eve}\""), 2),
    ] {
        assert_eq!(
            story.every("holds", filter, "until").await.len(),
            count,
            "{filter}"
        );
    }

    // A payment that is disputed after what it was spent on was paid out: what is missing stays a claim.
    let usd = |amount: &str| Money::parse(amount, "USD".parse().unwrap()).unwrap();
    let payment = PaymentId::new("stripe", "pi_1").unwrap();
    let account = channel_of(&story.eve).owner();
    let entry = |n| EntryId(uuid::Uuid::from_u128(n));
    let tips = || GivenTips {
        tips: vec![],
        salt: Salt([7; 16]),
    };
    let confirm = Payments::Confirm {
        payment: payment.clone(),
        account,
        amount: usd("300.00"),
        entry: entry(1),
        tips: tips(),
    };
    system(&story.server, Command::Payments(confirm)).await;
    let dispute = Payments::Dispute {
        payment,
        dispute: "du_1".to_owned(),
        amount: usd("300.00"),
        standing: Standing::Open,
        entry: entry(2),
        tips: tips(),
    };
    system(&story.server, Command::Payments(dispute)).await;
    story.caught_up().await;
    let fields = "provider reference state account { name } amount { amount } refunded { amount } \
                  entry { kind } confirmedAt failure";
    let paid = story
        .every("payments", "provider: \"stripe\"", fields)
        .await;
    let [paid] = &paid[..] else {
        panic!("{paid:?}")
    };
    assert_eq!(
        (&paid["state"], &paid["account"]["name"]),
        (&json!("CONFIRMED"), &json!("eve"))
    );
    assert_eq!(paid["entry"]["kind"], "wallet.topped_up");
    let fields = "reference paymentReference state taken { amount } borne { amount } \
                  receivable { amount } tipsTakenBack entry { kind } restoredBy { kind } \
                  entries(first: 5) { nodes { kind } }";
    let disputes = story
        .every("disputes", "state: OPEN, hasReceivable: false", fields)
        .await;
    assert_eq!(
        disputes,
        [json!({
            "reference": "du_1", "paymentReference": "pi_1", "state": "OPEN",
            "taken": {"amount": "300.00"}, "borne": {"amount": "0.00"},
            "receivable": {"amount": "0.00"}, "tipsTakenBack": 0,
            "entry": {"kind": "wallet.payment_reversed"}, "restoredBy": null,
            "entries": {"nodes": [{"kind": "wallet.payment_reversed"}]},
        })]
    );
    for bad in [
        "payouts(first: 0)",
        "holds(first: 101)",
        "payments(first: 1, after: \"x\")",
        "disputes(first: 1, filter: {currency: \"XXX\"})",
        "payouts(first: 1, filter: {channelId: \"x\"})",
        "payments(first: 1, filter: {reference: \"a\\u0000\"})",
    ] {
        let query = format!("{{ ledger {{ {bad} {{ nodes {{ __typename }} }} }} }}");
        assert_eq!(
            story.finance.ask(&query).await.code(),
            "BAD_USER_INPUT",
            "{bad}"
        );
    }
}

#[tokio::test]
async fn nobody_but_finance_and_whose_they_are_sees_payouts_and_holds() {
    let story = Story::told(Engine::Sqlite).await;
    let query = "query Q($c: ID!) { channel(id: $c) { earnings { \
                 payouts(first: 9) { nodes { state approvalReason entry { kind } } } \
                 sent: payouts(first: 9, filter: {state: SENT}) { nodes { state } } \
                 others: payouts(first: 9, filter: {channelId: \"Q2hhbm5lbDowMTljMTUzNi0zNTAwLTc4MzYtYjI1ZS03YWRhZGZjMTJmYmM\"}) { nodes { state } } } } \
                 account(name: \"eve\") { holds(first: 9) { nodes { amount { amount } } } \
                 others: holds(first: 9, filter: {accountId: \"QWNjb3VudDowMTljMTUzNi0zNTAwLTcyZDQtOWU3MC0yZWM1NTc0ODAxOGU\"}) { nodes { until } } } }";
    let asked = json!({"c": story.channel});
    for (client, payouts, holds) in [
        (&story.finance, 4, 2),
        (&story.ada, 4, 0),
        (&story.eve, 0, 2),
        (&story.admin, 0, 0),
        (&story.analyst, 0, 0),
        (&story.server.anyone(), 0, 0),
    ] {
        let answer = client.ask_with(query, asked.clone()).await;
        let data = answer.data();
        let count = |value: &Value| value["nodes"].as_array().map_or(0, Vec::len);
        let earnings = &data["channel"]["earnings"];
        assert_eq!(count(&earnings["payouts"]), payouts, "{}", client.name);
        assert_eq!(count(&data["account"]["holds"]), holds, "{}", client.name);
        assert_eq!(count(&earnings["sent"]), payouts / 4, "{}", client.name);
        assert_eq!(
            count(&earnings["others"]) + count(&data["account"]["others"]),
            0
        );
        // What an entry moved elsewhere is finance's alone.
        let sees_entries = client.name == story.finance.name;
        for payout in earnings["payouts"]["nodes"]
            .as_array()
            .into_iter()
            .flatten()
        {
            assert_eq!(payout["entry"].is_object(), sees_entries, "{}", client.name);
        }
    }
    // By their global ids they are no other way in.
    let fields = "payouts(first: 1) { nodes { id } } holds(first: 1) { nodes { id } } \
                  payments(first: 1) { nodes { id } }";
    let query = format!("{{ ledger {{ {fields} }} }}");
    let told = story.finance.ask(&query).await;
    let id = |list: &str| told.data()["ledger"][list]["nodes"][0]["id"].clone();
    let ids = json!({"ids": [id("payouts"), id("holds"), id("payments")]});
    let query = "query Q($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }";
    for (client, seen) in [
        (&story.finance, [true, true, true]),
        (&story.ada, [true, false, false]),
        (&story.eve, [false, true, false]),
        (&story.admin, [false; 3]),
        (&story.analyst, [false; 3]),
    ] {
        let answer = client.ask_with(query, ids.clone()).await;
        let nodes = answer.data()["nodes"].as_array().unwrap().clone();
        let found: Vec<_> = nodes.iter().map(Value::is_object).collect();
        assert_eq!(found, seen, "{}", client.name);
    }
    for list in ["payouts", "holds", "payments", "disputes"] {
        let query = format!("{{ ledger {{ {list}(first: 1) {{ nodes {{ position }} }} }} }}");
        for other in [&story.admin, &story.analyst, &story.ada, &story.eve] {
            assert_eq!(
                other.ask(&query).await.code(),
                "FORBIDDEN",
                "{list} {}",
                other.name
            );
        }
    }
}
