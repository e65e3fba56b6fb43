//! What streams, channels and the platform come to in numbers.
//!
//! The rules; docs/analytics.md has each number's exact definition with what recomputes it:
//! - **Viewers now, peak, concurrent viewers.** A viewer is an account, or an anonymous id. The viewer count of
//!   a stream is the number of viewers with at least one open session: a viewer counts once, however many
//!   sessions (tabs, devices) are open. The peak is the highest count that the events, one by one, ever led
//!   to. Counts follow the order of the log and the moments at which it recorded, so they are the same after
//!   any rebuild. Leaving without an open session changes no count, so that none is ever negative. A stream's
//!   end closes no session here: a policy closes them, with events.
//! - **Unique viewers, watch time, retention** are of those who count by the rule of this generation
//!   ([`ViewerRule`]).
//! - **Watch time** is that of visits that are over, as far as there was a stream to watch: from the first
//!   media at the earliest, and for a visit that ends while the stream is interrupted or over, up to the
//!   moment when its media stopped. A viewer's visits never overlap. So nobody's watch time is longer than the
//!   stream.
//! - **Messages**: all that were sent while the stream was open, also those that were deleted later:
//!   the number says how lively the chat was, and moderation does not rewrite that.
//! - **Tips**: all that were given while the stream was open, summed per currency. What is taken back goes off
//!   the sums of its stream, and off those of the day on which it was taken back.
//! - **Days** count for a channel and for the platform, by the day (UTC) on which the log recorded; also what
//!   happened while no stream was open.

mod audience;

use crate::changed::Changed;
use crate::db::micros;
use crate::fold::{FoldError, Projection};
use crate::project::audience_rows::{ChannelViewer, Retention, StreamViewer};
use crate::project::day_rows::{ChannelDay, ChannelMinute, ChannelTipDay, PLATFORM, day_of};
use crate::project::statistics_rows::{
    StatisticsRow, StreamMinute, StreamTipMinute, StreamTips, minute_of,
};
use crate::viewer_rule::ViewerRule;
use crate::working::{Rows, Working};
use tributary_domain::money::minor;
use tributary_domain::wallet::{TipRefunded, Tipped};
use tributary_domain::{
    ChannelId, Event, HistoryId, Recorded, StreamId, Timestamp, ViewerId, account, channel, stream,
    viewer_session, wallet,
};

/// Folds numbers.
#[derive(Default)]
pub(crate) struct Statistics {
    rule: ViewerRule,
    streams: Working<StatisticsRow>,
    viewers: Working<StreamViewer>,
    retention: Working<Retention>,
    tips: Working<StreamTips>,
    minutes: Working<StreamMinute>,
    tip_minutes: Working<StreamTipMinute>,
    days: Working<ChannelDay>,
    tip_days: Working<ChannelTipDay>,
    channel_viewers: Working<ChannelViewer>,
    follows: Working<ChannelMinute>,
}

/// What an event counts for.
#[derive(Debug, Clone, Copy, Default)]
struct Concerns {
    stream: Option<StreamId>,
    channel: Option<ChannelId>,
    viewer: Option<ViewerId>,
}

impl Concerns {
    /// `None` for an event that no number counts.
    fn of(recorded: &Recorded) -> Option<Self> {
        let all = Self {
            channel: recorded.channel,
            ..Self::default()
        };
        Some(match &recorded.event {
            Event::ViewerSession(viewer_session::Event::Joined(event)) => Self {
                stream: Some(event.stream),
                channel: Some(event.channel),
                viewer: Some(event.viewer),
            },
            Event::ViewerSession(viewer_session::Event::Left(event)) => Self {
                stream: Some(event.stream),
                viewer: Some(event.viewer),
                ..all
            },
            Event::Channel(channel::Event::MessageSent(event)) => Self {
                stream: event.stream,
                ..all
            },
            Event::Wallet(wallet::Event::Tipped(event)) => Self {
                stream: event.stream,
                channel: Some(event.channel),
                viewer: None,
            },
            Event::Wallet(wallet::Event::TipRefunded(event)) => Self {
                stream: event.stream,
                channel: Some(event.channel),
                viewer: None,
            },
            Event::Stream(
                stream::Event::WentLive(_)
                | stream::Event::Interrupted(_)
                | stream::Event::Resumed(_)
                | stream::Event::Ended(_),
            ) => match &recorded.history {
                HistoryId::Stream(stream) => Self {
                    stream: Some(*stream),
                    ..all
                },
                _ => return None,
            },
            Event::Account(account::Event::Followed(event)) => Self::at(event.channel),
            Event::Account(account::Event::Unfollowed(event)) => Self::at(event.channel),
            Event::Account(account::Event::Registered(_))
            | Event::Channel(channel::Event::Opened(_)) => Self::default(),
            _ => return None,
        })
    }

    fn at(channel: ChannelId) -> Self {
        Self {
            channel: Some(channel),
            ..Self::default()
        }
    }

    /// The channel, if there is one, and the platform.
    fn places(&self) -> impl Iterator<Item = ChannelId> + use<> {
        self.channel.into_iter().chain([PLATFORM])
    }
}

impl Projection for Statistics {
    fn name(&self) -> &'static str {
        "statistics"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        let Some(concerns) = Concerns::of(recorded) else {
            return false;
        };
        let at = recorded.recorded_at;
        let tip = match &recorded.event {
            Event::Wallet(wallet::Event::Tipped(event)) => Some(event.entry.currency),
            Event::Wallet(wallet::Event::TipRefunded(event)) => Some(event.entry.currency),
            _ => None,
        };
        if let Some(stream) = concerns.stream {
            self.streams.want((stream,));
            self.minutes.want((stream, minute_of(at)));
            if let Some(currency) = tip {
                self.tips.want((stream, currency));
                self.tip_minutes.want((stream, minute_of(at), currency));
            }
            if let Some(viewer) = concerns.viewer {
                self.viewers.want((stream, viewer));
                self.retention.want((stream,));
            }
        }
        if let Some((channel, _)) = following(recorded) {
            self.follows.want((channel, minute_of(at)));
        }
        for place in concerns.places() {
            self.days.want((place, day_of(at)));
            if let Some(currency) = tip {
                self.tip_days.want((place, day_of(at), currency));
            }
            if let Some(viewer) = concerns.viewer {
                self.channel_viewers.want((place, viewer));
            }
        }
        true
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        let Some(concerns) = Concerns::of(recorded) else {
            return Ok(());
        };
        let at = micros(recorded.recorded_at);
        if let Some(stream) = concerns.stream {
            self.measure(stream, concerns, at)?;
        }
        match &recorded.event {
            Event::ViewerSession(viewer_session::Event::Joined(event)) => {
                self.joined(event, concerns, at)
            }
            Event::ViewerSession(viewer_session::Event::Left(event)) => {
                self.left(event, concerns, at)
            }
            Event::Channel(channel::Event::MessageSent(event)) => {
                if let Some(stream) = event.stream {
                    self.stream(stream)?.message_count += 1;
                    self.minute(stream, at)?.message_count += 1;
                }
                self.each_day(concerns, at, |day| day.message_count += 1)
            }
            Event::Wallet(wallet::Event::Tipped(event)) => self.tipped(event, concerns, at),
            Event::Wallet(wallet::Event::TipRefunded(event)) => self.refunded(event, concerns, at),
            Event::Stream(event) => match concerns.stream {
                Some(stream) => self.on_air(stream, event, concerns, at),
                None => Ok(()),
            },
            Event::Account(account::Event::Followed(_) | account::Event::Unfollowed(_)) => {
                self.followed(recorded, concerns, at)
            }
            Event::Account(account::Event::Registered(_)) => {
                self.each_day(concerns, at, |day| day.new_accounts += 1)
            }
            Event::Channel(channel::Event::Opened(_)) => {
                self.each_day(concerns, at, |day| day.new_channels += 1)
            }
            _ => Ok(()),
        }
    }

    fn announce(&self, recorded: &Recorded, changed: &mut Changed) {
        let Some(Concerns {
            stream: Some(stream),
            viewer,
            ..
        }) = Concerns::of(recorded)
        else {
            return;
        };
        changed.numbers.push(stream);
        if viewer.is_some() {
            changed.viewers.push(stream);
        }
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![
            &mut self.streams,
            &mut self.viewers,
            &mut self.retention,
            &mut self.tips,
            &mut self.minutes,
            &mut self.tip_minutes,
            &mut self.days,
            &mut self.tip_days,
            &mut self.channel_viewers,
            &mut self.follows,
        ]
    }
}

/// The channel that somebody began to follow, or with `false` stopped.
fn following(recorded: &Recorded) -> Option<(ChannelId, bool)> {
    match &recorded.event {
        Event::Account(account::Event::Followed(event)) => Some((event.channel, true)),
        Event::Account(account::Event::Unfollowed(event)) => Some((event.channel, false)),
        _ => None,
    }
}

impl Statistics {
    /// Counts viewers by this rule.
    pub(crate) fn by(rule: ViewerRule) -> Self {
        Self {
            rule,
            ..Self::default()
        }
    }

    fn stream(&mut self, stream: StreamId) -> Result<&mut StatisticsRow, FoldError> {
        let key = (stream,);
        self.streams
            .edit_or(&key, || StatisticsRow::nothing((stream,)))
    }

    fn minute(&mut self, stream: StreamId, at: Timestamp) -> Result<&mut StreamMinute, FoldError> {
        self.minutes.edit(&(stream, minute_of(at)))
    }

    fn each_day(
        &mut self,
        concerns: Concerns,
        at: Timestamp,
        change: impl Fn(&mut ChannelDay),
    ) -> Result<(), FoldError> {
        for place in concerns.places() {
            change(self.day(place, at)?);
        }
        Ok(())
    }

    fn day(&mut self, place: ChannelId, at: Timestamp) -> Result<&mut ChannelDay, FoldError> {
        let key = (place, day_of(at));
        self.days.edit_or(&key, || ChannelDay::nothing(key))
    }

    /// Before anything changes: what was so until now counts for the time until now.
    fn measure(
        &mut self,
        stream: StreamId,
        concerns: Concerns,
        at: Timestamp,
    ) -> Result<(), FoldError> {
        let row = self.stream(stream)?;
        if let Some(channel) = concerns.channel {
            row.channel = channel;
        }
        let (air_ms, viewer_ms) = row.measure(at);
        let viewers = row.viewer_count;
        let key = (stream, minute_of(at));
        let minute = self.minutes.edit_or(&key, || StreamMinute {
            viewers,
            peak_viewers: viewers,
            ..StreamMinute::nothing(key)
        })?;
        minute.measure(at);
        if air_ms > 0 {
            self.each_day(concerns, at, |day| {
                day.air_ms = day.air_ms.saturating_add(air_ms);
                day.viewer_ms = day.viewer_ms.saturating_add(viewer_ms);
            })?;
        }
        Ok(())
    }

    fn on_air(
        &mut self,
        stream: StreamId,
        event: &stream::Event,
        concerns: Concerns,
        at: Timestamp,
    ) -> Result<(), FoldError> {
        let row = self.stream(stream)?;
        match event {
            stream::Event::WentLive(event) => {
                row.live_since = Some(micros(event.at));
                row.measured_at = Some(at);
                self.each_day(concerns, at, |day| day.streams += 1)?;
            }
            stream::Event::Interrupted(event) => {
                row.off_since = Some(micros(event.at));
                row.measured_at = None;
                row.interruptions += 1;
            }
            stream::Event::Resumed(_) => {
                row.off_since = None;
                row.measured_at = Some(at);
            }
            stream::Event::Ended(event) => {
                row.off_since = Some(micros(event.ended_at));
                row.measured_at = None;
            }
            stream::Event::Scheduled(_)
            | stream::Event::Started(_)
            | stream::Event::Updated(_)
            | stream::Event::HealthNoted(_)
            | stream::Event::Ending(_)
            | stream::Event::RecordingStarted(_)
            | stream::Event::RecordingStopped(_)
            | stream::Event::Anchored(_)
            | stream::Event::RecordingFinished(_)
            | stream::Event::RecordingDeleted(_)
            | stream::Event::Cancelled(_) => {}
        }
        Ok(())
    }

    fn followed(
        &mut self,
        recorded: &Recorded,
        concerns: Concerns,
        at: Timestamp,
    ) -> Result<(), FoldError> {
        let Some((channel, begins)) = following(recorded) else {
            return Ok(());
        };
        let (came, went) = (i64::from(begins), i64::from(!begins));
        let key = (channel, minute_of(at));
        let minute = self.follows.edit_or(&key, || ChannelMinute::nothing(key))?;
        minute.new_followers += came;
        minute.lost_followers += went;
        self.each_day(concerns, at, |day| {
            day.new_followers += came;
            day.lost_followers += went;
        })
    }

    fn tipped(
        &mut self,
        event: &Tipped,
        concerns: Concerns,
        at: Timestamp,
    ) -> Result<(), FoldError> {
        let currency = event.entry.currency;
        let units = |amount| minor(amount, currency);
        let (amount, fee, net) = (units(event.amount), units(event.fee), units(event.net));
        if let Some(stream) = event.stream {
            let key = (stream, currency);
            let tips = self.tips.edit_or(&key, || StreamTips::nothing(key))?;
            add(&mut tips.amount, amount)?;
            add(&mut tips.fee, fee)?;
            add(&mut tips.net, net)?;
            tips.tip_count += 1;
            let key = (stream, minute_of(at), currency);
            let minute = self
                .tip_minutes
                .edit_or(&key, || StreamTipMinute::nothing(key))?;
            add(&mut minute.amount, amount)?;
            minute.tip_count += 1;
            self.stream(stream)?.tip_count += 1;
        }
        for place in concerns.places() {
            let key = (place, day_of(at), currency);
            let day = self
                .tip_days
                .edit_or(&key, || ChannelTipDay::nothing(key))?;
            add(&mut day.amount, amount)?;
            add(&mut day.fee, fee)?;
            add(&mut day.net, net)?;
            day.tip_count += 1;
        }
        Ok(())
    }

    /// Sums go back, of the stream and of the day on which it was taken back; how many tips were given stays
    /// as it was.
    fn refunded(
        &mut self,
        event: &TipRefunded,
        concerns: Concerns,
        at: Timestamp,
    ) -> Result<(), FoldError> {
        let currency = event.entry.currency;
        let units = |amount| -minor(amount, currency);
        let (amount, fee, net) = (units(event.amount), units(event.fee), units(event.net));
        if let Some(stream) = event.stream {
            let key = (stream, currency);
            let tips = self.tips.edit_or(&key, || StreamTips::nothing(key))?;
            add(&mut tips.amount, amount)?;
            add(&mut tips.fee, fee)?;
            add(&mut tips.net, net)?;
        }
        for place in concerns.places() {
            let key = (place, day_of(at), currency);
            let day = self
                .tip_days
                .edit_or(&key, || ChannelTipDay::nothing(key))?;
            add(&mut day.amount, amount)?;
            add(&mut day.fee, fee)?;
            add(&mut day.net, net)?;
        }
        Ok(())
    }
}

fn add(sum: &mut i64, amount: i64) -> Result<(), FoldError> {
    let too_large = FoldError::TooLarge("a sum of tips");
    *sum = sum.checked_add(amount).ok_or(too_large)?;
    Ok(())
}
