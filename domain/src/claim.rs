//! A claim: who holds a name or an address. One history per claimed value makes it unique, however
//! many ask at once.

use crate::AccountId;
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to a claim.
    {
        /// Someone holds it now.
        ///
        /// Written with `account.registered`: one for the name, one for the address.
        Made = "claim.made", 1;
        /// Its holder was erased: anyone may take it.
        ///
        /// Written with `account.erased`.
        Released = "claim.released", 1;
    }
}

/// Someone holds it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Who.
    pub account: AccountId,
}

/// Its holder was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Who held it.
    pub account: AccountId,
}

rejections! {
    /// Why a claim was refused.
    {
        /// Another account holds the name.
        NameTaken => "NAME_TAKEN", Some("name");
        /// Another account holds the address.
        EmailTaken => "EMAIL_TAKEN", Some("email");
    }
}

/// What can be asked of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Take a name.
    TakeName(AccountId),
    /// Take an address.
    TakeEmail(AccountId),
    /// Let it go, if this account holds it.
    Release(AccountId),
}

/// Free, or held by an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Claim {
    /// Nobody's.
    #[default]
    Free,
    /// Somebody's.
    Held(AccountId),
}

impl Claim {
    /// Decides a command.
    ///
    /// # Errors
    /// When another account holds it.
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Free, Command::TakeName(account) | Command::TakeEmail(account)) => {
                Ok(vec![Made { account }.into()])
            }
            (Self::Held(holder), Command::TakeName(account) | Command::TakeEmail(account))
                if *holder == account =>
            {
                Ok(vec![])
            }
            (Self::Held(holder), Command::Release(account)) if *holder == account => {
                Ok(vec![Released { account }.into()])
            }
            (Self::Free | Self::Held(_), Command::Release(_)) => Ok(vec![]),
            (Self::Held(_), Command::TakeName(_)) => Err(Rejection::NameTaken),
            (Self::Held(_), Command::TakeEmail(_)) => Err(Rejection::EmailTaken),
        }
    }

    /// Who holds it.
    pub fn holder(&self) -> Option<AccountId> {
        match self {
            Self::Free => None,
            Self::Held(account) => Some(*account),
        }
    }

    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::Made(made) => *self = Self::Held(made.account),
            Event::Released(_) => *self = Self::Free,
        }
    }
}

aggregate!(Claim, "claim");

#[cfg(test)]
mod tests {
    use super::*;
    use cqrs_es::test::TestFramework;
    use uuid::Uuid;

    type Test = TestFramework<Claim>;

    fn ada() -> AccountId {
        AccountId(Uuid::from_u128(1))
    }
    fn eve() -> AccountId {
        AccountId(Uuid::from_u128(2))
    }

    #[test]
    fn a_free_name_can_be_taken() {
        Test::with(())
            .given_no_previous_events()
            .when(Command::TakeName(ada()))
            .then_expect_events(vec![Made { account: ada() }.into()]);
    }

    #[test]
    fn a_taken_name_or_address_is_refused_to_others_and_agreed_to_its_holder() {
        let taken = || Test::with(()).given(vec![Made { account: ada() }.into()]);
        taken()
            .when(Command::TakeName(eve()))
            .then_expect_error(Rejection::NameTaken);
        taken()
            .when(Command::TakeEmail(eve()))
            .then_expect_error(Rejection::EmailTaken);
        taken()
            .when(Command::TakeName(ada()))
            .then_expect_events(vec![]);
    }

    #[test]
    fn only_its_holder_lets_go_of_a_claim_and_then_anyone_may_take_it() {
        let made = || vec![Made { account: ada() }.into()];
        let released = || Event::from(Released { account: ada() });
        let test = Test::with(()).given(made()).when(Command::Release(ada()));
        test.then_expect_events(vec![released()]);
        let test = Test::with(()).given(made()).when(Command::Release(eve()));
        test.then_expect_events(vec![]);
        let mut events = made();
        events.push(released());
        let free = || Test::with(()).given(events.clone());
        free()
            .when(Command::Release(ada()))
            .then_expect_events(vec![]);
        free()
            .when(Command::TakeEmail(eve()))
            .then_expect_events(vec![Made { account: eve() }.into()]);
    }
}
