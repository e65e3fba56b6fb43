//! The decider: commands in, batches out. A state machine without IO.
//!
//! It decides commands one after the other against the state that the commands before them will
//! leave, without waiting for the disk in between. What it answers (refusals included) it answers
//! only once everything that it was decided on is durable. If an append fails, the commands in it and
//! all that were decided since are decided again, in their order, on what is durable.

mod batch;
mod cache;
mod exchange;

pub use exchange::{Answer, Limits, Loaded, Need, NewEvent, Ticket};

use crate::storage::StoredReceipt;
use crate::used_ids::{IdKey, ShortKey, UsedIds};
use cache::Cache;
use lru::LruCache;
use std::collections::{HashMap, HashSet, VecDeque};
use std::num::NonZeroUsize;
use tributary_domain::command::CommandId;
use tributary_domain::decision::Credential;
use tributary_domain::{
    AccountId, Decision, Histories, HistoryId, Rejection, Request, State, Undecided,
};

/// A command whose decision is to be appended, or whose answer waits for what it was decided on.
#[derive(Debug)]
pub struct Decided {
    pending: Pending,
    ordinal: u64,
    /// Its events; none if its answer only waits. Whoever appends them takes them out: should that
    /// fail, the command is decided again.
    pub events: Vec<NewEvent>,
    /// Where these events stand in their histories.
    places: Vec<Place>,
    /// Secrets to write with them.
    pub credentials: Vec<Credential>,
    answer: Waiting,
}

impl Decided {
    /// The command.
    pub fn request(&self) -> &Request {
        &self.pending.request
    }
}

/// An event's place in its history.
type Place = (HistoryId, i64);

#[derive(Debug)]
enum Waiting {
    Appended,
    Agreed,
    Rejected(Rejection),
    /// The same id is being appended for another command.
    Duplicate,
}

#[derive(Debug)]
struct Pending {
    ticket: Ticket,
    request: Box<Request>,
    /// Of the command's id.
    key: Option<IdKey>,
    /// The epoch in which the command's id was found to be unused.
    unused_in: Option<u64>,
    /// Histories kept in the cache for it.
    pinned: Vec<HistoryId>,
}

/// See the [module](self).
pub struct Decider {
    limits: Limits,
    cache: Cache,
    receipts: LruCache<IdKey, StoredReceipt>,
    staged_ids: HashSet<IdKey>,
    used_ids: UsedIds,
    ready: VecDeque<Pending>,
    blocked: HashMap<Ticket, (Pending, usize)>,
    waiters: HashMap<Need, Vec<Ticket>>,
    needs: Vec<Need>,
    staged: VecDeque<Decided>,
    /// How many of these were given out by [`Decider::upcoming`].
    drafted: usize,
    in_flight: Option<Vec<Decided>>,
    answers: Vec<(Ticket, Answer)>,
    /// Raised when states or receipts read before may be out of date.
    epoch: u64,
    /// The batch that is being filled.
    ordinal: u64,
    ordinal_events: usize,
    /// So many commands are appended one by one, to find the one that fails.
    singly: usize,
}

struct View<'a> {
    cache: &'a mut Cache,
    /// The newest batch that something read here rests on; 0 if all is durable.
    rests_on: u64,
}

impl Histories for View<'_> {
    fn state(&mut self, history: &HistoryId) -> Option<&State> {
        let entry = self.cache.get(history)?;
        self.rests_on = self.rests_on.max(entry.rests_on);
        Some(&entry.state)
    }
}

impl Decider {
    /// Empty, with a log at any position.
    pub fn new(limits: Limits) -> Self {
        let receipts = NonZeroUsize::new(limits.cached_receipts).unwrap_or(NonZeroUsize::MIN);
        Self {
            limits,
            cache: Cache::new(limits.cached_histories, limits.confirm),
            receipts: LruCache::new(receipts),
            staged_ids: HashSet::new(),
            used_ids: UsedIds::unknown(),
            ready: VecDeque::new(),
            blocked: HashMap::new(),
            waiters: HashMap::new(),
            needs: Vec::new(),
            staged: VecDeque::new(),
            drafted: 0,
            in_flight: None,
            answers: Vec::new(),
            epoch: 0,
            ordinal: 1,
            ordinal_events: 0,
            singly: 0,
        }
    }

    /// Takes in a command.
    pub fn submit(&mut self, ticket: Ticket, request: Request) {
        let key = request.id.as_ref();
        let key = key.map(|id| IdKey::of(&id.scope, &id.id));
        self.ready.push_back(Pending {
            ticket,
            request: Box::new(request),
            key,
            unused_in: None,
            pinned: vec![],
        });
    }

    /// What must be read, once: answer with [`loaded`](Self::loaded) and the same epoch.
    pub fn take_needs(&mut self) -> (u64, Vec<Need>) {
        (self.epoch, std::mem::take(&mut self.needs))
    }

    /// Takes in a page of the ids that were used before this node began; an empty one after the last.
    /// From then on an id that was not used is known to be new without a reading. Not for a log that
    /// others write, too: what they use is not known here.
    pub fn used_before(&mut self, ids: &[ShortKey]) {
        ids.iter().for_each(|id| self.used_ids.insert(*id));
        if ids.is_empty() {
            self.used_ids.complete();
        }
    }

    /// Drops what is kept of a person whose personal parts were emptied. What is being read at this
    /// moment may have been read before: it is asked for again.
    pub fn forget_words_of(&mut self, account: AccountId) {
        self.epoch += 1;
        self.cache.forget_words_of(account);
    }

    /// Takes in what was read. Readings of an older epoch are asked for again.
    pub fn loaded(&mut self, epoch: u64, loaded: Vec<Loaded>) {
        for loaded in loaded {
            let need = match &loaded {
                Loaded::History(history, ..) => Need::History(history.clone()),
                Loaded::Receipt(scope, id, _) => Need::Receipt(scope.clone(), id.clone()),
            };
            if epoch != self.epoch {
                if self.waiters.contains_key(&need) {
                    self.needs.push(need);
                }
                continue;
            }
            let waiters = self.waiters.remove(&need).unwrap_or_default();
            match loaded {
                Loaded::History(history, state, sequence) => {
                    let mut pins = 0;
                    for ticket in &waiters {
                        if let Some((pending, _)) = self.blocked.get_mut(ticket) {
                            pending.pinned.push(history.clone());
                            pins += 1;
                        }
                    }
                    self.cache.insert(history, *state, sequence, pins);
                }
                Loaded::Receipt(scope, id, Some(receipt)) => {
                    self.receipts.put(IdKey::of(&scope, &id), receipt);
                }
                Loaded::Receipt(_, _, None) => {
                    for ticket in &waiters {
                        if let Some((pending, _)) = self.blocked.get_mut(ticket) {
                            pending.unused_in = Some(epoch);
                        }
                    }
                }
            }
            self.unblock(&waiters);
        }
    }

    fn unblock(&mut self, waiters: &[Ticket]) {
        for ticket in waiters {
            let Some((_, missing)) = self.blocked.get_mut(ticket) else {
                continue;
            };
            *missing -= 1;
            if *missing == 0
                && let Some((pending, _)) = self.blocked.remove(ticket)
            {
                self.ready.push_back(pending);
            }
        }
    }

    /// Decides everything that can be decided now.
    pub fn run(&mut self) {
        while let Some(pending) = self.ready.pop_front() {
            self.decide(pending);
        }
    }

    fn decide(&mut self, pending: Pending) {
        if let Some((key, id)) = pending.key.zip(pending.request.id.as_ref()) {
            if let Some(receipt) = self.receipts.get(&key) {
                let answer = repeated(id, receipt);
                return self.answer(pending, answer);
            }
            if self.staged_ids.contains(&key) {
                return self.stage(pending, vec![], vec![], Waiting::Duplicate, self.ordinal);
            }
            if pending.unused_in != Some(self.epoch) && self.used_ids.may_hold(key.short()) {
                let need = Need::Receipt(id.scope.clone(), id.id.clone());
                return self.block(pending, vec![need]);
            }
        }
        let mut named = Vec::new();
        for history in pending.request.names() {
            let need = Need::History(history);
            if let Need::History(history) = &need
                && !self.cache.contains(history)
                && !named.contains(&need)
            {
                named.push(need);
            }
        }
        if !named.is_empty() {
            return self.block(pending, named);
        }
        let mut view = View {
            cache: &mut self.cache,
            rests_on: 0,
        };
        let decision = pending.request.decide(&mut view);
        let rests_on = view.rests_on;
        match decision {
            Ok(decision) if decision.events.is_empty() => {
                self.wait(pending, Waiting::Agreed, rests_on);
            }
            Ok(decision) => self.record(pending, decision),
            Err(Undecided::Rejected(rejection)) => {
                self.wait(pending, Waiting::Rejected(rejection), rests_on);
            }
            Err(Undecided::Missing(history)) => {
                // Followed from a named history: what was pinned stays so until it is decided.
                self.block(pending, vec![Need::History(history)]);
            }
        }
    }

    /// Sets a command aside until what it needs was read.
    fn block(&mut self, mut pending: Pending, needs: Vec<Need>) {
        for history in pending.request.names() {
            if self.cache.pin(&history) {
                pending.pinned.push(history);
            }
        }
        let (ticket, missing) = (pending.ticket, needs.len());
        for need in needs {
            let waiting = self.waiters.entry(need.clone()).or_default();
            if waiting.is_empty() {
                self.needs.push(need);
            }
            waiting.push(ticket);
        }
        self.blocked.insert(ticket, (pending, missing));
    }

    /// Answers at once if everything that the answer rests on is durable, otherwise with the batch
    /// that makes it so.
    fn wait(&mut self, pending: Pending, waiting: Waiting, rests_on: u64) {
        if rests_on == 0 && !self.limits.confirm {
            let answer = match waiting {
                Waiting::Rejected(rejection) => Answer::Rejected(rejection),
                Waiting::Agreed | Waiting::Appended | Waiting::Duplicate => Answer::Agreed,
            };
            self.answer(pending, answer);
        } else {
            self.stage(pending, vec![], vec![], waiting, rests_on);
        }
    }

    fn record(&mut self, pending: Pending, decision: Decision) {
        let count = decision.events.len();
        if self.ordinal_events > 0 && self.ordinal_events + count > self.limits.batch_events {
            self.ordinal += 1;
            self.ordinal_events = 0;
        }
        self.ordinal_events += count;
        let mut events = Vec::with_capacity(count);
        for (history, channel, event) in decision.events {
            let sequence = self.cache.fold(&history, &event, self.ordinal);
            events.push(NewEvent {
                history,
                sequence,
                channel,
                event,
            });
        }
        self.staged_ids.extend(pending.key);
        self.stage(
            pending,
            events,
            decision.credentials,
            Waiting::Appended,
            self.ordinal,
        );
    }

    fn stage(
        &mut self,
        mut pending: Pending,
        events: Vec<NewEvent>,
        credentials: Vec<Credential>,
        answer: Waiting,
        rests_on: u64,
    ) {
        self.unpin(&mut pending);
        let places = events
            .iter()
            .map(|event| (event.history.clone(), event.sequence))
            .collect();
        let mut decided = Decided {
            pending,
            ordinal: self.ordinal,
            events,
            places,
            credentials,
            answer,
        };
        // What is under way may have met the head before this was asked, and another node may have
        // appended in between: beside other nodes only a later batch tells.
        let may_join = !self.limits.confirm || matches!(decided.answer, Waiting::Duplicate);
        match &mut self.in_flight {
            Some(in_flight)
                if may_join
                    && decided.places.is_empty()
                    && self.singly == 0
                    && in_flight
                        .first()
                        .is_some_and(|first| first.ordinal >= rests_on) =>
            {
                decided.ordinal = rests_on;
                in_flight.push(decided);
            }
            Some(_) | None => self.staged.push_back(decided),
        }
    }

    fn unpin(&mut self, pending: &mut Pending) {
        for history in pending.pinned.drain(..) {
            self.cache.unpin(&history);
        }
    }

    fn answer(&mut self, mut pending: Pending, answer: Answer) {
        self.unpin(&mut pending);
        self.answers.push((pending.ticket, answer));
    }

    /// Gives up what waits for a reading that cannot be made, and returns the tickets.
    pub fn unreadable(&mut self, needs: &[Need]) -> Vec<Ticket> {
        let mut tickets = Vec::new();
        for need in needs {
            for ticket in self.waiters.remove(need).unwrap_or_default() {
                if let Some((mut pending, _)) = self.blocked.remove(&ticket) {
                    self.unpin(&mut pending);
                    tickets.push(ticket);
                }
            }
        }
        for waiting in self.waiters.values_mut() {
            waiting.retain(|ticket| !tickets.contains(ticket));
        }
        tickets
    }

    /// What is to be told to whom.
    pub fn take_answers(&mut self) -> Vec<(Ticket, Answer)> {
        std::mem::take(&mut self.answers)
    }

    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.ready.is_empty()
            && self.blocked.is_empty()
            && self.staged.is_empty()
            && self.in_flight.is_none()
            && self.answers.is_empty()
    }
}

fn repeated(id: &CommandId, receipt: &StoredReceipt) -> Answer {
    if receipt.id.body == id.body {
        Answer::Repeated {
            first: receipt.first,
            last: receipt.last,
        }
    } else {
        Answer::IdReused
    }
}

#[cfg(test)]
mod tests;
