//! What a stream comes to in numbers: viewers, watch time, messages, tips.
//!
//! The rules:
//! - **Viewers.** A viewer is an account, or an anonymous id. The viewer count of a stream is the
//!   number of viewers with at least one open session: a viewer counts once, however many sessions
//!   (tabs, devices) are open. The peak is the highest count that the events, one by one, ever led
//!   to; unique viewers are all that ever joined. Counts follow the order of the log alone, so they
//!   are the same after any rebuild. Leaving without an open session changes no count, so that none
//!   is ever negative. A stream's end closes no session here: a policy closes them, with events.
//! - **Watch time** is that of sessions that are over, as far as there was a stream to watch: from the
//!   first media at the earliest, and for a session that ends while the stream is interrupted or over,
//!   up to the moment when its media stopped. So nobody's watch time is longer than the stream. The
//!   average is per ended session.
//! - **Messages**: all that were sent while the stream was open, also those that were deleted later:
//!   the number says how lively the chat was, and moderation does not rewrite that.
//! - **Tips**: all that were given while the stream was open, summed per currency.

use crate::changed::Changed;
use crate::db::micros;
use crate::fold::{FoldError, Projection};
use crate::project::statistics_rows::{StatisticsRow, StreamTips, StreamViewer};
use crate::working::{Rows, Working};
use tributary_domain::money::minor;
use tributary_domain::viewer_session::{Joined, Left};
use tributary_domain::wallet::Tipped;
use tributary_domain::{
    Event, HistoryId, Recorded, StreamId, ViewerId, channel, stream, viewer_session, wallet,
};

/// Folds streams' numbers.
#[derive(Default)]
pub(crate) struct Statistics {
    streams: Working<StatisticsRow>,
    viewers: Working<StreamViewer>,
    tips: Working<StreamTips>,
}

impl Projection for Statistics {
    fn name(&self) -> &'static str {
        "statistics"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        let (stream, viewer) = match &recorded.event {
            Event::ViewerSession(viewer_session::Event::Joined(event)) => {
                (event.stream, Some(event.viewer))
            }
            Event::ViewerSession(viewer_session::Event::Left(event)) => {
                (event.stream, Some(event.viewer))
            }
            Event::Channel(channel::Event::MessageSent(event)) => match event.stream {
                Some(stream) => (stream, None),
                None => return false,
            },
            Event::Wallet(wallet::Event::Tipped(event)) => match event.stream {
                Some(stream) => {
                    self.tips.want((stream, event.entry.currency));
                    (stream, None)
                }
                None => return false,
            },
            Event::Stream(
                stream::Event::WentLive(_)
                | stream::Event::Interrupted(_)
                | stream::Event::Resumed(_)
                | stream::Event::Ended(_),
            ) => match &recorded.history {
                HistoryId::Stream(stream) => (*stream, None),
                _ => return false,
            },
            _ => return false,
        };
        self.streams.want(stream);
        if let Some(viewer) = viewer {
            self.viewers.want((stream, viewer));
        }
        true
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        match &recorded.event {
            Event::ViewerSession(viewer_session::Event::Joined(event)) => self.joined(event),
            Event::ViewerSession(viewer_session::Event::Left(event)) => self.left(event),
            Event::Channel(channel::Event::MessageSent(event)) => match event.stream {
                Some(stream) => {
                    self.stream(stream)?.message_count += 1;
                    Ok(())
                }
                None => Ok(()),
            },
            Event::Wallet(wallet::Event::Tipped(event)) => match event.stream {
                Some(stream) => self.tipped(stream, event),
                None => Ok(()),
            },
            Event::Stream(event) => match &recorded.history {
                HistoryId::Stream(stream) => self.on_air(*stream, event),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn announce(&self, recorded: &Recorded, changed: &mut Changed) {
        let Event::ViewerSession(event) = &recorded.event else {
            return;
        };
        changed.viewers.push(match event {
            viewer_session::Event::Joined(event) => event.stream,
            viewer_session::Event::Left(event) => event.stream,
        });
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.streams, &mut self.viewers, &mut self.tips]
    }
}

impl Statistics {
    fn stream(&mut self, stream: StreamId) -> Result<&mut StatisticsRow, FoldError> {
        self.streams
            .edit_or(&stream, || StatisticsRow::nothing(stream))
    }

    fn viewer(&mut self, stream: StreamId, viewer: ViewerId) -> Result<bool, FoldError> {
        Ok(self.viewers.get(&(stream, viewer))?.is_some())
    }

    fn on_air(&mut self, stream: StreamId, event: &stream::Event) -> Result<(), FoldError> {
        match event {
            stream::Event::WentLive(event) => {
                self.stream(stream)?.live_since = Some(micros(event.at));
            }
            stream::Event::Interrupted(event) => {
                self.stream(stream)?.off_since = Some(micros(event.at));
            }
            stream::Event::Resumed(_) => self.stream(stream)?.off_since = None,
            stream::Event::Ended(event) => {
                self.stream(stream)?.off_since = Some(micros(event.ended_at));
            }
            stream::Event::Scheduled(_)
            | stream::Event::Started(_)
            | stream::Event::Updated(_)
            | stream::Event::Ending(_)
            | stream::Event::Cancelled(_) => {}
        }
        Ok(())
    }

    fn joined(&mut self, event: &Joined) -> Result<(), FoldError> {
        let (stream, viewer) = (event.stream, event.viewer);
        let known = self.viewer(stream, viewer)?;
        let row = self.viewers.edit_or(&(stream, viewer), || StreamViewer {
            stream,
            viewer,
            open_sessions: 0,
            first_joined_at: micros(event.at),
            watch_ms: 0,
        })?;
        row.open_sessions += 1;
        let came = row.open_sessions == 1;
        let statistics = self.stream(stream)?;
        statistics.sessions += 1;
        statistics.unique_viewers += i64::from(!known);
        statistics.viewer_count += i64::from(came);
        statistics.peak_viewers = statistics.peak_viewers.max(statistics.viewer_count);
        Ok(())
    }

    fn left(&mut self, event: &Left) -> Result<(), FoldError> {
        let (stream, viewer) = (event.stream, event.viewer);
        if !self.viewer(stream, viewer)? {
            return Ok(());
        }
        let watched_ms = self.stream(stream)?.watched_ms(event);
        let row = self.viewers.edit(&(stream, viewer))?;
        if row.open_sessions == 0 {
            return Ok(());
        }
        row.open_sessions -= 1;
        row.watch_ms = row.watch_ms.saturating_add(watched_ms);
        let went = row.open_sessions == 0;
        let statistics = self.stream(stream)?;
        statistics.ended_sessions += 1;
        statistics.watch_ms = statistics.watch_ms.saturating_add(watched_ms);
        statistics.viewer_count -= i64::from(went);
        Ok(())
    }

    fn tipped(&mut self, stream: StreamId, event: &Tipped) -> Result<(), FoldError> {
        let currency = event.entry.currency;
        let tips = self.tips.edit_or(&(stream, currency), || {
            StreamTips::nothing(stream, currency)
        })?;
        let add = |sum: &mut i64, amount| {
            let too_large = FoldError::TooLarge("the tips of a stream");
            *sum = sum.checked_add(minor(amount, currency)).ok_or(too_large)?;
            Ok(())
        };
        add(&mut tips.amount, event.amount)?;
        add(&mut tips.fee, event.fee)?;
        add(&mut tips.net, event.net)?;
        tips.tip_count += 1;
        self.stream(stream)?.tip_count += 1;
        Ok(())
    }
}
