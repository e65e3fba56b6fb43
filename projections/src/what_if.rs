//! What streams' numbers would be by another rule: a generation beside all others, that nobody serves and that
//! is thrown away.

use crate::batch::{self, Folding};
use crate::db::{DbError, Row, values};
use crate::generation::{Generation, ViewsUrl};
use crate::project::day_rows::PLATFORM;
use crate::project::statistics::Statistics as Fold;
use crate::project::statistics_rows::StatisticsRow;
use crate::queries::Statistics;
use crate::rebuild::RebuildError;
use crate::record::Record;
use crate::viewer_rule::ViewerRule;
use std::path::Path;
use std::sync::Arc;
use tributary_domain::{Position, Recorded, StreamId};

/// The events that numbers of viewers are folded from, by name.
pub const VIEWER_EVENTS: [&str; 2] = ["viewer_session.*", "stream.*"];

/// The most streams that are told one by one.
pub const STREAMS_MAX: usize = 20;

/// See the [module](self). Only streams that went live among the events that were folded are counted: of
/// others, a part is not known.
pub struct WhatIf {
    generation: Generation,
    folding: Folding,
}

/// What all streams come to together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many.
    pub streams: i64,
    /// Viewers, each once however many streams they watched.
    pub viewers: i64,
    /// The viewers of each stream, added up.
    pub stream_viewers: i64,
    /// Of these, those of whom a visit is over.
    pub watchers: i64,
    /// Their watch time in milliseconds.
    pub watch_ms: i64,
}

impl Sums {
    /// How long a viewer of a stream watched on average, in milliseconds; 0 without any.
    pub fn average_watch_ms(&self) -> i64 {
        self.watch_ms.checked_div(self.watchers).unwrap_or(0)
    }
}

const SUMS: &str = "SELECT COUNT(*), (SELECT COUNT(*) FROM channel_viewers WHERE channel = $1), \
     CAST(COALESCE(SUM(unique_viewers), 0) AS BIGINT), CAST(COALESCE(SUM(watchers), 0) AS BIGINT), \
     CAST(COALESCE(SUM(watch_ms), 0) AS BIGINT) FROM stream_statistics WHERE live_since IS NOT NULL";

impl WhatIf {
    /// Makes an empty generation in a folder, which is for whoever made it to remove.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub async fn new(folder: &Path, rule: ViewerRule) -> Result<Self, RebuildError> {
        let url = ViewsUrl::Sqlite(folder.to_owned());
        url.prepare().await?;
        let generation = url.make(1, rule).await?;
        let folding = generation.take_over(Box::new(Fold::by(rule))).await?;
        Ok(Self {
            generation,
            folding,
        })
    }

    /// Folds the next events; all that matter up to `upto` are among them.
    ///
    /// # Errors
    /// When an event cannot be folded, or the folder not be written.
    pub async fn fold(
        &mut self,
        events: &[Arc<Recorded>],
        upto: Position,
    ) -> Result<(), RebuildError> {
        let folding = std::slice::from_mut(&mut self.folding);
        batch::commit(&self.generation.db, folding, events, upto).await?;
        Ok(())
    }

    /// What all streams come to together.
    ///
    /// # Errors
    /// When the generation cannot be asked.
    pub async fn sums(&self) -> Result<Sums, DbError> {
        let rows = self.generation.db.all(SUMS, values![PLATFORM]).await?;
        let Some(row) = rows.first() else {
            return Ok(Sums::default());
        };
        let mut columns = row.columns();
        Ok(Sums {
            streams: columns.take()?,
            viewers: columns.take()?,
            stream_viewers: columns.take()?,
            watchers: columns.take()?,
            watch_ms: columns.take()?,
        })
    }

    /// The streams with the most viewers at once, which no rule changes.
    ///
    /// # Errors
    /// When the generation cannot be asked.
    pub async fn largest(&self) -> Result<Vec<(StreamId, Statistics)>, DbError> {
        let sql = format!(
            "SELECT {} FROM stream_statistics WHERE live_since IS NOT NULL \
             ORDER BY peak_viewers DESC, stream LIMIT {STREAMS_MAX}",
            StatisticsRow::TABLE.names()
        );
        let read = |row: &Row| {
            let row = StatisticsRow::read(&mut row.columns())?;
            Ok((row.stream, Statistics::from(row)))
        };
        let rows = self.generation.db.all(&sql, vec![]).await?;
        rows.iter().map(read).collect()
    }

    /// Ends every connection.
    pub async fn close(self) {
        self.generation.db.close().await;
    }
}
