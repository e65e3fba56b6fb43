//! What waits to be said on one connection, and the way to wake its task.

use crate::websocket::Closing;
use futures::task::AtomicWaker;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// An operation of a connection; never used twice.
pub(crate) type Key = u64;

/// The operations of a connection that have something to say. It holds no words: these are taken from the
/// group or the replay when the connection can write, so its size is bounded by the number of operations.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    ready: Vec<Key>,
    closing: Option<Closing>,
}

impl Outbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An operation has something to say. The connection is woken unless it has been already.
    pub(crate) fn ready(&self, key: Key) {
        let mut state = self.state();
        let was_idle = state.ready.is_empty();
        if !state.ready.contains(&key) {
            state.ready.push(key);
        }
        drop(state);
        if was_idle {
            self.waker.wake();
        }
    }

    /// The connection is to be closed, whatever it does. The first reason stands.
    pub(crate) fn close(&self, closing: Closing) {
        self.state().closing.get_or_insert(closing);
        self.waker.wake();
    }

    /// Whom to wake from now on. To be called before looking.
    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// Moves what is ready to `into`, in the order in which it became so.
    pub(crate) fn take(&self, into: &mut Vec<Key>) -> Option<Closing> {
        let mut state = self.state();
        into.append(&mut state.ready);
        state.closing.take()
    }
}
