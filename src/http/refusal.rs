//! Why there is no video.

use crate::admission::NotAdmitted;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;
use tributary_graphql::Fault;

/// A status and a sentence.
pub struct Refusal {
    status: StatusCode,
    why: Cow<'static, str>,
    retry_after: Option<u32>,
}

/// The read models do not answer.
pub const TRY_AGAIN: Refusal =
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "try again in a moment");

/// Nobody publishes.
pub const NOT_LIVE: Refusal = Refusal::new(StatusCode::NOT_FOUND, "this channel is not live");

impl Refusal {
    /// Without more to say.
    pub const fn new(status: StatusCode, why: &'static str) -> Self {
        Self {
            status,
            why: Cow::Borrowed(why),
            retry_after: None,
        }
    }

    /// What the API's rules refuse.
    pub fn of(status: StatusCode, fault: &Fault) -> Self {
        Self {
            retry_after: fault.retry_after(),
            ..Self::saying(status, fault.to_string())
        }
    }

    /// In words made for it.
    pub fn saying(status: StatusCode, why: String) -> Self {
        Self {
            status,
            why: why.into(),
            retry_after: None,
        }
    }

    /// The same, to be tried again after these seconds.
    pub const fn again_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<NotAdmitted> for Refusal {
    fn from(why: NotAdmitted) -> Self {
        Self::saying(StatusCode::FORBIDDEN, why.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, format!("{}\n", self.why)).into_response();
        if let Some(seconds) = self.retry_after {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
