//! Forgetting a person: what it takes is decided in one step, so that nothing of the account goes on.
//!
//! The account can do nothing from then on, its secrets are withdrawn, its channel closes and the
//! stream that is open there ends. Name and address become free: an erased person holds nothing, and
//! a name that stayed taken would tell everybody that somebody had it.

use super::streams;
use crate::account;
use crate::decision::{Credential, Reader};
use crate::stream::EndReason;
use crate::{
    AccountId, ChannelId, Decision, HistoryId, Timestamp, Undecided, channel, claim, stream,
};

/// Decides to forget `account`; `claims` are the keyed hashes of its name and its address.
pub(super) fn begin(
    account: AccountId,
    claims: [Option<&str>; 2],
    at: Timestamp,
    read: &mut Reader<'_>,
) -> Result<Decision, Undecided> {
    let mut decision = Decision::default();
    let erased = read.account(account, |state| state.decide(account::Command::Erase))??;
    if erased.is_empty() {
        return Ok(decision);
    }
    let history = HistoryId::Account(account);
    // Whoever is forgotten follows nobody: each channel counts one less.
    let follows = read.account(account, |state| {
        state.follows.keys().copied().collect::<Vec<_>>()
    })?;
    for channel in follows {
        let unfollowed = account::Event::from(account::Unfollowed { channel });
        decision.record(&history, Some(channel), [unfollowed]);
    }
    decision.record(&history, None, erased);
    withdraw(&mut decision, Credential::PASSWORD, account.to_string());
    let [name, email] = claims;
    let release = || claim::Command::Release(account);
    if let Some(hash) = name {
        let released = read.name_claim(hash, |claim| claim.decide(release()))??;
        decision.record(&HistoryId::NameClaim(hash.to_owned()), None, released);
    }
    if let Some(hash) = email {
        let released = read.email_claim(hash, |claim| claim.decide(release()))??;
        decision.record(&HistoryId::EmailClaim(hash.to_owned()), None, released);
    }
    close(account.into(), at, &mut decision, read)?;
    Ok(decision)
}

/// Ends the channel's open stream and closes the channel, if there is one.
fn close(
    channel: ChannelId,
    at: Timestamp,
    decision: &mut Decision,
    read: &mut Reader<'_>,
) -> Result<(), Undecided> {
    if read.channel(channel, |state| state.id.is_none())? {
        return Ok(());
    }
    end_open_stream(channel, at, decision, read)?;
    let closed = read.channel(channel, |state| state.decide(channel::Command::Close))??;
    decision.record(&HistoryId::Channel(channel), Some(channel), closed);
    withdraw(decision, Credential::STREAM_KEY, channel.to_string());
    Ok(())
}

/// Ends the channel's open stream, if there is one.
pub(super) fn end_open_stream(
    channel: ChannelId,
    at: Timestamp,
    decision: &mut Decision,
    read: &mut Reader<'_>,
) -> Result<(), Undecided> {
    if let Some(stream) = read.channel(channel, |state| state.open_stream)? {
        let reason = EndReason::Asked;
        let end = stream::Command::End { at, reason };
        let ended = streams::closing(stream, channel, end, read)?;
        decision.events.extend(ended.events);
    }
    Ok(())
}

fn withdraw(decision: &mut Decision, kind: &'static str, subject: String) {
    decision
        .credentials
        .push(Credential::withdrawn(kind, subject));
}
