//! What the rest of the program decides and is told: the only way out of this crate.

use std::fmt;
use std::net::SocketAddr;

use async_trait::async_trait;

use crate::flv::MediaInfo;
use crate::hub::Leave;

/// One attempt to publish, unique within this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IngestId(pub u64);

impl fmt::Display for IngestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Somebody wants to publish.
#[derive(Clone, PartialEq, Eq)]
pub struct PublishRequest {
    /// The application, such as `live`.
    pub app: String,
    /// The stream key, without any `?query`. A secret: it is not in the `Debug` form.
    pub key: String,
    /// Where the connection comes from.
    pub peer: SocketAddr,
    /// This attempt.
    pub ingest: IngestId,
    /// The URL that the client says it connected to. May hold the key: not in the `Debug` form.
    pub tc_url: String,
}

impl fmt::Debug for PublishRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Who types the key into the wrong field has it in the application's path.
        let app = self.app.split('/').next().unwrap_or_default();
        f.debug_struct("PublishRequest")
            .field("app", &app)
            .field("peer", &self.peer)
            .field("ingest", &self.ingest)
            .finish_non_exhaustive()
    }
}

/// The publisher may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// The broadcast's key in the hub. A publisher that is already there is replaced.
    pub broadcast: String,
}

/// The publisher may not begin, or the player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For the person at the encoder or player, in a sentence. ffmpeg prints it; OBS has it in its log.
    pub description: String,
}

impl Refusal {
    /// For this reason.
    pub fn new(description: &str) -> Self {
        Self {
            description: description.to_owned(),
        }
    }
}

/// Why an admitted publisher is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// It said that it is done.
    Unpublished,
    /// The connection was lost or closed without a word.
    Disconnected,
    /// Nothing came for too long.
    TimedOut,
    /// Another publisher was admitted to the same broadcast.
    Replaced,
    /// Ended from this side, for this reason.
    Kicked(String),
    /// It sent what cannot be read.
    Protocol(String),
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpublished => f.write_str("unpublished"),
            Self::Disconnected => f.write_str("disconnected"),
            Self::TimedOut => f.write_str("timed out"),
            Self::Replaced => f.write_str("replaced by another publisher"),
            Self::Kicked(reason) => write!(f, "kicked: {reason}"),
            Self::Protocol(fault) => write!(f, "protocol: {fault}"),
        }
    }
}

/// Somebody wants to watch over RTMP.
#[derive(Clone, PartialEq, Eq)]
pub struct PlayRequest {
    /// The application, such as `live`.
    pub app: String,
    /// The name of what is to be played, without any `?query`.
    pub name: String,
    /// What follows the `?`. May hold a secret: it is not in the `Debug` form.
    pub query: String,
    /// Where the connection comes from.
    pub peer: SocketAddr,
    /// The URL that the client says it connected to. May hold the same.
    pub tc_url: String,
}

impl fmt::Debug for PlayRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlayRequest")
            .field("name", &self.name)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// A viewer's place at a broadcast.
pub struct Seat {
    /// The broadcast's key in the hub.
    pub broadcast: String,
    /// By what right.
    pub leave: Leave,
    /// Dropped when the viewer is gone.
    pub viewer: Box<dyn Viewer>,
}

/// Somebody who was let in to watch, as far as whoever counts them is concerned.
pub trait Viewer: Send + Sync {
    /// The first piece of media is handed over.
    fn received(&mut self);
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat")
            .field("broadcast", &self.broadcast)
            .finish_non_exhaustive()
    }
}

/// Judges publishers and players, and is told of publishers. For one ingest the calls come in order: `publish`, then at
/// most one `started`, then exactly one `stopped` if it was admitted. Calls for different ingests of
/// one broadcast may overlap: a replaced publisher's `stopped` may come after its successor's
/// `publish` and even `started`, which is why both carry the ingest.
#[async_trait]
pub trait Gate: Send + Sync + 'static {
    /// Whether this publisher may begin. Always run to its end, also if the peer goes away meanwhile.
    ///
    /// # Errors
    /// A [`Refusal`] is sent to the peer, and the connection is closed.
    async fn publish(&self, request: PublishRequest) -> Result<Admission, Refusal>;

    /// Whether this viewer may watch, and what. There need be no such broadcast in the hub.
    ///
    /// # Errors
    /// A [`Refusal`] is sent to the player, and the connection is closed.
    async fn play(&self, request: PlayRequest) -> Result<Seat, Refusal>;

    /// The first frame has come.
    async fn started(&self, broadcast: &str, ingest: IngestId, media: MediaInfo);

    /// An admitted publisher is gone. The broadcast stays until [`crate::hub::Hub::end`].
    async fn stopped(&self, broadcast: &str, ingest: IngestId, reason: StopReason);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_does_not_tell_its_key() {
        let request = PublishRequest {
            app: "live/hidden".to_owned(),
            key: "hidden".to_owned(),
            peer: ([127, 0, 0, 1], 1).into(),
            ingest: IngestId(1),
            tc_url: "rtmp://host/live/hidden".to_owned(),
        };
        let text = format!("{request:?}");
        assert!(text.contains("live") && !text.contains("hidden"), "{text}");
    }
}
