//! Commands about promotions: money that the platform gives away, for viewers to spend.
//!
//! Finance or an admin grants one, with a reason, and never to the own account. What it costs stands as an
//! expense (`promotions`) from the moment on at which it is granted: a viewer spends it like any other money.

use super::till::Till;
use super::{Actor, books, exists, is_finance, is_staff, stated};
use crate::channel::Reason;
use crate::decision::Reader;
use crate::finance::Rejection;
use crate::wallet::{self, Grant};
use crate::{AccountId, Decision, EntryId, HistoryId, Money, Timestamp, Undecided};

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Give an account money to spend.
    Grant {
        /// The entry's id.
        entry: EntryId,
        /// Whom.
        account: AccountId,
        /// How much.
        amount: Money,
        /// Why.
        reason: Reason,
    },
}

impl Command {
    pub(super) fn names(&self) -> Vec<HistoryId> {
        let Self::Grant {
            account, amount, ..
        } = self;
        vec![
            HistoryId::Account(*account),
            HistoryId::Wallet(*account, amount.currency),
            HistoryId::Books,
        ]
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        let Self::Grant {
            entry,
            account,
            amount,
            reason,
        } = self;
        if !(is_finance(actor, read)? || is_staff(actor, read)?) {
            return Err(Rejection::NotFinance.into());
        }
        let words = stated(reason)?;
        if actor.account() == Some(*account) {
            return Err(Rejection::SecondPerson.into());
        }
        exists(*account, read)?;
        wallet::within_top_up_limit(*amount)?;
        books::open(None, at, read)?;
        let mut till = Till::new(read, amount.currency);
        let grant = Grant {
            account: *account,
            entry: *entry,
            amount: *amount,
            by: actor.account(),
            reason: Some(words),
            salt: reason.salt,
        };
        till.ask(*account, None, wallet::Command::Grant(grant))?;
        Ok(till.close())
    }
}
