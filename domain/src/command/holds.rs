//! Commands that set amounts aside for a while.

use super::till::Till;
use super::{Actor, exists, signed_in};
use crate::decision::Reader;
use crate::wallet::{self, HoldEnd};
use crate::{AccountId, Currency, Decision, HistoryId, HoldId, Money, Timestamp, Undecided};

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Set an amount of the own wallet aside.
    Place {
        /// The hold's id.
        hold: HoldId,
        /// How much.
        amount: Money,
        /// Until when.
        until: Timestamp,
    },
    /// Have it for anything again.
    Release {
        /// The hold's id.
        hold: HoldId,
        /// The wallet's currency.
        currency: Currency,
    },
    /// Lift a hold whose time is over; a policy asks for it.
    Expire {
        /// Whose wallet.
        account: AccountId,
        /// The wallet's currency.
        currency: Currency,
        /// The hold's id.
        hold: HoldId,
    },
}

impl Command {
    pub(super) fn names(&self, actor: Actor) -> Vec<HistoryId> {
        let (account, currency) = match self {
            Self::Place { amount, .. } => (actor.account(), amount.currency),
            Self::Release { currency, .. } => (actor.account(), *currency),
            Self::Expire {
                account, currency, ..
            } => (Some(*account), *currency),
        };
        let account = account.into_iter();
        account
            .map(|account| HistoryId::Wallet(account, currency))
            .collect()
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        let (account, currency, command) = match *self {
            Self::Place {
                hold,
                amount,
                until,
            } => {
                let place = wallet::Command::PlaceHold {
                    hold,
                    amount,
                    until,
                    at,
                };
                (owner(actor, read)?, amount.currency, place)
            }
            Self::Release { hold, currency } => {
                let reason = HoldEnd::Released;
                let lift = wallet::Command::LiftHold { hold, reason, at };
                (owner(actor, read)?, currency, lift)
            }
            // Anybody may: it holds nothing back any more.
            Self::Expire {
                account,
                currency,
                hold,
            } => {
                let reason = HoldEnd::Expired;
                let lift = wallet::Command::LiftHold { hold, reason, at };
                (account, currency, lift)
            }
        };
        let mut till = Till::new(read, currency);
        till.ask(account, None, command)?;
        Ok(till.close())
    }
}

fn owner(actor: Actor, read: &mut Reader<'_>) -> Result<AccountId, Undecided> {
    let account = signed_in(actor)?;
    exists(account, read)?;
    Ok(account)
}
