//! The books over the API: who sees them, and that they add up.

use crate::support::{Client, DEADLINE, Server, channel_of, done_by, unhurried};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tributary_domain::books::Seal;
use tributary_domain::channel::Reason;
use tributary_domain::command::{Actor, books};
use tributary_domain::{Command, Salt};
use tributary_graphql::ApiSettings;
use tributary_store::on_both_engines;
use tributary_store::testing::Engine;

on_both_engines!(
    a_trial_balance_is_what_the_events_come_to_as_of_any_moment,
    statements_add_up_page_by_page_for_finance_and_for_the_owner,
    pages_show_what_was_given_and_earned_to_whom_they_are_for,
    the_statements_of_a_page_of_entries_do_not_grow_with_it,
);

/// Three days: eve pays in and tips ada, who gives one tip back; dan tips ada in yen.
struct Story {
    server: Server,
    admin: Client,
    analyst: Client,
    finance: Client,
    ada: Client,
    eve: Client,
    dan: Client,
    channel: String,
}

impl Story {
    async fn told(engine: Engine) -> Self {
        let settings = ApiSettings {
            // Days pass.
            access_token_lifetime: Duration::from_secs(30 * 86_400),
            complexity_max: 1_000_000,
            lookups_gather: Duration::ZERO,
            ..unhurried()
        };
        let server = Server::start_with(engine, settings).await;
        let admin = server.admin().await;
        let (ada, channel) = server.streamer("ada").await;
        let [eve, dan, analyst, finance] = [
            server.register("eve").await,
            server.register("dan").await,
            server.register("ann").await,
            server.register("fay").await,
        ];
        for (client, role) in [(&analyst, "ANALYST"), (&finance, "FINANCE")] {
            let input = json!({"accountId": client.id, "role": role});
            admin.done("grantRole", input, "").await;
        }
        let tip = |amount: &str, currency: &str| json!({"channelId": channel, "amount": amount, "currency": currency});
        for day in 0..3 {
            let top_up = json!({"amount": "50.00", "currency": "USD"});
            eve.done("topUp", top_up, "").await;
            for cents in 1..5 {
                eve.done("sendTip", tip(&format!("{day}.1{cents}"), "USD"), "")
                    .await;
            }
            let top_up = json!({"amount": "500", "currency": "JPY"});
            dan.done("topUp", top_up, "").await;
            dan.done("sendTip", tip("77", "JPY"), "").await;
            server.clock.advance(chrono::TimeDelta::days(1));
        }
        let given = eve.done("sendTip", tip("9.99", "USD"), "tip { id }").await;
        let refund = json!({"tipId": given["tip"]["id"], "clientMutationId": "back"});
        ada.done("refundTip", refund, "").await;
        let story = Self {
            server,
            admin,
            analyst,
            finance,
            ada,
            eve,
            dan,
            channel,
        };
        story.caught_up().await;
        story
    }

    async fn caught_up(&self) {
        let head = self.server.log.head();
        self.server.views.wait_for(head, DEADLINE).await.unwrap();
    }

    /// What finance is told under `ledger`.
    async fn ledger(&self, fields: &str, variables: Value) -> Value {
        let declared: Vec<_> = ["$p: Position", "$d: String"]
            .into_iter()
            .filter(|variable| fields.contains(&variable[..2]))
            .collect();
        let declared = match declared.is_empty() {
            true => String::new(),
            false => format!("({})", declared.join(", ")),
        };
        let query = format!("query Q{declared} {{ ledger {{ {fields} }} }}");
        let answer = self.finance.ask_with(&query, variables).await;
        answer.data()["ledger"].clone()
    }

    /// Every posting of the log: position, day, account, currency, minor units.
    async fn postings(&self) -> Vec<(i64, String, String, String, i64)> {
        let query = "{ events(filter: {types: [\"wallet.*\"]}, first: 100) { pageInfo { hasNextPage } \
                     nodes { position recordedAt payload } } }";
        let answer = self.finance.ask(query).await;
        assert_eq!(answer.data()["events"]["pageInfo"]["hasNextPage"], false);
        let mut all = vec![];
        for event in answer.data()["events"]["nodes"].as_array().unwrap() {
            let entry = &event["payload"]["entry"];
            for posting in entry["postings"].as_array().into_iter().flatten() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                all.push((
                    text(&event["position"]).parse().unwrap(),
                    text(&event["recordedAt"])[..10].to_owned(),
                    text(&posting["account"]),
                    text(&entry["currency"]),
                    minor(&posting["amount"]),
                ));
            }
        }
        assert!(all.len() > 40, "{all:?}");
        all
    }
}

/// Whole minor units of an amount, whatever its currency.
fn minor(amount: &Value) -> i64 {
    amount.as_str().unwrap().replace('.', "").parse().unwrap()
}

#[tokio::test]
async fn nobody_but_finance_sees_the_books() {
    let story = Story::told(Engine::Sqlite).await;
    let query = "{ ledger { trialBalance { digest } } }";
    let anyone = story.server.anyone().ask(query).await;
    assert_eq!(anyone.code(), "UNAUTHENTICATED");
    for other in [&story.admin, &story.analyst, &story.ada, &story.eve] {
        let answer = other.ask(query).await;
        assert_eq!(answer.code(), "FORBIDDEN", "{}", other.name);
        assert_eq!(answer.body["data"]["ledger"], Value::Null);
    }
    let told = story.ledger("trialBalance { digest }", json!({})).await;
    assert_eq!(told["trialBalance"]["digest"].as_str().unwrap().len(), 64);

    // An entry by its global id is no other way in.
    let told = story
        .ledger("entries(first: 1) { nodes { id } }", json!({}))
        .await;
    let query = "query Q($id: ID!) { node(id: $id) { id ... on LedgerEntry { kind } } }";
    let id = json!({"id": told["entries"]["nodes"][0]["id"]});
    let shown = story.finance.ask_with(query, id.clone()).await;
    assert_eq!(shown.data()["node"]["kind"], "wallet.tip_refunded");
    for other in [&story.admin, &story.analyst, &story.ada, &story.eve] {
        let answer = other.ask_with(query, id.clone()).await;
        assert_eq!(answer.data()["node"], Value::Null, "{}", other.name);
    }
}

async fn a_trial_balance_is_what_the_events_come_to_as_of_any_moment(engine: Engine) {
    let story = Story::told(engine).await;
    let postings = story.postings().await;
    let fields = "trialBalance(asOf: {position: $p, day: $d}) { digest totals { currency debit credit } \
                  rows(first: 100) { nodes { account { name kind class owner { name } } \
                  balance { amount currency } } } }";
    let last_day = postings.last().unwrap().1.clone();
    let days = [
        None,
        Some("2026-01-31"),
        Some("2026-02-01"),
        Some(last_day.as_str()),
    ];
    let head = story.server.log.head().get();
    let positions = [
        None,
        Some(head),
        Some(head / 2),
        Some(head * 3 / 4),
        Some(1),
    ];
    let mut digests = vec![];
    for (position, day) in positions
        .iter()
        .flat_map(|p| days.iter().map(move |d| (p, d)))
    {
        let mut naive: BTreeMap<(String, String), i64> = BTreeMap::new();
        for (at, on, account, currency, amount) in &postings {
            if position.is_none_or(|last| *at <= last) && day.is_none_or(|last| on.as_str() <= last)
            {
                *naive
                    .entry((account.clone(), currency.clone()))
                    .or_default() += amount;
            }
        }
        naive.retain(|_, sum| *sum != 0);
        let asked = json!({"p": position.map(|p| p.to_string()), "d": day});
        let told = story.ledger(fields, asked.clone()).await;
        let trial = &told["trialBalance"];
        let told: BTreeMap<_, _> = trial["rows"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let key = (
                    text(&row["account"]["name"]),
                    text(&row["balance"]["currency"]),
                );
                (key, minor(&row["balance"]["amount"]))
            })
            .collect();
        assert_eq!(told, naive, "{asked}");
        for total in trial["totals"].as_array().unwrap() {
            assert_eq!(total["debit"], total["credit"], "{asked}: {total}");
        }
        digests.push(trial["digest"].clone());
    }
    assert_ne!(digests[0], digests[10], "moments differ");

    // Accounts say whose they are, and pages of one row each are the whole.
    let fields = "trialBalance { rows(first: 1, after: $d) { nodes { account { name kind class \
                  owner { name } } } pageInfo { hasNextPage endCursor } } }";
    let (mut rows, mut after) = (vec![], Value::Null);
    loop {
        let told = story.ledger(fields, json!({"d": after})).await;
        let page = &told["trialBalance"]["rows"];
        rows.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let mut of: Vec<_> = rows
        .iter()
        .map(|row| {
            let account = &row["account"];
            format!(
                "{} {} {}",
                account["kind"], account["class"], account["owner"]["name"]
            )
        })
        .map(|text| text.replace('"', ""))
        .collect();
    // Ids of the same moment are in no order.
    of.sort_unstable();
    assert_eq!(
        of,
        [
            "PLATFORM_FEES INCOME null",
            "PLATFORM_FEES INCOME null",
            "PROVIDER_CLEARING ASSET null",
            "PROVIDER_CLEARING ASSET null",
            "STREAMER_EARNINGS LIABILITY ada",
            "STREAMER_EARNINGS LIABILITY ada",
            "VIEWER_BALANCE LIABILITY dan",
            "VIEWER_BALANCE LIABILITY eve",
        ]
    );

    for (as_of, code) in [
        ("position: \"99999\"", "BAD_USER_INPUT"),
        (
            "position: \"1\", time: \"2026-01-31T18:00:00Z\"",
            "BAD_USER_INPUT",
        ),
        ("day: \"yesterday\"", "BAD_USER_INPUT"),
    ] {
        let query = format!("{{ ledger {{ trialBalance(asOf: {{{as_of}}}) {{ digest }} }} }}");
        assert_eq!(story.finance.ask(&query).await.code(), code, "{as_of}");
    }
}

/// All lines of a statement, two on a page, with its opening and closing, in minor units.
async fn statement(
    client: &Client,
    around: (&str, &str),
    arguments: &str,
) -> (i64, Vec<Value>, i64) {
    let (mut lines, mut after) = (vec![], Value::Null);
    loop {
        let query = format!(
            "query Q($a: String) {{ {} statement{arguments} {{ account opening {{ amount }} \
             closing {{ amount }} lines(first: 2, after: $a) {{ nodes {{ effectiveOn position kind \
             amount {{ amount }} balance {{ amount }} entryId entry {{ kind }} }} \
             pageInfo {{ hasNextPage endCursor }} }} }} {} }}",
            around.0, around.1
        );
        let answer = client.ask_with(&query, json!({"a": after})).await;
        let mut found = answer.data();
        while found["opening"].is_null() {
            found = found.as_object().unwrap().values().next().unwrap();
        }
        let page = &found["lines"];
        lines.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            let sum = |which: &str| minor(&found[which]["amount"]);
            return (sum("opening"), lines, sum("closing"));
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

async fn statements_add_up_page_by_page_for_finance_and_for_the_owner(engine: Engine) {
    let story = Story::told(engine).await;
    let postings = story.postings().await;
    let id = channel_of(&story.eve);
    let account = format!("viewer_balance:{id}");
    let of = format!("ledger {{ account(name: \"{account}\", currency: \"USD\") {{");
    let (ledger, own) = ((of.as_str(), "} }"), ("wallet(accountId: ", "}"));
    let wallet = format!("{}\"{}\", currency: \"USD\") {{", own.0, story.eve.id);
    let own = (wallet.as_str(), own.1);
    let then = postings[postings.len() / 2].0;
    for (arguments, from, to, upto) in [
        ("", "", "9", i64::MAX),
        ("(from: \"2026-02-01\")", "2026-02-01", "9", i64::MAX),
        (
            "(from: \"2026-02-01\", to: \"2026-02-01\")",
            "2026-02-01",
            "2026-02-01",
            i64::MAX,
        ),
        (&format!("(asOf: {{position: \"{then}\"}})"), "", "9", then),
        (
            &format!("(from: \"2026-02-01\", asOf: {{position: \"{then}\"}})"),
            "2026-02-01",
            "9",
            then,
        ),
        ("(asOf: {day: \"2026-02-01\"})", "", "2026-02-01", i64::MAX),
    ] {
        let counts = |(at, on, name, currency, _): &&(i64, String, String, String, i64)| {
            *name == account && currency == "USD" && on.as_str() <= to && *at <= upto
        };
        let all: Vec<_> = postings.iter().filter(counts).collect();
        let before: i64 = all
            .iter()
            .filter(|p| p.1.as_str() < from)
            .map(|p| p.4)
            .sum();
        let moved: Vec<_> = all
            .iter()
            .filter(|p| p.1.as_str() >= from)
            .map(|p| p.4)
            .collect();
        let (opening, lines, closing) = statement(&story.finance, ledger, arguments).await;
        let amounts: Vec<_> = lines
            .iter()
            .map(|line| minor(&line["amount"]["amount"]))
            .collect();
        assert_eq!((opening, &amounts), (before, &moved), "{arguments}");
        assert_eq!(
            opening + amounts.iter().sum::<i64>(),
            closing,
            "{arguments}"
        );
        let mut balance = opening;
        for line in &lines {
            balance += minor(&line["amount"]["amount"]);
            assert_eq!(
                minor(&line["balance"]["amount"]),
                balance,
                "{arguments}: {line}"
            );
            assert_eq!(
                line["entry"]["kind"], line["kind"],
                "finance sees the entry"
            );
        }
        // Its owner reads the same from the other side, and not what the entry moved elsewhere.
        let (begun, own_lines, ended) = statement(&story.eve, own, arguments).await;
        assert_eq!((begun, ended), (-opening, -closing), "{arguments}");
        let turned: Vec<_> = own_lines
            .iter()
            .map(|line| -minor(&line["amount"]["amount"]))
            .collect();
        assert_eq!(turned, amounts, "{arguments}");
        assert!(own_lines.iter().all(|line| line["entry"].is_null()));
    }
    let query = format!("{{ {wallet} statement {{ closing {{ amount }} }} }} }}");
    for other in [&story.admin, &story.analyst, &story.ada] {
        let answer = other.ask(&query).await;
        assert_eq!(answer.data()["wallet"], Value::Null, "{}", other.name);
    }
    let shown = story.finance.ask(&query).await;
    assert!(shown.data()["wallet"]["statement"].is_object());
    for bad in [
        "account(name: \"petty_cash\", currency: \"USD\") { balance { amount } }",
        "account(name: \"platform_fees\", currency: \"usd\") { balance { amount } }",
        "account(name: \"platform_fees\", currency: \"USD\") { statement(from: \"2026-02-02\", to: \
         \"2026-02-01\") { account } }",
        "entries(first: 1, filter: {kind: \"\\u0000\"}) { nodes { id } }",
        "entries(first: 1, filter: {account: \"provider_clearing:\\u0000\"}) { nodes { id } }",
        "entries(first: 101) { nodes { id } }",
        "feeIncome(first: 1, after: \"eA\") { nodes { entryCount } }",
    ] {
        let answer = story
            .finance
            .ask(&format!("{{ ledger {{ {bad} }} }}"))
            .await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{bad}: {}", answer.body);
    }
}

#[tokio::test]
async fn entries_name_what_they_took_back_and_closes_what_was_sealed() {
    let story = Story::told(Engine::Sqlite).await;
    let fields = "entries(first: 1, filter: {isReversal: true}) { nodes { entryId kind effectiveOn \
                  postings { account { name } amount { amount } } reversedBy { entryId } \
                  reverses { entryId kind feeSchedule reversedBy { kind } } } }";
    let told = story.ledger(fields, json!({})).await;
    let refund = &told["entries"]["nodes"][0];
    assert_eq!(refund["kind"], "wallet.tip_refunded");
    assert_eq!(refund["reversedBy"], Value::Null);
    assert_eq!(
        refund["reverses"]["reversedBy"]["kind"],
        "wallet.tip_refunded"
    );
    assert_eq!(
        (
            &refund["reverses"]["kind"],
            &refund["reverses"]["feeSchedule"]
        ),
        (&json!("wallet.tipped"), &json!("standard"))
    );
    let postings = refund["postings"].as_array().unwrap().iter();
    let sum: i64 = postings.map(|p| minor(&p["amount"]["amount"])).sum();
    assert_eq!(sum, 0, "{refund}");
    let query = "query Q($id: UUID!) { ledger { entry(id: $id) { kind } } }";
    let id = json!({"id": refund["entryId"]});
    let found = story.finance.ask_with(query, id).await;
    assert_eq!(
        found.data()["ledger"]["entry"]["kind"],
        "wallet.tip_refunded"
    );
    let nothing = json!({"id": "01900000-0000-7000-8000-000000000001"});
    let found = story.finance.ask_with(query, nothing).await;
    assert_eq!(found.data()["ledger"]["entry"], Value::Null);

    for (name, rate) in [("2026-02", "0.06"), ("2026-03", "0.07")] {
        let input = json!({"id": name, "rate": rate, "reason": "dearer", "clientMutationId": name});
        story.finance.done("setFees", input, "id").await;
    }
    let fields = "feeSchedules(first: 1) { nodes { name rate } pageInfo { hasNextPage endCursor } } \
                  feeIncome(first: 5, from: \"2026-01-01\") { nodes { feeSchedule entryCount amount { amount currency } } } \
                  account(name: \"platform_fees\", currency: \"USD\") { balance { amount } } \
                  closes(first: 5) { nodes { through } }";
    let told = story.ledger(fields, json!({})).await;
    let schedules = &told["feeSchedules"];
    assert_eq!(
        schedules["nodes"],
        json!([{"name": "2026-02", "rate": "0.06"}])
    );
    assert_eq!(schedules["pageInfo"]["hasNextPage"], true);
    let income = told["feeIncome"]["nodes"].as_array().unwrap();
    let dollars: i64 = income
        .iter()
        .filter(|row| row["amount"]["currency"] == "USD")
        .map(|row| minor(&row["amount"]["amount"]))
        .sum();
    assert_eq!(
        -dollars,
        minor(&told["account"]["balance"]["amount"]),
        "{told}"
    );
    assert_eq!(told["closes"]["nodes"], json!([]));

    let close = books::Command::Close {
        through: "2026-01-31".parse().unwrap(),
        seal: Seal {
            position: tributary_domain::Position::new(3).unwrap(),
            hash: "0a".repeat(32),
            trial_balance: "0b".repeat(32),
            signature: "0c".repeat(64),
        },
        reason: Reason {
            text: None,
            salt: Salt([7; 16]),
        },
    };
    done_by(&story.server, Actor::Console, Command::Books(close)).await;
    let fields =
        "closes(first: 5) { nodes { through closedBy sealedPosition trialBalanceDigest } }";
    let told = story.ledger(fields, json!({})).await;
    let expected = json!([{
        "through": "2026-01-31", "closedBy": "console", "sealedPosition": "3",
        "trialBalanceDigest": "0b".repeat(32),
    }]);
    assert_eq!(told["closes"]["nodes"], expected);
}

async fn pages_show_what_was_given_and_earned_to_whom_they_are_for(engine: Engine) {
    let story = Story::told(engine).await;
    let query = "query Q($c: ID!) { channel(id: $c) { \
                 topTippers(currency: \"USD\", first: 5) { nodes { account { name } amount { amount } tipCount } } \
                 early: topTippers(currency: \"USD\", first: 5, until: \"2026-02-01T00:00:00Z\") { nodes { tipCount } } \
                 earnings { statement(currency: \"USD\") { closing { amount } } \
                 days: periods(unit: DAY, currency: \"USD\", first: 2) { nodes { from earned { amount } taken { amount } } pageInfo { hasNextPage endCursor } } \
                 months: periods(unit: MONTH, currency: \"USD\", first: 9) { nodes { from to earned { amount } taken { amount } } } } } \
                 account(name: \"eve\") { tipsGiven(first: 2) { nodes { amount { amount } refundedAt channel { name } } pageInfo { hasNextPage } } } }";
    let asked = json!({"c": story.channel});
    let answer = story.ada.ask_with(query, asked.clone()).await;
    let channel = &answer.data()["channel"];
    // 0.11 to 0.14, 1.11 to 1.14, 2.11 to 2.14; the refunded one is taken off.
    let top = json!([{"account": {"name": "eve"}, "amount": {"amount": "13.50"}, "tipCount": 12}]);
    assert_eq!(channel["topTippers"]["nodes"], top);
    assert_eq!(channel["early"]["nodes"], json!([{"tipCount": 4}]));
    let earnings = &channel["earnings"];
    let closing = minor(&earnings["statement"]["closing"]["amount"]);
    let months = earnings["months"]["nodes"].as_array().unwrap();
    let sum = |which: &str| -> i64 { months.iter().map(|m| minor(&m[which]["amount"])).sum() };
    assert_eq!(sum("earned") - sum("taken"), closing, "{earnings}");
    let of: Vec<_> = months
        .iter()
        .map(|month| (&month["from"], &month["to"]))
        .collect();
    assert_eq!(
        json!(of),
        json!([["2026-01-01", "2026-01-31"], ["2026-02-01", "2026-02-28"]])
    );
    assert_eq!(earnings["days"]["nodes"][0]["from"], "2026-01-31");
    assert_eq!(earnings["days"]["pageInfo"]["hasNextPage"], true);
    let given = |answer: &Value| answer["account"]["tipsGiven"]["nodes"].clone();
    assert_eq!(
        given(answer.data()),
        json!([]),
        "what eve gave is no affair of ada's"
    );

    for (client, sees_earnings, sees_given) in [
        (&story.finance, true, true),
        (&story.eve, false, true),
        (&story.dan, false, false),
        (&story.admin, false, false),
        (&story.analyst, false, false),
        (&story.server.anyone(), false, false),
    ] {
        let answer = client.ask_with(query, asked.clone()).await;
        let channel = &answer.data()["channel"];
        assert_eq!(
            channel["topTippers"]["nodes"], top,
            "a leaderboard is for all"
        );
        assert_eq!(
            channel["earnings"].is_object(),
            sees_earnings,
            "{}",
            client.name
        );
        let given = given(answer.data());
        assert_eq!(
            given.as_array().unwrap().len(),
            if sees_given { 2 } else { 0 }
        );
        if sees_given {
            assert_eq!(given[0]["amount"]["amount"], "9.99");
            assert!(given[0]["refundedAt"].is_string());
            assert_eq!(given[1]["channel"]["name"], "ada");
        }
    }
}

async fn the_statements_of_a_page_of_entries_do_not_grow_with_it(engine: Engine) {
    let story = Story::told(engine).await;
    let mut counted = vec![];
    for first in [2, 18] {
        let fields = format!(
            "entries(first: {first}) {{ nodes {{ kind postings {{ account {{ owner {{ name }} }} }} \
             reverses {{ kind }} reversedBy {{ kind }} }} }} \
             account(name: \"platform_fees\", currency: \"USD\") {{ statement {{ opening {{ amount }} \
             lines(first: {first}) {{ nodes {{ entry {{ kind postings {{ amount {{ amount }} }} }} }} }} }} }}"
        );
        let before = story.server.views.asked();
        let told = story.ledger(&fields, json!({})).await;
        let found = told["entries"]["nodes"].as_array().unwrap().len();
        assert_eq!(found, first);
        counted.push(story.server.views.asked() - before);
    }
    // Fields that ask at different moments share their statements or do not.
    assert!(
        counted[1] <= counted[0] + 4 && counted[0] < 25,
        "{counted:?}"
    );
}
