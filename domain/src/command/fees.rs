//! Commands about fees.

use super::{Actor, is_finance, is_staff, stated};
use crate::channel::Reason;
use crate::decision::Reader;
use crate::finance::Rejection;
use crate::money::FeeSchedule;
use crate::{Decision, HistoryId, Timestamp, Undecided, fees};

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Set what the platform keeps of tips from a moment on. Asked for by finance, an admin or on the
    /// console, with a reason.
    Schedule {
        /// What is kept, under an id that no other schedule has.
        schedule: FeeSchedule,
        /// Since when; `None` for at once.
        from: Option<Timestamp>,
        /// Why.
        reason: Reason,
    },
}

impl Command {
    pub(super) fn names() -> Vec<HistoryId> {
        vec![HistoryId::Fees]
    }

    pub(super) fn decide(
        &self,
        actor: Actor,
        at: Timestamp,
        read: &mut Reader<'_>,
    ) -> Result<Decision, Undecided> {
        if !(is_finance(actor, read)? || is_staff(actor, read)?) {
            return Err(Rejection::NotFinance.into());
        }
        let Self::Schedule {
            schedule,
            from,
            reason,
        } = self;
        let set = fees::Command::Schedule {
            schedule: schedule.clone(),
            from: from.unwrap_or(at),
            by: actor.account(),
            reason: Some(stated(reason)?),
            salt: reason.salt,
            at,
        };
        let events = read.fees(|fees| fees.decide(set))??;
        let mut decision = Decision::default();
        decision.record(&HistoryId::Fees, None, events);
        Ok(decision)
    }
}

/// What is kept of a tip at `at`: `default` where nothing was ever set for then.
pub(super) fn in_force(
    default: &FeeSchedule,
    at: Timestamp,
    read: &mut Reader<'_>,
) -> Result<FeeSchedule, Undecided> {
    read.fees(|fees| fees.in_force(at).unwrap_or(default).clone())
}
