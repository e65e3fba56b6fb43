//! The driver of the command path: feeds the decider, reads what it needs, appends what it decides,
//! tells the tail and the callers. The only writer of its node.

use crate::decider::{Answer, Decider, Limits, Loaded, Need, Ticket};
use crate::environment::Environment;
use crate::error::{CommandError, StoreError};
use crate::sequencer::{Draft, Prepared};
use crate::storage::{AppendError, Batch, Filter, Head, SMALL_BATCH_ROWS, Storage};
use crate::tail::{PAGE_MAX, Tail, read_page};
use crate::used_ids::ShortKey;
use chrono::TimeDelta;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tributary_domain::{AccountId, HistoryId, Position, Recorded, Request, Timestamp};

/// How many commands may wait to be taken in. One more is refused with
/// [`CommandError::Overloaded`].
pub const QUEUE_MAX: usize = 8_192;

/// How many commands may be between being taken in and being answered. No more are taken in then.
const UNDER_WAY_MAX: usize = 16_384;

/// Readings under way at once. What is needed meanwhile gathers for the next one, so that commands
/// that came together are read for together.
const LOADS_MAX: usize = 4;

/// How many times a batch that the database cannot be reached for is tried again.
const ATTEMPTS_MAX: u32 = 8;

/// The wait before the first new try; it doubles each time (in all about 6 seconds).
const RETRY_AFTER: Duration = Duration::from_millis(25);

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

/// What the command path of this node has done since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Commands that were answered with a receipt.
    pub commands_carried_out: u64,
    /// Commands that a rule refused, or whose id was used before for something else.
    pub commands_refused: u64,
    /// Commands that failed for no fault of theirs.
    pub commands_failed: u64,
    /// Commands between being taken in and being answered, now.
    pub commands_under_way: u64,
    /// Events that were appended.
    pub events: u64,
    /// Transactions that they were appended in.
    pub batches: u64,
}

/// [`Stats`], as they are counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    carried_out: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    under_way: AtomicU64,
    events: AtomicU64,
    batches: AtomicU64,
    /// Since when, and why, nothing can be appended.
    trouble: Mutex<Option<(Timestamp, String)>>,
}

/// How long after the last attempt a node counts as one that cannot append. It must end by itself: a node
/// that is sent no commands while it is not ready makes no attempts.
const TROUBLE_FOR: TimeDelta = TimeDelta::seconds(10);

impl Counters {
    /// Why the last attempt to append failed, if that was a moment ago.
    pub(crate) fn trouble(&self, now: Timestamp) -> Option<String> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, reason) = trouble.as_ref()?;
        (now - at < TROUBLE_FOR).then(|| reason.clone())
    }

    fn attempted(&self, trouble: Option<(Timestamp, String)>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    pub(crate) fn read(&self) -> Stats {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            commands_carried_out: of(&self.carried_out),
            commands_refused: of(&self.refused),
            commands_failed: of(&self.failed),
            commands_under_way: of(&self.under_way),
            events: of(&self.events),
            batches: of(&self.batches),
        }
    }

    fn answered(&self, answer: &Result<Receipt, CommandError>) {
        let counter = match answer {
            Ok(_) => &self.carried_out,
            Err(CommandError::Rejected(_) | CommandError::IdReused) => &self.refused,
            Err(
                CommandError::Overloaded
                | CommandError::Unavailable(_)
                | CommandError::UnknownOutcome
                | CommandError::ShuttingDown,
            ) => &self.failed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// A command on its way in, and where its answer goes.
pub(crate) struct Submission {
    pub(crate) request: Request,
    pub(crate) reply: oneshot::Sender<Result<Receipt, CommandError>>,
}

type Outcome = (Prepared, Result<(), AppendError>);
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
                        // What has piled up goes into the same batch.
                        while self.callers.len() < UNDER_WAY_MAX
                            && let Ok(submission) = queue.try_recv()
                        {
                            self.submit(submission);
                        }
                    }
                    None => open = false,
                },
                Some(account) = erased.recv(), if open => self.decider.forget_words_of(account),
                Some(page) = used_ids.recv() => self.decider.used_before(&page),
            }
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

    async fn finish(&mut self, prepared: Prepared, outcome: Result<(), AppendError>) {
        let outcome = match outcome {
            Err(AppendError::Unknown(error)) => self.resolve(&prepared.batch, &error).await,
            known => known,
        };
        if outcome.is_err() {
            // It stands behind a head that will never be.
            self.draft = None;
        }
        match outcome {
            Ok(()) => {
                self.attempts = 0;
                self.counters.attempted(None);
                self.head = prepared.batch.head;
                let events = prepared.recorded.len() as u64;
                self.counters
                    .batches
                    .fetch_add(events.min(1), Ordering::Relaxed);
                self.counters.events.fetch_add(events, Ordering::Relaxed);
                self.durable = prepared.recorded;
                self.tail.publish(&self.durable);
                let first = prepared.batch.expected.position.next();
                // Those who wait are told once the next batch is under way.
                self.decider.appended(first, &self.durable);
            }
            Err(AppendError::HeadMoved) => self.catch_up().await,
            Err(AppendError::Failed(error)) => {
                let commands = prepared.batch.rows.len();
                tracing::error!(%error, rows = commands, "a batch was refused by the database");
                if self.decider.fails_singly() {
                    let lost = self.decider.give_up();
                    self.fail(lost, &CommandError::Unavailable(error));
                } else {
                    self.decider.failed(true);
                }
            }
            Err(AppendError::Unknown(error)) => {
                let lost = self.decider.give_up();
                tracing::error!(%error, commands = lost.len(), "outcome unknown");
                self.fail(lost, &CommandError::UnknownOutcome);
                self.catch_up().await;
            }
            Err(AppendError::Unreachable(error)) => self.retry(error).await,
        }
    }

    /// Finds out what became of a batch whose commit was cut off.
    async fn resolve(&mut self, batch: &Batch, error: &str) -> Result<(), AppendError> {
        if batch.rows.is_empty() {
            // It was a question. The head that it asked for stays in the table whatever came after it,
            // so that only asking once more tells.
            return Err(AppendError::Unreachable(error.to_owned()));
        }
        let mut wait = RETRY_AFTER;
        for _ in 0..ATTEMPTS_MAX {
            match self.storage.resolve(batch).await {
                Ok(true) => return Ok(()),
                // Tried again, a bounded number of times. If another node has appended meanwhile, the
                // next append finds that out.
                Ok(false) => return Err(AppendError::Unreachable(error.to_owned())),
                Err(error) => {
                    tracing::warn!(%error, "looking for a batch whose commit was cut off");
                }
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        Err(AppendError::Unknown(error.to_owned()))
    }

    /// Tries again after a while; after the last try, tells the callers.
    async fn retry(&mut self, error: String) {
        self.attempts += 1;
        self.counters
            .attempted(Some((self.env.now(), error.clone())));
        if self.attempts < ATTEMPTS_MAX {
            tracing::warn!(%error, attempt = self.attempts, "the log's database does not answer");
            tokio::time::sleep(RETRY_AFTER * 2_u32.pow(self.attempts - 1)).await;
            self.decider.failed(false);
        } else {
            self.attempts = 0;
            let lost = self.decider.give_up();
            tracing::error!(%error, commands = lost.len(), "gave up on a batch");
            self.fail(lost, &CommandError::Unavailable(error));
        }
    }

    /// Reads what other nodes have appended, and lets everything that is not durable be decided again
    /// upon that. The last part of it with the log's head in hand, so that no node is quicker a second
    /// time: under load, one that is always overtaken would never come to append.
    async fn catch_up(&mut self) {
        let caught_up = async {
            // Not until nothing is missing: beside a busy node something always is.
            let head = self.storage.head().await?;
            if !self.is_behind(&head) {
                self.stop_for(&head);
                return Ok(());
            }
            while self.head.position < head.position && self.take_in_missed().await? > 0 {}
            self.holds_head = true;
            self.storage.hold_head().await?;
            while self.take_in_missed().await? > 0 {}
            Ok::<(), StoreError>(())
        };
        if let Err(error) = caught_up.await {
            self.let_go().await;
            self.retry(error.to_string()).await;
        }
    }

    /// Whether the log may have gone on from where this node knows it to: it never loses its end.
    fn is_behind(&self, head: &Head) -> bool {
        head.position > self.head.position || *head == self.head
    }

    /// The log was restored, or cut, under a running node. What was acknowledged here may be gone:
    /// that is for a person to look at.
    fn stop_for(&mut self, head: &Head) {
        let (known, found) = (self.head.position, head.position);
        tracing::error!(
            %known,
            %found,
            "the log is not the one that this server has written: it was restored or changed while the \
             server ran. The server stops; `tributary log verify` tells what is there"
        );
        let error = CommandError::Unavailable(
            "the log was replaced while the server ran; the server stops".to_owned(),
        );
        let mut all: Vec<Ticket> = self.callers.keys().copied().collect();
        all.sort_unstable();
        self.fail(all, &error);
        self.replaced = true;
    }

    /// Takes in a page of events after the head that is known here, and returns how many there were.
    async fn take_in_missed(&mut self) -> Result<usize, StoreError> {
        let after = self.head.position;
        let rows = self.storage.read(after, PAGE_MAX, &Filter::All).await?;
        let theirs = self.tail.publish_rows(&rows);
        let unread = rows
            .iter()
            .filter(|row| {
                let place = |event: &Arc<Recorded>| event.position.get();
                theirs.binary_search_by_key(&row.position, place).is_err()
            })
            // A history that this program does not know is not in its cache either.
            .filter_map(|row| HistoryId::parse(&row.aggregate_type, &row.aggregate_id).ok());
        self.decider.overtaken(&theirs, unread);
        if let Some(last) = rows.last() {
            self.head = Head {
                position: Position::new(last.position).unwrap_or_default(),
                hash: last.hash,
                recorded_at: last.recorded_at,
            };
        }
        Ok(rows.len())
    }

    /// Lets other nodes append, where this one took the head and has nothing to append.
    async fn let_go(&mut self) {
        if std::mem::take(&mut self.holds_head) {
            self.storage.release_head().await;
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

/// A batch on its way into the database.
struct Append {
    outcome: BoxFuture<'static, Outcome>,
    rows: usize,
}

impl Append {
    fn new(storage: Arc<dyn Storage>, prepared: Prepared) -> Self {
        let rows = prepared.batch.rows.len();
        let outcome = Box::pin(async move {
            let outcome = storage.append(Arc::clone(&prepared.batch)).await;
            (prepared, outcome)
        });
        Self { outcome, rows }
    }

    /// Hands the batch to the database, which works on it from then on.
    async fn start(&mut self) {
        if let Poll::Ready(outcome) = futures::poll!(&mut self.outcome) {
            self.outcome = Box::pin(std::future::ready(outcome));
        }
    }

    /// What became of it; of none, nothing for ever.
    async fn outcome(append: Option<&mut Self>) -> Outcome {
        match append {
            Some(append) => (&mut append.outcome).await,
            None => std::future::pending().await,
        }
    }
}

/// Tells the command path which ids were used before, a page at a time and last an empty one; or nothing,
/// and then it looks up each. Behind everything else: nobody waits for this.
pub(crate) async fn tell_used_ids(storage: Arc<dyn Storage>, told: mpsc::Sender<Vec<ShortKey>>) {
    let mut after = None;
    loop {
        match storage.used_ids(after).await {
            Ok(Some(page)) => {
                after = page.last().copied();
                if told.send(page).await.is_err() || after.is_none() {
                    return;
                }
            }
            Ok(None) | Err(StoreError::Closed) => return,
            Err(error) => {
                tracing::warn!(%error, "used command ids could not be read: each is looked up");
                return;
            }
        }
    }
}

/// Reads histories and receipts, all of a kind in one query.
async fn load(storage: &dyn Storage, needs: &[Need]) -> Result<Vec<Loaded>, StoreError> {
    let (mut histories, mut keys) = (Vec::new(), Vec::new());
    for need in needs {
        match need {
            Need::History(history) => histories.push(history.clone()),
            Need::Receipt(scope, id) => keys.push((scope.clone(), id.clone())),
        }
    }
    let mut loaded = Vec::with_capacity(needs.len());
    if !keys.is_empty() {
        let receipts = storage.receipts(&keys).await?;
        for ((scope, id), receipt) in keys.into_iter().zip(receipts) {
            loaded.push(Loaded::Receipt(scope, id, receipt));
        }
    }
    if !histories.is_empty() {
        let rows = storage.histories(&histories).await?;
        for (history, rows) in histories.into_iter().zip(rows) {
            let mut state = history.empty();
            let mut sequence = 0;
            for row in rows {
                state.fold(&row.decode()?.event);
                sequence = row.sequence;
            }
            loaded.push(Loaded::History(history, Box::new(state), sequence));
        }
    }
    Ok(loaded)
}
