//! One connection: moves bytes between a socket and a session, tags into the hub, and out of it.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::Limits;
use super::limits::{LINGER_BYTES_MAX, READ_BYTES};
use super::live::Live;
use super::watching::Watching;
use crate::gate::{Gate, PlayRequest, StopReason};
use crate::hub::Hub;
use crate::playback::End;
use crate::rtmp::session::{
    self, Action, BAD_NAME, CloseReason, PLAY_FAILED, Request, STREAM_NOT_FOUND, Session,
};

/// What is told to a publisher, and to the gate, when the program ends.
const SHUTTING_DOWN: &str = "the server is shutting down";

/// What is told to a player whose broadcast was closed to the public.
const PRIVATE_NOW: &str =
    "this stream is private now: ask its streamer for an address with a ticket";

pub(super) struct Connection<S> {
    socket: S,
    peer: SocketAddr,
    gate: Arc<dyn Gate>,
    hub: Arc<Hub>,
    limits: Limits,
    session: Session,
    began: Instant,
    /// Bytes to be written; never more than the replies to one read, or one piece of what is played.
    out: Vec<u8>,
    has_sent: bool,
    live: Option<Live>,
    watching: Option<Watching>,
}

/// What ended a wait.
enum Event {
    Read(io::Result<usize>),
    /// A piece of what is played; none at its end.
    Piece(Option<Bytes>),
    Stop(StopReason),
    Timer,
}

impl<S> Connection<S> {
    pub(super) fn new(
        socket: S,
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
            watching: None,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Connection<S> {
    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        debug!(peer = %self.peer, "rtmp connection opened");
        let reason = self.drive(&shutdown).await;
        debug!(peer = %self.peer, %reason, "rtmp connection closed");
        self.stop(reason).await;
        self.linger().await;
    }

    /// Runs the connection to its end, whose reason it gives.
    async fn drive(&mut self, shutdown: &CancellationToken) -> StopReason {
        // Payloads are slices of it: it is used again once nobody holds one.
        let mut buffer = BytesMut::new();
        loop {
            match self.act().await {
                Ok(None) => {}
                Ok(Some(reason)) => return reason,
                Err(error) => return stop_reason_of(&error),
            }
            match self.wait(&mut buffer, shutdown).await {
                Event::Read(Ok(0)) => return StopReason::Disconnected,
                Event::Read(Ok(_)) => {
                    let now = self.now();
                    self.session.receive(buffer.split().freeze(), now);
                }
                Event::Piece(Some(piece)) => {
                    if let Some(watching) = &mut self.watching {
                        watching.pass_on(&piece, &self.session, &mut self.out);
                    }
                }
                Event::Piece(None) => {
                    let end = self.watching.take().map(|watching| watching.end());
                    match end {
                        Some(End::Closed) => self.session.end(PRIVATE_NOW),
                        Some(End::Ended) | None => self.session.finish_playing(),
                    }
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
                        live.flush_if_due();
                    }
                    self.session.tick(self.now());
                }
            }
        }
    }

    async fn wait(&mut self, buffer: &mut BytesMut, shutdown: &CancellationToken) -> Event {
        let deadline = self
            .session
            .deadline()
            .and_then(|at| self.began.checked_add(at));
        let due = self.live.as_ref().and_then(Live::due);
        let timer = deadline.into_iter().chain(due).min();
        let live = self.live.as_ref();
        let watching = self.watching.as_mut();
        buffer.reserve(READ_BYTES);
        tokio::select! {
            biased;
            () = shutdown.cancelled() => Event::Stop(StopReason::Kicked(SHUTTING_DOWN.to_owned())),
            reason = async {
                match live {
                    Some(live) => live.stopped().await,
                    None => pending().await,
                }
            } => Event::Stop(reason),
            () = async {
                match timer {
                    Some(timer) => sleep_until(timer).await,
                    None => pending().await,
                }
            } => Event::Timer,
            read = self.socket.read_buf(buffer) => Event::Read(read),
            piece = async {
                match watching {
                    Some(watching) => watching.next().await,
                    None => pending().await,
                }
            } => Event::Piece(piece),
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
                Action::Play(request) => {
                    self.flush().await?;
                    self.play(request).await;
                }
                Action::Pause(is_paused) => {
                    if let Some(watching) = &mut self.watching
                        && !watching.pause(is_paused, &self.hub)
                    {
                        self.watching = None;
                        self.session.finish_playing();
                    }
                }
                Action::StopPlaying => self.watching = None,
                Action::Media(tag) | Action::Metadata(tag) => {
                    if let Some(live) = &mut self.live {
                        live.take(&tag, self.gate.as_ref(), self.peer).await;
                    }
                }
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
        match Live::begin(request, self.peer, self.gate.as_ref(), &self.hub).await {
            Ok(live) => {
                self.live = Some(live);
                self.session.accept_publish(self.now());
            }
            Err(why) => self.session.refuse_publish(BAD_NAME, &why),
        }
    }

    async fn play(&mut self, request: session::PlayRequest) {
        let peer = self.peer;
        let session::PlayRequest {
            app,
            name,
            query,
            tc_url,
        } = request;
        let request = PlayRequest {
            app,
            name,
            query,
            peer,
            tc_url,
        };
        let seat = match self.gate.play(request).await {
            Ok(seat) => seat,
            Err(refusal) => {
                debug!(%peer, reason = refusal.description, "player refused");
                self.session.refuse_play(PLAY_FAILED, &refusal.description);
                return;
            }
        };
        match Watching::begin(seat, &self.hub) {
            Some(watching) => {
                debug!(%peer, broadcast = watching.broadcast(), "player admitted");
                self.watching = Some(watching);
                self.session.accept_play(self.now());
            }
            None => self
                .session
                .refuse_play(STREAM_NOT_FOUND, "There is nothing to watch here now."),
        }
    }

    /// Gives the broadcast back and reports it, if a publisher was admitted.
    async fn stop(&mut self, reason: StopReason) {
        if let Some(live) = self.live.take() {
            live.end(reason, self.gate.as_ref(), self.peer).await;
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let writing = timeout(self.limits.write_timeout, self.socket.write_all(&self.out));
        let Ok(written) = writing.await else {
            if let Some(watching) = &self.watching {
                watching.was_cut();
            }
            return Err(io::ErrorKind::TimedOut.into());
        };
        written?;
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
        | CloseReason::Refused(_) => StopReason::Protocol(reason.to_string()),
        CloseReason::HandshakeTimeout
        | CloseReason::ConnectTimeout
        | CloseReason::PublishTimeout
        | CloseReason::PauseTimeout
        | CloseReason::Idle => StopReason::TimedOut,
        CloseReason::Played => StopReason::Unpublished,
        CloseReason::Ended(reason) => StopReason::Kicked(reason.clone()),
    }
}

fn stop_reason_of(error: &io::Error) -> StopReason {
    match error.kind() {
        io::ErrorKind::TimedOut => StopReason::TimedOut,
        _ => StopReason::Disconnected,
    }
}
