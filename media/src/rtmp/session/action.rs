//! What comes out of a session.

use std::fmt;

use bytes::Bytes;

use crate::flv::Tag;
use crate::rtmp::chunk;
use crate::rtmp::handshake::NotRtmp;

/// What the caller has to do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write these bytes to the peer.
    Send(Bytes),
    /// Judge this publisher, then accept or refuse; until then nothing more is read.
    Publish(Request),
    /// Judge whether this viewer may watch, then accept or refuse; until then nothing more is read.
    Play(PlayRequest),
    /// The accepted player wants nothing for a while (true), or to go on where the broadcast is by then.
    Pause(bool),
    /// The accepted player has seen enough. It may `play` again.
    StopPlaying,
    /// An audio, video or script tag of the accepted publisher, as it came.
    Media(Tag),
    /// The accepted publisher's `onMetaData`, without `@setDataFrame`.
    Metadata(Tag),
    /// The accepted publisher said that it is done. It may `publish` again.
    Unpublish,
    /// Write out what was to be sent, then close. Nothing follows.
    Close(CloseReason),
}

/// Who wants to publish.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The application, such as `live`.
    pub app: String,
    /// The stream key: the stream's name up to a `?`. A secret.
    pub key: String,
    /// The URL that the client connected to, as it says. May hold the key.
    pub tc_url: String,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Who types the key into the wrong field has it in the application's path.
        let app = self.app.split('/').next().unwrap_or_default();
        f.debug_struct("Request")
            .field("app", &app)
            .finish_non_exhaustive()
    }
}

/// Who wants to watch.
#[derive(Clone, PartialEq, Eq)]
pub struct PlayRequest {
    /// The application, such as `live`.
    pub app: String,
    /// The stream's name up to a `?`.
    pub name: String,
    /// What follows the `?`. May hold a secret.
    pub query: String,
    /// The URL that the client connected to, as it says. May hold the same.
    pub tc_url: String,
}

impl fmt::Debug for PlayRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let app = self.app.split('?').next().unwrap_or_default();
        f.debug_struct("PlayRequest")
            .field("app", &app)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Why a connection ends from this side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// Not RTMP at all.
    #[error("not RTMP: {0}")]
    NotRtmp(#[from] NotRtmp),
    /// Chunks that cannot be read.
    #[error("bad chunk: {0}")]
    Chunk(#[from] chunk::Error),
    /// A command that cannot be obeyed or read.
    #[error("bad command: {0}")]
    Command(String),
    /// The key was refused, or the viewer was.
    #[error("refused: {0}")]
    Refused(String),
    /// The handshake was not done in time.
    #[error("no handshake within the time for it")]
    HandshakeTimeout,
    /// No `connect` in time.
    #[error("no connect within the time for it")]
    ConnectTimeout,
    /// Neither `publish` nor `play` in time.
    #[error("neither publish nor play within the time for it")]
    PublishTimeout,
    /// A player that paused and did not go on in time.
    #[error("paused for longer than the time for it")]
    PauseTimeout,
    /// What was played is over.
    #[error("the broadcast has ended")]
    Played,
    /// An accepted publisher that went silent.
    #[error("no complete message within the idle time")]
    Idle,
    /// Ended by this side for this reason.
    #[error("{0}")]
    Ended(String),
}
