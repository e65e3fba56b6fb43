//! Reads a PostgreSQL log beside its writers.
//!
//! Pages come through `COPY … TO STDOUT (FORMAT binary)`: the bytes that the server sends are the page,
//! and only the places of its fields are noted.

mod stream;

use super::copy::copy_out;
use super::page::RawPage;
use super::selection::Dialect;
use super::snapshot::{Beside, Bounds, Snapshot, StoredCredential};
use super::{Order, Selection, direction, in_order, unavailable};
use crate::error::StoreError;
use crate::storage::postgres::{SCHEMA_VERSION, digest, place};
use crate::storage::{Head, StoredReceipt};
use futures::{Stream, TryStreamExt as _};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{Executor as _, Row as _};
use std::str::FromStr as _;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tributary_domain::command::CommandId;

/// One for the pages, one for a snapshot, one for the head meanwhile.
const CONNECTIONS_MAX: u32 = 3;

/// How long the server may take to answer at first.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Receipts and secrets that wait to be taken.
const BESIDE_AHEAD: usize = 1_024;

pub(super) struct PostgresReader {
    pool: PgPool,
    options: PgConnectOptions,
}

impl PostgresReader {
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(unavailable)?
            .application_name("tributary reader")
            .options([("default_transaction_read_only", "on")]);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(CONNECT_TIMEOUT)
            .connect_with(options.clone())
            .await
            .map_err(unavailable)?;
        let there: bool = sqlx::query_scalar("SELECT to_regclass('log_schema') IS NOT NULL")
            .fetch_one(&pool)
            .await
            .map_err(unavailable)?;
        if !there {
            return Err(StoreError::NoLog("this database".to_owned()));
        }
        let found: i64 = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM log_schema")
            .fetch_one(&pool)
            .await
            .map_err(unavailable)?;
        if found > SCHEMA_VERSION {
            let known = SCHEMA_VERSION;
            return Err(StoreError::TooNew { found, known });
        }
        Ok(Self { pool, options })
    }

    pub(super) async fn bounds(&self) -> Result<Bounds, StoreError> {
        let row = sqlx::query(
            "SELECT position, hash, recorded_at, (SELECT min(position) FROM events),
                    (SELECT max(position) FROM events)
             FROM log_head WHERE id = 1",
        )
        .fetch_one(&self.pool)
        .await
        .map_err(unavailable)?;
        Ok(Bounds {
            head: head(&row)?,
            first: row.get(3),
            last: row.get(4),
        })
    }

    pub(super) async fn page(
        &self,
        selection: &Selection,
        limit: usize,
        order: Order,
    ) -> Result<RawPage, StoreError> {
        let wanted = format!(
            "WHERE {} ORDER BY position {} LIMIT {limit}",
            selection.condition(Dialect::Postgres),
            direction(order),
        );
        let page = copy_out(&self.pool, &wanted).await?;
        Ok(in_order(page, order))
    }

    /// For work that goes through all of the log.
    pub(super) fn stream(&self) -> stream::Stream {
        stream::Stream {
            options: self.options.clone(),
        }
    }

    pub(super) async fn stray_receipts(&self) -> Result<(u64, Option<StoredReceipt>), StoreError> {
        let rows = sqlx::query(
            "SELECT scope, command_id, body, first_position, last_position
             FROM command_receipts
             WHERE first_position < 1 OR last_position < first_position
                OR last_position > (SELECT position FROM log_head)",
        )
        .fetch(&self.pool);
        let mut rows = std::pin::pin!(rows);
        let (mut count, mut first) = (0, None);
        while let Some(row) = rows.try_next().await.map_err(unavailable)? {
            count += 1;
            first = first.or_else(|| receipt(&row).ok());
        }
        Ok((count, first))
    }

    pub(super) async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let pool = self.pool.clone();
        let (sender, beside) = mpsc::channel(BESIDE_AHEAD);
        let (reply, head) = oneshot::channel();
        tokio::spawn(async move {
            if let Err(error) = hand_over(&pool, reply, &sender).await {
                let _gone = sender.send(Err(error)).await;
            }
        });
        match head.await {
            Ok(head) => Ok(Snapshot { head, beside }),
            Err(_) => {
                let mut beside = beside;
                Err(match beside.recv().await {
                    Some(Err(error)) => error,
                    _ => unavailable("the snapshot could not be taken"),
                })
            }
        }
    }
}

async fn hand_over(
    pool: &PgPool,
    reply: oneshot::Sender<Head>,
    sender: &mpsc::Sender<Result<Beside, StoreError>>,
) -> Result<(), StoreError> {
    let mut transaction = pool.begin().await.map_err(unavailable)?;
    transaction
        .execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        .await
        .map_err(unavailable)?;
    let row = sqlx::query("SELECT position, hash, recorded_at FROM log_head WHERE id = 1")
        .fetch_one(&mut *transaction)
        .await
        .map_err(unavailable)?;
    if reply.send(head(&row)?).is_err() {
        return Ok(());
    }
    let receipts = sqlx::query(
        "SELECT scope, command_id, body, first_position, last_position FROM command_receipts
         ORDER BY first_position",
    )
    .fetch(&mut *transaction);
    send_all(receipts, sender, |row| receipt(row).map(Beside::Receipt)).await?;
    let credentials =
        sqlx::query("SELECT kind, subject, lookup, secret FROM credentials ORDER BY kind, subject")
            .fetch(&mut *transaction);
    send_all(credentials, sender, |row| {
        Ok(Beside::Credential(StoredCredential {
            kind: row.get(0),
            subject: row.get(1),
            lookup: row.get(2),
            secret: row.get(3),
        }))
    })
    .await
}

async fn send_all(
    rows: impl Stream<Item = Result<PgRow, sqlx::Error>>,
    sender: &mpsc::Sender<Result<Beside, StoreError>>,
    read: impl Fn(&PgRow) -> Result<Beside, StoreError>,
) -> Result<(), StoreError> {
    let mut rows = std::pin::pin!(rows);
    while let Some(row) = rows.try_next().await.map_err(unavailable)? {
        if sender.send(Ok(read(&row)?)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn head(row: &PgRow) -> Result<Head, StoreError> {
    Ok(Head {
        position: place(row.get(0)),
        hash: digest(row.get(1))?,
        recorded_at: row.get(2),
    })
}

fn receipt(row: &PgRow) -> Result<StoredReceipt, StoreError> {
    Ok(StoredReceipt {
        id: CommandId {
            scope: row.get(0),
            id: row.get(1),
            body: digest(row.get(2))?,
        },
        first: place(row.get(3)),
        last: place(row.get(4)),
    })
}
