//! Commands about money: top-ups and tips.

use super::till::Till;
use super::{Actor, books, exists, fees, signed_in};
use crate::decision::Reader;
use crate::money::FeeSchedule;
use crate::payment::{self, PaymentId, SANDBOX};
use crate::wallet::{self, Tip, TipText};
use crate::{
    ChannelId, Decision, EntryId, HistoryId, HoldId, Money, Salt, Timestamp, Undecided, channel,
};

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
        /// The hold that it is given from, if it is from one.
        hold: Option<HoldId>,
        /// Words that go with it, checked by [`crate::text::optional`].
        message: Option<String>,
        /// For the personal part.
        salt: Salt,
    },
}

impl Command {
    pub(super) fn names(&self, actor: Actor) -> Vec<HistoryId> {
        let Some(payer) = actor.account() else {
            return vec![];
        };
        match self {
            Self::TopUp { entry, amount } => {
                vec![
                    HistoryId::Payment(PaymentId::of_sandbox(*entry)),
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
        match self {
            Self::TopUp { entry, amount } => {
                let (account, entry, amount) = (payer, *entry, *amount);
                wallet::within_top_up_limit(amount)?;
                let id = PaymentId::of_sandbox(entry);
                let confirm = payment::Command::Confirm {
                    account,
                    amount,
                    entry,
                };
                let confirmed = read.payment(&id, |payment| payment.decide(confirm))??;
                if confirmed.is_empty() {
                    return Ok(Decision::default());
                }
                let mut till = Till::new(read, amount.currency);
                let top_up = wallet::Command::TopUp {
                    account,
                    entry,
                    amount,
                    provider: SANDBOX.to_owned(),
                    reference: None,
                };
                till.ask(payer, None, top_up)?;
                till.record(&HistoryId::Payment(id), None, confirmed);
                Ok(till.close())
            }
            Self::Tip {
                entry,
                channel,
                amount,
                fee_schedule,
                hold,
                message,
                salt,
            } => {
                let (entry, channel, amount, salt) = (*entry, *channel, *amount, *salt);
                let name = read.account(payer, |account| account.name.clone())?;
                let stream = read.channel(channel, |state| {
                    state.is_open()?;
                    state.may_tip(payer)?;
                    // Words are words, whatever they are paid for.
                    if message.is_some() {
                        state.may_speak(payer, at)?;
                    }
                    Ok::<_, channel::Rejection>(state.open_stream)
                })??;
                let text = TipText {
                    sender_name: name.map(|name| name.to_string()).unwrap_or_default(),
                    message: message.clone(),
                };
                let fee_schedule = fees::in_force(fee_schedule, at, read)?;
                let (_, net) = fee_schedule.split(amount);
                let owner = channel.owner();
                let mut till = Till::new(read, amount.currency);
                let repaid = till.look(owner, |wallet| wallet.pays_off(net.amount))?;
                let tip = Tip {
                    entry,
                    payer,
                    channel,
                    stream,
                    amount,
                    fee_schedule,
                    repaid,
                    hold: *hold,
                    text,
                    salt,
                    at,
                };
                let credit = wallet::Command::Credit { entry, amount: net };
                till.ask(payer, Some(channel), wallet::Command::Tip(tip))?;
                till.ask(owner, Some(channel), credit)?;
                Ok(till.close())
            }
        }
    }
}
