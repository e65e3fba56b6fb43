//! Streams by id and by channel.

use super::{OPEN_MAX, Page, QueryError, before, bounded, by_channel, by_keys, pages_of, read_all};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::stream_row::Stream;
use crate::record::Record;
use std::cmp::Reverse;
use std::collections::HashMap;
use tributary_domain::{ChannelId, Position, StreamId};

/// The columns of a stream, of a table that is called `s`.
pub(super) fn columns() -> String {
    let names: Vec<_> = Stream::TABLE
        .columns
        .iter()
        .map(|(name, _)| format!("s.{name}"))
        .collect();
    names.join(", ")
}

fn stream(row: &Row) -> Result<Stream, DbError> {
    Stream::read(&mut row.columns())
}

impl Views {
    /// The stream with this id, whatever its visibility.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn stream(&self, id: StreamId) -> Result<Option<Stream>, QueryError> {
        Ok(self.streams(&[id]).await?.remove(&id))
    }

    /// The streams with these ids, whatever their visibility.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn streams(&self, ids: &[StreamId]) -> Result<HashMap<StreamId, Stream>, QueryError> {
        let sql = |ids: &str| format!("SELECT {} FROM streams s WHERE s.id IN ({ids})", columns());
        let found = by_keys(&self.serving().db, sql, ids.iter().copied(), stream).await?;
        Ok(found
            .into_iter()
            .map(|stream| (stream.id, stream))
            .collect())
    }

    /// The stream of a channel that is starting, live or interrupted, whatever its visibility.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn current_stream(&self, channel: ChannelId) -> Result<Option<Stream>, QueryError> {
        Ok(self.current_streams(&[channel]).await?.remove(&channel))
    }

    /// The current streams of these channels, by channel.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn current_streams(
        &self,
        channels: &[ChannelId],
    ) -> Result<HashMap<ChannelId, Stream>, QueryError> {
        let sql = |ids: &str| {
            format!(
                "SELECT {} FROM streams s WHERE s.channel IN ({ids}) \
                 AND s.status IN ('starting', 'live', 'interrupted') ORDER BY s.created_position",
                columns()
            )
        };
        let found = by_keys(&self.serving().db, sql, channels.iter().copied(), stream).await?;
        Ok(found
            .into_iter()
            .map(|stream| (stream.channel, stream))
            .collect())
    }

    /// A channel's streams, the newest first. The cursor of an item is its `created_position`.
    /// `with_private`: only for the owner and staff.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn streams_of_channel(
        &self,
        channel: ChannelId,
        with_private: bool,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<Stream>, QueryError> {
        let channels = [channel];
        let pages = self.streams_of_channels(&channels, with_private, first, after);
        Ok(pages.await?.remove(&channel).unwrap_or_default())
    }

    /// The same of several channels. One without streams there is not in the map.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn streams_of_channels(
        &self,
        channels: &[ChannelId],
        with_private: bool,
        first: usize,
        after: Option<Position>,
    ) -> Result<HashMap<ChannelId, Page<Stream>>, QueryError> {
        let (limit, rows) = bounded(first);
        let one = |channel: &str| {
            format!(
                "SELECT {} FROM streams s WHERE s.channel = {channel} AND s.created_position < $1 \
                 AND ($2 OR s.visibility = 'public') ORDER BY s.created_position DESC LIMIT $3",
                columns()
            )
        };
        let shared = values![before(after), with_private, rows];
        let found = pages_of(&self.serving().db, channels, shared, one, stream).await?;
        let newest = |stream: &Stream| Reverse(stream.created_position);
        Ok(by_channel(found, limit, |stream| stream.channel, newest))
    }

    /// Every stream that is starting, live or interrupted, the oldest first; at most [`OPEN_MAX`].
    /// Policies start from it.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn open_streams(&self) -> Result<Vec<Stream>, QueryError> {
        let sql = format!(
            "SELECT {} FROM streams s WHERE s.status IN ('starting', 'live', 'interrupted') \
             ORDER BY s.created_position LIMIT {OPEN_MAX}",
            columns()
        );
        read_all(&self.serving().db.all(&sql, vec![]).await?, stream)
    }
}
