//! A wallet: one account's money in one currency. It never goes below zero.

use crate::entry::Entry;
use crate::money::FeeSchedule;
use crate::{AccountId, ChannelId, EntryId, Money, Personal, Salt, StreamId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a wallet.
    {
        /// Its owner paid money in.
        ///
        /// Written when a provider has confirmed a payment; the sandbox confirms every one.
        ToppedUp = "wallet.topped_up", 1;
        /// Its owner tipped a streamer.
        ///
        /// Written when a viewer tips, in the payer's wallet, together with `wallet.credited` in
        /// the streamer's.
        Tipped = "wallet.tipped", 1, personal;
        /// Its owner, a streamer, earned from an entry in another wallet.
        ///
        /// Written together with the event whose entry it names.
        Credited = "wallet.credited", 1;
    }
}

impl Event {
    /// The whole movement, where this event holds it.
    pub fn entry(&self) -> Option<&Entry> {
        match self {
            Self::ToppedUp(event) => Some(&event.entry),
            Self::Tipped(event) => Some(&event.entry),
            Self::Credited(_) => None,
        }
    }
}

/// Its owner paid money in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToppedUp {
    /// How much.
    pub amount: Decimal,
    /// Through which provider.
    pub provider: String,
    /// The whole movement.
    pub entry: Entry,
}

/// Its owner tipped a streamer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tipped {
    /// Who paid.
    pub payer: AccountId,
    /// Whom.
    pub channel: ChannelId,
    /// The stream that was open, if one was.
    pub stream: Option<StreamId>,
    /// What the viewer gave.
    pub amount: Decimal,
    /// What the platform kept.
    pub fee: Decimal,
    /// What the streamer got.
    pub net: Decimal,
    /// The fee schedule as it was.
    pub fee_schedule: FeeSchedule,
    /// The whole movement.
    pub entry: Entry,
    /// The sender's name and words.
    pub personal: Personal<TipText>,
}

/// The sender's name and words: erasable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TipText {
    /// The sender's name as it was.
    pub sender_name: String,
    /// The message, if any.
    pub message: Option<String>,
}

/// Its owner earned from an entry that stands in another history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credited {
    /// That entry.
    pub entry: EntryId,
    /// How much.
    pub amount: Decimal,
}

rejections! {
    /// Why a wallet refused.
    {
        /// Not enough there.
        InsufficientBalance { /// What is there.
            balance: Money } => "INSUFFICIENT_BALANCE", Some("amount");
        /// Over the limit of a sandbox.
        TopUpTooLarge { /// The most at once.
            limit: Money } => "TOP_UP_TOO_LARGE", Some("amount");
        /// To oneself.
        OwnChannel => "OWN_CHANNEL", Some("channelId");
        /// The wallet would hold more than can be counted.
        BalanceTooLarge => "BALANCE_TOO_LARGE", Some("amount"), [limit = BALANCE_MAX];
    }
}

/// The most that can be paid in at once through the sandbox, in whole units.
pub const TOP_UP_MAX: i64 = 10_000;

/// The most that one wallet holds, in whole units: sums stay within 64-bit minor units.
pub const BALANCE_MAX: i64 = 10_000_000_000;

/// What can be asked of a wallet.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Pay money in.
    TopUp {
        /// Whose wallet.
        account: AccountId,
        /// The entry's id.
        entry: EntryId,
        /// How much.
        amount: Money,
        /// Through which provider.
        provider: String,
    },
    /// Give to a streamer.
    Tip(Tip),
    /// Earn from an entry in another wallet.
    Credit {
        /// That entry.
        entry: EntryId,
        /// How much.
        amount: Money,
    },
}

/// A tip to be given.
#[derive(Debug, Clone, PartialEq)]
pub struct Tip {
    /// The entry's id.
    pub entry: EntryId,
    /// Who pays.
    pub payer: AccountId,
    /// Whom.
    pub channel: ChannelId,
    /// The stream that is open, if one is.
    pub stream: Option<StreamId>,
    /// How much.
    pub amount: Money,
    /// What the platform keeps of it.
    pub fee_schedule: FeeSchedule,
    /// The sender's name and words.
    pub text: TipText,
    /// For the personal part.
    pub salt: Salt,
}

/// A wallet's state, in its currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    /// What its owner can spend.
    pub balance: Decimal,
    /// What its owner has earned and not been paid out.
    pub earnings: Decimal,
}

impl Wallet {
    /// Decides a command.
    ///
    /// # Errors
    /// A rule of [`Rejection`].
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::TopUp {
                account,
                entry,
                amount,
                provider,
            } => {
                let mut limit = Money {
                    amount: Decimal::from(TOP_UP_MAX),
                    ..amount
                };
                limit.amount.rescale(amount.currency.digits());
                if amount.amount > limit.amount {
                    return Err(Rejection::TopUpTooLarge { limit });
                }
                within_bounds(self.balance + amount.amount)?;
                let entry = Entry::top_up(entry, account, &provider, amount);
                Ok(vec![
                    ToppedUp {
                        amount: amount.amount,
                        provider,
                        entry,
                    }
                    .into(),
                ])
            }
            Command::Tip(tip) => self.tip(tip),
            Command::Credit { entry, amount } => {
                within_bounds(self.earnings + amount.amount)?;
                Ok(vec![
                    Credited {
                        entry,
                        amount: amount.amount,
                    }
                    .into(),
                ])
            }
        }
    }

    fn tip(&self, tip: Tip) -> Result<Vec<Event>, Rejection> {
        let Tip {
            entry,
            payer,
            channel,
            stream,
            amount,
            fee_schedule,
            text,
            salt,
        } = tip;
        if channel.owner() == payer {
            return Err(Rejection::OwnChannel);
        }
        if amount.amount > self.balance {
            let mut balance = Money {
                amount: self.balance,
                ..amount
            };
            balance.amount.rescale(amount.currency.digits());
            return Err(Rejection::InsufficientBalance { balance });
        }
        let (fee, net) = fee_schedule.split(amount);
        Ok(vec![
            Tipped {
                payer,
                channel,
                stream,
                amount: amount.amount,
                fee: fee.amount,
                net: net.amount,
                fee_schedule,
                entry: Entry::tip(entry, payer, channel, fee, net),
                personal: Personal::seal(text, salt),
            }
            .into(),
        ])
    }

    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::ToppedUp(event) => self.balance += event.amount,
            Event::Tipped(event) => self.balance -= event.amount,
            Event::Credited(event) => self.earnings += event.amount,
        }
    }
}

fn within_bounds(amount: Decimal) -> Result<(), Rejection> {
    if amount > Decimal::from(BALANCE_MAX) {
        Err(Rejection::BalanceTooLarge)
    } else {
        Ok(())
    }
}

aggregate!(Wallet, "wallet");

#[cfg(test)]
#[path = "wallet_tests.rs"]
mod tests;
