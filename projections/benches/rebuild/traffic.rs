//! A log as a platform writes it: mostly chat.

use futures::stream::{StreamExt as _, iter};
use rust_decimal::Decimal;
use tributary_domain::account::Person;
use tributary_domain::channel::MessageKind;
use tributary_domain::command::channels::SealedKey;
use tributary_domain::command::{
    Actor, Command, accounts, channels, chat, sessions, streams, tips,
};
use tributary_domain::money::FeeSchedule;
use tributary_domain::stream::{Labels, Metadata, Title};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::viewer_session::{Joined, Received};
use tributary_domain::{
    AccountId, EntryId, Money, Request, StreamId, Timestamp, ViewerId, ViewerSessionId,
};
use tributary_store::{Environment, Log};

/// What people say.
pub const TEXT: &str = "that was the best round so far, do it again!";

const ACCOUNTS: usize = 1_000;
const CHANNELS: usize = 100;
const IN_FLIGHT: usize = 1_024;

/// Writes about `events` events, and says what they are.
pub async fn generate(log: &Log, events: u64) -> &'static str {
    let env = Environment::system();
    let accounts: Vec<AccountId> = (0..ACCOUNTS).map(|_| AccountId(env.uuid())).collect();
    let shows: Vec<StreamId> = (0..CHANNELS).map(|_| StreamId(env.uuid())).collect();
    let now = env.now();
    run(
        log,
        accounts
            .iter()
            .enumerate()
            .map(|(n, account)| register(*account, n, &env)),
    )
    .await;
    run(log, accounts.iter().map(|account| top_up(*account, &env))).await;
    run(
        log,
        accounts[..CHANNELS].iter().map(|account| open(*account)),
    )
    .await;
    let start = |(n, stream): (usize, &StreamId)| {
        let command = streams::Command::Start {
            stream: *stream,
            channel: accounts[n].into(),
            metadata: Some(metadata(0)),
            salt: env.salt(),
        };
        (Actor::Account(accounts[n]), Command::Streams(command))
    };
    run(log, shows.iter().enumerate().map(start)).await;

    // Of 100 commands: 84 say something, 5 join and 5 leave, 3 tip (two events each), 3 change a title.
    let begun = u64::try_from(log.head().get()).unwrap_or(0);
    let commands = events.saturating_sub(begun) * 100 / 103;
    let mut watching: Vec<ViewerSessionId> = vec![];
    let mut random = 1_u64;
    let traffic = (0..commands).map(move |n| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let dice = usize::try_from(random >> 33).unwrap_or(0);
        let (who, show) = (accounts[dice % ACCOUNTS], dice % CHANNELS);
        let actor = Actor::Account(who);
        match n % 100 {
            0..5 => {
                let session = ViewerSessionId(env.uuid());
                watching.push(session);
                let joined = Joined {
                    stream: shows[show],
                    channel: accounts[show].into(),
                    viewer: ViewerId::Account(who),
                    node: "bench".to_owned(),
                    at: now,
                    received: Some(Received::Media),
                };
                let join = sessions::Command::Join { session, joined };
                (Actor::System("bench"), Command::Sessions(join))
            }
            5..10 if watching.len() > 2 * IN_FLIGHT => {
                let session = watching.swap_remove(dice % IN_FLIGHT);
                let leave = sessions::Command::Leave { session, at: now };
                (Actor::System("bench"), Command::Sessions(leave))
            }
            10..13 => {
                let command = tips::Command::Tip {
                    entry: EntryId(env.uuid()),
                    channel: accounts[show].into(),
                    amount: money("1.00"),
                    fee_schedule: FeeSchedule::new("bench".to_owned(), Decimal::new(5, 2))
                        .expect("a rate"),
                    hold: None,
                    message: None,
                    salt: env.salt(),
                };
                (actor, Command::Tips(command))
            }
            13..16 => {
                let command = streams::Command::Update {
                    stream: shows[show],
                    changes: metadata(dice).into(),
                    salt: env.salt(),
                };
                (Actor::Account(accounts[show]), Command::Streams(command))
            }
            _ => {
                let command = chat::Command::Send {
                    channel: accounts[show].into(),
                    sender: who,
                    kind: MessageKind::Text,
                    said: TEXT.into(),
                    salt: env.salt(),
                };
                (actor, Command::Chat(command))
            }
        }
    });
    run(log, traffic).await;
    "about 80 % chat, 10 % sessions, 5 % tips, 5 % the rest"
}

async fn run(log: &Log, commands: impl Iterator<Item = (Actor, Command)> + Send) {
    let at: Timestamp = log.environment().now();
    iter(commands)
        .map(|(actor, command)| {
            log.execute(Request {
                actor,
                at,
                id: None,
                command,
            })
        })
        .buffer_unordered(IN_FLIGHT)
        // An own tip is refused; so is a session that has left already.
        .for_each(|_| async {})
        .await;
}

fn money(amount: &str) -> Money {
    Money::parse(amount, "USD".parse().expect("a currency")).expect("money")
}

fn metadata(number: usize) -> Metadata {
    Metadata {
        title: Title {
            title: format!("Round {number}"),
            description: None,
        },
        labels: Labels::default(),
    }
}

fn register(account: AccountId, number: usize, env: &Environment) -> (Actor, Command) {
    let name = format!("viewer_{number:04}");
    let command = accounts::Command::Register {
        account,
        person: Person {
            name: AccountName::new(&name).expect("a name"),
            email: EmailAddress::new(&format!("{name}@example.com")).expect("an address"),
        },
        name_hash: format!("hash of the name {name}"),
        email_hash: format!("hash of {name}"),
        password_hash: "none: nobody signs in".to_owned(),
        salt: env.salt(),
    };
    (Actor::Anonymous, Command::Accounts(command))
}

fn top_up(account: AccountId, env: &Environment) -> (Actor, Command) {
    let command = tips::Command::TopUp {
        entry: EntryId(env.uuid()),
        amount: money("9000.00"),
    };
    (Actor::Account(account), Command::Tips(command))
}

fn open(account: AccountId) -> (Actor, Command) {
    let key = SealedKey {
        lookup: account.0.as_bytes().to_vec(),
        ciphertext: vec![0; 64],
    };
    let command = channels::Command::Open { account, key };
    (Actor::Account(account), Command::Channels(command))
}
