//! Who may read what of the log.
//!
//! | who | sees |
//! |---|---|
//! | an admin | everything but the amounts of other people's money |
//! | an analyst | the same, without personal parts |
//! | finance | the events of wallets, payments and payouts with their amounts, without personal parts |
//! | anyone else | the events that concern themselves, with the personal part where it is their own |
//!
//! Who has several roles sees what any of them sees. This is the only place where a line of the log becomes
//! something that a client sees; what of it is money, [`money`] says.

mod money;

use crate::Fault;
use crate::auth::Caller;
use crate::messages::Sentence;
use crate::schema::lookups;
use async_graphql::Context;
use money::{Sums, is_money};
use serde_json::Value;
use tributary_domain::account::Role;
use tributary_domain::{AccountId, HistoryId, Recorded, State};
use tributary_projections::Views;

/// As whom somebody reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    account: AccountId,
    breadth: Breadth,
    /// Whether all amounts are shown.
    finance: bool,
}

/// Of which events somebody sees at least that they are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Breadth {
    /// Of all, with what is personal.
    Everything,
    /// Of all.
    Anonymised,
    /// Of those that concern the account, and for finance those of money.
    Own,
}

/// What of an event somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Its personal part.
    pub(crate) personal: bool,
    /// Who asked for it.
    pub(crate) actor: bool,
    /// Which amounts.
    sums: Sums,
}

impl Reading {
    /// As whom the caller of a resolver reads. Roles are looked up each time.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for nobody.
    pub(crate) async fn of(ctx: &Context<'_>) -> Result<Self, Fault> {
        let account = Caller::of(ctx).account();
        let account = account.ok_or_else(Fault::not_signed_in)?;
        let found = lookups(ctx).load_one(account).await?;
        let roles = found.map(|found| found.roles).unwrap_or_default();
        Ok(Self::with(account, &roles))
    }

    /// As whom an account reads at this moment.
    ///
    /// # Errors
    /// When the read models cannot be asked.
    pub(crate) async fn of_account(views: &Views, account: AccountId) -> Result<Self, Fault> {
        let found = views.account(account).await?;
        let roles = found.map(|found| found.roles).unwrap_or_default();
        Ok(Self::with(account, &roles))
    }

    fn with(account: AccountId, roles: &[Role]) -> Self {
        let breadth = if roles.contains(&Role::Admin) {
            Breadth::Everything
        } else if roles.contains(&Role::Analyst) {
            Breadth::Anonymised
        } else {
            Breadth::Own
        };
        let finance = roles.contains(&Role::Finance);
        Self {
            account,
            breadth,
            finance,
        }
    }

    /// Whether every event is shown, as far as it is.
    pub(crate) fn sees_all(self) -> bool {
        self.breadth != Breadth::Own
    }

    /// What of an event is shown; `None` if nothing is, not even that it is there.
    pub(crate) fn of_event(self, recorded: &Recorded) -> Option<Shown> {
        let account = self.account;
        let sums = if self.finance {
            Sums::All
        } else if recorded.is_of(account) {
            Sums::Of(account)
        } else {
            Sums::None
        };
        let own = recorded.subject() == Some(account);
        let (personal, actor) = match self.breadth {
            Breadth::Everything => (true, true),
            Breadth::Anonymised => (false, true),
            Breadth::Own if self.finance && is_money(&recorded.history) => (own, true),
            Breadth::Own if recorded.concerns(account) => (own, recorded.is_by(account)),
            Breadth::Own => return None,
        };
        Some(Shown {
            personal,
            actor,
            sums,
        })
    }

    /// A state as it is shown.
    ///
    /// # Errors
    /// `FORBIDDEN` for a state that is another's, whether it is there or not.
    pub(crate) fn of_state(self, history: &HistoryId, mut state: State) -> Result<Value, Fault> {
        let owner = owner(history, &state);
        let own = owner == Some(self.account);
        let money = is_money(history);
        let is_shown = own || self.sees_all() || (self.finance && money);
        if !is_shown {
            return Err(Fault::Forbidden(Sentence::NotForYou));
        }
        if let Some(owner) = owner.filter(|_| !own && self.breadth != Breadth::Everything) {
            state.forget_words_of(owner);
        }
        let state = serde_json::to_value(state);
        let state = state.map_err(|_| Fault::defect("a state is no JSON"))?;
        Ok(match own || self.finance || !money {
            true => state,
            false => money::withheld(state),
        })
    }
}

impl Shown {
    /// What an event says, as far as it is shown.
    ///
    /// # Errors
    /// Never: every event is JSON.
    pub(crate) fn payload(self, recorded: &Recorded) -> Result<Value, Fault> {
        let payload = recorded.event.payload();
        let payload = payload.and_then(|payload| serde_json::from_str(&payload));
        let payload = payload.map_err(|_| Fault::defect("an event's payload is no JSON"))?;
        Ok(self.sums.of(&recorded.history, payload))
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
