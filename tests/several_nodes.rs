//! Three servers on one PostgreSQL: the same channel everywhere, and one of them is killed.

use crate::support::api::Api;
use crate::support::encoder::Encoder;
use crate::support::feed::Feed;
use crate::support::server::{Engine, Server, Site};
use crate::support::{in_time, until};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;
use tributary_domain::{Event, Position, channel, wallet};
use tributary_store::{Environment, Filter, Log, LogOptions, LogUrl};

const SENDERS: usize = 6;
const ENOUGH: usize = 120;

const SAY: &str = "mutation($input: SendChatMessageInput!) { sendChatMessage(input: $input) \
                   { position errors { code } } }";
const TIP: &str = "mutation($input: SendTipInput!) { sendTip(input: $input) \
                   { position errors { code } } }";
const CHAT: &str = "subscription($channel: ID!, $after: String) \
                    { chat(channelId: $channel, after: $after) { cursor message { position } } }";
const TIPS: &str = "subscription($channel: ID!, $after: String) \
                    { tips(channelId: $channel, after: $after) { cursor tip { position } } }";

/// How long a client waits for an answer before it asks another node.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// A command that was acknowledged: its id, and its place.
type Acknowledged = Arc<Mutex<HashMap<String, i64>>>;

/// Sends a command until it is acknowledged, each time to the next node, under the same id.
pub async fn surely(nodes: &[Api], first: usize, document: &str, input: &Value) -> i64 {
    for n in first.. {
        let api = &nodes[n % nodes.len()];
        let body = json!({ "query": document, "variables": { "input": input } });
        let request = api
            .client()
            .post(format!("{}/graphql", api.http))
            .json(&body);
        let request = request.bearer_auth(api.token.as_ref().unwrap());
        let Ok(response) = request.timeout(ASK_AGAIN_AFTER).send().await else {
            continue;
        };
        let Ok(answer) = response.json::<Value>().await else {
            continue;
        };
        let payload = answer["data"]
            .as_object()
            .and_then(|data| data.values().next());
        let Some(payload) = payload.filter(|payload| !payload.is_null()) else {
            continue;
        };
        assert_eq!(payload["errors"], json!([]), "{answer:#}");
        return position(&payload["position"]);
    }
    unreachable!("it goes on until it is acknowledged")
}

fn position(value: &Value) -> i64 {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.parse().unwrap()
}

/// Chat and tips, to all nodes in turn, until `stop`.
async fn load(
    nodes: Vec<Api>,
    channel: String,
    sender: usize,
    stop: Arc<AtomicBool>,
    done: Acknowledged,
) {
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let id = format!("{sender}-{n}");
        let (document, input) = if n % 4 == 0 {
            let input = json!({
                "channelId": channel, "amount": "1.00", "currency": "USD", "clientMutationId": id
            });
            (TIP, input)
        } else {
            let input = json!({ "channelId": channel, "text": id, "clientMutationId": id });
            (SAY, input)
        };
        let at = surely(&nodes, sender + n, document, &input).await;
        done.lock().unwrap().insert(id, at);
    }
}

/// A subscriber: what it got, in order. When its feed ends it goes on with the next server, behind the
/// last cursor that it has.
struct Subscriber {
    seen: Arc<Mutex<Vec<i64>>>,
    task: JoinHandle<()>,
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Subscriber {
    async fn follow(nodes: Vec<Api>, document: &'static str, channel: &str, after: &str) -> Self {
        let seen = Arc::new(Mutex::new(vec![]));
        let variables = json!({ "channel": channel, "after": after });
        let mut feed = Feed::open(&nodes[0], document, variables.clone()).await;
        let got = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut variables = variables;
            for next in nodes.iter().skip(1).cycle() {
                while let Some(item) = feed.next_if_open().await {
                    let item = item.as_object().unwrap().values().next().unwrap().clone();
                    variables["after"] = item["cursor"].clone();
                    let what = item.get("message").or_else(|| item.get("tip")).unwrap();
                    got.lock().unwrap().push(position(&what["position"]));
                }
                feed = Feed::open(next, document, variables.clone()).await;
            }
        });
        Self { seen, task }
    }

    /// Everything up to `upto`, once that has come.
    async fn up_to(&self, upto: i64) -> Vec<i64> {
        until("a subscriber gets everything", async || {
            let seen = self.seen.lock().unwrap();
            seen.last()
                .is_some_and(|last| *last >= upto)
                .then(|| seen.clone())
        })
        .await
    }
}

pub async fn health(server: &Server) -> Value {
    let answer = reqwest::get(format!("{}/health/ready", server.http))
        .await
        .unwrap();
    answer.json().await.unwrap()
}

fn states<'v>(health: &'v Value, what: &str) -> Vec<&'v str> {
    let all = health[what].as_array().unwrap().iter();
    all.map(|one| one["state"].as_str().unwrap()).collect()
}

pub async fn open(site: &Site) -> Log {
    let url = LogUrl::Postgres(site.log_url().to_owned());
    let log = Log::open(&url, LogOptions::default(), Environment::system());
    log.await.unwrap()
}

/// Everything in the log.
async fn recorded(site: &Site) -> Vec<Arc<tributary_domain::Recorded>> {
    let log = open(site).await;
    let (mut place, mut all) = (Position::START, vec![]);
    while place < log.head() {
        let page = log.read(place, 1_024, &Filter::All).await.unwrap();
        all.extend(page.events);
        place = page.upto;
    }
    log.close().await;
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leader_is_killed_and_nothing_is_lost_or_doubled() {
    let sites = {
        let first = Site::new(Engine::Postgres).await;
        let second = Site::beside(&first);
        let third = Site::beside(&first);
        [first, second, third]
    };
    let leader = sites[0].start().await;
    until("it leads", async || {
        let health = health(&leader).await;
        states(&health, "projections")
            .iter()
            .all(|state| *state == "running")
            .then_some(())
    })
    .await;
    let survivors = [sites[1].start().await, sites[2].start().await];
    for server in &survivors {
        until("it follows", async || {
            let health = health(server).await;
            let follows = states(&health, "projections")
                .iter()
                .all(|state| *state == "following");
            (follows && health["status"] == "ready").then_some(())
        })
        .await;
        assert_eq!(
            states(&health(server).await, "policies"),
            ["standby", "standby"]
        );
    }

    sites[0].streamer("ada").await;
    let bob = leader.api().register("bob").await;
    let channel = bob.channel("ada").await;
    let rich = json!({ "amount": "900.00", "currency": "USD" });
    let begin = position(&bob.done("topUp", rich, "").await["position"]);
    // One token for all nodes: they share the secret.
    let nodes: Vec<Api> = [&leader, &survivors[0], &survivors[1]]
        .iter()
        .map(|server| bob.at(&server.http))
        .collect();
    let after = begin.to_string();
    let mut subscribers = vec![];
    for first in 0..3 {
        // That of the doomed one goes on elsewhere.
        let mut order = vec![nodes[first].clone()];
        order.extend(nodes[1..].iter().cloned());
        for document in [CHAT, TIPS] {
            let order = order.clone();
            subscribers.push(Subscriber::follow(order, document, &channel, &after).await);
        }
    }

    let stop = Arc::new(AtomicBool::new(false));
    let done = Acknowledged::default();
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (nodes, channel) = (nodes.clone(), channel.clone());
            tokio::spawn(load(
                nodes,
                channel,
                sender,
                Arc::clone(&stop),
                Arc::clone(&done),
            ))
        })
        .collect();
    let acknowledged = |count: usize| {
        let done = Arc::clone(&done);
        async move {
            let enough = async || (done.lock().unwrap().len() >= count).then_some(());
            until("enough load", enough).await;
        }
    };
    acknowledged(ENOUGH).await;
    leader.kill().await;
    let before = done.lock().unwrap().len();
    // One of the survivors takes over while the load goes on.
    let next = until("another node leads", async || {
        for (n, server) in survivors.iter().enumerate() {
            let health = health(server).await;
            if states(&health, "projections")
                .iter()
                .all(|state| *state == "running")
            {
                return Some(n);
            }
        }
        None
    })
    .await;
    acknowledged(before + ENOUGH).await;
    stop.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await.unwrap();
    }

    // Every acknowledged command is in the log, once, where its receipt says.
    let log = recorded(&sites[1]).await;
    let (mut chat, mut tips) = (vec![], vec![]);
    let mut by_id: HashMap<String, Vec<i64>> = HashMap::new();
    for event in log.iter().filter(|event| event.position.get() > begin) {
        match &event.event {
            Event::Channel(channel::Event::MessageSent(_)) => chat.push(event.position.get()),
            // A tip is told among the tips, and stands in the chat.
            Event::Wallet(wallet::Event::Tipped(_)) => {
                tips.push(event.position.get());
                chat.push(event.position.get());
            }
            _ => continue,
        }
        let id = event.metadata["command"].clone();
        by_id.entry(id).or_default().push(event.position.get());
    }
    let done = done.lock().unwrap().clone();
    assert!(done.len() >= 2 * ENOUGH);
    assert_eq!(by_id.len(), done.len(), "nothing that nobody acknowledged");
    for (id, places) in &by_id {
        assert_eq!(places.len(), 1, "{id} once");
        assert!(done.contains_key(id), "{id}");
    }

    // Each subscriber got each event once and in order, that of the dead node included.
    for (n, subscriber) in subscribers.iter().enumerate() {
        let expected = if n % 2 == 0 { &chat } else { &tips };
        let seen = subscriber.up_to(*expected.last().unwrap()).await;
        assert_eq!(&seen, expected, "subscriber {n}");
    }

    // The sums are right on every node, and the rows are those of a rebuild.
    let head = log.last().unwrap().position.get().to_string();
    let balance = format!("{}.00", 900 - tips.len());
    for api in &nodes[1..] {
        let query = "query($p: Position) { me(atLeast: $p) { wallets { balance } } }";
        let data = api.query(query, json!({ "p": head })).await;
        assert_eq!(data["me"]["wallets"], json!([{ "balance": balance }]));
    }
    let check = ["projections", "rebuild", "--check"];
    let (same, report) = sites[next + 1].run(&check, "").await;
    assert!(same && report.contains("every row is the same"), "{report}");
    let (done, report) = sites[2 - next].run(&check, "").await;
    assert!(
        !done && report.contains("only follows the read models"),
        "{report}"
    );
    let (_, report) = sites[next + 1].run(&["projections"], "").await;
    assert!(report.contains("end_abandoned_streams"), "{report}");
    drop(subscribers);
    for server in survivors {
        assert!(server.stop().await, "{}{}", sites[1].log(), sites[2].log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_node_had_open_is_ended_once_by_another() {
    let first = Site::new(Engine::Postgres)
        .await
        .set("TRIBUTARY_GRACE_SECONDS", "1");
    let doomed = first.start().await;
    let key = first.streamer("ada").await;
    let second = first.beside();
    let third = first.beside();
    let servers = [second.start().await, third.start().await];
    let encoder = Encoder::publish(&doomed.rtmp, &key);
    let status = "query { channel(name: \"ada\") { currentStream { id status } } }";
    for server in &servers {
        until("the stream is live everywhere", async || {
            let data = server.api().query(status, json!({})).await;
            (data["channel"]["currentStream"]["status"] == "LIVE").then_some(())
        })
        .await;
    }
    let node = health(&doomed).await["node"].as_str().unwrap().to_owned();
    doomed.kill().await;
    encoder.kill().await;
    // As if half a minute had passed: a node that was not heard of for so long is gone.
    let log = open(&second).await;
    let long_ago = log.environment().now() - chrono::TimeDelta::minutes(1);
    log.storage().beat(&node, long_ago).await.unwrap();
    let mut tail = log.tail(Position::START, Filter::All);
    let mut names = vec![];
    while !names.contains(&"stream.ended") {
        let page = in_time("its stream is over", tail.next()).await.unwrap();
        let streams = page
            .events
            .iter()
            .filter(|event| matches!(event.event, Event::Stream(_)));
        names.extend(streams.map(|event| event.event.name().0));
    }
    for server in servers {
        assert!(server.stop().await, "{}{}", second.log(), third.log());
    }
    // Nothing more came of it.
    let all = [
        "stream.started",
        "stream.went_live",
        "stream.interrupted",
        "stream.ending",
        "stream.ended",
    ];
    assert_eq!(names, all);
    let page = log.read(tail.position(), 10, &Filter::All).await.unwrap();
    let more = page
        .events
        .iter()
        .any(|event| matches!(event.event, Event::Stream(_)));
    assert!(!more, "{:?}", page.events);
    log.close().await;
}
