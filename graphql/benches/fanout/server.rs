//! The server that is measured: the API on a log on SQLite.

use super::support::instance::{Instance, global_id};
use super::support::process::commands;
use futures::stream::{self, StreamExt as _};
use std::sync::Arc;
use std::time::Duration;
use tributary_domain::account::Person;
use tributary_domain::channel::{MessageKind, MessageSent, MessageText, SenderRole};
use tributary_domain::command::{Actor, accounts, chat};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{
    AccountId, ChannelId, Command, Event, HistoryId, Personal, Position, Recorded, Salt,
};
use tributary_store::Environment;

/// Commands at once while accounts are made.
const IN_FLIGHT: usize = 256;

/// Microseconds of the clock that both processes see.
pub fn microseconds() -> u64 {
    let now = Environment::system().now();
    u64::try_from(now.timestamp_micros()).unwrap_or(0)
}

/// What every message says: when it was said, and enough for about 210 bytes.
fn words() -> String {
    format!("t:{:020} {}", microseconds(), "x".repeat(56))
}

struct Bench {
    instance: Instance,
    channel: ChannelId,
    /// The last event that was put into the tail.
    last: Position,
}

/// Serves until nobody gives commands any more.
pub async fn serve() {
    let instance = Instance::start().await;
    let account = instance.register("streamer").await;
    let channel = instance.open_channel(account).await;
    instance.settle().await;
    println!("{} {}", instance.serve().await, global_id(channel));
    let mut bench = Bench {
        last: instance.log.head(),
        instance,
        channel,
    };

    let mut commands = commands();
    while let Some(command) = commands.recv().await {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            // From here on events go past the log: nobody folds them.
            ["rehearse"] => {
                bench.instance.settle().await;
                bench.instance.projectors.stop().await;
                bench.last = bench.instance.log.head();
                println!("done");
            }
            ["say"] => bench.say().await,
            ["inject", count] => bench.inject(count.parse().unwrap_or(0)),
            ["pace", rate, count] => {
                let wait = Duration::from_secs(1) / rate.parse().unwrap_or(1);
                let mut tick = tokio::time::interval(wait);
                for _ in 0..count.parse().unwrap_or(0) {
                    tick.tick().await;
                    bench.inject(1);
                }
            }
            ["channels", count] => {
                let ids = bench.channels(count.parse().unwrap_or(0)).await;
                println!("{}", ids.join(" "));
            }
            ["groups"] => println!("{}", bench.instance.api.groups()),
            _ => {}
        }
    }
}

impl Bench {
    /// Really says something in the channel.
    async fn say(&self) {
        let announce = chat::Command::Announce {
            channel: self.channel,
            kind: MessageKind::System,
            text: words(),
            salt: self.instance.env().salt(),
        };
        let command = Command::Chat(announce);
        self.instance.execute(Actor::Console, command).await;
    }

    /// So many more channels, without passwords.
    async fn channels(&self, count: usize) -> Vec<String> {
        let opening = (0..count).map(|n| self.channel(n));
        let ids = stream::iter(opening).buffered(IN_FLIGHT).collect().await;
        self.instance.settle().await;
        ids
    }

    async fn channel(&self, n: usize) -> String {
        let instance = &self.instance;
        let (env, keyring) = (instance.env(), &instance.keyring);
        let account = AccountId(env.uuid());
        let person = Person {
            name: AccountName::new(&format!("other-{n}")).expect("a name"),
            email: EmailAddress::new(&format!("other-{n}@example.com")).expect("an address"),
        };
        let register = accounts::Command::Register {
            account,
            name_hash: keyring.name_hash(&person.name),
            email_hash: keyring.email_hash(&person.email),
            person,
            password_hash: String::new(),
            salt: env.salt(),
        };
        let command = Command::Accounts(register);
        instance.execute(Actor::Anonymous, command).await;
        global_id(instance.open_channel(account).await)
    }

    /// Puts messages into the tail, as if they had been appended.
    fn inject(&mut self, count: usize) {
        let events: Vec<_> = (0..count).map(|_| Arc::new(self.message())).collect();
        self.instance.log.rehearse(&events);
    }

    fn message(&mut self) -> Recorded {
        self.last = self.last.next();
        let words = MessageText {
            sender_name: "streamer".to_owned(),
            text: words(),
        };
        let sent = MessageSent {
            sender: self.channel.owner(),
            role: SenderRole::Streamer,
            kind: MessageKind::Text,
            stream: None,
            badges: vec![],
            reply_to: None,
            mentions: vec![],
            next_at: None,
            personal: Personal::seal(words, Salt([0; 16])),
        };
        let event = tributary_domain::channel::Event::from(sent);
        Recorded {
            position: self.last,
            event_id: self.instance.env().uuid(),
            recorded_at: self.instance.env().now(),
            history: HistoryId::Channel(self.channel),
            sequence: self.last.get(),
            channel: Some(self.channel),
            event: Event::from(event),
            metadata: std::collections::BTreeMap::default(),
        }
    }
}
