//! A log is read beside its writer, wherever its indexes are.

use crate::support::{register, say, streamer};
use tributary_domain::Position;
use tributary_store::reader::{LogReader, Order, RawPage, Selection};
use tributary_store::testing::{Engine, Place};
use tributary_store::{LogUrl, StoreError};

tributary_store::on_both_engines!(
    what_is_selected_is_found_wherever_the_indexes_are,
    a_log_that_is_not_there_is_not_made,
);

fn positions(page: &RawPage) -> Vec<i64> {
    page.iter().map(|row| row.stored_position()).collect()
}

async fn what_is_selected_is_found_wherever_the_indexes_are(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let (ada, bob) = (streamer(&log, "ada").await, streamer(&log, "bob").await);
    for n in 0..40 {
        let channel = if n % 2 == 0 { ada } else { bob };
        log.execute(say(channel, ada, &format!("message {n}")))
            .await
            .unwrap();
    }
    log.execute(register("eve").1).await.unwrap();
    let reader = LogReader::open(&place.url).await.unwrap();
    let of_ada = Selection {
        channel: Some(ada.into()),
        ..Selection::default()
    };
    let history = Selection {
        history: Some(("channel".into(), ada.to_string())),
        types: vec!["channel.message_*".into()],
        ..Selection::default()
    };
    let said: Vec<i64> = (0..20).map(|n| 9 + 2 * n).collect();
    // As the indexes fill: not at all, by half, with more than they say, and wholly.
    for upto in [0, 20, 48] {
        if let LogUrl::Sqlite(file) = &place.url {
            let connection = rusqlite::Connection::open(file).unwrap();
            let sql = format!(
                "INSERT OR REPLACE INTO history_index
                 SELECT aggregate_type || '/' || aggregate_id, min(sequence),
                        json_group_array(position) FROM events
                 WHERE position <= {upto} + 5 GROUP BY 1;
                 INSERT OR REPLACE INTO channel_index
                 SELECT channel, min(position), json_group_array(position) FROM events
                 WHERE channel IS NOT NULL AND position <= {upto} + 5 GROUP BY 1;
                 UPDATE index_progress SET upto = {upto}"
            );
            connection.execute_batch(&sql).unwrap();
        }
        let all = reader
            .page(&history, 1_000, Order::OldestFirst)
            .await
            .unwrap();
        assert_eq!(positions(&all), said, "{upto}");
        let newest = reader.page(&history, 3, Order::Newest).await.unwrap();
        assert_eq!(positions(&newest), said[17..], "{upto}");
        let middle = Selection {
            after: Position::new(15).unwrap(),
            upto: Position::new(25),
            ..of_ada.clone()
        };
        let middle = reader
            .page(&middle, 1_000, Order::OldestFirst)
            .await
            .unwrap();
        assert_eq!(positions(&middle), [17, 19, 21, 23, 25], "{upto}");
        let mut scan = reader.scan(of_ada.clone()).await.unwrap();
        let mut scanned = vec![];
        while let Some(part) = scan.next().await.unwrap() {
            scanned.extend(positions(&part.page));
        }
        assert_eq!(scanned.len(), 21, "{upto}");
    }
    log.close().await;
}

async fn a_log_that_is_not_there_is_not_made(engine: Engine) {
    let place = Place::fresh(engine).await;
    let refused = LogReader::open(&place.url).await.err();
    assert!(matches!(refused, Some(StoreError::NoLog(_))), "{refused:?}");
    assert_eq!(std::fs::read_dir(place.folder.path()).unwrap().count(), 0);
}
