//! What a peer over HTTP may take of the server, and what a question costs it.

use crate::support::encoder::Encoder;
use crate::support::feed::Feed;
use crate::support::server::{Engine, Site};
use crate::support::viewer::Viewer;
use crate::support::{in_time, until};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

tributary_store::on_both_engines!(names_that_no_channel_has, asking_is_not_watching);

async fn names_that_no_channel_has(engine: Engine) {
    let site = Site::new(engine).await;
    let server = site.start().await;
    let client = reqwest::Client::new();
    for name in ["%00", "a%00da", "%ff", "ab", "nobody", &"a".repeat(5000)] {
        let url = format!("{}/live/{name}.flv", server.http);
        for request in [client.get(&url), client.head(&url)] {
            let status = request.send().await.unwrap().status();
            assert!([400, 404].contains(&status.as_u16()), "{name}: {status}");
        }
    }
    assert!(!site.log().contains("ERROR"), "{}", site.log());
    assert!(server.stop().await);
}

async fn asking_is_not_watching(engine: Engine) {
    let site = Site::new(engine).await;
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = json!({ "channel": ada.channel("ada").await });
    let state = "subscription($channel: ID!) { streamState(channelId: $channel) { \
                 currentStream { id status } } }";
    let mut state = Feed::open(&ada, state, channel).await;
    let client = reqwest::Client::new();
    let head = async || {
        let url = format!("{}/live/ada.flv", server.http);
        client.head(url).send().await.unwrap()
    };
    assert_eq!(head().await.status(), 404, "not on air");

    let _encoder = Encoder::publish(&server.rtmp, &key);
    let stream = state
        .until("live", |item| {
            let stream = &item["streamState"]["currentStream"];
            (stream["status"] == "LIVE").then(|| stream["id"].clone())
        })
        .await;
    let answer = until("there is video", async || {
        let answer = head().await;
        answer.status().is_success().then_some(answer)
    })
    .await;
    assert_eq!(answer.headers()["content-type"], "video/x-flv");
    for _ in 0..5 {
        assert_eq!(head().await.status(), 200);
    }
    let _watching = Viewer::watch(&server.http, "ada").await;
    let numbers = "query($stream: ID!) { stream(id: $stream) { statistics { uniqueViewers } } }";
    let unique = until("one who watches", async || {
        let data = ada.query(numbers, json!({ "stream": stream })).await;
        let unique = data["stream"]["statistics"]["uniqueViewers"].as_u64();
        unique.filter(|unique| *unique > 0)
    })
    .await;
    assert_eq!(unique, 1, "who asks does not watch");
    assert!(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_header_is_not_waited_for() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    let mut socket = TcpStream::connect(&server.addresses()[0]).await.unwrap();
    socket.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
    let mut rest = vec![];
    // A reset is as good an end as any.
    let _reset = in_time("it is closed", socket.read_to_end(&mut rest)).await;
    assert!(server.stop().await);
}
