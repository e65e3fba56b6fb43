//! What no rebuild on this database can be faster than.

use crate::{Ground, rate};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use std::str::FromStr as _;
use std::time::Instant;
use tributary_store::testing::Engine;
use tributary_store::{Filter, Log, LogUrl};

/// Rows of the written table: as wide as a message in chat.
const ROWS: i64 = 200_000;

/// Rows in a transaction.
const BATCH: i64 = 8_192;

/// Rows in a statement on SQLite.
const STATEMENT: i64 = 128;

const PAGE: usize = 8_192;

/// Events per second that the log can be read with, decoded, in pages.
pub async fn read(log: &Log) -> f64 {
    let (began, head) = (Instant::now(), log.head());
    let mut after = tributary_domain::Position::START;
    while after < head {
        let page = log.read(after, PAGE, &Filter::All).await.expect("a page");
        after = page.upto;
    }
    rate(head.get(), began.elapsed())
}

/// Rows per second, in one table with one index beside its key.
pub async fn write(ground: &Ground) -> f64 {
    const TABLE: &str = "
        DROP TABLE IF EXISTS raw_rows;
        CREATE TABLE raw_rows (position BIGINT PRIMARY KEY, channel TEXT, sender TEXT, name TEXT,
            role TEXT, kind TEXT, text TEXT, at BIGINT, deleted BOOLEAN);
        CREATE INDEX raw_rows_by_channel ON raw_rows (channel, position)";
    match (&ground.engine, &ground.log_url) {
        (Engine::Postgres, LogUrl::Postgres(url)) => {
            let options = sqlx::postgres::PgConnectOptions::from_str(url).expect("a URL");
            let mut connection = options.connect().await.expect("a server");
            connection
                .execute(sqlx::raw_sql(TABLE))
                .await
                .expect("made");
            let began = Instant::now();
            for from in (0..ROWS).step_by(usize::try_from(BATCH).expect("small")) {
                sqlx::query(
                    "INSERT INTO raw_rows SELECT n, md5((n % 100)::text), md5((n % 1000)::text),
                         'viewer_0001', 'viewer', 'text', t, 1800000000000000, false
                     FROM unnest($1::bigint[], $2::text[]) AS r(n, t)",
                )
                .bind((from..from + BATCH).collect::<Vec<_>>())
                .bind(vec![
                    crate::traffic::TEXT;
                    usize::try_from(BATCH).expect("small")
                ])
                .execute(&mut connection)
                .await
                .expect("written");
            }
            let rate = rate(ROWS, began.elapsed());
            connection.close().await.expect("closed");
            rate
        }
        _ => {
            let file = ground.folder.path().join("raw.db");
            let options = sqlx::sqlite::SqliteConnectOptions::new()
                .filename(file)
                .create_if_missing(true)
                .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                .synchronous(sqlx::sqlite::SqliteSynchronous::Normal);
            let mut connection = options.connect().await.expect("a file");
            connection
                .execute(sqlx::raw_sql(TABLE))
                .await
                .expect("made");
            let tuples = vec!["(?, ?, ?, ?, ?, ?, ?, ?, ?)"; usize::try_from(STATEMENT).expect("")];
            let sql = format!("INSERT INTO raw_rows VALUES {}", tuples.join(", "));
            let began = Instant::now();
            for from in (0..ROWS).step_by(usize::try_from(BATCH).expect("small")) {
                let mut transaction = connection.begin().await.expect("begun");
                for first in (from..from + BATCH).step_by(usize::try_from(STATEMENT).expect("")) {
                    let mut query = sqlx::query(&sql);
                    for n in first..first + STATEMENT {
                        query = query
                            .bind(n)
                            .bind(format!("{:032x}", n % 100))
                            .bind(format!("{:032x}", n % 1_000))
                            .bind("viewer_0001")
                            .bind("viewer")
                            .bind("text")
                            .bind(crate::traffic::TEXT)
                            .bind(1_800_000_000_000_000_i64)
                            .bind(false);
                    }
                    query.execute(&mut *transaction).await.expect("written");
                }
                transaction.commit().await.expect("committed");
            }
            let rate = rate(ROWS, began.elapsed());
            connection.close().await.expect("closed");
            rate
        }
    }
}

/// Removes the read models from a database, so that they are made again.
pub async fn forget_views(ground: &Ground) {
    let LogUrl::Postgres(url) = &ground.log_url else {
        return;
    };
    let options = sqlx::postgres::PgConnectOptions::from_str(url).expect("a URL");
    let mut connection = options.connect().await.expect("a server");
    let schemas: Vec<String> =
        sqlx::query_scalar("SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'views%'")
            .fetch_all(&mut connection)
            .await
            .expect("a list");
    for schema in schemas {
        let drop = format!("DROP SCHEMA {schema} CASCADE");
        connection.execute(drop.as_str()).await.expect("dropped");
    }
}
