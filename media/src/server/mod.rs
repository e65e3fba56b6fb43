//! The RTMP listener: sockets, tasks and time around [`crate::rtmp::session`].

mod connection;
pub mod limits;
mod live;
mod places;
mod transport;
mod watching;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use self::connection::Connection;
pub use self::limits::Limits;
use self::places::{Place, Places};
pub use self::transport::{Tls, TlsError, Transport};
use crate::gate::{Gate, IngestId};
use crate::hub::Hub;

/// Numbers attempts to publish, over all listeners of the process.
static NEXT_INGEST: AtomicU64 = AtomicU64::new(1);

fn next_ingest() -> IngestId {
    IngestId(NEXT_INGEST.fetch_add(1, Relaxed))
}

/// Listens at an address. What the kernel holds for a player that stopped reading is bounded by
/// [`limits::SEND_BUFFER_BYTES`].
///
/// # Errors
/// When the address is taken or may not be used.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    socket.set_reuseaddr(true)?;
    // Connections inherit it.
    socket.set_send_buffer_size(limits::SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(limits::BACKLOG)
}

/// Takes publishers and players, over any number of listeners that share its limits.
#[derive(Clone)]
pub struct Server {
    gate: Arc<dyn Gate>,
    hub: Arc<Hub>,
    limits: Limits,
    places: Arc<Places>,
}

/// The same for one listener without TLS.
pub async fn serve(
    listener: TcpListener,
    gate: Arc<dyn Gate>,
    hub: Arc<Hub>,
    limits: Limits,
    shutdown: CancellationToken,
) {
    let server = Server::new(gate, hub, limits);
    server.listen(listener, Transport::Plain, shutdown).await;
}

impl Server {
    /// A server that nobody is connected to.
    pub fn new(gate: Arc<dyn Gate>, hub: Arc<Hub>, limits: Limits) -> Self {
        Self {
            gate,
            hub,
            limits,
            places: Arc::default(),
        }
    }

    /// Takes connections until `shutdown`, one task each; then tells them, and returns when all are gone
    /// and every admitted publisher was reported as stopped.
    pub async fn listen(
        &self,
        listener: TcpListener,
        transport: Transport,
        shutdown: CancellationToken,
    ) {
        let connections = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = shutdown.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, peer)) => match self.places.take(peer.ip(), &self.limits) {
                    Ok(place) => {
                        let (server, transport) = (self.clone(), transport.clone());
                        let shutdown = shutdown.clone();
                        connections.spawn(async move {
                            server
                                .attend(socket, peer, &transport, place, shutdown)
                                .await;
                        });
                    }
                    Err(reason) => debug!(%peer, %reason, "rtmp connection refused"),
                },
                Err(error) => {
                    warn!(%error, "rtmp accept failed");
                    tokio::time::sleep(limits::ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        connections.close();
        connections.wait().await;
    }

    /// One connection from its first byte to its last.
    async fn attend(
        self,
        socket: TcpStream,
        peer: SocketAddr,
        transport: &Transport,
        place: Place,
        shutdown: CancellationToken,
    ) {
        prepare(&socket, peer);
        match transport {
            Transport::Plain => self.connection(socket, peer).run(shutdown).await,
            Transport::Tls(tls) => {
                let shaken = timeout(self.limits.tls_timeout, tls.acceptor.accept(socket));
                let shaken = tokio::select! {
                    () = shutdown.cancelled() => return,
                    shaken = shaken => shaken.unwrap_or_else(|_| Err(transport::timed_out())),
                };
                match shaken {
                    Ok(socket) => self.connection(socket, peer).run(shutdown).await,
                    Err(error) => debug!(%peer, %error, "no TLS"),
                }
            }
        }
        drop(place);
    }

    fn connection<S>(&self, socket: S, peer: SocketAddr) -> Connection<S> {
        let (gate, hub) = (Arc::clone(&self.gate), Arc::clone(&self.hub));
        Connection::new(socket, peer, gate, hub, self.limits)
    }
}

fn prepare(socket: &TcpStream, peer: SocketAddr) {
    // Replies are single small writes that an encoder waits for.
    if let Err(error) = socket.set_nodelay(true) {
        debug!(%peer, %error, "nodelay could not be set");
    }
}
