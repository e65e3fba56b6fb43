//! What the tests of this suite share.

use tributary_domain::account::Person;
use tributary_domain::channel::MessageKind;
use tributary_domain::command::channels::SealedKey;
use tributary_domain::command::{Actor, Command, CommandId, accounts, channels, chat, tips};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{AccountId, EntryId, Money, Request};
use tributary_store::{CommandError, Environment, Keyring, Log, Receipt};

/// Runs a test on both engines.
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(tributary_store::testing::Engine::Sqlite).await;
            }
        )* }
        mod postgres { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(tributary_store::testing::Engine::Postgres).await;
            }
        )* }
    };
}

pub fn request(actor: Actor, command: Command) -> Request {
    Request {
        actor,
        at: Environment::system().now(),
        id: None,
        command,
    }
}

pub fn with_id(request: Request, id: &str, body: u8) -> Request {
    let scope = request.actor.to_string();
    Request {
        id: Some(CommandId {
            scope,
            id: id.into(),
            body: [body; 32],
        }),
        ..request
    }
}

pub fn person(name: &str) -> Person {
    Person {
        name: AccountName::new(name).unwrap(),
        email: EmailAddress::new(&format!("{name}@example.com")).unwrap(),
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

pub fn key(text: &str) -> SealedKey {
    SealedKey {
        lookup: format!("lookup {text}").into(),
        ciphertext: format!("sealed {text}").into(),
    }
}

/// An account with a channel.
pub async fn streamer(log: &Log, name: &str) -> AccountId {
    let (account, command) = register(name);
    log.execute(command).await.unwrap();
    let open = channels::Command::Open {
        account,
        key: key(name),
    };
    log.execute(request(Actor::Account(account), Command::Channels(open)))
        .await
        .unwrap();
    account
}

pub fn say(channel: AccountId, sender: AccountId, text: &str) -> Request {
    let command = chat::Command::Send {
        channel: channel.into(),
        sender,
        kind: MessageKind::Text,
        text: text.into(),
        salt: Environment::system().salt(),
    };
    request(Actor::Account(sender), Command::Chat(command))
}

pub fn top_up(account: AccountId, amount: &str) -> Request {
    let amount = Money::parse(amount, "USD".parse().unwrap()).unwrap();
    let entry = EntryId(Environment::system().uuid());
    request(
        Actor::Account(account),
        Command::Tips(tips::Command::TopUp { entry, amount }),
    )
}

pub fn code(outcome: Result<Receipt, CommandError>) -> &'static str {
    match outcome {
        Err(CommandError::Rejected(rejection)) => rejection.code,
        other => panic!("a refusal was expected, not {other:?}"),
    }
}
