//! A client over HTTP, without a network.

use super::within;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use tower::ServiceExt as _;

/// Somebody who asks.
pub(crate) struct Client {
    router: Router,
    pub(crate) token: Option<String>,
    pub(crate) name: String,
    /// The account's global id.
    pub(crate) id: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Client {
    pub(super) fn new(router: Router, token: Option<String>) -> Self {
        let (name, id) = (String::new(), String::new());
        Self {
            router,
            token,
            name,
            id,
        }
    }

    /// Sends any request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        within("an answer", async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (status, headers) = (response.status(), response.headers().clone());
            let bytes = axum::body::to_bytes(response.into_body(), usize::MAX);
            let bytes = bytes.await.unwrap();
            let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            Answer {
                status,
                headers,
                body,
            }
        })
        .await
    }

    /// Posts a body as it is.
    pub(crate) async fn post(&self, body: impl Into<Body>) -> Answer {
        let mut request =
            Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn ask(&self, query: &str) -> Answer {
        self.ask_with(query, json!({})).await
    }

    pub(crate) async fn ask_with(&self, query: &str, variables: Value) -> Answer {
        self.post(json!({"query": query, "variables": variables}).to_string())
            .await
    }

    /// Sends a mutation with its input, and asks for `fields` besides errors and position.
    pub(crate) async fn mutate(&self, name: &str, input: Value, fields: &str) -> Answer {
        let mut input = input;
        if matches!(name, "topUp" | "sendTip") && input["clientMutationId"].is_null() {
            // What moves money needs an id; a test that cares gives its own.
            static NEXT: AtomicU64 = AtomicU64::new(0);
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            input["clientMutationId"] = json!(format!("test-{next}"));
        }
        let mut input_type = name.to_owned();
        input_type[..1].make_ascii_uppercase();
        let query = format!(
            "mutation M($input: {input_type}Input!) {{ {name}(input: $input) {{ {fields} \
             errors {{ code field message }} position }} }}"
        );
        self.ask_with(&query, json!({"input": input})).await
    }

    /// The code and field of a refused mutation.
    pub(crate) async fn refused(&self, name: &str, input: Value) -> (String, Option<String>) {
        let answer = self.mutate(name, input, "").await;
        let payload = &answer.data()[name];
        assert_eq!(payload["position"], Value::Null, "{payload}");
        let error = &payload["errors"][0];
        let code = error["code"].as_str();
        let code = code.unwrap_or_else(|| panic!("{name} was not refused: {payload}"));
        assert!(error["message"].as_str().unwrap().len() > 10, "{error}");
        (code.to_owned(), error["field"].as_str().map(str::to_owned))
    }

    /// Sends a mutation that must be done; its payload.
    pub(crate) async fn done(&self, name: &str, input: Value, fields: &str) -> Value {
        self.mutate(name, input, fields).await.payload(name).clone()
    }
}

impl Answer {
    /// The data of an answer without top-level errors.
    pub(crate) fn data(&self) -> &Value {
        assert_eq!(self.body.get("errors"), None, "{}", self.body);
        assert_eq!(self.status, StatusCode::OK);
        &self.body["data"]
    }

    /// A mutation's payload, which must have no errors and a position.
    pub(crate) fn payload(&self, name: &str) -> &Value {
        let payload = &self.data()[name];
        assert_eq!(payload["errors"], json!([]), "{name}: {payload}");
        assert!(payload["position"].is_string(), "{name}: {payload}");
        payload
    }

    /// A header, as a text; empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The code of the first top-level error.
    pub(crate) fn code(&self) -> &str {
        let code = self.body["errors"][0]["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("no error: {}", self.body))
    }
}
