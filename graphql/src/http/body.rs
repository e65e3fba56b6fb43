//! Reads a request's body, within a size, a time, and a least speed.

use super::refused::Refused;
use crate::api::ApiSettings;
use crate::messages::Sentence;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use futures::StreamExt as _;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How slow a body may come once [`ApiSettings::body_grace`] is over: slower than the slowest network of
/// phones, and a body of 30 kB holds its connection for seconds, not for the whole time that it may.
const BYTES_PER_SECOND_MIN: u64 = 4 * 1024;

/// Reads a body to its end.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    settings: &ApiSettings,
) -> Result<Bytes, Refused> {
    let bytes_max = settings.body_bytes_max;
    let too_large = || {
        let sentence = Sentence::BodyTooLarge { most: bytes_max };
        Refused::input(StatusCode::PAYLOAD_TOO_LARGE, sentence)
    };
    let length = headers.get(header::CONTENT_LENGTH);
    let length: Option<usize> = length.and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length| length > bytes_max) {
        return Err(too_large());
    }
    let began = Instant::now();
    let mut stream = body.into_data_stream();
    // The first part most often is all there is: it is not copied.
    let mut whole = Bytes::new();
    let mut more = Vec::new();
    loop {
        let received = whole.len() + more.len();
        let until = began + time_for(received, settings);
        let part = match timeout_at(until, stream.next()).await {
            Ok(None) => break,
            Ok(Some(Ok(part))) => part,
            Ok(Some(Err(_))) => {
                let sentence = Sentence::BodyUnreadable;
                return Err(Refused::input(StatusCode::BAD_REQUEST, sentence));
            }
            Err(_) => {
                let sentence = Sentence::BodyTooSlow;
                return Err(Refused::input(StatusCode::REQUEST_TIMEOUT, sentence));
            }
        };
        if received + part.len() > bytes_max {
            return Err(too_large());
        }
        if received == 0 {
            whole = part;
        } else {
            if more.is_empty() {
                more.extend_from_slice(&whole);
                whole = Bytes::new();
            }
            more.extend_from_slice(&part);
        }
    }
    Ok(if more.is_empty() { whole } else { more.into() })
}

/// How long a body may have taken when so much of it has come.
fn time_for(received: usize, settings: &ApiSettings) -> Duration {
    let received = u64::try_from(received).unwrap_or(u64::MAX);
    let paid_for = Duration::from_millis(received.saturating_mul(1_000) / BYTES_PER_SECOND_MIN);
    settings
        .body_grace
        .saturating_add(paid_for)
        .min(settings.body_timeout)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use std::convert::Infallible;

    /// A body in parts of a size, one each interval, without an end.
    fn trickle(part: usize, every: Duration) -> Body {
        Body::from_stream(stream::unfold((), move |()| async move {
            tokio::time::sleep(every).await;
            Some((Ok::<_, Infallible>(vec![b' '; part]), ()))
        }))
    }

    /// With little time, so that tests take little.
    fn settings() -> ApiSettings {
        ApiSettings {
            body_grace: Duration::from_millis(100),
            body_timeout: Duration::from_millis(400),
            ..ApiSettings::default()
        }
    }

    async fn of(body: Body) -> (Result<usize, StatusCode>, Duration) {
        let began = Instant::now();
        let outcome = read(&HeaderMap::new(), body, &settings()).await;
        let outcome = outcome
            .map(|bytes| bytes.len())
            .map_err(|refused| refused.status);
        (outcome, began.elapsed())
    }

    #[tokio::test]
    async fn a_body_that_comes_too_slowly_is_not_waited_for() {
        let settings = settings();
        let slow = Err(StatusCode::REQUEST_TIMEOUT);
        let often = Duration::from_millis(10);
        let never = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        for body in [never, trickle(1, often)] {
            let (outcome, took) = of(body).await;
            assert_eq!(outcome, slow);
            assert!(took >= settings.body_grace, "{took:?}");
        }
        // Fast enough at every moment, and yet not for ever.
        let (outcome, took) = of(trickle(1024, often)).await;
        assert_eq!(outcome, slow);
        assert!(took >= settings.body_timeout, "{took:?}");
        let (much, _) = of(trickle(64 * 1024, often)).await;
        assert_eq!(much, Err(StatusCode::PAYLOAD_TOO_LARGE));
    }

    #[tokio::test]
    async fn a_body_is_put_together() {
        let parts = ["{\"a\":", "1", "}"].map(Ok::<_, Infallible>);
        let body = Body::from_stream(stream::iter(parts));
        let read_back = read(&HeaderMap::new(), body, &settings()).await.unwrap();
        assert_eq!(read_back, "{\"a\":1}");
        assert_eq!(of(Body::empty()).await.0, Ok(0));
        assert_eq!(
            of(Body::from("x".repeat(256 * 1024))).await.0,
            Ok(256 * 1024)
        );
        let large = of(Body::from("x".repeat(256 * 1024 + 1))).await.0;
        assert_eq!(large, Err(StatusCode::PAYLOAD_TOO_LARGE));
    }
}
