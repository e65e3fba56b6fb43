//! HTTP: `POST /graphql`, and its answers as events.

use crate::api::Api;
use crate::auth::{Caller, bearer};
use crate::executor::refusal;
use crate::messages::{Language, Sentence};
use crate::{Fault, sse, websocket};
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
        .route("/graphql", post(answer).get(follow).fallback(not_allowed))
        .route("/graphql/ws", get(websocket::upgrade))
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

impl Refused {
    fn respond(self, accepts_graphql: bool, language: Language) -> HttpResponse {
        let response = refusal(self.fault, language);
        respond(self.status, &response, accepts_graphql, self.header)
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
    let headers = accepts(request.headers(), sse::MEDIA_TYPE).then(|| request.headers().clone());
    let (request, caller) = match read_request(&api, request).await {
        Ok(read) => read,
        Err(refused) => return refused.respond(accepts_graphql, language),
    };
    if let Some(headers) = headers {
        return sse::answer(&api, request, caller, &headers);
    }
    let response = api.answer(request.data(caller)).await;
    let status = status(&response, accepts_graphql);
    respond(status, &response, accepts_graphql, None)
}

/// `GET` with `accept: text/event-stream`: an operation in the query string, as `EventSource` sends it.
async fn follow(State(api): State<Api>, request: axum::extract::Request) -> HttpResponse {
    let headers = request.headers();
    if !accepts(headers, sse::MEDIA_TYPE) {
        return not_allowed(headers.clone()).await;
    }
    let read = || -> Result<_, Refused> {
        let caller = caller(&api, headers)?;
        let query = request.uri().query().unwrap_or_default();
        let request = async_graphql::http::parse_query_string(query).map_err(|error| {
            let detail = error.to_string();
            Fault::BadInput(Sentence::NotARequest { detail })
        })?;
        Ok((request, caller))
    };
    match read() {
        Ok((operation, caller)) => sse::answer(&api, operation, caller, headers),
        Err(refused) => refused.respond(false, language(headers)),
    }
}

async fn read_request(
    api: &Api,
    request: axum::extract::Request,
) -> Result<(Request, Caller), Refused> {
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
    Ok((read(&body)?, caller))
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
    accepts(headers, "application/graphql-response+json")
}

fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let accepted = headers.get_all(header::ACCEPT);
    let mut values = accepted.iter().filter_map(|value| value.to_str().ok());
    values.any(|value| value.contains(media_type))
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
