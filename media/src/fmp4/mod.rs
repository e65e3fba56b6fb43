//! Fragmented MP4: an initialisation segment that says what the tracks are, then fragments of frames.
//!
//! Pure functions. The boxes are written here and not by a crate because a configuration comes from a
//! publisher, who may be hostile: it is copied as it is, and only its first bytes are ever looked at.

mod boxes;
mod entry;
mod fragment;
mod init;
mod track;

pub use fragment::{Run, Sample, fragment};
pub use init::{DURATION_OFFSETS, init};
pub use track::{AUDIO_TRACK, Track, VIDEO_TIMESCALE, VIDEO_TRACK};
