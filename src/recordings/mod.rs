//! Recordings that this node writes: each is begun and stopped by what the log says, and what became of
//! it is told to the log.

pub mod bucket;
mod folders;
pub mod moving;
mod status;
mod task;

pub use folders::Folders;
pub use status::Status;

use bucket::{Bucket, Place};

use crate::parts::{Core, Parts};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tributary_domain::command::{Command, recordings};
use tributary_domain::stream::{Event, RecordingEnd, RecordingFinished, Removal};
use tributary_domain::{ChannelId, RecordingId, StreamId};
use tributary_media::anchor::WallClock;
use tributary_media::hub::Hub;
use tributary_media::recording::Contents;
use tributary_projections::Recording;

/// See the [module](self). Cheap to clone.
#[derive(Clone)]
pub struct Recordings {
    inner: Arc<Inner>,
}

struct Inner {
    core: Core,
    hub: Arc<Hub>,
    folders: Folders,
    /// Where they are kept once they are complete, if not there.
    bucket: Option<Bucket>,
    status: Status,
    /// Something is complete, or was left in the bucket.
    woken: Notify,
    left_in_bucket: AtomicBool,
    clock: WallClock,
    running: Mutex<HashMap<RecordingId, Running>>,
    tasks: TaskTracker,
}

/// A recording that is being written.
#[derive(Clone)]
struct Running {
    of: Of,
    stop: CancellationToken,
    why: Arc<Mutex<Option<RecordingEnd>>>,
}

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Of {
    /// The channel.
    pub channel: ChannelId,
    /// Its stream.
    pub stream: StreamId,
    /// The recording of it.
    pub recording: RecordingId,
}

impl Running {
    fn stop(&self, end: RecordingEnd) {
        let mut why = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        why.get_or_insert(end);
        self.stop.cancel();
    }

    /// Why it was stopped, if it was.
    fn why(&self) -> Option<RecordingEnd> {
        *self.why.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recordings {
    /// Nothing is recorded.
    pub fn new(core: Core, hub: Arc<Hub>, bucket: Option<Bucket>, clock: WallClock) -> Self {
        let folders = Folders::new(core.settings.recordings.folder.clone());
        let inner = Inner {
            core,
            hub,
            folders,
            bucket,
            status: Status::default(),
            woken: Notify::new(),
            left_in_bucket: AtomicBool::new(false),
            clock,
            running: Mutex::default(),
            tasks: TaskTracker::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Where recordings are.
    pub fn folders(&self) -> &Folders {
        &self.inner.folders
    }

    /// Where they are kept once they are complete, if that is not their folder.
    pub fn bucket(&self) -> Option<&Bucket> {
        self.inner.bucket.as_ref()
    }

    /// What comes of moving them there.
    pub fn status(&self) -> &Status {
        &self.inner.status
    }

    fn core(&self) -> &Core {
        &self.inner.core
    }

    /// Waits until there may be something to move or to remove.
    async fn is_woken(&self) {
        self.inner.woken.notified().await;
    }

    /// Whether something that is to be removed may be in the bucket still; from then on it is the caller's
    /// to see to.
    fn take_left_in_bucket(&self) -> bool {
        self.inner.left_in_bucket.swap(false, Relaxed)
    }

    /// Takes a recording away from here, and out of the bucket. What cannot be removed there now is later.
    fn take_away(&self, place: Place) {
        let folders = self.folders().clone();
        remove(move || folders.remove(place.channel, place.recording));
        let Some(bucket) = self.bucket().cloned() else {
            return;
        };
        let all = self.clone();
        tokio::spawn(async move {
            if let Err(error) = bucket.remove(place).await {
                tracing::warn!(%error, recording = %place.recording, "it stays in the bucket for now");
                all.inner.left_in_bucket.store(true, Relaxed);
                all.inner.woken.notify_one();
            }
        });
    }

    /// How many are being written.
    pub fn count(&self) -> usize {
        self.running().len()
    }

    /// Whether somebody sees to a recording's end.
    pub fn attends(&self, recording: RecordingId) -> bool {
        self.running().contains_key(&recording)
    }

    /// Begins to write a recording, unless it is being written.
    pub fn start(&self, of: Of) {
        let mut all = self.running();
        if all.contains_key(&of.recording) {
            return;
        }
        let running = Running {
            of,
            stop: CancellationToken::new(),
            why: Arc::default(),
        };
        all.insert(of.recording, running.clone());
        drop(all);
        let writing = task::write(self.clone(), running);
        self.inner.tasks.spawn(writing);
    }

    /// Writes a recording no more.
    pub fn stop(&self, recording: RecordingId, end: RecordingEnd) {
        if let Some(running) = self.running().get(&recording) {
            running.stop(end);
        }
    }

    /// Records a stream no more.
    pub fn stop_stream(&self, stream: StreamId, end: RecordingEnd) {
        let all = self.running();
        let of_it = all.values().filter(|running| running.of.stream == stream);
        of_it.for_each(|running| running.stop(end));
    }

    /// Completes every recording, and returns when that is told to the log.
    pub async fn close(&self) {
        for running in self.running().values() {
            running.stop(RecordingEnd::ServerStopped);
        }
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// Completes a recording whose writer is gone, from what it left.
    ///
    /// # Errors
    /// When the log does not take it.
    pub async fn recover(&self, left: &Recording) -> anyhow::Result<()> {
        let folder = self.folders().of(left.channel, left.id);
        let recovered = tokio::task::spawn_blocking(move || Contents::recover(&folder)).await?;
        let contents = recovered.unwrap_or_else(|error| {
            // Nothing was written yet, or another machine has it.
            tracing::warn!(%error, recording = %left.id, "nothing is there of a recording");
            Contents::default()
        });
        tracing::info!(
            recording = %left.id, node = left.node, milliseconds = contents.duration_ms(),
            "completed a recording that was left"
        );
        let of = Of {
            channel: left.channel,
            stream: left.stream,
            recording: left.id,
        };
        let core = &self.inner.core;
        core.execute_surely(
            "recovery",
            finish(core, of, RecordingEnd::NodeGone, &contents),
        )
        .await?;
        Ok(())
    }

    /// Takes away what is older than recordings are kept.
    ///
    /// # Errors
    /// When the read models or the log do not answer.
    pub async fn retire(&self) -> anyhow::Result<()> {
        let core = &self.inner.core;
        let Some(kept_for) = core.settings.recordings.kept_for else {
            return Ok(());
        };
        let too_old = core.env().now() - kept_for;
        for recording in core.views.recordings_before(too_old).await? {
            tracing::info!(recording = %recording.id, "taking away a recording that is too old");
            let command = recordings::Command::Delete {
                stream: recording.stream,
                recording: recording.id,
                reason: Removal::TooOld,
            };
            core.execute_surely("retention", Command::Recordings(command))
                .await?;
        }
        Ok(())
    }

    fn running(&self) -> MutexGuard<'_, HashMap<RecordingId, Running>> {
        let running = self.inner.running.lock();
        running.unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an event of a stream means for its recordings on this node.
pub fn react(parts: &Parts, channel: ChannelId, stream: StreamId, event: &Event) {
    let all = &parts.recordings;
    match event {
        Event::RecordingStarted(event) if *event.node == *parts.node => all.start(Of {
            channel,
            stream,
            recording: event.recording,
        }),
        Event::RecordingStopped(event) => all.stop(event.recording, RecordingEnd::Asked),
        // What comes in elsewhere is not here to be written.
        Event::Resumed(event) if *event.media.node != *parts.node => {
            all.stop_stream(stream, RecordingEnd::Moved);
        }
        Event::RecordingFinished(_) => all.inner.woken.notify_one(),
        Event::RecordingDeleted(event) => all.take_away(Place {
            channel,
            recording: event.recording,
        }),
        _ => {}
    }
}

/// Removes what a channel recorded on this node, once its owner is forgotten.
pub fn forget(parts: &Parts, channel: ChannelId) {
    let folders = parts.recordings.folders().clone();
    remove(move || folders.remove_channel(channel));
}

/// Removes files beside everything else.
fn remove(work: impl FnOnce() -> std::io::Result<()> + Send + 'static) {
    tokio::task::spawn_blocking(move || {
        if let Err(error) = work() {
            tracing::error!(%error, "a recording's files could not be removed");
        }
    });
}

/// What tells the log that a recording is complete.
fn finish(core: &Core, of: Of, end: RecordingEnd, contents: &Contents) -> Command {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    Command::Recordings(recordings::Command::Finish {
        stream: of.stream,
        finished: RecordingFinished {
            recording: of.recording,
            at: core.env().now(),
            end,
            duration_ms: whole(contents.duration_ms()),
            bytes: whole(contents.bytes()),
        },
    })
}
