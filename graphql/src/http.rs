//! HTTP: `POST /graphql`.

use crate::api::Api;
use crate::auth::{Caller, bearer};
use crate::executor::refusal;
use crate::messages::{Language, Sentence};
use crate::{Fault, socket};
use async_graphql::{Request, Response};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response as HttpResponse};
use axum::routing::{get, post};
use std::time::Duration;

/// How long a client may take to send a request's body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

const JSON: &str = "application/json; charset=utf-8";
const GRAPHQL_JSON: &str = "application/graphql-response+json; charset=utf-8";

/// `POST /graphql` and `GET /graphql/ws`.
pub fn router(api: Api) -> axum::Router {
    let limit = api.shared.settings.body_bytes_max;
    axum::Router::new()
        .route("/graphql", post(answer).fallback(not_allowed))
        .route("/graphql/ws", get(socket::upgrade))
        .layer(DefaultBodyLimit::max(limit))
        .with_state(api)
}

/// A request that was refused before GraphQL had a say.
struct Refused {
    status: StatusCode,
    fault: Fault,
    header: Option<(HeaderName, &'static str)>,
}

impl Refused {
    fn new(status: StatusCode, fault: Fault) -> Self {
        Self {
            status,
            fault,
            header: None,
        }
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unauthenticated(_) => Self {
                status: StatusCode::UNAUTHORIZED,
                fault,
                header: Some((header::WWW_AUTHENTICATE, "Bearer")),
            },
            fault => Self::new(StatusCode::BAD_REQUEST, fault),
        }
    }
}

async fn answer(State(api): State<Api>, request: axum::extract::Request) -> HttpResponse {
    let accepts_graphql = accepts_graphql_json(request.headers());
    let language = language(request.headers());
    match answered(&api, request).await {
        Ok(response) => {
            let status = status(&response, accepts_graphql);
            respond(status, &response, accepts_graphql, None)
        }
        Err(Refused {
            status,
            fault,
            header,
        }) => respond(status, &refusal(fault, language), accepts_graphql, header),
    }
}

async fn answered(api: &Api, request: axum::extract::Request) -> Result<Response, Refused> {
    let caller = caller(api, request.headers())?;
    if !is_json(request.headers()) {
        return Err(Refused::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Fault::BadInput(Sentence::NotJson),
        ));
    }
    let body = tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, &()));
    let body = match body.await {
        Ok(Ok(body)) => body,
        Ok(Err(rejection)) => {
            let status = rejection.into_response().status();
            let sentence = if status == StatusCode::PAYLOAD_TOO_LARGE {
                let most = api.shared.settings.body_bytes_max;
                Sentence::BodyTooLarge { most }
            } else {
                Sentence::BodyUnreadable
            };
            return Err(Refused::new(status, Fault::BadInput(sentence)));
        }
        Err(_) => {
            return Err(Refused::new(
                StatusCode::REQUEST_TIMEOUT,
                Fault::BadInput(Sentence::BodyTooSlow),
            ));
        }
    };
    let request = read(&body)?;
    Ok(api.answer(request.data(caller)).await)
}

/// Who asks. A token that is no good is refused: nobody is taken for a stranger by mistake.
fn caller(api: &Api, headers: &HeaderMap) -> Result<Caller, Fault> {
    let language = language(headers);
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        let identity = None;
        return Ok(Caller { identity, language });
    };
    let unreadable = Fault::Unauthenticated(Sentence::AuthorizationNotText);
    let token = bearer(value.to_str().map_err(|_| unreadable)?)?;
    let now = api.shared.log.environment().now();
    let identity = api.shared.tokens.check_access(token, now)?;
    Ok(Caller {
        identity: Some(identity),
        language,
    })
}

/// What whoever sends these reads.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE);
    let wanted = wanted.and_then(|value| value.to_str().ok());
    wanted.map(Language::wanted).unwrap_or_default()
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.is_some_and(|value| {
        let media_type = value.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("application/json")
    })
}

fn accepts_graphql_json(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT);
    let mut values = accepts.iter().filter_map(|value| value.to_str().ok());
    values.any(|value| value.contains("application/graphql-response+json"))
}

fn read(body: &[u8]) -> Result<Request, Fault> {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => {}
        Some(b'[') => return Err(Fault::BadInput(Sentence::NoBatches)),
        _ => return Err(Fault::BadInput(Sentence::NotAnObject)),
    }
    serde_json::from_slice(body).map_err(|error| {
        let detail = error.to_string();
        Fault::BadInput(Sentence::NotARequest { detail })
    })
}

/// With the media type that GraphQL has for itself, a request that was never executed is the
/// client's error; before there was one, every answer had status 200.
fn status(response: &Response, accepts_graphql: bool) -> StatusCode {
    let never_executed = response.errors.iter().any(|error| error.path.is_empty());
    if accepts_graphql && never_executed && response.data == async_graphql::Value::Null {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    }
}

fn respond(
    status: StatusCode,
    response: &Response,
    accepts_graphql: bool,
    header: Option<(HeaderName, &'static str)>,
) -> HttpResponse {
    let media_type = if accepts_graphql { GRAPHQL_JSON } else { JSON };
    let body = serde_json::to_vec(response).unwrap_or_default();
    let mut answer = (status, [(header::CONTENT_TYPE, media_type)], body).into_response();
    if let Some((name, value)) = header {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}

async fn not_allowed(headers: HeaderMap) -> HttpResponse {
    let fault = Fault::BadInput(Sentence::PostOnly);
    let response = refusal(fault, language(&headers));
    let allow = Some((header::ALLOW, "POST"));
    respond(StatusCode::METHOD_NOT_ALLOWED, &response, false, allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_single_requests_are_read() {
        assert!(read(br#" {"query": "{me{id}}"}"#).is_ok());
        for bad in [
            "",
            "[]",
            r#"[{"query":"{me{id}}"}]"#,
            r#"["{me{id}}"]"#,
            "{",
            "null",
            "\"x\"",
        ] {
            assert_eq!(
                read(bad.as_bytes()).unwrap_err().code(),
                "BAD_USER_INPUT",
                "{bad}"
            );
        }
        let deep = format!(
            r#"{{"query":"x","variables":{{"a":{}}}}}"#,
            "[".repeat(100_000)
        );
        assert!(read(deep.as_bytes()).is_err());
    }
}
