//! Passwords: what they may be, what they are checked against, and how one gives way to another.

use super::{Asker, execute};
use crate::Refusal;
use crate::messages::WRONG_PASSWORD;
use tributary_domain::command::accounts::Command;
use tributary_domain::decision::Credential;
use tributary_domain::{AccountId, HistoryId, Rejection, SessionId, State, account, text};
use tributary_store::keyring::PASSWORD_CHARACTERS;
use tributary_store::{Keyring, Log, Receipt};

/// How often an account's password was changed. To be read before its hash: what is changed between the two
/// is refused then, and never the other way round.
async fn changes(log: &Log, account: AccountId) -> Result<u32, Refusal> {
    Ok(match log.state(&HistoryId::Account(account)).await? {
        State::Account(account) => account.password_changes,
        _ => 0,
    })
}

/// What a password is to be checked against; `None` where it cannot be right.
pub(super) async fn password_hash(
    log: &Log,
    account: AccountId,
    password: &str,
) -> Result<Option<Vec<u8>>, Refusal> {
    // A longer one was never taken; hashing it would only cost time.
    if password.chars().count() > *PASSWORD_CHARACTERS.end() {
        return Ok(None);
    }
    stored_hash(log, account).await
}

/// The hash of the password that an account has.
pub(super) async fn stored_hash(log: &Log, account: AccountId) -> Result<Option<Vec<u8>>, Refusal> {
    let subject = account.to_string();
    Ok(log.credential(Credential::PASSWORD, &subject).await?)
}

/// Whether a command was refused because the password was changed after it had been checked.
fn is_stale(refusal: &Refusal) -> bool {
    let stale = account::Rejection::PasswordStale.code();
    matches!(refusal, Refusal::Rule(rejection) if rejection.code == stale)
}

/// Gives an account another password, if `current` is the one that it has. Its other sessions end.
///
/// # Errors
/// `WRONG_PASSWORD`, what is wrong with the new one, `ACCOUNT_NOT_FOUND`, or that too many passwords are being
/// checked.
pub async fn change_password(
    log: &Log,
    keyring: &Keyring,
    asker: Asker,
    Changing {
        account,
        kept,
        current,
        new,
    }: Changing,
) -> Result<Receipt, Refusal> {
    let wrong = || Rejection::new(WRONG_PASSWORD, Some("currentPassword"), vec![]).into();
    check_length("newPassword", &new)?;
    let changes = changes(log, account).await?;
    let hash = password_hash(log, account, &current).await?;
    if !keyring.check_password(current, hash).await? {
        // Sent again because its answer was lost, it finds its own new password there: the id decides.
        let hash = password_hash(log, account, &new).await?;
        if asker.id.is_none() || !keyring.check_password(new.clone(), hash).await? {
            return Err(wrong());
        }
    }
    let command = Command::ChangePassword {
        kept,
        changes,
        password_hash: keyring.hash_password(new, log.environment()).await?,
    };
    let done = execute(log, asker, tributary_domain::Command::Accounts(command)).await;
    done.map_err(|refusal| match is_stale(&refusal) {
        true => wrong(),
        false => refusal,
    })
}

/// What [`change_password`] is asked. Not to be shown: it holds passwords.
pub struct Changing {
    /// Whose.
    pub account: AccountId,
    /// The session that goes on.
    pub kept: SessionId,
    /// The password that it has.
    pub current: String,
    /// The password that it is to have.
    pub new: String,
}

/// Refuses a new password that is too short or too long.
pub(super) fn check_length(field: &'static str, password: &str) -> Result<(), Rejection> {
    let (shortest, longest) = (*PASSWORD_CHARACTERS.start(), *PASSWORD_CHARACTERS.end());
    let length = password.chars().count();
    if length < shortest {
        let limit = shortest;
        Err(text::Rejection::TooShort { field, limit }.named())
    } else if length > longest {
        let limit = longest;
        Err(text::Rejection::TooLong {
            field,
            limit,
            length,
        }
        .named())
    } else {
        Ok(())
    }
}
