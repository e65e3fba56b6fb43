//! What finance asks of many postings, and how long the answers take: of the read model, and of the log alone.

use crate::tell;
use crate::tips::{Ground, POSTINGS_PER_TIP};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tributary_domain::Position;
use tributary_domain::entry::LedgerAccount;
use tributary_domain::ledger::AsOf;
use tributary_projections::{ProjectorOptions, Projectors, StatementOf, Views, ViewsUrl};
use tributary_store::testing::Engine;

/// How often each question is asked; the slowest counts, too.
const RUNS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(1_800);

/// Fills a log, folds it, and asks.
pub async fn measure(postings: usize) {
    let ground = Ground::fresh(Engine::Sqlite).await;
    let world = ground.populate().await;
    let begin = Instant::now();
    world.tip_times(postings / POSTINGS_PER_TIP).await;
    tell(
        "filled, in s",
        &format!("{:.1}", begin.elapsed().as_secs_f64()),
        "",
    );

    let begin = Instant::now();
    let url = ViewsUrl::Sqlite(ground.folder.path().join("views"));
    let views = Views::open(&url, &world.log).await.expect("read models");
    let options = ProjectorOptions::default();
    let projectors = Projectors::start(views.clone(), world.log.clone(), options);
    let projectors = projectors.await.expect("projectors");
    let folded = views.wait_for(world.log.head(), PATIENCE).await;
    folded.expect("folded in time");
    tell(
        "all read models folded, in s",
        &format!("{:.1}", begin.elapsed().as_secs_f64()),
        "",
    );

    let middle = Position::new(world.log.head().get() / 2).expect("a position");
    let at = AsOf {
        position: Some(middle),
        day: None,
    };
    let usd = "USD".parse().expect("a currency");
    let of = |account| StatementOf {
        account,
        currency: usd,
        from: None,
        to: None,
        upto: None,
    };
    let fees = of(LedgerAccount::PlatformFees);
    let viewer = of(LedgerAccount::ViewerBalance(world.payers[7]));
    let streamer = of(LedgerAccount::StreamerEarnings(world.streamers[7].into()));
    let now = timed(async || drop(views.trial_balance(AsOf::default()).await.expect("told"))).await;
    told("trial balance of the read model", &now, "50 ms");
    let past = timed(async || drop(views.trial_balance(at).await.expect("told"))).await;
    told("trial balance as of the middle position", &past, "2 s");
    for (what, statement) in [
        ("statement of the fees, a page of a row for each tip", &fees),
        ("statement of a viewer", &viewer),
        ("statement of a streamer", &streamer),
    ] {
        let page = timed(async || {
            views.statement_sums(statement).await.expect("told");
            drop(
                views
                    .statement_lines(statement, 100, None)
                    .await
                    .expect("told"),
            );
        });
        told(what, &page.await, "50 ms");
    }
    projectors.stop().await;
    views.close().await;
    world.log.close().await;

    let entries = postings / POSTINGS_PER_TIP;
    let verified = run(ground.folder.path(), &["ledger", "verify", "--log-only"]);
    let rate = entries as f64 / verified.as_secs_f64();
    tell("ledger verify, entries/s", &format!("{rate:.0}"), "300000");
    let exported = run(
        ground.folder.path(),
        &["ledger", "export", "--out", "all.parquet"],
    );
    let rate = postings as f64 / exported.as_secs_f64();
    tell(
        "export to Parquet, postings/s",
        &format!("{rate:.0}"),
        "200000",
    );
}

/// Milliseconds of each of several runs, in order of size.
async fn timed(mut ask: impl AsyncFnMut()) -> Vec<f64> {
    let mut times = vec![];
    for _ in 0..RUNS {
        let begin = Instant::now();
        ask().await;
        times.push(begin.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    times
}

fn told(what: &str, times: &[f64], wanted: &str) {
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    tell(
        what,
        &format!("{median:.1}, at most {slowest:.1} ms"),
        wanted,
    );
}

/// How long the command line takes, from its start to its end.
fn run(folder: &Path, arguments: &[&str]) -> Duration {
    let begin = Instant::now();
    let done = Command::new(env!("CARGO_BIN_EXE_tributary"))
        .args(["--data-dir", "."])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the binary runs");
    assert!(
        done.status.success(),
        "{arguments:?}: {}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    begin.elapsed()
}
