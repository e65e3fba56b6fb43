//! `suspendAccount`, `reinstateAccount`.

use super::moderation::why;
use super::{Call, at, payload, settle};
use crate::schema::{Account, GlobalId};
use crate::{Fault, Refusal};
use async_graphql::{Context, ID, InputObject, Object};
use tributary_domain::AccountId;
use tributary_domain::channel::Reason;
use tributary_domain::command::accounts::Command;

/// Whom to keep from the platform.
#[derive(InputObject)]
pub(crate) struct SuspendAccountInput {
    /// The account's global id.
    account_id: ID,
    /// Why, at most 500 characters. Admins see it.
    reason: Option<String>,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// Whom to let in again.
#[derive(InputObject)]
pub(crate) struct ReinstateAccountInput {
    /// The account's global id.
    account_id: ID,
    /// Why, at most 500 characters. Admins see it.
    reason: Option<String>,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// An account that may do nothing.
    SuspendAccountPayload {
        /// The account.
        account: Account,
    }
);

payload!(
    /// An account that is not suspended.
    ReinstateAccountPayload {
        /// The account.
        account: Account,
    }
);

#[derive(Default)]
pub(crate) struct SuspensionMutation;

#[Object]
impl SuspensionMutation {
    /// Keeps an account from the whole platform: its sessions end, its sockets close, its stream ends, and
    /// it may do nothing. Admins only.
    async fn suspend_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and why.")] input: SuspendAccountInput,
    ) -> Result<Option<SuspendAccountPayload>, Fault> {
        let done = change(ctx, &input.account_id, input.reason, |account, reason| {
            Command::Suspend { account, reason }
        });
        settle(done.await.map(|(account, position)| SuspendAccountPayload {
            account,
            errors: vec![],
            position,
        }))
    }

    /// Undoes a suspension: the person can log in again. Admins only.
    async fn reinstate_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom and why.")] input: ReinstateAccountInput,
    ) -> Result<Option<ReinstateAccountPayload>, Fault> {
        let done = change(ctx, &input.account_id, input.reason, |account, reason| {
            Command::Reinstate { account, reason }
        });
        settle(
            done.await
                .map(|(account, position)| ReinstateAccountPayload {
                    account,
                    errors: vec![],
                    position,
                }),
        )
    }
}

async fn change(
    ctx: &Context<'_>,
    account: &ID,
    reason: Option<String>,
    command: impl FnOnce(AccountId, Reason) -> Command,
) -> Result<(Option<Account>, Option<crate::schema::Position>), Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let account = GlobalId::account("accountId", account)?;
    let command = command(account, why(&call, reason)?);
    let receipt = call
        .execute(tributary_domain::Command::Accounts(command))
        .await?;
    let row = match call.shows(&receipt).await {
        true => call.shared.views.account(account).await?,
        false => None,
    };
    Ok((row.map(Account::from), at(&receipt)))
}
