//! Commands about viewer sessions, from playback and from policies.

use crate::decision::Reader;
use crate::viewer_session::{self, Joined};
use crate::{Decision, HistoryId, Timestamp, Undecided, ViewerSessionId, stream};

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// A viewer began to watch.
    Join {
        /// The session's id.
        session: ViewerSessionId,
        /// Who watches what, where and since when.
        joined: Joined,
    },
    /// A viewer stopped watching.
    Leave {
        /// The session's id.
        session: ViewerSessionId,
        /// When they were last there.
        at: Timestamp,
    },
}

impl Command {
    pub(super) fn names(&self) -> Vec<HistoryId> {
        match self {
            Self::Join { session, joined } => {
                vec![
                    HistoryId::ViewerSession(*session),
                    HistoryId::Stream(joined.stream),
                ]
            }
            Self::Leave { session, .. } => vec![HistoryId::ViewerSession(*session)],
        }
    }

    pub(super) fn decide(&self, read: &mut Reader<'_>) -> Result<Decision, Undecided> {
        let (session, command) = match self {
            Self::Join { session, joined } => {
                let (open, channel) =
                    read.stream(joined.stream, |stream| (stream.is_open(), stream.channel()))?;
                if !open {
                    return Err(stream::Rejection::NotLive.into());
                }
                if channel != Some(joined.channel) {
                    return Err(stream::Rejection::NotFound.into());
                }
                (*session, viewer_session::Command::Join(joined.clone()))
            }
            Self::Leave { session, at } => (*session, viewer_session::Command::Leave { at: *at }),
        };
        let (events, channel) = read.viewer_session(session, |state| {
            let channel = match (self, state) {
                (Self::Join { joined, .. }, _)
                | (Self::Leave { .. }, viewer_session::ViewerSession::Open(joined)) => {
                    Some(joined.channel)
                }
                (Self::Leave { .. }, _) => None,
            };
            state.decide(command).map(|events| (events, channel))
        })??;
        let mut decision = Decision::default();
        decision.record(&HistoryId::ViewerSession(session), channel, events);
        Ok(decision)
    }
}
