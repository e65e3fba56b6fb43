//! Stripe's messages ("events"), as far as money of ours follows from them.
//!
//! Source: <https://docs.stripe.com/api/events/types>. Examples of each stand in `tests/payments/`.

use super::amount;
use crate::payments::{Message, Said, Unheard};
use serde::Deserialize;
use serde_json::Value;
use tributary_domain::payment::Standing;
use tributary_domain::{AccountId, Money, PayoutId};

/// The account that pays, in a payment's metadata. Stripe copies these to the payment's charges.
pub const ACCOUNT: &str = "tributary_account";
/// The payout, in a transfer's metadata.
pub const PAYOUT: &str = "tributary_payout";

#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

/// Reads a message that is surely Stripe's.
///
/// # Errors
/// What is not as it is documented.
pub fn read(body: &[u8]) -> Result<Message, Unheard> {
    let envelope: Envelope = serde_json::from_slice(body)
        .map_err(|error| Unheard::Unreadable(format!("it is no event of Stripe's: {error}")))?;
    let Envelope { id, kind, data } = envelope;
    let object = Object {
        kind: &kind,
        value: &data.object,
    };
    let said = match kind.as_str() {
        "payment_intent.succeeded" => object.confirmed()?,
        "payment_intent.payment_failed" => object.failed("/last_payment_error/code")?,
        "payment_intent.canceled" => object.failed("/cancellation_reason")?,
        "charge.refunded" => object.refunded()?,
        "charge.dispute.created"
        | "charge.dispute.updated"
        | "charge.dispute.closed"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated" => object.disputed()?,
        "transfer.created" => match object.payout() {
            Some(payout) => Said::PayoutSent {
                payout,
                reference: object.text("/id")?,
            },
            None => Said::Foreign,
        },
        "transfer.reversed" => object.of_payout(|payout| Said::PayoutFailed {
            payout,
            code: "transfer_reversed".to_owned(),
        }),
        "payout.paid" => object.of_payout(|payout| Said::PayoutSettled {
            payout,
            on: object.day("/arrival_date"),
        }),
        "payout.failed" | "payout.canceled" => object.of_payout(|payout| Said::PayoutFailed {
            payout,
            code: object
                .word("/failure_code")
                .unwrap_or("canceled")
                .to_owned(),
        }),
        _ => Said::Nothing,
    };
    Ok(Message { id, kind, said })
}

/// What a message is about.
struct Object<'a> {
    kind: &'a str,
    value: &'a Value,
}

impl Object<'_> {
    fn confirmed(&self) -> Result<Said, Unheard> {
        let Some(account) = self.account() else {
            return Ok(Said::Foreign);
        };
        Ok(Said::Confirmed {
            payment: self.text("/id")?,
            account,
            amount: self.amount("/amount_received")?,
        })
    }

    fn failed(&self, why: &str) -> Result<Said, Unheard> {
        if self.account().is_none() {
            return Ok(Said::Foreign);
        }
        Ok(Said::Failed {
            payment: self.text("/id")?,
            code: self.word(why).unwrap_or("unknown").to_owned(),
        })
    }

    /// A charge: what was given back of it in all.
    fn refunded(&self) -> Result<Said, Unheard> {
        if self.account().is_none() {
            return Ok(Said::Foreign);
        }
        Ok(Said::Refunded {
            payment: self.text("/payment_intent")?,
            total: self.amount("/amount_refunded")?,
        })
    }

    fn disputed(&self) -> Result<Said, Unheard> {
        // Of a charge that was made without a payment of ours.
        let Some(payment) = self.word("/payment_intent") else {
            return Ok(Said::Foreign);
        };
        let standing = match self.word("/status").unwrap_or_default() {
            "won" => Standing::Won,
            "lost" => Standing::Lost,
            "needs_response" | "under_review" => Standing::Open,
            // The bank only asks: no money was taken.
            "warning_needs_response" | "warning_under_review" | "warning_closed" | "prevented" => {
                return Ok(Said::Nothing);
            }
            other => return Err(self.wrong("/status", other)),
        };
        Ok(Said::Disputed {
            payment: payment.to_owned(),
            dispute: self.text("/id")?,
            amount: self.amount("/amount")?,
            standing,
        })
    }

    fn of_payout(&self, said: impl FnOnce(PayoutId) -> Said) -> Said {
        self.payout().map_or(Said::Foreign, said)
    }

    fn account(&self) -> Option<AccountId> {
        self.metadata(ACCOUNT)?.parse().ok()
    }

    fn payout(&self) -> Option<PayoutId> {
        self.metadata(PAYOUT)?.parse().ok()
    }

    fn metadata(&self, key: &str) -> Option<&str> {
        self.value.get("metadata")?.get(key)?.as_str()
    }

    fn word(&self, place: &str) -> Option<&str> {
        self.value.pointer(place)?.as_str()
    }

    fn text(&self, place: &str) -> Result<String, Unheard> {
        let text = self.word(place).map(str::to_owned);
        text.ok_or_else(|| self.wrong(place, "nothing"))
    }

    fn day(&self, place: &str) -> Option<chrono::NaiveDate> {
        let seconds = self.value.pointer(place)?.as_i64()?;
        Some(tributary_domain::Timestamp::from_timestamp(seconds, 0)?.date_naive())
    }

    fn amount(&self, place: &str) -> Result<Money, Unheard> {
        let whole = self.value.pointer(place).and_then(Value::as_i64);
        let (Some(whole), Some(currency)) = (whole, self.word("/currency")) else {
            return Err(self.wrong(place, "no amount"));
        };
        amount::read(whole, currency)
            .ok_or_else(|| self.wrong(place, &format!("{whole} {currency}")))
    }

    fn wrong(&self, place: &str, found: &str) -> Unheard {
        let kind = self.kind;
        Unheard::Unreadable(format!("{kind}: {found} stands at {place} of its object"))
    }
}

#[cfg(test)]
mod tests;
