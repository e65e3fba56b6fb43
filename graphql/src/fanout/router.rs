//! Hands each event of the log to those whom it concerns, and to nobody else.
//!
//! One reader follows the tail for all groups of this node. A follower whose place is further back reads
//! the log until it is where the router was when it came, and goes on from its inbox: what both bring is
//! taken once, because both are in order and carry their positions.

use super::pages::Pages;
use crate::Fault;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tributary_domain::{AccountId, ChannelId, Event, HistoryId, Position, Recorded, stream};
use tributary_store::{Filter, Log, Page, StoreError};

/// The most events that wait for one follower; one that is further behind reads the log again.
const INBOX_MAX: usize = 1_024;

/// The wait after the log did not answer.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// What can be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    /// What concerns a channel.
    Channel(ChannelId),
    /// What happens in an account's wallets.
    Wallets(AccountId),
    /// Streams that go live.
    GoingLive,
    /// Everything.
    All,
}

/// Whether a stream goes live by an event.
pub(super) fn is_going_live(recorded: &Recorded) -> bool {
    matches!(recorded.event, Event::Stream(stream::Event::WentLive(_)))
}

fn wallet_of(recorded: &Recorded) -> Option<AccountId> {
    match recorded.history {
        HistoryId::Wallet(account, _) => Some(account),
        _ => None,
    }
}

/// See the [module](self).
pub(crate) struct Router {
    state: Mutex<State>,
}

struct State {
    /// Everything up to here was handed out.
    position: Position,
    inboxes: HashMap<Topic, Vec<Arc<Inbox>>>,
}

/// What waits for one follower.
#[derive(Default)]
struct Inbox {
    state: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Arc<Recorded>>,
    /// Some did not fit, or could not be read: the log has them.
    is_broken: bool,
}

impl Inbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, recorded: &Arc<Recorded>) {
        let mut waiting = self.waiting();
        if waiting.events.len() >= INBOX_MAX {
            waiting.events = VecDeque::new();
            waiting.is_broken = true;
        }
        if !waiting.is_broken {
            waiting.events.push_back(Arc::clone(recorded));
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    fn break_off(&self) {
        self.waiting().is_broken = true;
        self.arrived.notify_one();
    }
}

impl Router {
    /// One that begins where the log is now.
    pub(crate) fn new(log: &Log) -> Self {
        Self {
            state: Mutex::new(State {
                position: log.head(),
                inboxes: HashMap::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands out what comes, until `closing`. Each event is shown to `attend`, too.
    pub(crate) async fn run(
        &self,
        log: &Log,
        closing: CancellationToken,
        mut attend: impl FnMut(&Recorded),
    ) {
        let mut tail = log.tail(self.state().position, Filter::All);
        loop {
            let page = tokio::select! {
                () = closing.cancelled() => return,
                page = tail.next() => page,
            };
            match page {
                Ok(page) => {
                    page.events.iter().for_each(|recorded| attend(recorded));
                    self.hand_out(&page);
                }
                Err(StoreError::Closed) => return,
                Err(StoreError::Unreadable { position, reason }) => {
                    // A newer node wrote it. Whom it concerns finds it in the log, and stops there.
                    tracing::error!(%position, reason, "feeds break off at an event");
                    self.skip(position);
                    tail = log.tail(position, Filter::All);
                }
                Err(error) => {
                    tracing::error!(%error, "the log cannot be followed");
                    tokio::select! {
                        () = closing.cancelled() => return,
                        () = tokio::time::sleep(RETRY_AFTER) => {}
                    }
                }
            }
        }
    }

    fn hand_out(&self, page: &Page) {
        let mut state = self.state();
        for recorded in &page.events {
            let channel = recorded.channel.map(Topic::Channel);
            let wallets = wallet_of(recorded).map(Topic::Wallets);
            let live = is_going_live(recorded).then_some(Topic::GoingLive);
            let topics = channel.into_iter().chain(wallets).chain(live);
            for topic in topics.chain([Topic::All]) {
                for inbox in state.inboxes.get(&topic).into_iter().flatten() {
                    inbox.push(recorded);
                }
            }
        }
        state.position = state.position.max(page.upto);
    }

    /// Passes over everything up to `position`: every follower looks into the log for itself.
    fn skip(&self, position: Position) {
        let mut state = self.state();
        for inbox in state.inboxes.values().flatten() {
            inbox.break_off();
        }
        state.position = state.position.max(position);
    }

    /// Follows a topic from a place on.
    pub(crate) fn follow(self: &Arc<Self>, pages: Pages, topic: Topic) -> Follower {
        let inbox = Arc::new(Inbox::default());
        let mut state = self.state();
        let inboxes = state.inboxes.entry(topic).or_default();
        inboxes.push(Arc::clone(&inbox));
        let since = state.position;
        drop(state);
        Follower {
            router: Arc::clone(self),
            topic,
            inbox,
            pages,
            since,
        }
    }
}

/// Reads what concerns a topic, without an end.
pub(crate) struct Follower {
    router: Arc<Router>,
    topic: Topic,
    inbox: Arc<Inbox>,
    pages: Pages,
    /// From here on everything comes into the inbox.
    since: Position,
}

impl Follower {
    /// Waits until there is more, and returns it. Dropping the future loses nothing.
    ///
    /// # Errors
    /// When the log does not answer, or an event cannot be read.
    pub(crate) async fn next(&mut self) -> Result<Page, Fault> {
        loop {
            if self.pages.position() < self.since {
                return self.pages.next(self.since).await;
            }
            let inbox = Arc::clone(&self.inbox);
            let arrived = inbox.arrived.notified();
            if let Some(page) = self.arrived() {
                return Ok(page);
            }
            arrived.await;
        }
    }

    /// What lies in the inbox and was not read from the log.
    fn arrived(&mut self) -> Option<Page> {
        let position = self.pages.position();
        let mut waiting = self.inbox.waiting();
        if waiting.is_broken {
            *waiting = Waiting::default();
            drop(waiting);
            // Whatever comes from now on is in the inbox again.
            self.since = self.router.state().position;
            // The log has what is missing: the next call reads it there.
            return (self.since > position).then_some(Page {
                events: vec![],
                upto: position,
            });
        }
        let events: Vec<_> = std::mem::take(&mut waiting.events)
            .into_iter()
            .filter(|recorded| recorded.position > position)
            .collect();
        drop(waiting);
        let upto = events.last()?.position;
        self.pages.skip_to(upto);
        Some(Page { events, upto })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut state = self.router.state();
        if let Some(inboxes) = state.inboxes.get_mut(&self.topic) {
            inboxes.retain(|inbox| !Arc::ptr_eq(inbox, &self.inbox));
            if inboxes.is_empty() {
                state.inboxes.remove(&self.topic);
            }
        }
    }
}
