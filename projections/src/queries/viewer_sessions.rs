//! Open viewer sessions: what must be closed when a stream ends or a node is gone.

use super::{OPEN_MAX, QueryError, read_all};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::viewer_sessions::ViewerSession;
use crate::record::Record;
use tributary_domain::StreamId;

fn session(row: &Row) -> Result<ViewerSession, DbError> {
    ViewerSession::read(&mut row.columns())
}

const SESSIONS: &str = "SELECT id, stream, channel, viewer, anonymous, node, joined_at \
     FROM viewer_sessions WHERE";

impl Views {
    /// The open sessions that a node serves; at most [`OPEN_MAX`], so ask again once these are
    /// closed.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn sessions_of_node(&self, node: &str) -> Result<Vec<ViewerSession>, QueryError> {
        let sql = format!("{SESSIONS} node = $1 ORDER BY id LIMIT {OPEN_MAX}");
        read_all(&self.serving().db.all(&sql, values![node]).await?, session)
    }

    /// The open sessions at a stream; at most [`OPEN_MAX`], so ask again once these are closed.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn sessions_of_stream(
        &self,
        stream: StreamId,
    ) -> Result<Vec<ViewerSession>, QueryError> {
        let sql = format!("{SESSIONS} stream = $1 ORDER BY id LIMIT {OPEN_MAX}");
        read_all(
            &self.serving().db.all(&sql, values![stream]).await?,
            session,
        )
    }

    /// Every node that serves an open session.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn nodes_with_sessions(&self) -> Result<Vec<String>, QueryError> {
        let sql = "SELECT DISTINCT node FROM viewer_sessions ORDER BY node";
        let rows = self.serving().db.all(sql, vec![]).await?;
        read_all(&rows, |row| row.columns().take())
    }
}
