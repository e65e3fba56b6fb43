//! A connection on a thread of its own, because SQLite's calls block.

use super::unavailable;
use crate::error::StoreError;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// See the [module](self).
pub(super) struct Worker {
    jobs: Mutex<Option<std::sync::mpsc::Sender<Job>>>,
    /// Held by the thread for each job, and by [`Worker::run_here`].
    connection: Arc<Mutex<Option<Connection>>>,
}

impl Worker {
    pub(super) fn start(name: &str, connection: Connection) -> Result<Self, StoreError> {
        let (sender, jobs) = std::sync::mpsc::channel::<Job>();
        let connection = Arc::new(Mutex::new(Some(connection)));
        let shared = Arc::clone(&connection);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                for job in jobs {
                    let mut connection = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(connection) = connection.as_mut() {
                        job(connection);
                    }
                }
                let mut connection = shared.lock().unwrap_or_else(PoisonError::into_inner);
                connection.take();
            })
            .map_err(unavailable)?;
        Ok(Self {
            jobs: Mutex::new(Some(sender)),
            connection,
        })
    }

    /// Runs a job on the thread, after what was asked of it before.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            let jobs = jobs.as_ref().ok_or(StoreError::Closed)?;
            let job: Job = Box::new(move |connection| {
                let _gone = reply.send(job(connection));
            });
            jobs.send(job).map_err(|_| StoreError::Closed)?;
        }
        answer.await.map_err(|_| StoreError::Closed)
    }

    /// Runs a short job on the caller's own thread, which stands still meanwhile: to wake another one,
    /// and to be woken by it, takes as long as a small commit. Gives the job back where the runtime has
    /// no other thread to go on with, or where the connection is at work.
    pub(super) fn run_here<T, J: FnOnce(&mut Connection) -> T>(&self, job: J) -> Result<T, J> {
        let may_block = Handle::try_current()
            .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
        if !may_block {
            return Err(job);
        }
        match self.connection.try_lock() {
            Ok(mut connection) => match connection.as_mut() {
                Some(connection) => Ok(job(connection)),
                None => Err(job),
            },
            Err(_) => Err(job),
        }
    }

    /// Ends the thread after what was asked of it so far.
    pub(super) fn stop(&self) {
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}
