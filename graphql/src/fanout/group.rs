//! A group: the newest items of one feed, for all who follow it.
//!
//! Members read the ring from their own places; nobody has a queue. Who has taken everything waits in a
//! list, which the next items empty: a socket that is slow is not woken again before it has come back.

use super::Ending;
use super::outbox::{Key, Outbox};
use crate::Fault;
use crate::messages::Language;
use crate::schema::Cursor;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::task::AbortHandle;
use tributary_domain::Position;

/// The most items that a group keeps.
const ITEMS_MAX: usize = 1_024;

/// The most items of what passes that a group keeps.
const MOMENTS_MAX: usize = 16;

/// The most bytes that a group keeps, and the fewest that it may keep however many groups there are.
const BYTES_MAX: usize = 512 * 1_024;
const BYTES_MIN: usize = 4 * 1_024;

/// What all groups together keep, as long as there are fewer than 16,384.
const ALL_BYTES_MAX: usize = 64 * 1_024 * 1_024;

/// What kind of feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What happens: each item once, resumable by its place.
    Events,
    /// How something stands: the newest item counts.
    Values,
    /// What passes: nobody is given what came before, and who is slow misses some.
    Moments,
}

/// What is said to every member.
pub(super) struct Item {
    /// Its place in the log; for values its number.
    pub(super) place: Position,
    /// The answer as JSON.
    pub(super) payload: Box<[u8]>,
}

/// See the [module](self).
pub(crate) struct Group {
    kind: Kind,
    /// What its members read.
    language: Language,
    state: Mutex<State>,
    /// How many groups there are.
    groups: Arc<AtomicUsize>,
    /// Whoever feeds it ends with it.
    pump: OnceLock<AbortHandle>,
}

struct State {
    ring: VecDeque<Item>,
    bytes: usize,
    /// All items behind this place are in the ring, or have not come yet.
    floor: Position,
    /// Who was not here yet may join from this place on only: what lies before was withdrawn since.
    sealed: Position,
    waiting: HashMap<Key, Waiting>,
    next_member: Key,
    ending: Option<Ending>,
}

struct Waiting {
    outbox: Arc<Outbox>,
    key: Key,
}

/// What came of taking items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Everything was taken; the outbox hears of more.
    Idle,
    /// There is more to be taken at once.
    More,
    /// It is over.
    Ended(Ending),
}

impl Group {
    /// A group whose feed begins behind `start`.
    pub(super) fn new(
        kind: Kind,
        language: Language,
        start: Position,
        groups: &Arc<AtomicUsize>,
    ) -> Self {
        groups.fetch_add(1, Relaxed);
        Self {
            kind,
            language,
            state: Mutex::new(State {
                ring: VecDeque::new(),
                bytes: 0,
                floor: start,
                sealed: start,
                waiting: HashMap::new(),
                next_member: 0,
                ending: None,
            }),
            groups: Arc::clone(groups),
            pump: OnceLock::new(),
        }
    }

    /// Names the task that ends when nobody is left.
    pub(super) fn is_fed_by(&self, pump: AbortHandle) {
        let _once = self.pump.set(pump);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody whose last item was at `after` misses nothing by joining now.
    pub(super) fn admits(&self, after: Position) -> bool {
        self.kind != Kind::Events || after >= self.state().sealed
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state().ending.is_some()
    }

    /// A member of this group, whose last item was at `after`. Nothing wakes it before it has taken once.
    pub(super) fn member(
        self: &Arc<Self>,
        after: Position,
        outbox: Arc<Outbox>,
        key: Key,
    ) -> Member {
        let mut state = self.state();
        let number = state.next_member;
        state.next_member += 1;
        let after = match (self.kind, state.ring.back()) {
            (Kind::Moments, Some(newest)) => newest.place,
            (Kind::Moments | Kind::Events | Kind::Values, _) => after,
        };
        drop(state);
        Member {
            group: Arc::clone(self),
            number,
            after,
            outbox,
            key,
        }
    }

    /// Adds items, which are in order, and wakes whoever waits.
    pub(super) fn publish(&self, items: impl IntoIterator<Item = Item>) {
        let mut state = self.state();
        for item in items {
            state.bytes += item.payload.len();
            state.ring.push_back(item);
        }
        let (items_max, bytes_max) = match self.kind {
            Kind::Values => (1, usize::MAX),
            Kind::Moments => (MOMENTS_MAX, self.allowance()),
            Kind::Events => (ITEMS_MAX, self.allowance()),
        };
        // The newest stays, however large it is: whoever waits has not had it.
        while state.ring.len() > items_max || (state.bytes > bytes_max && state.ring.len() > 1) {
            state.drop_oldest();
        }
        state.wake();
    }

    /// What one group may keep where there are many.
    fn allowance(&self) -> usize {
        let share = ALL_BYTES_MAX / self.groups.load(Relaxed).max(1);
        share.clamp(BYTES_MIN, BYTES_MAX)
    }

    /// An item must not be given to newcomers any more as it is.
    pub(super) fn withdraw(&self, place: Position) {
        let mut state = self.state();
        state.sealed = state.sealed.max(place);
    }

    /// Forgets all items: somebody who is spoken of in them was erased. Who has not had them replays.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        if self.kind == Kind::Events {
            while !state.ring.is_empty() {
                state.drop_oldest();
            }
        }
    }

    /// There will be no more.
    pub(super) fn end(&self, ending: Ending) {
        let mut state = self.state();
        state.ending.get_or_insert(ending);
        state.wake();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.groups.fetch_sub(1, Relaxed);
        if let Some(pump) = self.pump.get() {
            pump.abort();
        }
    }
}

impl State {
    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.ring.pop_front() {
            self.bytes -= oldest.payload.len();
            self.floor = oldest.place;
            self.sealed = self.sealed.max(oldest.place);
        }
    }

    fn wake(&mut self) {
        for (_, waiting) in self.waiting.drain() {
            waiting.outbox.ready(waiting.key);
        }
    }
}

/// One who follows a group: a place, and whom to wake.
pub(super) struct Member {
    group: Arc<Group>,
    number: Key,
    /// The last item that it had.
    after: Position,
    outbox: Arc<Outbox>,
    key: Key,
}

impl Member {
    /// Whether its items have places in the log.
    pub(super) fn is_of_events(&self) -> bool {
        self.group.kind == Kind::Events
    }

    /// Gives the next items to `each`, as long as that wants more.
    pub(super) fn take(&mut self, each: &mut dyn FnMut(Position, &[u8]) -> bool) -> Step {
        let mut state = self.group.state();
        if self.after < state.floor && self.group.kind == Kind::Events {
            let cursor = Cursor::write(self.after);
            let fault = Fault::Lagged { cursor };
            return Step::Ended(Ending::fault(fault, self.group.language));
        }
        let next = state.ring.partition_point(|item| item.place <= self.after);
        for item in state.ring.range(next..) {
            self.after = item.place;
            if !each(item.place, &item.payload) {
                return Step::More;
            }
        }
        if let Some(ending) = &state.ending {
            return Step::Ended(ending.clone());
        }
        let waiting = Waiting {
            outbox: Arc::clone(&self.outbox),
            key: self.key,
        };
        state.waiting.insert(self.number, waiting);
        Step::Idle
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.group.state().waiting.remove(&self.number);
    }
}

#[cfg(test)]
#[path = "group_tests.rs"]
mod tests;
