//! The smallest use of the crate: takes every key but `bad`, and writes what a viewer gets to a file.
//!
//! ```text
//! cargo run -p tributary-media --example ingest -- 127.0.0.1:1935 out
//! ffmpeg -re -f lavfi -i testsrc -c:v libx264 -f flv rtmp://127.0.0.1/live/key
//! ffplay rtmp://127.0.0.1/live/key
//! ```
//!
//! Each time that a key's first frame arrives while nobody watches it, a viewer starts to write
//! `out-<key>.flv`; the broadcast ends when its publisher says that it is done, or with Ctrl-C.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::io::AsyncWriteExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tributary_media::flv::MediaInfo;
use tributary_media::gate::{
    Admission, Gate, IngestId, PlayRequest, PublishRequest, Refusal, Seat, StopReason, Viewer,
};
use tributary_media::hub::{Hub, Leave, Settings};
use tributary_media::playback::Playback;
use tributary_media::server::{Limits, serve};

struct EveryKey {
    hub: Arc<Hub>,
    prefix: String,
    writers: TaskTracker,
}

struct Anybody;

impl Viewer for Anybody {
    fn received(&mut self) {}
}

#[async_trait]
impl Gate for EveryKey {
    async fn publish(&self, request: PublishRequest) -> Result<Admission, Refusal> {
        println!("asks to publish: {request:?}");
        if request.key == "bad" || request.key.contains('/') {
            return Err(Refusal {
                description: "This stream key is not valid.".to_owned(),
            });
        }
        Ok(Admission {
            broadcast: request.key,
        })
    }

    async fn play(&self, request: PlayRequest) -> Result<Seat, Refusal> {
        println!("asks to watch: {request:?}");
        Ok(Seat {
            broadcast: request.name,
            leave: Leave::Own,
            viewer: Box::new(Anybody),
        })
    }

    async fn started(&self, broadcast: &str, ingest: IngestId, media: MediaInfo) {
        println!("started: {broadcast} by {ingest}: {media:?}");
        let watched = self
            .hub
            .broadcast_stats(broadcast)
            .is_some_and(|stats| stats.viewers > 0);
        if let Some(playback) = self.hub.watch(broadcast, Leave::Own).filter(|_| !watched) {
            let path = format!("{}-{broadcast}.flv", self.prefix);
            self.writers.spawn(async move {
                match write(playback, &path).await {
                    Ok(bytes) => println!("{path}: {bytes} bytes"),
                    Err(error) => eprintln!("{path}: {error}"),
                }
            });
        }
    }

    async fn stopped(&self, broadcast: &str, ingest: IngestId, reason: StopReason) {
        println!("stopped: {broadcast} by {ingest}: {reason}");
        if reason == StopReason::Unpublished {
            self.hub.end(broadcast);
        }
    }
}

async fn write(mut playback: Playback, path: &str) -> std::io::Result<usize> {
    let mut file = tokio::fs::File::create(path).await?;
    let mut written = 0;
    let mut pieces = VecDeque::new();
    while let Some(bytes) = playback.next(&mut pieces).await {
        for piece in pieces.drain(..) {
            file.write_all(&piece).await?;
        }
        written += bytes;
    }
    file.flush().await?;
    Ok(written)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .unwrap_or_else(|| "127.0.0.1:1935".to_owned());
    let prefix = arguments.next().unwrap_or_else(|| "out".to_owned());
    let hub = Arc::new(Hub::new(Settings::default()));
    let writers = TaskTracker::new();
    let gate = Arc::new(EveryKey {
        hub: Arc::clone(&hub),
        prefix,
        writers: writers.clone(),
    });
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);

    let shutdown = CancellationToken::new();
    let server = tokio::spawn(serve(
        listener,
        gate,
        Arc::clone(&hub),
        Limits::default(),
        shutdown.clone(),
    ));
    tokio::signal::ctrl_c().await?;
    shutdown.cancel();
    server.await?;
    for key in hub.keys() {
        hub.end(&key);
    }
    writers.close();
    writers.wait().await;
    println!("{:?}", hub.stats());
    Ok(())
}
