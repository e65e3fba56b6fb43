//! Tips through the whole way: decided, appended, durable, answered.

use sqlx::{ConnectOptions as _, Executor as _};
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tributary_domain::command::{Actor, Command, CommandId, tips};
use tributary_domain::money::FeeSchedule;
use tributary_domain::{AccountId, EntryId, Money, Position, Request};
use tributary_store::row::Row;
use tributary_store::testing::{Engine, fresh_database, register, streamer};
use tributary_store::{Environment, Filter, Log, LogOptions, LogUrl};

pub const PAYERS: usize = 1_000;
pub const STREAMERS: usize = 50;
/// Tips that wait for their answers at once.
pub const IN_FLIGHT: usize = 256;
/// Two events and a command's id.
pub const ROWS_PER_TIP: f64 = 3.0;
/// Payer, streamer, fees.
pub const POSTINGS_PER_TIP: usize = 3;

/// What runs before a measurement.
const WARM_UP: Duration = Duration::from_millis(500);
/// Newest rows that are read back to be copied.
const PAGE: usize = 1_024;

/// An empty database.
pub struct Ground {
    engine: Engine,
    pub folder: TempDir,
    database: String,
}

impl Ground {
    pub async fn fresh(engine: Engine) -> Self {
        // Beside what was built: the machine's temporary folder may be memory.
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let database = match engine {
            Engine::Sqlite => String::new(),
            Engine::Postgres => fresh_database().await,
        };
        Self {
            engine,
            folder,
            database,
        }
    }

    pub fn url(&self) -> LogUrl {
        match self.engine {
            Engine::Sqlite => LogUrl::Sqlite(self.folder.path().join("log.db")),
            Engine::Postgres => LogUrl::Postgres(self.database.clone()),
        }
    }

    /// Accounts with purses that are never empty, and channels.
    pub async fn populate(&self) -> World {
        let log = Log::open(&self.url(), LogOptions::default(), Environment::system())
            .await
            .expect("a fresh log opens");
        let (mut payers, mut streamers) = (vec![], vec![]);
        for n in 0..STREAMERS {
            streamers.push(streamer(&log, &format!("streamer{n}")).await);
        }
        let top_ups = (0..PAYERS).map(|n| {
            let (log, env) = (log.clone(), Environment::system());
            let (account, registered) = register(&format!("payer{n}"));
            payers.push(account);
            tokio::spawn(async move {
                log.execute(registered).await.expect("registered");
                let top_up = tips::Command::TopUp {
                    entry: EntryId(env.uuid()),
                    amount: Money::from_minor(1_000_000, "USD".parse().expect("a currency")),
                };
                let request = Request {
                    actor: Actor::Account(account),
                    at: env.now(),
                    id: None,
                    command: Command::Tips(top_up),
                };
                log.execute(request).await.expect("paid in");
            })
        });
        for top_up in top_ups.collect::<Vec<_>>() {
            top_up.await.expect("it is done");
        }
        World {
            log,
            payers: payers.into(),
            streamers: streamers.into(),
            next: Arc::default(),
        }
    }

    /// Gives the disk back.
    pub async fn clear(self) {
        if let Some((_, name)) = self.database.rsplit_once('/') {
            let admin = std::env::var("TEST_POSTGRES_URL").expect("it was there before");
            let options = sqlx::postgres::PgConnectOptions::from_str(&admin).expect("a URL");
            let mut connection = options.connect().await.expect("the server answers");
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            connection.execute(drop.as_str()).await.expect("dropped");
        }
    }
}

/// To whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tipping {
    Many,
    One,
}

/// Who tips and is tipped.
pub struct World {
    pub log: Log,
    pub payers: Arc<[AccountId]>,
    pub streamers: Arc<[AccountId]>,
    next: Arc<AtomicU64>,
}

impl World {
    /// Tips a second, with [`IN_FLIGHT`] under way all the time.
    pub async fn tip_for(&self, to: Tipping, time: Duration) -> f64 {
        let stop = Arc::new(AtomicBool::new(false));
        let senders = self.senders(to, IN_FLIGHT, &stop);
        tokio::time::sleep(WARM_UP).await;
        let (begin, before) = (Instant::now(), self.log.stats());
        tokio::time::sleep(time).await;
        let (elapsed, after) = (begin.elapsed(), self.log.stats());
        stop.store(true, Ordering::Relaxed);
        for sender in senders {
            sender.await.expect("every tip is given");
        }
        (after.commands_carried_out - before.commands_carried_out) as f64 / elapsed.as_secs_f64()
    }

    /// So many tips more.
    pub async fn tip_times(&self, tips: usize) {
        let stop = Arc::new(AtomicBool::new(false));
        let senders = self.senders(Tipping::Many, 1_024, &stop);
        let goal = self.log.stats().commands_carried_out + u64::try_from(tips).unwrap_or(0);
        while self.log.stats().commands_carried_out < goal {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.store(true, Ordering::Relaxed);
        for sender in senders {
            sender.await.expect("every tip is given");
        }
    }

    fn senders(
        &self,
        to: Tipping,
        in_flight: usize,
        stop: &Arc<AtomicBool>,
    ) -> Vec<tokio::task::JoinHandle<()>> {
        let senders = (0..in_flight).map(|_| {
            let (log, stop, next) = (self.log.clone(), Arc::clone(stop), Arc::clone(&self.next));
            let (payers, streamers) = (Arc::clone(&self.payers), Arc::clone(&self.streamers));
            tokio::spawn(async move {
                let env = Environment::system();
                let fees = FeeSchedule::new("standard".into(), rust_decimal::Decimal::new(5, 2));
                let fees = fees.expect("a schedule");
                let usd = "USD".parse().expect("a currency");
                while !stop.load(Ordering::Relaxed) {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    // Scattered, and the same in each run.
                    let chance = usize::try_from(n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33);
                    let chance = chance.unwrap_or(0);
                    let payer = payers[chance % payers.len()];
                    let streamer = match to {
                        Tipping::Many => streamers[chance / 1_024 % streamers.len()],
                        Tipping::One => streamers[0],
                    };
                    let tip = tips::Command::Tip {
                        entry: EntryId(env.uuid()),
                        channel: streamer.into(),
                        amount: Money::from_minor(100, usd),
                        fee_schedule: fees.clone(),
                        hold: None,
                        message: None,
                        salt: env.salt(),
                    };
                    let actor = Actor::Account(payer);
                    let request = Request {
                        actor,
                        at: env.now(),
                        id: Some(CommandId {
                            scope: actor.to_string(),
                            id: n.to_string(),
                            body: [0; 32],
                        }),
                        command: Command::Tips(tip),
                    };
                    log.execute(request).await.expect("given");
                }
            })
        });
        senders.collect()
    }

    /// Rows of the newest tips, as the log wrote them.
    pub async fn newest_rows(&self) -> Vec<Row> {
        let page = i64::try_from(PAGE).expect("a thousand");
        let after = Position::new(self.log.head().get() - page).expect("as many were given");
        let rows = self.log.storage().read(after, PAGE, &Filter::All).await;
        rows.expect("they can be read")
    }
}
