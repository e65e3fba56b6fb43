//! What was asked, and what was answered: what the checks go by.

use crate::database::{NUL, REFUSED};
use crate::workload::SHARED_KEY;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tributary_domain::command::{Command, accounts, channels, chat};
use tributary_domain::{Position, Request};
use tributary_store::{CommandError, Receipt};

/// One attempt at a command.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What.
    pub request: Request,
    /// The newest position that anybody had heard of when it was asked. What is durable beyond, and
    /// nobody has heard of, need not be known yet to who answers.
    pub since: Position,
    /// What was answered; `None` if the caller went away or the node crashed.
    pub answered: Option<Answered>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answered {
    /// What it was.
    pub answer: Result<Receipt, CommandError>,
    /// The end of the log when it came.
    pub at: Position,
}

impl Asked {
    /// Whether the answer says that nothing was done.
    pub fn was_turned_down(&self) -> bool {
        let answer = self.answered.as_ref().map(|answered| &answered.answer);
        match answer {
            None | Some(Err(CommandError::UnknownOutcome)) => false,
            // Agreed: nothing was recorded.
            Some(Ok(receipt)) => receipt.events.is_empty() && !receipt.repeated,
            Some(Err(
                CommandError::Rejected(_)
                | CommandError::IdReused
                | CommandError::Overloaded
                | CommandError::Unavailable(_)
                | CommandError::ShuttingDown,
            )) => true,
        }
    }
}

impl Asked {
    /// Whether a database may refuse it for ever: it holds what a column cannot hold, or a key that may
    /// be another channel's.
    pub fn is_untakeable(&self) -> bool {
        let id = self.request.id.as_ref();
        if id.is_some_and(|id| id.id.contains(NUL)) {
            return true;
        }
        match &self.request.command {
            Command::Chat(chat::Command::Send { said, .. }) => said.text == REFUSED,
            Command::Accounts(accounts::Command::Register { email_hash, .. }) => {
                email_hash.contains(NUL)
            }
            Command::Channels(
                channels::Command::Open { key, .. }
                | channels::Command::RotateStreamKey { key, .. },
            ) => key.lookup == SHARED_KEY,
            _ => false,
        }
    }
}

/// Every attempt of a run, in the order of asking.
#[derive(Debug, Default)]
pub struct Record {
    attempts: Mutex<Vec<Asked>>,
    heard_of: AtomicI64,
}

impl Record {
    fn all(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody has heard of a position: a caller, or a reader.
    pub fn hear_of(&self, position: Position) {
        self.heard_of.fetch_max(position.get(), Ordering::Relaxed);
    }

    /// Notes an attempt; its number.
    pub fn ask(&self, request: Request) -> usize {
        let since = Position::new(self.heard_of.load(Ordering::Relaxed)).unwrap_or_default();
        let mut all = self.all();
        all.push(Asked {
            request,
            since,
            answered: None,
        });
        all.len() - 1
    }

    /// Notes its answer.
    pub fn answer(&self, number: usize, answer: Result<Receipt, CommandError>, at: Position) {
        if let Ok(receipt) = &answer {
            self.hear_of(receipt.position);
        }
        if let Some(asked) = self.all().get_mut(number) {
            asked.answered = Some(Answered { answer, at });
        }
    }

    /// All of it.
    pub fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.all())
    }
}
