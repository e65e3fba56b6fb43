//! Keeping somebody from the whole platform: decided in one step with the end of what they have on air.

use super::{Actor, reason_about};
use crate::account;
use crate::channel::Reason;
use crate::decision::Reader;
use crate::{AccountId, Decision, HistoryId, Timestamp, Undecided};

/// Decides to suspend `account`. The stream that is open at its channel ends.
pub(super) fn begin(
    account: AccountId,
    reason: Reason,
    actor: Actor,
    at: Timestamp,
    read: &mut Reader<'_>,
) -> Result<Decision, Undecided> {
    if actor.account() == Some(account) {
        return Err(account::Rejection::OwnSuspension.into());
    }
    let command = account::Command::Suspend(account, reason);
    let suspended = read.account(account, |state| state.decide(command))??;
    let mut decision = Decision::default();
    if suspended.is_empty() {
        return Ok(decision);
    }
    decision.record(&HistoryId::Account(account), None, suspended);
    super::erasure::end_open_stream(account.into(), at, &mut decision, read)?;
    Ok(decision)
}

/// Decides to let it act again.
pub(super) fn end(
    account: AccountId,
    reason: &Reason,
    read: &mut Reader<'_>,
) -> Result<Decision, Undecided> {
    let reason = reason_about(account, reason, read)?;
    let command = account::Command::Reinstate(account, reason);
    let reinstated = read.account(account, |state| state.decide(command))??;
    let mut decision = Decision::default();
    decision.record(&HistoryId::Account(account), None, reinstated);
    Ok(decision)
}
