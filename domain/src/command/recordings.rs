//! Commands about the recordings of a stream.

use super::streams::{of_stream, open_stream, owned_stream};
use super::{Actor, own_account};
use crate::decision::Reader;
use crate::stream::recording::Command as Recording;
use crate::stream::{self, Anchored, RecordingFinished, Removal};
use crate::{ChannelId, Decision, HistoryId, RecordingId, StreamId, Timestamp, Undecided};

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Record a stream from now on.
    Start {
        /// Which.
        stream: StreamId,
        /// The recording's id.
        recording: RecordingId,
    },
    /// The same for what a channel sends now. Nothing happens where it is of no use: it is recorded
    /// already, its streamer has stopped that, or it is not on air.
    StartByItself {
        /// Whose.
        channel: ChannelId,
        /// The recording's id.
        recording: RecordingId,
    },
    /// Record a stream no more.
    Stop {
        /// Which.
        stream: StreamId,
    },
    /// A moment of the recording that is being written. Nothing happens if it is complete.
    Anchor {
        /// Of which stream.
        stream: StreamId,
        /// The moment.
        anchor: Anchored,
    },
    /// A recording is complete.
    Finish {
        /// Of which stream.
        stream: StreamId,
        /// The recording, and what it came to.
        finished: RecordingFinished,
    },
    /// Take a recording away.
    Delete {
        /// Of which stream.
        stream: StreamId,
        /// Which.
        recording: RecordingId,
        /// Why.
        reason: Removal,
    },
}

impl Command {
    pub(super) fn names(&self, actor: Actor) -> Vec<HistoryId> {
        let mut names: Vec<_> = own_account(actor).into_iter().collect();
        names.push(match self {
            Self::StartByItself { channel, .. } => HistoryId::Channel(*channel),
            Self::Start { stream, .. }
            | Self::Stop { stream }
            | Self::Anchor { stream, .. }
            | Self::Finish { stream, .. }
            | Self::Delete { stream, .. } => HistoryId::Stream(*stream),
        });
        names
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        let (stream, command) = match self {
            Self::StartByItself { channel, recording } => {
                let Some(stream) = open_stream(*channel, read)? else {
                    return Ok(Decision::default());
                };
                let recording = *recording;
                let command = Recording::StartByItself { recording, at };
                return of_stream(stream, *channel, stream::Command::Record(command), read);
            }
            Self::Start { stream, recording } => {
                let recording = *recording;
                (*stream, Recording::Start { recording, at })
            }
            Self::Stop { stream } => (*stream, Recording::Stop { at }),
            Self::Anchor { stream, anchor } => (*stream, Recording::Anchor(anchor.clone())),
            Self::Finish { stream, finished } => (*stream, Recording::Finish(finished.clone())),
            Self::Delete {
                stream,
                recording,
                reason,
            } => {
                let (recording, reason) = (*recording, *reason);
                let delete = Recording::Delete {
                    recording,
                    at,
                    reason,
                };
                (*stream, delete)
            }
        };
        let channel = owned_stream(stream, actor, read)?;
        of_stream(stream, channel, stream::Command::Record(command), read)
    }
}
