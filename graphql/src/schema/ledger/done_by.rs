//! Who did something, as finance is told.

use crate::Fault;
use crate::schema::{Account, lookups};
use async_graphql::{Context, Object};
use tributary_domain::AccountId;

/// Who did something to money: an account, or else the console or a part of Tributary.
#[derive(Debug, Clone)]
pub(crate) enum DoneBy {
    Account(AccountId),
    Part(String),
}

impl DoneBy {
    /// As the log says it.
    pub(super) fn read(by: &str) -> Self {
        let account = by.strip_prefix("account:").and_then(|id| id.parse().ok());
        account.map_or_else(|| Self::Part(by.to_owned()), Self::Account)
    }
}

/// Who did something to money: an account, or else the console or a part of Tributary.
#[Object]
impl DoneBy {
    /// The account; null where none did it.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>, Fault> {
        match self {
            Self::Account(id) => Ok(lookups(ctx).load_one(*id).await?.map(Account::from)),
            Self::Part(_) => Ok(None),
        }
    }

    /// `console`, or a part of Tributary such as `system:payments`; null where an account did it.
    async fn part(&self) -> Option<&str> {
        match self {
            Self::Account(_) => None,
            Self::Part(part) => Some(part),
        }
    }
}
