//! `tributary ledger trial-balance`.

use super::as_of;
use super::fold;
use super::show::{Form, field};
use crate::settings::Settings;
use serde_json::json;
use std::process::ExitCode;
use tributary_domain::ledger::{AsOf, Balances, TrialBalance, TrialRow};
use tributary_store::LogReader;
use tributary_store::checkpoint::to_hex;

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// As of a position of the log (4711), or of an effective day (2026-10-31) or month (2026-10), the
    /// last day included [default: now]
    #[arg(long, value_name = "MOMENT")]
    as_of: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// Tells it.
///
/// # Errors
/// When the log cannot be read, or does not hold.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let as_of = match &arguments.as_of {
        Some(text) => as_of::parse(text)?,
        None => AsOf::default(),
    };
    let reader = LogReader::open(&settings.log_url).await?;
    let trial = of_log(&reader, as_of).await?;
    match arguments.format {
        Form::Table => table(&trial),
        Form::Json => say!("{}", json(&trial)),
        Form::Csv => csv(&trial),
    }
    Ok(ExitCode::SUCCESS)
}

/// The trial balance of a log, by a fold of all of it.
///
/// # Errors
/// When the log cannot be read, or does not hold.
pub async fn of_log(reader: &LogReader, as_of: AsOf) -> anyhow::Result<TrialBalance> {
    let add = move |balances: &mut Balances, movement: tributary_domain::ledger::Movement| {
        if as_of.includes(&movement) {
            balances.add(&movement)?;
        }
        Ok(())
    };
    let balances = fold::movements(reader, as_of.position, Balances::default(), add).await?;
    Ok(balances.trial_balance())
}

/// A balance in its column: debits left, credits right.
fn sides(row: &TrialRow) -> [String; 2] {
    let amount = row.balance.amount;
    if amount.is_sign_positive() {
        [amount.to_string(), String::new()]
    } else {
        [String::new(), (-amount).to_string()]
    }
}

fn table(trial: &TrialBalance) {
    let names = trial.rows().iter().map(|row| row.account.to_string());
    let width = names.map(|name| name.len()).max().unwrap_or(0).max(10);
    say!("{:<width$}  {:>16}  {:>16}", "account", "debit", "credit");
    for row in trial.rows() {
        let [debit, credit] = sides(row);
        let currency = row.balance.currency;
        say!(
            "{:<width$}  {debit:>16}  {credit:>16}  {currency}",
            row.account.to_string()
        );
    }
    for (currency, totals) in trial.totals() {
        let [debit, credit] = [totals.debit.to_string(), totals.credit.to_string()];
        say!("{:<width$}  {debit:>16}  {credit:>16}  {currency}", "total");
    }
    say!("digest {}", to_hex(&trial.digest()));
}

fn json(trial: &TrialBalance) -> serde_json::Value {
    let rows: Vec<_> = trial
        .rows()
        .iter()
        .map(|row| {
            json!({
                "account": row.account.to_string(),
                "journal_account": row.account.journal_name(),
                "currency": row.balance.currency.code(),
                "balance": row.balance.amount.to_string(),
            })
        })
        .collect();
    let totals: serde_json::Map<_, _> = trial
        .totals()
        .into_iter()
        .map(|(currency, totals)| {
            let sums = json!({
                "debit": totals.debit.to_string(),
                "credit": totals.credit.to_string(),
            });
            (currency.code().to_owned(), sums)
        })
        .collect();
    json!({ "rows": rows, "totals": totals, "digest": to_hex(&trial.digest()) })
}

fn csv(trial: &TrialBalance) {
    say!("account,currency,debit,credit");
    for row in trial.rows() {
        let [debit, credit] = sides(row);
        let account = field(&row.account.to_string());
        say!("{account},{},{debit},{credit}", row.balance.currency);
    }
}
