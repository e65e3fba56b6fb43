//! The same figures in logs of several sizes, side by side: they should not fall as a log grows.

use crate::arguments::Arguments;
use crate::commands::{self, Load, Spread};
use crate::machine;
use crate::raw::{self, Ground, Insert, percentile};
use std::time::{Duration, Instant};
use tributary_domain::{Position, Timestamp};
use tributary_store::bulk::{BATCH_ROWS, Bulk};
use tributary_store::chain;
use tributary_store::reader::LogReader;
use tributary_store::row::Row;
use tributary_store::testing::Engine;
use tributary_store::verify::verify;
use tributary_store::{Filter, Log};
use uuid::Uuid;

/// Histories that the log is filled with, in turn.
const HISTORIES: i64 = 1_000;

/// Rows that are read at once when the log is read back.
const PAGE: usize = 8_192;

/// Commands whose delivery is timed.
const DELIVERIES: usize = 300;

/// A figure's name, and its value in each log.
type Line = (&'static str, Vec<f64>);

pub async fn measure(engine: Engine, arguments: &Arguments) {
    let template = raw::prepare(engine).await;
    let mut lines: Vec<Line> = Vec::new();
    for events in &arguments.filled {
        eprintln!("{engine:?}: a log of {events} events");
        let ground = Ground::fresh(engine).await;
        fill(&ground, &template, *events).await;
        let figures = figures(engine, &ground, &template, arguments).await;
        for (name, value) in figures {
            match lines.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => lines.push((name, vec![value])),
            }
        }
        ground.clear().await;
    }
    println!(
        "{engine:?}: {} cores, {}; medians of {} runs of {} s; load average {:.1}",
        machine::cores(),
        machine::processor(),
        arguments.runs,
        arguments.time.as_secs_f64(),
        machine::load_average()
    );
    print!("{:<56}", "events in the log");
    arguments
        .filled
        .iter()
        .for_each(|size| print!("{size:>14}"));
    println!();
    for (name, values) in lines {
        print!("{name:<56}");
        values.iter().for_each(|value| print!("{value:>14.2}"));
        println!();
    }
    println!();
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

async fn figures(
    engine: Engine,
    ground: &Ground,
    template: &[Row],
    arguments: &Arguments,
) -> Vec<(&'static str, f64)> {
    let Arguments { time, runs, .. } = *arguments;
    let mut all: Vec<(&'static str, Vec<f64>)> = Vec::new();
    for _ in 0..runs {
        let mut add =
            |name: &'static str, value: f64| match all.iter_mut().find(|(known, _)| *known == name)
            {
                Some((_, values)) => values.push(value),
                None => all.push((name, vec![value])),
            };
        let begun = Instant::now();
        let log = ground.open().await;
        add("opening the log, ms", begun.elapsed().as_secs_f64() * 1e3);
        add("reading it back and decoding, events/s", read(&log).await);
        let load = |spread, ids, in_flight| Load {
            spread,
            ids,
            in_flight,
        };
        let raw_of = |events: f64, spread| Insert {
            spread,
            rows: (1..4_096_usize)
                .find(|rows| *rows as f64 + 0.5 > events)
                .unwrap_or(4_096),
        };
        let alone = load(Spread::ManyHistories, false, 1);
        let one = commands::execute_on(&log, alone, time).await.per_second;
        let row = raw::insert(engine, template, raw_of(1.0, Spread::ManyHistories), time).await;
        add("1 in flight, commands/s", one);
        add("  one-row appends, rows/s", row.per_second);
        add("  share of one-row appends", one / row.per_second);
        let many = load(Spread::ManyHistories, false, 1_024);
        let many = commands::execute_on(&log, many, time).await;
        let batch = raw_of(many.events_per_batch, Spread::ManyHistories);
        let limit = raw::insert(engine, template, batch, time).await;
        add(
            "the chain's share of a raw append",
            chain_seconds(template) * limit.per_second,
        );
        add(
            "1,024 in flight over 1,000 histories, commands/s",
            many.per_second,
        );
        add("  events in a batch", many.events_per_batch);
        add("  raw batches of that size, rows/s", limit.per_second);
        add("  share of raw batches", many.per_second / limit.per_second);
        let ids = load(Spread::ManyHistories, true, 1_024);
        let ids = commands::execute_on(&log, ids, time).await.per_second;
        add("1,024 in flight with ids, commands/s", ids);
        add("  share of those without", ids / many.per_second);
        let hot = load(Spread::OneHistory, false, 1_024);
        let hot = commands::execute_on(&log, hot, time).await.per_second;
        add("1,024 in flight on one history, commands/s", hot);
        add("  share of many histories", hot / many.per_second);
        let paced = commands::pace(&log, many.per_second / 2.0, time).await;
        let batch = raw_of(paced.events_per_batch, Spread::ManyHistories);
        let limit = raw::insert(engine, template, batch, time).await;
        let p99 = percentile(&paced.latencies_ms, 99);
        add(
            "at half of that load, p50 ms",
            percentile(&paced.latencies_ms, 50),
        );
        add("at half of that load, p99 ms", p99);
        add("  raw batches of that size, p99 ms", limit.p99_ms);
        add("  ratio", p99 / limit.p99_ms);
        let here = commands::deliver(&log, &log, DELIVERIES).await;
        add("answer to a local reader, p99 ms", percentile(&here, 99));
        if engine == Engine::Postgres {
            let other = ground.open().await;
            let there = commands::deliver(&log, &other, DELIVERIES).await;
            add(
                "answer to a reader on another node, p50 ms",
                percentile(&there, 50),
            );
            add(
                "answer to a reader on another node, p99 ms",
                percentile(&there, 99),
            );
            other.close().await;
        }
        log.close().await;
        let reader = LogReader::open(&ground.url()).await.expect("readable");
        let report = verify(&reader, vec![], Position::START, |_| {})
            .await
            .expect("verified");
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        add(
            "log verify, events/s",
            report.events as f64 / report.elapsed.as_secs_f64(),
        );
    }
    let log = ground.open().await;
    let memory = memory(&log).await;
    log.close().await;
    all.into_iter()
        .map(|(name, mut values)| {
            values.sort_by(f64::total_cmp);
            (name, values[values.len() / 2])
        })
        .chain(memory)
        .collect()
}

/// Seconds that one event's link of the chain takes.
fn chain_seconds(template: &[Row]) -> f64 {
    const ROUNDS: usize = 50;
    let begun = Instant::now();
    let mut hash = chain::GENESIS;
    for row in template.iter().cycle().take(template.len() * ROUNDS) {
        hash = chain::link(&hash, row);
    }
    assert_ne!(hash, chain::GENESIS);
    begun.elapsed().as_secs_f64() / (template.len() * ROUNDS) as f64
}

/// Commands about a million histories, one after the other: what the process keeps of them.
async fn memory(log: &Log) -> Vec<(&'static str, f64)> {
    let before = machine::resident_mib();
    commands::touch(log, 100_000).await;
    let full = machine::resident_mib();
    commands::touch(log, 900_000).await;
    let after = machine::resident_mib();
    vec![
        ("memory before any of these commands, MiB", before),
        ("  after 100,000 histories: the cache is full, MiB", full),
        ("  after 1,000,000 histories, MiB", after),
    ]
}

async fn read(log: &Log) -> f64 {
    let (begun, head) = (Instant::now(), log.head());
    let mut after = Position::START;
    while after < head {
        let rows = log.storage().read(after, PAGE, &Filter::All).await;
        let rows = rows.expect("a page");
        let last = rows.last().map_or(head.get(), |row| row.position);
        rows.iter().for_each(|row| {
            row.decode().expect("an event");
        });
        after = Position::new(last).unwrap_or(head);
    }
    head.get() as f64 / begun.elapsed().as_secs_f64()
}
