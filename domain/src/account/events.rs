//! What can happen to an account.

use super::{Followed, PasswordChanged, Reinstated, Suspended, Unfollowed};
use crate::text::{AccountName, EmailAddress};
use crate::{AccountId, Personal, SessionId, Timestamp};
use serde::{Deserialize, Serialize};

events! {
    /// What can happen to an account.
    {
        /// It was made.
        ///
        /// Written when somebody registers, or by the console.
        Registered = "account.registered", 1, personal;
        /// An admin gave it a role.
        ///
        /// Written when an admin or the console grants a role; the first account that the console
        /// makes gets one at once.
        RoleGranted = "account.role_granted", 1;
        /// An admin took a role away.
        ///
        /// Written when an admin or the console revokes a role.
        RoleRevoked = "account.role_revoked", 1;
        /// Somebody signed in.
        ///
        /// Written when a password was right.
        SessionOpened = "account.session_opened", 1;
        /// A refresh token was exchanged for the next one.
        ///
        /// Written whenever an app exchanges its refresh token, a few times an hour while it is
        /// used.
        SessionRefreshed = "account.session_refreshed", 1;
        /// A session ended, or was ended because an old token came back.
        ///
        /// Written at a log-out, when a used refresh token comes back, and for every other session when
        /// the password is changed.
        SessionClosed = "account.session_closed", 1;
        /// The password is another one from now on. It stands in no event.
        ///
        /// Written when somebody who knew the current password gave a new one; their other sessions
        /// are closed with it.
        PasswordChanged = "account.password_changed", 1;
        /// The person is to be forgotten.
        ///
        /// Written by `tributary person erase`, together with everything that ends with the
        /// account.
        Erased = "account.erased", 1;
        /// No personal part of theirs is left in the log.
        ///
        /// Written when the work that follows `account.erased` is done, minutes later at most
        /// unless it was cut off.
        ErasureCompleted = "account.erasure_completed", 1;
        /// A channel is followed from now on.
        ///
        /// Written when somebody follows a channel that they did not follow.
        Followed = "account.followed", 1;
        /// A channel is followed no longer.
        ///
        /// Written when somebody unfollows a channel that they followed.
        Unfollowed = "account.unfollowed", 1;
        /// It may do nothing on the platform any more.
        ///
        /// Written when an admin or the console suspends an account; its open stream ends with it.
        Suspended = "account.suspended", 1, personal;
        /// It may act again.
        ///
        /// Written when an admin or the console undoes a suspension.
        Reinstated = "account.reinstated", 1, personal;
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
    /// The password was changed in another session.
    PasswordChanged,
}

/// The person is to be forgotten: from here on the account can do nothing, and read models show
/// nothing of whose it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {}

/// No personal part of theirs is left in the log: an erasure that was begun is through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureCompleted {
    /// How many events lost their personal part.
    pub events: u64,
}
