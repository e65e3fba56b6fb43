//! Stripe, by its API and its signed messages.

mod amount;
mod event;
mod signature;

use super::wire::{Answer as Reply, Wire};
use super::{Hears, Incoming, Message, Unheard};
use crate::settings::Stripe as Settings;
use anyhow::Context as _;
use axum::http::{Method, StatusCode};
use futures::FutureExt as _;
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use tributary_graphql::payments::{Answer, Asked, Begun, Order, Provider, Trouble};

/// What this adapter is written against. Stripe keeps old versions as they were.
const VERSION: &str = "2024-06-20";

/// Where it is asked again, after how long: each time under the same key.
const RETRIES: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(1_500)];

/// See the [module](self).
pub struct Stripe {
    key: String,
    secrets: Vec<Vec<u8>>,
    wire: Wire,
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stripe(..)")
    }
}

impl Stripe {
    /// Reads its secrets.
    ///
    /// # Errors
    /// Which file is wrong, without what stands in it.
    pub fn open(settings: &Settings) -> anyhow::Result<Self> {
        let Settings { url, .. } = settings;
        let (key, secrets) = settings.secrets()?;
        Ok(Self {
            key,
            secrets: secrets.into_iter().map(String::into_bytes).collect(),
            wire: Wire::new(url).with_context(|| format!("stripe_url is {url:?}"))?,
        })
    }

    /// Asks until there is an answer that says something, or no time is left.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        form: &[(String, String)],
    ) -> Result<Value, Trouble> {
        let mut headers = vec![
            ("authorization", format!("Bearer {}", self.key)),
            ("stripe-version", VERSION.to_owned()),
            (
                "content-type",
                "application/x-www-form-urlencoded".to_owned(),
            ),
        ];
        headers.extend(key.map(|key| ("idempotency-key", key.to_owned())));
        let mut waits = RETRIES.into_iter();
        loop {
            let method = method.clone();
            let reply = self.wire.ask(method, path, &headers, encoded(form)).await;
            let said = match reply {
                Ok(reply) => judged(&reply),
                Err(error) => {
                    tracing::warn!("Stripe cannot be asked: {error:#}");
                    Err(Trouble::Unavailable)
                }
            };
            match (said, waits.next()) {
                (Err(Trouble::Unavailable), Some(wait)) => tokio::time::sleep(wait).await,
                (said, _) => return said,
            }
        }
    }

    async fn take_payment(&self, asked: &Asked) -> Result<Begun, Trouble> {
        let Asked {
            account,
            amount,
            key,
        } = asked;
        let whole = amount::write(*amount).ok_or(Trouble::Cannot)?;
        let form = [
            ("amount", whole.to_string()),
            ("currency", amount.currency.code().to_ascii_lowercase()),
            ("automatic_payment_methods[enabled]", "true".to_owned()),
            (
                &format!("metadata[{}]", event::ACCOUNT),
                account.to_string(),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        let key = format!("take-{key}");
        let intent = self
            .ask(Method::POST, "/v1/payment_intents", Some(&key), &form)
            .await?;
        let text = |name: &str| intent.get(name)?.as_str().map(str::to_owned);
        match (text("id"), text("client_secret")) {
            (Some(reference), Some(client_secret)) => Ok(Begun::Open {
                reference,
                client_secret,
            }),
            _ => Err(Trouble::Unavailable),
        }
    }

    async fn transfer(&self, order: &Order) -> Result<String, Trouble> {
        let Order {
            payout,
            amount,
            destination,
            again,
        } = order;
        let whole = amount::write(*amount).ok_or(Trouble::Cannot)?;
        let destination = destination.clone().ok_or(Trouble::Cannot)?;
        // Stripe keeps keys for a day; what was asked for before that is found by its group.
        if *again {
            let path = format!("/v1/transfers?limit=1&transfer_group={payout}");
            let found = self.ask(Method::GET, &path, None, &[]).await?;
            if let Some(id) = found.pointer("/data/0/id").and_then(Value::as_str) {
                return Ok(id.to_owned());
            }
        }
        let form = [
            ("amount", whole.to_string()),
            ("currency", amount.currency.code().to_ascii_lowercase()),
            ("destination", destination),
            ("transfer_group", payout.to_string()),
            (&format!("metadata[{}]", event::PAYOUT), payout.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        let key = format!("payout-{payout}");
        let made = self
            .ask(Method::POST, "/v1/transfers", Some(&key), &form)
            .await?;
        let id = made.get("id").and_then(Value::as_str);
        id.map(str::to_owned).ok_or(Trouble::Unavailable)
    }
}

impl Provider for Stripe {
    fn name(&self) -> &str {
        "stripe"
    }

    fn take<'a>(&'a self, asked: &'a Asked) -> Answer<'a, Begun> {
        self.take_payment(asked).boxed()
    }

    fn pay_out<'a>(&'a self, order: &'a Order) -> Answer<'a, String> {
        self.transfer(order).boxed()
    }
}

impl Hears for Stripe {
    fn hear(&self, incoming: Incoming<'_>) -> Result<Message, Unheard> {
        let header = incoming.headers.get("stripe-signature");
        let header = header.and_then(|header| header.to_str().ok());
        let header = header.ok_or(Unheard::Forged("there is no Stripe-Signature"))?;
        signature::check(header, incoming.body, &self.secrets, incoming.at)?;
        event::read(incoming.body)
    }
}

/// What an answer means.
fn judged(reply: &Reply) -> Result<Value, Trouble> {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let word = |place: &str| body.pointer(place).and_then(Value::as_str);
    if reply.status.is_success() {
        return Ok(body);
    }
    let status = reply.status;
    let code = word("/error/code").or_else(|| word("/error/type"));
    let code = code.unwrap_or("unknown").to_owned();
    tracing::warn!(%status, code, "Stripe said no");
    match status {
        // Under this key something else was asked: what became of it nobody knows from here.
        _ if word("/error/type") == Some("idempotency_error") => Err(Trouble::Unavailable),
        StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::NOT_FOUND => {
            Err(Trouble::Refused { code })
        }
        _ => Err(Trouble::Unavailable),
    }
}

/// `application/x-www-form-urlencoded`.
fn encoded(form: &[(String, String)]) -> String {
    let pairs = form.iter();
    let pairs = pairs.map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_escaped() {
        let form = [
            ("metadata[a]".to_owned(), "1 & 2=é".to_owned()),
            ("b".to_owned(), "x".to_owned()),
        ];
        assert_eq!(encoded(&form), "metadata%5Ba%5D=1%20%26%202%3D%C3%A9&b=x");
    }

    #[test]
    fn only_a_plain_no_is_a_no() {
        let judge = |status: u16, body: &str| {
            judged(&Reply {
                status: StatusCode::from_u16(status).unwrap(),
                body: body.to_owned().into(),
            })
        };
        let declined = r#"{"error":{"type":"card_error","code":"card_declined"}}"#;
        let refused = Trouble::Refused {
            code: "card_declined".to_owned(),
        };
        assert_eq!(judge(402, declined), Err(refused));
        let used = r#"{"error":{"type":"idempotency_error"}}"#;
        for (status, body) in [
            (400, used),
            (401, "{}"),
            (403, "{}"),
            (409, "{}"),
            (429, ""),
            (500, "?"),
        ] {
            assert_eq!(judge(status, body), Err(Trouble::Unavailable), "{status}");
        }
        assert_eq!(judge(200, "{}"), Ok(serde_json::json!({})));
    }
}
