//! The node's one writing connection: appends, and the log's head in its hand.

use super::NodeStorage;
use crate::defect::Defect;
use crate::skies::Journey;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tributary_store::StoreError;
use tributary_store::storage::{AppendError, Batch};

/// How long the node waits for the answer to an append.
const APPEND_TIMEOUT: Duration = Duration::from_secs(15);

/// How long the server lets a session stand still that has the head in its hand.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// The longest that the server takes to notice that a client is gone, in milliseconds.
const NOTICED_MS_MAX: u64 = 3_000;

/// Has the row of the log's head; others that append wait until it is dropped.
pub type HeadLock = OwnedMutexGuard<()>;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connected: bool,
    /// The server's session behind the last one.
    pub(super) session: u64,
    /// The head in this session's hand.
    held: Option<HeadLock>,
    /// The server ended the session while it had the head.
    ended: bool,
}

impl Writer {
    pub(super) fn connected(session: u64) -> Self {
        Self {
            connected: true,
            session,
            held: None,
            ended: false,
        }
    }
}

impl NodeStorage {
    /// The connection is gone. What its session had in hand is free once the server notices.
    pub fn break_connection(&self) {
        let held = {
            let mut writer = self.writer();
            writer.connected = false;
            writer.held.take()
        };
        self.free_later(held);
    }

    fn free_later(&self, held: Option<HeadLock>) {
        if let Some(held) = held {
            let ms = self.skies.below(NOTICED_MS_MAX);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                drop(held);
            });
        }
    }

    /// The session of the writing connection, which is made if it broke.
    fn connect(&self) -> Result<u64, AppendError> {
        if self.is_postgres() && self.skies.is_away() {
            self.break_connection();
            return Err(AppendError::Unreachable(
                "no route to the server".to_owned(),
            ));
        }
        let mut writer = self.writer();
        if std::mem::take(&mut writer.ended) {
            writer.connected = false;
            return Err(AppendError::Unreachable(
                "the session stood still for too long".to_owned(),
            ));
        }
        if !writer.connected {
            *writer = Writer::connected(self.database.session());
        }
        Ok(writer.session)
    }

    /// Takes the head, so that nobody else appends.
    pub(super) async fn hold(&self) -> Result<(), StoreError> {
        if !self.is_postgres() {
            return Ok(());
        }
        let unavailable = |error: AppendError| StoreError::Unavailable(error.to_string());
        let session = self.connect().map_err(unavailable)?;
        self.skies.travel().await;
        let waiting = tokio::time::timeout(APPEND_TIMEOUT, self.database.lock_head()).await;
        let failed = self.skies.reading_fails();
        match waiting {
            Ok(held) if !failed => self.writer().held = Some(held),
            Ok(held) => {
                self.free_later(Some(held));
                self.break_connection();
                return Err(StoreError::Unavailable("the connection broke".to_owned()));
            }
            Err(_) => {
                self.break_connection();
                return Err(StoreError::Unavailable("no answer".to_owned()));
            }
        }
        let (name, writer) = (&self.name, Arc::clone(&self.writer));
        self.trace.note(format_args!("{name} has the head"));
        tokio::spawn(async move {
            tokio::time::sleep(IDLE_MAX).await;
            let mut writer = writer
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            if writer.session == session && writer.held.take().is_some() {
                writer.ended = true;
            }
        });
        self.skies.travel().await;
        Ok(())
    }

    /// Gives the head back.
    pub(super) async fn release(&self) {
        let held = self.writer().held.take();
        if held.is_some() {
            self.skies.travel().await;
        }
    }

    /// Appends; if the node's life ends meanwhile, its statement may have been sent.
    pub(super) async fn append_or_vanish(&self, batch: &Batch) -> Result<(), AppendError> {
        let done = AtomicBool::new(false);
        let outcome = self.life.during(self.write(batch, &done)).await;
        let (name, upto) = (&self.name, batch.head.position);
        if let Some(outcome) = outcome {
            if outcome.is_err() {
                self.trace
                    .note(format_args!("{name}: append to {upto} came to {outcome:?}"));
            }
            return outcome;
        }
        if !done.load(Ordering::Relaxed) && !batch.rows.is_empty() {
            match self.skies.orphan() {
                Some(ms) if self.is_postgres() => {
                    let session = self.writer().session;
                    self.land_later(session, batch, None, ms);
                }
                // The thread that writes may have been past the point of no return.
                Some(_) => {
                    let outcome = self.database.append(batch);
                    self.trace
                        .note(format_args!("a last append to {upto}: {outcome:?}"));
                }
                None => {}
            }
        }
        std::future::pending().await
    }

    async fn write(&self, batch: &Batch, done: &AtomicBool) -> Result<(), AppendError> {
        let session = self.connect()?;
        let held = self.writer().held.take();
        if batch.rows.is_empty() {
            return self.confirm(batch).await;
        }
        self.skies.travel().await;
        let unknown = |what: &str| {
            self.writer().connected = false;
            Err(AppendError::Unknown(what.to_owned()))
        };
        let journey = match self.skies.journey() {
            // The file is on the same machine: no connection breaks.
            Journey::Lost | Journey::AnswerLost | Journey::Late(_) if !self.is_postgres() => {
                Journey::Through
            }
            journey => journey,
        };
        match journey {
            Journey::Busy => {
                done.store(true, Ordering::Relaxed);
                return Err(AppendError::Unreachable("no space left".to_owned()));
            }
            Journey::Lost => {
                done.store(true, Ordering::Relaxed);
                self.free_later(held);
                return unknown("cut before it arrived");
            }
            Journey::Late(ms) => {
                done.store(true, Ordering::Relaxed);
                self.land_later(session, batch, held, ms);
                return unknown("cut while it went on");
            }
            Journey::Through | Journey::AnswerLost => {}
        }
        let held = match held {
            Some(held) => held,
            None => self.database.lock_head().await,
        };
        let outcome = self.database.append(batch);
        drop(held);
        done.store(true, Ordering::Relaxed);
        let (name, upto) = (&self.name, batch.head.position);
        self.trace
            .note(format_args!("{name}: append to {upto}: {outcome:?}"));
        self.skies.travel().await;
        if journey == Journey::AnswerLost {
            return unknown("cut before the answer");
        }
        outcome
    }

    /// Whether the head is the expected one: a question, although it goes to the writer.
    async fn confirm(&self, batch: &Batch) -> Result<(), AppendError> {
        let broken = || {
            self.writer().connected = false;
            Err(AppendError::Unreachable("the connection broke".to_owned()))
        };
        self.skies.travel().await;
        if self.is_postgres() && self.skies.stays_silent() {
            tokio::time::sleep(APPEND_TIMEOUT).await;
            self.writer().connected = false;
            return Err(AppendError::Unknown("no answer".to_owned()));
        }
        if self.skies.reading_fails() {
            return broken();
        }
        let same = self.database.head() == batch.expected
            || self.database.never_keeps(Defect::ConfirmsAnyHead);
        self.skies.travel().await;
        if self.skies.reading_fails() {
            return broken();
        }
        if same {
            Ok(())
        } else {
            Err(AppendError::HeadMoved)
        }
    }

    /// The server carries it out after a while, unless its session is ended before.
    fn land_later(&self, session: u64, batch: &Batch, held: Option<HeadLock>, ms: u64) {
        self.database.leave_under_way(session, batch.clone(), held);
        let (database, trace) = (Arc::clone(&self.database), Arc::clone(&self.trace));
        let upto = batch.head.position;
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            let outcome = database.land(session).await;
            trace.note(format_args!("a late append to {upto}: {outcome:?}"));
        });
    }
}
