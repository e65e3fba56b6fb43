//! An account: identity, platform roles, signed-in sessions.

use crate::text::{AccountName, EmailAddress};
use crate::{AccountId, Personal, Salt, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

events! {
    /// What can happen to an account.
    {
        /// It was made.
        Registered = "account.registered", 1, personal;
        /// An admin gave it a role.
        RoleGranted = "account.role_granted", 1;
        /// An admin took a role away.
        RoleRevoked = "account.role_revoked", 1;
        /// Somebody signed in.
        SessionOpened = "account.session_opened", 1;
        /// A refresh token was exchanged for the next one.
        SessionRefreshed = "account.session_refreshed", 1;
        /// A session ended, or was ended because an old token came back.
        SessionClosed = "account.session_closed", 1;
    }
}

/// It was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registered {
    /// Its id.
    pub account: AccountId,
    /// Name and address.
    pub personal: Personal<Person>,
}

/// Who someone is: erasable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name, as its owner writes it.
    pub name: AccountName,
    /// The address, as its owner writes it.
    pub email: EmailAddress,
}

/// A role on the whole platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything that staff can do, and grant roles.
    Admin,
    /// May replay the history without personal parts.
    Analyst,
    /// May see balances and the ledger.
    Finance,
}

/// An admin gave it a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGranted {
    /// Which.
    pub role: Role,
}

/// An admin took a role away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRevoked {
    /// Which.
    pub role: Role,
}

/// Somebody signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOpened {
    /// The family of refresh tokens that starts here, with generation 1.
    pub session: SessionId,
    /// When the newest refresh token of the family ends.
    pub expires_at: Timestamp,
}

/// A refresh token was exchanged for the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRefreshed {
    /// The family.
    pub session: SessionId,
    /// The only generation that is good from now on.
    pub generation: u32,
    /// When that token ends.
    pub expires_at: Timestamp,
}

/// A session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClosed {
    /// The family.
    pub session: SessionId,
    /// Why.
    pub reason: SessionEnd,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// Its owner logged out.
    LoggedOut,
    /// A refresh token that had been exchanged already came back: it may be stolen.
    TokenReused,
    /// The account signed in elsewhere more than [`SESSIONS_MAX`] times; the oldest went.
    Displaced,
}

/// How many sessions an account may have at once; the oldest is closed for a new one.
pub const SESSIONS_MAX: usize = 20;

rejections! {
    /// Why an account refused.
    {
        /// No such account.
        NotFound => "ACCOUNT_NOT_FOUND", None, "there is no such account";
        /// The id is in use.
        AlreadyRegistered => "ALREADY_REGISTERED", None, "this account exists already";
        /// The refresh token's session has ended.
        SessionOver => "SESSION_OVER", Some("refreshToken"), "this session has ended; log in again";
        /// An exchanged refresh token came back; the whole session is closed.
        TokenReused => "TOKEN_REUSED", Some("refreshToken"), "this refresh token was used before; the session has been closed, log in again";
        /// The admin tried to drop the own admin role.
        OwnAdminRole => "OWN_ADMIN_ROLE", Some("role"), "an admin cannot revoke the own admin role; another admin can";
        /// Only admins may.
        NotAnAdmin => "NOT_AN_ADMIN", None, "only an admin may do this";
    }
}

/// What can be asked of an account.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Make it.
    Register {
        /// Its id.
        account: AccountId,
        /// Who.
        person: Person,
        /// For the personal part.
        salt: Salt,
    },
    /// Give it a role.
    GrantRole(Role),
    /// Take a role away.
    RevokeRole(Role),
    /// Sign in.
    OpenSession {
        /// The new family.
        session: SessionId,
        /// Now.
        at: Timestamp,
        /// When its first refresh token ends.
        expires_at: Timestamp,
    },
    /// Exchange a refresh token.
    RefreshSession {
        /// The family.
        session: SessionId,
        /// The generation of the token that is presented.
        generation: u32,
        /// Now.
        at: Timestamp,
        /// When the next token ends.
        expires_at: Timestamp,
    },
    /// Sign out.
    CloseSession(SessionId),
}

/// One signed-in session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The only refresh token that is good.
    pub generation: u32,
    /// Until when.
    pub expires_at: Timestamp,
}

/// An account's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id; `None` before it is made.
    pub id: Option<AccountId>,
    /// Its name; `None` before it is made and after erasure.
    pub name: Option<AccountName>,
    /// Platform roles.
    pub roles: Vec<Role>,
    /// Signed-in sessions, oldest id first.
    pub sessions: BTreeMap<SessionId, Session>,
}

impl Account {
    /// Decides a command.
    ///
    /// # Errors
    /// A rule of [`Rejection`].
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self.id, command) {
            (
                None,
                Command::Register {
                    account,
                    person,
                    salt,
                },
            ) => {
                let personal = Personal::seal(person, salt);
                Ok(vec![Registered { account, personal }.into()])
            }
            (Some(_), Command::Register { .. }) => Err(Rejection::AlreadyRegistered),
            (
                None,
                Command::GrantRole(_)
                | Command::RevokeRole(_)
                | Command::OpenSession { .. }
                | Command::RefreshSession { .. }
                | Command::CloseSession(_),
            ) => Err(Rejection::NotFound),
            (Some(_), Command::GrantRole(role)) => Ok(if self.has(role) {
                vec![]
            } else {
                vec![RoleGranted { role }.into()]
            }),
            (Some(_), Command::RevokeRole(role)) => Ok(if self.has(role) {
                vec![RoleRevoked { role }.into()]
            } else {
                vec![]
            }),
            (
                Some(_),
                Command::OpenSession {
                    session,
                    at,
                    expires_at,
                },
            ) => Ok(self.open(session, at, expires_at)),
            (
                Some(_),
                Command::RefreshSession {
                    session,
                    generation,
                    at,
                    expires_at,
                },
            ) => self.refresh(session, generation, at, expires_at),
            (Some(_), Command::CloseSession(session)) => {
                let reason = SessionEnd::LoggedOut;
                let open = self.sessions.contains_key(&session);
                Ok(if open {
                    vec![SessionClosed { session, reason }.into()]
                } else {
                    vec![]
                })
            }
        }
    }

    fn open(&self, session: SessionId, at: Timestamp, expires_at: Timestamp) -> Vec<Event> {
        // Again, it would set the family back to its first refresh token.
        if self.sessions.contains_key(&session) {
            return vec![];
        }
        let live: Vec<_> = self
            .sessions
            .iter()
            .filter(|(_, open)| open.expires_at > at)
            .map(|(id, _)| *id)
            .collect();
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

    /// A reused token is answered with the event that closes the session, which a refusal could not
    /// record: whoever sent the command makes [`Rejection::TokenReused`] of that event.
    fn refresh(
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

    /// Whether it has a platform role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    pub(crate) fn fold(&mut self, event: &Event) {
        match event {
            Event::Registered(event) => {
                self.id = Some(event.account);
                self.name = event.personal.get().map(|person| person.name.clone());
            }
            Event::RoleGranted(event) => self.roles.push(event.role),
            Event::RoleRevoked(event) => self.roles.retain(|role| *role != event.role),
            Event::SessionOpened(event) => {
                // What has ended by then can never be refreshed: forgetting it bounds the state.
                self.sessions
                    .retain(|_, open| open.expires_at > event.expires_at - SESSION_MEMORY);
                let session = Session {
                    generation: 1,
                    expires_at: event.expires_at,
                };
                self.sessions.insert(event.session, session);
            }
            Event::SessionRefreshed(event) => {
                let session = Session {
                    generation: event.generation,
                    expires_at: event.expires_at,
                };
                self.sessions.insert(event.session, session);
            }
            Event::SessionClosed(event) => {
                self.sessions.remove(&event.session);
            }
        }
    }
}

/// Sessions that ended this long before the newest one's end are forgotten.
const SESSION_MEMORY: chrono::TimeDelta = chrono::TimeDelta::days(90);

aggregate!(Account, "account");

#[cfg(test)]
#[path = "account_tests.rs"]
mod tests;
