//! A stand-in for Stripe: the wire format of what it is asked for and of what it tells, and its ways of failing.

use super::in_time;
use super::server::{Server, Site};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tributary_domain::Event;
use tributary_store::reader::Selection;
use tributary_store::{Environment, LogReader};

/// What it signs its messages with.
const SECRET: &str = "whsec_stand_in";
/// What it is asked with.
const KEY: &str = "sk_test_stand_in";

/// Something that it was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    pub key: Option<String>,
    pub form: HashMap<String, String>,
}

#[derive(Default)]
struct Inner {
    requests: Vec<Request>,
    /// How many of them it has answered.
    answered: usize,
    /// What it answers to the next requests instead of doing what is asked.
    troubles: VecDeque<(u16, Value)>,
    /// Whether it does what is asked, and then says that it could not.
    done_all_the_same: bool,
    /// What was made, by idempotency key.
    made: HashMap<String, Value>,
}

/// See the [module](self).
#[derive(Clone, Default)]
pub struct StandIn {
    inner: Arc<Mutex<Inner>>,
    /// Whether what is asked is done, and not answered for now.
    keeps_silent: watch::Sender<bool>,
}

/// TLS, as a stand-in speaks it.
struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, from) = self.listener.accept().await.unwrap();
            // Whoever does not trust it goes away.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

impl StandIn {
    /// Begins to serve, and has a site ask it.
    pub async fn start(site: Site) -> (Self, Site) {
        let stand_in = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = stand_in.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let site = stand_in.asked_by(site, &url);
        (stand_in, site)
    }

    /// The same over TLS, by the name `localhost`.
    pub async fn start_tls(site: Site, acceptor: TlsAcceptor) -> (Self, Site) {
        let stand_in = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (listener, router) = (Tls { listener, acceptor }, stand_in.router());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let site = stand_in.asked_by(site, &format!("https://localhost:{port}"));
        (stand_in, site)
    }

    fn router(&self) -> Router {
        Router::new().fallback(serve).with_state(self.clone())
    }

    fn asked_by(&self, site: Site, url: &str) -> Site {
        let file = |name: &str, text: &str| {
            let file = site.folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            file.to_str().unwrap().to_owned()
        };
        let key = file("stripe.key", &format!("{KEY}\n"));
        let secrets = file(
            "stripe.secrets",
            &format!("# the old one\nwhsec_old\n{SECRET}\n"),
        );
        site.set("TRIBUTARY_STRIPE_URL", url)
            .set("TRIBUTARY_STRIPE_KEY_FILE", &key)
            .set("TRIBUTARY_STRIPE_WEBHOOK_SECRET_FILE", &secrets)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// How many requests it has answered.
    pub fn answered(&self) -> usize {
        self.lock().answered
    }

    /// How many things of a kind it has made.
    pub fn made(&self, object: &str) -> usize {
        let inner = self.lock();
        let made = inner.made.values();
        made.filter(|made| made["object"] == object).count()
    }

    /// From now on what is asked is done and not answered, until it is no longer so.
    pub fn keeps_silent(&self, silent: bool) {
        self.keeps_silent.send_replace(silent);
    }

    /// Everything that it was asked for so far.
    pub fn requests(&self) -> Vec<Request> {
        self.lock().requests.clone()
    }

    /// Answers the next request with this instead.
    pub fn next_answer(&self, status: u16, body: Value) {
        self.lock().troubles.push_back((status, body));
    }

    /// From now on what is asked is done also where the answer says otherwise.
    pub fn does_all_the_same(&self) {
        self.lock().done_all_the_same = true;
    }
}

async fn serve(
    State(stand_in): State<StandIn>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let header = |name: &str| Some(headers.get(name)?.to_str().unwrap().to_owned());
    assert_eq!(header("authorization"), Some(format!("Bearer {KEY}")));
    assert!(header("stripe-version").is_some());
    let form: HashMap<_, _> = body
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (unescaped(name), unescaped(value)))
        .collect();
    let key = header("idempotency-key");
    let answer = answered(&stand_in, (&method, &uri), key, &form);
    let mut silent = stand_in.keeps_silent.subscribe();
    silent.wait_for(|silent| !silent).await.unwrap();
    stand_in.lock().answered += 1;
    answer
}

/// Does what is asked.
fn answered(
    stand_in: &StandIn,
    (method, uri): (&Method, &Uri),
    key: Option<String>,
    form: &HashMap<String, String>,
) -> Response {
    let mut inner = stand_in.lock();
    inner.requests.push(Request {
        path: uri.to_string(),
        key: key.clone(),
        form: form.clone(),
    });
    let trouble = inner.troubles.pop_front();
    if let (Some((status, body)), false) = (&trouble, inner.done_all_the_same) {
        let status = StatusCode::from_u16(*status).unwrap();
        return (status, axum::Json(body.clone())).into_response();
    }
    let number = inner.made.len() + 1;
    let made = match (method.as_str(), uri.path()) {
        ("POST", "/v1/payment_intents") => json!({
            "id": format!("pi_{number}"), "object": "payment_intent", "amount": form["amount"],
            "currency": form["currency"], "status": "requires_payment_method",
            "client_secret": format!("pi_{number}_secret_x"),
            "metadata": { "tributary_account": form["metadata[tributary_account]"] },
        }),
        ("POST", "/v1/transfers") => json!({
            "id": format!("tr_{number}"), "object": "transfer", "amount": form["amount"],
            "transfer_group": form["transfer_group"],
        }),
        ("GET", "/v1/transfers") => {
            let wanted = uri
                .query()
                .unwrap()
                .split("transfer_group=")
                .nth(1)
                .unwrap();
            let found = inner
                .made
                .values()
                .filter(|made| made["transfer_group"] == wanted);
            let data: Vec<_> = found.cloned().collect();
            return axum::Json(json!({ "object": "list", "data": data })).into_response();
        }
        (method, path) => panic!("the stand-in knows no {method} {path}"),
    };
    let key = key.expect("what makes something has a key");
    let made = inner.made.entry(key).or_insert(made).clone();
    match trouble {
        Some((status, body)) => {
            (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
        }
        None => axum::Json(made).into_response(),
    }
}

fn unescaped(text: &str) -> String {
    let (mut out, mut bytes) = (vec![], text.bytes());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
            let digits = std::str::from_utf8(&digits).unwrap();
            out.push(u8::from_str_radix(digits, 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}

/// A recorded message, of another payment, account and event.
pub fn message(name: &str, event: &str, payment: &str, account: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/payments/stripe");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    let mut message: Value = serde_json::from_str(&text).unwrap();
    message["id"] = json!(event);
    let object = &mut message["data"]["object"];
    if name.starts_with("payment_intent") {
        object["id"] = json!(payment);
    } else {
        object["payment_intent"] = json!(payment);
    }
    if object["metadata"].get("tributary_account").is_some() {
        object["metadata"]["tributary_account"] = json!(account);
    }
    message
}

/// The header that it signs a body with, so many seconds from now.
pub fn signature(body: &str, seconds: i64) -> String {
    let at = Environment::system().now().timestamp() + seconds;
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let mac = mac.chain_update(format!("{at}.{body}")).finalize();
    let hex: String = mac
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("t={at},v1={hex}")
}

/// Tells a server something: the status of its answer, or none if no answer came.
pub async fn tell(client: &reqwest::Client, http: &str, message: &Value) -> Option<u16> {
    let body = message.to_string();
    let signature = signature(&body, 0);
    send(client, http, body, &signature).await
}

/// The same under any signature.
pub async fn send(
    client: &reqwest::Client,
    http: &str,
    body: String,
    signature: &str,
) -> Option<u16> {
    let request = client
        .post(format!("{http}/webhooks/payments/stripe"))
        .header("stripe-signature", signature)
        .body(body);
    let answer = in_time("a message is answered", request.send())
        .await
        .ok()?;
    Some(answer.status().as_u16())
}

/// What a server counted of one outcome.
pub async fn counted(server: &Server, outcome: &str) -> u64 {
    let text = reqwest::get(format!("{}/metrics", server.http))
        .await
        .unwrap();
    let text = text.text().await.unwrap();
    let name = format!("tributary_payment_messages_total{{outcome=\"{outcome}\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&name));
    line.unwrap_or_else(|| panic!("{name} in {text}"))
        .parse()
        .unwrap()
}

/// How often each kind of event of money stands in the log.
pub async fn events(site: &Site) -> BTreeMap<&'static str, usize> {
    let reader = LogReader::open(&site.log_location()).await.unwrap();
    let mut scan = reader.scan(Selection::default()).await.unwrap();
    let mut counts = BTreeMap::new();
    while let Some(part) = scan.next().await.unwrap() {
        for row in part.page.iter() {
            let event = row.decode().unwrap().event;
            if matches!(
                event,
                Event::Wallet(_) | Event::Payment(_) | Event::Payout(_)
            ) {
                *counts.entry(event.name().0).or_default() += 1;
            }
        }
    }
    counts
}
