//! Recordings, and when what is in them was on air.

use super::{OPEN_MAX, Page, QueryError, before, bounded, by_keys, read_all};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::recordings::{Recording, RecordingAnchor};
use crate::record::Record;
use std::collections::{HashMap, HashSet};
use tributary_domain::{ChannelId, Position, RecordingId, StreamId, Timestamp};

const RECORDINGS: &str = "SELECT id, stream, channel, position, node, by_itself, started_at, \
     finished_at, end_reason, duration_ms, bytes, is_gone FROM recordings WHERE";

fn recording(row: &Row) -> Result<Recording, DbError> {
    Recording::read(&mut row.columns())
}

impl Views {
    /// The recordings with these ids that are there.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn recordings(
        &self,
        ids: &[RecordingId],
    ) -> Result<HashMap<RecordingId, Recording>, QueryError> {
        let sql = |ids: &str| format!("{RECORDINGS} id IN ({ids}) AND NOT is_gone");
        let found = by_keys(&self.serving().db, sql, ids.iter().copied(), recording).await?;
        Ok(found.into_iter().map(|found| (found.id, found)).collect())
    }

    /// One recording, if it is there.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn recording(&self, id: RecordingId) -> Result<Option<Recording>, QueryError> {
        Ok(self.recordings(&[id]).await?.remove(&id))
    }

    /// Those of these recordings that were and are not there any more.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn gone_recordings(
        &self,
        ids: &[RecordingId],
    ) -> Result<HashSet<RecordingId>, QueryError> {
        let sql = |ids: &str| format!("{RECORDINGS} id IN ({ids}) AND is_gone");
        let found = by_keys(&self.serving().db, sql, ids.iter().copied(), recording).await?;
        Ok(found.into_iter().map(|found| found.id).collect())
    }

    /// The stream of a recording, also of one that was taken away.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn stream_of_recording(
        &self,
        id: RecordingId,
    ) -> Result<Option<StreamId>, QueryError> {
        let sql = format!("{RECORDINGS} id = $1");
        let rows = self.serving().db.all(&sql, values![id]).await?;
        let found = read_all(&rows, recording)?.pop();
        Ok(found.map(|found| found.stream))
    }

    /// The newest recording of each of these streams that is there.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn newest_recordings(
        &self,
        streams: &[StreamId],
    ) -> Result<HashMap<StreamId, Recording>, QueryError> {
        let sql =
            |ids: &str| format!("{RECORDINGS} stream IN ({ids}) AND NOT is_gone ORDER BY position");
        let streams = streams.iter().copied();
        let found = by_keys(&self.serving().db, sql, streams, recording).await?;
        // The last one of each stream stays.
        Ok(found
            .into_iter()
            .map(|found| (found.stream, found))
            .collect())
    }

    /// A channel's recordings, the newest first; with those of private streams or without. The cursor of
    /// an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn recordings_of_channel(
        &self,
        (channel, with_private): (ChannelId, bool),
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<Recording>, QueryError> {
        let shown = if with_private {
            ""
        } else {
            "AND EXISTS (SELECT 1 FROM streams s \
             WHERE s.id = recordings.stream AND s.visibility = 'public')"
        };
        let sql = format!(
            "{RECORDINGS} channel = $1 AND NOT is_gone AND position < $2 {shown} \
             ORDER BY position DESC LIMIT $3"
        );
        let (limit, rows) = bounded(first);
        let values = values![channel, before(after), rows];
        let found = self.serving().db.all(&sql, values).await?;
        Ok(Page::of(read_all(&found, recording)?, limit))
    }

    /// The same of a stream.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn recordings_of_stream(
        &self,
        stream: StreamId,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<Recording>, QueryError> {
        let sql = format!(
            "{RECORDINGS} stream = $1 AND NOT is_gone AND position < $2 \
             ORDER BY position DESC LIMIT $3"
        );
        let (limit, rows) = bounded(first);
        let values = values![stream, before(after), rows];
        let found = self.serving().db.all(&sql, values).await?;
        Ok(Page::of(read_all(&found, recording)?, limit))
    }

    /// Recordings that are being written, or whose writer is gone; at most [`OPEN_MAX`].
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn open_recordings(&self) -> Result<Vec<Recording>, QueryError> {
        let sql = format!("{RECORDINGS} finished_at IS NULL ORDER BY position LIMIT {OPEN_MAX}");
        read_all(&self.serving().db.all(&sql, vec![]).await?, recording)
    }

    /// Recordings that were complete before a moment and are there, the oldest first; at most as many as
    /// fit on a page, so ask again once these are taken away.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn recordings_before(&self, moment: Timestamp) -> Result<Vec<Recording>, QueryError> {
        let sql = format!(
            "{RECORDINGS} finished_at < $1 AND NOT is_gone ORDER BY finished_at LIMIT {}",
            super::PAGE_MAX
        );
        read_all(
            &self.serving().db.all(&sql, values![moment]).await?,
            recording,
        )
    }

    /// When what is in a recording was on air, in its order. The cursor of an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn recording_anchors(
        &self,
        recording: RecordingId,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<RecordingAnchor>, QueryError> {
        let sql = "SELECT recording, position, media_ms, at FROM recording_anchors \
             WHERE recording = $1 AND position > $2 ORDER BY position LIMIT $3";
        let (limit, rows) = bounded(first);
        let after = after.unwrap_or(Position::START);
        let values = values![recording, after, rows];
        let found = self.serving().db.all(sql, values).await?;
        let read = |row: &Row| RecordingAnchor::read(&mut row.columns());
        Ok(Page::of(read_all(&found, read)?, limit))
    }
}
