//! Viewers on this node: a viewer session opens with the first connection of a viewer to a stream,
//! and closes when the last one has been gone for a short grace.

use crate::parts::Core;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tributary_domain::command::{Command, sessions};
use tributary_domain::viewer_session::Joined;
use tributary_domain::{ChannelId, StreamId, Timestamp, ViewerId, ViewerSessionId};
use tributary_store::CommandError;

/// How long a viewer may be between two connections and still be the same presence.
const LEAVE_GRACE: Duration = Duration::from_secs(5);

/// How often, and how far apart, leaving is tried when the log does not answer.
const LEAVE_ATTEMPTS: u32 = 5;

type Key = (StreamId, ViewerId);

/// See the [module](self). Cheap to clone.
#[derive(Clone)]
pub struct Presence {
    inner: Arc<Inner>,
}

struct Inner {
    core: Core,
    node: Arc<str>,
    here: Mutex<HashMap<Key, watch::Sender<Here>>>,
    tasks: TaskTracker,
}

/// How a viewer is here.
#[derive(Debug, Clone, Copy)]
struct Here {
    connections: usize,
    /// When the last connection went.
    gone_at: Option<Timestamp>,
    /// The stream is over, or the server stops: no grace.
    over: bool,
}

/// One connection of a viewer. Dropping it ends the connection.
pub struct Connection {
    presence: Presence,
    key: Key,
}

impl Presence {
    /// Nobody is here.
    pub fn new(core: Core, node: Arc<str>) -> Self {
        let inner = Inner {
            core,
            node,
            here: Mutex::default(),
            tasks: TaskTracker::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// A connection of `viewer` to `stream` begins.
    pub fn arrive(&self, stream: StreamId, channel: ChannelId, viewer: ViewerId) -> Connection {
        let key = (stream, viewer);
        let mut here = self
            .inner
            .here
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = here.get(&key) {
            known.send_modify(|here| {
                here.connections += 1;
                here.gone_at = None;
            });
        } else {
            let first = Here {
                connections: 1,
                gone_at: None,
                over: false,
            };
            let (sender, receiver) = watch::channel(first);
            here.insert(key, sender);
            let at = self.inner.core.env().now();
            let joined = Joined {
                stream,
                channel,
                viewer,
                node: self.inner.node.to_string(),
                at,
            };
            self.inner
                .tasks
                .spawn(self.clone().attend(joined, receiver));
        }
        drop(here);
        Connection {
            presence: self.clone(),
            key,
        }
    }

    /// Nobody can watch this stream any more.
    pub fn stream_over(&self, stream: StreamId) {
        let here = self
            .inner
            .here
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for (_, known) in here.iter().filter(|((of, _), _)| *of == stream) {
            known.send_modify(|here| here.over = true);
        }
    }

    /// Closes every session, and returns when that is recorded.
    pub async fn close(&self) {
        {
            let now = self.inner.core.env().now();
            let here = self
                .inner
                .here
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            for known in here.values() {
                known.send_modify(|here| {
                    here.over = true;
                    here.gone_at.get_or_insert(now);
                });
            }
        }
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// From joining to leaving.
    async fn attend(self, joined: Joined, mut here: watch::Receiver<Here>) {
        let key = (joined.stream, joined.viewer);
        let session = ViewerSessionId(self.inner.core.env().uuid());
        let command = sessions::Command::Join { session, joined };
        let outcome = self
            .inner
            .core
            .execute("presence", Command::Sessions(command))
            .await;
        if let Err(error) = outcome {
            // Watching goes on all the same: numbers are not worth a viewer's picture.
            tracing::debug!(%error, "a viewer could not be counted");
            self.forget(key);
            return;
        }
        let at = loop {
            let state = *here.borrow_and_update();
            match state.gone_at {
                Some(at) if state.over => break at,
                Some(at) => {
                    let returned = tokio::time::timeout(LEAVE_GRACE, here.changed()).await;
                    if returned.is_err() && self.forget_if_gone(key) {
                        break at;
                    }
                }
                None => {
                    if here.changed().await.is_err() {
                        break self.inner.core.env().now();
                    }
                }
            }
        };
        self.forget(key);
        self.leave(session, at).await;
    }

    async fn leave(&self, session: ViewerSessionId, at: Timestamp) {
        for attempt in 1..=LEAVE_ATTEMPTS {
            let command = Command::Sessions(sessions::Command::Leave { session, at });
            match self.inner.core.execute("presence", command).await {
                Ok(_) | Err(CommandError::Rejected(_)) => return,
                Err(error) if attempt == LEAVE_ATTEMPTS => {
                    // Recovery closes it when this node is looked after next.
                    tracing::error!(%error, %session, "a viewer's leaving was not recorded");
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(200) * attempt).await,
            }
        }
    }

    /// Forgets a viewer unless a connection came back at the last moment.
    fn forget_if_gone(&self, key: Key) -> bool {
        let mut here = self
            .inner
            .here
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let gone = here
            .get(&key)
            .is_none_or(|known| known.borrow().connections == 0);
        if gone {
            here.remove(&key);
        }
        gone
    }

    fn forget(&self, key: Key) {
        self.inner
            .here
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&key);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let now = self.presence.inner.core.env().now();
        let here = self
            .presence
            .inner
            .here
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = here.get(&self.key) {
            known.send_modify(|here| {
                here.connections = here.connections.saturating_sub(1);
                if here.connections == 0 {
                    here.gone_at = Some(now);
                }
            });
        }
    }
}
