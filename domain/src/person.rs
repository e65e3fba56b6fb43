//! Whose an event is: whose data stands in its personal part, and whom it concerns at all.
//!
//! A personal part is one person's, whoever wrote it: what is said of a person goes with the person.
//! A moderator's reason for a ban is therefore that of the one who was banned.

use crate::command::Actor;
use crate::{
    AccountId, Event, HistoryId, Recorded, State, ViewerId, account, books, channel, claim, fees,
    installation, payment, payout, stream, viewer_session, wallet,
};

impl Recorded {
    /// Whose data stands in the event's personal part: an erasure of this account empties it. `None`
    /// where an event has no such part.
    pub fn subject(&self) -> Option<AccountId> {
        match &self.event {
            Event::Account(event) => of_account(event),
            Event::Channel(event) => of_channel(event).or_else(|| self.of_its_owner(event)),
            Event::Stream(event) => self.of_stream(event),
            Event::Wallet(event) => of_wallet(event),
            Event::Payout(
                payout::Event::Approved(_) | payout::Event::Failed(_) | payout::Event::Cancelled(_),
            ) => self.channel.map(crate::ChannelId::owner),
            // The words are those of who set them.
            Event::Fees(fees::Event::Scheduled(event)) => event.by,
            Event::Books(books::Event::Closed(event)) => event.by,
            Event::Claim(claim::Event::Made(_) | claim::Event::Released(_))
            | Event::ViewerSession(
                viewer_session::Event::Joined(_) | viewer_session::Event::Left(_),
            )
            | Event::Installation(installation::Event::Founded(_))
            | Event::Payment(_)
            | Event::Payout(
                payout::Event::Requested(_)
                | payout::Event::HandedOver(_)
                | payout::Event::Sent(_)
                | payout::Event::Settled(_),
            ) => None,
        }
    }

    /// What whoever moderates says of the channel as a whole, its owner's.
    fn of_its_owner(&self, event: &channel::Event) -> Option<AccountId> {
        match event {
            channel::Event::ChatCleared(_) | channel::Event::ChatSettingsChanged(_) => {
                self.channel.map(crate::ChannelId::owner)
            }
            _ => None,
        }
    }

    fn of_stream(&self, event: &stream::Event) -> Option<AccountId> {
        match event {
            stream::Event::Scheduled(_) | stream::Event::Started(_) | stream::Event::Updated(_) => {
                self.channel.map(crate::ChannelId::owner)
            }
            stream::Event::WentLive(_)
            | stream::Event::Interrupted(_)
            | stream::Event::Resumed(_)
            | stream::Event::HealthNoted(_)
            | stream::Event::Ending(_)
            | stream::Event::Ended(_)
            | stream::Event::RecordingStarted(_)
            | stream::Event::RecordingStopped(_)
            | stream::Event::Anchored(_)
            | stream::Event::RecordingFinished(_)
            | stream::Event::RecordingDeleted(_)
            | stream::Event::Cancelled(_) => None,
        }
    }

    /// The account that asked for it, if one did.
    pub fn actor(&self) -> Option<AccountId> {
        let actor = self.metadata.get("actor")?;
        actor.strip_prefix("account:")?.parse().ok()
    }

    /// Whether an account asked for it.
    pub fn is_by(&self, account: AccountId) -> bool {
        let actor = Actor::Account(account).to_string();
        self.metadata.get("actor") == Some(&actor)
    }

    /// Whether it belongs into what is handed over to a person who asks for everything about
    /// themselves: they asked for it, it is about them, or it is of something that is theirs.
    pub fn concerns(&self, account: AccountId) -> bool {
        self.subject() == Some(account) || self.is_by(account) || self.is_of(account)
    }

    /// Whether it is about an account, or of something that is theirs, whoever asked for it. Amounts are
    /// shown to nobody else but finance.
    pub fn is_of(&self, account: AccountId) -> bool {
        match (&self.history, &self.event) {
            // Money that comes in by a tip stands in the payer's history, too.
            (HistoryId::Wallet(owner, _), Event::Wallet(wallet::Event::Tipped(tip))) => {
                *owner == account || tip.channel.owner() == account
            }
            (HistoryId::Wallet(owner, _), Event::Wallet(wallet::Event::TipRefunded(refund))) => {
                *owner == account || refund.channel.owner() == account
            }
            (_, Event::Payment(event)) => payer(event) == Some(account),
            (HistoryId::Payout(_), _) => self.channel.is_some_and(|c| c.owner() == account),
            (HistoryId::Account(owner) | HistoryId::Wallet(owner, _), _) => *owner == account,
            // What others say and who is kept out there is not the owner's.
            (HistoryId::Channel(channel), Event::Channel(event)) => {
                channel.owner() == account && of_channel(event).is_none()
            }
            (HistoryId::Stream(_), _) => self.channel.is_some_and(|c| c.owner() == account),
            (_, Event::Claim(claim::Event::Made(claim))) => claim.account == account,
            (_, Event::Claim(claim::Event::Released(claim))) => claim.account == account,
            (_, Event::Installation(installation::Event::Founded(founded))) => {
                founded.admin == account
            }
            (_, Event::ViewerSession(viewer_session::Event::Joined(joined))) => {
                joined.viewer == ViewerId::Account(account)
            }
            (_, Event::ViewerSession(viewer_session::Event::Left(left))) => {
                left.viewer == ViewerId::Account(account)
            }
            _ => false,
        }
    }
}

fn of_account(event: &account::Event) -> Option<AccountId> {
    match event {
        account::Event::Registered(event) => Some(event.account),
        account::Event::Suspended(event) => Some(event.account),
        account::Event::Reinstated(event) => Some(event.account),
        account::Event::RoleGranted(_)
        | account::Event::RoleRevoked(_)
        | account::Event::SessionOpened(_)
        | account::Event::SessionRefreshed(_)
        | account::Event::SessionClosed(_)
        | account::Event::PasswordChanged(_)
        | account::Event::Followed(_)
        | account::Event::Unfollowed(_)
        | account::Event::Erased(_)
        | account::Event::ErasureCompleted(_) => None,
    }
}

fn of_channel(event: &channel::Event) -> Option<AccountId> {
    match event {
        channel::Event::Banned(event) => Some(event.account),
        channel::Event::Unbanned(event) => Some(event.account),
        channel::Event::TimedOut(event) => Some(event.account),
        channel::Event::TimeoutLifted(event) => Some(event.account),
        channel::Event::Muted(event) => Some(event.account),
        channel::Event::Unmuted(event) => Some(event.account),
        channel::Event::MessageSent(event) => Some(event.sender),
        channel::Event::MessageDeleted(event) => Some(event.sender),
        channel::Event::Opened(_)
        | channel::Event::StreamKeyRotated(_)
        | channel::Event::StreamOpened(_)
        | channel::Event::StreamClosed(_)
        | channel::Event::Closed(_)
        | channel::Event::ChatCleared(_)
        | channel::Event::ChatSettingsChanged(_)
        | channel::Event::MessagePinned(_)
        | channel::Event::MessageUnpinned(_)
        | channel::Event::ModeratorAppointed(_)
        | channel::Event::ModeratorRemoved(_)
        | channel::Event::ReactionsTallied(_) => None,
    }
}

fn of_wallet(event: &wallet::Event) -> Option<AccountId> {
    match event {
        wallet::Event::Granted(event) => Some(event.account),
        wallet::Event::Tipped(event) => Some(event.payer),
        wallet::Event::TipRefunded(event) => Some(event.payer),
        wallet::Event::ToppedUp(_)
        | wallet::Event::Credited(_)
        | wallet::Event::Debited(_)
        | wallet::Event::PaymentReversed(_)
        | wallet::Event::PaymentRestored(_)
        | wallet::Event::HoldPlaced(_)
        | wallet::Event::HoldLifted(_) => None,
    }
}

/// Who pays, where what is said of a payment tells.
fn payer(event: &payment::Event) -> Option<AccountId> {
    match event {
        payment::Event::Intended(event) => Some(event.account),
        payment::Event::Confirmed(event) => Some(event.account),
        payment::Event::Refunded(event) => Some(event.account),
        payment::Event::ChargedBack(event) => Some(event.account),
        payment::Event::Failed(_)
        | payment::Event::RefundAnnounced(_)
        | payment::Event::DisputeOpened(_)
        | payment::Event::DisputeWon(_)
        | payment::Event::DisputeLost(_) => None,
    }
}

impl State {
    /// Drops what a state that is kept in memory holds of what `account` wrote or is called.
    pub fn forget_words_of(&mut self, account: AccountId) {
        match self {
            Self::Account(state) if state.id == Some(account) => state.name = None,
            Self::Stream(state) if state.channel() == Some(account.into()) => {
                state.metadata.forget_words();
            }
            Self::Account(_)
            | Self::Stream(_)
            | Self::Claim(_)
            | Self::Channel(_)
            | Self::ViewerSession(_)
            | Self::Wallet(_)
            | Self::Payment(_)
            | Self::Payout(_)
            | Self::Installation(_)
            | Self::Fees(_)
            | Self::Books(_) => {}
        }
    }
}
