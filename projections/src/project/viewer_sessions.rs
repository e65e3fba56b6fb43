//! Viewer sessions that are open: what must be closed when a stream ends or a node is gone.

use crate::db::Type::{Bool, Text, Time, Uuid};
use crate::db::{Columns, DbError, Table, Value, micros, values};
use crate::fold::{FoldError, Projection};
use crate::record::Record;
use crate::working::{Rows, Working};
use tributary_domain::viewer_session::Event as Happened;
use tributary_domain::{
    AccountId, ChannelId, Event, HistoryId, Recorded, StreamId, Timestamp, ViewerId,
    ViewerSessionId,
};

/// One viewer's presence at one stream, not over yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewerSession {
    /// Its id.
    pub id: ViewerSessionId,
    /// What is watched.
    pub stream: StreamId,
    /// Whose.
    pub channel: ChannelId,
    /// Who watches.
    pub viewer: ViewerId,
    /// The node that serves them.
    pub node: String,
    /// Since when.
    pub joined_at: Timestamp,
}

/// A viewer as two columns: id, and whether it is a random one.
pub(crate) fn viewer_columns(viewer: ViewerId) -> (uuid::Uuid, bool) {
    match viewer {
        ViewerId::Account(account) => (account.0, false),
        ViewerId::Anonymous(id) => (id, true),
    }
}

/// A viewer from its two columns.
pub(crate) fn read_viewer(columns: &mut Columns<'_>) -> Result<ViewerId, DbError> {
    let id = columns.take()?;
    Ok(if columns.take()? {
        ViewerId::Anonymous(id)
    } else {
        ViewerId::Account(AccountId(id))
    })
}

impl Record for ViewerSession {
    type Key = ViewerSessionId;
    const TABLE: Table = Table {
        name: "viewer_sessions",
        columns: &[
            ("id", Uuid),
            ("stream", Uuid),
            ("channel", Uuid),
            ("viewer", Uuid),
            ("anonymous", Bool),
            ("node", Text),
            ("joined_at", Time),
        ],
        key: 1,
    };

    fn key(&self) -> ViewerSessionId {
        self.id
    }
    fn key_values(key: &ViewerSessionId) -> Vec<Value> {
        values![*key]
    }
    fn values(&self) -> Vec<Value> {
        let (viewer, anonymous) = viewer_columns(self.viewer);
        values![
            self.id,
            self.stream,
            self.channel,
            viewer,
            anonymous,
            self.node.clone(),
            self.joined_at,
        ]
    }
    fn read(columns: &mut Columns<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: columns.id(ViewerSessionId)?,
            stream: columns.id(StreamId)?,
            channel: columns.id(ChannelId)?,
            viewer: read_viewer(columns)?,
            node: columns.take()?,
            joined_at: columns.take()?,
        })
    }
}

/// Folds open viewer sessions.
#[derive(Default)]
pub(crate) struct ViewerSessions {
    sessions: Working<ViewerSession>,
}

impl Projection for ViewerSessions {
    fn name(&self) -> &'static str {
        "viewer_sessions"
    }

    /// Every event says all there is to know: no row is looked at.
    fn want(&mut self, recorded: &Recorded) -> bool {
        matches!(&recorded.event, Event::ViewerSession(_))
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        let Event::ViewerSession(event) = &recorded.event else {
            return Ok(());
        };
        let HistoryId::ViewerSession(id) = recorded.history else {
            return Err(FoldError::WrongHistory);
        };
        match event {
            Happened::Joined(event) => self.sessions.put(ViewerSession {
                id,
                stream: event.stream,
                channel: event.channel,
                viewer: event.viewer,
                node: event.node.clone(),
                joined_at: micros(event.at),
            }),
            Happened::Left(_) => self.sessions.remove(&id),
        }
        Ok(())
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.sessions]
    }
}
