//! The books on the command line: from the log alone, proven, closed.

use crate::support::server::{Engine, Site};
use crate::support::year::Year;
use serde_json::{Value, json};
use std::fs;
use tributary_domain::AccountId;
use tributary_store::LogUrl;

tributary_store::on_both_engines!(
    an_auditor_needs_no_server,
    each_kind_of_tampering_is_named_with_its_entry,
    a_closed_month_stays_as_it_was_sealed,
    finance_closes_a_month_over_the_api,
    a_receipt_is_checked_without_a_database,
);

const SMALL: Year = Year {
    viewers: 6,
    streamers: 2,
    movements: 60,
};

async fn succeeds(site: &Site, arguments: &[&str]) -> String {
    let (done, text) = site.run(arguments, "").await;
    assert!(done, "{arguments:?}: {text}");
    text
}

async fn told(site: &Site, arguments: &[&str]) -> Value {
    let all = [&["ledger"], arguments, &["--format", "json"]].concat();
    serde_json::from_str(&succeeds(site, &all).await).unwrap()
}

/// A site with a year in its log, and the secret of an installation.
async fn small(engine: Engine) -> (Site, Vec<AccountId>, Vec<AccountId>) {
    let site = Site::new(engine).await;
    // The first start makes the secret, the second one the read models.
    started_once(&site).await;
    let (streamers, viewers) = SMALL.happen(&site).await;
    started_once(&site).await;
    (site, streamers, viewers)
}

/// A server that has answered something, so that it is up in all its parts, and was stopped.
async fn started_once(site: &Site) {
    let server = site.start().await;
    succeeds(site, &["projections"]).await;
    assert!(server.stop().await);
}

async fn an_auditor_needs_no_server(engine: Engine) {
    let (site, _, viewers) = small(engine).await;
    let now = told(&site, &["trial-balance"]).await;
    for currency in ["EUR", "JPY", "BHD"] {
        let totals = &now["totals"][currency];
        assert_eq!(totals["debit"], totals["credit"], "{now}");
        assert_ne!(totals["debit"], "0", "{now}");
    }
    let july = told(&site, &["trial-balance", "--as-of", "2025-07"]).await;
    assert_ne!(july["digest"], now["digest"]);
    assert_eq!(
        told(&site, &["trial-balance", "--as-of", "2026-12-31"]).await,
        now
    );
    let nothing = told(&site, &["trial-balance", "--as-of", "2024-12-31"]).await;
    assert_eq!(nothing["rows"], json!([]));
    let table = succeeds(&site, &["ledger", "trial-balance"]).await;
    assert!(table.contains(now["digest"].as_str().unwrap()), "{table}");

    let account = format!("viewer_balance:{}", viewers[0]);
    let euros = ["--currency", "EUR"];
    let all = told(
        &site,
        &[&["statement", account.as_str()][..], &euros].concat(),
    )
    .await;
    let row = now["rows"].as_array().unwrap().iter();
    let row = row
        .clone()
        .find(|row| row["account"] == account.as_str() && row["currency"] == "EUR");
    let balance = row.map_or(json!("0.00"), |row| row["balance"].clone());
    assert_eq!(
        (&all["opening"], &all["closing"]),
        (&json!("0.00"), &balance)
    );
    let half = ["--from", "2025-07-01"];
    let half = told(
        &site,
        &[&["statement", account.as_str()][..], &euros, &half].concat(),
    )
    .await;
    assert_eq!(half["closing"], balance);
    let before = ["--to", "2025-06-30"];
    let before = told(
        &site,
        &[&["statement", account.as_str()][..], &euros, &before].concat(),
    )
    .await;
    assert_eq!(before["closing"], half["opening"]);
    let lines = |statement: &Value| statement["lines"].as_array().unwrap().len();
    assert_eq!(lines(&before) + lines(&half), lines(&all));

    let out = site.folder.path().join("postings.csv");
    let text = succeeds(&site, &["ledger", "export", "--out", out.to_str().unwrap()]).await;
    let csv = fs::read_to_string(&out).unwrap();
    assert!(
        text.contains(&format!("{} postings", csv.lines().count() - 1)),
        "{text}"
    );
    let (written, text) = site
        .run(&["ledger", "export", "--out", out.to_str().unwrap()], "")
        .await;
    assert!(!written && text.contains("is there already"), "{text}");

    let text = succeeds(&site, &["ledger", "verify"]).await;
    assert!(text.contains("the ledger holds"), "{text}");
    assert!(text.contains("says the same"), "the read model: {text}");
    assert!(text.contains(now["digest"].as_str().unwrap()), "{text}");
    for (nonsense, words) in [
        (
            &["ledger", "trial-balance", "--as-of", "soon"][..],
            "no moment of the ledger",
        ),
        (
            &["ledger", "trial-balance", "--as-of", "99999"],
            "the log ends at position",
        ),
        (
            &["ledger", "statement", "petty_cash", "--currency", "EUR"],
            "names no account",
        ),
        (
            &["ledger", "statement", "refunds", "--currency", "XXX"],
            "is no currency",
        ),
        (&["ledger", "export", "--out", "x.xlsx"], "say --format"),
    ] {
        let (done, text) = site.run(nonsense, "").await;
        assert!(!done && text.contains(words), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_guide_works() {
    let (site, _, viewers) = small(Engine::Sqlite).await;
    let (_, entry) = last_tip(&site).await;
    let key = succeeds(&site, &["log", "checkpoint", "--public-key"]).await;
    let names = "reference,id,amount,currency,date\n";
    fs::write(site.folder.path().join("payouts.csv"), names).unwrap();
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/finance.md");
    let guide = fs::read_to_string(guide).unwrap();
    let blocks = guide
        .split("```sh\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    let mut ran = 0;
    for line in blocks
        .flat_map(str::lines)
        .filter(|line| line.starts_with("tributary ledger"))
    {
        let line = line
            .replace("$VIEWER", &viewers[0].to_string())
            .replace("$ENTRY", &entry)
            .replace("$KEY", key.trim())
            .replace('"', "");
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        succeeds(&site, &words).await;
        ran += 1;
    }
    assert!(ran > 10, "{ran}");
}

/// Runs SQL on the log, in which `json` is the type of the payload.
async fn tamper(site: &Site, sql: &str) {
    match site.log_location() {
        LogUrl::Sqlite(file) => {
            let sql = sql.replace("::text", "").replace("::json", "");
            let url = format!("sqlite://{}", file.display());
            let mut direct = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url)
                .await
                .unwrap();
            sqlx::Executor::execute(&mut direct, sqlx::raw_sql(&sql))
                .await
                .unwrap();
            sqlx::Connection::close(direct).await.unwrap();
        }
        LogUrl::Postgres(url) => {
            let mut direct = <sqlx::PgConnection as sqlx::Connection>::connect(&url)
                .await
                .unwrap();
            sqlx::Executor::execute(&mut direct, sqlx::raw_sql(sql))
                .await
                .unwrap();
        }
    }
}

/// The last tip of a log: its place and its entry.
async fn last_tip(site: &Site) -> (i64, String) {
    let out = succeeds(
        site,
        &[
            "log",
            "tail",
            "-n",
            "1",
            "--type",
            "wallet.tipped",
            "--json",
        ],
    )
    .await;
    let event: Value = serde_json::from_str(&out).unwrap();
    let entry = event["payload"]["entry"]["id"].as_str().unwrap().to_owned();
    (event["position"].as_i64().unwrap(), entry)
}

async fn each_kind_of_tampering_is_named_with_its_entry(engine: Engine) {
    let (site, streamers, viewers) = small(engine).await;
    let (at, entry) = last_tip(&site).await;
    let verify = async || {
        let output = site.command(&["ledger", "verify"]).output().await.unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code().unwrap(), text)
    };
    let payload = |from: &str, to: &str| {
        format!(
            "UPDATE events SET payload = replace(payload::text, '{from}', '{to}')::json \
             WHERE position = {at}"
        )
    };
    let undo = "UPDATE events SET payload = (SELECT payload FROM kept WHERE kept.position = \
                events.position) WHERE position IN (SELECT position FROM kept)";
    tamper(&site, "CREATE TABLE kept AS SELECT * FROM events").await;
    let (other, nobody) = (viewers[0].to_string(), streamers[0].to_string());
    let swapped = [
        payload(&nobody, &other),
        payload(&streamers[1].to_string(), &other),
    ]
    .join(";");
    for (what, sql) in [
        ("amount", payload("\"amount\":\"-", "\"amount\":\"-1")),
        ("account", swapped),
    ] {
        tamper(&site, &sql).await;
        let (code, text) = verify().await;
        assert_eq!(code, 1, "{what}: {text}");
        let named = text
            .lines()
            .any(|line| line.contains(&format!("position {at}")));
        assert!(named && text.contains(&entry), "{what}: {text}");
        tamper(&site, undo).await;
        assert_eq!(verify().await.0, 0, "{what} was undone");
    }
    // Two entries in each other's place.
    let swap = |columns: &[&str]| {
        let set: Vec<_> = columns
            .iter()
            .map(|column| {
                format!(
                    "{column} = (SELECT {column} FROM kept WHERE kept.position = \
                     CASE events.position WHEN {at} THEN {at} + 1 ELSE {at} END)"
                )
            })
            .collect();
        format!(
            "UPDATE events SET {} WHERE position IN ({at}, {at} + 1)",
            set.join(", ")
        )
    };
    tamper(&site, &swap(&["payload", "event_type", "personal"])).await;
    let (code, text) = verify().await;
    assert!(
        code == 1 && text.contains(&format!("position {at}")),
        "order: {text}"
    );
    let back = "UPDATE events SET payload = kept.payload, event_type = kept.event_type, \
                personal = kept.personal FROM kept WHERE kept.position = events.position";
    tamper(&site, back).await;
    assert_eq!(verify().await.0, 0, "order was undone");

    // A half without its entry, an entry twice, the end cut off.
    tamper(&site, &format!("DELETE FROM events WHERE position = {at}")).await;
    let (code, text) = verify().await;
    assert!(
        code == 1 && text.contains(&format!("position {at}")),
        "deletion: {text}"
    );
    assert!(text.contains(&entry), "its half names the entry: {text}");
    tamper(
        &site,
        &format!("INSERT INTO events SELECT * FROM kept WHERE position = {at}"),
    )
    .await;
    assert_eq!(verify().await.0, 0, "deletion was undone");

    let head = "(SELECT max(position) FROM kept)";
    let id = match engine {
        Engine::Sqlite => "zeroblob(16)",
        Engine::Postgres => "gen_random_uuid()",
    };
    let columns = "aggregate_type, aggregate_id, event_type, event_version, payload, metadata, \
                   recorded_at, channel, personal, hash";
    tamper(
        &site,
        &format!(
            "INSERT INTO events (position, sequence, event_id, {columns}) \
             SELECT {head} + 1, 999999, {id}, {columns} FROM kept WHERE position = {at}"
        ),
    )
    .await;
    let (code, text) = verify().await;
    assert!(
        code == 1 && text.contains("beyond the log's head"),
        "insertion: {text}"
    );
    assert!(text.contains(&entry), "insertion names the entry: {text}");
    tamper(
        &site,
        &format!("DELETE FROM events WHERE position > {head}"),
    )
    .await;
    assert_eq!(verify().await.0, 0, "insertion was undone");

    tamper(&site, &format!("DELETE FROM events WHERE position >= {at}")).await;
    let (code, text) = verify().await;
    assert!(code == 1 && text.contains("cut off"), "truncation: {text}");
    assert!(
        text.contains(&format!("position {at}")),
        "truncation: {text}"
    );
}

async fn finance_closes_a_month_over_the_api(engine: Engine) {
    let (site, _, _) = small(engine).await;
    let june = [
        "ledger",
        "close",
        "--period",
        "2025-06",
        "--reason",
        "half a year",
    ];
    let june = succeeds(&site, &june).await;
    let server = site.start().await;
    let fay = server.api().register("fay").await;
    let july = json!({
        "period": "2025-07", "reason": "month end", "clientMutationId": "july",
    });
    assert_eq!(fay.refused("closeBooks", july.clone()).await, "NOT_FINANCE");
    succeeds(&site, &["account", "grant", "fay", "finance"]).await;
    let fields = "seal close { through reason trialBalanceDigest signature }";
    // Whoever asks at once is told the same once.
    let asked = (0..4).map(|_| fay.done("closeBooks", july.clone(), fields));
    let told = futures::future::join_all(asked).await;
    let done = &told[0];
    assert!(told.iter().all(|other| other == done), "{told:?}");
    let trial = self::told(&site, &["trial-balance", "--as-of", "2025-07"]).await;
    let close = &done["close"];
    assert_eq!(close["trialBalanceDigest"], trial["digest"]);
    assert_eq!(
        (&close["through"], &close["reason"]),
        (&json!("2025-07-31"), &json!("month end"))
    );
    let line = done["seal"].as_str().unwrap();
    let kept = fs::read_to_string(site.data().join("seals.jsonl")).unwrap();
    assert_eq!(kept, format!("{june}{line}\n"));
    let query = "{ ledger { closes(first: 5) { nodes { through reason closedBy } } } }";
    let closes = fay.query(query, json!({})).await;
    let first = &closes["ledger"]["closes"]["nodes"][0];
    let expected = json!({
        "through": "2025-06-30", "reason": "half a year", "closedBy": "console",
    });
    assert_eq!(first, &expected);
    let text = succeeds(&site, &["ledger", "verify"]).await;
    assert!(
        text.contains("2 closed periods are as they were sealed"),
        "{text}"
    );
    assert!(server.stop().await, "{}", site.log());
}

async fn a_closed_month_stays_as_it_was_sealed(engine: Engine) {
    let (site, _, _) = small(engine).await;
    let (closed, text) = site
        .run(&["ledger", "close", "--period", "2999-01"], "")
        .await;
    assert!(!closed && text.contains("error: "), "{text}");
    let june = succeeds(&site, &["ledger", "close", "--period", "2025-06"]).await;
    let again = succeeds(&site, &["ledger", "close", "--period", "2025-06"]).await;
    assert_eq!(june, again, "asked again it is the same seal");
    let server = site.start().await;
    let july = succeeds(&site, &["ledger", "close", "--period", "2025-07"]).await;
    assert!(server.stop().await);
    let seals = site.data().join("seals.jsonl");
    assert_eq!(fs::read_to_string(&seals).unwrap(), format!("{june}{july}"));
    let seal: Value = serde_json::from_str(&july).unwrap();
    let position = seal["position"].to_string();
    let (closed, text) = site
        .run(&["ledger", "close", "--period", "2025-05"], "")
        .await;
    assert!(!closed && text.contains("error: "), "{text}");

    let text = succeeds(&site, &["ledger", "verify"]).await;
    assert!(
        text.contains("2 closed periods are as they were sealed"),
        "{text}"
    );
    let trial = told(&site, &["trial-balance", "--as-of", "2025-07"]).await;
    assert_eq!(seal["trial_balance"], trial["digest"], "at {position}");

    // A line that the log knows nothing of, and one that was changed.
    for (from, to, words) in [
        ("2025-07-31", "2025-08-31", "does not fit its text"),
        ("\"signature\":\"", "\"signature\":\"0", "not 128"),
    ] {
        fs::write(&seals, july.replace(from, to)).unwrap();
        let (holds, text) = site.run(&["ledger", "verify"], "").await;
        assert!(
            !holds && text.contains(words) && text.contains("THE SEALS DO NOT HOLD"),
            "{text}"
        );
    }
    fs::write(&seals, format!("{june}{july}")).unwrap();
    let (other, _, _) = small(engine).await;
    fs::copy(&seals, other.data().join("seals.jsonl")).unwrap();
    let (holds, text) = other.run(&["ledger", "verify"], "").await;
    assert!(!holds && text.contains("signed with another key"), "{text}");
}

async fn a_receipt_is_checked_without_a_database(engine: Engine) {
    let (site, _, _) = small(engine).await;
    let (_, entry) = last_tip(&site).await;
    let file = site.folder.path().join("receipt.json");
    let path = file.to_str().unwrap();
    succeeds(&site, &["ledger", "receipt", &entry, "--out", path]).await;
    let key = succeeds(&site, &["log", "checkpoint", "--public-key"]).await;
    let key = key.trim();
    let elsewhere = Site::at(None);
    let check = async |key: &str| {
        let arguments = ["ledger", "check-receipt", path, "--public-key", key];
        elsewhere.run(&arguments, "").await
    };
    let (holds, text) = check(key).await;
    assert!(
        holds && text.contains(&entry) && text.contains("streamer_earnings:"),
        "{text}"
    );
    let (holds, text) = check(&"ab".repeat(32)).await;
    assert!(!holds && text.contains("error: "), "{text}");
    let good = fs::read_to_string(&file).unwrap();
    let amount = good
        .find("\\\"amount\\\\\\\":")
        .or_else(|| good.find("amount"))
        .unwrap();
    let digit = good[amount..].find(|c: char| c.is_ascii_digit()).unwrap() + amount;
    let mut forged = good.clone();
    let other = if &good[digit..=digit] == "9" {
        "8"
    } else {
        "9"
    };
    forged.replace_range(digit..=digit, other);
    fs::write(&file, forged).unwrap();
    let (holds, text) = check(key).await;
    assert!(!holds && text.contains("it was changed"), "{text}");
    let nothing = "01900000-0000-7000-8000-000000000001";
    let (made, text) = site
        .run(&["ledger", "receipt", nothing, "--out", "n.json"], "")
        .await;
    assert!(!made && text.contains("holds no entry"), "{text}");
}
