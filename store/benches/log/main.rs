//! How near the log comes to what its database can do.
//!
//! In one run, with one driver, on the same tables: first rows inserted as fast as the database
//! takes them (the raw limit), then commands through [`tributary_store::Log::execute`]. All figures
//! of a run are taken in turn, and the turns repeated, so that whatever else the machine does falls
//! on all of them alike. How to run it: `cargo xtask bench log`.

mod arguments;
mod commands;
mod filled;
mod machine;
mod raw;
mod report;

use arguments::Arguments;
use commands::{Load, Spread};
use raw::Insert;
use report::{Figure, Report, Sample};
use std::time::Duration;
use tributary_store::testing::Engine;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows in one transaction of the raw insert.
const RAW_ROWS: [usize; 4] = [1, 16, 256, 1_000];

/// Commands that wait for their answers at once.
const IN_FLIGHT: [usize; 4] = [1, 16, 256, 1_024];

fn main() {
    let Some(arguments) = Arguments::parse(std::env::args().skip(1)) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    if !arguments.filled.is_empty() {
        runtime.block_on(filled::measure(&arguments));
        return;
    }
    let mut reports = Vec::new();
    for engine in &arguments.engines {
        let report = runtime.block_on(measure(*engine, &arguments));
        println!("{report}");
        reports.push(report);
    }
    println!("One line of JSON for each figure:");
    for report in &reports {
        report.print_json();
    }
}

/// Takes every figure of an engine in turn, as often as asked.
async fn measure(engine: Engine, arguments: &Arguments) -> Report {
    let time = arguments.time;
    let rows = raw::prepare(engine).await;
    let mut report = Report::new(engine, arguments, &rows);
    for run in 1..=arguments.runs {
        eprintln!("{engine:?}: run {run} of {}", arguments.runs);
        report.syncs.push(machine::syncs_per_second());
        for spread in [Spread::ManyHistories, Spread::OneHistory] {
            for size in RAW_ROWS {
                if arguments.in_flight.is_some() {
                    continue;
                }
                let others = machine::others_share();
                let insert = Insert {
                    spread,
                    rows: size,
                    indexed: false,
                };
                let inserted = raw::insert(engine, &rows, insert, time).await;
                report.add(Figure::Raw(insert), Sample::of(inserted.per_second, others));
            }
        }
        for (spread, ids) in [
            (Spread::ManyHistories, false),
            (Spread::ManyHistories, true),
            (Spread::OneHistory, false),
        ] {
            for in_flight in IN_FLIGHT {
                if arguments.in_flight.is_some_and(|only| only != in_flight) {
                    continue;
                }
                let others = machine::others_share();
                let load = Load {
                    spread,
                    ids,
                    in_flight,
                };
                let done = commands::execute(engine, load, time).await;
                let sample = Sample {
                    events_per_batch: done.events_per_batch,
                    ..Sample::of(done.per_second, others)
                };
                report.add(Figure::Commands(load), sample);
            }
        }
    }
    report.load_after = machine::load_average();
    report
}

/// The time that each figure is measured for, after its warm-up.
fn seconds(text: &str) -> Option<Duration> {
    text.parse()
        .ok()
        .filter(|seconds| (0.1..=60.0).contains(seconds))
        .map(Duration::from_secs_f64)
}
