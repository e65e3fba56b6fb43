//! Signed-in sessions: opened, refreshed a generation at a time, and closed when a used token comes back.

use super::{
    Account, Event, Rejection, SESSIONS_MAX, SessionClosed, SessionEnd, SessionOpened,
    SessionRefreshed,
};
use crate::{SessionId, Timestamp};

impl Account {
    pub(super) fn open(
        &self,
        session: SessionId,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Vec<Event> {
        // Again, it would set the family back to its first refresh token.
        if self.sessions.contains_key(&session) {
            return vec![];
        }
        let live: Vec<_> = self.live(at).collect();
        let surplus = (live.len() + 1).saturating_sub(SESSIONS_MAX);
        let reason = SessionEnd::Displaced;
        let displaced = live.into_iter().take(surplus);
        displaced
            .map(|session| SessionClosed { session, reason }.into())
            .chain([SessionOpened {
                session,
                expires_at,
            }
            .into()])
            .collect()
    }

    /// Sessions whose newest refresh token is good at a moment, oldest first.
    pub(super) fn live(&self, at: Timestamp) -> impl Iterator<Item = SessionId> {
        let live = self.sessions.iter();
        live.filter(move |(_, open)| open.expires_at > at)
            .map(|(id, _)| *id)
    }

    /// A reused token is answered with the event that closes the session, which a refusal could not
    /// record: whoever sent the command makes [`Rejection::TokenReused`] of that event.
    pub(super) fn refresh(
        &self,
        session: SessionId,
        generation: u32,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Vec<Event>, Rejection> {
        let open = self.sessions.get(&session).ok_or(Rejection::SessionOver)?;
        if open.expires_at <= at || generation > open.generation {
            return Err(Rejection::SessionOver);
        }
        if generation < open.generation {
            let reason = SessionEnd::TokenReused;
            return Ok(vec![SessionClosed { session, reason }.into()]);
        }
        let generation = generation.saturating_add(1);
        Ok(vec![
            SessionRefreshed {
                session,
                generation,
                expires_at,
            }
            .into(),
        ])
    }
}
