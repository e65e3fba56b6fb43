//! A viewer session: one viewer's presence at one stream. It is opened and closed by connections;
//! heartbeats are never events.

use crate::{ChannelId, StreamId, Timestamp, ViewerId};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a viewer session.
    {
        /// Someone began to watch.
        ///
        /// Written when a viewer's first connection to a stream has received something of it, whatever
        /// plays it. Who connects and receives nothing leaves no trace.
        Joined = "viewer_session.joined", 1;
        /// They stopped.
        ///
        /// Written a few seconds after the viewer's last connection, and by a policy when the
        /// stream is over or the viewer's node is gone.
        Left = "viewer_session.left", 1;
    }
}

/// Someone began to watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// What.
    pub stream: StreamId,
    /// Whose.
    pub channel: ChannelId,
    /// Who.
    pub viewer: ViewerId,
    /// The node that serves them.
    pub node: String,
    /// When.
    pub at: Timestamp,
    /// What they had received by then. Sessions that were recorded before the log said so have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Received>,
}

/// What a viewer received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Received {
    /// Picture or sound.
    Media,
}

/// They stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// What.
    pub stream: StreamId,
    /// Who.
    pub viewer: ViewerId,
    /// When: the connection's end, not that of the grace after it.
    pub at: Timestamp,
    /// Milliseconds from joining to leaving.
    pub watched_ms: i64,
}

rejections! {
    /// Why a viewer session refused.
    {
        /// There is none.
        NotFound => "VIEWER_SESSION_NOT_FOUND", None;
        /// The id is in use.
        AlreadyJoined => "ALREADY_JOINED", None;
    }
}

/// What can be asked of a viewer session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Begin.
    Join(Joined),
    /// End.
    Leave {
        /// When the viewer was last there.
        at: Timestamp,
    },
}

/// A viewer session's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ViewerSession {
    /// Not begun.
    #[default]
    Unborn,
    /// Watching.
    Open(Joined),
    /// Gone.
    Closed,
}

impl ViewerSession {
    /// Decides a command.
    ///
    /// # Errors
    /// A rule of [`Rejection`].
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Unborn, Command::Join(joined)) => Ok(vec![joined.into()]),
            (Self::Unborn, Command::Leave { .. }) => Err(Rejection::NotFound),
            (Self::Open(joined), Command::Leave { at }) => {
                // A clock that was stepped back never makes watch time negative.
                let at = at.max(joined.at);
                let watched_ms = (at - joined.at).num_milliseconds();
                let (stream, viewer) = (joined.stream, joined.viewer);
                Ok(vec![
                    Left {
                        stream,
                        viewer,
                        at,
                        watched_ms,
                    }
                    .into(),
                ])
            }
            (Self::Open(open), Command::Join(joined)) if *open == joined => Ok(vec![]),
            (Self::Open(_) | Self::Closed, Command::Join(_)) => Err(Rejection::AlreadyJoined),
            (Self::Closed, Command::Leave { .. }) => Ok(vec![]),
        }
    }

    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::Joined(joined) => *self = Self::Open(joined.clone()),
            Event::Left(_) => *self = Self::Closed,
        }
    }
}

aggregate!(ViewerSession, "viewer_session");

#[cfg(test)]
mod tests {
    use super::*;
    use cqrs_es::test::TestFramework;
    use uuid::Uuid;

    type Test = TestFramework<ViewerSession>;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn joined() -> Joined {
        Joined {
            stream: StreamId(Uuid::from_u128(1)),
            channel: ChannelId(Uuid::from_u128(2)),
            viewer: ViewerId::Anonymous(Uuid::from_u128(3)),
            node: "a".into(),
            at: at(100),
            received: Some(Received::Media),
        }
    }

    fn left(seconds: i64, watched_ms: i64) -> Event {
        let Joined { stream, viewer, .. } = joined();
        Left {
            stream,
            viewer,
            at: at(seconds),
            watched_ms,
        }
        .into()
    }

    #[test]
    fn a_viewer_comes_and_goes() {
        Test::with(())
            .given_no_previous_events()
            .when(Command::Join(joined()))
            .then_expect_events(vec![joined().into()]);
        Test::with(())
            .given(vec![joined().into()])
            .when(Command::Leave { at: at(160) })
            .then_expect_events(vec![left(160, 60_000)]);
    }

    #[test]
    fn a_session_says_what_was_received_unless_it_is_older_than_that() {
        let told = serde_json::to_value(joined()).unwrap();
        assert_eq!(told["received"], "media");
        let mut older = told;
        older.as_object_mut().unwrap().remove("received");
        let read: Joined = serde_json::from_value(older.clone()).unwrap();
        assert_eq!(read.received, None);
        assert_eq!(serde_json::to_value(read).unwrap(), older);
    }

    #[test]
    fn watch_time_is_never_negative() {
        Test::with(())
            .given(vec![joined().into()])
            .when(Command::Leave { at: at(40) })
            .then_expect_events(vec![left(100, 0)]);
    }

    #[test]
    fn leaving_and_joining_again_agree_or_are_refused() {
        let open = || Test::with(()).given(vec![joined().into()]);
        let closed = || Test::with(()).given(vec![joined().into(), left(160, 60_000)]);
        let unborn = || Test::with(()).given_no_previous_events();
        open()
            .when(Command::Join(joined()))
            .then_expect_events(vec![]);
        closed()
            .when(Command::Leave { at: at(170) })
            .then_expect_events(vec![]);
        closed()
            .when(Command::Join(joined()))
            .then_expect_error(Rejection::AlreadyJoined);
        unborn()
            .when(Command::Leave { at: at(1) })
            .then_expect_error(Rejection::NotFound);
        let other = Joined {
            node: "b".into(),
            ..joined()
        };
        open()
            .when(Command::Join(other))
            .then_expect_error(Rejection::AlreadyJoined);
    }
}
