//! A request that was refused before GraphQL had a say.

use crate::Fault;
use crate::messages::Sentence;
use axum::http::{HeaderName, StatusCode, header};

/// Why, and what HTTP says of it.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) fault: Fault,
    pub(super) header: Option<(HeaderName, &'static str)>,
}

impl Refused {
    pub(super) fn new(status: StatusCode, fault: Fault) -> Self {
        Self {
            status,
            fault,
            header: None,
        }
    }

    /// What was sent is wrong.
    pub(super) fn input(status: StatusCode, sentence: Sentence) -> Self {
        Self::new(status, Fault::BadInput(sentence))
    }

    /// Another method is needed: one of `allow`.
    pub(super) fn method(allow: &'static str, sentence: Sentence) -> Self {
        Self {
            header: Some((header::ALLOW, allow)),
            ..Self::input(StatusCode::METHOD_NOT_ALLOWED, sentence)
        }
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        let status = status_of(fault.code());
        let header =
            (status == StatusCode::UNAUTHORIZED).then_some((header::WWW_AUTHENTICATE, "Bearer"));
        Self {
            status,
            fault,
            header,
        }
    }
}

/// What HTTP says of a fault.
pub(super) fn status_of(code: &str) -> StatusCode {
    match code {
        "UNAUTHENTICATED" => StatusCode::UNAUTHORIZED,
        "RATE_LIMITED" => StatusCode::TOO_MANY_REQUESTS,
        "OVERLOADED" | "UNAVAILABLE" | "NOT_YET" | "TIMED_OUT" => StatusCode::SERVICE_UNAVAILABLE,
        "UNKNOWN_OUTCOME" | "INTERNAL" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}
