//! The second half of an erasure: nothing personal of an erased account is left in the log.
//!
//! `account.erased` is the first half, a decision like any other. From there on it is only a matter of
//! work that can be done again: a crash loses nothing, because the account stays one of those whose
//! erasure is not completed until `account.erasure_completed` is in the log.
//!
//! The hash chain does not notice. It covers the digests in the payloads, and these stay.

use crate::error::{CommandError, StoreError};
use crate::log::Log;
use crate::storage::Filter;
use crate::tail::PAGE_MAX;
use tributary_domain::command::{Actor, accounts};
use tributary_domain::{AccountId, Command, Event, HistoryId, Position, Request, account};

/// What stands beside the events that Tributary itself asks for here.
const PART: &str = "erasure";

/// Why an erasure could not be completed. What was emptied stays so.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    /// Nobody asked for it.
    #[error("this account was not erased")]
    NotErased,
    /// The database keeps everything.
    #[error("the log's database cannot forget")]
    CannotForget,
    /// The log could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its end could not be recorded.
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// How far an erasure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Everything up to here was looked at.
    pub position: Position,
    /// Everything up to here will be.
    pub upto: Position,
    /// Events so far that had something personal of theirs.
    pub events: u64,
}

impl Log {
    /// Empties what is left of an erased account, in the table, in its files and in this node's memory,
    /// and records that. Gives how many events had something personal of theirs.
    ///
    /// # Errors
    /// When the account was not erased, or the log cannot be read or written to the end. It can be
    /// called again.
    pub async fn complete_erasure(
        &self,
        account: AccountId,
        mut on_progress: impl FnMut(Progress) + Send,
    ) -> Result<u64, ErasureError> {
        let upto = self.erased_at(account).await?;
        let upto = upto.ok_or(ErasureError::NotErased)?;
        let storage = self.storage();
        let forgetting = storage.forgetting().ok_or(ErasureError::CannotForget)?;
        let mut progress = Progress {
            position: Position::START,
            upto,
            events: 0,
        };
        while progress.position < upto {
            let rows = storage
                .read(progress.position, PAGE_MAX, &Filter::All)
                .await?;
            let mut theirs = Vec::new();
            for row in &rows {
                // To pass over what cannot be read might be to leave a person there.
                let recorded = row.decode()?;
                if recorded.subject() == Some(account) {
                    progress.events += 1;
                    theirs.extend(row.personal.is_some().then_some(recorded.position));
                }
                progress.position = recorded.position;
            }
            if !theirs.is_empty() {
                forgetting.empty(&theirs).await?;
            }
            if rows.is_empty() {
                let reason = format!("the log ends at {}", progress.position);
                return Err(StoreError::Unavailable(reason).into());
            }
            on_progress(progress);
        }
        forgetting.remove_secrets(account).await?;
        self.forget(account).await;
        forgetting.scour().await?;
        let events = progress.events;
        let command = accounts::Command::CompleteErasure { account, events };
        self.execute(Request {
            actor: Actor::System(PART),
            at: self.environment().now(),
            id: None,
            command: Command::Accounts(command),
        })
        .await?;
        Ok(events)
    }

    /// Where the account was erased, if it was.
    async fn erased_at(&self, account: AccountId) -> Result<Option<Position>, StoreError> {
        let history = [HistoryId::Account(account)];
        let rows = self.storage().histories(&history).await?;
        for row in rows.iter().flatten() {
            let recorded = row.decode()?;
            if let Event::Account(account::Event::Erased(_)) = recorded.event {
                return Ok(Some(recorded.position));
            }
        }
        Ok(None)
    }
}
