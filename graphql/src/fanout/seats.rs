//! All groups, and the way into them.

use super::group::{Group, Kind, Member};
use super::outbox::{Key, Outbox};
use super::plan::{GroupKey, Plan};
use super::pump::{self, Execution};
use super::track::Track;
use crate::api::Api;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::Semaphore;
use tributary_domain::Position;

/// Replays that work at once.
const REPLAYS_MAX: usize = 4;

/// How far behind the head somebody may come back and still begin a group. Whoever else comes back with
/// them then finds everything there, instead of replaying alone.
const CLOSE: u64 = 1_024;

/// How much earlier than its first member a group begins that way: those who come back together have not
/// all stopped at the same event.
const MARGIN: i64 = 256;

/// See the [module](self).
#[derive(Default)]
pub(crate) struct Fanout {
    groups: Mutex<HashMap<GroupKey, Weak<Group>>>,
    /// How many there are.
    living: Arc<AtomicUsize>,
    pub(super) replays: Turns,
}

/// Turns of replays.
pub(super) struct Turns(Semaphore);

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(REPLAYS_MAX))
    }
}

impl std::ops::Deref for Turns {
    type Target = Semaphore;

    fn deref(&self) -> &Semaphore {
        &self.0
    }
}

/// Where somebody is to go.
pub(super) enum Seat {
    /// Into a group.
    Live(Member),
    /// Through what they have missed, first.
    Behind(Position),
}

impl Fanout {
    fn groups(&self) -> MutexGuard<'_, HashMap<GroupKey, Weak<Group>>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many groups there are.
    pub(crate) fn size(&self) -> usize {
        self.living.load(Relaxed)
    }

    /// Somebody was erased: nothing that was said before is given to anybody who has not had it.
    pub(crate) fn forget(&self) {
        let groups: Vec<_> = self.groups().values().filter_map(Weak::upgrade).collect();
        for group in groups {
            group.forget();
        }
    }
}

impl Api {
    /// Finds a seat for one whose last item was at `after`; from now on, if there is none.
    pub(super) fn seat(
        &self,
        plan: &Plan,
        after: Option<Position>,
        (outbox, key): (&Arc<Outbox>, Key),
    ) -> Seat {
        let head = self.shared.log.head();
        let place = match plan.kind {
            Kind::Values | Kind::Moments => Position::START,
            Kind::Events => after.unwrap_or(head),
        };
        let join = |group: &Arc<Group>| Seat::Live(group.member(place, Arc::clone(outbox), key));
        let mut groups = self.fanout.groups();
        let found = groups.get(&plan.key).and_then(Weak::upgrade);
        if let Some(group) = found.filter(|group| !group.has_ended()) {
            return if group.admits(place) {
                join(&group)
            } else {
                Seat::Behind(place)
            };
        }
        let start = match after {
            None => place,
            Some(place) if head.since(place) <= CLOSE => {
                let earlier = Position::new(place.min(head).get() - MARGIN);
                earlier.unwrap_or(Position::START)
            }
            Some(place) => return Seat::Behind(place),
        };
        let group = Arc::new(Group::new(
            plan.kind,
            plan.key.language,
            start,
            &self.fanout.living,
        ));
        if groups.len() > 2 * self.fanout.size() + 16 {
            groups.retain(|_, group| group.strong_count() > 0);
        }
        groups.insert(plan.key.clone(), Arc::downgrade(&group));
        let execution = Execution::begin(self, plan, Track::live(start));
        let pump = tokio::spawn(pump::run(Arc::downgrade(&group), execution));
        group.is_fed_by(pump.abort_handle());
        join(&group)
    }
}
