//! Commands through the whole way: decided, appended, durable, answered.

use crate::raw::Ground;
use futures::StreamExt as _;
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
use tributary_store::{Environment, Filter, Log};

/// Accounts, each with a channel: all speak in all channels.
pub const HISTORIES: usize = 1_000;

/// The words of each message: with the name beside them, what people write in a chat.
const TEXT: &str = "that was the best round so far, do it again!";

/// What runs before the measurement, so that caches are warm and the database is in its stride.
const WARM_UP: Duration = Duration::from_millis(300);

/// How often commands that are due are sent.
const TICK: Duration = Duration::from_micros(200);

/// How much the thread that sends goes before the others: -20 is the most.
const SENDER_NICE: i32 = -15;

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

/// Keeps `load.in_flight` commands under way for `time`, on an empty log.
pub async fn execute(engine: Engine, load: Load, time: Duration) -> Done {
    let ground = Ground::fresh(engine).await;
    let log = ground.open().await;
    let done = execute_on(&log, load, time).await;
    log.close().await;
    ground.clear().await;
    done
}

/// The same on a log that is open, with accounts and channels of its own.
pub async fn execute_on(log: &Log, load: Load, time: Duration) -> Done {
    let accounts: Arc<[AccountId]> = populate(log).await.into();
    let stop = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..load.in_flight)
        .map(|number| {
            let sender = Sender::new(log, &accounts, load, number as u64);
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
    let count = |after: u64, before: u64| (after - before) as f64;
    let commands = count(after.commands_carried_out, before.commands_carried_out);
    let batches = count(after.batches, before.batches);
    Done {
        per_second: commands / elapsed.as_secs_f64(),
        events_per_batch: count(after.events, before.events) / batches.max(1.0),
    }
}

/// What became of commands that came at a steady rate, whether or not the ones before were answered.
pub struct Paced {
    /// Milliseconds from the moment that a command was due to its answer, in order of size.
    pub latencies_ms: Vec<f64>,
    /// How much of that passed before it was sent, in order of size.
    pub late_ms: Vec<f64>,
    pub events_per_batch: f64,
}

/// Sends `per_second` commands a second for `time`, from a thread of its own: the runtime's clock ticks each
/// millisecond, which is as long as a whole batch takes. The thread goes before the others where it may:
/// whoever sends is on another machine in earnest, and does not wait for this one's cores.
pub async fn pace(log: &Log, per_second: f64, time: Duration) -> Paced {
    let accounts: Arc<[AccountId]> = populate(log).await.into();
    let load = Load {
        spread: Spread::ManyHistories,
        ids: false,
        in_flight: 1,
    };
    let mut sender = Sender::new(log, &accounts, load, 7);
    let runtime = tokio::runtime::Handle::current();
    let (begin, before) = (Instant::now(), log.stats());
    let sending = std::thread::spawn(move || {
        // Of this thread alone, on Linux. Where it may not, `late_ms` says what that comes to.
        let _may_not = rustix::process::setpriority_process(None, SENDER_NICE);
        let (mut due, mut answers, mut late_ms) = (0.0, Vec::new(), Vec::new());
        while begin.elapsed() < time {
            let until = begin.elapsed().as_secs_f64() * per_second;
            while due < until {
                let at = begin + Duration::from_secs_f64(due / per_second);
                late_ms.push(at.elapsed().as_secs_f64() * 1_000.0);
                let (log, request) = (sender.log.clone(), sender.next());
                answers.push(runtime.spawn(async move {
                    log.execute(request).await.expect("carried out");
                    at.elapsed()
                }));
                due += 1.0;
            }
            std::thread::sleep(TICK);
        }
        (answers, late_ms)
    });
    let sent = tokio::task::spawn_blocking(|| sending.join()).await;
    let (answers, mut late_ms) = sent.expect("waited for").expect("sent");
    let mut latencies_ms = Vec::with_capacity(answers.len());
    for answer in answers {
        let latency: Duration = answer.await.expect("answered");
        latencies_ms.push(latency.as_secs_f64() * 1_000.0);
    }
    latencies_ms.sort_by(f64::total_cmp);
    late_ms.sort_by(f64::total_cmp);
    let after = log.stats();
    Paced {
        latencies_ms,
        late_ms,
        events_per_batch: (after.events - before.events) as f64
            / (after.batches - before.batches).max(1) as f64,
    }
}

/// Milliseconds from the answer to a command until a reader of `other` has its event, in order of size.
pub async fn deliver(log: &Log, other: &Log, times: usize) -> Vec<f64> {
    let accounts: Arc<[AccountId]> = populate(log).await.into();
    let load = Load {
        spread: Spread::ManyHistories,
        ids: false,
        in_flight: 1,
    };
    let mut sender = Sender::new(log, &accounts, load, 9);
    let mut tail = other.tail(log.head(), Filter::All);
    let (heard, mut delivered) = tokio::sync::mpsc::unbounded_channel();
    let reading = tokio::spawn(async move {
        while let Ok(page) = tail.next().await {
            let now = Instant::now();
            if heard.send((page.upto, now)).is_err() {
                return;
            }
        }
    });
    let mut latencies = Vec::with_capacity(times);
    for _ in 0..times {
        let receipt = log.execute(sender.next()).await.expect("carried out");
        let answered = Instant::now();
        while let Some((upto, at)) = delivered.recv().await {
            if upto >= receipt.position {
                let latency = at.saturating_duration_since(answered);
                latencies.push(latency.as_secs_f64() * 1_000.0);
                break;
            }
        }
    }
    reading.abort();
    latencies.sort_by(f64::total_cmp);
    latencies
}

/// Has so many histories read: each command names an account and a channel, which do not exist, and is
/// refused.
pub async fn touch(log: &Log, histories: usize) {
    let env = Environment::system();
    let asked = (0..histories / 2).map(|_| {
        let (channel, salt) = (AccountId(env.uuid()), env.salt());
        log.execute(message(channel, channel, salt, &env))
    });
    futures::stream::iter(asked)
        .buffer_unordered(1_024)
        .for_each(async |outcome| assert!(outcome.is_err()))
        .await;
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

/// Makes a channel in which so much was said.
pub async fn speak(log: &Log, times: usize) -> AccountId {
    let channel = populate(log).await[0];
    let env = Environment::system();
    let said = (0..times).map(|_| log.execute(message(channel, channel, env.salt(), &env)));
    futures::stream::iter(said)
        .buffer_unordered(1_024)
        .for_each(async |outcome| drop(outcome.expect("carried out")))
        .await;
    channel
}

/// Says one thing in a channel.
pub async fn speak_in(log: &Log, channel: AccountId) {
    let env = Environment::system();
    let said = log.execute(message(channel, channel, env.salt(), &env));
    said.await.expect("carried out");
}

/// Makes the accounts and their channels. They are in the decider's cache afterwards.
async fn populate(log: &Log) -> Vec<AccountId> {
    let env = Environment::system();
    // Names are taken for ever, and a log may be measured more than once.
    let round = log.head();
    let accounts: Vec<_> = (0..HISTORIES).map(|_| AccountId(env.uuid())).collect();
    let registered = accounts.iter().enumerate().map(|(number, account)| {
        let name = format!("viewer_{number:04}");
        let unique = format!("{name} of {round}");
        let command = accounts::Command::Register {
            account: *account,
            person: Person {
                name: AccountName::new(&name).expect("a name"),
                email: EmailAddress::new(&format!("{name}@example.com")).expect("an address"),
            },
            name_hash: format!("hash of the name {unique}"),
            email_hash: format!("hash of {unique}"),
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
        said: TEXT.into(),
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
    fn new(log: &Log, accounts: &Arc<[AccountId]>, load: Load, number: u64) -> Self {
        Self {
            log: log.clone(),
            accounts: Arc::clone(accounts),
            load,
            random: Random(number),
            env: Environment::system(),
        }
    }

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
