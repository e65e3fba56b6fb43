//! Tips under another fee.

use crate::cli::bar;
use anyhow::Context as _;
use rust_decimal::Decimal;
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;
use tributary_domain::money::FeeSchedule;
use tributary_domain::{Currency, Event, Money, wallet};
use tributary_store::LogReader;
use tributary_store::reader::Selection;

/// Reads `3%` or `0.03`.
///
/// # Errors
/// When it is no rate that a fee can have.
pub fn rate(text: &str) -> Result<FeeSchedule, String> {
    let wrong =
        || format!("{text:?} is no rate; write it like 3% or 0.03, at least 0 and less than 1");
    let (number, of) = match text.strip_suffix('%') {
        Some(percent) => (percent.trim(), Decimal::ONE_HUNDRED),
        None => (text, Decimal::ONE),
    };
    let number = Decimal::from_str_exact(number).map_err(|_| wrong())?;
    FeeSchedule::new("what-if".to_owned(), number / of).map_err(|_| wrong())
}

/// The tips of one currency.
#[derive(Default)]
struct Sums {
    tips: u64,
    amount: Decimal,
    fee: Decimal,
    other_fee: Decimal,
}

/// Works it out and shows it.
pub async fn run(
    reader: &LogReader,
    selection: Selection,
    schedule: FeeSchedule,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let selection = Selection {
        types: vec!["wallet.tipped".to_owned()],
        ..selection
    };
    let begin = selection.after;
    let mut scan = reader.scan(selection).await?;
    let bar = bar::events(scan.end().since(begin));
    let mut found: BTreeMap<Currency, Sums> = BTreeMap::new();
    while let Some(part) = scan.next().await? {
        for row in part.page.iter() {
            let Event::Wallet(wallet::Event::Tipped(tip)) = row.decode()?.event else {
                continue;
            };
            let currency = tip.entry.currency;
            let gross = Money {
                amount: tip.amount,
                currency,
            };
            let sums = found.entry(currency).or_default();
            sums.tips += 1;
            add(&mut sums.amount, tip.amount)?;
            add(&mut sums.fee, tip.fee)?;
            add(&mut sums.other_fee, schedule.split(gross).0.amount)?;
        }
        bar.set_position(part.upto.since(begin));
    }
    bar.finish_and_clear();
    show(&found, &schedule, as_json);
    Ok(ExitCode::SUCCESS)
}

fn add(sum: &mut Decimal, amount: Decimal) -> anyhow::Result<()> {
    let added = sum.checked_add(amount);
    *sum = added.context("the sum of the tips is too large to be counted")?;
    Ok(())
}

fn show(found: &BTreeMap<Currency, Sums>, schedule: &FeeSchedule, as_json: bool) {
    if as_json {
        let all: Vec<_> = found
            .iter()
            .map(|(currency, sums)| {
                json!({
                    "currency": currency.to_string(), "tips": sums.tips,
                    "amount": sums.amount.to_string(),
                    "fee": sums.fee.to_string(), "net": (sums.amount - sums.fee).to_string(),
                    "what_if_fee": sums.other_fee.to_string(),
                    "what_if_net": (sums.amount - sums.other_fee).to_string(),
                })
            })
            .collect();
        say!(
            "{}",
            json!({"rate": schedule.rate.to_string(), "currencies": all})
        );
        return;
    }
    let percent = (schedule.rate * Decimal::ONE_HUNDRED).normalize();
    let at = format!("at {percent} %");
    say!(
        "{:<8} {:>9} {:>14} {:>14} {:>14} {:>14} {:>14}",
        "currency",
        "tips",
        "given",
        "fees",
        at,
        "earnings",
        at
    );
    for (currency, sums) in found {
        let (net, other_net) = (sums.amount - sums.fee, sums.amount - sums.other_fee);
        say!(
            "{:<8} {:>9} {:>14} {:>14} {:>14} {:>14} {:>14}",
            currency.to_string(),
            sums.tips,
            sums.amount.to_string(),
            sums.fee.to_string(),
            sums.other_fee.to_string(),
            net.to_string(),
            other_net.to_string()
        );
    }
    if found.is_empty() {
        say!("there were no tips");
    }
}

#[cfg(test)]
mod tests {

    #[test]
    fn a_rate_is_written_as_a_percentage_or_as_a_part() {
        for (text, rate) in [
            ("3%", "0.03"),
            ("0.03", "0.03"),
            ("2.5 %", "0.025"),
            ("0", "0"),
        ] {
            assert_eq!(super::rate(text).unwrap().rate.to_string(), rate, "{text}");
        }
        for bad in ["", "%", "x", "100%", "1", "-1%", "0.0000001"] {
            assert!(super::rate(bad).is_err(), "{bad}");
        }
    }
}
