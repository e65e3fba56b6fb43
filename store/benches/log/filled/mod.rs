//! The same figures in logs of several sizes, side by side: they should not fall as a log grows.

mod figures;
mod table;

use crate::arguments::Arguments;
use crate::raw::{self, Ground};
pub use figures::GROUPS;
use figures::Taken;
use std::time::Duration;
use table::Table;
use tributary_domain::Timestamp;
use tributary_store::bulk::{BATCH_ROWS, Bulk};
use tributary_store::chain;
use tributary_store::row::Row;
use uuid::Uuid;

/// Histories that the log is filled with, in turn.
const HISTORIES: i64 = 1_000;

/// Takes the figures in a log of each size on each engine, and prints them in one table.
pub async fn measure(arguments: &Arguments) {
    let mut table = Table::default();
    for engine in &arguments.engines {
        let template = raw::prepare(*engine).await;
        for events in &arguments.filled {
            eprintln!("{engine:?}: a log of {events} events");
            let ground = Ground::fresh(*engine).await;
            fill(&ground, &template, *events).await;
            let mut taken = Taken::default();
            for run in 1..=arguments.runs {
                eprintln!("  run {run} of {}", arguments.runs);
                figures::take(*engine, &ground, &template, arguments, &mut taken).await;
            }
            if arguments.takes("history") {
                figures::history(*engine, &mut taken).await;
            }
            if arguments.takes("memory") {
                figures::memory(&ground, &mut taken).await;
            }
            table.add(*engine, *events, taken);
            ground.clear().await;
        }
    }
    table.print(arguments);
}

/// Appends copies of rows until there are so many events.
async fn fill(ground: &Ground, template: &[Row], events: i64) {
    let mut bulk = Bulk::open(&ground.url()).await.expect("an empty log opens");
    let histories: Vec<Uuid> = (0..HISTORIES)
        .map(|number| Uuid::from_u128(u128::from(number.unsigned_abs())))
        .collect();
    let mut hash = chain::GENESIS;
    let mut position = 0;
    let begin = Timestamp::from_timestamp(1_700_000_000, 0).expect("a moment");
    while position < events {
        let mut rows = Vec::with_capacity(BATCH_ROWS);
        while position < events && rows.len() < BATCH_ROWS {
            let number = usize::try_from(position).unwrap_or(0);
            let mut row = template[number % template.len()].clone();
            let history = histories[number % histories.len()];
            position += 1;
            row.position = position;
            row.sequence = (position - 1) / HISTORIES + 1;
            row.aggregate_id = history.to_string();
            row.channel = Some(history);
            row.event_id = Uuid::from_u128(u128::from(position.unsigned_abs()));
            row.recorded_at = begin + Duration::from_millis(position.unsigned_abs());
            hash = chain::link(&hash, &row);
            row.hash = hash;
            rows.push(row);
        }
        bulk.append(rows, vec![]).await.expect("appended");
    }
    bulk.close().await;
}
