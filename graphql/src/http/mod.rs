//! HTTP: `/graphql`, as the GraphQL-over-HTTP specification has it.
//!
//! ```text
//! accept ─→ csrf (GET) ──→ address, identity, rate ─→ parameters ─→ operation ─→ respond
//!           content (POST)                            of_url, of_body (body)     status, cors
//! ```
//!
//! What is asked as `text/event-stream` is answered by the protocol of graphql-sse.

mod accept;
mod body;
mod content;
mod cors;
mod csrf;
mod parameters;
mod refused;
mod respond;

pub use cors::{NotAnOrigin, Origins};

use self::accept::Media;
use self::parameters::Asked;
use self::refused::Refused;
use crate::api::Api;
use crate::auth::{Caller, bearer};
use crate::executor::refusal;
use crate::messages::{Language, Sentence};
use crate::operation::Operation;
use crate::rate::{Deed, Who};
use crate::{Fault, guard, sse, websocket};
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response};
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response as HttpResponse;
use axum::routing::{any, get};

/// The methods of `/graphql`.
const METHODS: &str = "GET, HEAD, POST, OPTIONS";

/// What pages of other origins may send along, if they may use the API at all.
const HEADERS: &str = "accept, accept-language, apollo-require-preflight, authorization, content-type, \
                       graphql-require-preflight, last-event-id, x-requested-with";

/// `/graphql` and `GET /graphql/ws`.
pub fn router(api: Api) -> axum::Router {
    let sockets = get(websocket::upgrade).layer(from_fn_with_state(api.clone(), admit_socket));
    axum::Router::new()
        .route("/graphql", any(answer))
        .route("/graphql/ws", sockets)
        .with_state(api)
}

async fn answer(State(api): State<Api>, request: axum::extract::Request) -> HttpResponse {
    let (parts, body) = request.into_parts();
    let origins = &api.shared.settings.origins;
    if parts.method == Method::OPTIONS {
        return origins.preflight(&parts.headers, METHODS, HEADERS);
    }
    let mut response = match accept::negotiate(&parts.headers) {
        Some(media) => answer_as(media, &api, &parts, body).await,
        None => {
            let sentence = Sentence::NotAcceptable;
            let not_acceptable = Refused::input(StatusCode::NOT_ACCEPTABLE, sentence);
            respond::refused(not_acceptable, Media::Json, language(&parts.headers))
        }
    };
    let headers = response.headers_mut();
    if parts.method != Method::POST {
        // It depends on who asks, and on the moment.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    origins.allow(&parts.headers, headers);
    response
}

async fn answer_as(media: Media, api: &Api, parts: &Parts, body: Body) -> HttpResponse {
    let language = language(&parts.headers);
    match asked(api, parts, body).await {
        Ok((caller, Asked::One(request))) if media == Media::EventStream => {
            sse::answer(api, *request, caller, &parts.headers)
        }
        Ok((caller, Asked::One(request))) => {
            match answer_one(api, parts, request.data(caller)).await {
                Ok(response) => respond::one(&response, media),
                Err(refused) => respond::refused(refused, media, language),
            }
        }
        Ok((caller, Asked::Batch(requests))) => match answer_batch(api, caller, requests).await {
            Ok(responses) => respond::batch(&responses, media),
            Err(refused) => respond::refused(refused, media, language),
        },
        Err(refused) => respond::refused(refused, media.of_one_answer(), language),
    }
}

/// Who asks what: reads the request of any method, within every limit that holds before GraphQL has a
/// say.
async fn asked(api: &Api, parts: &Parts, body: Body) -> Result<(Caller, Asked), Refused> {
    let settings = &api.shared.settings;
    let headers = &parts.headers;
    match parts.method {
        Method::GET | Method::HEAD => csrf::check(headers, &settings.origins)?,
        Method::POST => content::check(headers)?,
        _ => {
            return Err(Refused::method(METHODS, Sentence::OtherMethod));
        }
    }
    let (caller, who) = api.admit(parts)?;
    let asked = if parts.method == Method::POST {
        let body = body::read(headers, body, settings).await?;
        parameters::of_body(&body, settings)?
    } else {
        let parameters = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Query(parameters) = parameters
            .map_err(|_| Refused::input(StatusCode::BAD_REQUEST, Sentence::UrlUnreadable))?;
        Asked::One(Box::new(parameters::of_url(parameters, settings)?))
    };
    if let Asked::Batch(requests) = &asked {
        let more = u32::try_from(requests.len() - 1).unwrap_or(u32::MAX);
        api.shared.rates.spend(Deed::Request, who, more)?;
    }
    Ok((caller, asked))
}

async fn answer_one(api: &Api, parts: &Parts, request: Request) -> Result<Response, Refused> {
    let operation = match api.prepare(request) {
        Ok(operation) => operation,
        Err(fault) => return Ok(refusal(fault, language(&parts.headers))),
    };
    match operation.kind() {
        Some(OperationType::Mutation) if parts.method != Method::POST => {
            Err(Refused::method("POST", Sentence::MutationByGet))
        }
        Some(OperationType::Subscription) => {
            Ok(refusal(no_subscription(), language(&parts.headers)))
        }
        _ => Ok(api.run(operation, api.deadline()).await),
    }
}

/// Answers operations one after the other, within the limits of one.
async fn answer_batch(
    api: &Api,
    caller: Caller,
    requests: Vec<Request>,
) -> Result<Vec<Response>, Refused> {
    let settings = &api.shared.settings;
    let prepared: Vec<Result<Operation, Fault>> = requests
        .into_iter()
        .map(|request| api.prepare(request.data(caller)))
        .collect();
    let operations = prepared
        .iter()
        .filter_map(|prepared| prepared.as_ref().ok());
    let sizes: Vec<_> = operations.clone().map(Operation::size).collect();
    guard::check_together(&sizes, settings)?;
    let cost = operations.fold(0_usize, |all, one| all.saturating_add(one.cost()));
    if cost > settings.complexity_max {
        return Err(Fault::TooComplex(Sentence::TooComplex).into());
    }
    let until = api.deadline();
    let mut responses = Vec::with_capacity(prepared.len());
    for operation in prepared {
        let response = match operation {
            Ok(operation) if operation.kind() == Some(OperationType::Subscription) => {
                refusal(no_subscription(), caller.language)
            }
            Ok(operation) => api.run(operation, until).await,
            Err(fault) => refusal(fault, caller.language),
        };
        responses.push(response);
    }
    Ok(responses)
}

fn no_subscription() -> Fault {
    Fault::BadInput(Sentence::SubscriptionElsewhere)
}

/// What whoever sends these reads.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE);
    let wanted = wanted.and_then(|value| value.to_str().ok());
    wanted.map(Language::wanted).unwrap_or_default()
}

impl Api {
    /// Who sends a request, if they have not sent too many. It counts as one.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for a token that is no good: nobody is taken for a stranger by mistake.
    /// `RATE_LIMITED` when it is one too many.
    pub(crate) fn admit(&self, parts: &Parts) -> Result<(Caller, Who), Fault> {
        let caller = self.caller(&parts.headers);
        let account = caller.as_ref().ok().and_then(|caller| caller.account());
        let who = match account {
            Some(account) => Who::Account(account),
            None => self.address(&parts.headers, &parts.extensions),
        };
        self.shared.rates.spend(Deed::Request, who, 1)?;
        Ok((caller?, who))
    }

    /// Who sends a request.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for a token that is no good.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Result<Caller, Fault> {
        let language = language(headers);
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            let identity = None;
            return Ok(Caller { identity, language });
        };
        let unreadable = Fault::Unauthenticated(Sentence::AuthorizationNotText);
        let token = bearer(value.to_str().map_err(|_| unreadable)?)?;
        let now = self.shared.log.environment().now();
        let identity = self.shared.tokens.check_access(token, now)?;
        let identity = self.door.check(identity)?;
        Ok(Caller {
            identity: Some(identity),
            language,
        })
    }
}

/// Bounds how often an address opens a socket.
async fn admit_socket(
    State(api): State<Api>,
    request: axum::extract::Request,
    next: Next,
) -> HttpResponse {
    let (parts, body) = request.into_parts();
    let from = api.address(&parts.headers, &parts.extensions);
    match api.shared.rates.spend(Deed::Socket, from, 1) {
        Ok(()) => {
            next.run(axum::extract::Request::from_parts(parts, body))
                .await
        }
        Err(fault) => respond::refused(fault.into(), Media::Json, language(&parts.headers)),
    }
}
