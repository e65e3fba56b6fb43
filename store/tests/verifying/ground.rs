//! A log of 50 events that things are done to behind its back.

use crate::support::{say, streamer, with_id};
use std::path::PathBuf;
use tributary_domain::Position;
use tributary_store::checkpoint::{Checkpoint, Keeper, to_hex};
use tributary_store::reader::LogReader;
use tributary_store::testing::{Engine, Place};
use tributary_store::verify::{Fault, Report, verify};
use tributary_store::{Environment, Filter, Keyring, LogUrl, chain, checkpoint};

/// A log of 50 events with checkpoints at 20 and at its end.
pub struct Ground {
    pub place: Place,
    checkpoints: PathBuf,
}

/// So many events there are.
pub const EVENTS: i64 = 50;

impl Ground {
    pub async fn new(engine: Engine) -> Self {
        let place = Place::fresh(engine).await;
        let checkpoints = place.folder.path().join("checkpoints.jsonl");
        let (log, env) = (place.open().await, Environment::system());
        let ada = streamer(&log, "ada").await;
        let storage = log.storage().as_ref();
        let keyring = Keyring::new(&[1; 32]);
        let key = keyring.checkpoint_key();
        let mut keeper = Keeper::open(&checkpoints, key, storage).await.unwrap();
        for n in 5..=EVENTS {
            let said = with_id(
                say(ada, ada, &format!("message {n}")),
                &format!("id {n}"),
                1,
            );
            log.execute(said).await.unwrap();
            if n == 20 || n == EVENTS {
                let line = keeper.sign(storage, "node", env.now()).await.unwrap();
                assert!(line.is_some());
            }
        }
        assert_eq!(
            keeper.sign(storage, "node", env.now()).await.unwrap(),
            None,
            "it has not moved"
        );
        assert_eq!(log.head().get(), EVENTS);
        log.close().await;
        Self { place, checkpoints }
    }

    pub fn checkpoints(&self) -> Vec<Checkpoint> {
        let files = checkpoint::files(&self.checkpoints).unwrap();
        let lines = checkpoint::read(&files, None).unwrap();
        assert_eq!(lines.problems, []);
        lines.checkpoints
    }

    /// Runs SQL in which `json` is the type of the payload, `+ tick` adds a microsecond, and `x(…)` is
    /// bytes.
    pub async fn tamper(&self, sql: &str) -> &Self {
        match &self.place.url {
            LogUrl::Sqlite(file) => {
                let sql = sql.replace("json", "text").replace("tick", "1");
                let sql = sql.replace("x(", "x'").replace(")x", "'");
                let connection = rusqlite::Connection::open(file).unwrap();
                connection.execute_batch(&sql).unwrap();
            }
            LogUrl::Postgres(url) => {
                let sql = sql.replace("tick", "interval '1 microsecond'");
                let sql = sql.replace("x(", "'\\x").replace(")x", "'::bytea");
                let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(url)
                    .await
                    .unwrap();
                sqlx::Executor::execute(&mut connection, sqlx::raw_sql(&sql))
                    .await
                    .unwrap();
            }
        }
        self
    }

    /// What the owner of a database can do: every link anew, and the head.
    pub async fn recompute_chain(&self) -> &Self {
        let log = self.place.open().await;
        let rows = log
            .storage()
            .read(Position::START, 1_000, &Filter::All)
            .await
            .unwrap();
        log.close().await;
        let mut hash = chain::GENESIS;
        let mut sql = String::new();
        for row in &rows {
            hash = chain::link(&hash, row);
            let (hash, position) = (to_hex(&hash), row.position);
            sql += &format!("UPDATE events SET hash = x({hash})x WHERE position = {position};");
        }
        let (hash, count) = (to_hex(&hash), rows.len());
        sql += &format!(
            "UPDATE log_head SET hash = x({hash})x, position = {count}, recorded_at =
             (SELECT recorded_at FROM events WHERE position = {count});"
        );
        self.tamper(&sql).await
    }

    pub async fn verify_with(&self, checkpoints: Vec<Checkpoint>) -> Report {
        let reader = LogReader::open(&self.place.url).await.unwrap();
        verify(&reader, checkpoints, Position::START, |_| {})
            .await
            .unwrap()
    }

    /// The first finding, checkpoints aside.
    pub async fn first(&self) -> (i64, Fault) {
        let report = self.verify_with(vec![]).await;
        let first = report.findings.first().expect("something is found");
        (first.position.get(), first.fault.clone())
    }

    /// The first finding with the checkpoints, of a log whose chain holds.
    pub async fn proven(&self) -> (i64, Fault) {
        assert_eq!(
            self.verify_with(vec![]).await.findings,
            [],
            "the chain itself holds"
        );
        let report = self.verify_with(self.checkpoints()).await;
        let first = report.findings.first().expect("something is found");
        (first.position.get(), first.fault.clone())
    }
}
