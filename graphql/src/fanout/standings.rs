//! Wakes the feeds of how things stand, each for what it shows and for nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use tributary_domain::channel::ReactedTo;
use tributary_domain::{ChannelId, StreamId};
use tributary_projections::{Changed, Views};

/// What a feed shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// What is on at a channel.
    Channel(ChannelId),
    /// A stream's viewers.
    Viewers(StreamId),
    /// A stream's numbers.
    Numbers(StreamId),
    /// How often people reacted to something.
    Reactions(ReactedTo),
    /// Who is live, and how many watch.
    LiveList,
}

/// See the [module](self).
#[derive(Default)]
pub(crate) struct Standings(Mutex<HashMap<Subject, Vec<Arc<Notify>>>>);

impl Standings {
    fn watchers(&self) -> MutexGuard<'_, HashMap<Subject, Vec<Arc<Notify>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whom a change concerns, until `closing`.
    pub(crate) async fn run(&self, views: &Views, closing: CancellationToken) {
        let mut changes = views.changes();
        loop {
            let change = tokio::select! {
                () = closing.cancelled() => return,
                change = changes.recv() => change,
            };
            match change {
                Ok(changed) if changed.anything => self.wake_all(),
                Ok(changed) => self.wake(&changed),
                Err(RecvError::Lagged(_)) => self.wake_all(),
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn wake_all(&self) {
        let watchers = self.watchers();
        for watcher in watchers.values().flatten() {
            watcher.notify_one();
        }
    }

    fn wake(&self, changed: &Changed) {
        let channels = changed.channels.iter().copied().map(Subject::Channel);
        let viewers = changed.viewers.iter().copied().map(Subject::Viewers);
        let numbers = changed.numbers.iter().copied().map(Subject::Numbers);
        let reactions = changed.reactions.iter().copied().map(Subject::Reactions);
        let list = !changed.streams.is_empty() || !changed.viewers.is_empty();
        let list = list.then_some(Subject::LiveList);
        let watchers = self.watchers();
        let some = channels.chain(viewers).chain(numbers).chain(reactions);
        for subject in some.chain(list) {
            for watcher in watchers.get(&subject).into_iter().flatten() {
                watcher.notify_one();
            }
        }
    }

    /// Watches a subject from now on.
    pub(crate) fn watch(self: &Arc<Self>, subject: Subject) -> Watcher {
        let changed = Arc::new(Notify::new());
        let mut watchers = self.watchers();
        let here = watchers.entry(subject).or_default();
        here.push(Arc::clone(&changed));
        drop(watchers);
        Watcher {
            standings: Arc::clone(self),
            subject,
            changed,
        }
    }
}

/// Waits for changes of a subject.
pub(crate) struct Watcher {
    standings: Arc<Standings>,
    subject: Subject,
    changed: Arc<Notify>,
}

impl Watcher {
    /// Waits until something may have changed since the last call.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut watchers = self.standings.watchers();
        if let Some(here) = watchers.get_mut(&self.subject) {
            here.retain(|watcher| !Arc::ptr_eq(watcher, &self.changed));
            if here.is_empty() {
                watchers.remove(&self.subject);
            }
        }
    }
}
