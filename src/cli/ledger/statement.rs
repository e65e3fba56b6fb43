//! `tributary ledger statement`.

use super::show::{Form, amount, field};
use super::{as_of, fold};
use crate::cli::log::history;
use crate::settings::Settings;
use anyhow::Context as _;
use chrono::NaiveDate;
use serde_json::json;
use std::process::ExitCode;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::statement::Gathering;
use tributary_domain::ledger::{Movement, Period, Statement};
use tributary_domain::{AccountId, Currency};
use tributary_store::LogReader;

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// The account: viewer_balance:<name or id>, streamer_earnings:<name or id>, platform_fees, …
    account: String,
    /// The currency
    #[arg(long, value_name = "CODE")]
    currency: String,
    /// A month, such as 2026-10
    #[arg(long, value_name = "MONTH", conflicts_with_all = ["from", "to"])]
    period: Option<Period>,
    /// From this effective day on
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Up to this effective day, it included
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

impl Arguments {
    fn days(&self) -> anyhow::Result<(Option<NaiveDate>, Option<NaiveDate>)> {
        if let Some(period) = self.period {
            return Ok((Some(period.first_day()), Some(period.last_day())));
        }
        let day = |text: &Option<String>| text.as_deref().map(as_of::day).transpose();
        let (from, to) = (day(&self.from)?, day(&self.to)?);
        if let (Some(from), Some(to)) = (from, to) {
            anyhow::ensure!(
                from <= to,
                "the statement would end on {to}, before it begins"
            );
        }
        Ok((from, to))
    }
}

/// Tells it.
///
/// # Errors
/// When there is no such account, or the log cannot be read or does not hold.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (from, to) = arguments.days()?;
    let reader = LogReader::open(&settings.log_url).await?;
    let account = account(&reader, settings, &arguments.account).await?;
    let code = arguments.currency.to_uppercase();
    let currency: Currency = code
        .parse()
        .ok()
        .with_context(|| format!("{code:?} is no currency; write a code such as USD"))?;
    let gathering = Gathering::new(account, currency, from);
    let take = move |gathering: &mut Gathering, movement: Movement| {
        if to.is_none_or(|to| movement.effective <= to) {
            gathering.take(&movement)?;
        }
        Ok(())
    };
    let statement = fold::movements(&reader, None, gathering, take)
        .await?
        .finish();
    match arguments.format {
        Form::Table => table(&statement),
        Form::Json => say!("{}", json(&statement)),
        Form::Csv => csv(&statement),
    }
    Ok(ExitCode::SUCCESS)
}

/// An account by its text, in which a name may stand for an id.
async fn account(
    reader: &LogReader,
    settings: &Settings,
    text: &str,
) -> anyhow::Result<LedgerAccount> {
    if let Ok(account) = text.parse() {
        return Ok(account);
    }
    let none = || {
        format!(
            "{text:?} names no account of the ledger; there are viewer_balance:<name or id>, \
             streamer_earnings:<name or id>, payouts_in_flight:<name or id>, \
             chargebacks_receivable:<name or id>, provider_clearing:<provider>, platform_fees, \
             refunds and promotions"
        )
    };
    let (kind, name) = text.split_once(':').with_context(none)?;
    let person: LedgerAccount = format!("{kind}:{}", AccountId(uuid::Uuid::nil()))
        .parse()
        .ok()
        .with_context(none)?;
    anyhow::ensure!(person.owner().is_some(), none());
    let id = history::account(reader, settings, name).await?;
    format!("{kind}:{id}").parse().ok().with_context(none)
}

fn table(statement: &Statement) {
    let currency = statement.currency;
    let shown = |minor| amount(minor, currency);
    say!("{} in {currency}; debits are positive", statement.account);
    say!(
        "{:<10}  {:>10}  {:<36}  {:>14}  {:>14}  kind",
        "day",
        "position",
        "entry",
        "amount",
        "balance"
    );
    say!(
        "{:<10}  {:>10}  {:<36}  {:>14}  {:>14}",
        "opening",
        "",
        "",
        "",
        shown(statement.opening)
    );
    for line in &statement.lines {
        say!(
            "{}  {:>10}  {}  {:>14}  {:>14}  {}",
            line.effective,
            line.position,
            line.entry,
            shown(line.amount),
            shown(line.balance),
            line.kind
        );
    }
    say!(
        "{:<10}  {:>10}  {:<36}  {:>14}  {:>14}",
        "closing",
        "",
        "",
        "",
        shown(statement.closing)
    );
}

fn json(statement: &Statement) -> serde_json::Value {
    let shown = |minor| amount(minor, statement.currency);
    let lines: Vec<_> = statement
        .lines
        .iter()
        .map(|line| {
            json!({
                "effective": line.effective.to_string(),
                "position": line.position,
                "entry": line.entry,
                "kind": line.kind,
                "amount": shown(line.amount),
                "balance": shown(line.balance),
            })
        })
        .collect();
    json!({
        "account": statement.account.to_string(),
        "currency": statement.currency.code(),
        "opening": shown(statement.opening),
        "lines": lines,
        "closing": shown(statement.closing),
    })
}

fn csv(statement: &Statement) {
    let shown = |minor| amount(minor, statement.currency);
    say!("effective,position,entry,kind,amount,balance");
    say!(",,,opening,,{}", shown(statement.opening));
    for line in &statement.lines {
        let kind = field(&line.kind);
        let (amount, balance) = (shown(line.amount), shown(line.balance));
        say!(
            "{},{},{},{kind},{amount},{balance}",
            line.effective,
            line.position,
            line.entry
        );
    }
    say!(",,,closing,,{}", shown(statement.closing));
}
