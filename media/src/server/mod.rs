//! The RTMP listener: sockets, tasks and time around [`crate::rtmp::session`].

mod connection;
pub mod limits;
mod places;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use self::connection::Connection;
pub use self::limits::Limits;
use self::places::Places;
use crate::gate::{Gate, IngestId};
use crate::hub::Hub;

/// Numbers attempts to publish, over all listeners of the process.
static NEXT_INGEST: AtomicU64 = AtomicU64::new(1);

fn next_ingest() -> IngestId {
    IngestId(NEXT_INGEST.fetch_add(1, Relaxed))
}

/// Takes publishers until `shutdown`, one task each; then tells them, and returns when all are gone
/// and every admitted one was reported as stopped.
pub async fn serve(
    listener: TcpListener,
    gate: Arc<dyn Gate>,
    hub: Arc<Hub>,
    limits: Limits,
    shutdown: CancellationToken,
) {
    let places = Arc::new(Places::default());
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, peer)) => {
                let place = match places.take(peer.ip(), &limits) {
                    Ok(place) => place,
                    Err(reason) => {
                        debug!(%peer, %reason, "rtmp connection refused");
                        continue;
                    }
                };
                prepare(&socket, peer);
                let (gate, hub) = (Arc::clone(&gate), Arc::clone(&hub));
                let connection = Connection::new(socket, peer, gate, hub, limits);
                let shutdown = shutdown.clone();
                connections.spawn(async move {
                    connection.run(shutdown).await;
                    drop(place);
                });
            }
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

fn prepare(socket: &TcpStream, peer: SocketAddr) {
    // Replies are single small writes that an encoder waits for.
    if let Err(error) = socket.set_nodelay(true) {
        debug!(%peer, %error, "nodelay could not be set");
    }
}
