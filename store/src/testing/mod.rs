//! Logs for tests: on a temporary folder, or on a fresh database of the test server.

mod people;

pub use crate::storage::postgres::Json;
pub use crate::storage::sqlite::{SQLITE_INSERT, write_sqlite_row};
pub use people::{hashes, key, person, register, request, say, streamer, top_up};

use crate::chain;
use crate::environment::Environment;
use crate::log::{Log, LogOptions, LogUrl};
use crate::row::Row;
use crate::storage::{Batch, Head, Storage};
use sqlx::{ConnectOptions as _, Executor as _};
use std::str::FromStr as _;
use std::sync::Arc;
use tempfile::TempDir;
use tributary_domain::{HistoryId, Position};

/// Runs each test on both engines.
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident),* $(,)?) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::testing::Engine::Sqlite).await;
            }
        )* }
        mod postgres { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::testing::Engine::Postgres).await;
            }
        )* }
    };
}

/// The engines that every test of the log runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in a temporary folder.
    Sqlite,
    /// A database of its own on the server that `cargo xtask test` starts.
    Postgres,
}

/// A place for a log, gone when this is dropped.
#[derive(Debug)]
pub struct Place {
    /// Where.
    pub url: LogUrl,
    /// A folder for whatever else the test keeps.
    pub folder: TempDir,
}

impl Place {
    /// A fresh one.
    ///
    /// # Panics
    /// When there is no test server: run the tests with `cargo xtask test`.
    pub async fn fresh(engine: Engine) -> Self {
        let folder = TempDir::new().expect("the temporary folder can be written");
        let url = match engine {
            Engine::Sqlite => LogUrl::Sqlite(folder.path().join("log.db")),
            Engine::Postgres => LogUrl::Postgres(fresh_database().await),
        };
        Self { url, folder }
    }

    /// Opens the log there.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(&self) -> Log {
        self.open_with(LogOptions::default(), Environment::system())
            .await
    }

    /// Opens the log there, with sizes and an environment of the test's.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open_with(&self, options: LogOptions, env: Environment) -> Log {
        Log::open(&self.url, options, env)
            .await
            .expect("a fresh log opens")
    }
}

/// Makes a database on the server that `TEST_POSTGRES_URL` names, and returns its URL.
///
/// # Panics
/// When there is no such server.
pub async fn fresh_database() -> String {
    let admin = std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL is set: run the tests with `cargo xtask test`");
    let options = sqlx::postgres::PgConnectOptions::from_str(&admin).expect("a URL");
    let mut connection = options.connect().await.expect("the test server answers");
    let name = format!("t_{}", Environment::system().uuid().simple());
    connection
        .execute(format!("CREATE DATABASE {name}").as_str())
        .await
        .expect("made");
    let (server, _) = admin.rsplit_once('/').expect("a URL with a database");
    format!("{server}/{name}")
}

/// An event as another program stores it: one of an older version, or of one that is not known yet.
#[derive(Debug)]
pub struct Written<'a> {
    /// Whose.
    pub history: HistoryId,
    /// Its place there.
    pub sequence: i64,
    /// Its stored name.
    pub name: &'a str,
    /// Its stored version.
    pub version: &'a str,
    /// Its payload.
    pub payload: &'a str,
    /// Its personal part.
    pub personal: Option<&'a str>,
}

impl Written<'_> {
    /// Appends it behind the head, and returns its place.
    ///
    /// # Panics
    /// When the log cannot be written, or another writes at this moment.
    pub async fn append_to(&self, storage: &dyn Storage) -> Position {
        let expected = storage.head().await.expect("the head can be read");
        let position = expected.position.next();
        let env = Environment::system();
        let mut row = Row {
            position: position.get(),
            aggregate_type: self.history.kind().to_owned(),
            aggregate_id: self.history.id(),
            sequence: self.sequence,
            event_type: self.name.to_owned(),
            event_version: self.version.to_owned(),
            payload: self.payload.to_owned(),
            metadata: r#"{"actor":"system:test"}"#.to_owned(),
            event_id: env.uuid(),
            recorded_at: env.now().max(expected.recorded_at),
            channel: None,
            personal: self.personal.map(str::to_owned),
            hash: chain::GENESIS,
        };
        row.hash = chain::link(&expected.hash, &row);
        let batch = Batch {
            expected,
            head: Head {
                position,
                hash: row.hash,
                recorded_at: row.recorded_at,
            },
            rows: vec![row],
            receipts: vec![],
            credentials: vec![],
        };
        let appended = storage.append(Arc::new(batch)).await;
        appended.expect("the event is appended");
        position
    }
}
