//! `register`, `changePassword`.

use super::{Call, at, payload, settle};
use crate::auth::{Caller, Proved};
use crate::schema::{Account, Session};
use crate::service::{self, Changing};
use crate::{Fault, Refusal};
use async_graphql::{Context, InputObject, Object};
use tributary_domain::command::Actor;

/// Who wants an account.
#[derive(InputObject)]
pub(crate) struct RegisterInput {
    /// 3 to 50 of `A-Z a-z 0-9 _ -`. It stands in addresses.
    name: String,
    /// An e-mail address, at most 255 characters.
    email: String,
    /// 8 to 128 characters.
    password: String,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// An account and its first session.
    RegisterPayload {
        /// The account.
        account: Account,
        /// Its first session.
        session: Session,
    }
);

/// Which password gives way to which.
#[derive(InputObject)]
pub(crate) struct ChangePasswordInput {
    /// The password that the account has.
    current_password: String,
    /// The password that it is to have: 8 to 128 characters.
    new_password: String,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// An account that has another password.
    ChangePasswordPayload {
        /// The account.
        account: Account,
    }
);

#[derive(Default)]
pub(crate) struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Makes an account and signs it in.
    async fn register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: RegisterInput,
    ) -> Result<Option<RegisterPayload>, Fault> {
        settle(register(ctx, input).await)
    }

    /// Gives the caller's account another password. Every other session of theirs ends at once: its sockets
    /// close, and its refresh tokens are no good any more. The one that asks goes on.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which password gives way to which.")] input: ChangePasswordInput,
    ) -> Result<Option<ChangePasswordPayload>, Fault> {
        settle(change_password(ctx, input).await)
    }
}

async fn register(ctx: &Context<'_>, input: RegisterInput) -> Result<RegisterPayload, Refusal> {
    let call = Call::anyone(ctx)?;
    let (log, keyring) = (&call.shared.log, &call.shared.keyring);
    let RegisterInput {
        name,
        email,
        password,
        ..
    } = input;
    // Whoever asks: an account is made by nobody in particular.
    let asker = call.asker_as(Actor::Anonymous);
    let registered = service::register(log, keyring, asker, &name, &email, password).await?;
    let account = registered.account;
    Proved::note(ctx, account);
    let lifetime = call.shared.settings.refresh_token_lifetime;
    let open =
        service::open_session(log, Actor::Account(account).into(), account, lifetime).await?;
    let row = match call.shows(&registered.receipt).await {
        true => call.shared.views.account(account).await?,
        false => None,
    };
    Ok(RegisterPayload {
        account: row.map(Account::from),
        session: Some(Session::issue(call.shared, &open)),
        errors: vec![],
        position: at(&registered.receipt),
    })
}

async fn change_password(
    ctx: &Context<'_>,
    input: ChangePasswordInput,
) -> Result<ChangePasswordPayload, Refusal> {
    let identity = Caller::of(ctx).identity;
    let identity = identity.ok_or_else(Fault::not_signed_in)?;
    let call = Call::anyone(ctx)?;
    let account = identity.account;
    let changing = Changing {
        account,
        kept: identity.session,
        current: input.current_password,
        new: input.new_password,
    };
    let (log, keyring) = (&call.shared.log, &call.shared.keyring);
    let receipt = service::change_password(log, keyring, call.asker(), changing).await?;
    let row = match call.shows(&receipt).await {
        true => call.shared.views.account(account).await?,
        false => None,
    };
    Ok(ChangePasswordPayload {
        account: row.map(Account::from),
        errors: vec![],
        position: at(&receipt),
    })
}
