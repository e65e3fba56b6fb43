//! The connection that writes, and what becomes of a commit that it broke at.

use super::unavailable;
use crate::error::StoreError;
use crate::storage::Batch;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tributary_domain::Timestamp;

/// How long a session that was given up may take to end.
const TERMINATE_TIMEOUT_MS: i64 = 5_000;

/// The node's one writing connection.
pub(super) struct Writer {
    /// `None` after it broke; it is made again when it is next needed.
    pub(super) connection: Option<PgConnection>,
    /// The server's session behind the last one. A process number may come back; with the moment of
    /// its start it is one session's alone.
    session: (i32, Timestamp),
    /// Whether a transaction is open that has the head.
    pub(super) holds_head: bool,
}

impl Writer {
    pub(super) async fn connect(options: &PgConnectOptions) -> Result<Self, sqlx::Error> {
        let mut connection = connect(options).await?;
        let session = sqlx::query_as(
            "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()",
        )
        .fetch_one(&mut connection)
        .await?;
        let connection = Some(connection);
        Ok(Self {
            connection,
            session,
            holds_head: false,
        })
    }

    /// Takes the connection out, made again if it broke. Who has used it puts it back.
    pub(super) async fn take(
        &mut self,
        options: &PgConnectOptions,
    ) -> Result<PgConnection, sqlx::Error> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        *self = Self::connect(options).await?;
        self.connection.take().ok_or(sqlx::Error::PoolClosed)
    }

    /// After a connection broke at the commit of a batch: a new writer, and whether the batch was written.
    pub(super) async fn resolve(
        &self,
        options: &PgConnectOptions,
        batch: &Batch,
    ) -> Result<(Self, bool), StoreError> {
        let (pid, since) = self.session;
        let mut next = Writer::connect(options).await.map_err(unavailable)?;
        let Some(connection) = &mut next.connection else {
            return Err(unavailable("there is no connection"));
        };
        // The broken session's statement may still be on its way to the server. Once the session is
        // gone, what is in the table is all that there will be.
        sqlx::query(
            "SELECT pg_terminate_backend(pid, $3) FROM pg_stat_activity
             WHERE pid = $1 AND backend_start = $2",
        )
        .bind(pid)
        .bind(since)
        .bind(TERMINATE_TIMEOUT_MS)
        .execute(&mut *connection)
        .await
        .map_err(unavailable)?;
        let alive: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2)",
        )
        .bind(pid)
        .bind(since)
        .fetch_one(&mut *connection)
        .await
        .map_err(unavailable)?;
        if alive {
            return Err(unavailable("the broken session has not ended yet"));
        }
        let found: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT hash FROM events WHERE position = $1")
                .bind(batch.head.position.get())
                .fetch_optional(&mut *connection)
                .await
                .map_err(unavailable)?;
        Ok((next, found.as_deref() == Some(&batch.head.hash)))
    }
}

pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    PgConnection::connect_with(options).await
}
