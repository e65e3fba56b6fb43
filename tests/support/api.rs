//! A GraphQL client over HTTP.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// A client, signed in or not.
#[derive(Clone)]
pub struct Api {
    pub http: String,
    pub token: Option<String>,
    client: reqwest::Client,
}

impl Api {
    pub fn new(http: &str) -> Self {
        Self {
            http: http.to_owned(),
            token: None,
            client: reqwest::Client::new(),
        }
    }

    /// The same person at another server of the installation.
    pub fn at(&self, http: &str) -> Self {
        Self {
            http: http.to_owned(),
            ..self.clone()
        }
    }

    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Sends a document and returns the whole answer.
    pub async fn send(&self, document: &str, variables: Value) -> Value {
        let mut request = self
            .client
            .post(format!("{}/graphql", self.http))
            .json(&json!({ "query": document, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = super::in_time("an answer comes", request.send())
            .await
            .unwrap();
        response.json().await.unwrap()
    }

    /// The data of an answer without errors.
    pub async fn query(&self, document: &str, variables: Value) -> Value {
        let mut answer = self.send(document, variables).await;
        assert!(answer.get("errors").is_none(), "{document}\n{answer:#}");
        answer["data"].take()
    }

    /// The payload of a mutation with one input; its `errors` may tell of a refusal.
    pub async fn mutate(&self, name: &str, input: Value, fields: &str) -> Value {
        let mut input = input;
        if matches!(name, "topUp" | "sendTip") && input["clientMutationId"].is_null() {
            // What moves money needs an id; a test that cares gives its own.
            static NEXT: AtomicU64 = AtomicU64::new(0);
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            input["clientMutationId"] = json!(format!("test-{next}"));
        }
        let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
        let document = format!(
            "mutation($input: {kind}!) {{ {name}(input: $input) \
             {{ {fields} position errors {{ code field message }} }} }}"
        );
        self.query(&document, json!({ "input": input })).await[name].take()
    }

    /// The payload of a mutation that must not be refused.
    pub async fn done(&self, name: &str, input: Value, fields: &str) -> Value {
        let payload = self.mutate(name, input, fields).await;
        assert_eq!(payload["errors"], json!([]), "{name}");
        payload
    }

    /// The code of a refusal.
    pub async fn refused(&self, name: &str, input: Value) -> String {
        let payload = self.mutate(name, input, "").await;
        assert_eq!(payload["position"], Value::Null, "{payload:#}");
        payload["errors"][0]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The same server, with a new account signed in.
    pub async fn register(&self, name: &str) -> Self {
        let input = json!({
            "name": name, "email": format!("{name}@example.com"), "password": "correct horse"
        });
        let payload = self
            .done("register", input, "session { accessToken }")
            .await;
        self.with(&payload)
    }

    /// The same server, with an account signed in.
    pub async fn log_in(&self, name: &str) -> Self {
        let input = json!({ "nameOrEmail": name, "password": "correct horse" });
        let payload = self.done("logIn", input, "session { accessToken }").await;
        self.with(&payload)
    }

    fn with(&self, payload: &Value) -> Self {
        let token = payload["session"]["accessToken"]
            .as_str()
            .unwrap()
            .to_owned();
        Self {
            token: Some(token),
            ..self.clone()
        }
    }

    /// The global id of a channel. Who made it elsewhere has no position to wait for, and the node that is asked may
    /// only follow the read models: so it is asked until it knows.
    pub async fn channel(&self, name: &str) -> String {
        let document = "query($name: String) { channel(name: $name) { id } }";
        super::until("a channel is known", async || {
            let data = self.query(document, json!({ "name": name })).await;
            data["channel"]["id"].as_str().map(str::to_owned)
        })
        .await
    }
}
