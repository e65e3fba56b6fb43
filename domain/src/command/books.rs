//! Commands about the books.
//!
//! [`Command::Close`] is what a month-end close asks for, with what was sealed; see [`crate::books`].

use super::{Actor, is_finance, stated};
use crate::books::{self, Seal};
use crate::channel::Reason;
use crate::decision::Reader;
use crate::finance::Rejection;
use crate::{Decision, HistoryId, Timestamp, Undecided};
use chrono::NaiveDate;

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Close a period: from then on no entry is dated into it. Asked for by finance or on the console.
    Close {
        /// Its last day (UTC), which must be over.
        through: NaiveDate,
        /// What was sealed.
        seal: Seal,
        /// Why. Finance must say.
        reason: Reason,
    },
}

impl Command {
    pub(super) fn names() -> Vec<HistoryId> {
        vec![HistoryId::Books]
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        if !is_finance(actor, read)? {
            return Err(Rejection::NotFinance.into());
        }
        let Self::Close {
            through,
            seal,
            reason,
        } = self;
        let words = match actor {
            Actor::Console => reason.text.clone(),
            _ => Some(stated(reason)?),
        };
        let close = books::Command::Close {
            through: *through,
            seal: seal.clone(),
            by: actor.account(),
            reason: words,
            salt: reason.salt,
            at,
        };
        let events = read.books(|books| books.decide(close))??;
        let mut decision = Decision::default();
        decision.record(&HistoryId::Books, None, events);
        Ok(decision)
    }
}

/// Refuses an entry that belongs to a day that is closed: `day`, or else today.
pub(super) fn open(
    day: Option<NaiveDate>,
    at: Timestamp,
    read: &mut Reader<'_>,
) -> Result<(), Undecided> {
    let day = day.unwrap_or_else(|| at.date_naive());
    read.books(|books| books.open_for(day, at))??;
    Ok(())
}
