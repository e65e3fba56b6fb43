//! Chunks: messages cut into pieces and interleaved on up to 65,597 chunk streams.

mod header;
mod partial;
mod reader;
mod stream;
mod writer;

pub use reader::Reader;
pub use writer::write;

#[cfg(test)]
mod tests;

/// Both sides start with this chunk size, in bytes.
pub const DEFAULT_CHUNK_BYTES: usize = 128;

/// Largest chunk size that a peer may set. No message may be longer, so that a greater one could
/// only serve to hold up the other chunk streams.
pub const CHUNK_BYTES_MAX: usize = 16 * 1_024 * 1_024;

/// How many chunk streams one connection may use; OBS and ffmpeg use 4.
pub const STREAMS_MAX: usize = 64;

/// A timestamp field of this value says that the real one follows in 4 bytes.
const EXTENDED: u32 = 0xFF_FFFF;

/// What one peer may make a [`Reader`] hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest message in bytes.
    pub message_bytes_max: usize,
    /// Lengths of all unfinished messages together, in bytes, as announced.
    pub buffered_bytes_max: usize,
}

/// Why a peer's chunks cannot be read. The connection cannot go on after any of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A chunk size of 0 or over [`CHUNK_BYTES_MAX`].
    #[error("a chunk size of {0} bytes; allowed are 1 to {CHUNK_BYTES_MAX}")]
    ChunkSize(u32),
    /// A control message that is shorter than its fields.
    #[error("a control message is too short")]
    ShortControl,
    /// A message longer than the limit.
    #[error("a message of {length} bytes; the limit is {limit}")]
    MessageTooLong {
        /// As announced, in bytes.
        length: usize,
        /// [`Limits::message_bytes_max`].
        limit: usize,
    },
    /// Too much in unfinished messages.
    #[error("unfinished messages announce more than {limit} bytes together")]
    TooMuchBuffered {
        /// [`Limits::buffered_bytes_max`].
        limit: usize,
    },
    /// More chunk streams than [`STREAMS_MAX`].
    #[error("more than {STREAMS_MAX} chunk streams")]
    TooManyStreams,
    /// A chunk that builds on a header that never came.
    #[error("chunk stream {0} begins with a header that refers to an earlier one")]
    NoFirstHeader(u32),
    /// A new message header before the message before it was complete.
    #[error("chunk stream {0} has a new message inside an unfinished one")]
    Interrupted(u32),
}
