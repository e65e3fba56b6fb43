use super::*;
use axum::extract::WebSocketUpgrade;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

const LIMITS: Limits = Limits {
    connections_max: 100,
    connections_per_address_max: 100,
    counts_loopback: true,
    header_timeout: Duration::from_millis(200),
    write_timeout: Duration::from_secs(20),
};

const HELLO: &[u8] = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n";

struct Server {
    addr: SocketAddr,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let socket = |upgrade: WebSocketUpgrade| async {
            upgrade.on_upgrade(|mut socket| async move { while socket.recv().await.is_some() {} })
        };
        let slow = || async {
            tokio::time::sleep(2 * LIMITS.header_timeout).await;
            "slow"
        };
        let router = Router::new()
            .route("/", get(|| async { "hello" }))
            .route("/slow", get(slow))
            .route("/socket", get(socket));
        let listener = Listener::bind(([127, 0, 0, 1], 0).into(), limits)
            .await
            .unwrap();
        let addr = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(listener.serve(router, stop.clone()));
        Self {
            addr,
            stop,
            serving,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addr).await.unwrap()
    }

    /// Waits until a new connection is answered with `status`.
    async fn until_answered(&self, status: &str) {
        let answered = async {
            loop {
                let mut socket = self.connect().await;
                if said(&mut socket, HELLO, "\r\n\r\n").await.contains(status) {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, answered).await.unwrap();
    }
}

/// What is answered to `bytes`, until there is `end` in it or the other side closes.
async fn said(socket: &mut TcpStream, bytes: &[u8], end: &str) -> String {
    let reading = async {
        // It may be closed before all is sent.
        let _closed = socket.write_all(bytes).await;
        let mut got = vec![];
        while !String::from_utf8_lossy(&got).contains(end) {
            match socket.read_buf(&mut got).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        String::from_utf8(got).unwrap()
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap()
}

#[tokio::test]
async fn a_connection_without_a_whole_header_is_closed() {
    let server = Server::start(LIMITS).await;
    for beginning in [&b""[..], b"GET / HTTP/1.1\r\nhost: he"] {
        let mut socket = server.connect().await;
        let answer = said(&mut socket, beginning, "never said").await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    let mut socket = server.connect().await;
    let answer = said(&mut socket, HELLO, "never said").await;
    assert!(answer.ends_with("hello"), "then it was silent: {answer}");
    let mut socket = server.connect().await;
    let slow = b"GET /slow HTTP/1.1\r\nhost: here\r\n\r\n";
    let answer = said(&mut socket, slow, "slow").await;
    assert!(answer.contains("200 OK"), "an answer may take its time");
}

#[tokio::test]
async fn who_is_over_a_limit_is_refused_and_the_others_go_on() {
    for (limits, status) in [
        (
            Limits {
                connections_per_address_max: 1,
                header_timeout: PATIENCE,
                ..LIMITS
            },
            "429",
        ),
        (
            Limits {
                connections_max: 1,
                header_timeout: PATIENCE,
                ..LIMITS
            },
            "503",
        ),
    ] {
        let server = Server::start(limits).await;
        let mut first = server.connect().await;
        assert!(said(&mut first, HELLO, "hello").await.contains("200 OK"));
        let mut second = server.connect().await;
        let refusal = said(&mut second, b"", "never said").await;
        assert!(refusal.contains(status), "{refusal}");
        assert!(refusal.contains("too many connections"), "{refusal}");
        assert!(said(&mut first, HELLO, "hello").await.contains("200 OK"));
        drop(first);
        server.until_answered("200 OK").await;
    }
}

#[tokio::test]
async fn a_websocket_keeps_its_place() {
    let limits = Limits {
        connections_max: 1,
        ..LIMITS
    };
    let server = Server::start(limits).await;
    let mut socket = server.connect().await;
    let upgrade = b"GET /socket HTTP/1.1\r\nhost: here\r\nconnection: upgrade\r\n\
        upgrade: websocket\r\nsec-websocket-version: 13\r\n\
        sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let answer = said(&mut socket, upgrade, "\r\n\r\n").await;
    assert!(answer.contains("101 Switching"), "{answer}");
    let mut other = server.connect().await;
    assert!(said(&mut other, b"", "never said").await.contains("503"));
    drop(socket);
    server.until_answered("200 OK").await;
}

#[tokio::test]
async fn a_request_under_way_is_answered_when_it_stops() {
    let server = Server::start(LIMITS).await;
    let mut asking = server.connect().await;
    let slow = b"GET /slow HTTP/1.1\r\nhost: here\r\n\r\n";
    asking.write_all(slow).await.unwrap();
    let mut silent = server.connect().await;
    // Accepted after the others, and so are these by now.
    server.until_answered("200 OK").await;
    server.stop.cancel();
    assert!(said(&mut asking, b"", "slow").await.contains("200 OK"));
    assert_eq!(said(&mut silent, b"", "never said").await, "");
    tokio::time::timeout(PATIENCE, server.serving)
        .await
        .unwrap()
        .unwrap();
    assert!(TcpStream::connect(server.addr).await.is_err());
}

#[tokio::test]
async fn the_kernel_keeps_no_more_for_a_peer_than_it_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    prepare(&stream);
    // Linux doubles what it is told, and has a limit of its own for it.
    let most = std::fs::read_to_string("/proc/sys/net/core/wmem_max").unwrap();
    let told = SEND_BUFFER_BYTES.min(most.trim().parse().unwrap());
    assert_eq!(SockRef::from(&stream).send_buffer_size().unwrap(), 2 * told);
    assert!(stream.nodelay().unwrap());
    drop(peer);
}
