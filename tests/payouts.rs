//! Payouts through Stripe, spoken to by a stand-in: made once, whatever was lost on the way and whenever the server
//! died.

use crate::support::api::Api;
use crate::support::server::{Engine, Server, Site};
use crate::support::stripe::{StandIn, events, message, tell};
use crate::support::until;
use serde_json::{Value, json};
use sqlx::Connection as _;
use tributary_store::LogUrl;

tributary_store::on_both_engines!(
    killed_before_the_provider_has_answered_it_pays_once,
    killed_before_the_answer_is_recorded_it_pays_once,
);

/// A streamer with 38.00 earned, somebody of finance, and a payout that was approved.
async fn approved(site: &Site, http: &Api, amount: &str) -> (Api, Api, String) {
    site.streamer("ada").await;
    let ada = http.log_in("ada").await;
    let channel = http.channel("ada").await;
    let eve = http.register("eve").await;
    eve.done("topUp", json!({ "amount": "100", "currency": "USD" }), "")
        .await;
    let tip = json!({ "channelId": channel, "amount": "100", "currency": "USD" });
    eve.done("sendTip", tip, "").await;
    let fay = http.register("fay").await;
    let (done, text) = site.run(&["account", "grant", "fay", "finance"], "").await;
    assert!(done, "{text}");
    let asked = json!({
        "channelId": channel, "amount": amount, "currency": "USD", "clientMutationId": "ask",
    });
    let asked = ada.done("requestPayout", asked, "payoutId").await;
    let payout = asked["payoutId"].as_str().unwrap().to_owned();
    let agree = json!({ "payoutId": payout, "reason": "checked", "clientMutationId": "agree" });
    fay.done("approvePayout", agree, "").await;
    (ada, fay, payout)
}

async fn earnings(api: &Api) -> Value {
    let head = api.query("{ headPosition }", json!({})).await["headPosition"].take();
    let query = "query($at: Position) { me(atLeast: $at) { wallets { earnings } } }";
    let me = api.query(query, json!({ "at": head })).await;
    // Null for somebody who has no wallet yet.
    me["me"]["wallets"][0]["earnings"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_is_made_once_though_its_answer_was_lost() {
    let (stand_in, site) = StandIn::start(Site::new(Engine::Sqlite).await).await;
    let server = site.start().await;
    let (ada, fay, payout) = approved(&site, &server.api(), "38.00").await;
    let send = json!({
        "payoutId": payout, "provider": "stripe", "destination": "acct_1", "clientMutationId": "send",
    });
    // It pays each time, and says each time that it could not.
    stand_in.does_all_the_same();
    for _ in 0..3 {
        stand_in.next_answer(500, json!({}));
    }
    assert_eq!(
        fay.refused("sendPayout", send.clone()).await,
        "PROVIDER_UNAVAILABLE"
    );
    let off = json!({ "payoutId": payout, "clientMutationId": "off" });
    assert_eq!(
        ada.refused("cancelPayout", off).await,
        "PAYOUT_SENT",
        "it may have been paid"
    );
    assert!(server.stop().await, "{}", site.log());

    let server = site.start().await;
    let (ada, fay) = (ada.at(&server.http), fay.at(&server.http));
    let sent = fay.done("sendPayout", send.clone(), "payoutId").await;
    assert_eq!(fay.done("sendPayout", send, "payoutId").await, sent);
    let requests = stand_in.requests();
    let made: Vec<_> = requests
        .iter()
        .filter(|r| r.path == "/v1/transfers")
        .collect();
    assert_eq!(made.len(), 3);
    for request in &made {
        assert_eq!(request.key.as_deref(), Some(&*format!("payout-{payout}")));
        assert_eq!(request.form["amount"], "3800");
        assert_eq!(request.form["destination"], "acct_1");
    }
    assert_eq!(
        requests.len(),
        4,
        "then it was found, and not asked for again"
    );

    // Stripe tells of it, too, and of its arrival.
    let client = reqwest::Client::new();
    let told = |name: &str, event: &str| {
        let mut told = message(name, event, "", "");
        told["data"]["object"]["metadata"]["tributary_payout"] = json!(payout);
        told
    };
    let mut created = told("transfer.created", "evt_1");
    created["data"]["object"]["id"] = json!("tr_1");
    assert_eq!(tell(&client, &server.http, &created).await, Some(200));
    let mut paid = told("payout.paid", "evt_2");
    paid["data"]["object"]["arrival_date"] = Value::Null;
    for _ in 0..2 {
        assert_eq!(tell(&client, &server.http, &paid).await, Some(200));
    }
    assert_eq!(earnings(&ada).await, "57.00");
    let events = events(&site).await;
    for name in ["payout.handed_over", "payout.sent", "payout.settled"] {
        assert_eq!(events[name], 1, "{name}");
    }
    assert!(server.stop().await, "{}", site.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_that_the_provider_refuses_is_back_in_the_earnings() {
    let (stand_in, site) = StandIn::start(Site::new(Engine::Sqlite).await).await;
    let server = site.start().await;
    let (ada, fay, payout) = approved(&site, &server.api(), "38.00").await;
    assert_eq!(earnings(&ada).await, "57.00");
    let send = |id: &str, destination: Option<&str>| {
        json!({
            "payoutId": payout, "provider": "stripe", "destination": destination,
            "clientMutationId": id,
        })
    };
    let nowhere = fay.refused("sendPayout", send("a", None)).await;
    assert_eq!(nowhere, "PROVIDER_CANNOT");
    let poor =
        json!({ "error": { "type": "invalid_request_error", "code": "balance_insufficient" } });
    stand_in.next_answer(400, poor);
    let refused = fay.refused("sendPayout", send("b", Some("acct_1"))).await;
    assert_eq!(refused, "PROVIDER_REFUSED");
    assert_eq!(earnings(&ada).await, "95.00");
    let again = fay.refused("sendPayout", send("c", Some("acct_1"))).await;
    assert_eq!(again, "PAYOUT_OVER");
    let failed = events(&site).await["payout.failed"];
    assert_eq!(failed, 1);
    assert!(server.stop().await, "{}", site.log());
}

/// What the sandbox pays out, it pays at once, and says so.
#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_pays_out_whatever_it_is_told_to() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    let (_, fay, payout) = approved(&site, &server.api(), "38.00").await;
    let send = json!({ "payoutId": payout, "provider": "sandbox", "clientMutationId": "s" });
    fay.done("sendPayout", send, "payoutId").await;
    let settle = json!({ "payoutId": payout, "clientMutationId": "e" });
    fay.done("settlePayout", settle, "payoutId").await;
    assert_eq!(events(&site).await["payout.settled"], 1);
    assert!(server.stop().await, "{}", site.log());
}

/// Asks for something and waits for no answer.
fn ask_and_forget(api: &Api, name: &'static str, input: &Value) -> tokio::task::JoinHandle<()> {
    let api = api.clone();
    let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let document = format!("mutation($input: {kind}!) {{ {name}(input: $input) {{ position }} }}");
    let body = json!({ "query": document, "variables": { "input": input } });
    tokio::spawn(async move {
        let asking = api.client().post(format!("{}/graphql", api.http));
        let asking = asking.json(&body).bearer_auth(api.token.as_ref().unwrap());
        // Whatever comes of it: whoever is asked is killed.
        drop(asking.send().await);
    })
}

/// What finance is told of the one payout that there is.
async fn listed(fay: &Api) -> Value {
    let head = fay.query("{ headPosition }", json!({})).await["headPosition"].take();
    let query = "query($at: Position) { ledger(atLeast: $at) { payouts(first: 2) { nodes { \
                 payoutId state reference amount { amount } } } } }";
    let mut told = fay.query(query, json!({ "at": head })).await;
    let nodes = told["ledger"]["payouts"]["nodes"].take();
    assert_eq!(nodes.as_array().unwrap().len(), 1, "{nodes}");
    nodes[0].clone()
}

/// Sends it again to a server that was killed while it did: there is one payout, at the provider and in the ledger.
async fn is_made_once(site: &Site, stand_in: &StandIn, fay: &Api, ada: &Api, send: Value) {
    let payout = send["payoutId"].clone();
    let before = events(site).await;
    assert_eq!(before["payout.handed_over"], 1, "{before:?}");
    assert_eq!(before.get("payout.sent"), None, "{before:?}");
    let server = site.start().await;
    let (ada, fay) = (ada.at(&server.http), fay.at(&server.http));
    assert_eq!(listed(&fay).await["state"], "HANDED_OVER");
    let off = json!({ "payoutId": payout, "clientMutationId": "off" });
    let refused = ada.refused("cancelPayout", off).await;
    assert_eq!(refused, "PAYOUT_SENT", "it may have been paid");
    is_sent_again(stand_in, (&server, site), (&ada, &fay), send).await;
    let (holds, report) = site.run(&["ledger", "verify"], "").await;
    assert!(holds, "{report}");
    assert!(server.stop().await, "{}", site.log());
}

/// Sends it again and again: there is one payout, which then arrives once.
async fn is_sent_again(
    stand_in: &StandIn,
    (server, site): (&Server, &Site),
    (ada, fay): (&Api, &Api),
    send: Value,
) {
    let payout = send["payoutId"].clone();
    for id in ["send", "send", "again"] {
        let mut send = send.clone();
        send["clientMutationId"] = json!(id);
        let sent = fay.done("sendPayout", send, "payoutId").await;
        assert_eq!(sent["payoutId"], payout);
    }
    assert_eq!(stand_in.made("transfer"), 1, "{:?}", stand_in.requests());
    let told = listed(fay).await;
    let amount = json!({ "amount": "38.00" });
    assert_eq!(
        told,
        json!({ "payoutId": payout, "state": "SENT", "reference": "tr_1", "amount": amount })
    );
    // The provider tells of its arrival, twice.
    let mut paid = message("payout.paid", "evt_1", "", "");
    paid["data"]["object"]["metadata"]["tributary_payout"] = payout;
    paid["data"]["object"]["arrival_date"] = Value::Null;
    for _ in 0..2 {
        let client = reqwest::Client::new();
        assert_eq!(tell(&client, &server.http, &paid).await, Some(200));
    }
    assert_eq!(listed(fay).await["state"], "SETTLED");
    assert_eq!(earnings(ada).await, "57.00");
    let after = events(site).await;
    for name in ["payout.requested", "payout.sent", "payout.settled"] {
        assert_eq!(after[name], 1, "{name}");
    }
}

async fn killed_before_the_provider_has_answered_it_pays_once(engine: Engine) {
    let (stand_in, site) = StandIn::start(Site::new(engine).await).await;
    let server = site.start().await;
    let (ada, fay, payout) = approved(&site, &server.api(), "38.00").await;
    let send = json!({
        "payoutId": payout, "provider": "stripe", "destination": "acct_1", "clientMutationId": "send",
    });
    stand_in.keeps_silent(true);
    let asking = ask_and_forget(&fay, "sendPayout", &send);
    until("the provider has paid", async || {
        (stand_in.made("transfer") == 1).then_some(())
    })
    .await;
    server.kill().await;
    asking.await.unwrap();
    stand_in.keeps_silent(false);
    is_made_once(&site, &stand_in, &fay, &ada, send).await;
}

/// Keeps anybody else from writing the log, as long as it is there.
enum Held {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Held {
    async fn log(site: &Site) -> Self {
        match site.log_location() {
            LogUrl::Sqlite(file) => {
                let url = format!("sqlite://{}", file.display());
                let mut held = sqlx::SqliteConnection::connect(&url).await.unwrap();
                run(&mut held, "BEGIN IMMEDIATE").await;
                Self::Sqlite(held)
            }
            LogUrl::Postgres(url) => {
                let mut held = sqlx::PgConnection::connect(&url).await.unwrap();
                run(&mut held, "BEGIN").await;
                run(&mut held, "SELECT position FROM log_head FOR UPDATE").await;
                Self::Postgres(held)
            }
        }
    }

    /// Waits until somebody wants to write, where that can be seen.
    async fn is_waited_for(&mut self) {
        let Self::Postgres(held) = self else {
            return;
        };
        until("the answer is being recorded", async || {
            let waiting = "SELECT count(*) FROM pg_stat_activity \
                           WHERE wait_event_type = 'Lock' AND datname = current_database()";
            let count: i64 = sqlx::query_scalar(waiting)
                .fetch_one(&mut *held)
                .await
                .unwrap();
            (count > 0).then_some(())
        })
        .await;
    }

    /// Lets whoever waits go on, and waits until nobody is at it any more.
    async fn leave(self) {
        let Self::Postgres(mut held) = self else {
            return;
        };
        run(&mut held, "ROLLBACK").await;
        until("whoever was killed is gone from the database", async || {
            let others = "SELECT count(*) FROM pg_stat_activity \
                          WHERE datname = current_database() AND pid <> pg_backend_pid()";
            let count: i64 = sqlx::query_scalar(others)
                .fetch_one(&mut held)
                .await
                .unwrap();
            (count == 0).then_some(())
        })
        .await;
        held.close().await.unwrap();
    }

    async fn let_go(self) {
        match self {
            Self::Sqlite(held) => held.close().await.unwrap(),
            Self::Postgres(mut held) => {
                // What was sent to the database before the kill would be done once the log is free.
                run(
                    &mut held,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE wait_event_type = 'Lock' AND datname = current_database()",
                )
                .await;
                held.close().await.unwrap();
            }
        }
    }
}

async fn run<'c, E: sqlx::Executor<'c>>(on: E, sql: &'static str) {
    on.execute(sql).await.unwrap();
}

/// Kills a server whose provider has answered, while it waits to write that down. Who paid, who asked, and what the
/// payout is sent with again.
async fn killed_while_it_records(engine: Engine) -> (StandIn, Site, (Api, Api), Value, Held) {
    let (stand_in, site) = StandIn::start(Site::new(engine).await).await;
    let server = site.start().await;
    let (ada, fay, payout) = approved(&site, &server.api(), "38.00").await;
    let send = json!({
        "payoutId": payout, "provider": "stripe", "destination": "acct_1", "clientMutationId": "send",
    });
    stand_in.keeps_silent(true);
    let asking = ask_and_forget(&fay, "sendPayout", &send);
    until("the provider has paid", async || {
        (stand_in.made("transfer") == 1).then_some(())
    })
    .await;
    let mut held = Held::log(&site).await;
    stand_in.keeps_silent(false);
    until("the provider has answered", async || {
        (stand_in.answered() == 1).then_some(())
    })
    .await;
    held.is_waited_for().await;
    server.kill().await;
    asking.await.unwrap();
    (stand_in, site, (ada, fay), send, held)
}

async fn killed_before_the_answer_is_recorded_it_pays_once(engine: Engine) {
    let (stand_in, site, (ada, fay), send, held) = killed_while_it_records(engine).await;
    held.let_go().await;
    is_made_once(&site, &stand_in, &fay, &ada, send).await;
}

/// What was sent to PostgreSQL before the kill may be done after it: then the answer is known already.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_recorded_after_the_kill_is_no_second_payout() {
    let killed = killed_while_it_records(Engine::Postgres).await;
    let (stand_in, site, (ada, fay), send, held) = killed;
    held.leave().await;
    let server = site.start().await;
    let (ada, fay) = (ada.at(&server.http), fay.at(&server.http));
    is_sent_again(&stand_in, (&server, &site), (&ada, &fay), send).await;
    let (holds, report) = site.run(&["ledger", "verify"], "").await;
    assert!(holds, "{report}");
    assert!(server.stop().await, "{}", site.log());
}
