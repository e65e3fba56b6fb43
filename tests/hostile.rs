//! Hostile and mistaken input: each a clear refusal, and the server goes on as if nothing happened.

use crate::support::encoder::Encoder;
use crate::support::server::{Engine, Server, Site};
use crate::support::viewer::Viewer;
use crate::support::{in_time, until};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A server with a stream on air and one who watches: whatever happens, both must go on.
struct OnAir {
    site: Site,
    server: Server,
    watching: Viewer,
    _encoder: Encoder,
}

impl OnAir {
    async fn new() -> Self {
        let site = Site::new(Engine::Sqlite).await;
        let server = site.start().await;
        let key = site.streamer("ada").await;
        let encoder = Encoder::publish(&server.rtmp, &key);
        until("on air", async || {
            let there = reqwest::get(format!("{}/live/ada.flv", server.http))
                .await
                .unwrap();
            there.status().is_success().then_some(())
        })
        .await;
        let watching = Viewer::watch(&server.http, "ada").await;
        Self {
            site,
            server,
            watching,
            _encoder: encoder,
        }
    }

    async fn assert_unharmed(&self) {
        let ready = reqwest::get(format!("{}/health/ready", self.server.http))
            .await
            .unwrap();
        assert_eq!(ready.status(), 200, "{}", self.site.log());
        assert!(!self.site.log().contains("panicked"), "{}", self.site.log());
        assert!(self.watching.is_connected());
        let before = self.watching.got().len();
        until("more video", async || {
            (self.watching.got().len() > before).then_some(())
        })
        .await;
    }

    async fn rtmp(&self) -> TcpStream {
        let address = &self.server.addresses()[1];
        in_time("RTMP answers", TcpStream::connect(address))
            .await
            .unwrap()
    }

    /// A connection that has shaken hands.
    async fn shaken(&self) -> TcpStream {
        let mut socket = self.rtmp().await;
        let mut hello = vec![3];
        hello.extend([0; 1536]);
        socket.write_all(&hello).await.unwrap();
        let mut answer = vec![0; 1 + 1536 + 1536];
        in_time("a handshake", socket.read_exact(&mut answer))
            .await
            .unwrap();
        socket.write_all(&answer[1..1537]).await.unwrap();
        socket
    }
}

/// Reads until the other side closes.
async fn until_closed(mut socket: TcpStream) {
    let mut rest = vec![];
    // A reset is as good an end as any.
    let _reset = in_time("the connection closes", socket.read_to_end(&mut rest)).await;
}

/// One RTMP message on chunk stream 3, in chunks of 128 bytes.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let mut bytes = vec![
        3, 0, 0, 0, length[1], length[2], length[3], kind, 0, 0, 0, 0,
    ];
    for (index, chunk) in body.chunks(128).enumerate() {
        if index > 0 {
            bytes.push(0xc3);
        }
        bytes.extend_from_slice(chunk);
    }
    bytes
}

/// Bytes that look like nothing, the same in each run.
fn noise(length: usize, mut seed: u64) -> Vec<u8> {
    std::iter::repeat_with(|| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        u8::try_from(seed & 0xff).unwrap()
    })
    .take(length)
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_mean_nothing_on_every_port() {
    let on_air = OnAir::new().await;
    for address in on_air.server.addresses() {
        for seed in 1..=5 {
            let mut socket = TcpStream::connect(&address).await.unwrap();
            // It may be closed before all is sent.
            let _closed = socket.write_all(&noise(100_000, seed)).await;
            let _closed = socket.shutdown().await;
            until_closed(socket).await;
        }
    }
    on_air.assert_unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_size_of_a_gigabyte() {
    let on_air = OnAir::new().await;
    let mut socket = on_air.shaken().await;
    socket
        .write_all(&message(1, &(1_u32 << 30).to_be_bytes()))
        .await
        .unwrap();
    until_closed(socket).await;
    on_air.assert_unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_nested_two_hundred_thousand_deep() {
    let on_air = OnAir::new().await;
    let mut body = b"\x02\x00\x07connect\x00\x3f\xf0\x00\x00\x00\x00\x00\x00".to_vec();
    for _ in 0..200_000 {
        body.extend(b"\x03\x00\x01a");
    }
    let mut socket = on_air.shaken().await;
    let _closed = socket.write_all(&message(20, &body)).await;
    until_closed(socket).await;
    on_air.assert_unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_stream_key_and_a_second_publisher() {
    let on_air = OnAir::new().await;
    let said = Encoder::publish(&on_air.server.rtmp, "live_wrong")
        .fails()
        .await;
    assert!(said.contains("this stream key is not known"), "{said}");
    let (_, text) = on_air.site.run(&["channel", "key", "ada"], "").await;
    let key = text
        .split_whitespace()
        .find(|word| word.starts_with("live_"))
        .unwrap();
    let said = Encoder::publish(&on_air.server.rtmp, key).fails().await;
    assert!(said.contains("already"), "{said}");
    let elsewhere = on_air.server.rtmp.replace("/live", "/elsewhere");
    let said = Encoder::publish(&elsewhere, key).fails().await;
    assert!(said.contains("rtmp://<host>/live"), "{said}");
    on_air.assert_unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_and_amounts_that_make_no_sense() {
    let on_air = OnAir::new().await;
    let ada = on_air.server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    let title = |length: usize| json!({ "title": "x".repeat(length) });
    assert_eq!(ada.refused("startStream", title(1_000)).await, "TOO_LONG");
    let document =
        "mutation($input: StartStreamInput!) { startStream(input: $input) { position } }";
    let body = json!({ "query": document, "variables": { "input": title(1_000_000) } });
    let request = ada
        .client()
        .post(format!("{}/graphql", ada.http))
        .json(&body);
    let answer = request
        .bearer_auth(ada.token.as_ref().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 413);
    let answer: Value = answer.json().await.unwrap();
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("KiB")
            || answer["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains("bytes"),
        "{answer}"
    );

    let bob = on_air.server.api().register("bob").await;
    for (amount, code) in [
        ("-1", "AMOUNT_NOT_POSITIVE"),
        ("0.001", "AMOUNT_TOO_PRECISE"),
        ("0", "AMOUNT_NOT_POSITIVE"),
        ("99999999999", "AMOUNT_TOO_LARGE"),
    ] {
        let input = json!({ "channelId": channel, "amount": amount, "currency": "USD" });
        assert_eq!(bob.refused("sendTip", input).await, code, "{amount}");
        let input = json!({ "amount": amount, "currency": "USD" });
        assert_eq!(bob.refused("topUp", input).await, code, "{amount}");
    }
    for amount in ["1e400", "NaN", "ten", ""] {
        let document = "mutation($input: TopUpInput!) { topUp(input: $input) \
                        { position errors { code } } }";
        let input = json!({ "amount": amount, "currency": "USD", "clientMutationId": "m" });
        let answer = bob.send(document, json!({ "input": input })).await;
        let refused = answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
            || answer["data"]["topUp"]["errors"][0]["code"] == "AMOUNT_NOT_A_NUMBER";
        assert!(refused, "{amount}: {answer:#}");
    }
    let wallets = "query { me { wallets { balance } } }";
    assert_eq!(
        bob.query(wallets, json!({})).await["me"]["wallets"],
        json!([])
    );
    on_air.assert_unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_would_overflow_the_parsers_stack() {
    let on_air = OnAir::new().await;
    let api = on_air.server.api();
    for (open, close) in [("[", "]"), ("{a", "}"), ("{a:", "}")] {
        let bomb = format!(
            "query {{ node(id: {}1{}) {{ id }} }}",
            open.repeat(15_000),
            close.repeat(15_000)
        );
        let answer = api.send(&bomb, json!({})).await;
        assert!(answer["errors"][0]["message"].is_string(), "{answer}");
        assert!(answer["data"].is_null(), "{answer}");
    }
    on_air.assert_unharmed().await;
}
