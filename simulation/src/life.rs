//! A node's life, which may end at any moment.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Ends once. What a node was doing then is never answered: its operations wait for ever, as a
/// process that is gone does nothing more.
#[derive(Debug, Default)]
pub struct Life {
    over: AtomicBool,
    ended: Notify,
}

impl Life {
    /// Ends it.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.ended.notify_waiters();
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// What comes of `what`; `None` if life ends before.
    pub async fn during<T>(&self, what: impl Future<Output = T>) -> Option<T> {
        let ended = self.ended.notified();
        if self.is_over() {
            return None;
        }
        tokio::select! {
            biased;
            () = ended => None,
            done = what => Some(done),
        }
    }

    /// What comes of `what`; nothing ever, if life ends before.
    pub async fn bound<T>(&self, what: impl Future<Output = T>) -> T {
        match self.during(what).await {
            Some(done) => done,
            None => std::future::pending().await,
        }
    }
}
