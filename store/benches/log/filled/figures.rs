//! What is measured in a log that holds something already.

use crate::arguments::Arguments;
use crate::commands::{self, Load, Spread};
use crate::machine;
use crate::raw::{self, Ground, Insert, percentile};
use std::time::Instant;
use tributary_domain::Position;
use tributary_store::chain;
use tributary_store::reader::LogReader;
use tributary_store::row::Row;
use tributary_store::testing::Engine;
use tributary_store::verify::verify;
use tributary_store::{Filter, Log};

/// Rows that are read at once when the log is read back.
const PAGE: usize = 8_192;

/// Commands whose delivery is timed.
const DELIVERIES: usize = 300;

/// How often the first command on a long history is timed.
const HISTORY_RUNS: usize = 5;

/// The groups of figures that can be asked for. What is a share of something is measured with it.
pub const GROUPS: [&str; 8] = [
    "open", "read", "alone", "many", "delivery", "verify", "memory", "history",
];

/// What a figure is to reach.
pub enum Wanted {
    Least(f64),
    Most(f64),
    LeastOn { sqlite: f64, postgres: f64 },
    MostOn { sqlite: f64, postgres: f64 },
}

const OPENING: &str = "opening the log, ms";
const READING: &str = "reading it back and decoding, events/s";
const ALONE: &str = "1 in flight, commands/s";
const ALONE_SHARE: &str = "  share of one-row appends";
const MANY: &str = "1,024 in flight, 1,000 histories, commands/s";
const MANY_SHARE: &str = "  share of raw batches";
const INDEXED_SHARE: &str = "  share of those";
const IDS_SHARE: &str = "  share of those without";
const HOT_SHARE: &str = "  share of many histories";
const CHAIN: &str = "the chain's share of a raw append";
const HALF_RATIO: &str = "  ratio of the p99s";
const HERE: &str = "answer to a local reader, p99 ms";
const THERE: &str = "answer to a reader on another node, p99 ms";
const VERIFYING: &str = "log verify, events/s";

/// What the figures are to reach, whatever the log holds.
pub const WANTED: [(&str, Wanted); 11] = [
    (OPENING, Wanted::Most(1_000.0)),
    (ALONE_SHARE, Wanted::Least(0.8)),
    (
        MANY,
        Wanted::LeastOn {
            sqlite: 80_000.0,
            postgres: 60_000.0,
        },
    ),
    (MANY_SHARE, Wanted::Least(0.5)),
    (IDS_SHARE, Wanted::Least(0.6)),
    (HOT_SHARE, Wanted::Least(0.8)),
    (
        CHAIN,
        Wanted::MostOn {
            sqlite: 0.15,
            postgres: 0.05,
        },
    ),
    (HALF_RATIO, Wanted::Most(3.0)),
    (HERE, Wanted::Most(1.0)),
    (THERE, Wanted::Most(20.0)),
    (VERIFYING, Wanted::Least(500_000.0)),
];

/// The values of each figure, one for each run.
#[derive(Default)]
pub struct Taken {
    all: Vec<(&'static str, Vec<f64>)>,
}

impl Taken {
    fn add(&mut self, name: &'static str, value: f64) {
        match self.all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => self.all.push((name, vec![value])),
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.all.iter().map(|(name, _)| *name)
    }

    pub fn median(&self, name: &str) -> Option<f64> {
        let (_, values) = self.all.iter().find(|(known, _)| *known == name)?;
        let mut values = values.clone();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }
}

/// Takes every figure once.
pub async fn take(
    engine: Engine,
    ground: &Ground,
    template: &[Row],
    arguments: &Arguments,
    taken: &mut Taken,
) {
    let begun = Instant::now();
    let log = ground.open().await;
    taken.add(OPENING, begun.elapsed().as_secs_f64() * 1e3);
    if arguments.takes("read") {
        taken.add(READING, read(&log).await);
    }
    if arguments.takes("alone") {
        alone(engine, &log, template, arguments, taken).await;
    }
    if arguments.takes("many") {
        many(engine, &log, template, arguments, taken).await;
    }
    if arguments.takes("delivery") {
        delivery(engine, &log, ground, taken).await;
    }
    log.close().await;
    if arguments.takes("verify") {
        let reader = LogReader::open(&ground.url()).await.expect("readable");
        let report = verify(&reader, vec![], Position::START, |_| {})
            .await
            .expect("verified");
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        let seconds = report.elapsed.as_secs_f64();
        taken.add(VERIFYING, report.events as f64 / seconds);
    }
}

fn load(spread: Spread, ids: bool, in_flight: usize) -> Load {
    Load {
        spread,
        ids,
        in_flight,
    }
}

/// A raw insert of so many rows at once.
fn raw_of(events: f64) -> Insert {
    Insert {
        spread: Spread::ManyHistories,
        rows: (1..4_096_usize)
            .find(|rows| *rows as f64 + 0.5 > events)
            .unwrap_or(4_096),
        indexed: false,
    }
}

/// One command after the other.
async fn alone(
    engine: Engine,
    log: &Log,
    template: &[Row],
    arguments: &Arguments,
    taken: &mut Taken,
) {
    let time = arguments.time;
    let one = commands::execute_on(log, load(Spread::ManyHistories, false, 1), time).await;
    let row = raw::insert(engine, template, raw_of(1.0), time).await;
    taken.add(ALONE, one.per_second);
    taken.add("  one-row appends, rows/s", row.per_second);
    taken.add(ALONE_SHARE, one.per_second / row.per_second);
}

/// As many commands as wait at once: at the most, and at half of that.
async fn many(
    engine: Engine,
    log: &Log,
    template: &[Row],
    arguments: &Arguments,
    taken: &mut Taken,
) {
    let time = arguments.time;
    let many = commands::execute_on(log, load(Spread::ManyHistories, false, 1_024), time).await;
    let limit = raw::insert(engine, template, raw_of(many.events_per_batch), time).await;
    taken.add(MANY, many.per_second);
    taken.add("  events in a batch", many.events_per_batch);
    taken.add("  raw batches of that size, rows/s", limit.per_second);
    taken.add(MANY_SHARE, many.per_second / limit.per_second);
    if engine == Engine::Sqlite {
        let indexed = Insert {
            indexed: true,
            ..raw_of(many.events_per_batch)
        };
        let indexed = raw::insert(engine, template, indexed, time).await;
        taken.add("  the same with indexes kept, rows/s", indexed.per_second);
        taken.add(INDEXED_SHARE, many.per_second / indexed.per_second);
    }
    let ids = commands::execute_on(log, load(Spread::ManyHistories, true, 1_024), time).await;
    taken.add("1,024 in flight with ids, commands/s", ids.per_second);
    taken.add(IDS_SHARE, ids.per_second / many.per_second);
    let hot = commands::execute_on(log, load(Spread::OneHistory, false, 1_024), time).await;
    taken.add("1,024 in flight on one history, commands/s", hot.per_second);
    taken.add(HOT_SHARE, hot.per_second / many.per_second);
    let link = chain_seconds(template);
    taken.add(CHAIN, link * limit.per_second);
    taken.add(
        "  of the time that a command takes here",
        link * many.per_second,
    );
    let paced = commands::pace(log, many.per_second / 2.0, time).await;
    let limit = raw::insert(engine, template, raw_of(paced.events_per_batch), time).await;
    let p99 = percentile(&paced.latencies_ms, 99);
    taken.add(
        "at half of that load, p50 ms",
        percentile(&paced.latencies_ms, 50),
    );
    taken.add("at half of that load, p99 ms", p99);
    taken.add(
        "  of it before it was sent, p99 ms",
        percentile(&paced.late_ms, 99),
    );
    taken.add("  events in a batch at half load", paced.events_per_batch);
    taken.add("  raw batches of that size, p99 ms", limit.p99_ms);
    taken.add(HALF_RATIO, p99 / limit.p99_ms);
}

/// From an answer until readers have the event.
async fn delivery(engine: Engine, log: &Log, ground: &Ground, taken: &mut Taken) {
    let here = commands::deliver(log, log, DELIVERIES).await;
    taken.add(HERE, percentile(&here, 99));
    if engine == Engine::Postgres {
        let other = ground.open().await;
        let there = commands::deliver(log, &other, DELIVERIES).await;
        taken.add(
            "answer to a reader on another node, p50 ms",
            percentile(&there, 50),
        );
        taken.add(THERE, percentile(&there, 99));
        other.close().await;
    }
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

/// The first command on a long history, which is read for it.
pub async fn history(engine: Engine, taken: &mut Taken) {
    for (name, events) in [
        ("first command on a history of 10,000 events, ms", 10_000),
        ("first command on a history of 100,000 events, ms", 100_000),
    ] {
        let ground = Ground::fresh(engine).await;
        let log = ground.open().await;
        let channel = commands::speak(&log, events).await;
        log.close().await;
        for _ in 0..HISTORY_RUNS {
            let log = ground.open().await;
            let begun = Instant::now();
            commands::speak_in(&log, channel).await;
            taken.add(name, begun.elapsed().as_secs_f64() * 1e3);
            log.close().await;
        }
        ground.clear().await;
    }
}

/// Commands about a million histories, one after the other: what the process keeps of them.
pub async fn memory(ground: &Ground, taken: &mut Taken) {
    let log = ground.open().await;
    taken.add(
        "memory before any of these commands, MiB",
        machine::resident_mib(),
    );
    commands::touch(&log, 100_000).await;
    taken.add(
        "  after 100,000 histories: the cache is full, MiB",
        machine::resident_mib(),
    );
    commands::touch(&log, 900_000).await;
    taken.add("  after 1,000,000 histories, MiB", machine::resident_mib());
    log.close().await;
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
