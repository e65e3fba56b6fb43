//! `grantRole`, `revokeRole`.

use super::{Call, at, payload, settle};
use crate::schema::{Account, GlobalId, Role};
use crate::{Fault, Refusal, service};
use async_graphql::{Context, ID, InputObject, Object};

/// Who gets which role.
#[derive(InputObject)]
pub(crate) struct GrantRoleInput {
    /// The account's global id.
    account_id: ID,
    /// The role.
    role: Role,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// Who loses which role.
#[derive(InputObject)]
pub(crate) struct RevokeRoleInput {
    /// The account's global id.
    account_id: ID,
    /// The role.
    role: Role,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// An account that has a role.
    GrantRolePayload {
        /// The account.
        account: Account,
    }
);

payload!(
    /// An account that does not have a role.
    RevokeRolePayload {
        /// The account.
        account: Account,
    }
);

#[derive(Default)]
pub(crate) struct RoleMutation;

#[Object]
impl RoleMutation {
    /// Gives an account a role. Admins only.
    async fn grant_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who and which.")] input: GrantRoleInput,
    ) -> Result<Option<GrantRolePayload>, Fault> {
        settle(
            async {
                let (account, position) = change(ctx, &input.account_id, input.role, true).await?;
                Ok(GrantRolePayload {
                    account,
                    errors: vec![],
                    position,
                })
            }
            .await,
        )
    }

    /// Takes a role from an account. Admins only; nobody can drop the own admin role.
    async fn revoke_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who and which.")] input: RevokeRoleInput,
    ) -> Result<Option<RevokeRolePayload>, Fault> {
        settle(
            async {
                let (account, position) = change(ctx, &input.account_id, input.role, false).await?;
                Ok(RevokeRolePayload {
                    account,
                    errors: vec![],
                    position,
                })
            }
            .await,
        )
    }
}

async fn change(
    ctx: &Context<'_>,
    account: &ID,
    role: Role,
    grant: bool,
) -> Result<(Option<Account>, Option<crate::schema::Position>), Refusal> {
    let (call, _) = Call::signed_in(ctx)?;
    let account = GlobalId::account("accountId", account)?;
    let log = &call.shared.log;
    let receipt = service::change_role(log, call.asker(), account, role.into(), grant).await?;
    let row = match call.shows(&receipt).await {
        true => call.shared.views.account(account).await?,
        false => None,
    };
    Ok((row.map(Account::from), at(&receipt)))
}
