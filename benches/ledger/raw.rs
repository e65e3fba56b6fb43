//! The raw limit: the rows of as many tips as are in flight at once (their events and the ids of their commands) in one
//! transaction, with the same driver, and nothing else.

use crate::tips::{Ground, IN_FLIGHT};
use rusqlite::{Connection, TransactionBehavior, params};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use std::path::Path;
use std::str::FromStr as _;
use std::time::{Duration, Instant};
use tributary_store::row::Row;
use tributary_store::testing::{Engine, Json, SQLITE_INSERT, fresh_database, write_sqlite_row};

const SQLITE_TABLES: &str = include_str!("../../migrations/log/sqlite-0001.sql");
const POSTGRES_TABLES: &str = include_str!("../../migrations/log/postgres-0001.sql");
const SQLITE_ID: &str = "INSERT INTO command_receipts VALUES (?1, ?2, ?3, ?4, ?5)";

const POSTGRES_INSERT: &str = "
INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
                    metadata, position, event_id, recorded_at, channel, personal, hash)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::json[],
                     $7::json[], $8::bigint[], $9::uuid[], $10::timestamptz[], $11::uuid[],
                     $12::json[], $13::bytea[])";
const POSTGRES_IDS: &str = "
INSERT INTO command_receipts (scope, command_id, body, first_position, last_position)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[], $5::bigint[])";

/// What runs before the measurement.
const WARM_UP: Duration = Duration::from_millis(300);

/// Rows a second.
pub async fn insert(engine: Engine, ground: &Ground, rows: Vec<Row>, time: Duration) -> f64 {
    let supply = Supply { rows, tips: 0 };
    match engine {
        Engine::Sqlite => {
            let file = ground.folder.path().join("raw.db");
            let insert = move || into_sqlite(&file, supply, time);
            tokio::task::spawn_blocking(insert)
                .await
                .expect("the rows go in")
        }
        Engine::Postgres => into_postgres(&fresh_database().await, supply, time).await,
    }
}

/// The same rows again and again, each with its next place in the log.
struct Supply {
    rows: Vec<Row>,
    tips: usize,
}

impl Supply {
    /// Two events for each tip, and the places of the first ones.
    fn next(&mut self) -> (Vec<&Row>, Vec<i64>) {
        let events = 2 * self.tips..2 * (self.tips + IN_FLIGHT);
        self.tips += IN_FLIGHT;
        let count = self.rows.len();
        for number in events.clone() {
            let row = &mut self.rows[number % count];
            row.position = i64::try_from(number).unwrap_or(0) + 1;
            row.sequence = row.position;
        }
        let firsts = events.clone().step_by(2);
        let firsts = firsts.map(|number| i64::try_from(number).unwrap_or(0) + 1);
        let firsts = firsts.collect();
        (
            events.map(|number| &self.rows[number % count]).collect(),
            firsts,
        )
    }
}

/// Measures from the end of the warm-up on.
struct Watch {
    begin: Instant,
    warm: Option<(Instant, usize)>,
}

impl Watch {
    fn start() -> Self {
        Self {
            begin: Instant::now(),
            warm: None,
        }
    }

    /// Rows a second, once the time is over.
    fn look(&mut self, tips: usize, time: Duration) -> Option<f64> {
        match self.warm {
            None if self.begin.elapsed() >= WARM_UP => self.warm = Some((Instant::now(), tips)),
            Some((since, before)) if since.elapsed() >= time => {
                return Some((tips - before) as f64 * 3.0 / since.elapsed().as_secs_f64());
            }
            _ => {}
        }
        None
    }
}

fn into_sqlite(file: &Path, mut supply: Supply, time: Duration) -> f64 {
    let mut connection = Connection::open(file).expect("a database");
    for (name, value) in [("journal_mode", "wal"), ("synchronous", "full")] {
        let set = connection.pragma_update(None, name, value);
        set.expect("as the log has it");
    }
    connection.execute_batch(SQLITE_TABLES).expect("the tables");
    let mut watch = Watch::start();
    loop {
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .expect("begun");
        {
            let (rows, firsts) = supply.next();
            let mut statement = transaction.prepare_cached(SQLITE_INSERT).expect("prepared");
            for row in rows {
                write_sqlite_row(&mut statement, row).expect("inserted");
            }
            let mut statement = transaction.prepare_cached(SQLITE_ID).expect("prepared");
            for first in firsts {
                let id = first.to_string();
                let values = params!["account:0190", id, [0_u8; 32], first, first + 1];
                statement.execute(values).expect("inserted");
            }
        }
        transaction.commit().expect("durable");
        if let Some(rate) = watch.look(supply.tips, time) {
            return rate;
        }
    }
}

async fn into_postgres(url: &str, mut supply: Supply, time: Duration) -> f64 {
    fn column<'a, T>(rows: &[&'a Row], get: impl Fn(&'a Row) -> T) -> Vec<T> {
        rows.iter().map(|row| get(row)).collect()
    }
    let options = sqlx::postgres::PgConnectOptions::from_str(url).expect("a URL");
    let options = options.options([("synchronous_commit", "on")]);
    let mut connection = options.connect().await.expect("the server answers");
    let made = connection.execute(sqlx::raw_sql(POSTGRES_TABLES)).await;
    made.expect("the tables");
    let mut watch = Watch::start();
    loop {
        let (rows, firsts) = supply.next();
        let mut transaction = connection.begin().await.expect("begun");
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
            .execute(&mut *transaction)
            .await
            .expect("inserted");
        let ids: Vec<_> = firsts.iter().map(ToString::to_string).collect();
        let lasts: Vec<_> = firsts.iter().map(|first| first + 1).collect();
        sqlx::query(POSTGRES_IDS)
            .bind(vec!["account:0190"; ids.len()])
            .bind(&ids)
            .bind(vec![&[0_u8; 32][..]; ids.len()])
            .bind(&firsts)
            .bind(&lasts)
            .execute(&mut *transaction)
            .await
            .expect("inserted");
        transaction.commit().await.expect("durable");
        if let Some(rate) = watch.look(supply.tips, time) {
            connection.close().await.expect("closed");
            return rate;
        }
    }
}
