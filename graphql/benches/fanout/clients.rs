//! Clients that count. They parse no more of a frame than its header, so that the server is measured.

use super::server::microseconds;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A message has at least so many bytes; what is shorter belongs to the protocol.
const MESSAGE_BYTES_MIN: usize = 126;

/// What stands before the time in a message.
const MARK: &[u8] = b"t:";

/// What all clients have seen together.
#[derive(Default)]
pub struct Seen {
    /// Messages.
    pub deliveries: AtomicU64,
    /// Whether their delays are noted.
    pub notes: AtomicBool,
    delays: Mutex<Vec<u64>>,
}

impl Seen {
    /// How many messages came.
    pub fn count(&self) -> u64 {
        self.deliveries.load(Relaxed)
    }

    /// The delay that 99 of 100 messages did not exceed, and forgets all.
    pub fn p99(&self) -> Duration {
        let mut delays = self.delays.lock().unwrap_or_else(PoisonError::into_inner);
        let mut delays = std::mem::take(&mut *delays);
        delays.sort_unstable();
        let at = (delays.len() * 99 / 100).min(delays.len().saturating_sub(1));
        Duration::from_micros(delays.get(at).copied().unwrap_or(0))
    }

    fn note(&self, message: &[u8]) {
        let Some(at) = message.windows(2).position(|two| two == MARK) else {
            return;
        };
        let digits = message.get(at + 2..at + 22);
        let text = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(sent) = text.and_then(|text| text.parse::<u64>().ok()) else {
            return;
        };
        let delay = microseconds().saturating_sub(sent);
        let mut delays = self.delays.lock().unwrap_or_else(PoisonError::into_inner);
        delays.push(delay);
    }
}

/// What is spoken over a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// graphql-transport-ws.
    GraphqlTransportWs,
    /// Socket.IO 4 on Engine.IO 4.
    SocketIo,
}

/// What each client says first.
#[derive(Clone)]
pub struct Wish {
    /// In which language.
    pub protocol: Protocol,
    /// The subscriptions' payloads, as JSON.
    pub subscriptions: Vec<String>,
    /// Whether it reads at all once it has subscribed.
    pub reads: bool,
}

/// Connections, until this is dropped.
pub struct Clients {
    /// What they have seen.
    pub seen: Arc<Seen>,
    _tasks: JoinSet<()>,
    _silent: Vec<TcpStream>,
}

impl Clients {
    /// Connects and subscribes, one after the other.
    pub async fn connect(address: SocketAddr, wishes: impl IntoIterator<Item = Wish>) -> Self {
        let seen = Arc::<Seen>::default();
        let (mut tasks, mut silent) = (JoinSet::new(), Vec::new());
        for wish in wishes {
            let opening = tokio::time::timeout(PATIENCE, open(address, &wish));
            let stream = opening.await.expect("in time").expect("a connection");
            if wish.reads {
                tasks.spawn(read(stream, Arc::clone(&seen)));
            } else {
                silent.push(stream);
            }
        }
        Self {
            seen,
            _tasks: tasks,
            _silent: silent,
        }
    }
}

async fn open(address: SocketAddr, wish: &Wish) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if !wish.reads {
        socket.set_recv_buffer_size(4_096)?;
    }
    let mut stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    let (path, subprotocol) = match wish.protocol {
        Protocol::GraphqlTransportWs => (
            "/graphql/ws",
            "sec-websocket-protocol: graphql-transport-ws\r\n",
        ),
        Protocol::SocketIo => ("/socket.io/?EIO=4&transport=websocket", ""),
    };
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{subprotocol}\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    match wish.protocol {
        Protocol::GraphqlTransportWs => {
            let init = frame(r#"{"type":"connection_init"}"#);
            stream.write_all(&init).await?;
            read_short(&mut stream).await?;
        }
        Protocol::SocketIo => {
            // It opens the connection, the client the room that everybody is in.
            read_short(&mut stream).await?;
            stream.write_all(&frame("40")).await?;
            read_short(&mut stream).await?;
        }
    }
    for (n, payload) in wish.subscriptions.iter().enumerate() {
        let subscribe = format!(r#"{{"type":"subscribe","id":"{n}","payload":{payload}}}"#);
        stream.write_all(&frame(&subscribe)).await?;
    }
    Ok(stream)
}

/// Passes over a short frame.
async fn read_short(stream: &mut TcpStream) -> std::io::Result<()> {
    let header = [stream.read_u8().await?, stream.read_u8().await?];
    let mut content = vec![0; usize::from(header[1])];
    stream.read_exact(&mut content).await?;
    Ok(())
}

/// A client's frame, under a mask that changes nothing.
fn frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(short @ 0..=125) => frame.push(0x80 | short),
        _ => {
            frame.push(0x80 | 126);
            let length = u16::try_from(text.len()).expect("a request is short");
            frame.extend_from_slice(&length.to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    frame
}

async fn read(stream: TcpStream, seen: Arc<Seen>) {
    let mut rest = Vec::new();
    loop {
        if stream.readable().await.is_err() {
            return;
        }
        let mut bytes = [0; 32 * 1024];
        match stream.try_read(&mut bytes) {
            Ok(0) => return,
            Ok(count) => {
                if rest.is_empty() {
                    let taken = frames(&bytes[..count], &seen);
                    rest.extend_from_slice(&bytes[taken..count]);
                } else {
                    rest.extend_from_slice(&bytes[..count]);
                    let taken = frames(&rest, &seen);
                    rest.drain(..taken);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// Counts the messages among whole frames; how many bytes these are.
fn frames(bytes: &[u8], seen: &Seen) -> usize {
    let (mut at, mut count) = (0, 0);
    let notes = seen.notes.load(Relaxed);
    while let Some(&[_, short, ..]) = bytes.get(at..) {
        let (length, begin) = match (short, bytes.get(at + 2..at + 4)) {
            (126, Some(&[a, b])) => (usize::from(u16::from_be_bytes([a, b])), at + 4),
            (126.., _) => break,
            (short, _) => (usize::from(short), at + 2),
        };
        let Some(content) = bytes.get(begin..begin + length) else {
            break;
        };
        if length >= MESSAGE_BYTES_MIN {
            count += 1;
            if notes {
                seen.note(content);
            }
        }
        at = begin + length;
    }
    seen.deliveries.fetch_add(count, Relaxed);
    at
}
