//! How long the questions of a dashboard take about one stream with many sessions and messages, and how soon a
//! storm of joins is counted, and what a room's gates cost. How to run it: `cargo xtask bench analytics`.

mod gates;

use futures::stream::{StreamExt as _, iter};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tributary_domain::command::{Actor, Command, accounts, channels, chat, sessions, streams};
use tributary_domain::stream::{Labels, Media, Metadata, Title};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::viewer_session::{Joined, Received};
use tributary_domain::{
    AccountId, ChannelId, Request, StreamId, Timestamp, ViewerId, ViewerSessionId,
};
use tributary_projections::{Period, ProjectorOptions, Projectors, Timeline, Views, ViewsUrl};
use tributary_store::{Environment, Log, LogOptions, LogUrl};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "\
cargo xtask bench analytics [--sessions <n>] [--messages <n>] [--joins <n>]

  --sessions   viewer sessions of the stream [100000]
  --messages   messages of the stream [1000000]
  --joins      viewers that join at once [10000]";

const IN_FLIGHT: usize = 1_024;
const PATIENCE: Duration = Duration::from_secs(600);
/// How often each question is asked; the slowest counts, too.
const RUNS: usize = 20;

fn main() {
    let (mut sessions, mut messages, mut joins) = (100_000, 1_000_000, 10_000);
    let (mut words, mut is_bench) = (std::env::args().skip(1), false);
    while let Some(word) = words.next() {
        let mut value = || words.next().and_then(|value| value.parse().ok());
        let number = match word.as_str() {
            "--bench" => {
                is_bench = true;
                continue;
            }
            "--sessions" => value().map(|n| sessions = n),
            "--messages" => value().map(|n| messages = n),
            "--joins" => value().map(|n| joins = n),
            _ => None,
        };
        if number.is_none() {
            println!("{USAGE}");
            return;
        }
    }
    // `cargo test --benches` is no time to measure.
    if !is_bench {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(measure(sessions, messages, joins));
}

struct Show {
    log: Log,
    views: Views,
    streamer: AccountId,
    stream: StreamId,
}

impl Show {
    fn channel(&self) -> ChannelId {
        self.streamer.into()
    }

    async fn all(&self, commands: impl Iterator<Item = (Actor, Command)>) {
        let at = self.log.environment().now();
        self.all_at(commands.map(|asked| (at, asked))).await;
    }

    /// Each at its moment.
    async fn all_at(&self, commands: impl Iterator<Item = (Timestamp, (Actor, Command))>) {
        iter(commands)
            .map(|(at, (actor, command))| {
                self.log.execute(Request {
                    actor,
                    at,
                    id: None,
                    command,
                })
            })
            .buffer_unordered(IN_FLIGHT)
            .for_each(|done| async {
                done.expect("the domain allows it");
            })
            .await;
    }

    fn join(&self, session: ViewerSessionId, at: Timestamp) -> (Actor, Command) {
        let joined = Joined {
            stream: self.stream,
            channel: self.channel(),
            viewer: ViewerId::Anonymous(self.log.environment().uuid()),
            node: "bench".to_owned(),
            at,
            received: Some(Received::Media),
        };
        let join = sessions::Command::Join { session, joined };
        (Actor::System("bench"), Command::Sessions(join))
    }

    async fn folded(&self) {
        let folded = self.views.wait_for(self.log.head(), PATIENCE);
        folded.await.expect("folded in time");
    }
}

async fn measure(sessions: usize, messages: usize, joins: usize) {
    // Beside what was built: the machine's temporary folder may be memory.
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let url = LogUrl::Sqlite(folder.path().join("log.db"));
    let env = Environment::system();
    let log = Log::open(&url, LogOptions::default(), env.clone())
        .await
        .expect("the log opens");
    let views = ViewsUrl::Sqlite(folder.path().join("views"));
    let views = Views::open(&views, &log).await.expect("read models");
    let projectors = Projectors::start(views.clone(), log.clone(), ProjectorOptions::default());
    let projectors = projectors.await.expect("projectors");
    let (streamer, stream) = (AccountId(env.uuid()), StreamId(env.uuid()));
    let show = Show {
        log,
        views,
        streamer,
        stream,
    };
    for command in opening(&show) {
        show.all([command].into_iter()).await;
    }

    let ids: Vec<_> = (0..joins).map(|_| ViewerSessionId(env.uuid())).collect();
    let began = Instant::now();
    show.all(ids.iter().map(|id| show.join(*id, env.now())))
        .await;
    let joined = Instant::now();
    let wanted = i64::try_from(joins).expect("small");
    while count(&show).await < wanted {
        tokio::task::yield_now().await;
    }
    println!(
        "{joins} joins in {:.2} s, the count right {:.0} ms after the last",
        (joined - began).as_secs_f64(),
        joined.elapsed().as_secs_f64() * 1_000.0
    );
    assert_eq!(count(&show).await, wanted, "each is counted once");

    let rest: Vec<_> = (joins..sessions)
        .map(|_| ViewerSessionId(env.uuid()))
        .collect();
    show.all(rest.iter().map(|id| show.join(*id, env.now())))
        .await;
    let leaving = ids.iter().chain(&rest).step_by(2).map(|session| {
        let leave = sessions::Command::Leave {
            session: *session,
            at: env.now(),
        };
        (Actor::System("bench"), Command::Sessions(leave))
    });
    show.all(leaving).await;
    show.all((0..messages).map(|_| {
        let send = chat::Command::Send {
            channel: show.channel(),
            sender: streamer,
            kind: tributary_domain::channel::MessageKind::Text,
            said: "that was the best round so far, do it again!".into(),
            salt: env.salt(),
        };
        (Actor::Account(streamer), Command::Chat(send))
    }))
    .await;
    show.folded().await;
    println!("{} events", show.log.head());
    questions(&show).await;
    gates::measure(&show).await;
    projectors.stop().await;
    show.views.close().await;
    show.log.close().await;
}

async fn count(show: &Show) -> i64 {
    let found = show.views.statistics(show.stream).await;
    found.expect("an answer").viewer_count
}

async fn questions(show: &Show) {
    let (views, stream, channel) = (&show.views, show.stream, show.channel());
    let now = show.log.environment().now();
    let asked = |minutes| Timeline {
        minutes,
        first: 100,
        after: None,
        now,
    };
    let periods = |period| views.periods(Some(channel), period, 100, None, now);
    macro_rules! ask {
        ($name:literal, $question:expr) => {{
            let mut times = vec![];
            for _ in 0..RUNS {
                let began = Instant::now();
                $question.await.expect("an answer");
                times.push(began.elapsed().as_secs_f64() * 1_000.0);
            }
            times.sort_by(f64::total_cmp);
            println!(
                "{:<24} {:>8.2} ms, at most {:>8.2} ms",
                $name,
                times[RUNS / 2],
                times[RUNS - 1]
            );
        }};
    }
    ask!("statistics", views.statistics(stream));
    ask!("timeline by minute", views.timeline(stream, asked(1)));
    ask!("timeline by hour", views.timeline(stream, asked(60)));
    ask!("retention", views.retention(stream));
    ask!("new followers", views.new_followers(stream, now));
    ask!("channel totals", views.totals(Some(channel)));
    ask!("weeks of a channel", periods(Period::Week));
    ask!("best stream", views.best_stream(channel));
    ask!("platform totals", views.totals(None));
    ask!("platform now", views.now());
}

fn opening(show: &Show) -> Vec<(Actor, Command)> {
    let env = show.log.environment();
    let (account, stream) = (show.streamer, show.stream);
    let key = channels::SealedKey {
        lookup: account.0.as_bytes().to_vec(),
        ciphertext: vec![0; 64],
    };
    let start = streams::Command::Start {
        stream,
        channel: account.into(),
        metadata: Some(Metadata {
            title: Title {
                title: "a long evening".to_owned(),
                description: None,
            },
            labels: Labels::default(),
        }),
        salt: env.salt(),
    };
    let media = Media {
        node: "bench".to_owned(),
        video_codec: None,
        audio_codec: None,
        width: None,
        height: None,
    };
    let arrived = streams::Command::MediaArrived {
        channel: account.into(),
        media,
    };
    let own = Actor::Account(account);
    vec![
        registration(env, account, "ada"),
        (
            own,
            Command::Channels(channels::Command::Open { account, key }),
        ),
        (own, Command::Streams(start)),
        (own, Command::Streams(arrived)),
    ]
}

fn registration(env: &Environment, account: AccountId, name: &str) -> (Actor, Command) {
    let register = accounts::Command::Register {
        account,
        person: tributary_domain::account::Person {
            name: AccountName::new(name).expect("a name"),
            email: EmailAddress::new(&format!("{name}@example.com")).expect("an address"),
        },
        name_hash: format!("hash of {name}"),
        email_hash: format!("hash of the address of {name}"),
        password_hash: "none: nobody signs in".to_owned(),
        salt: env.salt(),
    };
    (Actor::Anonymous, Command::Accounts(register))
}
