//! Two engines behind one door: one SQL text with `$1` placeholders serves both.
//!
//! `sqlx::Any` fails on our types, and generics over the engine would be everywhere. A typed list
//! of values and an enum of two pools do it instead.

mod arrays;
mod checkpoint;
#[cfg(feature = "testing")]
pub(crate) mod memory;
mod row;
mod rows;
mod scour;
mod sweep;
mod upsert;
mod value;

pub(crate) use checkpoint::Checkpoint;
pub(crate) use row::{Columns, Row};
pub(crate) use sweep::Sweep;
pub(crate) use upsert::{Table, placeholders};
pub(crate) use value::{Type, Value, micros, values};

use sqlx::postgres::{PgArguments, PgPool};
use sqlx::sqlite::{SqliteArguments, SqlitePool};
use sqlx::{Arguments as _, Postgres, Sqlite, Transaction};
use uuid::Uuid;

/// Why the read models could not be asked or written.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The engine refused, or could not be reached.
    #[error("the read models' database: {0}")]
    Sql(#[from] sqlx::Error),
    /// A column holds what this program does not know: the table was changed by another hand.
    #[error("column {index} of a read model cannot be read ({reason}); rebuild the read models")]
    Column {
        /// Counted from 0.
        index: usize,
        /// What was found.
        reason: String,
    },
}

/// SQLSTATE classes that pass by themselves: connection, resources, operator, serialisation,
/// transaction rollback.
const TRANSIENT_CLASSES: [&str; 5] = ["08", "53", "57", "58", "40"];
const BEGIN_WRITING: &str = "BEGIN IMMEDIATE";
/// SQLite's primary codes that pass by themselves: busy, locked, I/O, full, cannot open.
const TRANSIENT_SQLITE: [i64; 5] = [5, 6, 10, 13, 14];

impl DbError {
    /// Whether trying again later may help although nothing was changed.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Sql(sqlx::Error::Database(error)) => {
                let code = error.code().unwrap_or_default();
                if error
                    .try_downcast_ref::<sqlx::sqlite::SqliteError>()
                    .is_some()
                {
                    let primary = code.parse::<i64>().unwrap_or(0) & 0xff;
                    TRANSIENT_SQLITE.contains(&primary)
                } else {
                    TRANSIENT_CLASSES
                        .iter()
                        .any(|class| code.starts_with(class))
                }
            }
            Self::Sql(
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                // The connection that another projector has just left so; see `begin`.
                | sqlx::Error::InvalidSavePointStatement
                | sqlx::Error::WorkerCrashed,
            ) => true,
            Self::Sql(_) | Self::Column { .. } => false,
        }
    }
}

/// A database of one generation of read models.
#[derive(Debug, Clone)]
pub(crate) struct Db {
    pub(super) engine: Engine,
    /// How many questions were asked.
    #[cfg(feature = "testing")]
    asked: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

/// What keeps it.
#[derive(Debug, Clone)]
pub(crate) enum Engine {
    Sqlite {
        /// Many at once.
        read: SqlitePool,
        /// One connection: writers queue here, fairly, and never meet `SQLITE_BUSY`.
        write: SqlitePool,
    },
    Postgres(PgPool),
    /// Ordered maps, for simulation. Projectors can write it; no question is answered.
    #[cfg(feature = "testing")]
    Memory(memory::Memory),
}

/// A transaction that writes. Dropped, it is rolled back.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
    #[cfg(feature = "testing")]
    Memory(memory::MemoryTx),
}

macro_rules! arguments {
    ($arguments:ty, $values:expr) => {{
        let mut arguments = <$arguments>::default();
        for value in $values {
            match value {
                Value::I64(value) => arguments.add(value),
                Value::Text(value) => arguments.add(value),
                Value::Uuid(value) => arguments.add(value),
                Value::Time(value) => arguments.add(micros(value)),
                Value::Bool(value) => arguments.add(value),
                Value::Null(Type::I64) => arguments.add(None::<i64>),
                Value::Null(Type::Text) => arguments.add(None::<String>),
                Value::Null(Type::Uuid) => arguments.add(None::<Uuid>),
                Value::Null(Type::Time) => arguments.add(None::<tributary_domain::Timestamp>),
                Value::Null(Type::Bool) => arguments.add(None::<bool>),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        arguments
    }};
}

fn for_sqlite(values: Vec<Value>) -> Result<SqliteArguments<'static>, DbError> {
    Ok(arguments!(SqliteArguments<'static>, values))
}

fn for_postgres(values: Vec<Value>) -> Result<PgArguments, DbError> {
    Ok(arguments!(PgArguments, values))
}

macro_rules! fetch {
    ($sql:expr, $arguments:expr, $executor:expr, $row:expr) => {
        Ok(sqlx::query_with($sql, $arguments)
            .fetch_all($executor)
            .await?
            .into_iter()
            .map($row)
            .collect())
    };
}

impl Db {
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine,
            #[cfg(feature = "testing")]
            asked: std::sync::Arc::default(),
        }
    }

    /// How many questions were asked outside of transactions, those for checkpoints apart.
    #[cfg(feature = "testing")]
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Every row that a question yields.
    pub(crate) async fn all(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        #[cfg(feature = "testing")]
        self.asked
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.uncounted(sql, values).await
    }

    /// The same for what the projectors ask on their own, whenever its time has come.
    pub(super) async fn uncounted(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, DbError> {
        match &self.engine {
            Engine::Sqlite { read, .. } => fetch!(sql, for_sqlite(values)?, read, Row::Sqlite),
            Engine::Postgres(pool) => fetch!(sql, for_postgres(values)?, pool, Row::Postgres),
            #[cfg(feature = "testing")]
            Engine::Memory(_) => Err(memory::no_sql()),
        }
    }

    /// Begins a transaction that writes. On SQLite it takes the write lock at once: one that begins
    /// by reading could not take it later.
    pub(crate) async fn begin(&self) -> Result<Tx, DbError> {
        Ok(match &self.engine {
            Engine::Sqlite { write, .. } => match write.begin_with(BEGIN_WRITING).await {
                // Where the disk was full SQLite has rolled back by itself, and sqlx counts on.
                Err(sqlx::Error::InvalidSavePointStatement) => {
                    write.acquire().await?.close().await?;
                    Tx::Sqlite(write.begin_with(BEGIN_WRITING).await?)
                }
                begun => Tx::Sqlite(begun?),
            },
            Engine::Postgres(pool) => Tx::Postgres(pool.begin().await?),
            #[cfg(feature = "testing")]
            Engine::Memory(memory) => Tx::Memory(memory.begin().await?),
        })
    }

    /// Runs statements that are separated by `;` and take no values.
    pub(crate) async fn batch(&self, sql: &str) -> Result<(), DbError> {
        match &self.engine {
            Engine::Sqlite { write, .. } => {
                sqlx::raw_sql(sql).execute(write).await?;
            }
            Engine::Postgres(pool) => {
                sqlx::raw_sql(sql).execute(pool).await?;
            }
            #[cfg(feature = "testing")]
            Engine::Memory(_) => return Err(memory::no_sql()),
        }
        Ok(())
    }

    /// Ends every connection.
    pub(crate) async fn close(&self) {
        match &self.engine {
            Engine::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
            #[cfg(feature = "testing")]
            Engine::Memory(_) => {}
        }
    }
}

impl Tx {
    /// Every row that a question yields, this transaction's own writes included.
    pub(crate) async fn all(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, DbError> {
        match self {
            Self::Sqlite(tx) => fetch!(sql, for_sqlite(values)?, &mut **tx, Row::Sqlite),
            Self::Postgres(tx) => fetch!(sql, for_postgres(values)?, &mut **tx, Row::Postgres),
            #[cfg(feature = "testing")]
            Self::Memory(_) => Err(memory::no_sql()),
        }
    }

    /// Runs a statement; how many rows it changed.
    pub(crate) async fn execute(&mut self, sql: &str, values: Vec<Value>) -> Result<u64, DbError> {
        Ok(match self {
            Self::Sqlite(tx) => {
                let query = sqlx::query_with(sql, for_sqlite(values)?);
                query.execute(&mut **tx).await?.rows_affected()
            }
            Self::Postgres(tx) => {
                let query = sqlx::query_with(sql, for_postgres(values)?);
                query.execute(&mut **tx).await?.rows_affected()
            }
            #[cfg(feature = "testing")]
            Self::Memory(_) => return Err(memory::no_sql()),
        })
    }

    pub(crate) async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
            #[cfg(feature = "testing")]
            Self::Memory(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Rolls back now; a dropped transaction does so when its connection is used next.
    pub(crate) async fn rollback(self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::Postgres(tx) => tx.rollback().await?,
            #[cfg(feature = "testing")]
            Self::Memory(tx) => drop(tx),
        }
        Ok(())
    }
}
