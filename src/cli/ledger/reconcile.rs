//! `tributary ledger reconcile`: a payout provider's file against the payouts of the log.

use super::fold;
use super::show::Form;
use crate::settings::Settings;
use anyhow::Context as _;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tributary_domain::Money;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::reconcile::{Finding, Paid, Payout, reconcile};
use tributary_domain::ledger::{Movement, Period};
use tributary_store::LogReader;

/// The columns that a file must have, in any order; others are passed over.
const COLUMNS: [&str; 5] = ["reference", "id", "amount", "currency", "date"];

/// The largest file that is read.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// How it is asked for.
#[derive(clap::Args)]
pub struct Arguments {
    /// The provider's file: CSV with the columns reference, id, amount, currency and date
    file: PathBuf,
    /// The provider
    #[arg(long, value_name = "NAME")]
    provider: String,
    /// Only payouts of this month
    #[arg(long, value_name = "MONTH")]
    period: Option<Period>,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

/// Reconciles. The exit code is 1 where somebody has to look at something.
///
/// # Errors
/// When the file or the log cannot be read.
pub async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let paid = read(&arguments.file)
        .with_context(|| format!("{} cannot be reconciled", arguments.file.display()))?;
    let reader = LogReader::open(&settings.log_url).await?;
    let (provider, period) = (arguments.provider, arguments.period);
    let take = move |payouts: &mut Vec<Payout>, movement: Movement| {
        let is_wanted = period.is_none_or(|period| period.contains(movement.effective));
        payouts.extend(payout(&movement, &provider).filter(|_| is_wanted));
        Ok(())
    };
    let payouts = fold::movements(&reader, None, vec![], take).await?;
    let findings = reconcile(&payouts, &paid);
    match arguments.format {
        Form::Table => table(&findings),
        Form::Json => say!(
            "{}",
            json!(findings.iter().map(as_json).collect::<Vec<_>>())
        ),
        Form::Csv => {
            say!("finding,reference,fine,detail");
            for finding in &findings {
                let (reference, detail) = told(finding);
                let [reference, detail] = [reference, detail].map(|text| super::show::field(&text));
                say!(
                    "{},{reference},{},{detail}",
                    finding.word(),
                    finding.is_fine()
                );
            }
        }
    }
    Ok(if findings.iter().all(Finding::is_fine) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What left through a provider: money in flight that the provider paid out.
fn payout(movement: &Movement, provider: &str) -> Option<Payout> {
    let mut in_flight = None;
    let mut is_theirs = false;
    for line in &movement.lines {
        match &line.account {
            LedgerAccount::PayoutsInFlight(_) if line.amount > 0 => in_flight = Some(line.amount),
            LedgerAccount::ProviderClearing(name) => is_theirs = name == provider,
            _ => {}
        }
    }
    let amount = in_flight.filter(|_| is_theirs)?;
    let reference = movement.reference.clone();
    Some(Payout {
        reference: reference.unwrap_or_else(|| movement.entry.to_string()),
        amount: Money::from_minor(amount, movement.currency),
        day: movement.effective,
    })
}

fn table(findings: &[Finding]) {
    for finding in findings {
        let (reference, detail) = told(finding);
        let mark = if finding.is_fine() { " " } else { "!" };
        say!("{mark} {:<14} {reference}  {detail}", finding.word());
    }
    let open = findings.iter().filter(|finding| !finding.is_fine()).count();
    say!("{} findings, {open} to look at", findings.len());
}

fn as_json(finding: &Finding) -> serde_json::Value {
    let (reference, detail) = told(finding);
    json!({
        "finding": finding.word(),
        "reference": reference,
        "fine": finding.is_fine(),
        "detail": detail,
    })
}

/// Which payout, and what there is to say.
fn told(finding: &Finding) -> (String, String) {
    let (reference, detail) = match finding {
        Finding::Matched { reference } => (reference, String::new()),
        Finding::OffByDays { reference, days } => (reference, format!("paid {days:+} day(s)")),
        Finding::Split { reference, parts } => (reference, format!("paid in {parts} parts")),
        Finding::Duplicate { reference, lines } => {
            let lines: Vec<_> = lines.iter().map(u64::to_string).collect();
            (reference, format!("paid again: lines {}", lines.join(", ")))
        }
        Finding::WrongAmount {
            reference,
            sent,
            paid,
        } => (reference, format!("sent {sent}, paid {paid}")),
        Finding::WrongCurrency {
            reference,
            line,
            sent,
            paid,
        } => (
            reference,
            format!("sent {sent}, paid {paid} in line {line}"),
        ),
        Finding::Missing { reference, sent } => (reference, format!("sent {sent}, not paid")),
        Finding::Unknown {
            line,
            reference,
            paid,
        } => (reference, format!("{paid} in line {line} was never sent")),
    };
    (reference.clone(), detail)
}

fn read(path: &Path) -> anyhow::Result<Vec<Paid>> {
    let size = std::fs::metadata(path)?.len();
    anyhow::ensure!(size <= BYTES_MAX, "it is larger than {BYTES_MAX} bytes");
    parse(&std::fs::read_to_string(path)?)
}

fn parse(text: &str) -> anyhow::Result<Vec<Paid>> {
    let mut lines = (1_u64..).zip(text.trim_start_matches('\u{feff}').lines());
    let (_, names) = lines.next().context("it is empty")?;
    let names = fields(names).context("line 1: a quotation mark is not closed")?;
    let mut places = [0; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let found = names
            .iter()
            .position(|name| name.trim().eq_ignore_ascii_case(column));
        *place = found.with_context(|| {
            format!(
                "it has no column {column:?}; it needs {}",
                COLUMNS.join(", ")
            )
        })?;
    }
    let mut paid = vec![];
    for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let row = fields(line).and_then(|row| {
            let [reference, id, amount, currency, date] =
                places.map(|place| row.get(place).map(|field| field.trim().to_owned()));
            let currency = currency?.to_uppercase().parse().ok()?;
            Some(Paid {
                line: number,
                reference: reference?,
                id: id?,
                amount: Money::parse(&amount?, currency).ok()?,
                day: date?.get(..10)?.parse().ok()?,
            })
        });
        paid.push(row.with_context(|| {
            format!("line {number} is not understood; write amounts like 12.50 and dates like 2026-10-31")
        })?);
    }
    Ok(paid)
}

/// The fields of a line; `None` where a quotation mark is not closed.
fn fields(line: &str) -> Option<Vec<String>> {
    let (mut all, mut field, mut quoted) = (vec![], String::new(), false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    all.push(field);
    (!quoted).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_by_the_names_of_its_columns() {
        let text = "\u{feff}Date,Id,Reference,Amount,Currency,Note\n\
                    2026-10-31T08:00:00Z,p-1,\"a,\"\"b\",12.50,eur,x\n\n2026-11-01,p-2,c,500,JPY,\n";
        let paid = parse(text).unwrap();
        assert_eq!(paid.len(), 2);
        assert_eq!((paid[0].line, paid[0].reference.as_str()), (2, "a,\"b"));
        assert_eq!(paid[0].amount.to_string(), "12.50 EUR");
        assert_eq!((paid[1].line, paid[1].id.as_str()), (4, "p-2"));
        assert_eq!(paid[1].day.to_string(), "2026-11-01");
    }

    #[test]
    fn what_is_not_understood_is_named_by_its_line() {
        let names = "reference,id,amount,currency,date\n";
        for (rows, words) in [
            ("r,p,12.505,EUR,2026-10-31", "line 2"),
            ("r,p,12.50,XXX,2026-10-31", "line 2"),
            ("r,p,12.50,EUR,31.10.2026", "line 2"),
            ("r,p,12.50,EUR,2026-10-31\nr,p", "line 3"),
            ("r,\"p,12.50,EUR,2026-10-31", "line 2"),
        ] {
            let error = format!("{:#}", parse(&format!("{names}{rows}")).unwrap_err());
            assert!(error.contains(words), "{error}");
        }
        let error = parse("reference,id,amount,currency")
            .unwrap_err()
            .to_string();
        assert!(error.contains("no column \"date\""), "{error}");
    }
}
