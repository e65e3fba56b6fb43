//! Who does what only one node may do: a lease in the log's database, kept by a task of its own.
//!
//! A lease runs out by the database's clock. Its holder goes by its own, monotonic one: it counts from
//! before it asked, and stops acting [`MARGIN`] earlier, so that it has stopped when another node takes
//! over. A process that stood still meanwhile may still be in the middle of something; what it writes then
//! is fenced by the epoch, or is a command that another node's id makes the same command.

use crate::storage::{Coordination, LeaseSeen, Storage};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// For how long a lease is taken. A node that dies is followed by another after so long, and
/// [`TRY_EVERY`] more.
pub const LEASE_TTL: Duration = Duration::from_secs(6);

/// How often a holder renews it.
const RENEW_EVERY: Duration = Duration::from_secs(2);

/// How often others try to take it.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// The holder stops acting so long before the lease runs out.
const MARGIN: Duration = Duration::from_secs(1);

/// How long the database may take to answer, and the pause before it is asked again.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(250);

/// A time for which a node holds a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Larger than that of any holder before.
    pub epoch: i64,
    /// Until when the holder may act; `None`: for good.
    held_until: Option<Instant>,
}

impl Term {
    /// Of who has no rival.
    const FOR_GOOD: Self = Self {
        epoch: 0,
        held_until: None,
    };

    /// Whether its holder may no longer act. Of a copy this says nothing: terms are renewed.
    fn is_over(&self) -> bool {
        self.held_until.is_some_and(|until| Instant::now() >= until)
    }

    /// Whether there are no others that might take over.
    pub fn is_for_good(&self) -> bool {
        self.held_until.is_none()
    }
}

/// What the task that keeps a lease is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Hold,
    /// Let others have it until then.
    StandBack(Instant),
    Release,
}

/// A node's part in a work that only one node does. Cheap to clone; when the last clone is dropped the
/// lease is given back.
#[derive(Clone)]
pub struct Leadership {
    name: Arc<str>,
    /// `None` where there are no rivals.
    storage: Option<Arc<dyn Storage>>,
    term: watch::Receiver<Option<Term>>,
    wish: Arc<watch::Sender<Wish>>,
}

impl std::fmt::Debug for Leadership {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Leadership({}, {:?})", self.name, self.held())
    }
}

impl Leadership {
    /// Of who has no rival: one node, or a work that every node does for itself.
    pub fn for_good(name: &str) -> Self {
        Self {
            name: name.into(),
            storage: None,
            term: watch::Sender::new(Some(Term::FOR_GOOD)).subscribe(),
            wish: Arc::new(watch::Sender::new(Wish::Hold)),
        }
    }

    /// Begins to try for the lease `name`, for `node`, which must be a name that no other run has.
    pub(crate) fn campaign(storage: Arc<dyn Storage>, name: &str, node: &str) -> Self {
        if !storage.is_shared() || storage.coordination().is_none() {
            return Self::for_good(name);
        }
        let (tell, term) = watch::channel(None);
        let (wish, wishes) = watch::channel(Wish::Hold);
        let keeper = Keeper {
            storage: Arc::clone(&storage),
            name: name.into(),
            node: node.into(),
            tell,
            wishes,
        };
        tokio::spawn(keeper.run());
        Self {
            name: name.into(),
            storage: Some(storage),
            term,
            wish: Arc::new(wish),
        }
    }

    /// What it is for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The term, while this node may act.
    pub fn held(&self) -> Option<Term> {
        self.term.borrow().filter(|term| !term.is_over())
    }

    /// Whether this node may still act in `term`.
    pub fn holds(&self, term: Term) -> bool {
        self.held().is_some_and(|held| held.epoch == term.epoch)
    }

    /// The node that holds it now, if one does and the database says which.
    pub async fn holder(&self) -> Option<String> {
        let leases = self.storage.as_ref()?.coordination()?.leases().await.ok()?;
        let held = |lease: &LeaseSeen| lease.name == *self.name && lease.is_held;
        leases.into_iter().find(held).map(|lease| lease.node)
    }

    /// Waits until this node may act.
    pub async fn gained(&self) -> Term {
        let mut terms = self.term.clone();
        let held = |term: &Option<Term>| term.is_some_and(|term| !term.is_over());
        match terms.wait_for(held).await.map(|term| *term) {
            Ok(Some(term)) => term,
            // Given back: it will never come.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Waits until this node may no longer act in `term`.
    pub async fn lost(&self, term: Term) {
        if term.is_for_good() {
            return std::future::pending().await;
        }
        let mut terms = self.term.clone();
        loop {
            let now = *terms.borrow_and_update();
            let Some(now) = now.filter(|now| now.epoch == term.epoch && !now.is_over()) else {
                return;
            };
            let until = now.held_until.unwrap_or_else(Instant::now);
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(until) => {}
                changed = terms.changed() => if changed.is_err() {
                    return;
                }
            }
        }
    }

    /// Lets others have it for a while: this node cannot do what it is for. Where there are no others,
    /// nothing changes.
    pub fn stand_back(&self, length: Duration) {
        self.wish
            .send_replace(Wish::StandBack(Instant::now() + length));
    }

    /// Gives the lease back, once nothing is done under it any more, and tries no longer.
    pub async fn release(&self) {
        self.wish.send_replace(Wish::Release);
        let mut terms = self.term.clone();
        while terms.changed().await.is_ok() {}
    }
}

/// Takes and renews one lease.
struct Keeper {
    storage: Arc<dyn Storage>,
    name: Arc<str>,
    node: Arc<str>,
    tell: watch::Sender<Option<Term>>,
    wishes: watch::Receiver<Wish>,
}

impl Keeper {
    async fn run(mut self) {
        let mut held: Option<Term> = None;
        loop {
            let wish = *self.wishes.borrow_and_update();
            let wait = match (wish, held) {
                (Wish::Release, _) => break,
                (Wish::StandBack(until), _) if until > Instant::now() => {
                    self.let_go(held.take()).await;
                    until - Instant::now()
                }
                (Wish::Hold | Wish::StandBack(_), None) => {
                    held = self.take().await;
                    if held.is_some() {
                        RENEW_EVERY
                    } else {
                        TRY_EVERY
                    }
                }
                (Wish::Hold | Wish::StandBack(_), Some(term)) => match self.renew(term).await {
                    Renewed::Until(term) => {
                        held = Some(term);
                        RENEW_EVERY
                    }
                    Renewed::NotYet if !term.is_over() => ASK_AGAIN_AFTER,
                    Renewed::NotYet | Renewed::TakenByAnother => {
                        tracing::warn!(lease = &*self.name, "lost to another node, or to time");
                        held = None;
                        TRY_EVERY
                    }
                },
            };
            self.tell.send_if_modified(|known| {
                let changed = *known != held;
                *known = held;
                changed
            });
            tokio::select! {
                biased;
                () = tokio::time::sleep(wait) => {}
                changed = self.wishes.changed() => if changed.is_err() {
                    break;
                }
            }
        }
        self.let_go(held).await;
    }

    fn leases(&self) -> Option<&dyn Coordination> {
        self.storage.coordination()
    }

    fn term(epoch: i64, asked_at: Instant) -> Term {
        let held_until = Some(asked_at + LEASE_TTL - MARGIN);
        Term { epoch, held_until }
    }

    async fn take(&self) -> Option<Term> {
        let asked_at = Instant::now();
        let taking = self.leases()?.take_lease(&self.name, &self.node, LEASE_TTL);
        match timeout(ANSWER_TIMEOUT, taking).await {
            Ok(Ok(epoch)) => {
                let epoch = epoch?;
                tracing::info!(lease = &*self.name, epoch, "this node takes it on");
                Some(Self::term(epoch, asked_at))
            }
            Ok(Err(error)) => {
                tracing::debug!(lease = &*self.name, %error, "could not be asked for");
                None
            }
            Err(_) => None,
        }
    }

    async fn renew(&self, term: Term) -> Renewed {
        let Some(leases) = self.leases() else {
            return Renewed::NotYet;
        };
        let asked_at = Instant::now();
        let renewing = leases.renew_lease(&self.name, &self.node, term.epoch, LEASE_TTL);
        match timeout(ANSWER_TIMEOUT, renewing).await {
            Ok(Ok(true)) => Renewed::Until(Self::term(term.epoch, asked_at)),
            Ok(Ok(false)) => Renewed::TakenByAnother,
            Ok(Err(error)) => {
                tracing::warn!(lease = &*self.name, %error, "could not be renewed yet");
                Renewed::NotYet
            }
            Err(_) => Renewed::NotYet,
        }
    }

    async fn let_go(&self, held: Option<Term>) {
        let (Some(term), Some(leases)) = (held, self.leases()) else {
            return;
        };
        self.tell.send_replace(None);
        let releasing = leases.release_lease(&self.name, &self.node, term.epoch);
        if !matches!(timeout(ANSWER_TIMEOUT, releasing).await, Ok(Ok(()))) {
            tracing::debug!(lease = &*self.name, "was not given back; it runs out");
        }
    }
}

enum Renewed {
    Until(Term),
    NotYet,
    TakenByAnother,
}
