//! A connection on a thread of its own, because SQLite's calls block.

use super::descriptor::Descriptor;
use super::unavailable;
use crate::error::StoreError;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

/// What a thread works with.
pub(super) trait Tool: Send + 'static {
    /// Whether something is to be done before the next job, which nobody waits for.
    fn has_chores(&self) -> bool {
        false
    }

    /// Does it.
    fn do_chores(&mut self) {}
}

/// One that reads.
impl Tool for Connection {}

type Job<T> = Box<dyn FnOnce(&mut T) + Send>;

/// See the [module](self).
pub(super) struct Worker<T> {
    jobs: Mutex<Option<std::sync::mpsc::Sender<Job<T>>>>,
    /// Held by the thread for each job, and by [`Worker::run_here`].
    tool: Arc<Mutex<Option<T>>>,
    /// Heard from when the thread has ended.
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

impl<T: Tool> Worker<T> {
    /// The descriptor is dropped when the tool was, with the connections that it has.
    pub(super) fn start(name: &str, tool: T, descriptor: Descriptor) -> Result<Self, StoreError> {
        let (sender, jobs) = std::sync::mpsc::channel::<Job<T>>();
        let tool = Arc::new(Mutex::new(Some(tool)));
        let shared = Arc::clone(&tool);
        let (end, ended) = oneshot::channel();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
                for job in jobs {
                    if let Some(tool) = lock().as_mut() {
                        job(tool);
                        if tool.has_chores() {
                            tool.do_chores();
                        }
                    }
                }
                lock().take();
                drop(descriptor);
                let _nobody_asks = end.send(());
            })
            .map_err(unavailable)?;
        Ok(Self {
            jobs: Mutex::new(Some(sender)),
            tool,
            ended: Mutex::new(Some(ended)),
        })
    }

    /// Runs a job on the thread, after what was asked of it before.
    pub(super) async fn run<A: Send + 'static>(
        &self,
        job: impl FnOnce(&mut T) -> A + Send + 'static,
    ) -> Result<A, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.ask(Box::new(move |tool| {
            let _gone = reply.send(job(tool));
        }))?;
        answer.await.map_err(|_| StoreError::Closed)
    }

    fn ask(&self, job: Job<T>) -> Result<(), StoreError> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs = jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).map_err(|_| StoreError::Closed)
    }

    /// Runs a short job on the caller's own thread, which stands still meanwhile: to wake another one,
    /// and to be woken by it, takes as long as a small commit. Gives the job back where the runtime has
    /// no other thread to go on with, or where the connection is at work.
    pub(super) fn run_here<A, J: FnOnce(&mut T) -> A>(&self, job: J) -> Result<A, J> {
        let may_block = Handle::try_current()
            .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
        if !may_block {
            return Err(job);
        }
        let Ok(mut tool) = self.tool.try_lock() else {
            return Err(job);
        };
        let Some(tool) = tool.as_mut() else {
            return Err(job);
        };
        let done = job(tool);
        if tool.has_chores() {
            // The thread does them; where it is about to end, nobody does.
            let _ended = self.ask(Box::new(|_| ()));
        }
        Ok(done)
    }

    /// Ends the thread after what was asked of it so far, and waits until its connections are closed.
    pub(super) async fn end(&self) {
        let lock = |ended: &Mutex<Option<_>>| {
            let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
            ended.take()
        };
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(ended) = lock(&self.ended) {
            let _ended = ended.await;
        }
    }
}
