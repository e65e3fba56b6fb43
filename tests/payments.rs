//! Payments through Stripe, spoken to by a stand-in that has its wire format: asked for once however often, heard
//! in any order and any number of times, and never from anybody else.

use crate::support::api::Api;
use crate::support::server::{Engine, Site};
use crate::support::stripe::{StandIn, counted, events, message, send, signature, tell};
use crate::support::until;
use serde_json::{Value, json};

tributary_store::on_both_engines!(
    a_thousand_deliveries_are_one_entry,
    killed_between_two_messages_it_has_heard_each_once,
);

/// Deliveries of one message.
const DELIVERIES: usize = 1_000;

/// Begins to pay in: what the provider calls the payment, and whose it says that it is.
async fn begin(
    api: &Api,
    stand_in: &StandIn,
    id: &str,
    amount: &str,
    currency: &str,
) -> [String; 2] {
    let input = json!({
        "provider": "stripe", "amount": amount, "currency": currency, "clientMutationId": id,
    });
    let begun = api
        .done("beginTopUp", input, "reference clientSecret")
        .await;
    let account = stand_in.requests().last().unwrap().form["metadata[tributary_account]"].clone();
    [begun["reference"].as_str().unwrap().to_owned(), account]
}

async fn balance(api: &Api) -> Value {
    // What was told is durable, and folded in a moment.
    let head = api.query("{ headPosition }", json!({})).await["headPosition"].take();
    let query = "query($at: Position) { me(atLeast: $at) { wallets { balance } } }";
    let me = api.query(query, json!({ "at": head })).await;
    // Null for somebody who has no wallet yet.
    me["me"]["wallets"][0]["balance"].clone()
}

/// The trial balance's rows: account without its person, and balance.
async fn trial_balance(site: &Site) -> Vec<(String, String)> {
    let (done, text) = site
        .run(&["ledger", "trial-balance", "--format", "json"], "")
        .await;
    assert!(done, "{text}");
    let trial: Value = serde_json::from_str(&text).unwrap();
    let rows = trial["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        let account = text("account");
        let kind = account.split(':').next().unwrap().to_owned();
        (kind, text("balance"))
    })
    .collect()
}

async fn a_thousand_deliveries_are_one_entry(engine: Engine) {
    let (stand_in, site) = StandIn::start(Site::new(engine).await).await;
    let server = site.start().await;
    let eve = server.api().register("eve").await;
    let [payment, account] = begin(&eve, &stand_in, "p", "10.00", "USD").await;
    let told = message("payment_intent.succeeded", "evt_1", &payment, &account);
    let client = reqwest::Client::new();
    let deliveries: Vec<_> = (0..DELIVERIES)
        .map(|n| {
            let (client, http, mut told) = (client.clone(), server.http.clone(), told.clone());
            // The provider counts its attempts; what it says stays the same.
            told["pending_webhooks"] = json!(n);
            tokio::spawn(async move { tell(&client, &http, &told).await })
        })
        .collect();
    for delivery in deliveries {
        assert_eq!(delivery.await.unwrap(), Some(200));
    }
    assert_eq!(balance(&eve).await, "10.00");
    let events = events(&site).await;
    assert_eq!(events["wallet.topped_up"], 1);
    assert_eq!(events["payment.confirmed"], 1);
    // The same under another id of the provider's is known, too.
    let again = message("payment_intent.succeeded", "evt_2", &payment, &account);
    assert_eq!(tell(&client, &server.http, &again).await, Some(200));
    assert_eq!(counted(&server, "known").await, 1);
    // Under the same id, something else: somebody has to look at it.
    let mut other = told.clone();
    other["data"]["object"]["amount_received"] = json!(2_000);
    assert_eq!(tell(&client, &server.http, &other).await, Some(409));
    assert_eq!(balance(&eve).await, "10.00");
    assert!(server.stop().await, "{}", site.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_whatever_order_it_is_told_the_ledger_is_the_same() {
    const TOLD: [&str; 4] = [
        "payment_intent.succeeded",
        "charge.refunded",
        "charge.dispute.created",
        "",
    ];
    let (stand_in, site) = StandIn::start(Site::new(Engine::Sqlite).await).await;
    let server = site.start().await;
    let client = reqwest::Client::new();
    for (closed, keeps) in [("won", 7_i64), ("lost", 0)] {
        let api = server.api().register(&format!("eve-{closed}")).await;
        let mut expected = 0;
        for (n, order) in permutations(4).into_iter().enumerate() {
            let id = format!("{closed}-{n}");
            let [payment, account] = begin(&api, &stand_in, &id, "10.00", "USD").await;
            for at in order {
                let name = match TOLD[at] {
                    "" => format!("charge.dispute.closed.{closed}"),
                    name => name.to_owned(),
                };
                let mut told = message(&name, &format!("evt_{id}_{at}"), &payment, &account);
                if name.contains("dispute") {
                    told["data"]["object"]["id"] = json!(format!("du_{id}"));
                }
                let answer = tell(&client, &server.http, &told).await;
                assert_eq!(answer, Some(200), "{name} of {id}: {}", site.log());
            }
            // Ten came, three were given back, seven were taken, and given back where that was won.
            expected += keeps;
            assert_eq!(balance(&api).await, format!("{expected}.00"), "{id}");
        }
    }
    let all = 24 * 7;
    assert_eq!(
        trial_balance(&site).await,
        [
            ("viewer_balance".to_owned(), format!("-{all}.00")),
            ("provider_clearing".to_owned(), format!("{all}.00")),
        ]
    );
    assert_eq!(counted(&server, "refused").await, 0);
    assert!(server.stop().await, "{}", site.log());
}

fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let shorter = permutations(n - 1);
    let places = shorter.iter().flat_map(|order| {
        (0..=order.len()).map(|at| {
            let mut longer = order.clone();
            longer.insert(at, n - 1);
            longer
        })
    });
    places.collect()
}

async fn killed_between_two_messages_it_has_heard_each_once(engine: Engine) {
    const PAYMENTS: usize = 60;
    let (stand_in, site) = StandIn::start(Site::new(engine).await).await;
    let server = site.start().await;
    let eve = server.api().register("eve").await;
    let [_, account] = begin(&eve, &stand_in, "first", "10.00", "USD").await;
    let messages: Vec<_> = (0..PAYMENTS)
        .flat_map(|n| {
            let payment = format!("pi_killed_{n}");
            [
                "payment_intent.succeeded",
                "charge.refunded",
                "charge.dispute.created",
                "charge.dispute.closed.lost",
            ]
            .map(|name| {
                let mut told = message(name, &format!("evt_{n}_{name}"), &payment, &account);
                if name.contains("dispute") {
                    told["data"]["object"]["id"] = json!(format!("du_{n}"));
                }
                told
            })
        })
        .collect();
    let client = reqwest::Client::new();
    // What is in flight when it is killed is answered or not; the provider sends again what was not.
    let sending: Vec<_> = messages
        .iter()
        .map(|told| {
            let (client, http, told) = (client.clone(), server.http.clone(), told.clone());
            tokio::spawn(async move { tell(&client, &http, &told).await })
        })
        .collect();
    until("some of it was heard", async || {
        (balance(&eve).await != json!(null)).then_some(())
    })
    .await;
    server.kill().await;
    let mut answered = vec![];
    for delivery in sending {
        answered.push(delivery.await.unwrap());
    }
    assert!(answered.contains(&Some(200)), "{answered:?}");

    let server = site.start().await;
    let eve = eve.at(&server.http);
    for told in &messages {
        assert_eq!(tell(&client, &server.http, told).await, Some(200));
    }
    // Of each ten, three were given back, and seven charged back.
    assert_eq!(balance(&eve).await, "0.00");
    let events = events(&site).await;
    assert_eq!(events["wallet.topped_up"], PAYMENTS);
    assert_eq!(events["wallet.payment_reversed"], 2 * PAYMENTS);
    assert_eq!(events["payment.charged_back"], PAYMENTS);
    assert_eq!(events["payment.dispute_lost"], PAYMENTS);
    let (holds, report) = site.run(&["ledger", "verify"], "").await;
    assert!(holds, "{report}");
    assert!(server.stop().await, "{}", site.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_is_heard_and_nothing_is_lost_silently() {
    let (stand_in, site) = StandIn::start(Site::new(Engine::Sqlite).await).await;
    let server = site.start().await;
    let eve = server.api().register("eve").await;
    let [payment, account] = begin(&eve, &stand_in, "p", "10.00", "USD").await;
    let told = message("payment_intent.succeeded", "evt_1", &payment, &account);
    let (client, body) = (reqwest::Client::new(), told.to_string());
    let sent = async |body: &str, signature: &str| {
        send(&client, &server.http, body.to_owned(), signature)
            .await
            .unwrap()
    };
    let good = signature(&body, 0);
    assert_eq!(
        sent(&body.replace("1000", "9000"), &good).await,
        400,
        "changed"
    );
    assert_eq!(sent(&body, "t=1,v1=00").await, 400, "forged");
    assert_eq!(sent(&body, "").await, 400, "unsigned");
    for seconds in [-301, 400] {
        let late = signature(&body, seconds);
        assert_eq!(sent(&body, &late).await, 400, "replayed after {seconds} s");
    }
    let large = "x".repeat(256 * 1024 + 1);
    assert_eq!(sent(&large, &signature(&large, 0)).await, 413);
    assert_eq!(balance(&eve).await, Value::Null, "nothing was taken");
    assert_eq!(
        sent("{}", &signature("{}", 0)).await,
        400,
        "signed, and no event"
    );
    for name in ["customer.created", "payment_intent.created"] {
        let told = message(name, &format!("evt_{name}"), &payment, &account).to_string();
        assert_eq!(sent(&told, &signature(&told, 0)).await, 200, "{name}");
    }
    let told = message(
        "payment_intent.succeeded.foreign",
        "evt_f",
        "pi_foreign",
        "",
    );
    assert_eq!(tell(&client, &server.http, &told).await, Some(200));
    // Another amount than was told before: a rule refuses it, and somebody has to look.
    let confirmed = message("payment_intent.succeeded", "evt_1", &payment, &account);
    assert_eq!(tell(&client, &server.http, &confirmed).await, Some(200));
    let mut more = message("payment_intent.succeeded", "evt_more", &payment, &account);
    more["data"]["object"]["amount_received"] = json!(9_000);
    assert_eq!(tell(&client, &server.http, &more).await, Some(409));
    for (outcome, number) in [
        ("forged", 5),
        ("unreadable", 1),
        ("ignored", 2),
        ("foreign", 1),
        ("recorded", 1),
        ("refused", 1),
        ("failed", 0),
    ] {
        assert_eq!(counted(&server, outcome).await, number, "{outcome}");
    }
    let unknown = client.post(format!("{}/webhooks/payments/sandbox", server.http));
    assert_eq!(unknown.send().await.unwrap().status(), 404);
    assert_eq!(balance(&eve).await, "10.00");
    let log = site.log();
    for secret in ["whsec_stand_in", "sk_test_stand_in", "_secret_x"] {
        assert!(!log.contains(secret), "{secret} is logged");
    }
    let (done, shown) = site.run(&["config", "check"], "").await;
    assert!(done && shown.contains("stripe_key_file"), "{shown}");
    assert!(
        !shown.contains("whsec_stand_in") && !shown.contains("sk_test_stand_in"),
        "{shown}"
    );
    assert!(server.stop().await, "{}", site.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_asked_for_once_in_the_currencys_units_and_again_after_a_failure() {
    let (stand_in, site) = StandIn::start(Site::new(Engine::Sqlite).await).await;
    let server = site.start().await;
    let eve = server.api().register("eve").await;
    stand_in.next_answer(500, json!({}));
    let input = json!({
        "provider": "stripe", "amount": "1.230", "currency": "BHD", "clientMutationId": "p",
    });
    let fields = "reference clientSecret wallet { balance }";
    let begun = eve.done("beginTopUp", input.clone(), fields).await;
    assert_eq!(begun["clientSecret"], "pi_1_secret_x");
    assert_eq!(begun["wallet"], Value::Null);
    let again = eve.done("beginTopUp", input.clone(), fields).await;
    assert_eq!(again, begun, "sent again, it is the same payment");
    let requests = stand_in.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests {
        assert_eq!(request.path, "/v1/payment_intents");
        assert_eq!(request.form["amount"], "1230");
        assert_eq!(request.form["currency"], "bhd");
        assert_eq!(request.key, requests[0].key);
    }
    for (amount, currency, whole) in [("500", "JPY", "500"), ("12.34", "USD", "1234")] {
        begin(&eve, &stand_in, currency, amount, currency).await;
        let request = stand_in.requests().pop().unwrap();
        assert_eq!(request.form["amount"], whole);
        assert_ne!(
            request.key, requests[0].key,
            "another payment has another key"
        );
    }
    let refused = async |id: &str, provider: &str, amount: &str, currency: &str| {
        let input = json!({
            "provider": provider, "amount": amount, "currency": currency, "clientMutationId": id,
        });
        eve.refused("beginTopUp", input).await
    };
    assert_eq!(
        refused("a", "stripe", "1.234", "BHD").await,
        "PROVIDER_CANNOT"
    );
    assert_eq!(
        refused("b", "paypal", "1.00", "USD").await,
        "PROVIDER_UNKNOWN"
    );
    assert_eq!(
        refused("c", "stripe", "10000.01", "USD").await,
        "TOP_UP_TOO_LARGE"
    );
    let asked = stand_in.requests().len();
    let declined = json!({ "error": { "type": "card_error", "code": "card_declined" } });
    stand_in.next_answer(402, declined);
    assert_eq!(
        refused("d", "stripe", "1.00", "USD").await,
        "PROVIDER_REFUSED"
    );
    for _ in 0..3 {
        stand_in.next_answer(503, json!({}));
    }
    assert_eq!(
        refused("e", "stripe", "1.00", "USD").await,
        "PROVIDER_UNAVAILABLE"
    );
    assert_eq!(stand_in.requests().len(), asked + 4);
    let providers = eve.query("{ paymentProviders }", json!({})).await;
    assert_eq!(providers["paymentProviders"], json!(["sandbox", "stripe"]));
    let sandbox = json!({
        "provider": "sandbox", "amount": "5", "currency": "EUR", "clientMutationId": "s",
    });
    let begun = eve.done("beginTopUp", sandbox, fields).await;
    assert_eq!(begun["wallet"]["balance"], "5.00");
    assert!(server.stop().await, "{}", site.log());

    let site = site.set("TRIBUTARY_SANDBOX_PAYMENTS", "false");
    let server = site.start().await;
    let eve = eve.at(&server.http);
    let free = json!({ "amount": "5", "currency": "EUR" });
    assert_eq!(eve.refused("topUp", free).await, "PROVIDER_UNKNOWN");
    assert!(server.stop().await, "{}", site.log());
}
