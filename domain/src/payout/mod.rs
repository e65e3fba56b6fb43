//! A payout: earnings on their way to a streamer's bank.
//!
//! `requested → approved → (handed over →) sent → settled | failed`, or `cancelled` before anybody was told to pay. The amount leaves the
//! earnings when it is asked for, so that it cannot be asked for twice, and the platform's books when it
//! has arrived. What does not arrive comes back.

mod command;
mod events;
mod upcasts;

pub use command::*;
pub use events::*;

use crate::entry::Entry;
use crate::finance;
use crate::{AccountId, ChannelId, EntryId, Money, Personal};
use serde::{Deserialize, Serialize};

/// The least that is paid out, in minor units: 10.00 USD, 1000 JPY.
pub const PAYOUT_MINOR_MIN: i64 = 1_000;

rejections! {
    /// Why a payout refused.
    {
        /// No such payout.
        NotFound => "PAYOUT_NOT_FOUND", Some("payoutId");
        /// The id is in use.
        Exists => "PAYOUT_EXISTS", Some("payoutId");
        /// Under the least that is paid out.
        TooSmall { /// The least.
            least: Money } => "PAYOUT_TOO_SMALL", Some("amount");
        /// Nobody has approved it.
        NotApproved => "PAYOUT_NOT_APPROVED", None;
        /// It is with the provider.
        AlreadySent => "PAYOUT_SENT", None;
        /// It is not with the provider.
        NotSent => "PAYOUT_NOT_SENT", None;
        /// It was settled, has failed or was called off.
        Over => "PAYOUT_OVER", None;
    }
}

/// How far a payout is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody asked for it.
    #[default]
    Unknown,
    /// Somebody asked for it.
    Requested,
    /// Somebody else agreed.
    Approved,
    /// A provider is about to be told to pay, and may have been.
    HandedOver {
        /// Which.
        provider: String,
    },
    /// A provider was told to pay.
    Sent {
        /// Which.
        provider: String,
        /// What it calls the payout.
        reference: String,
    },
    /// It has arrived.
    Settled,
    /// It has not, and is back.
    Failed,
    /// It was called off, and is back.
    Cancelled,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Whose earnings.
    pub channel: ChannelId,
    /// How much.
    pub amount: Money,
    /// Who asked.
    pub by: AccountId,
    /// The entry by which it left the earnings.
    pub entry: EntryId,
}

/// A payout's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// What was asked for; `None` before it was.
    pub terms: Option<Terms>,
    /// How far it is.
    pub status: Status,
}

impl Payout {
    /// Decides a command.
    ///
    /// # Errors
    /// A rule of [`Rejection`], or that a second person is needed.
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, crate::Rejection> {
        let Some(terms) = self.terms else {
            return match command {
                Command::Request {
                    channel,
                    amount,
                    by,
                    entry,
                } => request(channel, amount, by, entry),
                Command::Approve { .. }
                | Command::HandOver { .. }
                | Command::Send { .. }
                | Command::Settle { .. }
                | Command::Fail(_)
                | Command::Cancel { .. } => Err(Rejection::NotFound.into()),
            };
        };
        let events = match (&self.status, command) {
            (_, Command::Request { .. }) => return Err(Rejection::Exists.into()),
            (Status::Requested, Command::Approve { by, reason, salt }) => {
                if by.is_some_and(|by| by == terms.by || by == terms.channel.owner()) {
                    return Err(finance::Rejection::SecondPerson.into());
                }
                let personal = Personal::seal(reason, salt);
                vec![Approved { by, personal }.into()]
            }
            (
                Status::Approved | Status::HandedOver { .. } | Status::Sent { .. },
                Command::Approve { .. },
            ) => vec![],
            (Status::Approved, Command::HandOver { provider }) => {
                finance::provider(&provider)?;
                vec![HandedOver { provider }.into()]
            }
            (
                Status::HandedOver { provider } | Status::Sent { provider, .. },
                Command::HandOver { provider: to },
            ) => {
                if provider != &to {
                    return Err(Rejection::AlreadySent.into());
                }
                vec![]
            }
            (Status::HandedOver { provider: asked }, Command::Send { provider, .. })
                if asked != &provider =>
            {
                return Err(Rejection::AlreadySent.into());
            }
            (
                Status::Approved | Status::HandedOver { .. },
                Command::Send {
                    provider,
                    reference,
                },
            ) => {
                finance::provider(&provider)?;
                finance::reference(&reference)?;
                vec![
                    Sent {
                        provider,
                        reference,
                    }
                    .into(),
                ]
            }
            (
                Status::Sent {
                    provider,
                    reference,
                },
                Command::Send {
                    provider: to,
                    reference: known_as,
                },
            ) => {
                if (provider, reference) != (&to, &known_as) {
                    return Err(Rejection::AlreadySent.into());
                }
                vec![]
            }
            (
                Status::Sent {
                    provider,
                    reference,
                },
                Command::Settle { entry, on },
            ) => {
                let entry = Entry::payout_settled(entry, terms.channel, provider, terms.amount);
                let entry = entry.known_as(reference.clone());
                let entry = Entry {
                    effective_on: on,
                    ..entry
                };
                vec![Settled { entry }.into()]
            }
            (Status::Sent { reference, .. }, Command::Fail(back)) => {
                let entry = terms.back(&back).known_as(reference.clone());
                let personal = Personal::seal(back.reason, back.salt);
                vec![Failed { entry, personal }.into()]
            }
            // The provider said no: it has not paid, and will not.
            (Status::HandedOver { .. }, Command::Fail(back)) => {
                let entry = terms.back(&back);
                let personal = Personal::seal(back.reason, back.salt);
                vec![Failed { entry, personal }.into()]
            }
            (Status::Requested | Status::Approved, Command::Cancel { by, back }) => {
                let entry = terms.back(&back);
                let personal = Personal::seal(back.reason, back.salt);
                vec![
                    Cancelled {
                        by,
                        entry,
                        personal,
                    }
                    .into(),
                ]
            }
            (Status::HandedOver { .. } | Status::Sent { .. }, Command::Cancel { .. }) => {
                return Err(Rejection::AlreadySent.into());
            }
            (Status::Requested, Command::HandOver { .. } | Command::Send { .. }) => {
                return Err(Rejection::NotApproved.into());
            }
            (Status::Requested | Status::Approved, Command::Settle { .. } | Command::Fail(_))
            | (Status::HandedOver { .. }, Command::Settle { .. }) => {
                return Err(Rejection::NotSent.into());
            }
            // Told again.
            (Status::Settled, Command::Settle { .. })
            | (Status::Failed, Command::Fail(_))
            | (Status::Cancelled, Command::Cancel { .. }) => vec![],
            (
                Status::Settled | Status::Failed | Status::Cancelled,
                Command::Approve { .. }
                | Command::HandOver { .. }
                | Command::Send { .. }
                | Command::Settle { .. }
                | Command::Fail(_)
                | Command::Cancel { .. },
            ) => return Err(Rejection::Over.into()),
            // There are terms, so somebody asked for it.
            (
                Status::Unknown,
                Command::Approve { .. }
                | Command::HandOver { .. }
                | Command::Send { .. }
                | Command::Settle { .. }
                | Command::Fail(_)
                | Command::Cancel { .. },
            ) => return Err(Rejection::NotFound.into()),
        };
        Ok(events)
    }

    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::Requested(event) => {
                self.terms = Some(Terms {
                    channel: event.channel,
                    amount: event.amount,
                    by: event.by,
                    entry: event.entry.id,
                });
                self.status = Status::Requested;
            }
            Event::Approved(_) => self.status = Status::Approved,
            Event::HandedOver(event) => {
                let provider = event.provider.clone();
                self.status = Status::HandedOver { provider };
            }
            Event::Sent(event) => {
                self.status = Status::Sent {
                    provider: event.provider.clone(),
                    reference: event.reference.clone(),
                };
            }
            Event::Settled(_) => self.status = Status::Settled,
            Event::Failed(_) => self.status = Status::Failed,
            Event::Cancelled(_) => self.status = Status::Cancelled,
        }
    }
}

impl Terms {
    /// The entry by which it comes back.
    fn back(&self, back: &Return) -> Entry {
        Entry::payout_return(back.entry, self.channel, self.amount, back.repaid)
            .reversing(self.entry)
    }
}

fn request(
    channel: ChannelId,
    amount: Money,
    by: AccountId,
    entry: EntryId,
) -> Result<Vec<Event>, crate::Rejection> {
    let least = Money::from_minor(PAYOUT_MINOR_MIN, amount.currency);
    if amount.amount < least.amount {
        return Err(Rejection::TooSmall { least }.into());
    }
    let entry = Entry::payout_request(entry, channel, amount);
    Ok(vec![
        Requested {
            channel,
            amount,
            by,
            entry,
        }
        .into(),
    ])
}

impl cqrs_es::Aggregate for Payout {
    const TYPE: &'static str = "payout";
    type Command = Command;
    type Event = Event;
    type Error = crate::Rejection;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &cqrs_es::event_sink::EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.fold(&event);
    }
}

#[cfg(test)]
mod tests;
