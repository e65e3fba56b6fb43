//! Reads a PostgreSQL log beside its writers.
//!
//! Pages come through `COPY … TO STDOUT (FORMAT binary)`: the bytes that the server sends are the page,
//! and only the places of its fields are noted.

use super::page::{Fixed, RawPage, Span, hash, id};
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

/// What `COPY … (FORMAT binary)` begins with: a signature, flags, and the length of an extension.
const COPY_HEADER: usize = 19;

/// Between 1970, from which we count, and 2000, from which PostgreSQL does.
const EPOCH_2000_MICROS: i64 = 946_684_800_000_000;

/// As many as are selected in [`PostgresReader::page`].
const COLUMNS: i16 = 13;

pub(super) struct PostgresReader {
    pool: PgPool,
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
            .connect_with(options)
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
        Ok(Self { pool })
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
        let sql = format!(
            "COPY (SELECT position, sequence, recorded_at, event_id, channel, hash, aggregate_type,
                          aggregate_id, event_type, event_version, payload::text, metadata::text,
                          personal::text
                   FROM events WHERE {} ORDER BY position {} LIMIT {limit})
             TO STDOUT (FORMAT binary)",
            selection.condition(Dialect::Postgres),
            direction(order),
        );
        let mut connection = self.pool.acquire().await.map_err(unavailable)?;
        let mut chunks = connection.copy_out_raw(&sql).await.map_err(unavailable)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.try_next().await.map_err(unavailable)? {
            bytes.extend_from_slice(&chunk);
        }
        drop(chunks);
        let rows = parse(&bytes).ok_or_else(|| unavailable("a page could not be understood"))?;
        Ok(in_order(RawPage { bytes, rows }, order))
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

/// Walks through what `COPY` sent.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// The next field's place; `None` inside for NULL.
    fn field(&mut self) -> Option<Option<Span>> {
        let length = i32::from_be_bytes(self.take(4)?.try_into().ok()?);
        let Ok(length) = usize::try_from(length) else {
            return Some(None);
        };
        let begin = self.at;
        self.take(length)?;
        Some(Some(begin..self.at))
    }

    fn number(&mut self) -> Option<i64> {
        let span = self.field()??;
        Some(i64::from_be_bytes(self.bytes.get(span)?.try_into().ok()?))
    }

    fn bytes(&mut self) -> Option<Option<&'a [u8]>> {
        match self.field()? {
            Some(span) => Some(Some(self.bytes.get(span)?)),
            None => Some(None),
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Vec<Fixed>> {
    let mut walk = Walk {
        bytes,
        at: COPY_HEADER,
    };
    let mut rows = Vec::new();
    loop {
        let columns = i16::from_be_bytes(walk.take(2)?.try_into().ok()?);
        if columns == -1 {
            return Some(rows);
        }
        if columns != COLUMNS {
            return None;
        }
        let (position, sequence, since_2000) = (walk.number()?, walk.number()?, walk.number()?);
        let event_id = id(walk.bytes()?.unwrap_or_default());
        let channel = walk.bytes()?.map(id);
        let hash = hash(walk.bytes()?.unwrap_or_default());
        let mut texts: [Span; 7] = Default::default();
        let mut has_personal = false;
        for (index, span) in texts.iter_mut().enumerate() {
            let field = walk.field()?;
            has_personal |= index == 6 && field.is_some();
            *span = field.unwrap_or_default();
        }
        rows.push(Fixed {
            position,
            sequence,
            recorded_at_micros: since_2000.saturating_add(EPOCH_2000_MICROS),
            event_id,
            channel,
            hash,
            texts,
            has_personal,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_was_cut_off_is_not_understood() {
        let mut whole = vec![0; COPY_HEADER];
        whole.extend(COLUMNS.to_be_bytes());
        for _ in 0..3 {
            whole.extend(8_i32.to_be_bytes());
            whole.extend(1_i64.to_be_bytes());
        }
        for _ in 0..10 {
            whole.extend((-1_i32).to_be_bytes());
        }
        whole.extend((-1_i16).to_be_bytes());
        assert_eq!(parse(&whole).map(|rows| rows.len()), Some(1));
        for length in 0..whole.len() {
            assert!(parse(&whole[..length]).is_none(), "{length}");
        }
    }
}
