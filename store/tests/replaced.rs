//! A log that loses its end, or another one in its place, while a node runs on it.

use crate::support::{say, streamer};
use std::time::Duration;
use tributary_store::testing::{Engine, Place};
use tributary_store::{CommandError, LogUrl};

const DEADLINE: Duration = Duration::from_secs(10);

tributary_store::on_both_engines!(a_node_stops_when_its_log_loses_the_end);

async fn tamper(place: &Place, sql: &str) {
    match &place.url {
        LogUrl::Sqlite(file) => {
            let connection = rusqlite::Connection::open(file).unwrap();
            connection.execute_batch(sql).unwrap();
        }
        LogUrl::Postgres(url) => {
            let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(url)
                .await
                .unwrap();
            sqlx::Executor::execute(&mut connection, sqlx::raw_sql(sql))
                .await
                .unwrap();
        }
    }
}

async fn a_node_stops_when_its_log_loses_the_end(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    let kept = log.execute(say(ada, ada, "kept")).await.unwrap().position;
    log.execute(say(ada, ada, "lost")).await.unwrap();
    let cut = format!(
        "DELETE FROM events WHERE position > {kept};
         UPDATE log_head SET position = {kept},
             hash = (SELECT hash FROM events WHERE position = {kept}),
             recorded_at = (SELECT recorded_at FROM events WHERE position = {kept})"
    );
    tamper(&place, &cut).await;
    let refused = log.execute(say(ada, ada, "upon what is gone"));
    let refused = tokio::time::timeout(DEADLINE, refused)
        .await
        .expect("an answer");
    let Err(CommandError::Unavailable(reason)) = refused else {
        panic!("{refused:?}")
    };
    assert!(reason.contains("replaced"), "{reason}");
    // Whoever watches over the parts of the server hears of it.
    tokio::time::timeout(DEADLINE, log.ended())
        .await
        .expect("the command path ends");
    let after = log.execute(say(ada, ada, "and after that")).await;
    assert_eq!(after, Err(CommandError::ShuttingDown));
    log.close().await;
}
