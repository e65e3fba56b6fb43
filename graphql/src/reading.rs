//! Who may read what of the log.
//!
//! | who | sees |
//! |---|---|
//! | an admin | everything |
//! | an analyst | every event, without its personal part |
//! | anyone else | the events that concern themselves, with the personal part where it is their own |
//!
//! This is the only place where a line of the log becomes something that a client sees.

use crate::Fault;
use crate::auth::Caller;
use crate::messages::Sentence;
use async_graphql::Context;
use tributary_domain::account::Role;
use tributary_domain::{AccountId, HistoryId, Recorded, State};
use tributary_projections::Views;

/// As whom somebody reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Everything.
    Admin,
    /// Everything but what is personal.
    Analyst,
    /// What concerns this account.
    Person(AccountId),
}

/// What of an event somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Its personal part.
    pub(crate) personal: bool,
    /// Who asked for it.
    pub(crate) actor: bool,
}

impl Reading {
    /// As whom the caller of a resolver reads. Roles are looked up each time.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for nobody.
    pub(crate) async fn of(ctx: &Context<'_>) -> Result<Self, Fault> {
        let caller = Caller::of(ctx);
        let account = caller.account().ok_or_else(Fault::not_signed_in)?;
        Ok(if caller.has(Role::Admin, ctx).await? {
            Self::Admin
        } else if caller.has(Role::Analyst, ctx).await? {
            Self::Analyst
        } else {
            Self::Person(account)
        })
    }

    /// As whom an account reads at this moment.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub(crate) async fn of_account(views: &Views, account: AccountId) -> Result<Self, Fault> {
        let found = views.account(account).await?;
        let roles = found.map(|found| found.roles).unwrap_or_default();
        Ok(if roles.contains(&Role::Admin) {
            Self::Admin
        } else if roles.contains(&Role::Analyst) {
            Self::Analyst
        } else {
            Self::Person(account)
        })
    }

    /// What of an event is shown; `None` if nothing is, not even that it is there.
    pub(crate) fn of_event(self, recorded: &Recorded) -> Option<Shown> {
        let (personal, actor) = match self {
            Self::Admin => (true, true),
            Self::Analyst => (false, true),
            Self::Person(account) if recorded.concerns(account) => {
                (recorded.subject() == Some(account), recorded.is_by(account))
            }
            Self::Person(_) => return None,
        };
        Some(Shown { personal, actor })
    }

    /// A state as it is shown.
    ///
    /// # Errors
    /// `FORBIDDEN` for a state that is another's, whether it is there or not.
    pub(crate) fn of_state(self, history: &HistoryId, mut state: State) -> Result<State, Fault> {
        let owner = owner(history, &state);
        match self {
            Self::Admin => Ok(state),
            Self::Person(account) if owner == Some(account) => Ok(state),
            Self::Person(_) => Err(Fault::Forbidden(Sentence::NotForYou)),
            Self::Analyst => {
                if let Some(owner) = owner {
                    state.forget_words_of(owner);
                }
                Ok(state)
            }
        }
    }
}

/// Whose an aggregate is.
fn owner(history: &HistoryId, state: &State) -> Option<AccountId> {
    match (history, state) {
        (HistoryId::Account(account) | HistoryId::Wallet(account, _), _) => Some(*account),
        (HistoryId::Channel(channel), _) => Some(channel.owner()),
        (HistoryId::Stream(_), State::Stream(stream)) => {
            stream.channel().map(tributary_domain::ChannelId::owner)
        }
        (HistoryId::Payment(_), State::Payment(payment)) => payment.account,
        (HistoryId::Payout(_), State::Payout(payout)) => {
            payout.terms.map(|terms| terms.channel.owner())
        }
        (
            HistoryId::Stream(_)
            | HistoryId::NameClaim(_)
            | HistoryId::EmailClaim(_)
            | HistoryId::ViewerSession(_)
            | HistoryId::Payment(_)
            | HistoryId::Payout(_)
            | HistoryId::Installation
            | HistoryId::Fees
            | HistoryId::Books,
            _,
        ) => None,
    }
}
