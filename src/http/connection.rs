//! A connection of HTTP, and its place among all of them.

use socket2::SockRef;
use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::net::{IpAddr, Shutdown};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;
use tributary_graphql::address::network;

/// Counts connections, by where they come from.
#[derive(Default)]
pub struct Places(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    all: usize,
    by_network: HashMap<IpAddr, usize>,
}

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// That of the server.
    Server,
    /// That of the address.
    Address,
}

/// A connection's place, given back when it is dropped.
pub struct Place {
    places: Arc<Places>,
    network: IpAddr,
}

impl Places {
    /// Takes a place, if there is one.
    pub fn take(
        self: &Arc<Self>,
        address: IpAddr,
        most: usize,
        most_per_address: usize,
    ) -> Result<Place, Full> {
        let network = network(address);
        let mut taken = self.taken();
        if taken.all >= most {
            return Err(Full::Server);
        }
        let here = taken.by_network.get(&network).copied().unwrap_or(0);
        if here >= most_per_address {
            return Err(Full::Address);
        }
        taken.by_network.insert(network, here + 1);
        taken.all += 1;
        drop(taken);
        let places = Arc::clone(self);
        Ok(Place { places, network })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all -= 1;
        if let Some(count) = taken.by_network.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                taken.by_network.remove(&self.network);
            }
        }
    }
}

/// A socket and its place. The place goes with it, because a WebSocket or a video outlives the HTTP
/// connection that it began as.
pub struct Socket {
    tcp: TcpStream,
    /// Something that was to be sent waits.
    is_blocked: AtomicBool,
    _place: Place,
}

impl Socket {
    /// The socket in its place.
    pub fn new(tcp: TcpStream, place: Place) -> Arc<Self> {
        Arc::new(Self {
            tcp,
            is_blocked: AtomicBool::new(false),
            _place: place,
        })
    }

    /// To be read from and written to.
    pub fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// Whether the peer has still to take what HTTP had to say before.
    pub fn is_blocked(&self) -> bool {
        self.is_blocked.load(Relaxed)
    }
}

/// A socket as HTTP takes it: reading and writing by poll. Several may hold it.
struct Shared(Arc<Socket>);

impl AsyncRead for Shared {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.tcp.poll_read_ready(context))?;
            match self.0.tcp.try_read_buf(into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(drop)),
            }
        }
    }
}

impl Shared {
    fn poll_write_by(
        &self,
        context: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            let ready = self.0.tcp.poll_write_ready(context);
            self.0.is_blocked.store(ready.is_pending(), Relaxed);
            ready!(ready)?;
            match write(&self.0.tcp) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }
}

impl AsyncWrite for Shared {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_by(context, |tcp| tcp.try_write(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(&self.0.tcp).shutdown(Shutdown::Write))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_by(context, |tcp| tcp.try_write_vectored(parts))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

/// A socket with a write timeout.
pub struct Connection {
    stream: Pin<Box<TimeoutStream<Shared>>>,
}

impl Connection {
    /// Wraps a socket.
    pub fn new(socket: Arc<Socket>, write_timeout: Duration) -> Self {
        let mut stream = TimeoutStream::new(Shared(socket));
        stream.set_write_timeout(Some(write_timeout));
        Self {
            stream: Box::pin(stream),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_over_its_limit_leaves_the_others_theirs() {
        let places = Arc::new(Places::default());
        let take = |from: &str| places.take(address(from), 3, 2);
        let first = take("192.0.2.1").unwrap();
        let mapped = take("::ffff:192.0.2.1").unwrap();
        assert_eq!(take("192.0.2.1").err(), Some(Full::Address));
        let other = take("2001:db8::1").unwrap();
        assert_eq!(take("192.0.2.2").err(), Some(Full::Server));
        drop(first);
        let neighbour = take("2001:db8::2").unwrap();
        drop(other);
        let again = take("192.0.2.1").unwrap();
        drop((mapped, neighbour, again));
        assert!(places.taken().by_network.is_empty());
    }
}
