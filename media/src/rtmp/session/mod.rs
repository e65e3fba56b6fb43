//! The server's side of one connection as a state machine.
//!
//! The caller passes in bytes and the time, then takes [`Action`]s until there are none. The session
//! stops reading at `publish` and `play` until it was told to accept or to refuse: no `Publish.Start` is
//! sent and no media handed out before the key was judged, and none sent to who may not watch. The
//! actions are the same however the bytes were split.

mod action;
mod command;
mod commands;
pub mod limits;
mod messages;
mod pace;
mod playing;
mod reply;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Buf as _, Bytes};

pub use self::action::{Action, CloseReason, PlayRequest, Request};
pub use self::limits::Limits;
use self::limits::{HELD_BYTES_MAX, WINDOW_BYTES};
use self::pace::Pace;
use super::chunk::Reader;
use super::handshake::{Handshake, NotRtmp, Progress};

#[derive(Debug)]
enum State {
    Handshake(Handshake),
    /// After the handshake, before `connect`.
    Greeted,
    Connected(Application),
    /// `publish` or `play` came; the rest of the input waits.
    Deciding {
        application: Application,
        stream: u32,
        role: Role,
        held: Vec<u8>,
    },
    Publishing {
        application: Application,
        stream: u32,
    },
    Playing {
        application: Application,
        stream: u32,
        is_paused: bool,
    },
    Closed,
}

/// What a peer is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Publisher,
    Player,
}

/// What `connect` said.
#[derive(Debug, Clone, Default)]
struct Application {
    name: String,
    tc_url: String,
}

/// One connection.
#[derive(Debug)]
pub struct Session {
    limits: Limits,
    state: State,
    reader: Reader,
    actions: VecDeque<Action>,
    /// When the peer's last step was done (each has a time of its own), or when the last message of a
    /// publisher came.
    since: Duration,
    pace: Pace,
    streams_created: u32,
    received: u64,
    acknowledged: u64,
    window: u32,
}

impl Session {
    /// `seed` should differ between connections; `now` is any clock that does not run backwards.
    pub fn new(limits: Limits, seed: u64, now: Duration) -> Self {
        Self {
            limits,
            state: State::Handshake(Handshake::new(seed)),
            reader: Reader::new(Limits::stranger()),
            actions: VecDeque::new(),
            since: now,
            pace: Pace::new(now),
            streams_created: 0,
            received: 0,
            acknowledged: 0,
            window: WINDOW_BYTES,
        }
    }

    /// Takes bytes from the peer. Faults come out as [`Action::Close`].
    /// Payloads that come out may be slices of these bytes.
    pub fn receive(&mut self, mut input: Bytes, now: Duration) {
        while !input.is_empty() {
            let step = match &mut self.state {
                State::Closed => return,
                State::Deciding { held, .. } => {
                    if held.len() + input.len() > HELD_BYTES_MAX {
                        self.close(CloseReason::Command(
                            "too many bytes before publish or play was answered".to_owned(),
                        ));
                    } else {
                        held.extend_from_slice(&input);
                    }
                    return;
                }
                State::Handshake(handshake) => {
                    Self::shake_hands(handshake, &mut input, &mut self.actions)
                        .map_err(CloseReason::from)
                }
                _ => self.read_message(&mut input, now).map(|()| false),
            };
            match step {
                Ok(true) => {
                    self.state = State::Greeted;
                    self.since = now;
                }
                Ok(false) => {}
                Err(reason) => self.close(reason),
            }
        }
    }

    /// The next thing to do, if any.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// The key is good: `Publish.Start` is sent and media is handed out from here on. Without effect
    /// unless [`Action::Publish`] is unanswered.
    pub fn accept_publish(&mut self, now: Duration) {
        let Some((application, stream, held)) = self.decided(Role::Publisher) else {
            return;
        };
        self.send(reply::stream_begin(stream));
        let text = "Publishing.";
        self.send(reply::status(
            stream,
            "status",
            "NetStream.Publish.Start",
            text,
        ));
        self.reader.set_limits(self.limits.publisher());
        self.since = now;
        self.state = State::Publishing {
            application,
            stream,
        };
        self.receive(held, now);
    }

    /// What waited for the decision on this role, if one did; the caller gives the next state.
    fn decided(&mut self, role: Role) -> Option<(Application, u32, Bytes)> {
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Deciding {
                application,
                stream,
                role: asked,
                held,
            } if asked == role => Some((application, stream, held.into())),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// The key is not good: an `onStatus` of level error with `code`, then the end. Without effect
    /// unless [`Action::Publish`] is unanswered.
    ///
    /// With [`BAD_NAME`], OBS shows "invalid stream key" and does not try again, because its connect
    /// call fails; a connection that merely drops makes it retry. ffmpeg prints the description.
    pub fn refuse_publish(&mut self, code: &str, description: &str) {
        self.refuse(Role::Publisher, code, description);
    }

    fn refuse(&mut self, role: Role, code: &str, description: &str) {
        if let State::Deciding {
            stream,
            role: asked,
            ..
        } = self.state
            && asked == role
        {
            self.send(reply::status(stream, "error", code, description));
            self.close(CloseReason::Refused(description.to_owned()));
        }
    }

    /// Ends the connection from this side. A publisher or player is told why.
    pub fn end(&mut self, description: &str) {
        match self.state {
            State::Publishing { stream, .. } => {
                self.send(reply::status(stream, "error", BAD_NAME, description));
            }
            State::Playing { stream, .. } => {
                self.send(reply::status(stream, "error", PLAY_FAILED, description));
            }
            _ => {}
        }
        self.close(CloseReason::Ended(description.to_owned()));
    }

    /// When [`Self::tick`] has to be called at the latest. None while the gate decides, and for players who
    /// take what they asked for: their writes have a time of their own.
    pub fn deadline(&self) -> Option<Duration> {
        let allowed = match self.state {
            State::Handshake(_) => self.limits.handshake_timeout,
            State::Greeted => self.limits.connect_timeout,
            State::Connected(_) => self.limits.publish_timeout,
            State::Publishing { .. } => self.limits.idle_timeout,
            State::Playing {
                is_paused: true, ..
            } => self.limits.pause_timeout,
            State::Deciding { .. } | State::Playing { .. } | State::Closed => return None,
        };
        Some(self.since.saturating_add(allowed))
    }

    /// Ends the session if its deadline has passed.
    pub fn tick(&mut self, now: Duration) {
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            if let State::Playing { stream, .. } = self.state {
                let text = "This was paused for too long: play it again.";
                self.send(reply::status(stream, "error", PLAY_FAILED, text));
            }
            self.close(match self.state {
                State::Publishing { .. } => CloseReason::Idle,
                State::Handshake(_) => CloseReason::HandshakeTimeout,
                State::Greeted => CloseReason::ConnectTimeout,
                State::Playing { .. } => CloseReason::PauseTimeout,
                _ => CloseReason::PublishTimeout,
            });
        }
    }

    /// Whether a key was accepted and not yet given back.
    pub const fn is_publishing(&self) -> bool {
        matches!(self.state, State::Publishing { .. })
    }

    /// Whether the handshake is complete.
    fn shake_hands(
        handshake: &mut Handshake,
        input: &mut Bytes,
        actions: &mut VecDeque<Action>,
    ) -> Result<bool, NotRtmp> {
        let mut rest = &input[..];
        let done = loop {
            match handshake.receive(&mut rest)? {
                Progress::Pending => break false,
                Progress::Reply(bytes) => actions.push_back(Action::Send(bytes.into())),
                Progress::Done => break true,
            }
        };
        input.advance(input.len() - rest.len());
        Ok(done)
    }

    fn send(&mut self, bytes: Bytes) {
        self.actions.push_back(Action::Send(bytes));
    }

    fn close(&mut self, reason: CloseReason) {
        if !matches!(self.state, State::Closed) {
            self.state = State::Closed;
            self.actions.push_back(Action::Close(reason));
        }
    }
}

/// The code for a refused key; see [`Session::refuse_publish`].
pub const BAD_NAME: &str = "NetStream.Publish.BadName";

/// The code for a player whose stream is not there.
pub const STREAM_NOT_FOUND: &str = "NetStream.Play.StreamNotFound";

/// The code for a player that may not watch, or not go on.
pub const PLAY_FAILED: &str = "NetStream.Play.Failed";
