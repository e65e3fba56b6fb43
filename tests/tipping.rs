//! Many at one purse: a tip that is sent a thousand times is given once, and purses that two hundred clients empty
//! through two nodes at once come out exact.

use crate::support::api::Api;
use crate::support::server::{Engine, Site};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use tributary_domain::{Event, HistoryId, wallet};
use tributary_store::LogReader;
use tributary_store::reader::Selection;

tributary_store::on_both_engines!(a_thousand_retries_of_a_tip_are_one_entry);

const RETRIES: usize = 1_000;

const TIP: &str = "mutation($input: SendTipInput!) { sendTip(input: $input) \
                   { position tip { id } errors { code } } }";

/// The answer to a tip, which says nothing but whether it was given.
async fn tip(api: &Api, input: Value) -> Value {
    let mut answer = api.send(TIP, json!({ "input": input })).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["sendTip"].take()
}

async fn a_thousand_retries_of_a_tip_are_one_entry(engine: Engine) {
    let site = Site::new(engine).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let eve = server.api().register("eve").await;
    let channel = eve.channel("ada").await;
    eve.done("topUp", json!({ "amount": "10", "currency": "USD" }), "")
        .await;
    let input = json!({
        "channelId": channel, "amount": "7.00", "currency": "USD", "clientMutationId": "once",
    });
    // A second one would be refused: an answer that says so would give a retry away.
    let retries: Vec<_> = (0..RETRIES)
        .map(|_| {
            let (eve, input) = (eve.clone(), input.clone());
            tokio::spawn(async move { tip(&eve, input).await })
        })
        .collect();
    let mut answers = HashSet::new();
    for retry in retries {
        let answer = retry.await.unwrap();
        assert_eq!(answer["errors"], json!([]), "{answer}");
        answers.insert(answer.to_string());
    }
    assert_eq!(
        answers.len(),
        1,
        "all are answered as the first: {answers:?}"
    );
    let entries = tips_in(&site).await;
    assert_eq!(entries.values().map(Vec::len).sum::<usize>(), 1);
    assert!(server.stop().await, "{}", site.log());
}

const WALLETS: usize = 20;
const CLIENTS_PER_WALLET: usize = 10;
/// Cents in each purse at the beginning, and in a tip: what is left is less than a tip.
const PURSE: i64 = 3_000;
const GIVEN: i64 = 170;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_clients_empty_twenty_purses_through_two_nodes_to_the_cent() {
    let first = Site::new(Engine::Postgres).await;
    let servers = {
        let one = first.start().await;
        let second = first.beside();
        let two = second.start().await;
        [(one, first), (two, second)]
    };
    let (server, site) = &servers[0];
    let mut channels = vec![];
    for name in ["ada", "bea"] {
        site.streamer(name).await;
        channels.push(server.api().channel(name).await);
    }
    let mut clients = vec![];
    for n in 0..WALLETS {
        let viewer = server.api().register(&format!("viewer{n}")).await;
        viewer
            .done("topUp", json!({ "amount": "30", "currency": "USD" }), "")
            .await;
        for client in 0..CLIENTS_PER_WALLET {
            // Each purse is emptied through both nodes at once.
            let api = viewer.at(&servers[client % 2].0.http);
            let channel = channels[(n + client) % 2].clone();
            clients.push((format!("{n}-{client}"), api, channel));
        }
    }
    let tipping: Vec<_> = clients
        .into_iter()
        .map(|(name, api, channel)| {
            tokio::spawn(async move {
                let mut given = vec![];
                for n in 0.. {
                    let input = json!({
                        "channelId": channel, "amount": "1.70", "currency": "USD",
                        "clientMutationId": format!("{name}-{n}"),
                    });
                    let answer = tip(&api, input).await;
                    match answer["errors"][0]["code"].as_str() {
                        None => given.push(answer["position"].as_str().unwrap().to_owned()),
                        Some("INSUFFICIENT_BALANCE") => return given,
                        Some(other) => panic!("{name}: {other}"),
                    }
                }
                unreachable!("no purse is without a bottom")
            })
        })
        .collect();
    let mut acknowledged = HashSet::new();
    for client in tipping {
        for position in client.await.unwrap() {
            assert!(acknowledged.insert(position), "two tips at one place");
        }
    }

    let tips = tips_in(site).await;
    let each = usize::try_from(PURSE / GIVEN).unwrap();
    assert_eq!(tips.len(), WALLETS);
    for (payer, amounts) in &tips {
        assert_eq!(
            amounts.len(),
            each,
            "{payer} gave as often as there was for"
        );
        assert!(amounts.iter().all(|amount| amount == "1.70"), "{payer}");
    }
    assert_eq!(
        acknowledged.len(),
        WALLETS * each,
        "none that nobody acknowledged"
    );

    // What is left, what was earned, and what was kept: 0.09 of 1.70 at 5 %.
    let (done, text) = site
        .run(&["ledger", "trial-balance", "--format", "json"], "")
        .await;
    assert!(done, "{text}");
    let trial: Value = serde_json::from_str(&text).unwrap();
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for row in trial["rows"].as_array().unwrap() {
        let account = row["account"].as_str().unwrap();
        let cents: i64 = row["balance"]
            .as_str()
            .unwrap()
            .replace('.', "")
            .parse()
            .unwrap();
        let kind = account.split(':').next().unwrap();
        if kind == "viewer_balance" {
            assert_eq!(cents, -(PURSE % GIVEN), "{account}");
        }
        *sums.entry(kind.to_owned()).or_default() += cents;
    }
    let (wallets, given) = (
        i64::try_from(WALLETS).unwrap(),
        i64::try_from(acknowledged.len()).unwrap(),
    );
    let expected = [
        ("platform_fees", -9 * given),
        ("provider_clearing", PURSE * wallets),
        ("streamer_earnings", -161 * given),
        ("viewer_balance", -(PURSE % GIVEN) * wallets),
    ];
    let expected: BTreeMap<_, _> = expected.map(|(kind, sum)| (kind.to_owned(), sum)).into();
    assert_eq!(sums, expected);
    let (holds, report) = site.run(&["ledger", "verify"], "").await;
    assert!(holds, "{report}");
    for (server, site) in servers {
        assert!(server.stop().await, "{}", site.log());
    }
}

/// Amounts of all tips in the log, by payer.
async fn tips_in(site: &Site) -> BTreeMap<String, Vec<String>> {
    let reader = LogReader::open(&site.log_location()).await.unwrap();
    let mut scan = reader.scan(Selection::default()).await.unwrap();
    let mut tips: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while let Some(part) = scan.next().await.unwrap() {
        for row in part.page.iter() {
            let recorded = row.decode().unwrap();
            if let (HistoryId::Wallet(owner, _), Event::Wallet(wallet::Event::Tipped(tipped))) =
                (&recorded.history, &recorded.event)
            {
                let amount = tipped.amount.to_string();
                tips.entry(owner.to_string()).or_default().push(amount);
            }
        }
    }
    tips
}
