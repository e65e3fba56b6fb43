//! A stream: one show of a channel, and its life.
//!
//! `scheduled → starting → live ⇄ interrupted → ending → ended`, or `cancelled`.

use crate::{ChannelId, Salt, StreamId, Timestamp};
use serde::{Deserialize, Serialize};

mod events;
mod health;
mod metadata;
pub mod recording;
mod upcasts;
pub use events::*;
pub use health::{HEALTH_APART_SECONDS_MIN, Health, HealthWarning};
pub use metadata::{Changes, Form, Kind, Labels, Metadata, Title, Visibility, Words};

/// How far ahead a stream can be scheduled, in days.
pub const SCHEDULE_DAYS_MAX: i64 = 366;

rejections! {
    /// Why a stream refused.
    {
        /// No such stream.
        NotFound => "STREAM_NOT_FOUND", Some("streamId");
        /// The id is in use.
        AlreadyExists => "STREAM_EXISTS", Some("streamId");
        /// It was started before.
        AlreadyStarted => "ALREADY_STARTED", Some("streamId");
        /// It has not started.
        NotStarted => "NOT_STARTED", Some("streamId");
        /// It has ended.
        AlreadyEnded => "ALREADY_ENDED", Some("streamId");
        /// It was called off.
        AlreadyCancelled => "ALREADY_CANCELLED", Some("streamId");
        /// Its publisher is connected.
        NotInterrupted => "NOT_INTERRUPTED", Some("streamId");
        /// It is not on air.
        NotLive => "NOT_LIVE", Some("streamId");
        /// Only a scheduled stream can be cancelled.
        AlreadyLive => "ALREADY_LIVE", Some("streamId");
        /// It is being recorded already.
        AlreadyRecording => "ALREADY_RECORDING", Some("streamId");
        /// It is not being recorded.
        NotRecording => "NOT_RECORDING", Some("streamId");
        /// It has as many recordings as a stream may have.
        TooManyRecordings => "TOO_MANY_RECORDINGS", Some("streamId"), [most = recording::RECORDINGS_MAX];
        /// It has no such recording.
        RecordingNotFound => "RECORDING_NOT_FOUND", Some("recordingId");
        /// What is being recorded cannot be deleted.
        StillRecording => "STILL_RECORDING", Some("recordingId");
        /// A schedule must lie ahead.
        ScheduledInThePast => "SCHEDULED_IN_THE_PAST", Some("scheduledFor"), [days = SCHEDULE_DAYS_MAX];
    }
}

/// What can be asked of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Announce it.
    Schedule {
        /// Its id.
        stream: StreamId,
        /// Whose.
        channel: ChannelId,
        /// What it is about.
        metadata: Metadata,
        /// Now.
        at: Timestamp,
        /// When it is to begin.
        scheduled_for: Timestamp,
        /// For the personal part.
        salt: Salt,
    },
    /// Begin: wait for media.
    Start {
        /// Its id.
        stream: StreamId,
        /// Whose.
        channel: ChannelId,
        /// What it is about; `None` keeps what was scheduled, and is refused where nothing was.
        metadata: Option<Metadata>,
        /// For the personal part.
        salt: Salt,
    },
    /// Media came in.
    MediaArrived {
        /// Now.
        at: Timestamp,
        /// What came.
        media: Media,
    },
    /// The publisher went away. Nothing happens if another node has it by now.
    Interrupt {
        /// The node that had it.
        node: String,
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: Interruption,
    },
    /// Note how the publisher does. Nothing happens if another node has it by now, or if it was noted a
    /// moment ago.
    NoteHealth {
        /// The node that has it.
        node: String,
        /// Now.
        at: Timestamp,
        /// What came since the last note.
        health: Health,
    },
    /// Change what it is about.
    Update {
        /// The new description.
        metadata: Metadata,
        /// For the personal part.
        salt: Salt,
    },
    /// End it.
    End {
        /// Now.
        at: Timestamp,
        /// Why.
        reason: EndReason,
    },
    /// Call it off before it began.
    Cancel,
    /// Something about its recordings.
    Record(recording::Command),
}

/// A stream's state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// Its id and channel; `None` before it is made.
    pub identity: Option<(StreamId, ChannelId)>,
    /// What it is about.
    pub metadata: Metadata,
    /// Where it is in its life.
    pub life: Life,
    /// Its recordings.
    pub recordings: recording::Recordings,
}

/// Where a stream is in its life.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Life {
    /// Not made yet.
    #[default]
    Unborn,
    /// Announced.
    Scheduled,
    /// Waiting for media.
    Starting,
    /// On air.
    Live(OnAir),
    /// Its publisher is gone; grace is running.
    Interrupted(OnAir),
    /// Over since then; its recording is being finished.
    Ending(Ended),
    /// Over.
    Ended,
    /// Called off.
    Cancelled,
}

/// How long a stream has been on air.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnAir {
    /// The node that its media comes in on, or last came in on.
    pub node: String,
    /// When media first came in.
    pub since: Timestamp,
    /// When it last changed between live and interrupted.
    pub changed_at: Timestamp,
    /// Milliseconds on air up to `changed_at`.
    pub live_ms: i64,
    /// When it was last noted how its publisher does.
    pub health_noted_at: Option<Timestamp>,
}

impl Stream {
    /// Decides a command.
    ///
    /// # Errors
    /// A rule of [`Rejection`].
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::Schedule {
                stream,
                channel,
                metadata,
                at,
                scheduled_for,
                salt,
            } => self.schedule(stream, channel, metadata, at, scheduled_for, salt),
            Command::Start {
                stream,
                channel,
                metadata,
                salt,
            } => self.start(stream, channel, metadata, salt),
            Command::MediaArrived { at, media } => self.media_arrived(at, media),
            Command::Interrupt { node, at, reason } => self.interrupt(&node, at, reason),
            Command::NoteHealth { node, at, health } => self.note_health(&node, at, health),
            Command::Update { metadata, salt } => self.update(metadata, salt),
            Command::End { at, reason } => self.end(at, reason),
            Command::Cancel => self.cancel(),
            Command::Record(command) => self.decide_recording(command),
        }
    }

    fn schedule(
        &self,
        stream: StreamId,
        channel: ChannelId,
        metadata: Metadata,
        at: Timestamp,
        scheduled_for: Timestamp,
        salt: Salt,
    ) -> Result<Vec<Event>, Rejection> {
        if scheduled_for < at || scheduled_for - at > chrono::TimeDelta::days(SCHEDULE_DAYS_MAX) {
            return Err(Rejection::ScheduledInThePast);
        }
        match self.life {
            Life::Unborn => {
                let (form, personal) = metadata.seal(salt);
                Ok(vec![
                    Scheduled {
                        stream,
                        channel,
                        scheduled_for,
                        form,
                        personal,
                    }
                    .into(),
                ])
            }
            Life::Scheduled
            | Life::Starting
            | Life::Live(_)
            | Life::Interrupted(_)
            | Life::Ending(_)
            | Life::Ended
            | Life::Cancelled => Err(Rejection::AlreadyExists),
        }
    }

    fn start(
        &self,
        stream: StreamId,
        channel: ChannelId,
        metadata: Option<Metadata>,
        salt: Salt,
    ) -> Result<Vec<Event>, Rejection> {
        match self.life {
            // Without a description it must have been scheduled: no show begins without a title.
            Life::Unborn if metadata.is_none() => Err(Rejection::NotFound),
            Life::Unborn | Life::Scheduled => {
                let metadata = metadata.unwrap_or_else(|| self.metadata.clone());
                let (form, personal) = metadata.seal(salt);
                Ok(vec![
                    Started {
                        stream,
                        channel,
                        form,
                        personal,
                    }
                    .into(),
                ])
            }
            Life::Starting | Life::Live(_) | Life::Interrupted(_) => Err(Rejection::AlreadyStarted),
            Life::Ending(_) | Life::Ended => Err(Rejection::AlreadyEnded),
            Life::Cancelled => Err(Rejection::AlreadyCancelled),
        }
    }

    fn media_arrived(&self, at: Timestamp, media: Media) -> Result<Vec<Event>, Rejection> {
        match &self.life {
            Life::Unborn => Err(Rejection::NotFound),
            Life::Scheduled => Err(Rejection::NotStarted),
            Life::Starting => Ok(vec![WentLive { at, media }.into()]),
            Life::Live(on_air) if on_air.node == media.node => Ok(vec![]),
            // The node that had the publisher is gone, or does not know yet that it has lost it.
            Life::Live(on_air) => {
                let at = at.max(on_air.changed_at);
                let reason = Interruption::NodeGone;
                Ok(vec![
                    Interrupted { at, reason }.into(),
                    Resumed { at, media }.into(),
                ])
            }
            Life::Interrupted(on_air) => Ok(vec![
                Resumed {
                    at: at.max(on_air.changed_at),
                    media,
                }
                .into(),
            ]),
            Life::Ending(_) | Life::Ended => Err(Rejection::AlreadyEnded),
            Life::Cancelled => Err(Rejection::AlreadyCancelled),
        }
    }

    fn interrupt(
        &self,
        node: &str,
        at: Timestamp,
        reason: Interruption,
    ) -> Result<Vec<Event>, Rejection> {
        match &self.life {
            Life::Unborn => Err(Rejection::NotFound),
            Life::Live(on_air) if on_air.node != node => Ok(vec![]),
            Life::Live(on_air) => {
                let at = at.max(on_air.changed_at);
                Ok(vec![Interrupted { at, reason }.into()])
            }
            Life::Interrupted(_) => Ok(vec![]),
            Life::Scheduled | Life::Starting => Err(Rejection::NotLive),
            Life::Ending(_) | Life::Ended => Err(Rejection::AlreadyEnded),
            Life::Cancelled => Err(Rejection::AlreadyCancelled),
        }
    }

    fn note_health(
        &self,
        node: &str,
        at: Timestamp,
        health: Health,
    ) -> Result<Vec<Event>, Rejection> {
        match &self.life {
            Life::Unborn => Err(Rejection::NotFound),
            Life::Live(on_air) if on_air.node == node => {
                let at = at.max(on_air.changed_at);
                let apart = chrono::TimeDelta::seconds(HEALTH_APART_SECONDS_MIN);
                if on_air.health_noted_at.is_some_and(|last| at - last < apart) {
                    return Ok(vec![]);
                }
                Ok(vec![HealthNoted { at, health }.into()])
            }
            // Said late: it is no longer this node's, or not on air.
            Life::Live(_) | Life::Interrupted(_) => Ok(vec![]),
            Life::Scheduled | Life::Starting => Err(Rejection::NotLive),
            Life::Ending(_) | Life::Ended => Err(Rejection::AlreadyEnded),
            Life::Cancelled => Err(Rejection::AlreadyCancelled),
        }
    }

    fn update(&self, metadata: Metadata, salt: Salt) -> Result<Vec<Event>, Rejection> {
        match self.life {
            Life::Unborn => Err(Rejection::NotFound),
            Life::Cancelled => Err(Rejection::AlreadyCancelled),
            // The title of a past show may still be mended.
            Life::Scheduled
            | Life::Starting
            | Life::Live(_)
            | Life::Interrupted(_)
            | Life::Ending(_)
            | Life::Ended => {
                if metadata == self.metadata {
                    return Ok(vec![]);
                }
                let (form, personal) = metadata.seal(salt);
                Ok(vec![Updated { form, personal }.into()])
            }
        }
    }

    fn end(&self, at: Timestamp, reason: EndReason) -> Result<Vec<Event>, Rejection> {
        // A policy that is late must not end what has gone on meanwhile.
        match (&self.life, reason) {
            (Life::Starting | Life::Live(_), EndReason::Abandoned) => {
                return Err(Rejection::NotInterrupted);
            }
            (Life::Live(_) | Life::Interrupted(_), EndReason::NeverLive) => {
                return Err(Rejection::AlreadyStarted);
            }
            _ => {}
        }
        let (started_at, ended_at, live_ms) = match &self.life {
            Life::Unborn => return Err(Rejection::NotFound),
            Life::Scheduled => return Err(Rejection::NotStarted),
            Life::Starting => (None, at, 0),
            Life::Live(on_air) => {
                let at = at.max(on_air.changed_at);
                let live = (at - on_air.changed_at).num_milliseconds();
                (Some(on_air.since), at, on_air.live_ms + live)
            }
            // The show was over when its publisher left; the grace adds nothing to it.
            Life::Interrupted(on_air) => (Some(on_air.since), on_air.changed_at, on_air.live_ms),
            Life::Ending(_) | Life::Ended => return Ok(vec![]),
            Life::Cancelled => return Err(Rejection::AlreadyCancelled),
        };
        let times = Ended {
            started_at,
            ended_at,
            duration_ms: started_at.map_or(0, |since| (ended_at - since).num_milliseconds()),
            live_ms,
        };
        let mut events = vec![
            Ending {
                reason,
                times: Some(times.clone()),
            }
            .into(),
        ];
        events.extend(self.ended_unless_recording(times));
        Ok(events)
    }

    fn cancel(&self) -> Result<Vec<Event>, Rejection> {
        match self.life {
            Life::Unborn => Err(Rejection::NotFound),
            Life::Scheduled | Life::Starting => Ok(vec![Cancelled {}.into()]),
            Life::Live(_) | Life::Interrupted(_) => Err(Rejection::AlreadyLive),
            Life::Ending(_) | Life::Ended => Err(Rejection::AlreadyEnded),
            Life::Cancelled => Ok(vec![]),
        }
    }

    /// The channel, once it is made.
    pub fn channel(&self) -> Option<ChannelId> {
        self.identity.map(|(_, channel)| channel)
    }

    /// Whether someone can watch it, or will be able to without its being started again.
    pub fn is_open(&self) -> bool {
        matches!(
            self.life,
            Life::Starting | Life::Live(_) | Life::Interrupted(_)
        )
    }

    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::Scheduled(event) => {
                self.identity = Some((event.stream, event.channel));
                self.metadata = Metadata::open(event.form, &event.personal);
                self.life = Life::Scheduled;
            }
            Event::Started(event) => {
                self.identity = Some((event.stream, event.channel));
                self.metadata = Metadata::open(event.form, &event.personal);
                self.life = Life::Starting;
            }
            Event::WentLive(event) => {
                self.life = Life::Live(OnAir {
                    node: event.media.node.clone(),
                    since: event.at,
                    changed_at: event.at,
                    live_ms: 0,
                    health_noted_at: None,
                });
            }
            Event::Interrupted(event) => {
                if let Life::Live(on_air) = &self.life {
                    let live = (event.at - on_air.changed_at).num_milliseconds();
                    let live_ms = on_air.live_ms + live;
                    self.life = Life::Interrupted(OnAir {
                        changed_at: event.at,
                        live_ms,
                        ..on_air.clone()
                    });
                }
            }
            Event::Resumed(event) => {
                if let Life::Interrupted(on_air) = &self.life {
                    self.life = Life::Live(OnAir {
                        node: event.media.node.clone(),
                        changed_at: event.at,
                        ..on_air.clone()
                    });
                }
            }
            Event::HealthNoted(event) => {
                if let Life::Live(on_air) = &mut self.life {
                    on_air.health_noted_at = Some(event.at);
                }
            }
            Event::Updated(event) => {
                self.metadata = Metadata::open(event.form, &event.personal);
            }
            // Before its times stood in it, the end always followed.
            Event::Ending(event) => {
                self.life = event.times.clone().map_or(Life::Ended, Life::Ending);
            }
            Event::Ended(_) => self.life = Life::Ended,
            Event::Cancelled(_) => self.life = Life::Cancelled,
            Event::RecordingStarted(_)
            | Event::RecordingStopped(_)
            | Event::Anchored(_)
            | Event::RecordingFinished(_)
            | Event::RecordingDeleted(_) => self.recordings.fold(event),
        }
    }
}

aggregate!(Stream, "stream");

#[cfg(test)]
mod tests;
