//! A video on its way: takes what is pending, and writes all of it with one call. The bytes are those of
//! the ring; nothing is copied for a viewer.

use crate::presence::{Arrival, Connection};
use bytes::{Buf as _, Bytes};
use socket2::SockRef;
use std::borrow::Borrow;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::coop::consume_budget;
use tokio::time::timeout;
use tributary_domain::viewer_session::Received;
use tributary_graphql::socket::frame::{self, Decoder, Incoming};
use tributary_media::playback::{End, Playback};
use tributary_media::ring::READ_PIECES_MAX;

/// The most that the kernel keeps of what was sent and not acknowledged, in bytes; Linux doubles it and
/// counts its own overhead in. Enough for 10 Mbit/s over 200 ms. Left alone it would grow to 4 MiB for
/// each viewer that stopped reading.
const SEND_BUFFER_BYTES: usize = 256 * 1_024;

/// The most of it that waits to be sent: beyond this the ring keeps it, once for all viewers.
const UNSENT_BYTES_MAX: u32 = 128 * 1_024;

/// A viewer of plain video has nothing to say. One that says more than this is none.
const SAID_BYTES_MAX: usize = 16 * 1_024;

/// How much of that is read at once.
const SAID_BYTES: usize = 512;

/// Room for pieces that an idle viewer keeps.
const IDLE_PIECES: usize = 4;

/// A video for one viewer.
pub struct Delivery {
    playback: Playback,
    framing: Framing,
    /// Nobody yet; none where nobody can be counted: watching goes on all the same.
    arrival: Option<Arrival>,
    /// Counts the viewer for as long as it is there.
    connection: Option<Connection>,
}

/// How a video lies in its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// As it is.
    Plain,
    /// What is written at once is one binary message of WebSocket.
    WebSocket,
}

/// WebSocket's code for an end as it should be.
const ENDED: u16 = 1000;

/// WebSocket's code for what somebody may not have.
const CLOSED: u16 = 1008;

/// Why a delivery is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The broadcast has ended.
    Ended,
    /// The viewer has gone.
    Gone,
    /// The viewer took nothing for too long.
    Stuck,
}

impl Delivery {
    /// A video for whoever has arrived. They count as a viewer from the first frames that they took
    /// to the end.
    pub const fn new(playback: Playback, framing: Framing, arrival: Option<Arrival>) -> Self {
        Self {
            playback,
            framing,
            arrival,
            connection: None,
        }
    }

    /// Sends `head` and then the video, until that ends or the viewer goes.
    pub async fn run(mut self, socket: impl Borrow<TcpStream>, head: Vec<u8>) -> Over {
        let socket = socket.borrow();
        bound(socket);
        let over = self.send(socket, head).await;
        if over == Over::Stuck {
            self.playback.was_cut();
        }
        tracing::debug!(?over, "a video is over");
        // The end of the body: the viewer has everything before it reads that.
        let _gone = SockRef::from(socket).shutdown(Shutdown::Write);
        over
    }

    async fn send(&mut self, socket: &TcpStream, head: Vec<u8>) -> Over {
        let mut pieces = VecDeque::from([Bytes::from(head)]);
        let write_timeout = self.playback.write_timeout();
        let mut viewer = Viewer::new(self.framing);
        loop {
            let begun = pieces.len();
            let said = tokio::select! {
                biased;
                more = self.playback.next(&mut pieces) => match (more, self.framing) {
                    (Some(_), Framing::Plain) => None,
                    (Some(bytes), Framing::WebSocket) => {
                        let mut header = Vec::new();
                        frame::begin_binary(&mut header, bytes);
                        pieces.insert(begun, header.into());
                        None
                    }
                    (None, _) => Some(match self.playback.end() {
                        End::Ended => Said::End(ENDED, "the broadcast has ended"),
                        End::Closed => Said::End(CLOSED, "this stream is private now"),
                    }),
                },
                said = poll_fn(|context| viewer.poll(socket, context)) => Some(said),
            };
            let has_more = said.is_none();
            match said {
                None => {}
                Some(Said::Gone) => return Over::Gone,
                Some(Said::Ping(content)) => {
                    let mut pong = Vec::new();
                    frame::write_pong(&mut pong, &content);
                    pieces.push_back(pong.into());
                }
                Some(Said::End(code, why)) => {
                    if self.framing == Framing::WebSocket {
                        let mut close = Vec::new();
                        frame::write_close(&mut close, code, why);
                        pieces.push_back(close.into());
                    }
                    let last = write(socket, &mut pieces, write_timeout, &mut viewer).await;
                    return last.err().unwrap_or(Over::Ended);
                }
            }
            if let Err(over) = write(socket, &mut pieces, write_timeout, &mut viewer).await {
                return over;
            }
            if has_more && let Some(arrival) = self.arrival.take() {
                self.connection = Some(arrival.received(Received::Media));
            }
            if pieces.capacity() > IDLE_PIECES {
                pieces = VecDeque::with_capacity(IDLE_PIECES);
            }
            // Someone who takes as fast as we give must not keep the others waiting.
            consume_budget().await;
        }
    }
}

/// Bounds what the kernel keeps. Where it does not want to, it has bounds of its own.
fn bound(socket: &TcpStream) {
    let socket = SockRef::from(socket);
    let bounded = socket
        .set_send_buffer_size(SEND_BUFFER_BYTES)
        .and_then(|()| socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX));
    if let Err(error) = bounded {
        tracing::debug!(%error, "what the kernel keeps for a viewer is not bounded");
    }
}

/// Writes all pieces, as many at once as the socket takes.
async fn write(
    socket: &TcpStream,
    pieces: &mut VecDeque<Bytes>,
    write_timeout: Duration,
    viewer: &mut Viewer,
) -> Result<(), Over> {
    while !pieces.is_empty() {
        match write_some(socket, pieces) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                // What waits is the ring's: little of our own is kept meanwhile.
                pieces.shrink_to_fit();
                let writable = timeout(write_timeout, socket.writable());
                tokio::select! {
                    biased;
                    writable = writable => match writable {
                        Ok(Ok(())) => {}
                        Ok(Err(_)) => return Err(Over::Gone),
                        Err(_) => return Err(Over::Stuck),
                    },
                    said = poll_fn(|context| viewer.poll(socket, context)) => match said {
                        // It is no time to answer: whoever does not take a video waits for no pong.
                        Said::Ping(_) => {}
                        Said::Gone | Said::End(..) => return Err(Over::Gone),
                    },
                }
            }
            Err(_) => return Err(Over::Gone),
        }
    }
    Ok(())
}

/// One call: what it took is no longer in `pieces`.
fn write_some(socket: &TcpStream, pieces: &mut VecDeque<Bytes>) -> io::Result<()> {
    let mut taken = match pieces.as_slices() {
        ([one], []) => socket.try_write(one)?,
        _ => {
            let mut parts = [IoSlice::new(&[]); READ_PIECES_MAX + 2];
            let mut count = 0;
            for (part, piece) in parts.iter_mut().zip(&*pieces) {
                *part = IoSlice::new(piece);
                count += 1;
            }
            socket.try_write_vectored(&parts[..count])?
        }
    };
    while let Some(first) = pieces.front_mut() {
        if taken < first.len() {
            first.advance(taken);
            break;
        }
        taken -= first.len();
        pieces.pop_front();
    }
    Ok(())
}

/// The viewer's side of the connection.
struct Viewer {
    /// Bytes that it may still say.
    left: usize,
    frames: Option<Decoder>,
}

/// What a viewer does beside taking its video.
enum Said {
    Gone,
    Ping(Vec<u8>),
    /// It is to be told this code and reason, and that is the end.
    End(u16, &'static str),
}

impl Viewer {
    fn new(framing: Framing) -> Self {
        Self {
            left: SAID_BYTES_MAX,
            frames: (framing == Framing::WebSocket).then(|| Decoder::new(SAID_BYTES)),
        }
    }

    /// Waits until it says something that matters.
    fn poll(&mut self, socket: &TcpStream, context: &mut Context<'_>) -> Poll<Said> {
        let mut buffer = [0; SAID_BYTES];
        while ready!(socket.poll_read_ready(context)).is_ok() {
            match socket.try_read(&mut buffer) {
                Ok(length) if length > 0 => {
                    if let Some(said) = self.hear(&buffer[..length]) {
                        return Poll::Ready(said);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(_) | Err(_) => break,
            }
        }
        Poll::Ready(Said::Gone)
    }

    fn hear(&mut self, bytes: &[u8]) -> Option<Said> {
        let Some(frames) = &mut self.frames else {
            self.left = self.left.saturating_sub(bytes.len());
            return (self.left == 0).then_some(Said::Gone);
        };
        let mut said = None;
        let heard = frames.read(bytes, |incoming| {
            match incoming {
                Incoming::Close => said = Some(Said::End(ENDED, "")),
                // The newest stands for those before it.
                Incoming::Ping(content) => said = Some(Said::Ping(content)),
                Incoming::Text(_) | Incoming::Pong => {}
            }
            !matches!(said, Some(Said::End(..)))
        });
        match heard {
            Ok(()) => said,
            Err(violation) => Some(Said::End(violation.code, violation.reason)),
        }
    }
}

#[cfg(test)]
mod tests;
