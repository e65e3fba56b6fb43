//! What a decoder has to know before the next frame.

use bytes::Bytes;

use crate::flv::{Kind, Slot};

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

    /// Everything in here that `known` has not got, metadata first.
    pub(super) fn beyond(&self, known: &Self) -> impl Iterator<Item = (Kind, &Bytes)> {
        let metadata = self.metadata.iter();
        let metadata = metadata.filter(|metadata| known.metadata.as_ref() != Some(metadata));
        let slots = self.slots.iter();
        let slots = slots.filter(|(slot, payload)| !known.holds(*slot, payload));
        metadata
            .map(|payload| (Kind::Script, payload))
            .chain(slots.map(|(slot, payload)| (slot.kind, payload)))
    }
}
