//! The whole server on one thread, with many publishers and nobody who watches.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tributary_media::amf0::{Value, encode};
use tributary_media::flv::MediaInfo;
use tributary_media::gate::{
    Admission, Gate, IngestId, PlayRequest, PublishRequest, Refusal, Seat, StopReason,
};
use tributary_media::hub::{Hub, Settings};
use tributary_media::rtmp::chunk;
use tributary_media::rtmp::message::{Kind, Message};
use tributary_media::server::{self, Limits};

/// As many as the figure is asked for.
const PUBLISHERS: usize = 200;

/// Frames per second and bytes of each: 2 Mbit/s together with the sound.
const FRAME_RATE: u32 = 30;
const VIDEO_BYTES: usize = 8_000;
const AUDIO_BYTES: usize = 340;

/// OBS's chunk size.
const CHUNK_BYTES: usize = 4_096;

/// Admits everybody.
struct Open;

#[async_trait]
impl Gate for Open {
    async fn publish(&self, request: PublishRequest) -> Result<Admission, Refusal> {
        Ok(Admission {
            broadcast: request.key,
        })
    }

    async fn play(&self, _: PlayRequest) -> Result<Seat, Refusal> {
        Err(Refusal::new("nobody watches here"))
    }

    async fn started(&self, _: &str, _: IngestId, _: MediaInfo) {}

    async fn stopped(&self, _: &str, _: IngestId, _: StopReason) {}
}

pub fn run(seconds: u64) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let hub = Arc::new(Hub::new(Settings::default()));
    let serving = {
        let (stop, hub) = (stop.clone(), Arc::clone(&hub));
        std::thread::spawn(move || {
            runtime().block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let limits = Limits {
                    connections_per_address_max: PUBLISHERS,
                    ..Limits::default()
                };
                server::serve(listener, Arc::new(Open), hub, limits, stop).await;
            });
        })
    };
    let (used, mbit) = runtime().block_on(measure(address, &hub, seconds));
    stop.cancel();
    serving.join().unwrap();
    println!(
        "{PUBLISHERS} publishers, {mbit:.2} Mbit/s each, no viewers: {:.1} % of one core \
         (wanted: at most 25)",
        used * 100.0
    );
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

/// The share of a core that all threads but this one used, and what each publisher sent.
async fn measure(address: SocketAddr, hub: &Hub, seconds: u64) -> (f64, f64) {
    let mut sockets = Vec::new();
    for number in 0..PUBLISHERS {
        sockets.push(publisher(address, number).await);
    }
    while hub.stats().publishers < PUBLISHERS as u64 {
        tokio::task::yield_now().await;
    }
    let (start, taken) = (Instant::now(), hub.stats().ingest_bytes);
    let used = others_cpu();
    let until = start + Duration::from_secs(seconds);
    let interval = Duration::from_secs(1) / FRAME_RATE;
    let sending = sockets.into_iter().enumerate().map(|(number, socket)| {
        // Spread over a frame interval, as people are.
        let offset = interval * u32::try_from(number).unwrap() / u32::try_from(PUBLISHERS).unwrap();
        tokio::spawn(send(socket, start + offset, interval, until))
    });
    for sent in sending.collect::<Vec<_>>() {
        sent.await.unwrap();
    }
    let (elapsed, used) = (start.elapsed(), others_cpu() - used);
    let bytes = hub.stats().ingest_bytes - taken;
    let share = used.as_secs_f64() / elapsed.as_secs_f64();
    #[expect(
        clippy::cast_precision_loss,
        reason = "it is printed with three digits"
    )]
    let mbit = bytes as f64 * 8.0 / 1e6 / elapsed.as_secs_f64() / PUBLISHERS as f64;
    (share, mbit)
}

async fn send(mut socket: TcpStream, first: Instant, interval: Duration, until: Instant) {
    let mut number = 0_u32;
    loop {
        let due = first + interval * number;
        if due >= until {
            return;
        }
        tokio::time::sleep_until(due.into()).await;
        let mut out = Vec::with_capacity(VIDEO_BYTES + AUDIO_BYTES + 64);
        let time = number * 1_000 / FRAME_RATE;
        let first = if number.is_multiple_of(2 * FRAME_RATE) {
            0x17
        } else {
            0x27
        };
        let mut video = vec![first, 1, 0, 0, 0];
        video.resize(VIDEO_BYTES, 1);
        let mut audio = vec![0xAF, 1];
        audio.resize(AUDIO_BYTES, 1);
        append(&mut out, 6, Kind::Video, time, video);
        append(&mut out, 4, Kind::Audio, time, audio);
        socket.write_all(&out).await.unwrap();
        number += 1;
    }
}

/// Connects, is admitted, and sets the chunk size.
async fn publisher(address: SocketAddr, number: usize) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let mut out = vec![3];
    out.extend([1; 1_536]);
    socket.write_all(&out).await.unwrap();
    socket
        .read_exact(&mut vec![0; 1 + 2 * 1_536])
        .await
        .unwrap();
    out = vec![1; 1_536];
    let live = Value::object([("app", Value::string("live"))]);
    let publish = [Value::Null, Value::string(number.to_string())];
    for (stream, name, arguments) in [(0, "connect", &[live][..]), (1, "publish", &publish)] {
        let mut body = Vec::new();
        for value in [Value::string(name), Value::Number(1.0)]
            .iter()
            .chain(arguments)
        {
            encode(value, &mut body).unwrap();
        }
        let message = Message {
            stream,
            ..Message::control(Kind::CommandAmf0, body)
        };
        chunk::write(&mut out, 3, &message, chunk::DEFAULT_CHUNK_BYTES);
    }
    let size = u32::try_from(CHUNK_BYTES).unwrap().to_be_bytes().to_vec();
    let size = Message::control(Kind::SetChunkSize, size);
    chunk::write(&mut out, 2, &size, chunk::DEFAULT_CHUNK_BYTES);
    append(&mut out, 6, Kind::Video, 0, vec![0x17, 0, 0, 0, 0, 1]);
    append(&mut out, 4, Kind::Audio, 0, vec![0xAF, 0, 0x12, 0x10]);
    socket.write_all(&out).await.unwrap();
    socket
}

fn append(out: &mut Vec<u8>, id: u8, kind: Kind, timestamp: u32, payload: Vec<u8>) {
    let message = Message {
        kind,
        timestamp,
        stream: 1,
        payload: Bytes::from(payload),
    };
    chunk::write(out, id, &message, CHUNK_BYTES);
}

/// Time on a processor of all threads of this process but the calling one, the kernel's work for them
/// included.
fn others_cpu() -> Duration {
    let own = std::fs::read_link("/proc/thread-self").unwrap();
    let own = own.file_name().unwrap().to_owned();
    let threads = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let nanoseconds = threads
        .filter(|thread| thread.file_name() != own)
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|line| line.split(' ').next()?.parse::<u64>().ok());
    Duration::from_nanos(nanoseconds.sum())
}
