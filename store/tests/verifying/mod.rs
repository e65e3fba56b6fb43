//! Whatever is done to a log behind its back is found, at the right place and in the right words.

mod ground;

use crate::support::register;
use ground::{EVENTS, Ground};
use tributary_domain::Position;
use tributary_store::checkpoint::to_hex;
use tributary_store::reader::{LogReader, Selection};
use tributary_store::testing::{Engine, Place};
use tributary_store::verify::{Fault, VerifyError, verify};

tributary_store::on_both_engines!(
    a_log_that_nobody_touched_holds,
    a_changed_byte_is_found_wherever_it_is,
    an_event_that_was_taken_out_is_found,
    events_in_each_others_place_are_found,
    an_event_that_was_put_in_is_found,
    an_end_that_was_cut_off_is_found,
    a_chain_that_was_computed_anew_is_found_by_the_checkpoints,
    what_hangs_beside_the_chain_is_found,
    a_verification_begins_at_a_checkpoint,
);

fn at(position: i64) -> Position {
    Position::new(position).unwrap()
}

async fn a_log_that_nobody_touched_holds(engine: Engine) {
    let ground = Ground::new(engine).await;
    let report = ground.verify_with(ground.checkpoints()).await;
    assert_eq!(report.findings, []);
    assert_eq!(
        (report.events, report.personal, report.checkpoints),
        (50, 47, 2)
    );
    assert_eq!(report.proven_upto, Some(at(EVENTS)));
    // Erasing a person empties the column, and no more.
    ground
        .tamper("UPDATE events SET personal = NULL WHERE position < 30")
        .await;
    let report = ground.verify_with(ground.checkpoints()).await;
    assert_eq!((report.findings.len(), report.personal), (0, 21));

    let empty = Place::fresh(engine).await;
    empty.open().await.close().await;
    let reader = LogReader::open(&empty.url).await.unwrap();
    let report = verify(&reader, vec![], Position::START, |_| {})
        .await
        .unwrap();
    assert_eq!((report.events, report.findings.len()), (0, 0));
}

async fn a_changed_byte_is_found_wherever_it_is(engine: Engine) {
    let swap = |column: &str, from: &str, to: &str| {
        format!(
            "UPDATE events SET {column} = CAST(replace(CAST({column} AS text), '{from}', '{to}')
             AS json) WHERE position = 30"
        )
    };
    for (sql, fault) in [
        (swap("payload", "streamer", "streamed"), Fault::Changed),
        (swap("payload", ":", ": "), Fault::Changed),
        (swap("metadata", "account", "accounT"), Fault::Changed),
        (swap("personal", "message", "massage"), Fault::Personal),
        (swap("personal", "{", "{ "), Fault::Personal),
    ] {
        let ground = Ground::new(engine).await;
        ground.tamper(&sql).await;
        assert_eq!(ground.first().await, (30, fault), "{sql}");
    }
    for (set, fault) in [
        ("recorded_at = recorded_at + tick", Fault::Changed),
        ("event_version = '2'", Fault::Changed),
        ("event_type = 'channel.opened'", Fault::Changed),
        ("aggregate_id = 'other'", Fault::Changed),
        ("channel = NULL", Fault::Changed),
        ("hash = x(0001)x", Fault::HashChanged),
    ] {
        let ground = Ground::new(engine).await;
        ground
            .tamper(&format!("UPDATE events SET {set} WHERE position = 30"))
            .await;
        assert_eq!(ground.first().await, (30, fault), "{set}");
    }
}

async fn an_event_that_was_taken_out_is_found(engine: Engine) {
    let ground = Ground::new(engine).await;
    ground
        .tamper("DELETE FROM events WHERE position IN (30, 31)")
        .await;
    assert_eq!(ground.first().await, (30, Fault::Missing { upto: at(31) }));
    let ground = Ground::new(engine).await;
    let close_the_gap = "DELETE FROM events WHERE position = 30;
        UPDATE events SET position = -position WHERE position > 30;
        UPDATE events SET position = -position - 1 WHERE position < 0;
        UPDATE log_head SET position = position - 1";
    ground.tamper(close_the_gap).await;
    assert_eq!(ground.first().await, (30, Fault::Removed { count: 1 }));
}

async fn events_in_each_others_place_are_found(engine: Engine) {
    for other in [31, 40] {
        let ground = Ground::new(engine).await;
        let swap = format!(
            "UPDATE events SET position = -30 WHERE position = 30;
             UPDATE events SET position = 30 WHERE position = {other};
             UPDATE events SET position = {other} WHERE position = -30"
        );
        ground.tamper(&swap).await;
        assert_eq!(
            ground.first().await,
            (30, Fault::Swapped { other: at(other) })
        );
    }
    let ground = Ground::new(engine).await;
    let words = "UPDATE events SET payload =
            (SELECT payload FROM events AS other WHERE other.position = 31) WHERE position = 30";
    ground.tamper(words).await;
    let (position, _) = ground.first().await;
    assert_eq!(position, 30);
}

/// Makes room at 30 and puts a copy there, as the first event of another history.
const INSERT: &str = "UPDATE events SET position = -position WHERE position >= 30;
    UPDATE events SET position = -position + 1 WHERE position < 0;
    INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
                        metadata, position, event_id, recorded_at, channel, personal, hash)
    SELECT 'viewer_session', 'new', 1, event_type, event_version, payload, metadata, 30, event_id,
           recorded_at, channel, personal, hash FROM events WHERE position = 31;
    UPDATE log_head SET position = position + 1;";

async fn an_event_that_was_put_in_is_found(engine: Engine) {
    let ground = Ground::new(engine).await;
    ground.tamper(INSERT).await;
    assert_eq!(ground.first().await, (30, Fault::Inserted { count: 1 }));

    // Even if its own link is a good one.
    let reader = LogReader::open(&ground.place.url).await.unwrap();
    let two = Selection {
        after: at(28),
        upto: Some(at(30)),
        ..Selection::default()
    };
    let page = reader
        .page(&two, 2, tributary_store::reader::Order::OldestFirst)
        .await
        .unwrap();
    let [before, inserted] = [0, 1].map(|index| page.get(index).unwrap());
    let link = to_hex(&inserted.link(&before.hash()));
    ground
        .tamper(&format!(
            "UPDATE events SET hash = x({link})x WHERE position = 30"
        ))
        .await;
    assert_eq!(ground.first().await, (30, Fault::Inserted { count: 1 }));

    let ground = Ground::new(engine).await;
    ground.tamper("UPDATE log_head SET position = 49").await;
    assert_eq!(
        ground.first().await,
        (50, Fault::BeyondHead { last: at(50) })
    );
}

async fn an_end_that_was_cut_off_is_found(engine: Engine) {
    let ground = Ground::new(engine).await;
    ground
        .tamper("DELETE FROM events WHERE position > 40")
        .await;
    assert_eq!(
        ground.first().await,
        (41, Fault::CutOff { head: at(EVENTS) })
    );
    let head =
        "UPDATE log_head SET position = 40, hash = (SELECT hash FROM events WHERE position = 40),
        recorded_at = (SELECT recorded_at FROM events WHERE position = 40);
        DELETE FROM command_receipts WHERE last_position > 40";
    ground.tamper(head).await;
    let (position, fault) = ground.proven().await;
    assert_eq!(position, 41);
    assert!(
        matches!(fault, Fault::ShorterThanCheckpoint { .. }),
        "{fault}"
    );
}

async fn a_chain_that_was_computed_anew_is_found_by_the_checkpoints(engine: Engine) {
    let change = |position: i64| {
        format!(
            "UPDATE events SET payload = CAST(replace(CAST(payload AS text), 'streamer', 'viewer')
             AS json) WHERE position = {position}"
        )
    };
    for (changed, found, agreed) in [(10, 20, 0), (30, 50, 20)] {
        let ground = Ground::new(engine).await;
        ground
            .tamper(&change(changed))
            .await
            .recompute_chain()
            .await;
        let (position, fault) = ground.proven().await;
        assert_eq!(position, found);
        assert!(
            matches!(fault, Fault::Recomputed { agreed: until, .. } if until == at(agreed)),
            "{fault}"
        );
    }
    // Cut off, and as many events put in their place.
    let ground = Ground::new(engine).await;
    ground
        .tamper("DELETE FROM events WHERE position > 40")
        .await;
    ground
        .tamper("DELETE FROM command_receipts WHERE last_position > 40")
        .await;
    ground.recompute_chain().await;
    let log = ground.place.open().await;
    for name in ["bob", "eve", "joe", "sue"] {
        log.execute(register(name).1).await.unwrap();
    }
    log.close().await;
    assert!(
        matches!(ground.proven().await, (50, Fault::Recomputed { agreed, .. }) if agreed == at(20))
    );
}

async fn what_hangs_beside_the_chain_is_found(engine: Engine) {
    let ground = Ground::new(engine).await;
    ground
        .tamper("UPDATE log_head SET recorded_at = recorded_at + tick")
        .await;
    assert_eq!(ground.first().await, (EVENTS, Fault::HeadDiffers));

    let ground = Ground::new(engine).await;
    ground
        .tamper("UPDATE command_receipts SET last_position = 51 WHERE command_id = 'id 50'")
        .await;
    let (position, fault) = ground.first().await;
    assert_eq!(position, 50);
    assert!(matches!(fault, Fault::Receipts { count: 1, .. }), "{fault}");

    // What was wrong from the start, though the chain was computed over it.
    let ground = Ground::new(engine).await;
    ground
        .tamper(
            "UPDATE events SET recorded_at = recorded_at + tick + tick + tick + tick + tick
                   + tick + tick + tick + tick + tick WHERE position = 30;
                   UPDATE events SET recorded_at = (SELECT recorded_at - tick FROM events AS o
                   WHERE o.position = 30) WHERE position = 31",
        )
        .await;
    ground.recompute_chain().await;
    let (position, fault) = ground.first().await;
    assert_eq!(position, 31);
    assert!(matches!(fault, Fault::TimeBackwards { .. }), "{fault}");

    let ground = Ground::new(engine).await;
    ground
        .tamper("UPDATE events SET sequence = sequence + 1000 WHERE position >= 30")
        .await;
    ground.recompute_chain().await;
    let (position, fault) = ground.first().await;
    assert_eq!(position, 30);
    assert!(
        matches!(
            fault,
            Fault::Sequence {
                found: 1027,
                expected: 27,
                ..
            }
        ),
        "{fault}"
    );
}

async fn a_verification_begins_at_a_checkpoint(engine: Engine) {
    let ground = Ground::new(engine).await;
    let reader = LogReader::open(&ground.place.url).await.unwrap();
    let from = async |position| verify(&reader, ground.checkpoints(), at(position), |_| {}).await;
    let report = from(35).await.unwrap();
    assert_eq!((report.from, report.events), (at(20), 30));
    assert_eq!((report.findings.len(), report.checkpoints), (0, 2));
    let before = from(19).await;
    assert!(matches!(before, Err(VerifyError::NoCheckpointBefore(_))));
    ground
        .tamper("UPDATE events SET event_version = '2' WHERE position IN (10, 25)")
        .await;
    let report = from(20).await.unwrap();
    assert_eq!(report.findings[0].position, at(25));
    assert_eq!(report.findings.len(), 1);
}
