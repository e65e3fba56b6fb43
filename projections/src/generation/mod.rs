//! Generations of read models: whole sets of tables, one of which serves.
//!
//! A generation is a file (SQLite) or a schema (PostgreSQL). A rebuild fills the next one beside the
//! serving one; a pointer says which serves.

mod postgres;
mod retired;
mod sqlite;

pub(crate) use retired::Retired;

use crate::ViewsError;
use crate::db::{Db, DbError, Engine, values};
use crate::project;
use crate::viewer_rule::ViewerRule;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::path::PathBuf;
use tributary_domain::Position;

/// Where read models are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum ViewsUrl {
    /// A folder with a file per generation and the file that names the serving one.
    Sqlite(PathBuf),
    /// A PostgreSQL URL: a schema per generation in its database.
    Postgres(String),
}

impl std::fmt::Debug for ViewsUrl {
    /// Shows no URL: it may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(folder) => write!(f, "Sqlite({})", folder.display()),
            Self::Postgres(_) => f.write_str("Postgres(..)"),
        }
    }
}

/// Made in this order when a generation is made. The same text for both engines.
const MIGRATIONS: [&str; 19] = [
    include_str!("../../../migrations/views/checkpoints.sql"),
    include_str!("../../../migrations/views/accounts.sql"),
    include_str!("../../../migrations/views/streams.sql"),
    include_str!("../../../migrations/views/recordings.sql"),
    include_str!("../../../migrations/views/chat.sql"),
    include_str!("../../../migrations/views/chatters.sql"),
    include_str!("../../../migrations/views/reactions.sql"),
    include_str!("../../../migrations/views/restrictions.sql"),
    include_str!("../../../migrations/views/rooms.sql"),
    include_str!("../../../migrations/views/moderation.sql"),
    include_str!("../../../migrations/views/follows.sql"),
    include_str!("../../../migrations/views/statistics.sql"),
    include_str!("../../../migrations/views/health.sql"),
    include_str!("../../../migrations/views/viewer_sessions.sql"),
    include_str!("../../../migrations/views/wallets.sql"),
    include_str!("../../../migrations/views/ledger.sql"),
    include_str!("../../../migrations/views/payments.sql"),
    include_str!("../../../migrations/views/payouts.sql"),
    include_str!("../../../migrations/views/holds.sql"),
];

/// A set of read models.
#[derive(Debug)]
pub(crate) struct Generation {
    pub(crate) number: i64,
    pub(crate) db: Db,
    /// By which its numbers are counted.
    pub(crate) rule: ViewerRule,
}

/// What this program's generations look like: other tables, other projections or other folds have
/// another hash.
pub(crate) fn schema_hash() -> String {
    let mut hasher = Sha256::new();
    let mut part = |text: &str| {
        hasher.update(text.len().to_le_bytes());
        hasher.update(text);
    };
    part(&project::FOLDS_VERSION.to_string());
    MIGRATIONS.into_iter().for_each(&mut part);
    project::names().into_iter().for_each(&mut part);
    hasher
        .finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

impl Generation {
    /// Makes tables and checkpoints in an empty file or schema.
    async fn furnish(&self) -> Result<(), ViewsError> {
        for migration in MIGRATIONS {
            self.db.batch(migration).await?;
        }
        let mut tx = self.db.begin().await?;
        for name in project::names() {
            let sql = "INSERT INTO checkpoints (projection, position, epoch) VALUES ($1, 0, 0)";
            tx.execute(sql, values![name]).await?;
        }
        let sql = "INSERT INTO generation (schema_hash, viewer_rule) VALUES ($1, $2)";
        tx.execute(sql, values![schema_hash(), self.rule.name()])
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The number of the generation that serves now: another node may have switched. A file has one
    /// node.
    pub(crate) async fn serving_now(&self) -> Result<i64, DbError> {
        let Engine::Postgres(_) = self.db.engine else {
            return Ok(self.number);
        };
        let rows = self.db.all(postgres::POINTER, vec![]).await?;
        rows.first()
            .map_or(Ok(self.number), |row| row.columns().take())
    }

    /// Clears what was swept out of its tables from the database's files.
    pub(crate) async fn scour(&self) -> Result<(), DbError> {
        let tables = project::TABLES.iter().map(|(_, table)| table.name);
        self.db.scour(&tables.collect::<Vec<_>>()).await
    }

    /// The rule that a generation was made by; the usual one where that cannot be told, because another
    /// program made it before there were rules, or after there were others.
    async fn rule_of(db: &Db) -> ViewerRule {
        let rows = db.all("SELECT viewer_rule FROM generation", vec![]).await;
        let name = rows.ok().and_then(|rows| {
            rows.first()
                .and_then(|row| row.columns().take::<String>().ok())
        });
        name.and_then(|name| name.parse().ok()).unwrap_or_default()
    }

    /// Whether this program made it, or one with the same tables and folds.
    pub(crate) async fn is_ours(&self) -> bool {
        let rows = self
            .db
            .all("SELECT schema_hash FROM generation", vec![])
            .await;
        let hash = rows.ok().and_then(|rows| {
            rows.first()
                .and_then(|row| row.columns().take::<String>().ok())
        });
        hash == Some(schema_hash())
    }
}

/// The right to make and to remove generations, for as long as it is kept.
pub(crate) enum Lease {
    /// The data folder belongs to this process, which sees to itself.
    Sqlite,
    /// A session that holds a lock of the database.
    Postgres(#[expect(dead_code, reason = "kept for its lock")] sqlx::PgConnection),
}

impl ViewsUrl {
    /// The right to make and to remove generations; `None` while another node has it.
    pub(crate) async fn try_lease(&self) -> Result<Option<Lease>, ViewsError> {
        match self {
            Self::Sqlite(_) => Ok(Some(Lease::Sqlite)),
            Self::Postgres(url) => Ok(postgres::try_lease(url).await?.map(Lease::Postgres)),
        }
    }

    /// Whose it is, while [`try_lease`](Self::try_lease) finds none.
    pub(crate) async fn lease_holder(&self) -> Result<Option<String>, ViewsError> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(url) => postgres::lease_holder(url).await,
        }
    }

    /// The same, once no other node has it.
    pub(crate) async fn lease(&self) -> Result<Lease, ViewsError> {
        match self {
            Self::Sqlite(_) => Ok(Lease::Sqlite),
            Self::Postgres(url) => postgres::lease(url).await.map(Lease::Postgres),
        }
    }

    /// Makes whatever must be there before any generation.
    pub(crate) async fn prepare(&self) -> Result<(), ViewsError> {
        match self {
            Self::Sqlite(folder) => sqlite::prepare(folder),
            Self::Postgres(url) => postgres::prepare(url).await,
        }
    }

    /// Names these read models among all that nodes may share, with the tables and folds of this
    /// program; `None` where a node has its own.
    pub(crate) async fn shared_name(&self) -> Result<Option<String>, ViewsError> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(url) => {
                let set = postgres::set(url).await?;
                Ok(Some(format!("{set}/{}", &schema_hash()[..16])))
            }
        }
    }

    /// The number of the serving generation, if one serves.
    pub(crate) async fn serving(&self) -> Result<Option<i64>, ViewsError> {
        match self {
            Self::Sqlite(folder) => sqlite::serving(folder),
            Self::Postgres(url) => postgres::serving(url).await,
        }
    }

    /// Makes `number` the serving generation, or nothing at all.
    pub(crate) async fn point_to(&self, number: i64) -> Result<(), ViewsError> {
        match self {
            Self::Sqlite(folder) => sqlite::point_to(folder, number),
            Self::Postgres(url) => postgres::point_to(url, number).await,
        }
    }

    /// Every generation that is there, serving or not, finished or not.
    pub(crate) async fn generations(&self) -> Result<Vec<i64>, ViewsError> {
        match self {
            Self::Sqlite(folder) => sqlite::generations(folder),
            Self::Postgres(url) => postgres::generations(url).await,
        }
    }

    /// Makes an empty generation.
    pub(crate) async fn make(
        &self,
        number: i64,
        rule: ViewerRule,
    ) -> Result<Generation, ViewsError> {
        self.remove(number).await?;
        let db = match self {
            Self::Sqlite(folder) => sqlite::open(folder, number, true).await?,
            Self::Postgres(url) => {
                postgres::make(url, number).await?;
                postgres::open(url, number).await?
            }
        };
        let generation = Generation { number, db, rule };
        generation.furnish().await?;
        Ok(generation)
    }

    /// Goes on with a generation that was never finished, or makes an empty one. The position up to
    /// which the log is folded into it comes with it.
    pub(crate) async fn resume_or_make(
        &self,
        number: i64,
        rule: ViewerRule,
        head: Position,
    ) -> Result<(Generation, Position), ViewsError> {
        if let Some((generation, position)) = self.unfinished(number).await? {
            if position <= head && generation.rule == rule {
                return Ok((generation, position));
            }
            generation.db.close().await;
        }
        Ok((self.make(number, rule).await?, Position::START))
    }

    /// What a rebuild left that died: this program's tables and folds, all at one position. Batches
    /// are whole or not there, so what is there is as good as on the day that it was made.
    pub(crate) async fn unfinished(
        &self,
        number: i64,
    ) -> Result<Option<(Generation, Position)>, ViewsError> {
        if !self.generations().await?.contains(&number) {
            return Ok(None);
        }
        let Ok(generation) = self.open(number).await else {
            return Ok(None);
        };
        if generation.is_ours().await
            && let Ok(positions) = generation.db.positions().await
            && positions.len() == project::names().len()
            && let Some((_, position)) = positions.first().copied()
            && positions.iter().all(|(_, other)| *other == position)
        {
            return Ok(Some((generation, position)));
        }
        generation.db.close().await;
        Ok(None)
    }

    /// Opens a generation that is there.
    pub(crate) async fn open(&self, number: i64) -> Result<Generation, ViewsError> {
        let db = match self {
            Self::Sqlite(folder) => sqlite::open(folder, number, false).await?,
            Self::Postgres(url) => postgres::open(url, number).await?,
        };
        let rule = Generation::rule_of(&db).await;
        Ok(Generation { number, db, rule })
    }

    /// The serving generation as another process keeps it, only to be read; `None` where none serves.
    pub(crate) async fn serving_beside(&self) -> Result<Option<Generation>, ViewsError> {
        let (number, db) = match self {
            Self::Sqlite(folder) => {
                let Some(number) = sqlite::serving(folder)? else {
                    return Ok(None);
                };
                (number, sqlite::open_beside(folder, number))
            }
            Self::Postgres(url) => {
                let Some(number) = postgres::serving_beside(url).await? else {
                    return Ok(None);
                };
                (number, postgres::open_beside(url, number).await?)
            }
        };
        let rule = Generation::rule_of(&db).await;
        Ok(Some(Generation { number, db, rule }))
    }

    /// Removes a generation, if it is there. Nobody may have it open.
    pub(crate) async fn remove(&self, number: i64) -> Result<(), ViewsError> {
        match self {
            Self::Sqlite(folder) => sqlite::remove(folder, number),
            Self::Postgres(url) => postgres::remove(url, number).await,
        }
    }
}
