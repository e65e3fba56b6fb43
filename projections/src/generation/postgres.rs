//! Generations as schemas `views_<n>`; the one row of `public.view_generation` names the serving
//! one.

use crate::ViewsError;
use crate::db::{Db, Engine};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

/// Projectors and readers together.
const CONNECTIONS_MAX: u32 = 16;
const STATEMENTS_MAX: usize = 256;

const PREPARE: &str = "CREATE TABLE IF NOT EXISTS public.view_generation (
    only_row BOOLEAN PRIMARY KEY CHECK (only_row),
    generation BIGINT NOT NULL
);
-- Tells these read models from others that the nodes of the same log may keep elsewhere.
CREATE TABLE IF NOT EXISTS public.view_set (
    only_row BOOLEAN PRIMARY KEY CHECK (only_row),
    id UUID NOT NULL
);
INSERT INTO public.view_set VALUES (TRUE, gen_random_uuid()) ON CONFLICT (only_row) DO NOTHING";
const SET: &str = "SELECT id FROM public.view_set";
pub(super) const POINTER: &str = "SELECT generation FROM public.view_generation";
const SERVING: &str = "SELECT generation FROM public.view_generation v WHERE EXISTS (
    SELECT 1 FROM information_schema.schemata WHERE schema_name = 'views_' || v.generation
)";
const POINT_TO: &str = "INSERT INTO public.view_generation (only_row, generation) VALUES (TRUE, $1)
    ON CONFLICT (only_row) DO UPDATE SET generation = excluded.generation";
const GENERATIONS: &str = "SELECT schema_name FROM information_schema.schemata
    WHERE schema_name LIKE 'views\\_%'";

const HOLDER: &str = "SELECT format('session %s from %s, since %s', a.pid,
        coalesce(host(a.client_addr), 'the server itself'),
        to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC'))
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid::bigint = $1 >> 32 AND l.objid::bigint = $1 & 4294967295";

/// The advisory lock of whoever makes or removes generations: "views" in ASCII.
const LEASE: i64 = 0x76_69_65_77_73;

/// That of whoever prepares: two nodes that make the same table at once would fail.
const PREPARING: i64 = LEASE + 1;

fn options(url: &str) -> Result<PgConnectOptions, ViewsError> {
    // The server's notices about what exists already are no news.
    Ok(url
        .parse::<PgConnectOptions>()?
        .application_name("tributary views")
        .options([("client_min_messages", "warning")])
        .statement_cache_capacity(STATEMENTS_MAX))
}

async fn connect(url: &str) -> Result<PgConnection, ViewsError> {
    Ok(options(url)?.connect().await?)
}

pub(super) async fn try_lease(url: &str) -> Result<Option<PgConnection>, ViewsError> {
    let mut connection = connect(url).await?;
    let query = sqlx::query("SELECT pg_try_advisory_lock($1)").bind(LEASE);
    let locked: bool = query.fetch_one(&mut connection).await?.try_get(0)?;
    Ok(locked.then_some(connection))
}

/// The session that has the lock: from where, since when, and its number on the server.
pub(super) async fn lease_holder(url: &str) -> Result<Option<String>, ViewsError> {
    let mut connection = connect(url).await?;
    let row = sqlx::query(HOLDER)
        .bind(LEASE)
        .fetch_optional(&mut connection);
    let row = row.await?;
    connection.close().await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

pub(super) async fn lease(url: &str) -> Result<PgConnection, ViewsError> {
    let mut connection = connect(url).await?;
    let query = sqlx::query("SELECT pg_advisory_lock($1)").bind(LEASE);
    query.execute(&mut connection).await?;
    Ok(connection)
}

pub(super) async fn prepare(url: &str) -> Result<(), ViewsError> {
    let mut connection = connect(url).await?;
    let mut tx = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(PREPARING)
        .execute(&mut *tx)
        .await?;
    sqlx::raw_sql(PREPARE).execute(&mut *tx).await?;
    tx.commit().await?;
    connection.close().await?;
    Ok(())
}

pub(super) async fn set(url: &str) -> Result<uuid::Uuid, ViewsError> {
    let mut connection = connect(url).await?;
    let row = sqlx::query(SET).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(row.try_get(0)?)
}

pub(super) async fn serving(url: &str) -> Result<Option<i64>, ViewsError> {
    let mut connection = connect(url).await?;
    let row = sqlx::query(SERVING).fetch_optional(&mut connection).await?;
    connection.close().await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// The same where there may be no read models at all, and nothing is made.
pub(super) async fn serving_beside(url: &str) -> Result<Option<i64>, ViewsError> {
    let mut connection = connect(url).await?;
    let there = sqlx::query("SELECT to_regclass('public.view_generation') IS NOT NULL");
    let there: bool = there.fetch_one(&mut connection).await?.try_get(0)?;
    connection.close().await?;
    if there { serving(url).await } else { Ok(None) }
}

pub(super) async fn point_to(url: &str, number: i64) -> Result<(), ViewsError> {
    let mut connection = connect(url).await?;
    sqlx::query(POINT_TO)
        .bind(number)
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}

pub(super) async fn generations(url: &str) -> Result<Vec<i64>, ViewsError> {
    let mut connection = connect(url).await?;
    let rows = sqlx::query(GENERATIONS).fetch_all(&mut connection).await?;
    connection.close().await?;
    let mut numbers: Vec<i64> = vec![];
    for row in rows {
        let name: String = row.try_get(0)?;
        let number = name
            .strip_prefix("views_")
            .and_then(|number| number.parse::<i64>().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

pub(super) async fn make(url: &str, number: i64) -> Result<(), ViewsError> {
    let mut connection = connect(url).await?;
    let sql = format!("CREATE SCHEMA views_{number}");
    sqlx::query(&sql).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

pub(super) async fn open(url: &str, number: i64) -> Result<Db, ViewsError> {
    let search_path = format!("views_{number}");
    // Commits do not wait for the disk: what a crash loses is folded again. The log is the truth.
    let options = options(url)?.options([
        ("search_path", search_path.as_str()),
        ("synchronous_commit", "off"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .connect_with(options)
        .await?;
    Ok(Db::new(Engine::Postgres(pool)))
}

/// One connection whose transactions can only read.
pub(super) async fn open_beside(url: &str, number: i64) -> Result<Db, ViewsError> {
    let search_path = format!("views_{number}");
    let options = options(url)?.options([
        ("search_path", search_path.as_str()),
        ("default_transaction_read_only", "on"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await?;
    Ok(Db::new(Engine::Postgres(pool)))
}

pub(super) async fn remove(url: &str, number: i64) -> Result<(), ViewsError> {
    let mut connection = connect(url).await?;
    let sql = format!("DROP SCHEMA IF EXISTS views_{number} CASCADE");
    sqlx::query(&sql).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
