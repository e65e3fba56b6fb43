//! What people do in tests of the log, of the read models and of what acts on them.

use crate::environment::Environment;
use crate::keyring::Keyring;
use crate::log::Log;
use tributary_domain::account::Person;
use tributary_domain::channel::MessageKind;
use tributary_domain::command::channels::SealedKey;
use tributary_domain::command::{Actor, Command, accounts, channels, chat, tips};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{AccountId, EntryId, Money, Request};

/// A request of now, without an id.
pub fn request(actor: Actor, command: Command) -> Request {
    Request {
        actor,
        at: Environment::system().now(),
        id: None,
        command,
    }
}

/// A person with an address of their own.
///
/// # Panics
/// When it is no name.
pub fn person(name: &str) -> Person {
    Person {
        name: AccountName::new(name).expect("a name"),
        email: EmailAddress::new(&format!("{name}@example.com")).expect("an address"),
    }
}

/// What a person's name and address are claimed by.
pub fn hashes(person: &Person) -> (String, String) {
    let keyring = Keyring::new(&[1; 32]);
    (
        keyring.name_hash(&person.name),
        keyring.email_hash(&person.email),
    )
}

/// A new account, and the command that registers it.
///
/// # Panics
/// When it is no name.
pub fn register(name: &str) -> (AccountId, Request) {
    let env = Environment::system();
    let account = AccountId(env.uuid());
    let person = person(name);
    let (name_hash, email_hash) = hashes(&person);
    let command = accounts::Command::Register {
        account,
        person,
        name_hash,
        email_hash,
        password_hash: format!("$argon2id$of {name}"),
        salt: env.salt(),
    };
    (
        account,
        request(Actor::Anonymous, Command::Accounts(command)),
    )
}

/// A stream key like no other.
pub fn key(text: &str) -> SealedKey {
    SealedKey {
        lookup: format!("lookup {text}").into(),
        ciphertext: format!("sealed {text}").into(),
    }
}

/// An account with a channel.
///
/// # Panics
/// When the log does not take them.
pub async fn streamer(log: &Log, name: &str) -> AccountId {
    let (account, command) = register(name);
    log.execute(command).await.expect("registered");
    let open = channels::Command::Open {
        account,
        key: key(name),
    };
    log.execute(request(Actor::Account(account), Command::Channels(open)))
        .await
        .expect("opened");
    account
}

/// Somebody says something.
pub fn say(channel: AccountId, sender: AccountId, text: &str) -> Request {
    let command = chat::Command::Send {
        channel: channel.into(),
        sender,
        kind: MessageKind::Text,
        said: text.into(),
        salt: Environment::system().salt(),
    };
    request(Actor::Account(sender), Command::Chat(command))
}

/// Puts dollars into a wallet.
///
/// # Panics
/// When it is no amount.
pub fn top_up(account: AccountId, amount: &str) -> Request {
    let amount = Money::parse(amount, "USD".parse().expect("a currency")).expect("an amount");
    let entry = EntryId(Environment::system().uuid());
    request(
        Actor::Account(account),
        Command::Tips(tips::Command::TopUp { entry, amount }),
    )
}
