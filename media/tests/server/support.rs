//! A publisher written by hand, a gate that writes down what it is told, and waits with a deadline.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tributary_media::amf0::{Value, encode};
use tributary_media::flv::{MediaInfo, reader};
use tributary_media::gate::{
    self, Admission, Gate, IngestId, PlayRequest, PublishRequest, Refusal, Seat, StopReason,
};
use tributary_media::hub::{Hub, Leave, PublicMark, Settings};
use tributary_media::playback::Playback;
use tributary_media::rtmp::chunk;
use tributary_media::rtmp::message::{Kind, Message};
use tributary_media::server::{self, Limits, Transport};

/// How long anything may take on a busy machine before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for something that has to happen.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what)
        .await
        .expect("it happens before the deadline")
}

#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    Asked(IngestId),
    Started(String, IngestId, MediaInfo),
    Stopped(String, IngestId, StopReason),
}

/// Admits every key but `bad` to the broadcast of its name; `slow` waits to be let go on. Everybody may
/// watch but `bad`.
pub struct Book {
    told: mpsc::UnboundedSender<Told>,
    pub go_on: Notify,
    /// Players that were given something and are not gone.
    pub players: Arc<AtomicUsize>,
}

/// A player, counted once it was given something.
struct Player {
    players: Arc<AtomicUsize>,
    is_counted: bool,
}

impl gate::Viewer for Player {
    fn received(&mut self) {
        assert!(!self.is_counted, "once");
        self.is_counted = true;
        self.players.fetch_add(1, Relaxed);
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        if self.is_counted {
            self.players.fetch_sub(1, Relaxed);
        }
    }
}

#[async_trait]
impl Gate for Book {
    async fn publish(&self, request: PublishRequest) -> Result<Admission, Refusal> {
        let _open = self.told.send(Told::Asked(request.ingest));
        match request.key.as_str() {
            "bad" => Err(Refusal {
                description: "No channel has this key.".to_owned(),
            }),
            "slow" => {
                self.go_on.notified().await;
                Ok(Admission {
                    broadcast: "slow".to_owned(),
                })
            }
            key => Ok(Admission {
                broadcast: key.to_owned(),
            }),
        }
    }

    async fn play(&self, request: PlayRequest) -> Result<Seat, Refusal> {
        if request.query == "bad" {
            return Err(Refusal {
                description: "This broadcast is not for you.".to_owned(),
            });
        }
        let leave = match request.query.as_str() {
            "guest" => Leave::Public(PublicMark::default()),
            _ => Leave::Own,
        };
        Ok(Seat {
            broadcast: request.name,
            leave,
            viewer: Box::new(Player {
                players: Arc::clone(&self.players),
                is_counted: false,
            }),
        })
    }

    async fn started(&self, broadcast: &str, ingest: IngestId, media: MediaInfo) {
        let _open = self
            .told
            .send(Told::Started(broadcast.to_owned(), ingest, media));
    }

    async fn stopped(&self, broadcast: &str, ingest: IngestId, reason: StopReason) {
        let _open = self
            .told
            .send(Told::Stopped(broadcast.to_owned(), ingest, reason));
    }
}

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    pub hub: Arc<Hub>,
    pub gate: Arc<Book>,
    told: Mutex<Option<mpsc::UnboundedReceiver<Told>>>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn new(limits: Limits) -> Self {
        Self::over(Transport::Plain, limits).await
    }

    pub async fn over(transport: Transport, limits: Limits) -> Self {
        let listener = server::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let settings = Settings {
            merge_interval: Duration::ZERO,
            ..Settings::default()
        };
        let hub = Arc::new(Hub::new(settings));
        let (sender, told) = mpsc::unbounded_channel();
        let gate = Arc::new(Book {
            told: sender,
            go_on: Notify::new(),
            players: Arc::default(),
        });
        let shutdown = CancellationToken::new();
        let book = Arc::clone(&gate) as Arc<dyn Gate>;
        let server = server::Server::new(book, Arc::clone(&hub), limits);
        let stop = shutdown.clone();
        let task = tokio::spawn(async move { server.listen(listener, transport, stop).await });
        Self {
            address,
            hub,
            gate,
            told: Mutex::new(Some(told)),
            shutdown,
            task,
        }
    }

    /// The next thing that the gate was told.
    pub async fn told(&self) -> Told {
        let mut told = self
            .told
            .lock()
            .unwrap()
            .take()
            .expect("one test waits at a time");
        let next = soon(told.recv()).await.unwrap();
        *self.told.lock().unwrap() = Some(told);
        next
    }

    /// The next thing, which has to be that a publisher stopped.
    pub async fn stopped(&self) -> StopReason {
        match self.told().await {
            Told::Stopped(_, _, reason) => reason,
            other => panic!("{other:?} is not a stop"),
        }
    }

    /// Ends the server and gives what the gate was told and nobody asked for yet.
    pub async fn end(self) -> Vec<Told> {
        self.shutdown.cancel();
        soon(self.task).await.unwrap();
        let mut told = self.told.lock().unwrap().take().unwrap();
        let mut rest = Vec::new();
        while let Ok(next) = told.try_recv() {
            rest.push(next);
        }
        rest
    }
}

/// What a client speaks over.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// A client's connection: a publisher's, or a player's.
pub struct Publisher {
    pub socket: Box<dyn Wire>,
    reader: chunk::Reader,
    buffer: Bytes,
}

impl Publisher {
    /// Connects and shakes hands.
    pub async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap()).await
    }

    /// Shakes hands.
    pub async fn over(mut socket: impl Wire + 'static) -> Self {
        let mut hello = vec![3];
        hello.extend([1; 1_536]);
        socket.write_all(&hello).await.unwrap();
        let mut answer = vec![0; 1 + 2 * 1_536];
        soon(socket.read_exact(&mut answer)).await.unwrap();
        assert_eq!(answer[1 + 1_536..], hello[1..]);
        socket.write_all(&answer[1..=1_536]).await.unwrap();
        let limits = chunk::Limits {
            message_bytes_max: 1_000_000,
            buffered_bytes_max: 2_000_000,
        };
        Self {
            socket: Box::new(socket),
            reader: chunk::Reader::new(limits),
            buffer: Bytes::new(),
        }
    }

    /// Connects and asks to publish; the answer is still to be read.
    pub async fn ask(address: SocketAddr, key: &str) -> Self {
        let mut publisher = Self::connect(address).await;
        publisher.ask_for(key).await;
        publisher
    }

    /// Asks to publish.
    pub async fn ask_for(&mut self, key: &str) {
        self.create_stream().await;
        let arguments = [Value::Null, Value::string(key), Value::string("live")];
        self.command(1, "publish", 3.0, &arguments).await;
    }

    /// Connects and asks to play; the answer is still to be read.
    pub async fn watch(address: SocketAddr, name: &str) -> Self {
        let mut player = Self::connect(address).await;
        player.create_stream().await;
        let arguments = [Value::Null, Value::string(name), Value::Number(-1_000.0)];
        player.command(1, "play", 3.0, &arguments).await;
        player
    }

    async fn create_stream(&mut self) {
        let application = Value::object([("app", Value::string("live"))]);
        self.command(0, "connect", 1.0, &[application]).await;
        self.command(0, "createStream", 2.0, &[Value::Null]).await;
    }

    /// A publisher that was told to start.
    pub async fn start(address: SocketAddr, key: &str) -> Self {
        let mut publisher = Self::ask(address, key).await;
        assert_eq!(publisher.status().await.0, "NetStream.Publish.Start");
        publisher
    }

    pub async fn send(&mut self, kind: Kind, stream: u32, timestamp: u32, body: &[u8]) {
        let payload = Bytes::copy_from_slice(body);
        let id = match kind {
            Kind::Audio => 4,
            Kind::Video => 6,
            _ => 3,
        };
        let mut bytes = Vec::new();
        chunk::write(
            &mut bytes,
            id,
            &Message {
                kind,
                timestamp,
                stream,
                payload,
            },
            128,
        );
        self.socket.write_all(&bytes).await.unwrap();
    }

    pub async fn command(&mut self, stream: u32, name: &str, id: f64, arguments: &[Value]) {
        let mut body = Vec::new();
        for value in [Value::string(name), Value::Number(id)]
            .iter()
            .chain(arguments)
        {
            encode(value, &mut body).unwrap();
        }
        self.send(Kind::CommandAmf0, stream, 0, &body).await;
    }

    /// A key frame of this size whose bytes are all `mark`.
    pub async fn key_frame(&mut self, timestamp: u32, mark: u8, size: usize) {
        let mut body = vec![0x17, 1, 0, 0, 0];
        body.resize(5 + size, mark);
        self.send(Kind::Video, 1, timestamp, &body).await;
    }

    pub async fn headers(&mut self) {
        self.send(Kind::Video, 1, 0, &[0x17, 0, 0, 0, 0, 1]).await;
        self.send(Kind::Audio, 1, 0, &[0xAF, 0, 0x12, 0x10]).await;
    }

    /// Code and description of the next `onStatus`.
    pub async fn status(&mut self) -> (String, String) {
        loop {
            let message = self.message().await.expect("a status before the end");
            if message.kind != Kind::CommandAmf0 {
                continue;
            }
            let values = tributary_media::amf0::decode_all(&message.payload).unwrap();
            if values[0] == Value::string("onStatus") {
                let text = |name| values[3].get(name).unwrap().as_str().unwrap().to_owned();
                return (text("code"), text("description"));
            }
        }
    }

    /// Reads until an `onStatus` has this code.
    pub async fn until_code(&mut self, code: &str) {
        while self.status().await.0 != code {}
    }

    /// The next audio or video message.
    pub async fn media(&mut self) -> Message {
        loop {
            let message = self.message().await.expect("media before the end");
            if matches!(message.kind, Kind::Audio | Kind::Video) {
                return message;
            }
        }
    }

    /// The next message, or `None` when the server has closed the connection.
    pub async fn message(&mut self) -> Option<Message> {
        loop {
            let message = self.reader.read(&mut self.buffer).unwrap();
            if message.is_some() {
                return message;
            }
            let mut bytes = vec![0; 4_096];
            let length = soon(self.socket.read(&mut bytes)).await.unwrap_or(0);
            if length == 0 {
                return None;
            }
            bytes.truncate(length);
            self.buffer = bytes.into();
        }
    }

    /// Reads until the server has closed the connection.
    pub async fn until_closed(&mut self) {
        while self.message().await.is_some() {}
    }
}

/// A viewer and all that it was given.
pub struct Viewer {
    playback: Playback,
    bytes: Vec<u8>,
}

impl Viewer {
    pub fn new(hub: &Hub, key: &str) -> Self {
        Self {
            playback: hub.watch(key, Leave::Own).expect("there is a broadcast"),
            bytes: Vec::new(),
        }
    }

    pub fn file(&self) -> reader::File {
        reader::read(&Bytes::copy_from_slice(&self.bytes)).unwrap()
    }

    /// Reads until there are so many tags.
    pub async fn until_tags(&mut self, count: usize) -> reader::File {
        while self.bytes.is_empty() || self.file().tags.len() < count {
            assert!(self.read().await, "more is to come");
        }
        self.file()
    }

    /// Reads to the end.
    pub async fn until_end(mut self) -> reader::File {
        while self.read().await {}
        self.file()
    }

    async fn read(&mut self) -> bool {
        let mut pieces = VecDeque::new();
        let given = soon(self.playback.next(&mut pieces)).await;
        self.bytes.extend(Vec::from(pieces).concat());
        given.is_some()
    }
}
