//! `logIn`, `refreshSession`, `logOut`.

use super::{Call, at, payload, settle};
use crate::auth::{Proved, Refresh};
use crate::schema::{Account, Session};
use crate::{Fault, Refusal, service};
use async_graphql::{Context, InputObject, Object};
use tributary_domain::command::Actor;
use tributary_domain::{Rejection, account};

/// Who signs in.
#[derive(InputObject)]
pub(crate) struct LogInInput {
    /// The account's name or e-mail address, in capitals or not.
    name_or_email: String,
    /// Its password.
    password: String,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// Which session goes on.
#[derive(InputObject)]
pub(crate) struct RefreshSessionInput {
    /// The session's newest refresh token.
    refresh_token: String,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

/// Which session ends.
#[derive(InputObject)]
pub(crate) struct LogOutInput {
    /// One of the session's refresh tokens.
    refresh_token: String,
    /// Makes it safe to send again: at most 64 characters of the client's own.
    client_mutation_id: Option<String>,
}

payload!(
    /// An account that has signed in.
    LogInPayload {
        /// The account.
        account: Account,
        /// Its new session.
        session: Session,
    }
);

payload!(
    /// A session that goes on.
    RefreshSessionPayload {
        /// Its new tokens. The old refresh token is no good any more.
        session: Session,
    }
);

payload!(
    /// A session that has ended.
    LogOutPayload {}
);

#[derive(Default)]
pub(crate) struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs in.
    async fn log_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: LogInInput,
    ) -> Result<Option<LogInPayload>, Fault> {
        settle(log_in(ctx, input).await)
    }

    /// Exchanges a refresh token for a new session's worth of tokens. One that was exchanged before
    /// closes the session: it may have been stolen.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: RefreshSessionInput,
    ) -> Result<Option<RefreshSessionPayload>, Fault> {
        settle(refresh_session(ctx, &input).await)
    }

    /// Signs out: the session's refresh tokens are no good any more. Its access token runs out by
    /// itself.
    async fn log_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] input: LogOutInput,
    ) -> Result<Option<LogOutPayload>, Fault> {
        settle(log_out(ctx, &input).await)
    }
}

async fn log_in(ctx: &Context<'_>, input: LogInInput) -> Result<LogInPayload, Refusal> {
    let call = Call::anyone(ctx)?;
    let (log, keyring) = (&call.shared.log, &call.shared.keyring);
    let LogInInput {
        name_or_email,
        password,
        ..
    } = input;
    let known = service::check_credentials(log, keyring, &name_or_email, password).await?;
    let account = known.account;
    Proved::note(ctx, account);
    let lifetime = call.shared.settings.refresh_token_lifetime;
    let asker = call.asker_as(Actor::Account(account));
    let open = service::open_session_of(log, asker, known, lifetime).await?;
    let row = match call.shows(&open.receipt).await {
        true => call.shared.views.account(account).await?,
        false => None,
    };
    Ok(LogInPayload {
        account: row.map(Account::from),
        session: Some(Session::issue(call.shared, &open)),
        errors: vec![],
        position: at(&open.receipt),
    })
}

async fn refresh_session(
    ctx: &Context<'_>,
    input: &RefreshSessionInput,
) -> Result<RefreshSessionPayload, Refusal> {
    let call = Call::anyone(ctx)?;
    let refresh = presented(&call, &input.refresh_token)?;
    if refresh.expires_at <= call.shared.log.environment().now() {
        return Err(session_over().into());
    }
    let Refresh {
        account,
        session,
        generation,
        ..
    } = refresh;
    let asker = call.asker_as(Actor::Account(account));
    let lifetime = call.shared.settings.refresh_token_lifetime;
    let log = &call.shared.log;
    let open = service::refresh_session(log, asker, account, session, generation, lifetime).await?;
    Ok(RefreshSessionPayload {
        session: Some(Session::issue(call.shared, &open)),
        errors: vec![],
        position: at(&open.receipt),
    })
}

async fn log_out(ctx: &Context<'_>, input: &LogOutInput) -> Result<LogOutPayload, Refusal> {
    let call = Call::anyone(ctx)?;
    let Refresh {
        account, session, ..
    } = presented(&call, &input.refresh_token)?;
    let asker = call.asker_as(Actor::Account(account));
    let receipt = service::close_session(&call.shared.log, asker, account, session).await?;
    Ok(LogOutPayload {
        errors: vec![],
        position: at(&receipt),
    })
}

fn presented(call: &Call<'_>, token: &str) -> Result<Refresh, Rejection> {
    call.shared
        .tokens
        .check_refresh(token)
        .ok_or_else(session_over)
}

fn session_over() -> Rejection {
    account::Rejection::SessionOver.into()
}
