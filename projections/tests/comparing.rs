//! What a rebuild says of what serves.

use crate::rebuilds::{check, choices, rebuilt};
use crate::support::story::story;
use crate::support::world::World;
use crate::support::{Engine, Place, Running, arrived, impatient, start};
use tokio_util::sync::CancellationToken;
use tributary_domain::Position;
use tributary_projections::testing::{MemoryLog, MemoryTail};
use tributary_projections::{Difference, RebuildOptions, Source, SourceError, Switch, rebuild};
use tributary_store::Page;

tributary_store::on_both_engines!(
    rows_that_were_tampered_with_are_named,
    a_rebuild_mends_what_was_tampered_with,
    what_is_parked_is_not_compared,
    both_stand_at_one_position_though_the_log_goes_on,
);

async fn tampered(engine: Engine) -> Running {
    let running = Running::after(engine, story(&choices(400))).await;
    running.projectors.stop().await;
    for sql in [
        "UPDATE accounts SET name = 'Mallory' WHERE normalised_name = 'viewer1'",
        "DELETE FROM stream_tips",
        "INSERT INTO restrictions (channel, account, kind, since) \
         SELECT id, id, 'ban', created_at FROM accounts WHERE normalised_name = 'viewer2'",
    ] {
        assert!(running.place.tamper(sql).await > 0, "{sql}");
    }
    running
}

async fn rows_that_were_tampered_with_are_named(engine: Engine) {
    let running = tampered(engine).await;
    let report = rebuilt(&running, &check()).await;
    assert!(!report.is_equal() && !report.switched);
    for table in &report.tables {
        assert_eq!(table.not_compared, None);
        assert_eq!(
            table.equal_rows + table.different_rows,
            table.rebuilt_rows.max(table.serving_rows)
        );
        match table.table {
            "accounts" => {
                assert_eq!(table.different_rows, 1);
                let [Difference::Columns { columns, key }] = &table.differences[..] else {
                    panic!("{table:?}")
                };
                assert_eq!(columns, &["name"]);
                let named = running
                    .views
                    .account_named("viewer1")
                    .await
                    .unwrap()
                    .unwrap();
                assert_eq!(*key, named.id.to_string());
            }
            "stream_tips" => {
                assert_eq!((table.serving_rows, table.equal_rows), (0, 0));
                assert!(table.rebuilt_rows > 0);
                assert!(matches!(
                    table.differences[0],
                    Difference::OnlyRebuilt { .. }
                ));
            }
            "restrictions" => {
                let [Difference::OnlyServing { key }] = &table.differences[..] else {
                    panic!("{table:?}")
                };
                let named = running
                    .views
                    .account_named("viewer2")
                    .await
                    .unwrap()
                    .unwrap();
                assert_eq!(*key, format!("{} {}", named.id, named.id));
            }
            _ => assert!(table.is_equal(), "{table:?}"),
        }
    }
}

async fn a_rebuild_mends_what_was_tampered_with(engine: Engine) {
    let running = tampered(engine).await;
    let only_equal = RebuildOptions {
        switch: Switch::WhenEqual,
        ..RebuildOptions::default()
    };
    assert!(!rebuilt(&running, &only_equal).await.switched);
    assert!(rebuilt(&running, &RebuildOptions::default()).await.switched);
    assert!(rebuilt(&running, &only_equal).await.switched);
    let expected = Running::after(engine, story(&choices(400))).await;
    assert_eq!(running.place.dump().await, expected.place.dump().await);
}

async fn what_is_parked_is_not_compared(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    world.say(channel, channel.owner(), "x");
    let running = Running::after(engine, world.news()).await;
    running.projectors.stop().await;
    // As if a fault had let the serving wallets run ahead: they cannot be brought to one position.
    let sql = "UPDATE checkpoints SET position = position + 1 WHERE projection = 'wallets'";
    assert_eq!(running.place.tamper(sql).await, 1);
    let report = rebuilt(&running, &check()).await;
    for table in &report.tables {
        let is_wallets = ["wallets", "tips"].contains(&table.table);
        assert_eq!(table.not_compared.is_some(), is_wallets, "{table:?}");
        assert_eq!(table.is_equal(), !is_wallets);
    }
}

/// A log that goes on although its head was not heard of, as from another node.
#[derive(Clone)]
struct FrozenHead(MemoryLog, Position);

impl Source for FrozenHead {
    type Tail = MemoryTail;

    fn head(&self) -> Position {
        self.1
    }
    fn tail(&self, after: Position) -> MemoryTail {
        self.0.tail(after)
    }
    async fn read(&self, after: Position, limit: usize) -> Result<Page, SourceError> {
        self.0.read(after, limit).await
    }
}

async fn both_stand_at_one_position_though_the_log_goes_on(engine: Engine) {
    let place = Place::fresh(engine).await;
    let (log, events) = (MemoryLog::default(), story(&choices(300)));
    log.append(events[..3].to_vec());
    let views = place.open(&log).await;
    let head = log.append(events[3..].to_vec());
    // The serving ones read from 3 in steps of 8, the new ones from 0: no step ends at 160 in both.
    let frozen = FrozenHead(log.clone(), Position::START.plus(160));
    let options = RebuildOptions {
        batch_events: 8,
        ..check()
    };
    let never = CancellationToken::new();
    let report = rebuild(&frozen, &views, &options, &never, |_| ())
        .await
        .unwrap();
    assert!(report.is_equal(), "{report:?}");
    assert_eq!(report.position, frozen.1);
    assert_eq!(views.position(), frozen.1);
    let projectors = start(&views, &log, impatient()).await;
    arrived(&views, head).await;
    projectors.stop().await;
    let expected = Running::after(engine, events).await;
    assert_eq!(place.dump().await, expected.place.dump().await);
}
