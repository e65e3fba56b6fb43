//! Signed-in sessions.

use super::DateTime;
use crate::api::Shared;
use crate::auth::Refresh;
use crate::service::OpenSession;
use async_graphql::SimpleObject;

/// A signed-in session: two tokens.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Session {
    /// Say who you are with it: `Authorization: Bearer <token>`.
    access_token: String,
    /// When the access token ends.
    expires_at: DateTime,
    /// Exchange it for the next session with `refreshSession`, once: an old one that comes back
    /// closes the session.
    refresh_token: String,
    /// When the refresh token ends.
    refresh_expires_at: DateTime,
}

impl Session {
    /// The tokens of a session, from now on.
    pub(crate) fn issue(shared: &Shared, open: &OpenSession) -> Self {
        let now = shared.log.environment().now();
        let access = shared.tokens.access(open.account, open.session, now);
        let refresh = shared.tokens.refresh(Refresh {
            account: open.account,
            session: open.session,
            generation: open.generation,
            expires_at: open.expires_at,
        });
        Self {
            access_token: access.token,
            expires_at: DateTime(access.expires_at),
            refresh_token: refresh.token,
            refresh_expires_at: DateTime(refresh.expires_at),
        }
    }
}
