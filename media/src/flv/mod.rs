//! FLV: tags as bytes, what a tag is, and what a stream says of itself. Pure functions.

mod body;
mod classify;
mod extended;
mod info;
pub mod reader;
pub mod script;
mod tag;

pub use body::{Body, Codec, Content, body};
pub use classify::{COMPOSITION_MS_MAX, Class, Slot, classify, codec, composition_ms};
pub use info::MediaInfo;
pub use tag::{
    FILE_HEADER_BYTES, Kind, PAYLOAD_BYTES_MAX, TAG_HEADER_BYTES, TRAILER_BYTES, Tag, file_header,
    tag_bytes,
};
