//! Signing in and out.

use super::passwords::{password_hash, stored_hash};
use super::{Asker, execute};
use crate::messages::WRONG_CREDENTIALS;
use crate::{Fault, Refusal};
use chrono::TimeDelta;
use std::time::Duration;
use tributary_domain::account::{self, SessionEnd};
use tributary_domain::command::Actor;
use tributary_domain::command::accounts::Command;
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{AccountId, Event, HistoryId, Rejection, SessionId, State, Timestamp};
use tributary_store::{Keyring, Log, Receipt};

/// A signed-in session, as its newest refresh token stands for it.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Whose.
    pub account: AccountId,
    /// The family of refresh tokens.
    pub session: SessionId,
    /// The only one that is good.
    pub generation: u32,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The receipt.
    pub receipt: Receipt,
}

/// Somebody whose password was right. Not to be shown: it holds what the password was checked against.
pub struct Known {
    /// Who.
    pub account: AccountId,
    hash: Vec<u8>,
}

/// Finds the account of a name or e-mail address and checks its password. It takes as long for an
/// account that does not exist.
///
/// # Errors
/// `WRONG_CREDENTIALS`, or that too many passwords are being checked.
pub async fn check_credentials(
    log: &Log,
    keyring: &Keyring,
    name_or_email: &str,
    password: String,
) -> Result<Known, Refusal> {
    let claim = if name_or_email.contains('@') {
        let email = EmailAddress::new(name_or_email).ok();
        email.map(|email| HistoryId::EmailClaim(keyring.email_hash(&email)))
    } else {
        let name = AccountName::new(name_or_email.trim()).ok();
        name.map(|name| HistoryId::NameClaim(keyring.name_hash(&name)))
    };
    let holder = match claim {
        Some(claim) => match log.state(&claim).await? {
            State::Claim(claim) => claim.holder(),
            _ => None,
        },
        None => None,
    };
    let hash = match holder {
        Some(account) => password_hash(log, account, &password).await?,
        None => None,
    };
    let good = keyring.check_password(password, hash.clone()).await?;
    match (holder, hash) {
        (Some(account), Some(hash)) if good => Ok(Known { account, hash }),
        _ => Err(wrong_credentials()),
    }
}

fn wrong_credentials() -> Refusal {
    Rejection::new(WRONG_CREDENTIALS, None, vec![]).into()
}

/// Opens a session for somebody whose password was checked.
///
/// # Errors
/// `WRONG_CREDENTIALS` when the password was changed since, or why it could not be decided.
pub async fn open_session_of(
    log: &Log,
    asker: Asker,
    Known { account, hash }: Known,
    lifetime: Duration,
) -> Result<OpenSession, Refusal> {
    let open = open_session(log, asker, account, lifetime).await?;
    // A change that comes later ends this session with the others; one that came before it did not.
    if stored_hash(log, account).await? == Some(hash) {
        return Ok(open);
    }
    // Nobody has been given its tokens.
    close_session(log, Actor::Account(account).into(), account, open.session).await?;
    Err(wrong_credentials())
}

/// Opens a session for an account that was just made.
///
/// # Errors
/// Why it could not be decided.
pub async fn open_session(
    log: &Log,
    asker: Asker,
    account: AccountId,
    lifetime: Duration,
) -> Result<OpenSession, Refusal> {
    let env = log.environment();
    let command = Command::OpenSession {
        account,
        session: SessionId(env.uuid()),
        expires_at: end(env.now(), lifetime),
    };
    let receipt = execute(log, asker, tributary_domain::Command::Accounts(command)).await?;
    let opened = receipt
        .events
        .iter()
        .find_map(|recorded| match &recorded.event {
            Event::Account(account::Event::SessionOpened(event)) => Some(event.clone()),
            _ => None,
        });
    let opened = opened.ok_or_else(|| Fault::defect("a session opened without an event"))?;
    let (session, expires_at) = (opened.session, opened.expires_at);
    Ok(OpenSession {
        account,
        session,
        generation: 1,
        expires_at,
        receipt,
    })
}

/// Exchanges a refresh token, whose signature was checked, for the next of its family.
///
/// # Errors
/// `SESSION_OVER`; `TOKEN_REUSED` when it was exchanged before, which has closed the session.
pub async fn refresh_session(
    log: &Log,
    asker: Asker,
    account: AccountId,
    session: SessionId,
    generation: u32,
    lifetime: Duration,
) -> Result<OpenSession, Refusal> {
    let expires_at = end(log.environment().now(), lifetime);
    let command = Command::RefreshSession {
        account,
        session,
        generation,
        expires_at,
    };
    let receipt = execute(log, asker, tributary_domain::Command::Accounts(command)).await?;
    for recorded in &receipt.events {
        match &recorded.event {
            Event::Account(account::Event::SessionRefreshed(event)) => {
                let (generation, expires_at) = (event.generation, event.expires_at);
                return Ok(OpenSession {
                    account,
                    session,
                    generation,
                    expires_at,
                    receipt,
                });
            }
            Event::Account(account::Event::SessionClosed(event))
                if event.reason == SessionEnd::TokenReused =>
            {
                return Err(Rejection::from(account::Rejection::TokenReused).into());
            }
            _ => {}
        }
    }
    Err(Fault::defect("a session refreshed without an event").into())
}

/// Closes a session. One that is closed already stays closed.
///
/// # Errors
/// Why it could not be decided.
pub async fn close_session(
    log: &Log,
    asker: Asker,
    account: AccountId,
    session: SessionId,
) -> Result<Receipt, Refusal> {
    let command = Command::CloseSession { account, session };
    execute(log, asker, tributary_domain::Command::Accounts(command)).await
}

fn end(now: Timestamp, lifetime: Duration) -> Timestamp {
    let lifetime = TimeDelta::from_std(lifetime).unwrap_or(TimeDelta::days(30));
    now.checked_add_signed(lifetime)
        .unwrap_or(Timestamp::MAX_UTC)
}
