//! The raw limit: ready rows into the table of events with the same driver, and nothing else. On SQLite
//! that is the table alone: the log's indexes are written behind it, and what they cost is the log's. What
//! a table costs whose indexes SQLite keeps itself, as PostgreSQL's table does, is measured beside it.

use crate::commands::{self, Spread};
use rusqlite::Connection;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use std::path::Path;
use std::str::FromStr as _;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tributary_domain::Position;
use tributary_store::row::Row;
use tributary_store::testing::{Engine, Json, SQLITE_INSERT, fresh_database, write_sqlite_row};
use tributary_store::{Environment, Filter, Log, LogOptions, LogUrl};

/// The second gives the indexes up.
const SQLITE_TABLES: [&str; 2] = [
    include_str!("../../../migrations/log/sqlite-0001.sql"),
    include_str!("../../../migrations/log/sqlite-0003.sql"),
];
const POSTGRES_TABLES: [&str; 2] = [
    include_str!("../../../migrations/log/postgres-0001.sql"),
    include_str!("../../../migrations/log/postgres-0003.sql"),
];

/// As the log writes them, without the head.
const POSTGRES_INSERT: &str = "
INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
                    metadata, position, event_id, recorded_at, channel, personal, hash)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::json[],
                     $7::json[], $8::bigint[], $9::uuid[], $10::timestamptz[], $11::uuid[],
                     $12::json[], $13::bytea[])";

/// What runs before the measurement.
const WARM_UP: Duration = Duration::from_millis(300);

/// The newest rows that are read back to be copied.
const PAGE: usize = 1_024;

/// An empty database of its own for each measurement, so that none finds larger tables than another.
pub struct Ground {
    engine: Engine,
    folder: TempDir,
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

    pub async fn open(&self) -> Log {
        Log::open(&self.url(), LogOptions::default(), Environment::system())
            .await
            .expect("a fresh log opens")
    }

    /// Gives the disk back before the next measurement.
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

/// Rows as the log itself writes them: one message in each of many channels.
pub async fn prepare(engine: Engine) -> Vec<Row> {
    let ground = Ground::fresh(engine).await;
    let log = ground.open().await;
    commands::speak_once_everywhere(&log).await;
    let count = i64::try_from(commands::HISTORIES).unwrap_or(0);
    let after = Position::new(log.head().get() - count).expect("as many were written");
    let rows = log.storage().read(after, PAGE, &Filter::All).await;
    log.close().await;
    ground.clear().await;
    let rows = rows.expect("they can be read");
    assert_eq!(rows.len(), commands::HISTORIES);
    rows
}

/// Rows to insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Insert {
    /// Whose histories they are: an index that is written in many places costs more.
    pub spread: Spread,
    /// Rows in each transaction.
    pub rows: usize,
    /// On SQLite, whether it keeps the indexes by history and channel itself, as the first form of the
    /// log had them. PostgreSQL always does.
    pub indexed: bool,
}

/// What inserting rows came to.
pub struct Inserted {
    pub per_second: f64,
    /// The 99th percentile of a transaction's time.
    pub p99_ms: f64,
}

/// Inserts rows for `time`.
pub async fn insert(engine: Engine, rows: &[Row], insert: Insert, time: Duration) -> Inserted {
    let ground = Ground::fresh(engine).await;
    let supply = Supply::new(rows, insert);
    let inserted = match engine {
        Engine::Sqlite => {
            let file = ground.folder.path().join("raw.db");
            let tables = if insert.indexed {
                &SQLITE_TABLES[..1]
            } else {
                &SQLITE_TABLES[..]
            };
            let insert = move || insert_sqlite(&file, tables, supply, time);
            let thread = tokio::task::spawn_blocking(insert);
            thread.await.expect("the rows go in")
        }
        Engine::Postgres => insert_postgres(&ground.database, supply, time).await,
    };
    ground.clear().await;
    inserted
}

/// The same rows again and again, each with its next place in the log and in its history.
struct Supply {
    rows: Vec<Row>,
    size: usize,
    histories: usize,
    written: usize,
}

impl Supply {
    fn new(rows: &[Row], insert: Insert) -> Self {
        let mut rows = rows.to_vec();
        let histories = match insert.spread {
            Spread::ManyHistories => rows.len(),
            Spread::OneHistory => 1,
        };
        let one = rows.first().expect("some").clone();
        for row in rows.iter_mut().skip(histories) {
            row.aggregate_id.clone_from(&one.aggregate_id);
            row.channel = one.channel;
        }
        Self {
            rows,
            size: insert.rows,
            histories,
            written: 0,
        }
    }

    fn next(&mut self) -> Vec<&Row> {
        let count = self.rows.len();
        let numbers = self.written..self.written + self.size;
        for number in numbers.clone() {
            let row = &mut self.rows[number % count];
            row.position = as_i64(number + 1);
            row.sequence = as_i64(number / self.histories + 1);
        }
        self.written += self.size;
        numbers.map(|number| &self.rows[number % count]).collect()
    }
}

fn as_i64(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Measures from the end of the warm-up on.
struct Watch {
    begin: Instant,
    time: Duration,
    /// When the warm-up was over, and what was written by then.
    warm: Option<(Instant, usize)>,
    last: Instant,
    times_ms: Vec<f64>,
}

impl Watch {
    fn start(time: Duration) -> Self {
        Self {
            begin: Instant::now(),
            time,
            warm: None,
            last: Instant::now(),
            times_ms: Vec::new(),
        }
    }

    /// After each transaction: what it all came to, once the time is over.
    fn look(&mut self, written: usize) -> Option<Inserted> {
        let now = Instant::now();
        let time_ms = (now - self.last).as_secs_f64() * 1_000.0;
        self.last = now;
        match self.warm {
            None if now - self.begin >= WARM_UP => self.warm = Some((now, written)),
            None => {}
            Some((since, before)) => {
                self.times_ms.push(time_ms);
                if now - since >= self.time {
                    self.times_ms.sort_by(f64::total_cmp);
                    let per_second = (written - before) as f64 / (now - since).as_secs_f64();
                    let p99_ms = percentile(&self.times_ms, 99);
                    return Some(Inserted { per_second, p99_ms });
                }
            }
        }
        None
    }
}

/// The value that `percent` of all lie below, of values in order of size.
pub fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let index = sorted.len() * percent / 100;
    sorted.get(index.min(last)).copied().unwrap_or(f64::NAN)
}

fn insert_sqlite(file: &Path, tables: &[&str], mut supply: Supply, time: Duration) -> Inserted {
    let mut connection = Connection::open(file).expect("a database");
    for (name, value) in [("journal_mode", "wal"), ("synchronous", "full")] {
        let set = connection.pragma_update(None, name, value);
        set.expect("as the log has it");
    }
    for tables in tables {
        connection.execute_batch(tables).expect("the tables");
    }
    let mut watch = Watch::start(time);
    loop {
        let transaction = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .expect("begun");
        {
            let mut statement = transaction.prepare_cached(SQLITE_INSERT).expect("prepared");
            for row in supply.next() {
                write_sqlite_row(&mut statement, row).expect("inserted");
            }
        }
        transaction.commit().expect("durable");
        if let Some(inserted) = watch.look(supply.written) {
            return inserted;
        }
    }
}

async fn insert_postgres(url: &str, mut supply: Supply, time: Duration) -> Inserted {
    fn column<'a, T>(rows: &[&'a Row], get: impl Fn(&'a Row) -> T) -> Vec<T> {
        rows.iter().map(|row| get(row)).collect()
    }
    let options = sqlx::postgres::PgConnectOptions::from_str(url).expect("a URL");
    let options = options.options([("synchronous_commit", "on")]);
    let mut connection = options.connect().await.expect("the server answers");
    for tables in POSTGRES_TABLES {
        let made = connection.execute(sqlx::raw_sql(tables)).await;
        made.expect("the tables");
    }
    let mut watch = Watch::start(time);
    loop {
        let rows = supply.next();
        sqlx::query(POSTGRES_INSERT)
            .bind(column(&rows, |row| row.aggregate_type.as_str()))
            .bind(column(&rows, |row| row.aggregate_id.as_str()))
            .bind(column(&rows, |row| row.sequence))
            .bind(column(&rows, |row| row.event_type.as_str()))
            .bind(column(&rows, |row| row.event_version.as_str()))
            .bind(column(&rows, |row| Json(&row.payload)))
            .bind(column(&rows, |row| Json(&row.metadata)))
            .bind(column(&rows, |row| row.position))
            .bind(column(&rows, |row| row.event_id))
            .bind(column(&rows, |row| row.recorded_at))
            .bind(column(&rows, |row| row.channel))
            .bind(column(&rows, |row| row.personal.as_deref().map(Json)))
            .bind(column(&rows, |row| &row.hash[..]))
            .execute(&mut connection)
            .await
            .expect("inserted");
        if let Some(inserted) = watch.look(supply.written) {
            connection.close().await.expect("closed");
            return inserted;
        }
    }
}
