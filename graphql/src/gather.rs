//! What the fields of one operation look up, gathered until none of them can go on without it.
//!
//! All items of a list ask for the same at once, however slow the machine is: a batch is closed when the
//! operation stands still, not when some time has passed, and the next ones are asked for when all of the
//! last are back. So how many statements a request takes follows from its document alone, and a busy server
//! makes no more of it than an idle one. What the batches of several operations have in common is shared
//! after that, for as long as [`lookups_gather`](crate::ApiSettings::lookups_gather) says.
//!
//! Fields that ask on their own meanwhile go on whenever they can: what they hold, such as a connection, the
//! look-ups may be waiting for.

use crate::Fault;
use crate::schema::Lookups;
use async_graphql::dataloader::{DataLoader, Loader};
use futures::channel::oneshot;
use futures::future::{BoxFuture, FutureExt as _, try_join_all};
use futures::stream::{FuturesUnordered, StreamExt as _};
use futures::task::AtomicWaker;
use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// The most ids in one look-up.
const KEYS_MAX: usize = 1_000;

/// What is looked up by.
pub(crate) trait Key: Clone + Eq + Hash + Debug + Send + Sync + 'static {}

impl<K: Clone + Eq + Hash + Debug + Send + Sync + 'static> Key for K {}

/// The look-ups of one operation. In the data of its request.
pub(crate) struct Gather {
    loader: Arc<DataLoader<Lookups>>,
    /// By the type of key.
    asked: Mutex<HashMap<TypeId, Box<dyn Asked>>>,
}

impl Gather {
    pub(crate) fn new(loader: &Arc<DataLoader<Lookups>>) -> Arc<Self> {
        Arc::new(Self {
            loader: Arc::clone(loader),
            asked: Mutex::default(),
        })
    }

    /// Looks one thing up, together with all that the operation asks for until it stands still.
    ///
    /// # Errors
    /// Those of the look-up.
    pub(crate) async fn load_one<K: Key>(
        &self,
        key: K,
    ) -> Result<Option<<Lookups as Loader<K>>::Value>, Fault>
    where
        Lookups: Loader<K, Error = Fault>,
    {
        let (answer, found) = oneshot::channel();
        {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let batch = asked.entry(TypeId::of::<K>()).or_insert_with(|| {
                let loader = Arc::clone(&self.loader);
                let waiting = Vec::new();
                Box::new(Batch::<K> { loader, waiting }) as Box<dyn Asked>
            });
            let batch: &mut dyn Any = &mut **batch;
            let batch = batch.downcast_mut::<Batch<K>>();
            let batch = batch.expect("a type of key has batches of this type");
            batch.waiting.push((key, answer));
        }
        let gone = |_| Fault::defect("an operation was executed without its look-ups");
        found.await.map_err(gone)?
    }

    fn take(&self) -> HashMap<TypeId, Box<dyn Asked>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut asked)
    }
}

/// What was asked for by keys of one type.
trait Asked: Any + Send {
    /// Looks all of it up, and tells everybody who waits.
    fn look_up(self: Box<Self>) -> BoxFuture<'static, ()>;
}

type Found<K> = Result<Option<<Lookups as Loader<K>>::Value>, Fault>;

struct Batch<K: Key>
where
    Lookups: Loader<K, Error = Fault>,
{
    loader: Arc<DataLoader<Lookups>>,
    waiting: Vec<(K, oneshot::Sender<Found<K>>)>,
}

impl<K: Key> Asked for Batch<K>
where
    Lookups: Loader<K, Error = Fault>,
{
    fn look_up(self: Box<Self>) -> BoxFuture<'static, ()> {
        async move {
            let keys: HashSet<&K> = self.waiting.iter().map(|(key, _)| key).collect();
            let keys: Vec<K> = keys.into_iter().cloned().collect();
            let parts = keys
                .chunks(KEYS_MAX)
                .map(|part| self.loader.load_many(part.iter().cloned()));
            let found = try_join_all(parts).await;
            for (key, waiter) in self.waiting {
                let answer = match &found {
                    Ok(parts) => Ok(parts.iter().find_map(|part| part.get(&key)).cloned()),
                    Err(fault) => Err(fault.clone()),
                };
                // A field that was given up waits no longer.
                let _gone = waiter.send(answer);
            }
        }
        .boxed()
    }
}

/// Notes that an operation can go on.
struct Stir {
    stirred: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Stir {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.stirred.store(true, Ordering::Release);
        self.task.wake();
    }
}

/// An operation, as a future or a stream, with its look-ups: they are made whenever it stands still.
pub(crate) struct Gathering<T> {
    operation: Pin<Box<T>>,
    gather: Arc<Gather>,
    under_way: FuturesUnordered<BoxFuture<'static, ()>>,
    stir: Arc<Stir>,
}

impl<T> Gathering<T> {
    /// `gather` is in the data of the operation's request.
    pub(crate) fn new(operation: T, gather: Arc<Gather>) -> Self {
        let stir = Stir {
            stirred: AtomicBool::new(true),
            task: AtomicWaker::new(),
        };
        Self {
            operation: Box::pin(operation),
            gather,
            under_way: FuturesUnordered::new(),
            stir: Arc::new(stir),
        }
    }

    fn poll_by<R>(
        &mut self,
        context: &mut Context<'_>,
        mut poll: impl FnMut(Pin<&mut T>, &mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        self.stir.task.register(context.waker());
        let waker = Waker::from(Arc::clone(&self.stir));
        loop {
            let all_are_back = loop {
                match self.under_way.poll_next_unpin(context) {
                    Poll::Ready(Some(())) => {}
                    Poll::Ready(None) => break true,
                    Poll::Pending => break false,
                }
            };
            if self.stir.stirred.swap(false, Ordering::AcqRel) {
                let polled = poll(self.operation.as_mut(), &mut Context::from_waker(&waker));
                if polled.is_ready() {
                    // A stream's next item may be there, too.
                    self.stir.stirred.store(true, Ordering::Release);
                    return polled;
                }
                if self.stir.stirred.load(Ordering::Acquire) {
                    // Some of its fields can go on: others have their turn, then they have theirs.
                    return Poll::Pending;
                }
            }
            if !all_are_back {
                return Poll::Pending;
            }
            let asked = self.gather.take();
            if asked.is_empty() {
                return Poll::Pending;
            }
            let batches = asked.into_values().map(Asked::look_up);
            self.under_way.extend(batches);
        }
    }
}

impl<T: Future> Future for Gathering<T> {
    type Output = T::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T::Output> {
        self.get_mut().poll_by(context, Future::poll)
    }
}

impl<S: futures::Stream> futures::Stream for Gathering<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.get_mut().poll_by(context, S::poll_next)
    }
}
