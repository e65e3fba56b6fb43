//! Who comes and goes.

use super::{Concerns, Statistics};
use crate::db::micros;
use crate::fold::FoldError;
use crate::project::audience_rows::{ChannelViewer, Retention, StreamViewer};
use tributary_domain::viewer_session::{Joined, Left};
use tributary_domain::{StreamId, Timestamp, ViewerId};

impl Statistics {
    pub(super) fn joined(
        &mut self,
        event: &Joined,
        concerns: Concerns,
        at: Timestamp,
    ) -> Result<(), FoldError> {
        let (stream, viewer) = (event.stream, event.viewer);
        let rule = self.rule;
        let joined_at = micros(event.at);
        let new = || StreamViewer::new(stream, viewer, joined_at);
        let row = self.viewers.edit_or(&(stream, viewer), new)?;
        row.open_sessions += 1;
        let came = row.open_sessions == 1;
        if came {
            // A clock that was stepped back never makes two visits overlap.
            let begins = row.left_at.map_or(joined_at, |left| left.max(joined_at));
            row.here_since = Some(begins);
        }
        let counts = !row.counted && rule.counts_on_joining(event);
        row.counted |= counts;
        // Visits of before that were too short to count.
        let of_before = (counts && row.visits > 0).then_some(row.watch_ms);
        let statistics = self.stream(stream)?;
        statistics.sessions += 1;
        statistics.viewer_count += i64::from(came);
        statistics.peak_viewers = statistics.peak_viewers.max(statistics.viewer_count);
        let viewer_count = statistics.viewer_count;
        self.minute(stream, at)?.becomes(viewer_count);
        if counts {
            self.counts(viewer, stream, concerns, at)?;
        }
        if let Some(watch_ms) = of_before {
            self.watched(stream, None, watch_ms, concerns, at)?;
        }
        Ok(())
    }

    pub(super) fn left(
        &mut self,
        event: &Left,
        concerns: Concerns,
        at: Timestamp,
    ) -> Result<(), FoldError> {
        let (stream, viewer) = (event.stream, event.viewer);
        if self.viewers.get(&(stream, viewer))?.is_none() {
            return Ok(());
        }
        let rule = self.rule;
        let Some(statistics) = self.streams.get(&(stream,))?.cloned() else {
            return Ok(());
        };
        let row = self.viewers.edit(&(stream, viewer))?;
        if row.open_sessions == 0 {
            return Ok(());
        }
        row.open_sessions -= 1;
        let left_at = micros(event.at);
        let left_at = row.left_at.map_or(left_at, |before| before.max(left_at));
        row.left_at = Some(left_at);
        if row.open_sessions > 0 {
            return Ok(());
        }
        let came_at = row.here_since.take().unwrap_or(left_at);
        let (before, visits) = (row.watch_ms, row.visits);
        row.watch_ms = before.saturating_add(statistics.watched_ms(came_at, left_at));
        row.visits += 1;
        let watch_ms = row.watch_ms;
        let had_counted = row.counted;
        row.counted |= rule.counts_after(watch_ms);
        let counted = row.counted;
        let statistics = self.stream(stream)?;
        statistics.viewer_count -= 1;
        let viewer_count = statistics.viewer_count;
        self.minute(stream, at)?.becomes(viewer_count);
        if !counted {
            return Ok(());
        }
        if !had_counted {
            self.counts(viewer, stream, concerns, at)?;
        }
        let before = (had_counted && visits > 0).then_some(before);
        self.watched(stream, before, watch_ms, concerns, at)
    }

    /// Somebody counts as a viewer from now on.
    fn counts(
        &mut self,
        viewer: ViewerId,
        stream: StreamId,
        concerns: Concerns,
        at: Timestamp,
    ) -> Result<(), FoldError> {
        self.stream(stream)?.unique_viewers += 1;
        for place in concerns.places() {
            if self.channel_viewers.get(&(place, viewer))?.is_some() {
                continue;
            }
            self.channel_viewers.put(ChannelViewer {
                channel: place,
                viewer,
                counted_at: at,
            });
            self.day(place, at)?.new_viewers += 1;
        }
        Ok(())
    }

    /// The watch time of a viewer who counts became `watch_ms`; `before` where it was among the counts.
    fn watched(
        &mut self,
        stream: StreamId,
        before: Option<i64>,
        watch_ms: i64,
        concerns: Concerns,
        at: Timestamp,
    ) -> Result<(), FoldError> {
        let more_ms = watch_ms - before.unwrap_or(0);
        let statistics = self.stream(stream)?;
        statistics.watchers += i64::from(before.is_none());
        statistics.watch_ms = statistics.watch_ms.saturating_add(more_ms);
        let retention = self
            .retention
            .edit_or(&(stream,), || Retention::nothing((stream,)))?;
        if !retention.moves(before, watch_ms) {
            return Err(FoldError::Unreadable("stream_retention"));
        }
        self.each_day(concerns, at, |day| {
            day.watch_ms = day.watch_ms.saturating_add(more_ms);
        })
    }
}
