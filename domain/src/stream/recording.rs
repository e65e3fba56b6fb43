//! Recordings of a stream: one at a time, as many as there were times that it was recorded.

use super::{
    Anchored, Ended, Event, Life, RecordingDeleted, RecordingEnd, RecordingFinished,
    RecordingStarted, RecordingStopped, Rejection, Removal, Stream,
};
use crate::{RecordingId, Timestamp};
use serde::{Deserialize, Serialize};

/// Recordings that a stream has at most, those that were deleted apart.
pub const RECORDINGS_MAX: usize = 100;

/// What can be asked about a stream's recordings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Record what comes in from now on.
    Start {
        /// Its id.
        recording: RecordingId,
        /// Now.
        at: Timestamp,
    },
    /// The same, where nobody asked: nothing happens unless it is of use.
    StartByItself {
        /// Its id.
        recording: RecordingId,
        /// Now.
        at: Timestamp,
    },
    /// Record no more.
    Stop {
        /// Now.
        at: Timestamp,
    },
    /// A moment of a recording in the day's time.
    Anchor(Anchored),
    /// Its file is complete.
    Finish(RecordingFinished),
    /// Take one away.
    Delete {
        /// Which.
        recording: RecordingId,
        /// Now.
        at: Timestamp,
        /// Why.
        reason: Removal,
    },
}

/// A stream's recordings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Recordings {
    /// The one that is being written, and the node that writes it.
    pub current: Option<Current>,
    /// Those that are complete.
    pub finished: Vec<RecordingId>,
    /// Somebody stopped the last one: none begins by itself any more.
    pub declined: bool,
}

/// A recording that is being written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Current {
    /// Its id.
    pub recording: RecordingId,
    /// The node that writes it.
    pub node: String,
    /// Nothing more comes into it.
    pub is_stopped: bool,
}

impl Stream {
    pub(super) fn decide_recording(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::Start { recording, at } => self.start_recording(recording, at),
            Command::StartByItself { recording, at } => Ok(self.record_by_itself(recording, at)),
            Command::Stop { at } => self.stop_recording(at),
            Command::Anchor(anchor) => Ok(self.anchor_recording(anchor)),
            Command::Finish(finished) => self.finish_recording(finished),
            Command::Delete {
                recording,
                at,
                reason,
            } => self.delete_recording(recording, at, reason),
        }
    }

    fn start_recording(
        &self,
        recording: RecordingId,
        at: Timestamp,
    ) -> Result<Vec<Event>, Rejection> {
        let on_air = match &self.life {
            Life::Unborn => return Err(Rejection::NotFound),
            Life::Scheduled | Life::Starting => return Err(Rejection::NotLive),
            Life::Live(on_air) | Life::Interrupted(on_air) => on_air,
            Life::Ending(_) | Life::Ended => return Err(Rejection::AlreadyEnded),
            Life::Cancelled => return Err(Rejection::AlreadyCancelled),
        };
        match &self.recordings.current {
            Some(current) if current.recording == recording => return Ok(vec![]),
            Some(_) => return Err(Rejection::AlreadyRecording),
            None => {}
        }
        if self.recordings.finished.len() >= RECORDINGS_MAX {
            return Err(Rejection::TooManyRecordings);
        }
        let node = on_air.node.clone();
        let by_itself = false;
        Ok(vec![
            RecordingStarted {
                recording,
                at,
                node,
                by_itself,
            }
            .into(),
        ])
    }

    fn record_by_itself(&self, recording: RecordingId, at: Timestamp) -> Vec<Event> {
        let Recordings {
            current, declined, ..
        } = &self.recordings;
        let has_room = self.recordings.finished.len() < RECORDINGS_MAX;
        match &self.life {
            Life::Live(on_air) if current.is_none() && !declined && has_room => vec![
                RecordingStarted {
                    recording,
                    at,
                    node: on_air.node.clone(),
                    by_itself: true,
                }
                .into(),
            ],
            _ => vec![],
        }
    }

    fn stop_recording(&self, at: Timestamp) -> Result<Vec<Event>, Rejection> {
        if self.life == Life::Unborn {
            return Err(Rejection::NotFound);
        }
        match &self.recordings.current {
            Some(current) if current.is_stopped => Ok(vec![]),
            Some(current) => Ok(vec![
                RecordingStopped {
                    recording: current.recording,
                    at,
                }
                .into(),
            ]),
            None => Err(Rejection::NotRecording),
        }
    }

    fn anchor_recording(&self, anchor: Anchored) -> Vec<Event> {
        match &self.recordings.current {
            Some(current) if current.recording == anchor.recording => vec![anchor.into()],
            _ => vec![],
        }
    }

    fn finish_recording(&self, finished: RecordingFinished) -> Result<Vec<Event>, Rejection> {
        if self.recordings.finished.contains(&finished.recording) {
            return Ok(vec![]);
        }
        let current = self.recordings.current.as_ref();
        if current.is_none_or(|current| current.recording != finished.recording) {
            return Err(Rejection::RecordingNotFound);
        }
        let mut events = vec![finished.into()];
        if let Life::Ending(times) = &self.life {
            events.push(times.clone().into());
        }
        Ok(events)
    }

    fn delete_recording(
        &self,
        recording: RecordingId,
        at: Timestamp,
        reason: Removal,
    ) -> Result<Vec<Event>, Rejection> {
        let Recordings {
            current, finished, ..
        } = &self.recordings;
        if current
            .as_ref()
            .is_some_and(|held| held.recording == recording)
        {
            return Err(Rejection::StillRecording);
        }
        if !finished.contains(&recording) {
            return Err(Rejection::RecordingNotFound);
        }
        Ok(vec![
            RecordingDeleted {
                recording,
                at,
                reason,
            }
            .into(),
        ])
    }

    /// What follows the end of a show: it is over at once, unless its recording is being finished.
    pub(super) fn ended_unless_recording(&self, times: Ended) -> Vec<Event> {
        if self.recordings.current.is_some() {
            return vec![];
        }
        vec![times.into()]
    }
}

impl Recordings {
    pub(super) fn fold(&mut self, event: &Event) {
        match event {
            Event::RecordingStarted(event) => {
                self.current = Some(Current {
                    recording: event.recording,
                    node: event.node.clone(),
                    is_stopped: false,
                });
                // Who starts one by hand wants to be recorded again.
                self.declined = false;
            }
            Event::RecordingStopped(_) => {
                self.declined = true;
                if let Some(current) = &mut self.current {
                    current.is_stopped = true;
                }
            }
            Event::RecordingFinished(event) => {
                self.current = None;
                self.finished.push(event.recording);
                // What failed once would fail at each reconnect.
                self.declined |= event.end.is_final();
            }
            Event::RecordingDeleted(event) => {
                self.finished
                    .retain(|recording| *recording != event.recording);
            }
            _ => {}
        }
    }
}

impl RecordingEnd {
    /// Whether the stream is recorded no more by itself.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Asked | Self::DiskFull | Self::Failed => true,
            Self::StreamEnded
            | Self::TooLong
            | Self::NodeGone
            | Self::ServerStopped
            | Self::Moved => false,
        }
    }
}
