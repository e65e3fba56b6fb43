//! Who is at the other end of a socket.

use crate::Fault;
use crate::api::Api;
use crate::auth::{Caller, Identity, bearer};
use crate::messages::{Language, Sentence};
use futures::FutureExt as _;
use futures::future::BoxFuture;

/// Who a `connection_init` says is there. They read what it says, or else what the handshake said.
pub(super) fn who(
    api: Api,
    payload: &serde_json::Value,
    language: Language,
) -> BoxFuture<'static, Result<Caller, Fault>> {
    let language = Language::of_init(payload).unwrap_or(language);
    let authorization = payload
        .get("authorization")
        .or(payload.get("Authorization"))
        .filter(|value| !value.is_null());
    let identity = authorization.map(|value| {
        let not_a_text = Fault::Unauthenticated(Sentence::AuthorizationNotText);
        let token = bearer(value.as_str().ok_or(not_a_text)?)?;
        let now = api.shared.log.environment().now();
        api.shared.tokens.check_access(token, now)
    });
    async move {
        let identity: Option<Identity> = identity.transpose()?;
        if let Some(identity) = identity {
            let account = api.shared.views.account(identity.account).await?;
            if account
                .as_ref()
                .is_some_and(|account| account.suspended_at.is_some())
            {
                return Err(Fault::Unauthenticated(Sentence::AccountSuspended));
            }
            // One that has just registered may not be in the read models yet.
            if account.is_some_and(|account| account.name.is_none()) {
                return Err(Fault::Unauthenticated(Sentence::AccountErased));
            }
        }
        Ok(Caller { identity, language })
    }
    .boxed()
}
