//! Logs for tests: on a temporary folder, or on a fresh database of the test server.

use crate::environment::Environment;
use crate::log::{Log, LogOptions, LogUrl};
use sqlx::{ConnectOptions as _, Executor as _};
use std::str::FromStr as _;
use tempfile::TempDir;

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
