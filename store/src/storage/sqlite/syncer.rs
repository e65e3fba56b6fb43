//! A thread that waits for the disk, so that no append has to.

use super::descriptor::Descriptor;
use super::unavailable;
use crate::error::StoreError;
use std::io;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Asks the disk for a file. Tests have disks of their own.
pub(super) type Sync = Arc<dyn Fn(&Descriptor) -> io::Result<()> + Send + std::marker::Sync>;

#[derive(Default)]
struct State {
    under_way: u32,
    /// For ever: the kernel tells of an error once, and takes the pages for written then.
    failed: Option<String>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// See the [module](self). The thread ends when this is dropped.
pub(super) struct Syncer {
    asked: Sender<()>,
    shared: Arc<Shared>,
}

impl Syncer {
    pub(super) fn start(descriptor: Descriptor, sync: Sync) -> Result<Self, StoreError> {
        let (asked, asks) = channel();
        let shared = Arc::new(Shared::default());
        let state = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("log-sync".to_owned())
            .spawn(move || {
                for () in asks {
                    let outcome = sync(&descriptor);
                    let mut known = state.lock();
                    known.under_way -= 1;
                    if let Err(error) = outcome {
                        known.failed.get_or_insert(error.to_string());
                    }
                    state.changed.notify_all();
                }
            })
            .map_err(unavailable)?;
        Ok(Self { asked, shared })
    }

    /// Asks the disk for all that was written to the file so far, and does not wait.
    pub(super) fn ask(&self) {
        let mut state = self.shared.lock();
        match self.asked.send(()) {
            Ok(()) => state.under_way += 1,
            Err(_) => state.failed = Some("the thread that asks it is gone".to_owned()),
        }
    }

    /// Whether the disk has answered; an error once it was told one.
    pub(super) fn is_done(&self) -> Result<bool, String> {
        let state = self.shared.lock();
        match &state.failed {
            Some(error) => Err(error.clone()),
            None => Ok(state.under_way == 0),
        }
    }

    /// Waits for the answer.
    pub(super) fn wait(&self) {
        let waiting = |state: &mut State| state.under_way > 0 && state.failed.is_none();
        let state = self.shared.lock();
        drop(self.shared.changed.wait_while(state, waiting));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
