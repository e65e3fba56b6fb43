//! People who chat without a pause, and what the server acknowledged of it.

use super::api::Api;
use super::until;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

/// How many say something at once, each waiting for its answer.
pub const SENDERS: usize = 8;

/// Each load's ids are its own.
static LOADS: AtomicUsize = AtomicUsize::new(0);

/// A message that was acknowledged.
pub struct Acknowledged {
    pub id: String,
    pub text: String,
    pub input: Value,
    pub position: Value,
}

/// Chat that goes on until it is ended, or nobody answers any more.
pub struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<Mutex<Vec<Acknowledged>>>,
    faults: Arc<Mutex<Vec<Value>>>,
    senders: Vec<JoinHandle<()>>,
}

impl Load {
    /// Begins to chat.
    pub fn start(api: &Api, channel: &str) -> Self {
        let mut load = Self {
            stop: Arc::default(),
            done: Arc::default(),
            faults: Arc::default(),
            senders: vec![],
        };
        let name = LOADS.fetch_add(1, Ordering::Relaxed);
        for sender in 0..SENDERS {
            let name = format!("{name}-{sender}");
            let (api, channel) = (api.clone(), channel.to_owned());
            let (stop, done, faults) = (
                Arc::clone(&load.stop),
                Arc::clone(&load.done),
                Arc::clone(&load.faults),
            );
            load.senders.push(tokio::spawn(async move {
                for n in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    match say(&api, &channel, format!("{name}-{n}")).await {
                        Some(Ok(message)) => done.lock().unwrap().push(message),
                        Some(Err(fault)) => {
                            faults.lock().unwrap().push(fault);
                            tokio::time::sleep(super::LOOK_EVERY).await;
                        }
                        None => return,
                    }
                }
            }));
        }
        load
    }

    /// Waits until so many messages more than now are acknowledged.
    pub async fn more(&self, count: usize) {
        let enough = self.count() + count;
        until("enough load", async || {
            (self.count() >= enough).then_some(())
        })
        .await;
    }

    /// Waits until a command was answered with a fault, and returns the newest.
    pub async fn fault(&self) -> Value {
        until("a fault", async || {
            self.faults.lock().unwrap().last().cloned()
        })
        .await
    }

    fn count(&self) -> usize {
        self.done.lock().unwrap().len()
    }

    /// Ends it: what was acknowledged.
    pub async fn end(self) -> Vec<Acknowledged> {
        self.stop.store(true, Ordering::Relaxed);
        for sender in self.senders {
            sender.await.unwrap();
        }
        Arc::into_inner(self.done).unwrap().into_inner().unwrap()
    }
}

/// Says something: the acknowledged message, the fault that was answered, or nothing if no whole answer
/// came.
async fn say(api: &Api, channel: &str, text: String) -> Option<Result<Acknowledged, Value>> {
    let document = "mutation($input: SendChatMessageInput!) { sendChatMessage(input: $input) \
                    { message { id text } position errors { code } } }";
    let input = json!({ "channelId": channel, "text": text, "clientMutationId": text });
    let body = json!({ "query": document, "variables": { "input": input } });
    let request = api.client().post(format!("{}/graphql", api.http));
    let request = request.json(&body).bearer_auth(api.token.as_ref().unwrap());
    let answer: Value = request.send().await.ok()?.json().await.ok()?;
    let payload = &answer["data"]["sendChatMessage"];
    let Some(id) = payload["message"]["id"].as_str() else {
        return Some(Err(answer));
    };
    Some(Ok(Acknowledged {
        id: id.to_owned(),
        text,
        position: payload["position"].clone(),
        input,
    }))
}

/// Waits until everything that is in the log can be read: after a crash of another program that kept the
/// read models, its lease must run out first.
pub async fn caught_up(api: &Api) {
    let head = api.query("{ headPosition }", json!({})).await["headPosition"].take();
    until("the read models reach the log's head", async || {
        let document = "query($at: Position) { channel(name: \"nobody\", atLeast: $at) { id } }";
        let answer = api.send(document, json!({ "at": head })).await;
        answer.get("errors").is_none().then_some(())
    })
    .await;
}

/// Which messages cannot be read, or read otherwise than they were acknowledged.
pub async fn missing<'a>(api: &Api, acknowledged: &'a [Acknowledged]) -> Vec<&'a Acknowledged> {
    caught_up(api).await;
    let mut missing = vec![];
    for part in acknowledged.chunks(15) {
        let fields: String = part
            .iter()
            .enumerate()
            .map(|(n, message)| {
                format!(
                    "m{n}: node(id: {:?}) {{ ... on ChatMessage {{ text position }} }} ",
                    message.id
                )
            })
            .collect();
        let data = api.query(&format!("query {{ {fields} }}"), json!({})).await;
        missing.extend(part.iter().enumerate().filter_map(|(n, message)| {
            let found = &data[format!("m{n}")];
            let is_there =
                found["text"] == message.text.as_str() && found["position"] == message.position;
            (!is_there).then_some(message)
        }));
    }
    missing
}

/// Every message reads as it was acknowledged.
pub async fn assert_all_there(api: &Api, acknowledged: &[Acknowledged]) {
    let missing = missing(api, acknowledged).await;
    let (number, all) = (missing.len(), acknowledged.len());
    if let Some(first) = missing.first() {
        let (text, position) = (&first.text, &first.position);
        panic!("{number} of {all} are missing; the first is {text:?} at {position}");
    }
}
