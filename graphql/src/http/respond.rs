//! Answers as HTTP has them: the body, and the status by the media type.

use super::accept::Media;
use super::refused::{Refused, status_of};
use crate::executor::{never_executed, refusal};
use crate::messages::Language;
use async_graphql::{Response, ServerError, Value};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response as HttpResponse};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

const NO_SNIFFING: (HeaderName, HeaderValue) = (
    header::X_CONTENT_TYPE_OPTIONS,
    HeaderValue::from_static("nosniff"),
);

/// A response with the entries that the specification gives it: `data` is not there at all when nothing
/// was executed, and `errors` stand first, where a person sees them.
struct Written<'a>(&'a Response);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(response) = self;
        let mut map = serializer.serialize_map(None)?;
        if !response.errors.is_empty() {
            map.serialize_entry("errors", &response.errors)?;
        }
        if !never_executed(response) {
            map.serialize_entry("data", &response.data)?;
        }
        if !response.extensions.is_empty() {
            map.serialize_entry("extensions", &response.extensions)?;
        }
        map.end()
    }
}

/// The answer to one operation.
pub(super) fn one(response: &Response, media: Media) -> HttpResponse {
    let mut answer = respond(status(response, media), &Written(response), media);
    if let Some(seconds) = retry_after(&response.errors) {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

/// The answers to a batch, in its order. They have one status: that the batch was read.
pub(super) fn batch(responses: &[Response], media: Media) -> HttpResponse {
    let written: Vec<_> = responses.iter().map(Written).collect();
    respond(StatusCode::OK, &written, media)
}

/// A refusal of the whole request.
pub(super) fn refused(refused: Refused, media: Media, language: Language) -> HttpResponse {
    let Refused {
        status,
        fault,
        header,
    } = refused;
    let mut answer = one(&refusal(fault, language), media);
    *answer.status_mut() = status;
    if let Some((name, value)) = header {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}

fn respond(status: StatusCode, body: &impl Serialize, media: Media) -> HttpResponse {
    let Ok(body) = serde_json::to_vec(body) else {
        tracing::error!("an answer cannot be written as JSON");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let content_type = HeaderValue::from_static(media.content_type());
    let headers = [(header::CONTENT_TYPE, content_type), NO_SNIFFING];
    (status, headers, body).into_response()
}

/// GraphQL's own media type tells by the status whether a request was executed; before there was one,
/// every answer to a well-formed request had status 200. Who asks too often hears 429 either way.
fn status(response: &Response, media: Media) -> StatusCode {
    if response.errors.is_empty() || !is_nothing(&response.data) {
        return StatusCode::OK;
    }
    let code = response.errors.iter().find_map(code);
    let status = status_of(code.unwrap_or_default());
    let is_told = media == Media::GraphqlResponse && never_executed(response);
    if is_told || status == StatusCode::TOO_MANY_REQUESTS {
        status
    } else {
        StatusCode::OK
    }
}

/// Whether data hold no answer at all.
fn is_nothing(data: &Value) -> bool {
    match data {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(|field| *field == Value::Null),
        _ => false,
    }
}

fn code(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// The longest wait that an error asks for, in seconds.
fn retry_after(errors: &[ServerError]) -> Option<u64> {
    let waits =
        errors.iter().filter_map(
            |error| match error.extensions.as_ref()?.get("retryAfter")? {
                Value::Number(seconds) => seconds.as_u64(),
                _ => None,
            },
        );
    waits.max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;
    use crate::messages::Sentence;
    use async_graphql::{Name, PathSegment};

    fn failed(fault: Fault, path: &str, data: Value) -> Response {
        let mut error = fault.into_error(Language::English);
        if !path.is_empty() {
            error.path = vec![PathSegment::Field(path.to_owned())];
        }
        let mut response = Response::from_errors(vec![error]);
        response.data = data;
        response
    }

    #[test]
    fn the_status_says_what_the_media_type_has_it_say() {
        let bad = || Fault::BadInput(Sentence::NoQuery);
        let limited = || Fault::RateLimited(Sentence::NoQuery);
        let some = || Value::from("x");
        let object = |field| Value::Object([(Name::new("a"), field)].into_iter().collect());
        for (response, graphql, json) in [
            (Response::new(some()), 200, 200),
            (Response::new(Value::Null), 200, 200),
            (failed(bad(), "", Value::Null), 400, 200),
            (failed(bad(), "a", Value::Null), 200, 200),
            (failed(bad(), "a", some()), 200, 200),
            (
                failed(Fault::TimedOut(Sentence::NoQuery), "", Value::Null),
                503,
                200,
            ),
            (failed(limited(), "", Value::Null), 429, 429),
            (failed(limited(), "a", Value::Null), 429, 429),
            (failed(limited(), "a", some()), 200, 200),
            (failed(limited(), "a", object(Value::Null)), 429, 429),
            (failed(limited(), "a", object(some())), 200, 200),
            (failed(bad(), "a", object(Value::Null)), 200, 200),
        ] {
            assert_eq!(
                status(&response, Media::GraphqlResponse),
                graphql,
                "{response:?}"
            );
            assert_eq!(status(&response, Media::Json), json, "{response:?}");
        }
    }

    #[test]
    fn data_is_there_only_where_something_was_executed() {
        let written = |response: &Response| serde_json::to_string(&Written(response)).unwrap();
        let never = written(&failed(Fault::BadInput(Sentence::NoQuery), "", Value::Null));
        assert!(
            !never.contains("data") && never.starts_with("{\"errors\":"),
            "{never}"
        );
        let failed = written(&failed(
            Fault::BadInput(Sentence::NoQuery),
            "a",
            Value::Null,
        ));
        assert!(failed.contains("\"data\":null"), "{failed}");
        assert_eq!(written(&Response::new(Value::Null)), "{\"data\":null}");
    }
}
