//! Several wallets in one decision: each command is decided on what those before it leave.

use crate::decision::Reader;
use crate::wallet::{self, Wallet};
use crate::{AccountId, ChannelId, Currency, Decision, Event, HistoryId, Undecided};
use std::collections::BTreeMap;

/// The wallets of one currency while a decision is under way.
pub(super) struct Till<'t, 'h> {
    read: &'t mut Reader<'h>,
    currency: Currency,
    /// Wallets as they will be.
    changed: BTreeMap<AccountId, Wallet>,
    decision: Decision,
}

impl<'t, 'h> Till<'t, 'h> {
    pub(super) fn new(read: &'t mut Reader<'h>, currency: Currency) -> Self {
        Self {
            read,
            currency,
            changed: BTreeMap::new(),
            decision: Decision::default(),
        }
    }

    /// Looks at a wallet as it will be.
    pub(super) fn look<T>(
        &mut self,
        account: AccountId,
        look: impl FnOnce(&Wallet) -> T,
    ) -> Result<T, Undecided> {
        match self.changed.get(&account) {
            Some(wallet) => Ok(look(wallet)),
            None => self.read.wallet(account, self.currency, look),
        }
    }

    /// Has a wallet decide a command.
    pub(super) fn ask(
        &mut self,
        account: AccountId,
        channel: Option<ChannelId>,
        command: wallet::Command,
    ) -> Result<(), Undecided> {
        let mut wallet = self.look(account, Wallet::clone)?;
        let events = wallet.decide(command)?;
        for event in &events {
            wallet.fold(event);
        }
        self.changed.insert(account, wallet);
        let history = HistoryId::Wallet(account, self.currency);
        self.decision.record(&history, channel, events);
        Ok(())
    }

    /// Adds what another history records.
    pub(super) fn record<E: Into<Event>>(
        &mut self,
        history: &HistoryId,
        channel: Option<ChannelId>,
        events: impl IntoIterator<Item = E>,
    ) {
        self.decision.record(history, channel, events);
    }

    /// Everything, in the order in which it was asked.
    pub(super) fn close(self) -> Decision {
        self.decision
    }
}
