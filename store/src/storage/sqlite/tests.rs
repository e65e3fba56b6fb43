//! What the indexes find, wherever an entry is: compared with a look at every event.

use super::*;
use crate::chain::GENESIS;
use crate::used_ids::IdKey;
use tempfile::TempDir;
use tributary_domain::{ChannelId, StreamId};
use uuid::Uuid;

mod indexes;

/// So few that most entries are in the file soon.
const ENTRIES_MAX: usize = 24;

const SCOPE: &str = "somebody";

fn at(position: i64) -> Timestamp {
    Timestamp::from_timestamp_micros(position).unwrap()
}

/// Which of a few histories the event at a position belongs to: some have many, some few.
fn stream_at(position: i64) -> HistoryId {
    let number = (position * position) % 23;
    HistoryId::Stream(StreamId(Uuid::from_u128(number.unsigned_abs().into())))
}

fn channel_at(position: i64) -> Option<ChannelId> {
    let number = position % 5;
    (number > 0).then(|| ChannelId(Uuid::from_u128(number.unsigned_abs().into())))
}

fn head_at(position: i64) -> Head {
    let mut hash = GENESIS;
    hash[..8].copy_from_slice(&position.to_be_bytes());
    Head {
        position: Position::new(position).unwrap(),
        hash: if position == 0 { GENESIS } else { hash },
        recorded_at: at(position),
    }
}

fn command(position: i64) -> StoredReceipt {
    let position = Position::new(position).unwrap();
    StoredReceipt {
        id: CommandId {
            scope: SCOPE.to_owned(),
            id: format!("command {position}"),
            body: [1; 32],
        },
        first: position,
        last: position,
    }
}

/// The events after `after`, `count` of them; every third was a command with an id.
pub(super) fn batch(after: i64, count: i64) -> Arc<Batch> {
    let row = |position: i64| {
        let history = stream_at(position);
        let before = (1..position).filter(|earlier| stream_at(*earlier) == history);
        Row {
            position,
            aggregate_type: history.kind().to_owned(),
            aggregate_id: history.id(),
            sequence: i64::try_from(before.count()).unwrap() + 1,
            event_type: "stream.ending".to_owned(),
            event_version: "1".to_owned(),
            payload: "{}".to_owned(),
            metadata: "{}".to_owned(),
            event_id: Uuid::from_u128(position.unsigned_abs().into()),
            recorded_at: at(position),
            channel: channel_at(position).map(|channel| channel.0),
            personal: None,
            hash: head_at(position).hash,
        }
    };
    let positions = after + 1..=after + count;
    let with_id = positions.clone().filter(|position| position % 3 == 0);
    Arc::new(Batch {
        expected: head_at(after),
        head: head_at(after + count),
        rows: positions.map(row).collect(),
        receipts: with_id.map(command).collect(),
        credentials: vec![],
    })
}

/// Asks for every history, channel and command up to `head`.
pub(super) async fn check(storage: &SqliteStorage, head: i64) {
    let histories: Vec<_> = (0..23)
        .map(|number: u128| HistoryId::Stream(StreamId(Uuid::from_u128(number))))
        .collect();
    let found = storage.histories(&histories).await.unwrap();
    for (history, rows) in histories.iter().zip(found) {
        let found: Vec<_> = rows.iter().map(|row| row.position).collect();
        let all: Vec<_> = (1..=head).filter(|at| stream_at(*at) == *history).collect();
        assert_eq!(found, all, "{history} in {head} events");
    }
    for number in 1..5_u128 {
        let channel = ChannelId(Uuid::from_u128(number));
        let all: Vec<_> = (1..=head)
            .filter(|at| channel_at(*at) == Some(channel))
            .collect();
        for (after, limit) in [(0, 1_000), (head / 2, 1_000), (0, 7), (head - 10, 2)] {
            let after = after.max(0);
            let filter = Filter::Channel(channel);
            let place = Position::new(after).unwrap();
            let rows = storage.read(place, limit, &filter).await.unwrap();
            let found: Vec<_> = rows.iter().map(|row| row.position).collect();
            let wanted = all.iter().filter(|at| **at > after).take(limit);
            assert_eq!(found, wanted.copied().collect::<Vec<_>>());
        }
    }
    let keys: Vec<_> = (1..=head + 3)
        .map(|position| (SCOPE.to_owned(), command(position).id.id))
        .collect();
    let found = storage.receipts(&keys).await.unwrap();
    for (position, found) in (1..).zip(found) {
        let known = position % 3 == 0 && position <= head;
        assert_eq!(found, known.then(|| command(position)));
    }
}

fn open(folder: &TempDir) -> SqliteStorage {
    let tuning = Tuning {
        entries_max: ENTRIES_MAX,
        ..Tuning::default()
    };
    SqliteStorage::open_blocking(&folder.path().join("log.db"), tuning).unwrap()
}

#[tokio::test]
async fn everything_is_found_in_the_file_or_in_memory() {
    let folder = TempDir::new().unwrap();
    let mut head = 0;
    for round in 1..=4 {
        // Opened again each time: memory is filled from the events.
        let storage = open(&folder);
        check(&storage, head).await;
        for count in [1, 2, 40, 3, 9, round] {
            storage.append(batch(head, count)).await.unwrap();
            head += count;
            check(&storage, head).await;
        }
        let gathered = storage.newest(|indexes| indexes.history(&"stream/none".to_owned()).len());
        assert_eq!(gathered, 0);
        storage.close().await;
    }
}

#[tokio::test]
async fn every_used_id_is_told_in_pages() {
    let folder = TempDir::new().unwrap();
    let storage = open(&folder);
    for head in (0..200).step_by(20) {
        storage.append(batch(head, 20)).await.unwrap();
    }
    let (mut told, mut after) = (Vec::new(), None);
    loop {
        let page = storage.used_ids(after).await.unwrap().unwrap();
        after = page.last().copied();
        if after.is_none() {
            break;
        }
        told.extend(page);
    }
    let in_file: i64 = Connection::open(folder.path().join("log.db"))
        .unwrap()
        .query_row("SELECT count(*) FROM receipt_index", [], |row| row.get(0))
        .unwrap();
    assert!(in_file > 0 && in_file < 66, "some are in memory: {in_file}");
    for position in (3..=200).step_by(3) {
        let id = command(position).id;
        assert!(told.contains(&IdKey::of(&id.scope, &id.id).short()));
    }
}

#[tokio::test]
async fn an_event_that_does_not_continue_its_history_is_refused() {
    let folder = TempDir::new().unwrap();
    let storage = open(&folder);
    storage.append(batch(0, 5)).await.unwrap();
    let mut wrong = Batch::clone(&batch(5, 3));
    wrong.rows[1].sequence += 5;
    wrong.rows[1]
        .aggregate_id
        .clone_from(&batch(0, 1).rows[0].aggregate_id);
    let outcome = storage.append(Arc::new(wrong)).await;
    assert!(
        matches!(outcome, Err(AppendError::Failed(_))),
        "{outcome:?}"
    );
    check(&storage, 5).await;
    storage.append(batch(5, 3)).await.unwrap();
    check(&storage, 8).await;
}

#[tokio::test]
async fn a_log_with_the_indexes_of_before_is_taken_over() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("log.db");
    let old = Connection::open(&file).unwrap();
    old.execute_batch(opening::MIGRATIONS[0]).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    for row in &batch(0, 100).rows {
        rows::write(&mut old.prepare(rows::WRITE).unwrap(), row).unwrap();
    }
    for receipt in &batch(0, 100).receipts {
        let (first, last) = (receipt.first.get(), receipt.last.get());
        let values = params![
            receipt.id.scope,
            receipt.id.id,
            receipt.id.body,
            first,
            last
        ];
        let sql = "INSERT INTO command_receipts VALUES (?1, ?2, ?3, ?4, ?5)";
        old.execute(sql, values).unwrap();
    }
    let head = head_at(100);
    let values = params![100, head.hash, head.recorded_at.timestamp_micros()];
    let sql = "UPDATE log_head SET position = ?1, hash = ?2, recorded_at = ?3";
    old.execute(sql, values).unwrap();
    drop(old);
    let storage = open(&folder);
    check(&storage, 100).await;
    storage.append(batch(100, 30)).await.unwrap();
    check(&storage, 130).await;
}
