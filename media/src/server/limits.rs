//! What the server takes on.

use std::time::Duration;

use crate::rtmp::session;

/// Connections at once. A publisher costs about 40 KiB beside the frames in its ring.
pub const CONNECTIONS_MAX: usize = 1_024;

/// Connections at once from one IPv4 address or one IPv6 /64.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 32;

/// Time for the handshake of TLS, before that of RTMP.
pub const TLS_TIMEOUT: Duration = Duration::from_secs(10);

/// What the kernel may hold of what a player does not take, in bytes; Linux doubles it for its own use.
/// A second at 2 Mbit/s.
pub const SEND_BUFFER_BYTES: u32 = 256 * 1_024;

/// Connections that may wait to be accepted.
pub const BACKLOG: u32 = 1_024;

/// Time for the peer to take what was written.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for the peer to close after it was told the end. Closing at once with bytes unread would
/// reset the connection, and the peer might never see why.
pub const LINGER: Duration = Duration::from_secs(2);

/// Bytes thrown away meanwhile.
pub const LINGER_BYTES_MAX: usize = 1_024 * 1_024;

/// Bytes read at once.
pub const READ_BYTES: usize = 16 * 1_024;

/// Pause after a failed `accept`, which most often means that there are no file descriptors left.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The limits that can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`CONNECTIONS_MAX`].
    pub connections_max: usize,
    /// See [`CONNECTIONS_PER_ADDRESS_MAX`].
    pub connections_per_address_max: usize,
    /// See [`TLS_TIMEOUT`].
    pub tls_timeout: Duration,
    /// See [`WRITE_TIMEOUT`].
    pub write_timeout: Duration,
    /// See [`LINGER`].
    pub linger: Duration,
    /// Those of one RTMP session.
    pub session: session::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: CONNECTIONS_MAX,
            connections_per_address_max: CONNECTIONS_PER_ADDRESS_MAX,
            tls_timeout: TLS_TIMEOUT,
            write_timeout: WRITE_TIMEOUT,
            linger: LINGER,
            session: session::Limits::default(),
        }
    }
}
