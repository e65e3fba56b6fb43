//! Many viewers who do what viewers should not: stop reading, or come and go like a storm.

use crate::support::encoder::{Encoder, H264};
use crate::support::server::{Engine, Server, Site};
use crate::support::until;
use crate::support::viewer::{Viewer, until_live};
use serde_json::json;
use socket2::{Domain, Socket, Type};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

const VIEWERS: usize = 1_000;

/// What a thousand viewers who stopped reading may cost.
const MORE_BYTES_MAX: i64 = 4 * 1_024 * 1_024;

/// More than a broadcast keeps of this video: 15 seconds of 4 Mbit/s.
const KEPT_BYTES: usize = 9_000_000;

/// What a viewer's own system keeps for them: little, so that the server has the rest.
const RECEIVE_BUFFER_BYTES: usize = 4_096;

/// A server with a stream of `ada` on air, at a constant 4 Mbit/s whatever its picture.
async fn on_air() -> (Site, Server, Encoder) {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    let key = site.streamer("ada").await;
    let constant = ["-b:v", "4M", "-maxrate", "4M", "-bufsize", "4M"];
    let filled = ["-x264-params", "nal-hrd=cbr", "-c:a", "aac"];
    let codecs = [&H264[..], &constant, &filled].concat();
    let encoder = Encoder::publish_with("ffmpeg".as_ref(), &codecs, &server.rtmp, &key);
    until_live(&server, "ada").await;
    (site, server, encoder)
}

/// What the process has in memory.
fn resident_bytes(server: &Server) -> i64 {
    let statm = std::fs::read_to_string(format!("/proc/{}/statm", server.pid())).unwrap();
    let pages: i64 = statm.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * 4_096
}

fn connect(address: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES).unwrap();
    socket.connect(&address.into()).unwrap();
    socket.into()
}

fn ask(socket: &mut TcpStream) {
    let asked = b"GET /live/ada.flv HTTP/1.1\r\nhost: here\r\n\r\n";
    socket.write_all(asked).unwrap();
}

/// Waits until so many watch, as the server itself says.
async fn until_playbacks(server: &Server, wanted: usize) {
    let wanted = format!("tributary_playbacks {wanted}");
    until(&wanted, async || {
        let metrics = reqwest::get(format!("{}/metrics", server.http)).await;
        let metrics = metrics.unwrap().text().await.unwrap();
        metrics.lines().any(|line| line == wanted).then_some(())
    })
    .await;
}

/// Waits until so many are counted as viewers of the stream that is on.
async fn until_counted(server: &Server, wanted: usize) {
    let ada = server.api().log_in("ada").await;
    let of = json!({ "channel": ada.channel("ada").await });
    let count = "query($channel: ID!) { channel(id: $channel) { currentStream { viewerCount } } }";
    until("all are counted", async || {
        let data = ada.query(count, of.clone()).await;
        (data["channel"]["currentStream"]["viewerCount"] == wanted).then_some(())
    })
    .await;
}

/// Waits until this viewer has got so many bytes more.
async fn until_more(viewer: &Viewer, bytes: usize) {
    let before = viewer.got().len();
    until("more video", async || {
        (viewer.got().len() >= before + bytes).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_viewers_that_stop_reading_cost_nothing_and_harm_nobody() {
    let (site, server, encoder) = on_air().await;
    let watching = Viewer::watch(&server.http, "ada").await;
    // A broadcast keeps its newest fifteen seconds for whoever lags, whether anybody does or not.
    until_more(&watching, KEPT_BYTES).await;
    let address: SocketAddr = server.addresses()[0].parse().unwrap();
    let mut stuck: Vec<TcpStream> = (0..VIEWERS).map(|_| connect(address)).collect();
    stuck.iter_mut().for_each(ask);
    for socket in &mut stuck {
        socket.read_exact(&mut [0; 1_024]).unwrap();
    }
    until_playbacks(&server, VIEWERS + 1).await;
    // They stopped at their first bytes. What a thousand arrivals are to the log and the read models is there
    // by now; what comes on top is what they cost.
    until_more(&watching, 3_000_000).await;
    let before = resident_bytes(&server);
    // Eight seconds of video, none of which they take.
    until_more(&watching, 4_000_000).await;
    let more = resident_bytes(&server) - before;
    assert!(more <= MORE_BYTES_MAX, "{more} bytes more");
    until_playbacks(&server, VIEWERS + 1).await;
    drop(stuck);
    until_playbacks(&server, 1).await;
    assert!(watching.is_connected());
    encoder.kill().await;
    assert!(!site.log().contains("panicked"), "{}", site.log());
    assert!(server.stop().await, "{}", site.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_viewers_that_come_and_go_leaves_nothing_behind() {
    let (site, server, encoder) = on_air().await;
    let watching = Viewer::watch(&server.http, "ada").await;
    until_counted(&server, 1).await;
    let address: SocketAddr = server.addresses()[0].parse().unwrap();
    for number in 0..2 * VIEWERS {
        let mut socket = connect(address);
        // Each goes at another moment: before it asks, in the middle of it, right after, with a first
        // picture on its way.
        match number % 4 {
            0 => {}
            1 => socket.write_all(b"GET /live/ada.flv HT").unwrap(),
            2 => ask(&mut socket),
            _ => {
                ask(&mut socket);
                socket.read_exact(&mut [0; 1_024]).unwrap();
            }
        }
    }
    until_playbacks(&server, 1).await;
    until_counted(&server, 1).await;
    until_more(&watching, 500_000).await;
    assert!(watching.is_connected());
    let late = Viewer::watch(&server.http, "ada").await;
    until_more(&late, 10_000).await;
    encoder.kill().await;
    assert!(!site.log().contains("panicked"), "{}", site.log());
    assert!(server.stop().await, "{}", site.log());
}
