//! What one RTMP peer may do, each with its reason.

use std::time::Duration;

use crate::rtmp::chunk;

/// Time from the connection to the end of the handshake. Two round trips, and 3 kB.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);

/// Time from the handshake to `connect`.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Time from `connect` to `publish` or `play`, and again from the end of either to the next.
pub const PUBLISH_TIMEOUT: Duration = Duration::from_secs(10);

/// Time without a single complete message after which a publisher counts as gone. A publisher that
/// trickles bytes completes none, so it does not keep its place.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Time that a player may pause. It takes a connection's place meanwhile and gives nothing.
pub const PAUSE_TIMEOUT: Duration = Duration::from_secs(600);

/// Longest message before a key was accepted; commands are below 2 KiB.
pub const COMMAND_BYTES_MAX: usize = 64 * 1_024;

/// Unfinished messages together before a key was accepted, by their announced length.
pub const STRANGER_BUFFERED_BYTES_MAX: usize = 128 * 1_024;

/// Longest media message. A 4K key frame at 60 Mbit/s has about 2 MB.
pub const MESSAGE_BYTES_MAX: usize = 8 * 1_024 * 1_024;

/// Unfinished messages together of an accepted publisher: one of audio beside one of video.
pub const BUFFERED_BYTES_MAX: usize = 12 * 1_024 * 1_024;

/// Commands before a key or a player was accepted; OBS and ffmpeg send 5.
pub const COMMANDS_MAX: u32 = 64;

/// Commands within one second, of anybody.
pub const COMMANDS_PER_SECOND_MAX: u32 = 32;

/// Longest stream key, application name and URL in bytes.
pub const NAME_BYTES_MAX: usize = 1_024;

/// Bytes kept while the gate decides. Encoders wait for the answer; one that does not may be ahead
/// by this much.
pub const HELD_BYTES_MAX: usize = 256 * 1_024;

/// Chunk size of what is sent, in bytes: one chunk for every reply.
pub const SEND_CHUNK_BYTES: usize = 4_096;

/// Acknowledgement window that peers are told, in bytes; the value that encoders know from FMS.
pub const WINDOW_BYTES: u32 = 2_500_000;

/// Smallest window a peer may ask for, in bytes, so that acknowledgements stay rare.
pub const WINDOW_BYTES_MIN: u32 = 16 * 1_024;

/// The limits of one session that a server may want to set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`HANDSHAKE_TIMEOUT`].
    pub handshake_timeout: Duration,
    /// See [`CONNECT_TIMEOUT`].
    pub connect_timeout: Duration,
    /// See [`PUBLISH_TIMEOUT`].
    pub publish_timeout: Duration,
    /// See [`IDLE_TIMEOUT`].
    pub idle_timeout: Duration,
    /// See [`PAUSE_TIMEOUT`].
    pub pause_timeout: Duration,
    /// See [`MESSAGE_BYTES_MAX`].
    pub message_bytes_max: usize,
    /// See [`BUFFERED_BYTES_MAX`].
    pub buffered_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake_timeout: HANDSHAKE_TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            publish_timeout: PUBLISH_TIMEOUT,
            idle_timeout: IDLE_TIMEOUT,
            pause_timeout: PAUSE_TIMEOUT,
            message_bytes_max: MESSAGE_BYTES_MAX,
            buffered_bytes_max: BUFFERED_BYTES_MAX,
        }
    }
}

impl Limits {
    /// For a peer that nobody vouched for.
    pub(super) const fn stranger() -> chunk::Limits {
        chunk::Limits {
            message_bytes_max: COMMAND_BYTES_MAX,
            buffered_bytes_max: STRANGER_BUFFERED_BYTES_MAX,
        }
    }

    /// For a publisher whose key was accepted.
    pub(super) const fn publisher(&self) -> chunk::Limits {
        chunk::Limits {
            message_bytes_max: self.message_bytes_max,
            buffered_bytes_max: self.buffered_bytes_max,
        }
    }
}
