//! One connection: moves bytes between a socket and a session, and tags into the hub.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use super::limits::{LINGER_BYTES_MAX, READ_BYTES};
use super::{Limits, next_ingest};
use crate::flv::{MediaInfo, Tag};
use crate::gate::{Gate, IngestId, PublishRequest, StopReason};
use crate::hub::{Hub, Publishing};
use crate::rtmp::session::{Action, BAD_NAME, CloseReason, Request, Session};

/// What is told to a publisher, and to the gate, when the program ends.
const SHUTTING_DOWN: &str = "the server is shutting down";

pub(super) struct Connection {
    socket: TcpStream,
    peer: SocketAddr,
    gate: Arc<dyn Gate>,
    hub: Arc<Hub>,
    limits: Limits,
    session: Session,
    began: Instant,
    /// Bytes to be written; never more than the replies to one read.
    out: Vec<u8>,
    has_sent: bool,
    live: Option<Live>,
}

/// An admitted publisher.
struct Live {
    broadcast: String,
    ingest: IngestId,
    publishing: Publishing,
    media: MediaInfo,
    is_started: bool,
}

/// What ended a wait.
enum Event {
    Read(io::Result<usize>),
    Stop(StopReason),
    Timer,
}

impl Connection {
    pub(super) fn new(
        socket: TcpStream,
        peer: SocketAddr,
        gate: Arc<dyn Gate>,
        hub: Arc<Hub>,
        limits: Limits,
    ) -> Self {
        // Any number that differs between connections will do; see `Handshake::new`.
        let seed = u64::from(peer.port()) << 32 | 0x9E37_79B9;
        Self {
            socket,
            peer,
            gate,
            hub,
            limits,
            session: Session::new(limits.session, seed, Duration::ZERO),
            began: Instant::now(),
            out: Vec::new(),
            has_sent: false,
            live: None,
        }
    }

    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        debug!(peer = %self.peer, "rtmp connection opened");
        let reason = self.drive(&shutdown).await;
        debug!(peer = %self.peer, %reason, "rtmp connection closed");
        self.stop(reason).await;
        self.linger().await;
    }

    /// Runs the connection to its end, whose reason it gives.
    async fn drive(&mut self, shutdown: &CancellationToken) -> StopReason {
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match self.act().await {
                Ok(None) => {}
                Ok(Some(reason)) => return reason,
                Err(error) => return stop_reason_of(&error),
            }
            match self.wait(&mut buffer, shutdown).await {
                Event::Read(Ok(0)) => return StopReason::Disconnected,
                Event::Read(Ok(length)) => {
                    let now = self.now();
                    self.session
                        .receive(buffer.get(..length).unwrap_or_default(), now);
                }
                Event::Read(Err(error)) => return stop_reason_of(&error),
                Event::Stop(reason) => {
                    match &reason {
                        StopReason::Kicked(why) => self.session.end(why),
                        other => self.session.end(&other.to_string()),
                    }
                    // Write errors change nothing any more: the reason stands.
                    let _closed = self.act().await;
                    return reason;
                }
                Event::Timer => {
                    if let Some(live) = &mut self.live {
                        live.publishing.flush_if_due();
                    }
                    self.session.tick(self.now());
                }
            }
        }
    }

    async fn wait(&mut self, buffer: &mut [u8], shutdown: &CancellationToken) -> Event {
        let deadline = self
            .session
            .deadline()
            .and_then(|at| self.began.checked_add(at));
        let due = self.live.as_ref().and_then(|live| live.publishing.due());
        let timer = deadline.into_iter().chain(due).min();
        let live = self.live.as_ref();
        tokio::select! {
            biased;
            () = shutdown.cancelled() => Event::Stop(StopReason::Kicked(SHUTTING_DOWN.to_owned())),
            reason = async {
                match live {
                    Some(live) => live.publishing.stopped().await,
                    None => pending().await,
                }
            } => Event::Stop(reason),
            () = async {
                match timer {
                    Some(timer) => sleep_until(timer).await,
                    None => pending().await,
                }
            } => Event::Timer,
            read = self.socket.read(buffer) => Event::Read(read),
        }
    }

    /// Does everything that the session asks for; gives a reason if it asks for the end.
    async fn act(&mut self) -> io::Result<Option<StopReason>> {
        while let Some(action) = self.session.poll_action() {
            match action {
                Action::Send(bytes) => self.out.extend_from_slice(&bytes),
                Action::Publish(request) => {
                    self.flush().await?;
                    self.publish(request).await;
                }
                Action::Media(tag) | Action::Metadata(tag) => self.media(&tag).await,
                Action::Unpublish => {
                    self.stop(StopReason::Unpublished).await;
                }
                Action::Close(reason) => {
                    self.flush().await?;
                    return Ok(Some(stop_reason(&reason)));
                }
            }
        }
        self.flush().await?;
        Ok(None)
    }

    async fn publish(&mut self, request: Request) {
        let ingest = next_ingest();
        let peer = self.peer;
        let mark = self.hub.mark();
        let Request { app, key, tc_url } = request;
        // Never dropped half way: the gate may have recorded its decision.
        let answer = self
            .gate
            .publish(PublishRequest {
                app,
                key,
                peer,
                ingest,
                tc_url,
            })
            .await;
        let admission = match answer {
            Ok(admission) => admission,
            Err(refusal) => {
                info!(%ingest, %peer, reason = refusal.description, "publisher refused");
                self.session.refuse_publish(BAD_NAME, &refusal.description);
                return;
            }
        };
        let broadcast = admission.broadcast;
        match self.hub.attach(&broadcast, ingest, mark) {
            Ok(publishing) => {
                info!(%ingest, %peer, broadcast, "publisher admitted");
                let media = MediaInfo::default();
                self.live = Some(Live {
                    broadcast,
                    ingest,
                    publishing,
                    media,
                    is_started: false,
                });
                self.session.accept_publish(self.now());
            }
            Err(reason) => {
                info!(%ingest, %peer, broadcast, %reason, "publisher admitted too late");
                self.session.refuse_publish(BAD_NAME, &reason.to_string());
                self.gate.stopped(&broadcast, ingest, reason).await;
            }
        }
    }

    async fn media(&mut self, tag: &Tag) {
        let Some(live) = &mut self.live else { return };
        live.publishing.push(tag);
        if !live.is_started && live.media.observe(tag) {
            live.is_started = true;
            let media = live.media.clone();
            info!(ingest = %live.ingest, peer = %self.peer, ?media, "publisher started");
            self.gate.started(&live.broadcast, live.ingest, media).await;
        }
    }

    /// Gives the broadcast back and reports it, if a publisher was admitted.
    async fn stop(&mut self, reason: StopReason) {
        let Some(Live {
            broadcast,
            ingest,
            publishing,
            ..
        }) = self.live.take()
        else {
            return;
        };
        drop(publishing);
        info!(%ingest, peer = %self.peer, %reason, "publisher stopped");
        self.gate.stopped(&broadcast, ingest, reason).await;
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        timeout(self.limits.write_timeout, self.socket.write_all(&self.out)).await??;
        self.out.clear();
        self.has_sent = true;
        Ok(())
    }

    /// Lets the peer read what it was told before the connection is gone.
    async fn linger(&mut self) {
        if !self.has_sent || self.socket.shutdown().await.is_err() {
            return;
        }
        let mut buffer = vec![0; READ_BYTES];
        let mut left = LINGER_BYTES_MAX;
        let socket = &mut self.socket;
        let drained = timeout(self.limits.linger, async {
            while left > 0 {
                match socket.read(&mut buffer).await {
                    Ok(0) | Err(_) => break,
                    Ok(length) => left = left.saturating_sub(length),
                }
            }
        });
        // Whether the peer closed in time or not, this side has done what it can.
        let _in_time = drained.await;
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

/// What an ended session means for its publisher.
fn stop_reason(reason: &CloseReason) -> StopReason {
    match reason {
        CloseReason::NotRtmp(_)
        | CloseReason::Chunk(_)
        | CloseReason::Command(_)
        | CloseReason::Play
        | CloseReason::Refused(_) => StopReason::Protocol(reason.to_string()),
        CloseReason::PublishTimeout | CloseReason::Idle => StopReason::TimedOut,
        CloseReason::Ended(reason) => StopReason::Kicked(reason.clone()),
    }
}

fn stop_reason_of(error: &io::Error) -> StopReason {
    match error.kind() {
        io::ErrorKind::TimedOut => StopReason::TimedOut,
        _ => StopReason::Disconnected,
    }
}
