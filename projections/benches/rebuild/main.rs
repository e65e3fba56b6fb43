//! How fast the read models are made from the log, beside the two things that limit it: reading the
//! log, and writing rows with the same driver in statements of the same size. How to run it:
//! `cargo xtask bench rebuild`.

mod limits;
mod traffic;

use std::time::{Duration, Instant};
use tempfile::TempDir;
use tributary_projections::{ProjectorOptions, Projectors, Views, ViewsUrl};
use tributary_store::testing::{Engine, fresh_database};
use tributary_store::{Environment, Log, LogOptions, LogUrl};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long read models that lack nothing may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);

const USAGE: &str = "\
cargo xtask bench rebuild [--engine sqlite|postgres|both] [--events <n>] [--runs <n>]

  --engine   which databases hold the log and the read models [both]
  --events   events in the log: 80 % chat, 10 % viewer sessions, 5 % tips, 5 % the rest [1000000]
  --runs     how often each figure is measured; the median counts [5]";

struct Arguments {
    engines: Vec<Engine>,
    events: u64,
    runs: usize,
}

impl Arguments {
    fn parse(words: impl Iterator<Item = String>) -> Option<Self> {
        let mut parsed = Self {
            engines: vec![Engine::Sqlite, Engine::Postgres],
            events: 1_000_000,
            runs: 5,
        };
        let (mut words, mut is_bench) = (words, false);
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_default();
            let understood = match word.as_str() {
                "--bench" => {
                    is_bench = true;
                    true
                }
                "--engine" => match value().as_str() {
                    "sqlite" => {
                        parsed.engines = vec![Engine::Sqlite];
                        true
                    }
                    "postgres" => {
                        parsed.engines = vec![Engine::Postgres];
                        true
                    }
                    other => other == "both",
                },
                "--events" => value().parse().map(|n| parsed.events = n).is_ok(),
                "--runs" => value().parse().map(|n| parsed.runs = n).is_ok(),
                _ => false,
            };
            if !understood {
                println!("{USAGE}");
                return None;
            }
        }
        // `cargo test --benches` is no time to measure.
        (is_bench && parsed.runs > 0).then_some(parsed)
    }
}

fn main() {
    let Some(arguments) = Arguments::parse(std::env::args().skip(1)) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    for engine in &arguments.engines {
        runtime.block_on(measure(*engine, &arguments));
    }
}

/// A log and a place for its read models.
pub struct Ground {
    engine: Engine,
    folder: TempDir,
    log_url: LogUrl,
}

impl Ground {
    async fn fresh(engine: Engine) -> Self {
        // Beside what was built: the machine's temporary folder may be memory.
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let log_url = match engine {
            Engine::Sqlite => LogUrl::Sqlite(folder.path().join("log.db")),
            Engine::Postgres => LogUrl::Postgres(fresh_database().await),
        };
        Self {
            engine,
            folder,
            log_url,
        }
    }

    /// Another place each time.
    fn views(&self, run: usize) -> ViewsUrl {
        match &self.log_url {
            LogUrl::Sqlite(_) => ViewsUrl::Sqlite(self.folder.path().join(format!("views {run}"))),
            LogUrl::Postgres(url) => ViewsUrl::Postgres(url.clone()),
        }
    }
}

async fn measure(engine: Engine, arguments: &Arguments) {
    let ground = Ground::fresh(engine).await;
    let mut log = open(&ground.log_url).await;
    let began = Instant::now();
    let mix = traffic::generate(&log, arguments.events).await;
    println!(
        "{engine:?}: {} events ({mix}), made in {:.0} s",
        log.head(),
        began.elapsed().as_secs_f64()
    );
    let (mut reads, mut writes, mut rebuilds, mut starts) = (vec![], vec![], vec![], vec![]);
    for run in 1..=arguments.runs {
        reads.push(limits::read(&log).await);
        writes.push(limits::write(&ground).await);
        let url = ground.views(run);
        let began = Instant::now();
        let views = Views::open(&url, &log).await.expect("made from the log");
        rebuilds.push(rate(log.head().get(), began.elapsed()));
        views.close().await;
        log.close().await;
        starts.push(start(&ground, &url).await);
        log = open(&ground.log_url).await;
        if let ViewsUrl::Postgres(_) = &url {
            limits::forget_views(&ground).await;
        }
        eprintln!(
            "run {run}: read {:.0}, write {:.0}, rebuild {:.0}",
            reads[run - 1],
            writes[run - 1],
            rebuilds[run - 1]
        );
    }
    let (read, write, rebuild) = (median(reads), median(writes), median(rebuilds));
    println!("reading the log               {read:>10.0} events/s");
    println!("writing rows                  {write:>10.0} rows/s");
    println!("making all read models        {rebuild:>10.0} events/s");
    println!(
        "share of the smaller limit    {:>10.2}",
        rebuild / read.min(write)
    );
    println!("starting again                {:>10.0} ms", median(starts));
    log.close().await;
}

async fn open(url: &LogUrl) -> Log {
    Log::open(url, LogOptions::default(), Environment::system())
        .await
        .expect("the log opens")
}

/// Milliseconds until a log that is not empty and its read models, which have all of it, are ready again:
/// what takes a server's start as long as it takes.
async fn start(ground: &Ground, url: &ViewsUrl) -> f64 {
    let began = Instant::now();
    let log = open(&ground.log_url).await;
    let views = Views::open(url, &log).await.expect("they are there");
    let projectors = Projectors::start(views.clone(), log.clone(), ProjectorOptions::default());
    let projectors = projectors.await.expect("started");
    let ready = views.wait_for(log.head(), PATIENCE);
    ready.await.expect("nothing is left to fold");
    let took = began.elapsed().as_secs_f64() * 1_000.0;
    projectors.stop().await;
    views.close().await;
    log.close().await;
    took
}

fn rate(events: i64, time: Duration) -> f64 {
    events as f64 / time.as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
