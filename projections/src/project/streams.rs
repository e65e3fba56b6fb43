//! Streams, from their announcement to their end.

use crate::changed::Changed;
use crate::db::micros;
use crate::fold::{FoldError, Projection, account_of, is_erasure, stream_of};
use crate::project::stream_row::{Stream, StreamStatus};
use crate::working::{Rows, Working};
use tributary_domain::stream::{Event as Happened, Form, Media, Metadata, Words};
use tributary_domain::{ChannelId, Event, Personal, Recorded, StreamId, Timestamp};

/// Folds streams.
#[derive(Default)]
pub(crate) struct Streams {
    pub(crate) streams: Working<Stream>,
}

impl Projection for Streams {
    fn name(&self) -> &'static str {
        "streams"
    }

    fn want(&mut self, recorded: &Recorded) -> bool {
        if !is_of_its_life(&recorded.event) {
            return is_erasure(recorded);
        }
        if let Ok(stream) = stream_of(recorded) {
            self.streams.want(stream);
        }
        true
    }

    fn project(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        if is_erasure(recorded) {
            let channel: ChannelId = account_of(recorded)?.into();
            self.streams.sweep("channel", channel, Stream::wordless());
        }
        let Event::Stream(event) = &recorded.event else {
            return Ok(());
        };
        let (id, now) = (stream_of(recorded)?, micros(recorded.recorded_at));
        match event {
            Happened::Scheduled(event) => {
                let stream = self.born(id, event.channel, recorded)?;
                stream.describe(event.form, &event.personal);
                stream.turn(StreamStatus::Scheduled, now);
                stream.scheduled_for = Some(micros(event.scheduled_for));
            }
            Happened::Started(event) => {
                let stream = self.born(id, event.channel, recorded)?;
                stream.describe(event.form, &event.personal);
                stream.turn(StreamStatus::Starting, now);
            }
            Happened::WentLive(event) => {
                let stream = self.streams.edit(&id)?;
                stream.started_at = Some(micros(event.at));
                stream.on_air(micros(event.at), &event.media);
                stream.turn(StreamStatus::Live, now);
            }
            Happened::Interrupted(event) => {
                let stream = self.streams.edit(&id)?;
                stream.off_air(micros(event.at));
                stream.turn(StreamStatus::Interrupted, now);
            }
            Happened::Resumed(event) => {
                let stream = self.streams.edit(&id)?;
                stream.on_air(micros(event.at), &event.media);
                stream.turn(StreamStatus::Live, now);
            }
            Happened::HealthNoted(_) => {}
            Happened::Updated(event) => {
                let stream = self.streams.edit(&id)?;
                stream.describe(event.form, &event.personal);
            }
            Happened::Ending(event) => {
                let stream = self.streams.edit(&id)?;
                stream.end_reason = Some(event.reason);
                stream.turn(StreamStatus::Ending, now);
            }
            Happened::Ended(event) => {
                let stream = self.streams.edit(&id)?;
                stream.started_at = event.started_at.map(micros);
                stream.ended_at = Some(micros(event.ended_at));
                stream.duration_ms = Some(event.duration_ms);
                stream.live_ms = event.live_ms;
                stream.turn(StreamStatus::Ended, now);
            }
            Happened::Cancelled(_) => {
                let stream = self.streams.edit(&id)?;
                stream.turn(StreamStatus::Cancelled, now);
            }
            Happened::RecordingStarted(_)
            | Happened::RecordingStopped(_)
            | Happened::Anchored(_)
            | Happened::RecordingFinished(_)
            | Happened::RecordingDeleted(_) => {}
        }
        Ok(())
    }

    fn announce(&self, recorded: &Recorded, changed: &mut Changed) {
        if is_of_its_life(&recorded.event)
            && let Ok(stream) = stream_of(recorded)
        {
            changed.streams.push(stream);
            changed.channels.extend(recorded.channel);
        }
        changed.anything |= is_erasure(recorded);
    }

    fn tables(&mut self) -> Vec<&mut dyn Rows> {
        vec![&mut self.streams]
    }
}

/// Whether an event changes a stream. How its publisher does is told by another projection, and once a minute:
/// nobody who follows the live list is to ask again for it.
const fn is_of_its_life(event: &Event) -> bool {
    match event {
        Event::Stream(event) => !matches!(event, Happened::HealthNoted(_)),
        _ => false,
    }
}

impl Streams {
    /// The stream, made now if it was not announced before.
    fn born(
        &mut self,
        id: StreamId,
        channel: ChannelId,
        recorded: &Recorded,
    ) -> Result<&mut Stream, FoldError> {
        let at = micros(recorded.recorded_at);
        self.streams
            .edit_or(&id, || Stream::new(id, channel, recorded.position, at))
    }
}

impl Stream {
    fn describe(&mut self, form: Form, personal: &Personal<Words>) {
        let Metadata { title, labels } = Metadata::open(form, personal);
        self.title = title.title;
        self.description = title.description;
        self.labels = labels;
    }

    fn turn(&mut self, status: StreamStatus, at: Timestamp) {
        self.status = status;
        self.changed_at = at;
    }

    fn on_air(&mut self, at: Timestamp, media: &Media) {
        self.air_changed_at = Some(at);
        self.media = Some(media.clone());
    }

    fn off_air(&mut self, at: Timestamp) {
        if let Some(since) = self.air_changed_at.replace(at) {
            self.live_ms += (at - since).num_milliseconds().max(0);
        }
    }
}
