//! What was done to an index is found by a verification, and mended by making it anew.

use super::*;
use crate::chain;
use crate::log::LogUrl;
use crate::reader::{Index, LogReader};
use crate::verify::{Fault, verify};

const EVENTS: i64 = 200;

/// A log whose indexes are mostly in the file.
async fn indexed(folder: &TempDir) {
    let storage = open(folder);
    let mut head = head_at(0);
    for after in (0..EVENTS).step_by(10) {
        let mut batch = Batch::clone(&batch(after, 10));
        batch.expected = head;
        for row in &mut batch.rows {
            row.hash = chain::link(&head.hash, row);
            head.hash = row.hash;
        }
        head = Head {
            hash: head.hash,
            ..head_at(after + 10)
        };
        batch.head = head;
        storage.append(Arc::new(batch)).await.unwrap();
    }
    storage.close().await;
}

async fn found(folder: &TempDir) -> Vec<(i64, Fault)> {
    let url = LogUrl::Sqlite(folder.path().join("log.db"));
    let reader = LogReader::open(&url).await.unwrap();
    let report = verify(&reader, vec![], Position::START, |_| {}).await;
    let findings = report.unwrap().findings.into_iter();
    findings
        .map(|finding| (finding.position.get(), finding.fault))
        .collect()
}

#[tokio::test]
async fn an_index_row_that_was_changed_or_taken_out_is_named() {
    let history = stream_at(1);
    let history = index::history(history.kind(), &history.id());
    let channel = "00000000000000000000000000000001".to_owned();
    let (histories, channels) = (Index::Histories, Index::Channels);
    let digest = index::digest(SCOPE, &command(3).id.id).to_string();
    for (sql, position, fault) in [
        (
            format!("DELETE FROM history_index WHERE history = '{history}' AND first = 1"),
            1,
            Fault::NotIndexed {
                index: histories,
                key: history.clone(),
            },
        ),
        (
            format!(
                "UPDATE history_index SET positions = '[2]' WHERE history = '{history}' AND first = 1"
            ),
            1,
            Fault::NotIndexed {
                index: histories,
                key: history.clone(),
            },
        ),
        (
            format!("INSERT INTO history_index VALUES ('{history}', 0, '[190]')"),
            190,
            Fault::WronglyIndexed {
                index: histories,
                key: history.clone(),
            },
        ),
        (
            format!("INSERT INTO history_index VALUES ('{history}', 999, 'no run')"),
            0,
            Fault::WronglyIndexed {
                index: histories,
                key: history.clone(),
            },
        ),
        (
            format!("DELETE FROM channel_index WHERE channel = x'{channel}' AND first = 1"),
            1,
            Fault::NotIndexed {
                index: channels,
                key: channel.clone(),
            },
        ),
        (
            format!("DELETE FROM receipt_index WHERE digest = {digest}"),
            3,
            Fault::NotIndexed {
                index: Index::Receipts,
                key: digest.clone(),
            },
        ),
    ] {
        let folder = TempDir::new().unwrap();
        indexed(&folder).await;
        assert_eq!(found(&folder).await, []);
        let file = Connection::open(folder.path().join("log.db")).unwrap();
        assert_eq!(file.execute(&sql, []).unwrap(), 1, "{sql}");
        let faults = found(&folder).await;
        assert!(faults.contains(&(position, fault)), "{sql}: {faults:?}");
        // As the guide says.
        file.execute_batch(
            "DELETE FROM history_index; DELETE FROM channel_index; DELETE FROM receipt_index;
             UPDATE index_progress SET upto = 0;",
        )
        .unwrap();
        drop(file);
        open(&folder).close().await;
        assert_eq!(found(&folder).await, []);
    }
}
