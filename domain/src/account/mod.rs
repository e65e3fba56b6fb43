//! An account: identity, platform roles, signed-in sessions, follows, suspension.

mod events;
mod follow;
mod password;
mod session;
mod suspension;

pub use events::*;
pub use follow::{FOLLOWS_MAX, Followed, Unfollowed};
pub use password::PasswordChanged;
pub use suspension::{Reinstated, Suspended};

use crate::channel::Reason;
use crate::text::AccountName;
use crate::{AccountId, ChannelId, Personal, Salt, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many sessions an account may have at once; the oldest is closed for a new one.
pub const SESSIONS_MAX: usize = 20;

rejections! {
    /// Why an account refused.
    {
        /// No such account.
        NotFound => "ACCOUNT_NOT_FOUND", None;
        /// The id is in use.
        AlreadyRegistered => "ALREADY_REGISTERED", None;
        /// The refresh token's session has ended.
        SessionOver => "SESSION_OVER", Some("refreshToken");
        /// An exchanged refresh token came back; the whole session is closed.
        TokenReused => "TOKEN_REUSED", Some("refreshToken");
        /// The password is another one by now than the one that was checked.
        PasswordStale => "PASSWORD_STALE", None;
        /// The admin tried to drop the own admin role.
        OwnAdminRole => "OWN_ADMIN_ROLE", Some("role");
        /// The person was forgotten; nothing can be done with the account any more.
        Erased => "ACCOUNT_ERASED", None;
        /// An admin suspended it.
        Suspended => "ACCOUNT_SUSPENDED", None;
        /// Nobody suspends the own account.
        OwnSuspension => "OWN_SUSPENSION", Some("accountId");
        /// Nobody follows the own channel.
        OwnFollow => "OWN_FOLLOW", Some("channelId");
        /// As many channels as one account follows.
        TooManyFollows => "TOO_MANY_FOLLOWS", None, [limit = FOLLOWS_MAX];
        /// An erasure that nobody asked for cannot be completed.
        NotErased => "NOT_ERASED", None;
        /// Only admins may.
        NotAnAdmin => "NOT_AN_ADMIN", None;
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
    /// Have another password from now on, and end every other session.
    ChangePassword {
        /// The session that goes on.
        kept: SessionId,
        /// How often the password had been changed when the current one was checked.
        changes: u32,
        /// Now.
        at: Timestamp,
    },
    /// Follow a channel.
    Follow {
        /// Which.
        channel: ChannelId,
        /// Now.
        at: Timestamp,
    },
    /// Follow it no longer.
    Unfollow(ChannelId),
    /// Let it do nothing any more.
    Suspend(AccountId, Reason),
    /// Let it act again.
    Reinstate(AccountId, Reason),
    /// Forget the person.
    Erase,
    /// State that so many events have lost their personal part, and that none is left.
    CompleteErasure {
        /// How many.
        events: u64,
    },
}

/// How far the forgetting of a person is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Erasure {
    /// Nobody asked for it.
    #[default]
    NotAsked,
    /// Personal parts may be left in the log.
    Begun,
    /// None is left.
    Completed,
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
    /// How often its password was changed.
    #[serde(default)]
    pub password_changes: u32,
    /// Whether the person is to be forgotten, or was.
    pub erasure: Erasure,
    /// Whether an admin suspended it.
    pub suspended: bool,
    /// The channels that it follows, and since when.
    pub follows: BTreeMap<ChannelId, Timestamp>,
}

impl Account {
    /// Decides a command.
    ///
    /// # Errors
    /// A rule of [`Rejection`].
    pub fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        if self.is_erased() {
            return self.decide_erased(&command);
        }
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
                | Command::CloseSession(_)
                | Command::ChangePassword { .. }
                | Command::Follow { .. }
                | Command::Unfollow(_)
                | Command::Suspend(..)
                | Command::Reinstate(..)
                | Command::Erase
                | Command::CompleteErasure { .. },
            ) => Err(Rejection::NotFound),
            (
                Some(_),
                Command::OpenSession { .. }
                | Command::RefreshSession { .. }
                | Command::ChangePassword { .. },
            ) if self.suspended => Err(Rejection::Suspended),
            (Some(_), Command::ChangePassword { kept, changes, at }) => {
                self.change_password(kept, changes, at)
            }
            (Some(_), Command::Follow { channel, at }) => self.follow(channel, at),
            (Some(_), Command::Unfollow(channel)) => Ok(self.unfollow(channel)),
            (Some(_), Command::Suspend(account, reason)) => Ok(self.suspend(account, reason)),
            (Some(_), Command::Reinstate(account, reason)) => Ok(self.reinstate(account, reason)),
            (Some(_), Command::Erase) => Ok(vec![Erased {}.into()]),
            (Some(_), Command::CompleteErasure { .. }) => Err(Rejection::NotErased),
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

    fn decide_erased(&self, command: &Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::Erase => Ok(vec![]),
            Command::CompleteErasure { events } => Ok(match self.erasure {
                Erasure::Completed => vec![],
                Erasure::NotAsked | Erasure::Begun => {
                    vec![ErasureCompleted { events: *events }.into()]
                }
            }),
            Command::Register { .. }
            | Command::GrantRole(_)
            | Command::RevokeRole(_)
            | Command::OpenSession { .. }
            | Command::RefreshSession { .. }
            | Command::Follow { .. }
            | Command::Unfollow(_)
            | Command::Suspend(..)
            | Command::Reinstate(..)
            | Command::ChangePassword { .. }
            | Command::CloseSession(_) => Err(Rejection::Erased),
        }
    }

    /// Whether the person is to be forgotten, or was.
    pub fn is_erased(&self) -> bool {
        self.erasure != Erasure::NotAsked
    }

    /// Refuses an account that was erased.
    ///
    /// # Errors
    /// `ACCOUNT_ERASED`.
    pub fn is_there(&self) -> Result<(), Rejection> {
        if self.is_erased() {
            Err(Rejection::Erased)
        } else {
            Ok(())
        }
    }

    /// Refuses an account that was erased or is suspended.
    ///
    /// # Errors
    /// `ACCOUNT_ERASED` or `ACCOUNT_SUSPENDED`.
    pub fn may_act(&self) -> Result<(), Rejection> {
        self.is_there()?;
        if self.suspended {
            return Err(Rejection::Suspended);
        }
        Ok(())
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
            Event::PasswordChanged(_) => {
                self.password_changes = self.password_changes.saturating_add(1);
            }
            Event::Erased(_) => {
                self.name = None;
                self.roles.clear();
                self.sessions.clear();
                self.follows.clear();
                self.erasure = Erasure::Begun;
            }
            Event::ErasureCompleted(_) => self.erasure = Erasure::Completed,
            Event::Followed(event) => {
                self.follows.insert(event.channel, event.at);
            }
            Event::Unfollowed(event) => {
                self.follows.remove(&event.channel);
            }
            Event::Suspended(_) => {
                self.suspended = true;
                // Whoever is let in again signs in again.
                self.sessions.clear();
            }
            Event::Reinstated(_) => self.suspended = false,
        }
    }
}

/// Sessions that ended this long before the newest one's end are forgotten.
const SESSION_MEMORY: chrono::TimeDelta = chrono::TimeDelta::days(90);

aggregate!(Account, "account");

#[cfg(test)]
mod tests;
