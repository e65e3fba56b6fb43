//! How streams' publishers did, note by note. Nothing here is personal: it stays when the streamer is erased, as
//! the stream's other numbers do.

use crate::db::micros;
use crate::fold::{FoldError, Projection, stream_of};
use crate::project::plain_row::plain_row;
use crate::word::Word as _;
use crate::working::{Rows, Working};
use tributary_domain::stream::Event as Happened;
use tributary_domain::{Event, Recorded, StreamId, Timestamp};

plain_row! {
    /// A note of how a publisher did, by its place in the log.
    HealthNote in "stream_health" by (stream: StreamId, position: i64) {
        at: Timestamp = Timestamp::UNIX_EPOCH,
        span_ms: i64 = 0,
        video_bytes: i64 = 0,
        audio_bytes: i64 = 0,
        frames: i64 = 0,
        media_ms: i64 = 0,
        key_frame_interval_ms: Option<i64> = None,
        sound_ahead_ms: Option<i64> = None,
        longest_gap_ms: i64 = 0,
        /// Words with blanks between them.
        warnings: String = String::new(),
    }
}

/// Folds notes.
#[derive(Default)]
pub(crate) struct Healths {
    notes: Working<HealthNote>,
}

impl Projection for Healths {
    fn name(&self) -> &'static str {
        "stream_health"
    }

    /// Every note is a row of its own: no row is looked at.
    fn want(&mut self, recorded: &Recorded) -> bool {
        matches!(&recorded.event, Event::Stream(Happened::HealthNoted(_)))
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        let Event::Stream(Happened::HealthNoted(event)) = &recorded.event else {
            return Ok(());
        };
        let health = &event.health;
        let warnings: Vec<_> = health
            .warnings
            .iter()
            .map(|warning| warning.word())
            .collect();
        let key = (stream_of(recorded)?, recorded.position.get());
        self.notes.put(HealthNote {
            at: micros(event.at),
            span_ms: health.span_ms,
            video_bytes: health.video_bytes,
            audio_bytes: health.audio_bytes,
            frames: health.frames,
            media_ms: health.media_ms,
            key_frame_interval_ms: health.key_frame_interval_ms,
            sound_ahead_ms: health.sound_ahead_ms,
            longest_gap_ms: health.longest_gap_ms,
            warnings: warnings.join(" "),
            ..HealthNote::nothing(key)
        });
        Ok(())
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.notes]
    }
}
