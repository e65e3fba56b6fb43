//! The server that is measured: the API on a log on SQLite.

use super::process::commands;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::stream::{self, StreamExt as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tributary_domain::account::Person;
use tributary_domain::channel::{MessageKind, MessageSent, MessageText, SenderRole};
use tributary_domain::command::{Actor, accounts, channels};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::{
    AccountId, ChannelId, Command, Event, HistoryId, Personal, Position, Recorded, Request, Salt,
};
use tributary_graphql::rate::Budgets;
use tributary_graphql::{Api, ApiParts, ApiSettings, service};
use tributary_projections::{ProjectorOptions, Projectors, Views, ViewsUrl};
use tributary_store::testing::{Engine, Place};
use tributary_store::{Environment, Keyring, Log, LogReader, StreamKey};

/// Commands at once while accounts are made.
const IN_FLIGHT: usize = 256;

/// The longest that anything takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Microseconds of the clock that both processes see.
pub fn microseconds() -> u64 {
    let now = Environment::system().now();
    u64::try_from(now.timestamp_micros()).unwrap_or(0)
}

struct Bench {
    log: Log,
    views: Views,
    keyring: Keyring,
    channel: ChannelId,
    /// The last event that was put into the tail.
    last: Position,
}

/// Serves until nobody gives commands any more.
pub async fn serve() {
    let engine = match std::env::var("FANOUT_ENGINE").as_deref() {
        Ok("postgres") => Engine::Postgres,
        _ => Engine::Sqlite,
    };
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let url = ViewsUrl::Sqlite(place.folder.path().join("views"));
    let views = Views::open(&url, &log).await.expect("read models");
    let options = ProjectorOptions::default();
    let projectors = Projectors::start(views.clone(), log.clone(), options).await;
    let projectors = projectors.expect("projectors");
    let keyring = Keyring::new(&[7; 32]);
    let asker = Actor::Console.into();
    let (name, address) = ("streamer", "streamer@example.com");
    let password = "correct horse".to_owned();
    let made = service::register(&log, &keyring, asker, name, address, password).await;
    let account = made.expect("an account").account;
    let channel = ChannelId::from(account);
    let mut bench = Bench {
        last: log.head(),
        log: log.clone(),
        views: views.clone(),
        keyring: keyring.clone(),
        channel,
    };
    bench.open(account).await;
    bench.settle().await;
    // Everybody comes from one address here.
    let settings = ApiSettings {
        budgets: Budgets::NONE,
        ..ApiSettings::default()
    };
    let api = Api::new(ApiParts {
        reader: LogReader::open(&place.url).await.expect("a reader"),
        log,
        views,
        keyring,
        settings,
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!(
        "{} {}",
        listener.local_addr().expect("it is bound"),
        id(channel)
    );
    let router = tributary_graphql::router(api.clone());
    let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });

    let mut commands = commands();
    while let Some(command) = commands.recv().await {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            // From here on events go past the log: nobody folds them.
            ["rehearse"] => {
                projectors.stop().await;
                bench.last = bench.log.head();
                println!("done");
            }
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
            ["groups"] => println!("{}", api.groups()),
            _ => {}
        }
    }
}

fn id(channel: ChannelId) -> String {
    URL_SAFE_NO_PAD.encode(format!("Channel:{channel}"))
}

impl Bench {
    fn env(&self) -> &Environment {
        self.log.environment()
    }

    async fn execute(&self, actor: Actor, command: Command) {
        let request = Request {
            actor,
            at: self.env().now(),
            id: None,
            command,
        };
        self.log.execute(request).await.expect("it is carried out");
    }

    async fn open(&self, account: AccountId) {
        let channel = ChannelId::from(account);
        let key = StreamKey::generate(self.env());
        let key = self.keyring.seal(&key, channel, self.env());
        let open = channels::Command::Open { account, key };
        self.execute(Actor::Account(account), Command::Channels(open))
            .await;
    }

    async fn settle(&self) {
        let reached = self.views.wait_for(self.log.head(), PATIENCE).await;
        reached.expect("the read models are there");
    }

    /// So many more channels, without passwords.
    async fn channels(&self, count: usize) -> Vec<String> {
        let opening = (0..count).map(|n| self.channel(n));
        let ids = stream::iter(opening).buffered(IN_FLIGHT).collect().await;
        self.settle().await;
        ids
    }

    async fn channel(&self, n: usize) -> String {
        let account = AccountId(self.env().uuid());
        let person = Person {
            name: AccountName::new(&format!("other-{n}")).expect("a name"),
            email: EmailAddress::new(&format!("other-{n}@example.com")).expect("an address"),
        };
        let register = accounts::Command::Register {
            account,
            name_hash: self.keyring.name_hash(&person.name),
            email_hash: self.keyring.email_hash(&person.email),
            person,
            password_hash: String::new(),
            salt: self.env().salt(),
        };
        self.execute(Actor::Anonymous, Command::Accounts(register))
            .await;
        self.open(account).await;
        id(account.into())
    }

    /// Puts messages into the tail, as if they had been appended.
    fn inject(&mut self, count: usize) {
        let events: Vec<_> = (0..count).map(|_| Arc::new(self.message())).collect();
        self.log.rehearse(&events);
    }

    fn message(&mut self) -> Recorded {
        self.last = self.last.next();
        let words = MessageText {
            sender_name: "streamer".to_owned(),
            text: format!("t:{:020} {}", microseconds(), "x".repeat(56)),
        };
        let sent = MessageSent {
            sender: self.channel.owner(),
            role: SenderRole::Streamer,
            kind: MessageKind::Text,
            stream: None,
            personal: Personal::seal(words, Salt([0; 16])),
        };
        let event = tributary_domain::channel::Event::from(sent);
        Recorded {
            position: self.last,
            event_id: self.env().uuid(),
            recorded_at: self.env().now(),
            history: HistoryId::Channel(self.channel),
            sequence: self.last.get(),
            channel: Some(self.channel),
            event: Event::from(event),
            metadata: std::collections::BTreeMap::default(),
        }
    }
}
