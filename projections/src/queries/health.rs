//! How a stream's publisher did over time.

use super::statistics::share;
use super::{Page, QueryError, bounded, read_all};
use crate::Views;
use crate::db::{DbError, Row, values};
use crate::project::health::HealthNote;
use crate::record::Record as _;
use crate::word::Word as _;
use tributary_domain::stream::{Health, HealthWarning};
use tributary_domain::{Position, StreamId, Timestamp};

/// What was noted of a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthPoint {
    /// The note's place in the log.
    pub position: Position,
    /// When the stretch ended that it is about.
    pub at: Timestamp,
    /// What came in it.
    pub health: Health,
}

impl HealthPoint {
    /// Kilobits of video a second.
    pub fn video_kbps(&self) -> f64 {
        share(
            self.health.video_bytes.saturating_mul(8),
            self.health.span_ms,
        )
    }

    /// Kilobits of sound a second.
    pub fn audio_kbps(&self) -> f64 {
        share(
            self.health.audio_bytes.saturating_mul(8),
            self.health.span_ms,
        )
    }

    /// Pictures a second.
    pub fn frame_rate(&self) -> f64 {
        share(
            self.health.frames.saturating_mul(1_000),
            self.health.span_ms,
        )
    }

    /// Seconds of video that came in a second; `None` where no picture came.
    pub fn pace(&self) -> Option<f64> {
        let Health {
            frames,
            media_ms,
            span_ms,
            ..
        } = self.health;
        (frames > 0).then(|| share(media_ms, span_ms))
    }
}

fn point(row: &Row) -> Result<HealthPoint, DbError> {
    let row = HealthNote::read(&mut row.columns())?;
    let corrupt = |index, reason: &str| DbError::Column {
        index,
        reason: reason.to_owned(),
    };
    let warnings = row
        .warnings
        .split_whitespace()
        .map(HealthWarning::from_word);
    Ok(HealthPoint {
        position: Position::new(row.position).ok_or_else(|| corrupt(1, "it is no position"))?,
        at: row.at,
        health: Health {
            span_ms: row.span_ms,
            video_bytes: row.video_bytes,
            audio_bytes: row.audio_bytes,
            frames: row.frames,
            media_ms: row.media_ms,
            key_frame_interval_ms: row.key_frame_interval_ms,
            sound_ahead_ms: row.sound_ahead_ms,
            longest_gap_ms: row.longest_gap_ms,
            warnings: warnings
                .collect::<Option<_>>()
                .ok_or_else(|| corrupt(11, "it is no list of warnings"))?,
        },
    })
}

impl Views {
    /// How a stream's publisher did, the oldest note first. The cursor of an item is its `position`.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub async fn stream_health(
        &self,
        stream: StreamId,
        first: usize,
        after: Option<Position>,
    ) -> Result<Page<HealthPoint>, QueryError> {
        let (limit, rows) = bounded(first);
        let sql = format!(
            "SELECT {} FROM stream_health WHERE stream = $1 AND position > $2 \
             ORDER BY position LIMIT $3",
            HealthNote::TABLE.names()
        );
        let values = values![stream, after.unwrap_or_default(), rows];
        let rows = self.serving().db.all(&sql, values).await?;
        Ok(Page::of(read_all(&rows, point)?, limit))
    }
}
