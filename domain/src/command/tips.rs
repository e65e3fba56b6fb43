//! Commands about money: top-ups and tips.

use super::{Actor, books, exists, fees, signed_in};
use crate::decision::Reader;
use crate::money::FeeSchedule;
use crate::wallet::{self, Tip, TipText};
use crate::{ChannelId, Decision, EntryId, HistoryId, Money, Salt, Timestamp, Undecided, channel};

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Pay money in through the sandbox provider.
    TopUp {
        /// The entry's id.
        entry: EntryId,
        /// How much.
        amount: Money,
    },
    /// Give to a streamer.
    Tip {
        /// The entry's id.
        entry: EntryId,
        /// Whom.
        channel: ChannelId,
        /// How much.
        amount: Money,
        /// What the platform keeps where no schedule was recorded for now: the setting.
        fee_schedule: FeeSchedule,
        /// Words that go with it, checked by [`crate::text::optional`].
        message: Option<String>,
        /// For the personal part.
        salt: Salt,
    },
}

/// The provider that is built in: it always says yes.
pub const SANDBOX: &str = "sandbox";

impl Command {
    pub(super) fn names(&self, actor: Actor) -> Vec<HistoryId> {
        let Some(payer) = actor.account() else {
            return vec![];
        };
        match self {
            Self::TopUp { amount, .. } => {
                vec![
                    HistoryId::Account(payer),
                    HistoryId::Wallet(payer, amount.currency),
                    HistoryId::Books,
                ]
            }
            Self::Tip {
                channel, amount, ..
            } => vec![
                HistoryId::Account(payer),
                HistoryId::Wallet(payer, amount.currency),
                HistoryId::Channel(*channel),
                HistoryId::Wallet(channel.owner(), amount.currency),
                HistoryId::Books,
                HistoryId::Fees,
            ],
        }
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        let payer = signed_in(actor)?;
        exists(payer, read)?;
        books::open(None, at, read)?;
        let name = read.account(payer, |account| account.name.clone())?;
        let mut decision = Decision::default();
        match self {
            Self::TopUp { entry, amount } => {
                let (account, entry, amount) = (payer, *entry, *amount);
                let provider = SANDBOX.to_owned();
                let command = wallet::Command::TopUp {
                    account,
                    entry,
                    amount,
                    provider,
                };
                let events =
                    read.wallet(payer, amount.currency, |wallet| wallet.decide(command))??;
                decision.record(&HistoryId::Wallet(payer, amount.currency), None, events);
            }
            Self::Tip {
                entry,
                channel,
                amount,
                fee_schedule,
                message,
                salt,
            } => {
                let (entry, channel, amount, salt) = (*entry, *channel, *amount, *salt);
                let currency = amount.currency;
                let stream = read.channel(channel, |state| {
                    state.is_open()?;
                    state.may_tip(payer)?;
                    // Words are words, whatever they are paid for.
                    if message.is_some() {
                        state.may_speak(payer, at)?;
                    }
                    Ok::<_, channel::Rejection>(state.open_stream)
                })??;
                let sender_name = name.map(|name| name.to_string()).unwrap_or_default();
                let text = TipText {
                    sender_name,
                    message: message.clone(),
                };
                let fee_schedule = fees::in_force(fee_schedule, at, read)?;
                let (_, net) = fee_schedule.split(amount);
                let tip = Tip {
                    entry,
                    payer,
                    channel,
                    stream,
                    amount,
                    fee_schedule,
                    text,
                    salt,
                };
                let command = wallet::Command::Tip(tip);
                let tipped = read.wallet(payer, currency, |wallet| wallet.decide(command))??;
                let credit = wallet::Command::Credit { entry, amount: net };
                let owner = channel.owner();
                let credited = read.wallet(owner, currency, |wallet| wallet.decide(credit))??;
                decision.record(&HistoryId::Wallet(payer, currency), Some(channel), tipped);
                decision.record(&HistoryId::Wallet(owner, currency), Some(channel), credited);
            }
        }
        Ok(decision)
    }
}
