//! The driver of the command path: feeds the decider, reads what it needs, appends what it decides,
//! tells the tail and the callers. The only writer of its node.

mod append;
mod catching_up;
mod counters;
mod reading;

pub(crate) use counters::Counters;
pub use counters::Stats;
pub(crate) use reading::tell_used_ids;

use crate::decider::{Answer, Decider, Limits, Loaded, Need, Ticket};
use crate::environment::Environment;
use crate::error::{CommandError, StoreError};
use crate::sequencer::Draft;
use crate::storage::{Filter, Head, SMALL_BATCH_ROWS, Storage};
use crate::tail::{Tail, read_page};
use crate::used_ids::ShortKey;
use append::Append;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use reading::load;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::{mpsc, oneshot};
use tributary_domain::{AccountId, Position, Recorded, Request};

/// How many commands may wait to be taken in. One more is refused with
/// [`CommandError::Overloaded`].
pub const QUEUE_MAX: usize = 8_192;

/// How many commands may be between being taken in and being answered. No more are taken in then.
const UNDER_WAY_MAX: usize = 16_384;

/// Readings under way at once. What is needed meanwhile gathers for the next one, so that commands
/// that came together are read for together.
const LOADS_MAX: usize = 4;

/// What a caller gets for a command that was carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The last event's place; where nothing had to be recorded, a durable place that the command
    /// was decided on.
    pub position: Position,
    /// The events, in order; none where what was asked for held already.
    pub events: Vec<Arc<Recorded>>,
    /// Whether the command had been carried out before, under the same id.
    pub repeated: bool,
}

/// A command on its way in, and where its answer goes.
pub(crate) struct Submission {
    pub(crate) request: Request,
    pub(crate) reply: oneshot::Sender<Result<Receipt, CommandError>>,
}

type Load = BoxFuture<'static, (u64, Vec<Need>, Result<Vec<Loaded>, StoreError>)>;

pub(crate) struct CommandPath {
    storage: Arc<dyn Storage>,
    tail: Arc<Tail>,
    env: Environment,
    decider: Decider,
    head: Head,
    /// The head that the batch under way leaves.
    promised: Head,
    /// The batch after the one under way, as far as it was decided.
    draft: Option<Draft>,
    /// The events of the newest batch, for those who wait for its answers.
    durable: Vec<Arc<Recorded>>,
    callers: HashMap<Ticket, oneshot::Sender<Result<Receipt, CommandError>>>,
    next_ticket: Ticket,
    loads: FuturesUnordered<Load>,
    attempts: u32,
    /// Whether this node took the log's head, to append next.
    holds_head: bool,
    /// Whether the log in the database is not the one that this node has read and written.
    replaced: bool,
    counters: Arc<Counters>,
}

impl CommandPath {
    pub(crate) fn new(
        storage: Arc<dyn Storage>,
        tail: Arc<Tail>,
        env: Environment,
        limits: Limits,
        head: Head,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            storage,
            tail,
            env,
            decider: Decider::new(limits),
            head,
            promised: head,
            draft: None,
            durable: Vec::new(),
            callers: HashMap::new(),
            next_ticket: 0,
            loads: FuturesUnordered::new(),
            attempts: 0,
            holds_head: false,
            replaced: false,
            counters,
        }
    }

    /// Runs until every sender is gone and every command is answered; or until the log turns out to be
    /// another one than this node has written, which nothing can be decided on any more.
    pub(crate) async fn run(
        mut self,
        mut queue: mpsc::Receiver<Submission>,
        mut erased: mpsc::Receiver<AccountId>,
        mut used_ids: mpsc::Receiver<Vec<ShortKey>>,
    ) {
        let mut append: Option<Append> = None;
        let mut open = true;
        while !self.replaced {
            self.advance(&mut append).await;
            if append.is_some() {
                self.holds_head = false;
            } else {
                self.let_go().await;
            }
            if !open && append.is_none() && self.loads.is_empty() && self.decider.is_idle() {
                return;
            }
            self.counters
                .under_way
                .store(self.callers.len() as u64, Ordering::Relaxed);
            let takes_in = open && self.callers.len() < UNDER_WAY_MAX;
            tokio::select! {
                biased;
                (prepared, outcome) = Append::outcome(append.as_mut()) => {
                    append = None;
                    self.finish(prepared, outcome).await;
                }
                Some((epoch, needs, outcome)) = self.loads.next() => {
                    self.take_readings(epoch, &needs, outcome);
                }
                submission = queue.recv(), if takes_in => match submission {
                    Some(submission) => {
                        self.submit(submission);
                        self.take_in(&mut queue);
                        if append.is_none() {
                            // Whoever is about to ask does so now: an append may hold up the thread
                            // that they need for it, and would be followed by one for each of them.
                            tokio::task::yield_now().await;
                            self.take_in(&mut queue);
                        }
                    }
                    None => open = false,
                },
                Some(account) = erased.recv(), if open => self.decider.forget_words_of(account),
                Some(page) = used_ids.recv() => self.decider.used_before(&page),
            }
        }
    }

    /// What has piled up goes into the same batch.
    fn take_in(&mut self, queue: &mut mpsc::Receiver<Submission>) {
        while self.callers.len() < UNDER_WAY_MAX
            && let Ok(submission) = queue.try_recv()
        {
            self.submit(submission);
        }
    }

    fn submit(&mut self, Submission { request, reply }: Submission) {
        self.next_ticket += 1;
        self.callers.insert(self.next_ticket, reply);
        self.decider.submit(self.next_ticket, request);
    }

    /// Decides, appends, answers and reads as far as it goes without waiting.
    async fn advance(&mut self, append: &mut Option<Append>) {
        loop {
            self.decider.run();
            match append {
                None => {
                    *append = self.begin_append();
                    if let Some(append) = append
                        && append.rows > SMALL_BATCH_ROWS
                    {
                        append.start().await;
                    }
                }
                Some(_) => self.draft_upcoming(),
            }
            for (ticket, answer) in self.decider.take_answers() {
                self.answer(ticket, answer);
            }
            if self.loads.len() >= LOADS_MAX {
                return;
            }
            let (epoch, needs) = self.decider.take_needs();
            if needs.is_empty() {
                return;
            }
            self.load(epoch, needs);
        }
    }

    /// The next append, if something was decided.
    fn begin_append(&mut self) -> Option<Append> {
        let batch = self.decider.next_batch()?;
        let draft = self.draft.take();
        let mut draft = draft.unwrap_or_else(|| Draft::behind(self.head));
        draft.add(batch.iter_mut(), &self.env);
        match draft.finish() {
            Ok(prepared) => {
                self.promised = prepared.batch.head;
                Some(Append::new(Arc::clone(&self.storage), prepared))
            }
            Err(error) => {
                let lost = self.decider.give_up();
                self.fail(lost, &CommandError::Unavailable(error.to_string()));
                None
            }
        }
    }

    /// Encodes and hashes what comes after the batch under way, while the database writes that one.
    fn draft_upcoming(&mut self) {
        let upcoming = self.decider.upcoming();
        if upcoming.len() > 0 {
            let draft = self
                .draft
                .get_or_insert_with(|| Draft::behind(self.promised));
            draft.add(upcoming, &self.env);
        }
    }

    fn load(&mut self, epoch: u64, needs: Vec<Need>) {
        let asked = needs.clone();
        let storage = Arc::clone(&self.storage);
        self.loads.push(Box::pin(async move {
            // Folding a long history takes time, which the driver has not.
            let loading = tokio::spawn(async move {
                let outcome = load(storage.as_ref(), &needs).await;
                (needs, outcome)
            });
            match loading.await {
                Ok((needs, outcome)) => (epoch, needs, outcome),
                Err(error) => (
                    epoch,
                    asked,
                    Err(StoreError::Unavailable(error.to_string())),
                ),
            }
        }));
    }

    fn take_readings(
        &mut self,
        epoch: u64,
        needs: &[Need],
        outcome: Result<Vec<Loaded>, StoreError>,
    ) {
        match outcome {
            Ok(loaded) => self.decider.loaded(epoch, loaded),
            // One of them cannot be asked for or read: each is asked for alone.
            Err(StoreError::Refused(_) | StoreError::Unreadable { .. }) if needs.len() > 1 => {
                needs
                    .iter()
                    .for_each(|need| self.load(epoch, vec![need.clone()]));
            }
            Err(error) => {
                tracing::warn!(%error, "histories could not be read");
                let lost = self.decider.unreadable(needs);
                self.fail(lost, &CommandError::Unavailable(error.to_string()));
            }
        }
    }

    fn answer(&mut self, ticket: Ticket, answer: Answer) {
        let Some(caller) = self.callers.remove(&ticket) else {
            return;
        };
        let answer = match answer {
            Answer::Appended { first, last } => {
                let start = self.durable.first().map_or(first, |event| event.position);
                let from = usize::try_from(first.since(start)).unwrap_or(0);
                let count = usize::try_from(last.since(first)).unwrap_or(0) + 1;
                let events = self
                    .durable
                    .iter()
                    .skip(from)
                    .take(count)
                    .cloned()
                    .collect();
                Ok(Receipt {
                    position: last,
                    events,
                    repeated: false,
                })
            }
            Answer::Agreed => Ok(Receipt {
                position: self.head.position,
                events: vec![],
                repeated: false,
            }),
            Answer::Repeated { first, last } => return self.repeat(caller, first, last),
            Answer::Rejected(rejection) => Err(CommandError::Rejected(rejection)),
            Answer::IdReused => Err(CommandError::IdReused),
        };
        self.counters.answered(&answer);
        // A caller that has gone away does not want its answer; the command stands all the same.
        let _gone = caller.send(answer);
    }

    /// Reads the events of a command that was carried out before.
    fn repeat(
        &self,
        caller: oneshot::Sender<Result<Receipt, CommandError>>,
        first: Position,
        last: Position,
    ) {
        let (storage, counters) = (Arc::clone(&self.storage), Arc::clone(&self.counters));
        tokio::spawn(async move {
            let before = Position::new(first.get() - 1).unwrap_or_default();
            let count = usize::try_from(last.since(before)).unwrap_or(1);
            let page = read_page(storage.as_ref(), before, last, count, &Filter::All).await;
            let answer = match page {
                Ok(page) => Ok(Receipt {
                    position: last,
                    events: page.events,
                    repeated: true,
                }),
                Err(error) => Err(CommandError::Unavailable(error.to_string())),
            };
            counters.answered(&answer);
            let _gone = caller.send(answer);
        });
    }

    fn fail(&mut self, tickets: Vec<Ticket>, error: &CommandError) {
        for ticket in tickets {
            if let Some(caller) = self.callers.remove(&ticket) {
                let answer = Err(error.clone());
                self.counters.answered(&answer);
                let _gone = caller.send(answer);
            }
        }
    }
}
