//! graphql-transport-ws, the server's side. No IO and no time: messages in, what is to be done out.
//!
//! ```text
//! Opened ── connection_init ──→ Introduced ── acknowledged ──→ Acknowledged ── subscribe, complete …
//! ```
//!
//! It knows which operations run, by the client's ids and by keys of its own. Whoever runs them says
//! when one has ended ([`Protocol::ended`]); after a client's own `complete` there is nothing to say.

use async_graphql::Request;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The subprotocol.
pub(crate) const NAME: &str = "graphql-transport-ws";

/// The longest id of an operation, in bytes. Clients use a UUID or a number.
const ID_BYTES_MAX: usize = 256;

/// An operation of a socket; never used twice.
pub(crate) type Key = u64;

/// Why a socket is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Closing {
    /// A close code.
    pub(crate) code: u16,
    /// In words.
    pub(crate) reason: String,
}

impl Closing {
    pub(crate) fn new(code: u16, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { code, reason }
    }

    /// The server stops.
    pub(crate) fn going_away() -> Self {
        Self::new(1001, "the server is stopping")
    }

    fn bad_message(reason: impl Into<String>) -> Self {
        Self::new(4400, reason)
    }

    fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    /// A token that is no good, or no longer.
    pub(crate) fn forbidden(reason: impl Into<String>) -> Self {
        Self::new(4403, reason)
    }

    /// A client of another protocol.
    pub(crate) fn wrong_subprotocol() -> Self {
        Self::new(4406, "Subprotocol not acceptable")
    }

    /// No `connection_init` in time.
    pub(crate) fn init_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    fn taken(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    fn second_init() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }
}

/// What is to be done about a message.
#[derive(Debug)]
pub(crate) enum Action {
    /// Nothing.
    None,
    /// Find out who is there, and say so with [`Protocol::acknowledge`] or close.
    Introduce(serde_json::Value),
    /// Answer a ping, with its content.
    Pong(Option<Box<RawValue>>),
    /// Begin an operation.
    Begin(Key, Box<Request>),
    /// Say that there are too many operations, with an `error`.
    Refuse(Box<str>),
    /// End an operation without another word.
    Stop(Key),
    /// Close the socket.
    Close(Closing),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// `connection_init` has not come yet.
    Opened,
    /// It has.
    Introduced,
    /// And it was answered.
    Acknowledged,
}

/// The state of a socket.
#[derive(Debug)]
pub(crate) struct Protocol {
    stage: Stage,
    /// Those that run, the oldest first.
    operations: Vec<(Key, Box<str>)>,
    operations_max: usize,
    next: Key,
}

/// A client's message.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(rename = "type", borrow)]
    kind: std::borrow::Cow<'a, str>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default, borrow)]
    payload: Option<&'a RawValue>,
}

impl Protocol {
    /// A socket that may run so many operations at once.
    pub(crate) fn new(operations_max: usize) -> Self {
        Self {
            stage: Stage::Opened,
            operations: Vec::new(),
            operations_max,
            next: 0,
        }
    }

    /// Whether `connection_init` was answered.
    pub(crate) fn is_acknowledged(&self) -> bool {
        self.stage == Stage::Acknowledged
    }

    /// Takes in a message.
    pub(crate) fn received(&mut self, text: &str) -> Action {
        // A sequence would be taken for an object's values.
        let is_object = text.trim_start().starts_with('{');
        let message = serde_json::from_str::<Message<'_>>(text);
        let (Ok(message), true) = (message, is_object) else {
            let reason = "a message is a JSON object with a `type`, and an `id` that is a text";
            return Action::Close(Closing::bad_message(reason));
        };
        match &*message.kind {
            "connection_init" => self.init(message.payload),
            "ping" => Action::Pong(message.payload.map(ToOwned::to_owned)),
            "pong" => Action::None,
            "subscribe" => self.subscribe(message),
            "complete" => self.complete(message.id.as_deref()),
            other => {
                let reason = format!("there is no message of the type {other}");
                Action::Close(Closing::bad_message(reason))
            }
        }
    }

    fn init(&mut self, payload: Option<&RawValue>) -> Action {
        if self.stage != Stage::Opened {
            return Action::Close(Closing::second_init());
        }
        let payload = match payload.map(|payload| serde_json::from_str(payload.get())) {
            None => serde_json::Value::Null,
            Some(Ok(payload @ (serde_json::Value::Null | serde_json::Value::Object(_)))) => payload,
            Some(_) => {
                let reason = "the payload of connection_init is an object";
                return Action::Close(Closing::bad_message(reason));
            }
        };
        self.stage = Stage::Introduced;
        Action::Introduce(payload)
    }

    /// It is known who is there: `connection_ack` is being sent.
    pub(crate) fn acknowledge(&mut self) {
        self.stage = Stage::Acknowledged;
    }

    fn subscribe(&mut self, message: Message<'_>) -> Action {
        if self.stage != Stage::Acknowledged {
            return Action::Close(Closing::unauthorized());
        }
        let Some(id) = message.id.filter(|id| !id.is_empty()) else {
            return Action::Close(Closing::bad_message("subscribe has an `id`"));
        };
        if id.len() > ID_BYTES_MAX {
            let reason = format!("an id has at most {ID_BYTES_MAX} bytes");
            return Action::Close(Closing::bad_message(reason));
        }
        let payload = message.payload.map_or("null", RawValue::get);
        let Some(request) = request(payload) else {
            let reason = "the payload of subscribe is an object with a `query`";
            return Action::Close(Closing::bad_message(reason));
        };
        if self.operations.iter().any(|(_, taken)| **taken == *id) {
            return Action::Close(Closing::taken(&id));
        }
        if self.operations.len() >= self.operations_max {
            return Action::Refuse(id.into());
        }
        let key = self.next;
        self.next += 1;
        self.operations.push((key, id.into()));
        Action::Begin(key, Box::new(request))
    }

    fn complete(&mut self, id: Option<&str>) -> Action {
        let Some(id) = id else {
            return Action::Close(Closing::bad_message("complete has an `id`"));
        };
        // One that has ended by itself meanwhile is not known any more.
        let place = self.operations.iter().position(|(_, known)| **known == *id);
        match place {
            Some(place) => Action::Stop(self.operations.remove(place).0),
            None => Action::None,
        }
    }

    /// The client's id of an operation that runs.
    pub(crate) fn id(&self, key: Key) -> Option<&str> {
        let place = self.operations.binary_search_by_key(&key, |(key, _)| *key);
        place.ok().map(|place| &*self.operations[place].1)
    }

    /// An operation has ended: its id may be used again. `None` if its client ended it before.
    pub(crate) fn ended(&mut self, key: Key) -> Option<Box<str>> {
        let place = self.operations.binary_search_by_key(&key, |(key, _)| *key);
        place.ok().map(|place| self.operations.remove(place).1)
    }
}

/// Reads the payload of `subscribe`. What is no GraphQL is for the answer to say; what is no request
/// is a bad message.
fn request(payload: &str) -> Option<Request> {
    #[derive(Deserialize)]
    struct Payload<'a> {
        #[serde(borrow)]
        query: std::borrow::Cow<'a, str>,
        #[serde(default, rename = "operationName")]
        operation_name: Option<String>,
        #[serde(default)]
        variables: Option<serde_json::Map<String, serde_json::Value>>,
        #[serde(default)]
        #[expect(dead_code, reason = "read so that what is no object is refused")]
        extensions: Option<serde_json::Map<String, serde_json::Value>>,
    }
    if !payload.trim_start().starts_with('{') {
        return None;
    }
    let payload: Payload<'_> = serde_json::from_str(payload).ok()?;
    let mut request = Request::new(payload.query);
    request.operation_name = payload.operation_name;
    let variables = serde_json::Value::Object(payload.variables.unwrap_or_default());
    Some(request.variables(async_graphql::Variables::from_json(variables)))
}

/// `connection_ack`.
pub(crate) const ACK: &[u8] = br#"{"type":"connection_ack"}"#;

/// The bytes before and after what an operation says.
pub(crate) fn prefix(id: &str, kind: &str) -> Box<[u8]> {
    let id = serde_json::Value::from(id);
    format!(r#"{{"id":{id},"type":"{kind}","payload":"#)
        .into_bytes()
        .into()
}

/// `complete`.
pub(crate) fn complete(id: &str) -> Vec<u8> {
    let id = serde_json::Value::from(id);
    format!(r#"{{"id":{id},"type":"complete"}}"#).into_bytes()
}

/// `pong`.
pub(crate) fn pong(payload: Option<&RawValue>) -> Vec<u8> {
    match payload {
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#).into_bytes(),
        None => br#"{"type":"pong"}"#.to_vec(),
    }
}

#[cfg(test)]
#[path = "protocol_tests.rs"]
mod tests;
