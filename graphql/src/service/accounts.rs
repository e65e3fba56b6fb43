//! Accounts: register, and roles.

use super::passwords::check_length;
use super::{Asker, execute};
use crate::{Fault, Refusal};
use tributary_domain::account::{self, Person, Role};
use tributary_domain::command::accounts::Command;
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{AccountId, Event};
use tributary_store::{Keyring, Log, Receipt};

/// An account that was made.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Its id.
    pub account: AccountId,
    /// The receipt.
    pub receipt: Receipt,
}

/// Makes an account. The first one that the console makes becomes the admin.
///
/// # Errors
/// What is wrong with name, address or password (by its field), that one of them is taken, or that
/// too many passwords are being hashed.
pub async fn register(
    log: &Log,
    keyring: &Keyring,
    asker: Asker,
    name: &str,
    email: &str,
    password: String,
) -> Result<Registered, Refusal> {
    let person = Person {
        name: AccountName::new(name)?,
        email: EmailAddress::new(email)?,
    };
    check_length("password", &password)?;
    let env = log.environment();
    let password_hash = keyring.hash_password(password, env).await?;
    let command = Command::Register {
        account: AccountId(env.uuid()),
        name_hash: keyring.name_hash(&person.name),
        email_hash: keyring.email_hash(&person.email),
        person,
        password_hash,
        salt: env.salt(),
    };
    let receipt = execute(log, asker, tributary_domain::Command::Accounts(command)).await?;
    // From the receipt: a repeated command made the account that the first one made.
    let account = receipt
        .events
        .iter()
        .find_map(|recorded| match &recorded.event {
            Event::Account(account::Event::Registered(event)) => Some(event.account),
            _ => None,
        });
    let account = account.ok_or_else(|| Fault::defect("registered without an event"))?;
    Ok(Registered { account, receipt })
}

/// Gives a role (`grant`) or takes it away.
///
/// # Errors
/// `NOT_AN_ADMIN`, `OWN_ADMIN_ROLE` or `ACCOUNT_NOT_FOUND`, or why it could not be decided.
pub async fn change_role(
    log: &Log,
    asker: Asker,
    account: AccountId,
    role: Role,
    grant: bool,
) -> Result<Receipt, Refusal> {
    let command = if grant {
        Command::GrantRole { account, role }
    } else {
        Command::RevokeRole { account, role }
    };
    execute(log, asker, tributary_domain::Command::Accounts(command)).await
}
