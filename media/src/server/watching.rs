//! A player's hold on a broadcast: what the hub gives as FLV, handed on as messages.

use bytes::Bytes;
use tracing::warn;

use crate::flv::reader;
use crate::gate::Seat;
use crate::hub::Hub;
use crate::playback::{End, Playback};
use crate::rtmp::session::Session;

/// One that plays, until it is dropped.
pub(super) struct Watching {
    seat: Seat,
    /// None while the player has paused: what it misses it does not get, so it is dropped meanwhile.
    playback: Option<Playback>,
    /// Whether the viewer was given something.
    has_received: bool,
}

impl Watching {
    /// Takes the seat, if there is something to watch.
    pub(super) fn begin(seat: Seat, hub: &Hub) -> Option<Self> {
        let playback = hub.watch(&seat.broadcast, seat.leave)?;
        Some(Self {
            seat,
            playback: Some(playback),
            has_received: false,
        })
    }

    pub(super) fn broadcast(&self) -> &str {
        &self.seat.broadcast
    }

    /// Why nothing more comes, once nothing does.
    pub(super) fn end(&self) -> End {
        self.playback.as_ref().map_or(End::Ended, Playback::end)
    }

    /// The next piece; none at its end. Nothing is lost if it is dropped.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        match &mut self.playback {
            Some(playback) => playback.next_piece().await,
            None => std::future::pending().await,
        }
    }

    /// Appends a piece to `out` as the player gets it.
    pub(super) fn pass_on(&mut self, piece: &Bytes, session: &Session, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.has_received, true) {
            self.seat.viewer.received();
        }
        match reader::tags(piece) {
            Ok(tags) => tags.iter().for_each(|tag| session.play_tag(tag, out)),
            Err(error) => warn!(%error, "a broadcast's own bytes could not be read"),
        }
    }

    /// Notes that the player took nothing for too long.
    pub(super) fn was_cut(&self) {
        if let Some(playback) = &self.playback {
            playback.was_cut();
        }
    }

    /// Stops or goes on; gives whether there still is something to watch. Who goes on begins like a new
    /// viewer, at the newest key frame.
    pub(super) fn pause(&mut self, is_paused: bool, hub: &Hub) -> bool {
        if is_paused {
            self.playback = None;
            return true;
        }
        if self.playback.is_none() {
            self.playback = hub.watch(&self.seat.broadcast, self.seat.leave);
        }
        self.playback.is_some()
    }
}
