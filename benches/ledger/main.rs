//! How fast money moves, is added up and is proven, beside a raw insert of the same rows with the same driver in the
//! same run. How to run it: `cargo xtask bench ledger`.

mod questions;
mod raw;
mod tips;

use std::time::Duration;
use tips::{Ground, Tipping};
use tributary_store::testing::Engine;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "\
cargo xtask bench ledger [--engine sqlite|postgres|both] [--seconds <n>] [--postings <n>]

  --engine     of the appends; the rest is measured on SQLite [both]
  --seconds    how long each load runs [4]
  --postings   postings that are added up, verified and exported; 0 leaves that out [2000000]";

/// What was asked for.
struct Arguments {
    engines: Vec<Engine>,
    seconds: u64,
    postings: usize,
}

impl Arguments {
    /// `None` where nothing is to be measured.
    fn parse(words: impl Iterator<Item = String>) -> Option<Self> {
        let mut arguments = Self {
            engines: vec![Engine::Sqlite, Engine::Postgres],
            seconds: 4,
            postings: 2_000_000,
        };
        let (mut words, mut is_bench) = (words, false);
        while let Some(word) = words.next() {
            let taken = match word.as_str() {
                "--bench" => {
                    is_bench = true;
                    Some(())
                }
                "--engine" => engines(words.next().as_deref()).map(|all| arguments.engines = all),
                "--seconds" => number(words.next()).map(|n| arguments.seconds = n),
                "--postings" => number(words.next()).map(|n| arguments.postings = n),
                _ => None,
            };
            if taken.is_none() {
                println!("{USAGE}");
                return None;
            }
        }
        // `cargo test --benches` is no time to measure.
        is_bench.then_some(arguments)
    }
}

fn engines(word: Option<&str>) -> Option<Vec<Engine>> {
    match word? {
        "sqlite" => Some(vec![Engine::Sqlite]),
        "postgres" => Some(vec![Engine::Postgres]),
        "both" => Some(vec![Engine::Sqlite, Engine::Postgres]),
        _ => None,
    }
}

fn number<T: std::str::FromStr>(word: Option<String>) -> Option<T> {
    word?.parse().ok()
}

fn main() {
    let Some(arguments) = Arguments::parse(std::env::args().skip(1)) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(measure(&arguments));
}

/// One line of the table.
pub fn tell(what: &str, seen: &str, wanted: &str) {
    println!("{what:<62} {seen:>22}   {wanted}");
}

async fn measure(arguments: &Arguments) {
    let time = Duration::from_secs(arguments.seconds);
    println!(
        "{} payers, {} streamers, {} tips in flight",
        tips::PAYERS,
        tips::STREAMERS,
        tips::IN_FLIGHT
    );
    for engine in &arguments.engines {
        println!("\n{engine:?}");
        let ground = Ground::fresh(*engine).await;
        let world = ground.populate().await;
        let many = world.tip_for(Tipping::Many, time).await;
        let one = world.tip_for(Tipping::One, time).await;
        let rows = world.newest_rows().await;
        world.log.close().await;
        let raw = raw::insert(*engine, &ground, rows, time).await;
        let tipped = many * tips::ROWS_PER_TIP;
        tell("raw batch insert, rows/s", &format!("{raw:.0}"), "");
        tell(
            "rows/s that tips append",
            &format!("{tipped:.0} ({:.2})", tipped / raw),
            "0.5 of the raw insert",
        );
        tell("tips/s to 50 streamers", &format!("{many:.0}"), "");
        tell(
            "tips/s to one streamer",
            &format!("{one:.0} ({:.2})", one / many),
            "0.7 of those to 50",
        );
        ground.clear().await;
    }
    if arguments.postings > 0 {
        println!("\n{} postings on SQLite", arguments.postings);
        questions::measure(arguments.postings).await;
    }
}
