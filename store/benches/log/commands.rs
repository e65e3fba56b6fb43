//! Commands through the whole way: decided, appended, durable, answered.

use crate::raw::Ground;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tributary_domain::account::Person;
use tributary_domain::channel::MessageKind;
use tributary_domain::command::channels::SealedKey;
use tributary_domain::command::{Actor, Command, CommandId, accounts, channels, chat};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{AccountId, Request, Salt};
use tributary_store::testing::Engine;
use tributary_store::{Environment, Log};

/// Accounts, each with a channel: all speak in all channels.
pub const HISTORIES: usize = 1_000;

/// The words of each message: with the name beside them, what people write in a chat.
const TEXT: &str = "that was the best round so far, do it again!";

/// What runs before the measurement, so that caches are warm and the database is in its stride.
const WARM_UP: Duration = Duration::from_millis(300);

/// Where the events go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// To [`HISTORIES`] channels at random.
    ManyHistories,
    /// To one channel.
    OneHistory,
}

/// A kind of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    pub spread: Spread,
    /// Whether each command carries an id, which makes it safe to send again.
    pub ids: bool,
    /// Commands that wait for their answers at once.
    pub in_flight: usize,
}

/// What a load came to.
pub struct Done {
    pub per_second: f64,
    pub events_per_batch: f64,
}

/// Keeps `load.in_flight` commands under way for `time`.
pub async fn execute(engine: Engine, load: Load, time: Duration) -> Done {
    let ground = Ground::fresh(engine).await;
    let log = ground.open().await;
    let accounts: Arc<[AccountId]> = populate(&log).await.into();
    let stop = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..load.in_flight)
        .map(|number| {
            let sender = Sender {
                log: log.clone(),
                accounts: Arc::clone(&accounts),
                load,
                random: Random(number as u64),
                env: Environment::system(),
            };
            tokio::spawn(sender.send_until(Arc::clone(&stop)))
        })
        .collect();
    tokio::time::sleep(WARM_UP).await;
    let (begin, before) = (Instant::now(), log.stats());
    tokio::time::sleep(time).await;
    let (elapsed, after) = (begin.elapsed(), log.stats());
    stop.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await.expect("every command is carried out");
    }
    assert_eq!(after.commands_refused + after.commands_failed, 0);
    log.close().await;
    ground.clear().await;
    let count = |after: u64, before: u64| (after - before) as f64;
    let commands = count(after.commands_carried_out, before.commands_carried_out);
    let batches = count(after.batches, before.batches);
    Done {
        per_second: commands / elapsed.as_secs_f64(),
        events_per_batch: count(after.events, before.events) / batches.max(1.0),
    }
}

/// Says one thing in every channel, so that there are rows to copy.
pub async fn speak_once_everywhere(log: &Log) {
    let accounts = populate(log).await;
    let salt = Salt([7; 16]);
    let messages = accounts.iter().map(|channel| {
        let sender = accounts[0];
        log.execute(message(*channel, sender, salt, &Environment::system()))
    });
    for outcome in futures::future::join_all(messages).await {
        outcome.expect("carried out");
    }
}

/// Makes the accounts and their channels. They are in the decider's cache afterwards.
async fn populate(log: &Log) -> Vec<AccountId> {
    let env = Environment::system();
    let accounts: Vec<_> = (0..HISTORIES).map(|_| AccountId(env.uuid())).collect();
    let registered = accounts.iter().enumerate().map(|(number, account)| {
        let name = format!("viewer_{number:04}");
        let command = accounts::Command::Register {
            account: *account,
            person: Person {
                name: AccountName::new(&name).expect("a name"),
                email: EmailAddress::new(&format!("{name}@example.com")).expect("an address"),
            },
            name_hash: format!("hash of the name {name}"),
            email_hash: format!("hash of {name}"),
            password_hash: "none: nobody signs in".to_owned(),
            salt: env.salt(),
        };
        log.execute(request(
            Actor::Anonymous,
            Command::Accounts(command),
            &env,
            None,
        ))
    });
    for outcome in futures::future::join_all(registered).await {
        outcome.expect("registered");
    }
    let opened = accounts.iter().map(|account| {
        let key = SealedKey {
            lookup: account.0.as_bytes().to_vec(),
            ciphertext: vec![0; 64],
        };
        let command = Command::Channels(channels::Command::Open {
            account: *account,
            key,
        });
        log.execute(request(Actor::Account(*account), command, &env, None))
    });
    for outcome in futures::future::join_all(opened).await {
        outcome.expect("opened");
    }
    accounts
}

fn message(channel: AccountId, sender: AccountId, salt: Salt, env: &Environment) -> Request {
    let command = chat::Command::Send {
        channel: channel.into(),
        sender,
        kind: MessageKind::Text,
        text: TEXT.to_owned(),
        salt,
    };
    request(Actor::Account(sender), Command::Chat(command), env, None)
}

fn request(actor: Actor, command: Command, env: &Environment, id: Option<CommandId>) -> Request {
    Request {
        actor,
        at: env.now(),
        id,
        command,
    }
}

/// Somebody who says the next thing as soon as the last one is durable.
struct Sender {
    log: Log,
    accounts: Arc<[AccountId]>,
    load: Load,
    random: Random,
    env: Environment,
}

impl Sender {
    async fn send_until(mut self, stop: Arc<AtomicBool>) {
        while !stop.load(Ordering::Relaxed) {
            let request = self.next();
            self.log.execute(request).await.expect("carried out");
        }
    }

    fn next(&mut self) -> Request {
        let sender = self.pick();
        let channel = match self.load.spread {
            Spread::ManyHistories => self.pick(),
            Spread::OneHistory => self.accounts[0],
        };
        let salt = Salt(self.random.next().to_be_bytes());
        let mut request = message(channel, sender, salt, &self.env);
        if self.load.ids {
            let id = self.random.next();
            request.id = Some(CommandId {
                scope: sender.to_string(),
                id: format!("{id:032x}"),
                body: [1; 32],
            });
        }
        request
    }

    fn pick(&mut self) -> AccountId {
        let number = self.random.next() % self.accounts.len() as u128;
        self.accounts[usize::try_from(number).unwrap_or(0)]
    }
}

/// SplitMix64: cheap, so that making commands costs little beside carrying them out.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u128 {
        u128::from(self.half()) << 64 | u128::from(self.half())
    }

    fn half(&mut self) -> u64 {
        // Each sender begins elsewhere, and far from the others.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0.wrapping_mul(0xd605_bbb5_8c8a_bbfd);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
