//! What payment providers tell: `POST /webhooks/payments/<provider>`.
//!
//! | answer | when |
//! |---|---|
//! | 200 | it is durable, was known before, or nothing of ours follows from it |
//! | 400 | nobody can tell who sent it, or it is not as documented |
//! | 404 | no provider of this name tells anything |
//! | 409 | a rule refuses what it says |
//! | 413 | it is larger than 256 KiB |
//! | 503 | it could not be recorded now |
//!
//! Providers send again what was not answered with 2xx, for days; so nothing is lost by saying no.

use crate::parts::Core;
use crate::payments::{self, Incoming, Outcome, Payments, Unheard};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use std::time::Duration;
use tributary_store::LogReader;

/// The largest message that is read.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// How long it may take to come.
const MESSAGE_WITHIN: Duration = Duration::from_secs(10);

/// What hearing takes.
#[derive(Clone)]
pub struct Webhooks {
    pub core: Core,
    pub reader: LogReader,
    pub payments: Payments,
}

/// Takes a message in.
pub async fn hear(
    State(webhooks): State<Webhooks>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Webhooks {
        core,
        reader,
        payments,
    } = webhooks;
    let Some(heard) = payments.heard(&provider) else {
        return said(
            StatusCode::NOT_FOUND,
            "no provider of this name tells anything here",
        );
    };
    let body = match tokio::time::timeout(MESSAGE_WITHIN, to_bytes(body, MESSAGE_BYTES_MAX)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            return said(
                StatusCode::PAYLOAD_TOO_LARGE,
                "a message has at most 256 KiB",
            );
        }
        Err(_) => {
            return said(
                StatusCode::REQUEST_TIMEOUT,
                "the message took too long to come",
            );
        }
    };
    let incoming = Incoming {
        headers: &headers,
        body: &body,
        at: core.env().now(),
    };
    let (provider, counts) = (heard.name(), &payments.counts);
    let message = match heard.hear(incoming) {
        Ok(message) => message,
        Err(unheard) => {
            let outcome = match &unheard {
                Unheard::Forged(_) => Outcome::Forged,
                Unheard::Unreadable(_) => Outcome::Unreadable,
            };
            counts.count(outcome);
            let why = unheard.to_string();
            tracing::warn!(
                provider,
                outcome = outcome.word(),
                why,
                "a message was not taken"
            );
            return said(StatusCode::BAD_REQUEST, &why);
        }
    };
    let (id, kind) = (&message.id, &message.kind);
    let told = payments::tell(&core, &reader, provider, &message).await;
    let (outcome, answer) = match told {
        Ok(outcome) => (outcome, Json(json!({ "received": true })).into_response()),
        Err(untold @ (payments::Untold::Refused(_) | payments::Untold::OtherContent)) => {
            let why = untold.to_string();
            tracing::error!(provider, id, kind, why, "what a provider tells is refused");
            (Outcome::Refused, said(StatusCode::CONFLICT, &why))
        }
        Err(payments::Untold::Failed(error)) => {
            tracing::error!(
                provider,
                id,
                kind,
                "a message waits to be sent again: {error:#}"
            );
            let why = "it could not be recorded now: send it again";
            (Outcome::Failed, said(StatusCode::SERVICE_UNAVAILABLE, why))
        }
    };
    counts.count(outcome);
    tracing::info!(provider, id, kind, outcome = outcome.word(), "heard");
    answer
}

fn said(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}
