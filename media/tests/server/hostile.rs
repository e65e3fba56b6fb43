use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tributary_media::gate::StopReason;
use tributary_media::rtmp::message::Kind;
use tributary_media::rtmp::session;
use tributary_media::server::Limits;

use crate::support::{Publisher, Server, Told, Viewer, Wire, soon};

/// Short times, so that nobody waits for them.
fn impatient() -> Limits {
    let session = session::Limits {
        handshake_timeout: Duration::from_millis(200),
        connect_timeout: Duration::from_millis(200),
        publish_timeout: Duration::from_millis(200),
        idle_timeout: Duration::from_millis(200),
        ..session::Limits::default()
    };
    Limits {
        linger: Duration::from_millis(50),
        session,
        ..Limits::default()
    }
}

/// Waits until the server has closed this connection.
async fn closed(socket: &mut (impl AsyncRead + Unpin)) {
    let mut sink = vec![0; 4_096];
    while soon(socket.read(&mut sink))
        .await
        .is_ok_and(|length| length > 0)
    {}
}

#[tokio::test]
async fn http_on_the_port_is_closed_without_an_answer() {
    let server = Server::new(Limits::default()).await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket
        .write_all(b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    // The unread rest of the request may turn the end into a reset.
    let _end = soon(socket.read_to_end(&mut answer)).await;
    assert_eq!(answer, []);
    assert_eq!(server.end().await, []);
}

#[tokio::test]
async fn random_bytes_are_closed_and_the_server_goes_on() {
    let server = Server::new(impatient()).await;
    let mut runner = TestRunner::deterministic();
    let noise = prop::collection::vec(any::<u8>(), 1..5_000);
    for round in 0..20 {
        let bytes = noise.new_tree(&mut runner).unwrap().current();
        let mut socket: Box<dyn Wire> = if round % 2 == 0 {
            Box::new(TcpStream::connect(server.address).await.unwrap())
        } else {
            Publisher::connect(server.address).await.socket
        };
        // The server may be gone before it has all of them.
        let _written = socket.write_all(&bytes).await;
        closed(&mut socket).await;
    }
    Publisher::start(server.address, "show").await;
}

#[tokio::test]
async fn who_says_nothing_is_closed() {
    let server = Server::new(impatient()).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    closed(&mut silent).await;
    let mut polite = Publisher::connect(server.address).await;
    polite.until_closed().await;
}

#[tokio::test]
async fn a_publisher_that_goes_silent_has_timed_out() {
    let server = Server::new(impatient()).await;
    let mut publisher = Publisher::start(server.address, "show").await;
    publisher.until_closed().await;
    assert!(matches!(server.told().await, Told::Asked(_)));
    assert_eq!(server.stopped().await, StopReason::TimedOut);
}

#[tokio::test]
async fn a_gigabyte_chunk_size_from_a_publisher_is_a_protocol_fault() {
    let server = Server::new(Limits::default()).await;
    let mut publisher = Publisher::start(server.address, "show").await;
    publisher.headers().await;
    publisher.key_frame(0, 1, 10).await;
    let viewer = Viewer::new(&server.hub, "show");
    publisher
        .send(Kind::SetChunkSize, 0, 0, &1_000_000_000_u32.to_be_bytes())
        .await;
    publisher.until_closed().await;
    assert!(matches!(server.told().await, Told::Asked(_)));
    assert!(matches!(server.told().await, Told::Started(..)));
    let StopReason::Protocol(fault) = server.stopped().await else {
        panic!("no protocol fault")
    };
    assert!(fault.contains("chunk size"), "{fault}");
    server.hub.end("show");
    assert_eq!(
        viewer.until_end().await.tags.len(),
        3,
        "viewers keep what there was"
    );
}

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_and_places_come_back() {
    let limits = Limits {
        connections_per_address_max: 2,
        ..Limits::default()
    };
    let server = Server::new(limits).await;
    let first = Publisher::connect(server.address).await;
    let _second = Publisher::connect(server.address).await;
    let mut third = TcpStream::connect(server.address).await.unwrap();
    closed(&mut third).await;
    drop(first);
    // The place is free once the server has seen the end of the first.
    soon(async {
        loop {
            let mut socket = TcpStream::connect(server.address).await.unwrap();
            let hello = [&[3][..], &[0; 1_536]].concat();
            let mut answer = [0];
            if socket.write_all(&hello).await.is_ok()
                && socket.read_exact(&mut answer).await.is_ok()
            {
                break;
            }
        }
    })
    .await;
}
