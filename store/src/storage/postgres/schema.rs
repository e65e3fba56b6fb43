//! The log's tables, and whether what is committed to them stays.

use super::unavailable;
use crate::error::StoreError;
use sqlx::{Connection as _, Executor as _, PgConnection};

const MIGRATIONS: [&str; 3] = [
    include_str!("../../../../migrations/log/postgres-0001.sql"),
    include_str!("../../../../migrations/log/postgres-0002.sql"),
    include_str!("../../../../migrations/log/postgres-0003.sql"),
];

/// The version of the tables that this program makes.
#[expect(clippy::cast_possible_wrap, reason = "there are a few")]
pub(crate) const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Any number that no other program locks on: two nodes migrate one after the other.
const MIGRATION_LOCK: i64 = 0x7472_6962_7574_6172;

/// A commit that was acknowledged must be on disk.
pub(super) async fn assert_durable(connection: &mut PgConnection) -> Result<(), StoreError> {
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        let found: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&mut *connection)
            .await
            .map_err(unavailable)?;
        if found == "off" {
            return Err(StoreError::NotDurable { setting, found });
        }
    }
    Ok(())
}

/// Makes the tables, or brings them to this program's version.
pub(super) async fn migrate(connection: &mut PgConnection) -> Result<(), StoreError> {
    let mut transaction = connection.begin().await.map_err(unavailable)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut *transaction)
        .await
        .map_err(unavailable)?;
    transaction
        .execute("CREATE TABLE IF NOT EXISTS log_schema (version bigint NOT NULL)")
        .await
        .map_err(unavailable)?;
    let found: i64 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM log_schema")
        .fetch_one(&mut *transaction)
        .await
        .map_err(unavailable)?;
    if found > SCHEMA_VERSION {
        let known = SCHEMA_VERSION;
        return Err(StoreError::TooNew { found, known });
    }
    for sql in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction
            .execute(sqlx::raw_sql(sql))
            .await
            .map_err(unavailable)?;
        sqlx::query("INSERT INTO log_schema SELECT coalesce(max(version), 0) + 1 FROM log_schema")
            .execute(&mut *transaction)
            .await
            .map_err(unavailable)?;
    }
    transaction.commit().await.map_err(unavailable)
}
