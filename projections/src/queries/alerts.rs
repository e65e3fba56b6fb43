//! What went live at the channels that somebody follows.

use super::chat::LATEST;
use super::streams::columns;
use super::{LiveCursor, Page, QueryError, bounded, read_all};
use crate::Views;
use crate::db::{Row, values};
use crate::project::stream_row::Stream;
use crate::record::Record;
use tributary_domain::{AccountId, StreamId};
use uuid::Uuid;

impl Views {
    /// Public streams that went live at a channel while somebody followed it, as they follow now: the one that
    /// went live last first. The cursor of an item is [`LiveCursor::Newest`].
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn followed_streams(
        &self,
        account: AccountId,
        first: usize,
        after: Option<LiveCursor>,
    ) -> Result<Page<Stream>, QueryError> {
        let (limit, rows) = bounded(first);
        let (at, id) = match after {
            Some(LiveCursor::Newest(at, id)) => (at, id),
            Some(LiveCursor::Viewers(..)) | None => (LATEST, StreamId(Uuid::max())),
        };
        let sql = format!(
            "SELECT {} FROM follows f JOIN streams s ON s.channel = f.channel \
             WHERE f.account = $1 AND s.visibility = 'public' AND s.started_at >= f.since \
             AND (s.started_at < $2 OR (s.started_at = $2 AND s.id < $3)) \
             ORDER BY s.started_at DESC, s.id DESC LIMIT $4",
            columns()
        );
        let values = values![account, at, id, rows];
        let found = self.serving().db.all(&sql, values).await?;
        let read = |row: &Row| Stream::read(&mut row.columns());
        Ok(Page::of(read_all(&found, read)?, limit))
    }
}
