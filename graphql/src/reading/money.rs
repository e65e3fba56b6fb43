//! Which of what the log says is money, and who sees it: whom it belongs to, and finance.
//!
//! What is withheld is everything but a list of members that are known to hold no amount, so that an amount
//! in an event of tomorrow is withheld until somebody has looked at it.

use serde_json::Value;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::{AccountId, HistoryId};

/// Members of events and states that say who, when, by what and why, and never how much.
const NO_AMOUNTS: [&str; 26] = [
    "account",
    "by",
    "cause",
    "channel",
    "code",
    "currency",
    "dispute",
    "effective_on",
    "entry",
    "fee_schedule",
    "hold",
    "id",
    "payer",
    "personal",
    "provider",
    // What is kept of every tip is no secret.
    "rate",
    "reason",
    "reference",
    "reverses",
    "sent",
    "status",
    "stream",
    "terms",
    "tip",
    "type",
    "until",
];

/// Which amounts somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sums {
    /// All.
    All,
    /// Those of an event about this account, but for other people's postings.
    Of(AccountId),
    /// None.
    None,
}

/// Whether a history tells of somebody's money.
pub(crate) fn is_money(history: &HistoryId) -> bool {
    match history {
        HistoryId::Wallet(..) | HistoryId::Payment(_) | HistoryId::Payout(_) => true,
        // A schedule of fees is everybody's, and a close of the books holds digests alone.
        HistoryId::Fees
        | HistoryId::Books
        | HistoryId::Account(_)
        | HistoryId::NameClaim(_)
        | HistoryId::EmailClaim(_)
        | HistoryId::Channel(_)
        | HistoryId::Stream(_)
        | HistoryId::ViewerSession(_)
        | HistoryId::Installation => false,
    }
}

impl Sums {
    /// What an event of a history says, as far as it is shown.
    pub(super) fn of(self, history: &HistoryId, payload: Value) -> Value {
        match self {
            Self::None if is_money(history) => withheld(payload),
            Self::Of(account) => without_others(payload, account),
            Self::All | Self::None => payload,
        }
    }
}

/// The same without anything that may be an amount.
pub(super) fn withheld(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| {
                let value = match NO_AMOUNTS.contains(&name.as_str()) {
                    true => withheld(value),
                    false => Value::Null,
                };
                (name, value)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(withheld).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// The same without postings to accounts of other people: who gives a tip is not told what of it paid off
/// a debt.
fn without_others(mut payload: Value, account: AccountId) -> Value {
    if let Some(Value::Array(postings)) = payload.pointer_mut("/entry/postings") {
        postings.retain(|posting| {
            let posted = posting["account"].as_str().map(str::parse::<LedgerAccount>);
            match posted {
                Some(Ok(posted)) => posted.owner().is_none_or(|owner| owner == account),
                Some(Err(_)) | None => false,
            }
        });
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;
    use std::path::Path;

    /// Whether something in it could be an amount: a decimal that is no rate, or a number.
    fn amounts(value: &Value, name: &str, found: &mut Vec<String>) {
        match value {
            Value::String(text) if name != "rate" && text.parse::<Decimal>().is_ok() => {
                found.push(format!("{name}: {text}"));
            }
            Value::Object(members) => {
                for (name, value) in members {
                    amounts(value, name, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| amounts(item, name, found)),
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    #[test]
    fn no_event_of_money_that_was_ever_stored_shows_an_amount_once_it_is_withheld() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/golden");
        let mut with_amounts = 0;
        for file in std::fs::read_dir(golden).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            if !["wallet.", "payment.", "payout."]
                .iter()
                .any(|kind| name.starts_with(kind))
            {
                continue;
            }
            let text = std::fs::read_to_string(file.path()).unwrap();
            let event: Value = serde_json::from_str(&text).unwrap();
            let (mut before, mut after) = (vec![], vec![]);
            amounts(&event["payload"], "", &mut before);
            assert!(event["payload"].is_object(), "{name}: {event}");
            let shown = withheld(event["payload"].clone());
            amounts(&shown, "", &mut after);
            assert_eq!(after, [""; 0], "{name}: {shown}");
            assert_eq!(shown["type"], event["payload"]["type"], "{name}");
            with_amounts += usize::from(!before.is_empty());
        }
        assert!(with_amounts > 10, "{with_amounts}");
    }
}
