//! Programs of others that know accounting, and nothing of us: hledger, beancount and DuckDB add up the
//! exports, and come to our trial balance to the cent.

use crate::support::judges::{PATIENCE, judge, python, said};
use crate::support::server::{Engine, Site};
use crate::support::whole_year::WholeYear;
use crate::support::year::CURRENCIES;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Movements of a year that CI has the time for.
const MOVEMENTS: usize = 400;
/// Asks for more of them: `cargo xtask year` does.
const MOVEMENTS_WANTED: &str = "JUDGED_MOVEMENTS";

/// What happens to money in the year, each at least once.
const KINDS: [&str; 17] = [
    "payment.charged_back",
    "payment.confirmed",
    "payment.dispute_lost",
    "payment.dispute_won",
    "payment.refunded",
    "payout.cancelled",
    "payout.failed",
    "payout.handed_over",
    "payout.settled",
    "wallet.debited",
    "wallet.granted",
    "wallet.hold_lifted",
    "wallet.payment_restored",
    "wallet.payment_reversed",
    "wallet.tip_refunded",
    "wallet.tipped",
    "wallet.topped_up",
];

/// Balances by account, as journals call them, and currency.
type Sums = BTreeMap<(String, String), String>;

/// `account,currency,amount` a line.
fn sums(text: &str) -> Sums {
    text.lines()
        .map(|line| {
            let mut fields = line.split(',');
            let mut next = || fields.next().unwrap().to_owned();
            let (account, currency) = (next(), next());
            ((account, currency), next())
        })
        .collect()
}

fn ours(trial: &Value, name: &str) -> Sums {
    let rows = trial["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        ((text(name), text("currency")), text("balance"))
    })
    .collect()
}

/// What `hledger balance` prints as CSV: an account, and an amount with its currency or several.
fn of_hledger(text: &str) -> Sums {
    let mut sums = Sums::new();
    for line in text.lines().skip(1) {
        let line = line.trim_matches('"');
        let (account, amounts) = line.split_once("\",\"").unwrap();
        for amount in amounts.split(", ") {
            if let Some((amount, currency)) = amount.split_once(' ') {
                sums.insert((account.to_owned(), currency.to_owned()), amount.to_owned());
            }
        }
    }
    sums
}

#[tokio::test(flavor = "multi_thread")]
async fn hledger_beancount_and_duckdb_come_to_our_trial_balance() {
    let movements = std::env::var(MOVEMENTS_WANTED).map_or(MOVEMENTS, |text| text.parse().unwrap());
    let year = WholeYear {
        viewers: 180.min(movements / 8),
        streamers: 20.min(movements / 40),
        movements,
    };
    let site = Site::new(Engine::Sqlite).await;
    let bar = bar(movements);
    bar.set_message("entries written");
    let kinds = year
        .happen(&site, |entries| {
            bar.set_position(entries.try_into().unwrap());
        })
        .await;
    for kind in KINDS {
        assert!(kinds.contains_key(kind), "no {kind} among {kinds:?}");
    }
    let run = async |arguments: &[&str]| {
        bar.set_message(format!("entries; tributary {}", arguments.join(" ")));
        let run = tokio::time::timeout(PATIENCE, site.command(arguments).output()).await;
        let run = run.expect("a command comes to its end").unwrap();
        let complained = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(run.status.success(), "{arguments:?}: {complained}");
        String::from_utf8(run.stdout).unwrap()
    };
    for name in ["year.journal", "year.beancount", "year.parquet"] {
        run(&["ledger", "export", "--out", name]).await;
    }
    let file = |name: &str| site.folder.path().join(name).to_str().unwrap().to_owned();
    let trial = run(&["ledger", "trial-balance", "--format", "json"]).await;
    let trial: Value = serde_json::from_str(&trial).unwrap();
    run(&["ledger", "verify", "--log-only"]).await;
    let expected = ours(&trial, "journal_account");
    assert!(expected.len() > 40, "{trial}");
    for currency in CURRENCIES {
        assert!(
            expected.keys().any(|(_, held)| held == currency),
            "{currency}"
        );
    }

    bar.set_message("entries; hledger");
    let (hledger, journal) = (Path::new("hledger"), file("year.journal"));
    said(hledger, &["check", "--strict", "-f", &journal]).await;
    let balance = [
        "balance",
        "-f",
        &journal,
        "--flat",
        "--no-total",
        "-O",
        "csv",
    ];
    assert_eq!(
        of_hledger(&said(hledger, &balance).await),
        expected,
        "hledger"
    );

    bar.set_message("entries; beancount");
    let beancount = file("year.beancount");
    said(&python("bean-check"), &[&beancount]).await;
    let added_up = said(
        &python("python"),
        &[&judge("beancount_sums.py"), &beancount],
    )
    .await;
    assert_eq!(sums(&added_up), expected, "beancount");

    bar.set_message("entries; DuckDB");
    let parquet = file("year.parquet");
    let added_up = said(&python("python"), &[&judge("duckdb_sums.py"), &parquet]).await;
    assert_eq!(sums(&added_up), ours(&trial, "account"), "DuckDB");
    bar.finish_and_clear();
    let (balances, entries) = (expected.len(), movements);
    println!(
        "{entries} entries of {} kinds: hledger, beancount and DuckDB come to our {balances} balances; {kinds:?}",
        kinds.len()
    );
}

/// Drawn only where there is a terminal, and more than a moment to wait.
fn bar(movements: usize) -> ProgressBar {
    if movements <= MOVEMENTS {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} ({elapsed})").unwrap();
    ProgressBar::new(movements.try_into().unwrap()).with_style(style)
}
