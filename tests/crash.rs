//! A server that is killed loses nothing that it acknowledged, and leaves nothing live.

use crate::support::encoder::Encoder;
use crate::support::server::{Engine, Site};
use crate::support::until;
use crate::support::viewer::Viewer;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

crate::on_both_engines!(
    killed_in_the_middle_of_load_it_keeps_what_it_acknowledged,
    stopped_in_the_middle_of_load_it_answers_everything,
);

const SENDERS: usize = 8;
const SEND: &str = "mutation($input: SendChatMessageInput!) { sendChatMessage(input: $input) \
                    { message { id text } position errors { code } } }";

/// A message that was acknowledged.
struct Acknowledged {
    id: String,
    text: String,
    input: Value,
    position: Value,
}

/// Sends chat until `stop`, and returns what was acknowledged.
async fn load(
    api: &crate::support::api::Api,
    channel: &str,
    stop: Arc<AtomicBool>,
    enough: usize,
    when_enough: impl AsyncFnOnce(),
) -> Vec<Acknowledged> {
    let done = Arc::new(Mutex::new(vec![]));
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (api, stop, done) = (api.clone(), Arc::clone(&stop), Arc::clone(&done));
            let channel = channel.to_owned();
            tokio::spawn(async move {
                for n in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let text = format!("{sender}-{n}");
                    let input = json!({
                        "channelId": channel, "text": text, "clientMutationId": text
                    });
                    let body = json!({ "query": SEND, "variables": { "input": input } });
                    let request = api
                        .client()
                        .post(format!("{}/graphql", api.http))
                        .json(&body);
                    let request = request.bearer_auth(api.token.as_ref().unwrap());
                    let Ok(response) = request.send().await else {
                        return;
                    };
                    let Ok(answer) = response.json::<Value>().await else {
                        return;
                    };
                    let payload = &answer["data"]["sendChatMessage"];
                    if let Some(id) = payload["message"]["id"].as_str() {
                        let position = payload["position"].clone();
                        let id = id.to_owned();
                        done.lock().unwrap().push(Acknowledged {
                            id,
                            text,
                            input,
                            position,
                        });
                    }
                }
            })
        })
        .collect();
    until("enough load", async || {
        (done.lock().unwrap().len() >= enough).then_some(())
    })
    .await;
    when_enough().await;
    stop.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await.unwrap();
    }
    Arc::into_inner(done).unwrap().into_inner().unwrap()
}

async fn assert_all_there(api: &crate::support::api::Api, acknowledged: &[Acknowledged]) {
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
        for (n, message) in part.iter().enumerate() {
            let found = &data[format!("m{n}")];
            assert_eq!(found["text"], message.text.as_str(), "{}", message.id);
            assert_eq!(found["position"], message.position);
        }
    }
}

async fn killed_in_the_middle_of_load_it_keeps_what_it_acknowledged(engine: Engine) {
    let site = Site::new(engine).await.set("TRIBUTARY_GRACE_SECONDS", "2");
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    let encoder = Encoder::publish(&server.rtmp, &key);
    let live =
        "query($channel: ID) { channel(id: $channel) { currentStream { id status viewerCount } } }";
    let of_channel = json!({ "channel": channel });
    let stream = until("live with a viewer", async || {
        let data = ada.query(live, of_channel.clone()).await;
        let stream = &data["channel"]["currentStream"];
        (stream["status"] == "LIVE").then(|| stream["id"].as_str().unwrap().to_owned())
    })
    .await;
    let viewer = Viewer::watch(&server.http, "ada").await;
    until("a viewer counts", async || {
        let data = ada.query(live, of_channel.clone()).await;
        (data["channel"]["currentStream"]["viewerCount"] == 1).then_some(())
    })
    .await;

    let stop = Arc::new(AtomicBool::new(false));
    let acknowledged = load(&ada, &channel, stop, 300, async || server.kill().await).await;
    encoder.kill().await;
    viewer.leave();
    assert!(acknowledged.len() >= 300);

    let server = site.start().await;
    let ada = server.api().log_in("ada").await;
    assert_all_there(&ada, &acknowledged).await;
    // The same command again is the same message.
    let again = &acknowledged[acknowledged.len() / 2];
    let repeated = ada
        .done("sendChatMessage", again.input.clone(), "message { id }")
        .await;
    assert_eq!(repeated["message"]["id"], again.id.as_str());
    assert_eq!(repeated["position"], again.position);

    // Nothing is stuck: the stream ends after its grace, and its viewer has left.
    let numbers = "query($stream: ID!) { stream(id: $stream) { status viewerCount statistics { peakViewers } } }";
    let ended = until("the stream ends", async || {
        let data = ada.query(numbers, json!({ "stream": stream })).await;
        (data["stream"]["status"] == "ENDED").then(|| data["stream"].clone())
    })
    .await;
    assert_eq!(ended["viewerCount"], 0);
    assert_eq!(ended["statistics"]["peakViewers"], 1);
    let gone = reqwest::get(format!("{}/live/ada.flv", server.http))
        .await
        .unwrap();
    assert_eq!(gone.status(), 404);

    let (same, report) = site.run(&["projections", "rebuild", "--check"], "").await;
    assert!(same && report.contains("every row is the same"), "{report}");
    assert!(server.stop().await, "{}", site.log());
}

async fn stopped_in_the_middle_of_load_it_answers_everything(engine: Engine) {
    let site = Site::new(engine).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    let stop = Arc::new(AtomicBool::new(false));
    let acknowledged = load(&ada, &channel, stop, 200, async || {
        assert!(server.stop().await, "{}", site.log());
    })
    .await;

    let server = site.start().await;
    let ada = server.api().log_in("ada").await;
    assert_all_there(&ada, &acknowledged).await;
    let (same, report) = site.run(&["projections", "rebuild", "--check"], "").await;
    assert!(same && report.contains("every row is the same"), "{report}");
    assert!(server.stop().await);
}
