//! Clearing what was swept out of the database's files, where old versions of rows outlive their
//! transaction.

use super::{Db, DbError, Engine};
use std::time::Duration;

/// How often the write-ahead log is tried to be cut while somebody reads.
const ATTEMPTS_MAX: u32 = 20;

/// The wait between two tries.
const RETRY_AFTER: Duration = Duration::from_millis(250);

impl Db {
    /// Clears these tables. On SQLite freed space is overwritten already; the write-ahead log is
    /// folded in and cut to nothing.
    pub(crate) async fn scour(&self, tables: &[&str]) -> Result<(), DbError> {
        match &self.engine {
            Engine::Sqlite { write, .. } => {
                for _ in 0..ATTEMPTS_MAX {
                    let is_held: i64 = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)")
                        .fetch_one(write)
                        .await?;
                    if is_held == 0 {
                        return Ok(());
                    }
                    tokio::time::sleep(RETRY_AFTER).await;
                }
                let reason = "something reads the read models for long, and holds a file in which \
                              erased words may still stand";
                Err(DbError::Sql(sqlx::Error::Protocol(reason.to_owned())))
            }
            Engine::Postgres(pool) => {
                let sql = format!("VACUUM {}", tables.join(", "));
                sqlx::raw_sql(&sql).execute(pool).await?;
                Ok(())
            }
            #[cfg(feature = "testing")]
            Engine::Memory(_) => Ok(()),
        }
    }
}
