//! Accepts connections of HTTP within limits, and serves them until it is told to stop.

use super::connection::{Connection, Full, Places, Socket};
use super::delivery::Delivery;
use super::takeover::{self, Takeover};
use axum::middleware::AddExtension;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::Layer as _;
use tributary_graphql::address::Peer;

/// Connections at once. Each viewer of a stream is one; so is each WebSocket.
const CONNECTIONS_MAX: usize = 10_000;

/// Connections at once from one IPv4 address or one IPv6 /64: many people behind one address, but no
/// more of the server than a fortieth for whoever is at one place.
const CONNECTIONS_PER_ADDRESS_MAX: usize = 256;

/// The most header lines of a request, and the most bytes of all of them. A connection also reads bodies
/// through that, so it is what one that sends much takes of memory.
const HEADERS_MAX: usize = 100;
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// How long a request's header may take to come, and a connection may be silent before one.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// A peer that takes nothing for so long while something waits to be sent is cut. A body cannot
/// close its socket, so this is where a client that stopped reading ends.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// What the kernel keeps for a peer that does not read, as it is told: it doubles that. Without a bound it
/// grows to several megabytes for each.
const SEND_BUFFER_BYTES: usize = 256 * 1024;

/// The wait after the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a peer may take of the server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// See [`CONNECTIONS_MAX`].
    pub connections_max: usize,
    /// See [`CONNECTIONS_PER_ADDRESS_MAX`].
    pub connections_per_address_max: usize,
    /// Whether that holds for this machine's own addresses, too. A proxy on the same machine speaks
    /// for everyone, and who can run programs here has other ways.
    pub counts_loopback: bool,
    /// See [`HEADER_TIMEOUT`].
    pub header_timeout: Duration,
    /// See [`WRITE_TIMEOUT`].
    pub write_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            connections_per_address_max: CONNECTIONS_PER_ADDRESS_MAX,
            counts_loopback: false,
            header_timeout: HEADER_TIMEOUT,
            write_timeout: WRITE_TIMEOUT,
        }
    }
}

/// Small writes go out at once, and the kernel keeps no more than it should.
fn prepare(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small writes will be delayed");
    }
    if let Err(error) = SockRef::from(stream).set_send_buffer_size(SEND_BUFFER_BYTES) {
        tracing::debug!(%error, "what the kernel keeps for a peer is not bounded");
    }
}

/// A TCP listener for HTTP.
pub struct Listener {
    tcp: TcpListener,
    limits: Limits,
}

impl Listener {
    /// Listens at an address.
    ///
    /// # Errors
    /// When the address is taken or may not be used.
    pub async fn bind(addr: SocketAddr, limits: Limits) -> io::Result<Self> {
        let tcp = TcpListener::bind(addr).await?;
        Ok(Self { tcp, limits })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Serves until `stop`, and then what is under way. Dropped, it cuts all but WebSockets.
    pub async fn serve(self, router: Router, stop: CancellationToken) {
        let Self { tcp, limits } = self;
        let places = Arc::new(Places::default());
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                // Only to forget it.
                Some(_) = connections.join_next() => continue,
                accepted = tcp.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "an HTTP connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let per_address = if peer.ip().is_loopback() && !limits.counts_loopback {
                limits.connections_max
            } else {
                limits.connections_per_address_max
            };
            match places.take(peer.ip(), limits.connections_max, per_address) {
                Ok(place) => {
                    prepare(&stream);
                    let socket = Socket::new(stream, place);
                    let service = Extension(Peer(peer.ip())).layer(router.clone());
                    connections.spawn(connection(socket, limits, service, stop.clone()));
                }
                Err(full) => {
                    tracing::debug!(%peer, ?full, "an HTTP connection was refused");
                    refuse(stream, full);
                }
            }
        }
        drop(tcp);
        while connections.join_next().await.is_some() {}
    }
}

/// A connection from its first request to its end.
async fn connection(
    socket: Arc<Socket>,
    limits: Limits,
    service: AddExtension<Router, Peer>,
    stop: CancellationToken,
) {
    // In a box, which is gone before a video begins: a viewer is not to keep room for a request.
    let asking = Box::pin(ask(Arc::clone(&socket), limits, service, stop));
    if let Some((head, delivery)) = asking.await {
        Box::pin(takeover::deliver(&socket, head, delivery)).await;
    }
}

/// Serves HTTP until the connection ends, or a video takes it over.
async fn ask(
    socket: Arc<Socket>,
    limits: Limits,
    service: AddExtension<Router, Peer>,
    stop: CancellationToken,
) -> Option<(Vec<u8>, Delivery)> {
    let takeover = Takeover::default();
    let answering = takeover.clone();
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // It also runs while a connection that was kept alive waits for its next request.
        .header_read_timeout(limits.header_timeout)
        .max_headers(HEADERS_MAX)
        .max_buf_size(BUFFER_BYTES_MAX)
        .serve_connection(
            TokioIo::new(Connection::new(socket, limits.write_timeout)),
            service_fn(move |request| answering.clone().answer(service.clone(), request)),
        )
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut due = pin!(takeover.due());
    let mut is_stopping = false;
    let ended = loop {
        tokio::select! {
            ended = connection.as_mut() => break ended,
            taken = due.as_mut() => return Some(taken),
            () = stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
    None
}

/// Says why, if that goes out at once: a connection that is too many is not waited for.
fn refuse(stream: TcpStream, full: Full) {
    let (status, why) = match full {
        Full::Server => ("503 Service Unavailable", "too many connections\n"),
        Full::Address => (
            "429 Too Many Requests",
            "too many connections from this address\n",
        ),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\
         retry-after: 10\r\nconnection: close\r\n\r\n{why}",
        why.len()
    );
    let _gone = stream
        .into_std()
        .and_then(|mut stream| stream.write_all(answer.as_bytes()));
}

#[cfg(test)]
mod tests;
