//! What a decoder has to know before the next frame.

use bytes::Bytes;

use crate::flv::{self, Kind, Slot};

/// Different configurations kept at once: audio and video, a few tracks each.
pub const HEADERS_MAX: usize = 16;

/// Longest configuration that is kept, in bytes; real ones are below 1 KiB.
pub const HEADER_BYTES_MAX: usize = 64 * 1_024;

/// The time on every metadata tag, in milliseconds. Later ones make ffmpeg's demuxer, and the players
/// built on it, show a subtitle track that does not exist.
pub(super) const METADATA_MS: u32 = 0;

/// Metadata and configurations as they hold at one point of a broadcast.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Headers {
    pub metadata: Option<Bytes>,
    pub slots: Vec<(Slot, Bytes)>,
    /// There is video, or it was announced.
    pub video: bool,
    /// There is audio, or it was announced.
    pub audio: bool,
}

impl Headers {
    /// Puts a configuration in its place; gives whether there was room.
    pub(super) fn set(&mut self, slot: Slot, payload: &Bytes) -> bool {
        if payload.len() > HEADER_BYTES_MAX {
            return false;
        }
        if let Some((_, held)) = self.slots.iter_mut().find(|(held, _)| *held == slot) {
            *held = payload.clone();
        } else if self.slots.len() < HEADERS_MAX {
            self.slots.push((slot, payload.clone()));
        } else {
            return false;
        }
        true
    }

    pub(super) fn holds(&self, slot: Slot, payload: &Bytes) -> bool {
        self.slots
            .iter()
            .any(|(held, bytes)| *held == slot && bytes == payload)
    }

    /// Tags for everything in here that `known` has not got, stamped `timestamp` milliseconds: with
    /// the time of the frame behind them no player sees a gap. Metadata gets [`METADATA_MS`].
    pub(super) fn tags_beyond(&self, known: &Self, timestamp: u32, out: &mut Vec<u8>) {
        let mut add = |kind, payload: &Bytes| {
            let timestamp = if kind == Kind::Script {
                METADATA_MS
            } else {
                timestamp
            };
            out.extend_from_slice(&flv::tag_bytes(kind, timestamp, payload).unwrap_or_default());
        };
        if let Some(metadata) = &self.metadata
            && known.metadata.as_ref() != Some(metadata)
        {
            add(Kind::Script, metadata);
        }
        for (slot, payload) in &self.slots {
            if !known.holds(*slot, payload) {
                add(slot.kind, payload);
            }
        }
    }
}
