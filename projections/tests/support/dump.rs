//! Every row of every read model as text, read past the crate: what tests compare.

use super::Place;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::collections::BTreeMap;
use std::str::FromStr as _;
use tributary_projections::ViewsUrl;

pub const TABLES: [&str; 44] = [
    "accounts",
    "channels",
    "streams",
    "recordings",
    "recording_anchors",
    "chat_messages",
    "chat_numbers",
    "chatters",
    "message_reactions",
    "stream_reactions",
    "restrictions",
    "chats",
    "pins",
    "moderators",
    "moderation_actions",
    "follows",
    "follower_counts",
    "stream_statistics",
    "stream_viewers",
    "stream_retention",
    "stream_tips",
    "stream_minutes",
    "stream_tip_minutes",
    "channel_minutes",
    "channel_days",
    "channel_tip_days",
    "channel_viewers",
    "stream_health",
    "viewer_sessions",
    "wallets",
    "tips",
    "ledger_balances",
    "ledger_entries",
    "ledger_reversals",
    "ledger_postings",
    "ledger_days",
    "ledger_tippers",
    "ledger_fees",
    "payments",
    "disputes",
    "payment_reversals",
    "payment_takings",
    "payouts",
    "holds",
];

pub type Dump = BTreeMap<&'static str, Vec<String>>;

/// A direct connection to the serving generation.
pub enum Direct {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Place {
    pub async fn direct(&self) -> Direct {
        match &self.url {
            ViewsUrl::Sqlite(folder) => {
                let number = std::fs::read_to_string(folder.join("views.current")).unwrap();
                let file = folder.join(format!("views-{}.db", number.trim()));
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                Direct::Sqlite(options.connect().await.unwrap())
            }
            ViewsUrl::Postgres(url) => {
                let options = sqlx::postgres::PgConnectOptions::from_str(url).unwrap();
                let mut connection = options.connect().await.unwrap();
                let row = sqlx::query("SELECT generation FROM public.view_generation");
                let row = row.fetch_one(&mut connection).await.unwrap();
                let path = format!("SET search_path TO views_{}", row.get::<i64, _>(0));
                sqlx::raw_sql(&path).execute(&mut connection).await.unwrap();
                Direct::Postgres(connection)
            }
        }
    }

    /// Changes rows behind the projectors' backs; how many.
    pub async fn tamper(&self, sql: &str) -> u64 {
        match self.direct().await {
            Direct::Sqlite(mut direct) => {
                let done = sqlx::raw_sql(sql).execute(&mut direct).await.unwrap();
                direct.close().await.unwrap();
                done.rows_affected()
            }
            Direct::Postgres(mut direct) => {
                let done = sqlx::raw_sql(sql).execute(&mut direct).await.unwrap();
                direct.close().await.unwrap();
                done.rows_affected()
            }
        }
    }

    /// One text column of one row.
    pub async fn look(&self, sql: &str) -> String {
        match self.direct().await {
            Direct::Sqlite(mut direct) => sqlx::query_scalar(sql)
                .fetch_one(&mut direct)
                .await
                .unwrap(),
            Direct::Postgres(mut direct) => sqlx::query_scalar(sql)
                .fetch_one(&mut direct)
                .await
                .unwrap(),
        }
    }

    /// The numbers of the generations that are there.
    pub async fn generations(&self) -> Vec<String> {
        match &self.url {
            ViewsUrl::Sqlite(folder) => {
                let mut numbers: Vec<_> = std::fs::read_dir(folder)
                    .unwrap()
                    .filter_map(|entry| {
                        let name = entry.unwrap().file_name().into_string().unwrap();
                        let number = name.strip_prefix("views-")?.strip_suffix(".db")?;
                        Some(number.to_owned())
                    })
                    .collect();
                numbers.sort();
                numbers
            }
            ViewsUrl::Postgres(_) => {
                let sql = "SELECT COALESCE(string_agg(substr(schema_name, 7), ' ' ORDER BY schema_name), '') \
                       FROM information_schema.schemata WHERE schema_name LIKE 'views%'";
                self.look(sql)
                    .await
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect()
            }
        }
    }

    /// Every row, each table sorted.
    pub async fn dump(&self) -> Dump {
        let mut dump = Dump::new();
        let mut direct = self.direct().await;
        for table in TABLES {
            let mut rows = match &mut direct {
                Direct::Sqlite(direct) => sqlite_rows(direct, table).await,
                Direct::Postgres(direct) => {
                    let sql = format!("SELECT row_to_json(t)::text FROM {table} t");
                    sqlx::query_scalar(&sql).fetch_all(direct).await.unwrap()
                }
            };
            rows.sort();
            dump.insert(table, rows);
        }
        dump
    }
}

async fn sqlite_rows(direct: &mut sqlx::SqliteConnection, table: &str) -> Vec<String> {
    let sql = format!("SELECT name FROM pragma_table_info('{table}')");
    let columns: Vec<String> = sqlx::query_scalar(&sql)
        .fetch_all(&mut *direct)
        .await
        .unwrap();
    let columns: Vec<_> = columns
        .iter()
        .map(|name| format!("quote({name})"))
        .collect();
    let sql = format!("SELECT {} FROM {table}", columns.join(" || ' ' || "));
    sqlx::query_scalar(&sql).fetch_all(direct).await.unwrap()
}
