//! Viewers on this node: a viewer session opens when a viewer's first connection to a stream has
//! received something, and closes when the last one has been gone for a short grace.

use crate::parts::Core;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tributary_domain::command::{Command, sessions};
use tributary_domain::viewer_session::{Joined, Received};
use tributary_domain::{ChannelId, StreamId, Timestamp, ViewerId, ViewerSessionId};

/// How long a viewer may be between two connections and still be the same presence.
const LEAVE_GRACE: Duration = Duration::from_secs(5);

type Key = (StreamId, ViewerId);

/// See the [module](self). Cheap to clone.
#[derive(Clone)]
pub struct Presence {
    inner: Arc<Inner>,
}

struct Inner {
    core: Core,
    node: Arc<str>,
    here: Mutex<HashMap<Key, Arc<watch::Sender<Here>>>>,
    /// Sessions that a task sees to until their end is recorded.
    attended: Mutex<HashSet<ViewerSessionId>>,
    tasks: TaskTracker,
}

/// How a viewer is here.
#[derive(Debug, Clone, Copy)]
struct Here {
    connections: usize,
    /// When the last connection went.
    gone_at: Option<Timestamp>,
    /// The latest end of any connection so far.
    last_end: Option<Timestamp>,
    /// The stream is over, or the server stops: no grace.
    over: bool,
}

/// A viewer who asked for a stream and has received nothing of it yet. Dropped, it leaves no trace:
/// whoever opens connections and reads nothing is no viewer, and writes nothing into the log.
#[must_use = "who arrives is counted once something was received"]
pub struct Arrival {
    presence: Presence,
    stream: StreamId,
    channel: ChannelId,
    viewer: ViewerId,
}

impl Arrival {
    /// Something of the stream was received: from now on they are there.
    pub fn received(self, what: Received) -> Connection {
        let Self {
            presence,
            stream,
            channel,
            viewer,
        } = self;
        presence.here_with(stream, channel, viewer, what)
    }
}

/// One connection of a viewer. Dropping it ends the connection.
pub struct Connection {
    presence: Presence,
    /// Of its own session: a later one of the same viewer is not its concern.
    own: Arc<watch::Sender<Here>>,
    /// When it ended, where that was before it is dropped.
    ended_at: Option<Timestamp>,
}

impl Connection {
    /// It ended at `at`, which was noticed only now.
    pub fn ended_at(mut self, at: Timestamp) {
        self.ended_at = Some(at);
    }
}

impl Presence {
    /// Nobody is here.
    pub fn new(core: Core, node: Arc<str>) -> Self {
        let inner = Inner {
            core,
            node,
            here: Mutex::default(),
            attended: Mutex::default(),
            tasks: TaskTracker::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// A connection of `viewer` to `stream` begins. It counts once it has received something.
    pub fn arrive(&self, stream: StreamId, channel: ChannelId, viewer: ViewerId) -> Arrival {
        Arrival {
            presence: self.clone(),
            stream,
            channel,
            viewer,
        }
    }

    fn here_with(
        &self,
        stream: StreamId,
        channel: ChannelId,
        viewer: ViewerId,
        what: Received,
    ) -> Connection {
        let mut here = self.here();
        let known = here.get(&(stream, viewer)).cloned();
        let own = known.unwrap_or_else(|| {
            let nobody = Here {
                connections: 0,
                gone_at: None,
                last_end: None,
                over: false,
            };
            let own = Arc::new(watch::Sender::new(nobody));
            here.insert((stream, viewer), Arc::clone(&own));
            let joined = Joined {
                stream,
                channel,
                viewer,
                node: self.inner.node.to_string(),
                at: self.inner.core.env().now(),
                received: Some(what),
            };
            let attending = self.clone().attend(joined, Arc::clone(&own));
            self.inner.tasks.spawn(attending);
            own
        });
        own.send_modify(|here| {
            here.connections += 1;
            here.gone_at = None;
        });
        drop(here);
        let presence = self.clone();
        Connection {
            presence,
            own,
            ended_at: None,
        }
    }

    /// Whether a session's end is seen to.
    pub fn attends(&self, session: ViewerSessionId) -> bool {
        self.attended().contains(&session)
    }

    /// Nobody can watch this stream any more.
    pub fn stream_over(&self, stream: StreamId) {
        let here = self.here();
        for (_, known) in here.iter().filter(|((of, _), _)| *of == stream) {
            known.send_modify(|here| here.over = true);
        }
    }

    /// Closes every session, and returns when that is recorded.
    pub async fn close(&self) {
        let now = self.inner.core.env().now();
        for known in self.here().values() {
            known.send_modify(|here| {
                here.over = true;
                here.gone_at.get_or_insert(now);
            });
        }
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// From joining to leaving.
    async fn attend(self, joined: Joined, own: Arc<watch::Sender<Here>>) {
        let key = (joined.stream, joined.viewer);
        let session = ViewerSessionId(self.inner.core.env().uuid());
        self.attended().insert(session);
        let join = Command::Sessions(sessions::Command::Join { session, joined });
        // In boxes: the task of a viewer who watches for hours is not to keep room for a command.
        match Box::pin(self.inner.core.execute("presence", join)).await {
            Ok(_) => {
                let at = self.gone(key, &own).await;
                let leave = Command::Sessions(sessions::Command::Leave { session, at });
                let leaving = Box::pin(self.inner.core.execute_surely("presence", leave));
                if let Err(error) = leaving.await {
                    // Recovery finds a session that nobody attends.
                    tracing::error!(%error, %session, "a viewer's leaving was not recorded yet");
                }
            }
            // Watching goes on all the same: numbers are not worth a viewer's picture.
            Err(error) => {
                tracing::debug!(%error, "a viewer could not be counted");
                self.forget_if(key, &own, |_| true);
            }
        }
        self.attended().remove(&session);
    }

    /// Waits until the viewer is gone for good: since when.
    async fn gone(&self, key: Key, own: &Arc<watch::Sender<Here>>) -> Timestamp {
        let mut changes = own.subscribe();
        loop {
            let state = *changes.borrow_and_update();
            match state.gone_at {
                Some(at) if state.over => {
                    self.forget_if(key, own, |_| true);
                    return at;
                }
                Some(at) => {
                    let returned = tokio::time::timeout(LEAVE_GRACE, changes.changed()).await;
                    // A connection may have come back at the last moment.
                    if returned.is_err() && self.forget_if(key, own, |here| here.connections == 0) {
                        return at;
                    }
                }
                None => {
                    // The caller holds the sender: there is always another change to wait for.
                    let _open = changes.changed().await;
                }
            }
        }
    }

    /// Forgets a viewer's session if it may go.
    fn forget_if(
        &self,
        key: Key,
        own: &Arc<watch::Sender<Here>>,
        may_go: impl FnOnce(&Here) -> bool,
    ) -> bool {
        let mut here = self.here();
        let goes = may_go(&own.borrow());
        if goes && here.get(&key).is_some_and(|known| Arc::ptr_eq(known, own)) {
            here.remove(&key);
        }
        goes
    }

    fn here(&self) -> MutexGuard<'_, HashMap<Key, Arc<watch::Sender<Here>>>> {
        let here = self.inner.here.lock();
        here.unwrap_or_else(PoisonError::into_inner)
    }

    fn attended(&self) -> MutexGuard<'_, HashSet<ViewerSessionId>> {
        let attended = self.inner.attended.lock();
        attended.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let now = self.presence.inner.core.env().now();
        let ended_at = self.ended_at.unwrap_or(now);
        // Under the lock, so that it is not forgotten between a look and a change.
        let _here = self.presence.here();
        self.own.send_modify(|here| {
            here.connections = here.connections.saturating_sub(1);
            // What is noticed late may have ended before another one did.
            let last = here.last_end.map_or(ended_at, |last| last.max(ended_at));
            here.last_end = Some(last);
            if here.connections == 0 {
                here.gone_at = Some(last);
            }
        });
    }
}
