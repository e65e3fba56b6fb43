//! A log in memory, for tests of read models and of what is built on them; read models in memory, for
//! simulation.

pub use crate::db::memory::{Fate, Memory, Step, Weather};

use crate::batch;
use crate::db::{Db, Engine};
use crate::generation::Generation;
use crate::project;
use crate::source::{Source, SourceError, Tail};
use crate::viewer_rule::ViewerRule;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tributary_domain::{Position, Recorded};
use tributary_store::Page;

impl Memory {
    /// Folds `events`, which are a whole log, in one go.
    ///
    /// # Errors
    /// When an event cannot be folded, in a sentence.
    pub async fn fold(&self, events: &[Arc<Recorded>]) -> Result<(), String> {
        let generation = Generation {
            number: 1,
            db: Db::new(Engine::Memory(self.clone())),
            rule: ViewerRule::default(),
        };
        let upto = events.last().map_or(Position::START, |last| last.position);
        for projection in project::all(generation.rule) {
            let folding = generation.take_over(projection).await;
            let mut folding = folding.map_err(|error| error.to_string())?;
            batch::commit(
                &generation.db,
                std::slice::from_mut(&mut folding),
                events,
                upto,
            )
            .await
            .map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// A log in memory. All clones are the same log.
#[derive(Clone)]
pub struct MemoryLog {
    inner: Arc<Inner>,
}

struct Inner {
    events: Mutex<Vec<Arc<Recorded>>>,
    head: watch::Sender<Position>,
    page_events_max: usize,
    failing: watch::Sender<bool>,
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::with_pages_of(1_024)
    }
}

impl MemoryLog {
    /// An empty log that hands out at most so many events at once.
    pub fn with_pages_of(page_events_max: usize) -> Self {
        let inner = Inner {
            events: Mutex::new(vec![]),
            head: watch::Sender::new(Position::START),
            page_events_max: page_events_max.max(1),
            failing: watch::Sender::new(false),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Adds events. They must go on where the log ends.
    ///
    /// # Panics
    /// When an event does not stand at the next position.
    pub fn append(&self, events: impl IntoIterator<Item = Recorded>) -> Position {
        let mut all = self
            .inner
            .events
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for event in events {
            let next = Position::START.plus(all.len()).next();
            assert_eq!(event.position, next, "positions are dense");
            all.push(Arc::new(event));
        }
        let head = Position::START.plus(all.len());
        drop(all);
        self.inner.head.send_replace(head);
        head
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        let all = self.inner.events.lock();
        all.unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lets reading fail for a while, as a database that is away.
    pub fn fail(&self, failing: bool) {
        self.inner.failing.send_replace(failing);
    }

    fn page(&self, after: Position, limit: usize) -> Result<Page, SourceError> {
        if *self.inner.failing.borrow() {
            return Err(SourceError::Unavailable("as the test asked".into()));
        }
        let all = self
            .inner
            .events
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let from = usize::try_from(after.get())
            .unwrap_or(usize::MAX)
            .min(all.len());
        let to = from
            .saturating_add(limit.min(self.inner.page_events_max))
            .min(all.len());
        let upto = after.max(Position::START.plus(to));
        Ok(Page {
            events: all[from..to].to_vec(),
            upto,
        })
    }
}

impl Source for MemoryLog {
    type Tail = MemoryTail;

    fn head(&self) -> Position {
        *self.inner.head.borrow()
    }

    fn tail(&self, after: Position) -> MemoryTail {
        let head = self.inner.head.subscribe();
        MemoryTail {
            log: self.clone(),
            head,
            after,
        }
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Page, SourceError> {
        self.page(after, limit)
    }
}

/// Follows a [`MemoryLog`].
pub struct MemoryTail {
    log: MemoryLog,
    head: watch::Receiver<Position>,
    after: Position,
}

impl Tail for MemoryTail {
    async fn next(&mut self) -> Result<Page, SourceError> {
        let after = self.after;
        // The sender lives in `log`.
        let _ = self.head.wait_for(|head| *head > after).await;
        let page = self.log.page(after, usize::MAX)?;
        self.after = page.upto;
        Ok(page)
    }
}
