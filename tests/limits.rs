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
async fn who_asks_too_often_is_told_when_to_come_back() {
    let site = Site::new(Engine::Sqlite).await;
    let site = site
        .set("TRIBUTARY_API_RATE", "3/30s")
        .set("TRIBUTARY_VIDEO_RATE", "2/60s")
        .set("TRIBUTARY_TRUSTED_PROXIES", "127.0.0.0/8");
    let server = site.start().await;
    let client = reqwest::Client::new();
    let api = format!("{}/graphql?query=%7BheadPosition%7D", server.http);
    let video = format!("{}/live/nobody.flv", server.http);
    let ask = async |url: &str, from: &str| {
        let request = client.get(url).header("x-forwarded-for", from);
        let answer = request.send().await.unwrap();
        let wait = answer.headers().get("retry-after").cloned();
        let wait = wait.map(|wait| wait.to_str().unwrap().parse::<u32>().unwrap());
        (answer.status().as_u16(), wait)
    };
    for (url, most, asked, wait) in [(&api, 3, 200, 10), (&video, 2, 404, 30)] {
        for from in ["192.0.2.1", "2001:db8::1"] {
            for _ in 0..most {
                assert_eq!(ask(url, from).await, (asked, None), "{url} {from}");
            }
            let (status, told) = ask(url, from).await;
            assert_eq!(status, 429, "{url} {from}");
            assert!((wait - 5..=wait).contains(&told.unwrap()), "{told:?}");
        }
    }
    assert!(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_play_video_where_they_may() {
    let site = Site::new(Engine::Sqlite).await;
    let listed = Site::new(Engine::Sqlite).await;
    let listed = listed.set("TRIBUTARY_VIDEO_ORIGINS", "https://a.example");
    for (site, origin, allowed) in [
        (&site, "https://b.example", Some("*")),
        (&listed, "https://a.example", Some("https://a.example")),
        (&listed, "https://b.example", None),
    ] {
        let server = site.start().await;
        let url = format!("{}/live/nobody.flv", server.http);
        for method in [reqwest::Method::GET, reqwest::Method::OPTIONS] {
            let request = reqwest::Client::new().request(method.clone(), &url);
            let answer = request.header("origin", origin).send().await.unwrap();
            let said = answer.headers().get("access-control-allow-origin");
            assert_eq!(said.map(|said| said.to_str().unwrap()), allowed, "{method}");
            let credentials = answer.headers().get("access-control-allow-credentials");
            assert_eq!(credentials.is_some(), allowed == Some(origin));
        }
        assert!(server.stop().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_body_is_not_waited_for() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    let mut socket = TcpStream::connect(&server.addresses()[0]).await.unwrap();
    let half = b"POST /graphql HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n\
                 content-length: 100\r\n\r\n{\"query\":";
    socket.write_all(half).await.unwrap();
    let mut answer = vec![];
    let _reset = in_time("it is closed", socket.read_to_end(&mut answer)).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("took too long"), "{answer}");
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
